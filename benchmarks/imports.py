"""The import: a fresh interpreter for each peer in each round."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from .measure import Outcome
from .peers import PEERS, environment

TITLES = {
    "import": "import of the engine; by hand: of NumPy alone",
    "import nn": "import nn, and torch",
}
CODE = """
import time
start = time.perf_counter()
import {module}
seconds = time.perf_counter() - start
from benchmarks.worker import peak
print(seconds, peak())
"""


def measure_imports(
    name: str,
    peers: Sequence[str],
    *,
    threads: int,
    rounds: int,
    tell: Callable[[str], None] = lambda line: None,
) -> list[Outcome]:
    """Seconds of the import alone; memory is the interpreter's too, all that the process holds."""
    chosen = [peer for peer in peers if name == "import" or peer in ("chainrule", "torch")]
    outcomes = [Outcome(peer) for peer in chosen]
    for i in range(-1, rounds):  # the first only brings the files into memory
        tell(f"{name}: round {max(i, 0) + 1} of {rounds}")
        for outcome in outcomes:
            if outcome.problem:
                continue
            peer = PEERS[outcome.peer]
            module = "nn" if (name, outcome.peer) == ("import nn", "chainrule") else peer.module
            done = subprocess.run(
                [sys.executable, "-P", "-c", CODE.format(module=module)],
                env={**environment(threads), "PYTHONPATH": os.pathsep.join(peer.path)},
                capture_output=True,
                text=True,
            )
            if done.returncode:
                last = done.stderr.splitlines()[-1]
                absent = last.startswith("ModuleNotFoundError")
                outcome.problem = peer.missing(module) if absent else last
            elif i >= 0:
                seconds, held = map(float, done.stdout.split())
                outcome.seconds.append(seconds)
                outcome.memory = held
    return outcomes
