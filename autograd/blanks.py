"""Blank objects, made many at a time.

Python's collector of lost objects looks through the new ones after every 700 that are made, and
now and then through all there are. Among the values of a graph it finds nothing (they refer to
their inputs and never back), but a graph of numbers has so many that the looking took a third of
the time of work w1 in `benchmarks/`. Made in one go, thousands count as one occasion to look.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from itertools import chain, compress, repeat, tee
from operator import call
from typing import Any

_FIRST, _MOST = 64, 16384  # how many at a time: twice as many each time, so that few cost little


def blanks(kind: type) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Two functions that give an object without any attribute.

    The first is quick and raises IndexError where none is left; the second makes more.
    """
    ready: list[Any] = []
    many = _FIRST

    def more() -> Any:
        nonlocal many
        made: list[Any] = []
        _uncollected(partial(made.extend, map(object.__new__, repeat(kind, many))))
        many = min(2 * many, _MOST)
        one = made.pop()
        ready.extend(made)  # from which other threads take, too
        return one

    return ready.pop, more


def _uncollected(make: Callable[[], Any]) -> None:
    """Call a function with the collector off, where it is on, and then turn it on again.

    All by functions in C, one calling the other: between them no other thread and no signal has
    its turn, which would find the collector off, or turn it off itself and lose that.
    """
    on, again = tee(map(call, (gc.isenabled,)))
    list(map(call, compress((gc.disable, make, gc.enable), chain(on, (True,), again))))
