"""The other end of ``worker.py``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .peers import PEERS, environment


class Failed(Exception):
    """A peer did not answer as it should; the message is what the table shows."""


class Worker:
    """A process in which one peer does one work, ready when made.

    Parameters
    ----------
    peer, work : str
    threads : int
    size : mapping
        What the work's ``inputs`` take, where they are not to be of full size.
    patience : float
        Seconds that one answer may take.
    """

    def __init__(
        self, peer: str, work: str, threads: int, size: Mapping[str, Any], patience: float
    ) -> None:
        self.peer, self.patience, self.memory = PEERS[peer], patience, float("nan")
        order = dict(peer=peer, work=work, threads=threads, size=dict(size), path=self.peer.path)
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py")), json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(threads),
            text=True,
        )

    def _reply(self) -> dict[str, Any]:
        late = threading.Event()

        def end() -> None:
            late.set()
            self.process.kill()

        clock = threading.Timer(self.patience, end)
        clock.start()
        line = self.process.stdout.readline()
        clock.cancel()
        if late.is_set():
            raise Failed(f"over {self.patience:.0f} s")
        if not line:
            raise Failed(f"crashed ({self.process.wait()})")
        reply = json.loads(line)
        if "missing" in reply:
            raise Failed(self.peer.missing(reply["missing"]))
        if "failed" in reply:
            raise Failed(reply["failed"])
        return reply

    def _ask(self, **request: Any) -> dict[str, Any]:
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._reply()

    def ready(self) -> None:
        """Wait until it has loaded its libraries and made its data."""
        self._reply()

    def run(self, steps: int) -> float:
        """The seconds that some steps take together."""
        reply = self._ask(steps=steps)
        self.memory = reply["memory"]
        return reply["seconds"]

    def answer(self) -> dict[str, np.ndarray]:
        """The arrays of its answer."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "answer.npz"
            self._ask(file=str(file))
            with np.load(file) as arrays:
                return dict(arrays)

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.communicate()
