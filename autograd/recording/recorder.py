"""Recorder: writes down what a function does while it runs for the first time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from ..backward import check_seed
from ..dispatch import OF_SHAPES
from ..lines import here
from ..op import OPS, Op
from ..switches import switched
from ..tree import flatten
from ..value import HOOKED, Value, apply, now, written
from .chance import Chance
from .tape import Entry, Gradients
from .tracked import Alias, Tracked, looked_at, numbers
from .way_back import plain, way_back

_COPY = OPS[np.positive]
_INFIX = {np.add: "+", np.subtract: "-", np.multiply: "*"}  # Python's own raise nothing either


class Recorder:
    """What `Mode.recorder` is while a function is recorded.

    Attributes
    ----------
    arguments : list of Value
        What the function sees of its arguments.
    entries : list of Entry and Gradients
    seen : dict of Value to float or array
        The data of leaves when they were first used; None of one that was assigned to before.
    settings : dict of callable to anything
        What a replay depends on: where one gives something else, the function is recorded anew.
    silenced : bool
        Whether something was computed under other settings of `np.errstate` than ``errors``.
    """

    def __init__(self, errors: Any = None, chance: Chance | None = None) -> None:
        self._errors, self.silenced = errors, False
        self._chance = chance
        self.arguments: list[Value] = []
        self._assigned: set[Value] = set()  # leaves whose array is another one now
        self.entries: list[Entry | Gradients] = []
        self.seen: dict[Value, Any] = {}
        self._start = now()
        self.settings: dict[Callable[[], Any], Any] = {}
        self._settings: list[tuple[Value, dict[str, Any]]] = []

    def settle(self) -> None:
        """Let the settings of what was recorded be plain again."""
        for result, params in self._settings:
            result._params = params

    def argument(self, x: Any) -> Value:
        """What the function sees of an argument, a Value or numbers."""
        if isinstance(x, Value) and x.requires_grad:
            with switched(recorder=None, recording=True):
                inside = apply(_COPY, (x,))
        else:
            inside = Value(numbers(x), requires_grad=False)
        self.arguments.append(tracked(inside))
        return inside

    def depends(self, setting: Callable[[], Any]) -> None:
        """Note what must be the same in a replay."""
        self.settings.setdefault(setting, setting())

    def apply(self, op: Op, operands: tuple, params: dict[str, Any]) -> Value:
        """What `value.apply` does, written down."""
        self._check(operands)
        for x in flatten(params)[0]:
            if isinstance(x, slice):
                _check_slice(x)
        if self._chance:
            self._chance.check()
        if self._errors and np.geterr() != self._errors:
            self.silenced = True
        with switched(recorder=None):
            result = apply(op, operands, plain(params))
        if params and result.op is not None:
            self._settings.append((result, result._params))
            result._params = params  # an index that is tracked stays so for the rules
        if any(isinstance(x, Value) for x in (*operands, *flatten(params)[0])):
            self._add(Entry(op.forward, operands, params, (tracked(result),), op, place=here()))
        return result

    def note(self, result: Value, op: Op, operands: tuple) -> None:
        """Write down what an operator has computed by a shorter way than `apply`."""
        operands = operands[: op.arity]
        self._check(operands)
        # Only of Python's numbers is a result a Python number.
        scalar = op.scalar is not None and type(numbers(result)) is float
        function = _scalar(op) if scalar else op.forward
        self._add(Entry(function, operands, {}, (tracked(result),), op))

    def _add(self, entry: Entry) -> None:
        self.entries.append(entry)
        flat = entry.op is not None and not entry.params
        for x in entry.operands if flat else flatten((entry.operands, entry.params))[0]:
            if isinstance(x, Value) and x.op is None:
                late = x._written > self._start
                self.seen.setdefault(x, None if late else numbers(x))

    def plain(self, function: Callable, args: tuple, settings: dict[str, Any]) -> Any:
        """A NumPy function without a derivative."""
        if function in OF_SHAPES:
            return function(*plain(args), **plain(settings))
        return self.untraced(function, args, settings, pure=True)

    def untraced(
        self, function: Callable, args: tuple, settings: dict[str, Any], pure: bool = False
    ) -> Any:
        """Call a function of plain numbers, now and in every replay.

        One that is ``pure`` is called for nothing but its results.
        """
        if self._chance:
            self._chance.check()
        with switched(recorder=None):
            given = function(*plain(args), **plain(settings))
        if self._chance:
            self._chance.skip()
        many = isinstance(given, tuple)
        made = tuple(map(_constant, given if many else (given,)))
        results = tuple(x for x in made if isinstance(x, Value))
        if results and len(results) < len(made):
            raise TypeError(
                f"untraced: {function!r} gives a tuple of which only some are numbers or arrays, "
                f"{given!r}; give all of them or none"
            )
        many_results = many and bool(results)
        self._add(Entry(function, args, settings, results, None, many_results, pure, here()))
        return made if many else made[0]

    def backward(self, root: Value, seed: Any) -> None:
        """What ``Value.backward`` does to leaves, written down."""
        found = self.gradients([root], [check_seed(root, seed)])
        self.entries.append(Gradients(found))
        with switched(recorder=None):
            for x, gradient in found.items():
                g = numbers(gradient)
                given = x.inputs[0] if x.op is not None else x
                store(given, g.copy() if isinstance(g, np.ndarray) else g)

    def _check(self, operands: tuple) -> None:
        if self._assigned and any(isinstance(x, Value) and x in self._assigned for x in operands):
            raise RuntimeError(
                "record: a value is used after its data were replaced in the same function. Change "
                "them in place, x.data -= step, or end the function there"
            )

    # ---- leaves that are read and changed by hand -------------------------------------------

    def data(self, x: Value) -> Value:
        """``x.data``: a constant of what it is at this moment."""
        if isinstance(x, Tracked):
            return x.detach()
        return self._alias(partial(data_of, x))

    def set_data(self, x: Value, new: Any) -> None:
        """``x.data = new``; nothing else where ``new`` is its array, changed in place."""
        if numbers(new) is not numbers(x):
            self._assigned.add(x)
        self.untraced(partial(_set_data, x), (new,), {})

    def grad(self, x: Value) -> Value:
        """``x.grad``, as it is at this moment."""
        return self._alias(partial(grad_of, x))

    def set_grad(self, x: Value, new: Any) -> None:
        """``x.grad = new``."""
        self.untraced(partial(set_grad, x), (new,), {})

    def change(self, ufunc: np.ufunc, alias: Value, other: Any) -> Value:
        """``alias -= other``: of an array in place, as without recording."""
        if not isinstance(numbers(alias), np.ndarray):
            return ufunc(alias, other)
        self.untraced(partial(into, ufunc), (alias, other), {})
        return alias

    def _alias(self, function: Callable) -> Value:
        alias = self.untraced(function, (), {})
        alias.__class__ = Alias
        return alias

    # ---- backward ---------------------------------------------------------------------------

    def gradients(self, roots: Sequence[Value], seeds: Sequence[Any]) -> dict[Value, Any]:
        """Go back from results; the gradients of leaves and arguments."""
        return way_back(self, roots, seeds, {x for x in self.arguments if x.op is not None})


def data_of(x: Value) -> Any:
    return x._data


def _set_data(x: Value, new: Any) -> None:
    if new is x._data:  # changed in place
        written(x)
    else:
        x.data = np.array(new) if np.ndim(new) else new


def grad_of(x: Value) -> Any:
    return x.grad


def set_grad(x: Value, new: Any) -> None:
    x.grad = new


def into(ufunc: np.ufunc, array: np.ndarray, other: Any) -> None:
    ufunc(array, other, out=array)


def store(leaf: Value, gradient: Any) -> None:
    """Add a gradient to a leaf's, after its hooks; one that follows from others sends it on."""
    if leaf.op is not None or id(leaf) in HOOKED:
        leaf.backward(gradient)
    else:
        leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient


def _check_slice(x: slice) -> None:
    for end in (x.start, x.stop, x.step):
        if isinstance(end, Value):
            raise looked_at(end)


def tracked(x: Value) -> Value:
    """A Value as one whose numbers only the engine reads."""
    x.__class__ = Tracked
    return x


def _constant(x: Any) -> Any:
    known = isinstance(x, (np.ndarray, np.generic, float, int))
    return tracked(Value(x, requires_grad=False)) if known else x


@cache
def _scalar(op: Op) -> Callable:
    """The operation on Python's numbers, with NumPy's answer where Python's raises."""

    def compute(*operands: Any) -> float:
        try:
            return op.scalar(*operands)  # type: ignore[misc]
        except (ArithmeticError, ValueError):
            return float(op.forward(*operands))

    compute.op = op  # type: ignore[attr-defined]
    compute.infix = _INFIX.get(op.function)  # type: ignore
    return compute
