"""Blank objects, made many at a time.

Python's collector of lost objects looks through the new ones after every 700 that are made, and
now and then through all there are. Among the values of a graph it finds nothing (they refer to
their inputs and never back), but a graph of numbers has so many that the looking took a third of
the time of work w1 in `benchmarks/`. Made in one go, thousands count as one occasion to look.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import Any

_FIRST, _MOST = 64, 4096  # how many at a time: twice as many each time, so that few cost little


@contextmanager
def uncollected() -> Iterator[None]:
    """Where many objects are made that stay: the collector does not look for lost ones."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def blanks(kind: type) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Two functions that give an object without any attribute.

    The first is quick and raises IndexError where none is left; the second makes more.
    """
    ready: list[Any] = []
    many = _FIRST

    def more() -> Any:
        nonlocal many
        with uncollected():
            ready.extend(map(object.__new__, repeat(kind, many)))
        many = min(2 * many, _MOST)
        return ready.pop()

    return ready.pop, more
