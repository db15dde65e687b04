"""Rounds: in each, every peer runs one batch of steps, one peer after the other."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import check
from . import work as works
from .process import Failed, Worker

BATCH = 0.15  # seconds: long beside the clock, short beside what changes on a machine
PAUSE = 0.05  # seconds: BLAS's threads spin that long after their last work
PATIENCE = 60.0  # seconds that one answer may take
SLOW = 15.0  # seconds of batches after which a peer takes no more rounds, but for the first three


@dataclass
class Outcome:
    """What one peer did: seconds a step in each round, MiB at most, or what went wrong."""

    peer: str
    seconds: list[float] = field(default_factory=list)
    memory: float = float("nan")
    problem: str = ""

    @property
    def time(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.seconds) if self.seconds else float("nan")


def spread(numbers: Sequence[float]) -> tuple[float, float, float]:
    """The median, and the quartiles below and above it."""
    low, middle, high = np.percentile(numbers, [25, 50, 75])
    return float(middle), float(low), float(high)


def ratios(ours: Outcome, theirs: Outcome) -> list[float]:
    """Round by round, so that a slow moment of the machine meets both."""
    return [a / b for a, b in zip(ours.seconds, theirs.seconds, strict=False)]


def measure(
    name: str,
    peers: Sequence[str],
    *,
    threads: int,
    rounds: int,
    size: Mapping[str, Any] | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> list[Outcome]:
    """The outcome of each peer that has this work; none of them counts before it is checked."""
    work, size = works.load(name), size or {}
    reference, start = works.reference(work, size), works.start(work, size)
    outcomes = [Outcome(peer) for peer in peers if hasattr(work, peer)]
    running: list[tuple[Outcome, Worker, int]] = []
    try:
        for outcome in outcomes:
            tell(f"{name}: checking {outcome.peer}")
            worker = Worker(outcome.peer, name, threads, size, PATIENCE)
            try:
                worker.ready()
                worker.run(work.STEPS)
                wrong = check.problem(worker.answer(), reference, start, work.DTYPE)
                if wrong:
                    raise Failed(wrong)
                once = worker.run(1)
                once = once if once > BATCH else min(once, worker.run(1))
                running.append((outcome, worker, max(1, round(BATCH / once))))
            except Failed as failed:
                outcome.problem = str(failed)
                worker.close()
        for i in range(rounds):
            tell(f"{name}: round {i + 1} of {rounds}")
            for outcome, worker, steps in running:
                if i >= 3 and sum(outcome.seconds) * steps > SLOW:
                    continue
                time.sleep(PAUSE)
                if steps > 1:
                    worker.run(1)  # brings back what the others drove out of the caches
                outcome.seconds.append(worker.run(steps) / steps)
                outcome.memory = worker.memory
    finally:
        for _, worker, _ in running:
            worker.close()
    return outcomes
