"""A function run on fresh Values in place of its arguments: what every derivative starts with."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

import numpy as np

from .backward import between
from .lines import callers_level
from .op import OPS
from .switches import MODE, switched
from .tree import flatten, paths
from .value import Value, apply, now, raw

Argnum = int | Sequence[int]


class IndependentWarning(UserWarning):
    """A derivative with respect to something that the result does not depend on: it is zero.

    Silence it with ``warnings.simplefilter("ignore", autograd.IndependentWarning)``.
    """


class IntegerWarning(UserWarning):
    """A derivative with respect to whole numbers, which were taken as floating-point ones."""


@dataclass
class Run:
    """One call of a function on fresh Values in place of its arguments."""

    variables: list[Value]
    inputs: list[Any]  # what the variables stand for
    like_input: Callable[[list], Any]
    outputs: list[Any]
    like_output: Callable[[list], Any]
    outer: bool  # whether an enclosing computation is traced through the function
    alone: bool  # whether all operations that led to the outputs are this call's

    @cached_property
    def order(self) -> list[Value]:
        """What lies between the variables and the outputs."""
        return between([y for y in self.outputs if isinstance(y, Value)], self.variables)

    @cached_property
    def reached(self) -> list[bool]:
        """Which outputs depend on a variable."""
        on_the_way = set(self.order)
        return [isinstance(y, Value) and y in on_the_way for y in self.outputs]

    @property
    def result(self) -> Any:
        """What the function gave."""
        # A result is read by the rules again; handed out like this it is read-only.
        plain = [y.data if isinstance(y, Value) else y for y in self.outputs]
        return self.like_output(self.outputs if self.outer else plain)


def run(f: Callable, x: Any, name: str) -> Run:
    recording, start = MODE.get().recording, now()
    # A derivative needs the graph, also inside no_grad.
    with switched(recording=True, active=min(start, MODE.get().active)):
        inputs, like_input = flatten(x)
        variables = [fresh(leaf, name + path) for leaf, path in zip(inputs, paths(x), strict=True)]
        outputs, like_output = flatten(f(like_input(variables)))
        for variable in variables:
            variable._closed = True  # from now on only this run asks for its gradient
    before = _made_before(start, outputs)
    outer = recording and any(map(_asked_for, before))
    alone = all(x.op is None for x in before)
    return Run(variables, inputs, like_input, outputs, like_output, outer, alone)


def fresh(x: Any, name: str) -> Value:
    # A Value of an outer function enters as a new node made from it: this function's derivative
    # is by the new node alone, the outer one's goes on through it.
    if isinstance(x, Value) and x.requires_grad:
        return apply(OPS[np.positive], (x,))
    x = raw(x)
    if isinstance(x, (bool, int, np.integer, np.bool_)):
        raise TypeError(
            f"{name} is the integer {x}, and a derivative belongs to floating-point numbers; pass "
            f"{float(x)}"
        )
    if isinstance(x, np.ndarray) and x.dtype.kind in "bui":
        warnings.warn(
            f"{name} is an array of {x.dtype}; it is differentiated as one of float64, which "
            f"x.astype(float) makes",
            IntegerWarning,
            stacklevel=callers_level(),
        )
        x = x.astype(float)
    if not isinstance(x, (float, complex, np.ndarray, np.generic)):
        raise TypeError(
            f"{name} is a {type(x).__name__}; derivatives are with respect to floating-point "
            f"numbers, arrays, and tuples, lists and dicts of them. Bind anything else beforehand: "
            f"grad(lambda x: f(x, other))"
        )
    return Value(x)


def outside(outputs: Sequence[Any], start: int, stop: Sequence[Value] = ()) -> list[Value]:
    """The Values from before the moment ``start`` that were used on the way to the outputs.

    What comes in through the Values in ``stop`` is left out.
    """
    return [x for x in _made_before(start, outputs, stop) if _asked_for(x)]


def _made_before(start: int, outputs: Sequence[Any], stop: Sequence[Value] = ()) -> list[Value]:
    """As `outside`, but whether or not somebody can ask for their gradients."""
    found = []
    seen = set(stop)
    stack = [y for y in outputs if isinstance(y, Value) and y.requires_grad and y not in seen]
    seen.update(stack)
    while stack:
        value = stack.pop()
        if value.order < start:
            found.append(value)
            continue
        if value.op is None:
            continue
        for x in value.inputs:
            if isinstance(x, Value) and x.requires_grad and x not in seen:
                seen.add(x)
                stack.append(x)
    return found


def _asked_for(value: Value) -> bool:
    """Whether a function that is being differentiated made it, or it is open."""
    return value.order >= MODE.get().active or _is_open(value)


def _is_open(value: Value) -> bool:
    """Whether somebody can still ask for the gradient of what the value was made from."""
    seen, stack = {value}, [value]
    while stack:
        value = stack.pop()
        if value._closed:
            continue
        if value.op is None:
            return True
        for x in value.inputs:
            if isinstance(x, Value) and x.requires_grad and x not in seen:
                seen.add(x)
                stack.append(x)
    for value in seen:
        value._closed = True
    return False


def like(g: Any, x: Any) -> Any:
    """A gradient in the type of what it belongs to: a 0-d array for one, else a NumPy scalar."""
    if isinstance(g, Value):
        return g
    if isinstance(x, np.ndarray):
        return np.asarray(g)
    if type(x) is complex:
        return complex(g)
    return g[()] if isinstance(g, np.ndarray) else g


def _checked(f: Any, argnum: Any) -> None:
    if not callable(f):
        raise TypeError(f"a derivative is of a function, not of {f!r}: grad(f)(x), not grad(f(x))")
    if any(not isinstance(i, (int, np.integer)) for i in np.atleast_1d(np.array(argnum, object))):
        raise TypeError(
            f"argnum is the position of an argument, or several, not {argnum!r}; "
            f"grad_named(f, name) takes a name"
        )


def of_chosen(f: Callable, argnum: Argnum, args: tuple, kwargs: dict) -> tuple[Callable, Any, str]:
    """``f`` as a function of the chosen arguments alone, those arguments, and their name."""
    chosen = [argnum] if isinstance(argnum, (int, np.integer)) else list(argnum)
    for i in chosen:
        if not -len(args) <= i < len(args):
            raise TypeError(
                f"a derivative with respect to argument {i}, of {len(args)} positional ones"
            )

    def unary(x: Any) -> Any:
        full = list(args)
        for i, entry in zip(chosen, [x] if isinstance(argnum, (int, np.integer)) else x):  # noqa: B905
            full[i] = entry
        return f(*full, **kwargs)

    unary.__name__ = name_of(f)
    if isinstance(argnum, (int, np.integer)):
        return unary, args[argnum], f"argument {argnum}"
    return unary, tuple(args[i] for i in chosen), f"arguments {tuple(chosen)}"


def name_of(f: Any) -> str:
    return getattr(f, "__name__", "the function")


def nary(operator: Callable) -> Callable:
    """From ``operator(unary function, x, ...)`` to ``operator(f, argnum=0, ...)(*args)``."""

    @wraps(operator)
    def of_function(f: Callable, argnum: Argnum = 0, *settings: Any, **options: Any) -> Callable:
        _checked(f, argnum)

        def derivative(*args: Any, **kwargs: Any) -> Any:
            unary, x, name = of_chosen(f, argnum, args, kwargs)
            return operator(unary, x, *settings, _name=name, **options)

        derivative.__name__ = f"{operator.__name__}_of_{name_of(f)}_wrt_argnum_{argnum}"
        derivative.__doc__ = (
            f"{operator.__name__} of {name_of(f)} with respect to argument {argnum}, at the "
            f"arguments of {name_of(f)}."
        )
        return derivative

    signature = inspect.signature(operator)
    f, _, *rest = (p for p in signature.parameters.values() if p.name != "_name")
    argnum = inspect.Parameter("argnum", f.kind, default=0, annotation="Argnum")
    of_function.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[f, argnum, *rest], return_annotation="Callable"
    )
    return of_function
