"""around: what a graph computes where one number of it is moved a little, in float64."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd import Value
from autograd.value import raw

Numbers = Mapping[Value, Any]
EPS = float(np.finfo(np.float64).eps)


class Around:
    """The neighbourhood of one number of a value.

    Only what depends on it is computed anew, and nothing is recorded, which `autograd.replay`
    would do: a graph is looked at in some hundred places.

    Attributes
    ----------
    x : Value
    entry : tuple of int
        Where in it the number stands; () for a single one.
    later : list of Value
        The results that depend on it, in order.
    h : float
        The step: cbrt(eps)·max(1, |number|), or a share of it.
    here : mapping of Value to number or array
        The graph as it is.
    """

    def __init__(
        self,
        x: Value,
        entry: tuple[int, ...],
        later: list[Value],
        here: Numbers,
        share: float = 1.0,
    ) -> None:
        self.x, self.entry, self.later, self.here = x, entry, later, here
        number = float(np.asarray(here[x])[entry])
        step = share * float(np.cbrt(EPS)) * max(1.0, abs(number))
        self.h = (number + step) - number  # what floating point makes of it
        self._known: dict[float, Numbers] = {}

    def closer(self, share: float) -> Around:
        """The same with a smaller step."""
        return Around(self.x, self.entry, self.later, self.here, share)

    def smaller(self) -> Iterator[Around]:
        """The same with ever smaller steps, while floating point still tells them apart."""
        number = abs(float(np.asarray(self.here[self.x])[self.entry]))
        for power in range(1, 19):
            around = self.closer(10.0**-power)
            if around.h <= 100 * EPS * number:
                return
            yield around

    def moved(self, steps: float) -> Numbers:
        """The graph with the number moved by so many steps; computed once."""
        if steps not in self._known:
            self._known[steps] = self._moved(steps)
        return self._known[steps]

    def sides(self, y: Value, steps: float) -> tuple[np.ndarray, np.ndarray]:
        """The slopes of a result to the left and to the right, over so many steps."""
        here, width = np.asarray(self.here[y]), steps * self.h
        return (here - self.moved(-steps)[y]) / width, (self.moved(steps)[y] - here) / width

    def _moved(self, steps: float) -> Numbers:
        data = np.array(self.here[self.x])
        data[self.entry] += steps * self.h
        return recomputed(self.later, {**self.here, self.x: data[()]})


def recomputed(order: Iterable[Value], known: Numbers) -> Numbers:
    """The results of operations from the numbers that are known."""
    numbers = dict(known)
    with np.errstate(all="ignore"):
        for y in order:
            assert y.op is not None
            operands = [numbers[x] if isinstance(x, Value) else x for x in y.inputs]
            numbers[y] = y.op.forward(*operands, **y.params)
    return numbers


def wide(x: Any) -> Any:
    """Data in float64, where they are floating-point numbers of fewer bits."""
    data = np.asarray(raw(x))
    return data.astype(np.float64)[()] if data.dtype.kind == "f" and data.itemsize < 9 else data[()]


def later(order: Iterable[Value], x: Value) -> list[Value]:
    """The results that depend on a value, in order."""
    moved, found = {x}, []
    for y in order:
        if any(isinstance(each, Value) and each in moved for each in y.inputs):
            moved.add(y)
            found.append(y)
    return found
