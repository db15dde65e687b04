"""Recorder: writes down what a function does while it runs for the first time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from operator import attrgetter
from typing import Any

import numpy as np

from ..backward import check_seed, steps
from ..dispatch import OF_SHAPES
from ..op import OPS, Op
from ..switches import switched
from ..tree import flatten
from ..value import Value, apply
from .tape import Entry, Gradients
from .tracked import Alias, Tracked, numbers

_COPY = OPS[np.positive]
_INFIX = {np.add: "+", np.subtract: "-", np.multiply: "*"}  # Python's own raise nothing either


class Recorder:
    """What `Mode.recorder` is while a function is recorded.

    Attributes
    ----------
    arguments : list of Value
        What the function sees of its arguments.
    entries : list of Entry and Gradients
    silenced : bool
        Whether something was computed under other settings of `np.errstate` than ``errors``.
    """

    def __init__(self, errors: Any = None) -> None:
        self._errors, self.silenced = errors, False
        self.arguments: list[Value] = []
        self._assigned: set[Value] = set()  # leaves whose array is another one now
        self.entries: list[Entry | Gradients] = []

    def argument(self, x: Any) -> Value:
        """What the function sees of an argument, a Value or numbers."""
        if isinstance(x, Value) and x.requires_grad:
            with switched(recorder=None, recording=True):
                inside = apply(_COPY, (x,))
        else:
            inside = Value(numbers(x), requires_grad=False)
        self.arguments.append(tracked(inside))
        return inside

    def apply(self, op: Op, operands: tuple, params: dict[str, Any]) -> Value:
        """What `value.apply` does, written down."""
        self._check(operands)
        if self._errors and np.geterr() != self._errors:
            self.silenced = True
        with switched(recorder=None):
            result = apply(op, operands, _plain(params))
        if params and result.op is not None:
            result._params = params  # an index that is tracked stays so for the rules
        if any(isinstance(x, Value) for x in (*operands, *flatten(params)[0])):
            self.entries.append(Entry(op.forward, operands, params, (tracked(result),), op))
        return result

    def note(self, result: Value, op: Op, operands: tuple) -> None:
        """Write down what an operator has computed by a shorter way than `apply`."""
        operands = operands[: op.arity]
        self._check(operands)
        # Only of Python's numbers is a result a Python number.
        scalar = op.scalar is not None and type(numbers(result)) is float
        function = _scalar(op) if scalar else op.forward
        self.entries.append(Entry(function, operands, {}, (tracked(result),), op))

    def plain(self, function: Callable, args: tuple, settings: dict[str, Any]) -> Any:
        """A NumPy function without a derivative."""
        if function in OF_SHAPES:
            return function(*_plain(args), **_plain(settings))
        return self.untraced(function, args, settings)

    def untraced(self, function: Callable, args: tuple, settings: dict[str, Any]) -> Any:
        """Call a function of plain numbers, now and in every replay."""
        with switched(recorder=None):
            given = function(*_plain(args), **_plain(settings))
        many = isinstance(given, tuple)
        made = tuple(map(_constant, given if many else (given,)))
        results = tuple(x for x in made if isinstance(x, Value))
        if results and len(results) < len(made):
            raise TypeError(
                f"untraced: {function!r} gives a tuple of which only some are numbers or arrays, "
                f"{given!r}; give all of them or none"
            )
        self.entries.append(Entry(function, args, settings, results, many=many and bool(results)))
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
        return self._alias(partial(_data_of, x))

    def set_data(self, x: Value, new: Any) -> None:
        """``x.data = new``; nothing else where ``new`` is its array, changed in place."""
        if numbers(new) is not numbers(x):
            self._assigned.add(x)
        self.untraced(partial(_set_data, x), (new,), {})

    def grad(self, x: Value) -> Value:
        """``x.grad``, as it is at this moment."""
        return self._alias(partial(_grad_of, x))

    def set_grad(self, x: Value, new: Any) -> None:
        """``x.grad = new``."""
        self.untraced(partial(_set_grad, x), (new,), {})

    def change(self, ufunc: np.ufunc, alias: Value, other: Any) -> Value:
        """``alias -= other``: of an array in place, as without recording."""
        if not isinstance(numbers(alias), np.ndarray):
            return ufunc(alias, other)
        self.untraced(partial(_into, ufunc), (alias, other), {})
        return alias

    def _alias(self, function: Callable) -> Value:
        alias = self.untraced(function, (), {})
        alias.__class__ = Alias
        return alias

    # ---- backward ---------------------------------------------------------------------------

    def gradients(self, roots: Sequence[Value], seeds: Sequence[Any]) -> dict[Value, Any]:
        """Go back from results; the gradients of leaves and arguments."""
        ends = {x for x in self.arguments if x.op is not None}
        order = _made_from(roots, ends)
        return {
            step.value: step.gradient
            for step in steps(roots, seeds, order, differentiable=True)
            if step.value in ends or step.value.op is None
        }


def _data_of(x: Value) -> Any:
    return x._data


def _set_data(x: Value, new: Any) -> None:
    x.data = x._data if new is x._data else np.array(new) if np.ndim(new) else new


def _grad_of(x: Value) -> Any:
    return x.grad


def _set_grad(x: Value, new: Any) -> None:
    x.grad = new


def _into(ufunc: np.ufunc, array: np.ndarray, other: Any) -> None:
    ufunc(array, other, out=array)


def store(leaf: Value, gradient: Any) -> None:
    """Add a gradient to a leaf's; one that follows from others sends it on."""
    if leaf.op is not None:
        leaf.backward(gradient)
    else:
        leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient


def _made_from(roots: Sequence[Value], ends: set[Value]) -> list[Value]:
    """The roots and all that they were made from, in order, but nothing behind the ends."""
    found, stack = set(roots), list(roots)
    while stack:
        value = stack.pop()
        for x in value.inputs if value not in ends else ():
            if isinstance(x, Value) and x not in found:
                found.add(x)
                stack.append(x)
    return sorted(found, key=attrgetter("order"))


def tracked(x: Value) -> Value:
    """A Value as one whose numbers only the engine reads."""
    x.__class__ = Tracked
    return x


def _constant(x: Any) -> Any:
    known = isinstance(x, (np.ndarray, np.generic, float, int))
    return tracked(Value(x, requires_grad=False)) if known else x


def _plain(tree: Any) -> Any:
    """A tree with the data of Values in their place."""
    leaves, rebuild = flatten(tree)
    return rebuild([numbers(x) for x in leaves])


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
