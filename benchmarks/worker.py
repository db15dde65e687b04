"""The process in which one peer does one work, at the word of another process.

It is told what to do by a line of JSON on its standard input and answers with one; what the
libraries print goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from typing import Any, TextIO


def peak() -> float:
    """The most memory this process has held so far, in MiB."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 2**10
    except OSError:
        import resource  # in bytes on macOS; Windows has none

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def forget_peak() -> None:
    """Begin anew from what is held now, where the system can."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as switch:
            switch.write("5")
    except OSError:
        pass


def answers(order: dict[str, Any]):
    """A generator that makes ready, then takes requests and gives answers."""
    import numpy as np

    from benchmarks import work as works
    from benchmarks.peers import PEERS, limit_processors

    peer, work = PEERS[order["peer"]], works.load(order["work"])
    limit_processors(order["threads"])
    importlib.import_module(peer.module)
    peer.prepare(order["threads"], work.DTYPE)
    data = works.data_of(work, work.DTYPE, order["size"])
    forget_peak()
    before = peak()
    step, answer = getattr(work, order["peer"])(data)
    request = yield {"ready": True}
    while True:
        if "steps" in request:
            start = time.perf_counter()
            for _ in range(request["steps"]):
                step()
            seconds = time.perf_counter() - start
            request = yield {"seconds": seconds, "memory": peak() - before}
        else:
            np.savez(request["file"], **answer())
            request = yield {"saved": True}


def serve(order: dict[str, Any], requests: TextIO, replies: TextIO) -> None:
    """Answer until the requests end, or something fails: that is answered too."""
    try:
        talk = answers(order)
        reply = next(talk)
        while True:
            replies.write(json.dumps(reply) + "\n")
            replies.flush()
            line = requests.readline()
            if not line:
                return
            reply = talk.send(json.loads(line))
    except ModuleNotFoundError as error:
        replies.write(json.dumps({"missing": error.name}) + "\n")
    except Exception as error:  # whatever a peer raises is its result
        replies.write(json.dumps({"failed": f"{type(error).__name__}: {error}"}) + "\n")


if __name__ == "__main__":  # as a file: what is imported first is the order's to say
    order = json.loads(sys.argv[1])
    sys.path[:1] = order["path"]
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(order, sys.stdin, replies)
