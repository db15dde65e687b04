"""equations: how a value was computed, as people write it."""

from __future__ import annotations

import cmath
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd import Value
from autograd.value import raw

from .theme import number

Names = Mapping[Value, str]
LISTED = 6  # operands that are written out
SETTING = 16  # characters of a setting that is written out
FIGURES = range(3, 7)  # how many of a number may be shown
NEAR = 0.01  # of a result: how near a learner's prediction has to come


def equation(value: Value, names: Names) -> str:
    """How a value was computed: ``p = x + y``."""
    if value.op is None:
        return names[value]
    operands = [called(x, names) for x in value.inputs if x is not None]
    return f"{names[value]} = {_call(value, operands)}"


def computed(value: Value, names: Names) -> str:
    """The same with its numbers, where these are single ones: ``p = x + y = 1 + 3 = 4``."""
    parts = [equation(value, names)]
    operands = [raw(x) for x in value.inputs if x is not None]
    if operands and len(operands) <= LISTED and all(np.ndim(x) == 0 for x in operands):
        count = figures(value) or FIGURES[-1]
        parts.append(_call(value, [figure(x, count) for x in operands]))
    return f"{' = '.join(parts)} {equals(value.data, *operands)} {number(value.data)}"


def figures(value: Value) -> int:
    """How many figures of its operands give a value; 0 where six do not, as in 1 − 0.9999999."""
    op, operands = value.op, [raw(x) for x in value.inputs if x is not None]
    if op is None or len(operands) > LISTED or any(np.ndim(x) for x in (value.data, *operands)):
        return FIGURES[0]
    return enough(operands, value.data, lambda data: op.forward(*data, **value.params))


def enough(data: Sequence[Any], result: Any, again: Callable[[list[Any]], Any]) -> int:
    """How many figures of single numbers give the same result again; 0 where six do not."""
    if not all(map(_is_plain, (*data, result))):
        return FIGURES[0]
    with np.errstate(all="ignore"):
        for count in FIGURES:
            try:
                apart = abs(again([_shown(x, count) for x in data]) - result)
            except (ArithmeticError, ValueError):  # sqrt(1 - 1.000) is none of sqrt(1 - 1.0004)
                continue
            if apart <= NEAR * abs(result):
                return count
    return 0


def figure(x: Any, count: int = FIGURES[0]) -> str:
    """A number as it stands in arithmetic, where a truth value is 1 or 0."""
    if _is_plain(x) and count > FIGURES[0]:
        return f"{float(x):.{count}g}"
    return number(float(x) if _is_truth(x) else x)


def called(x: Any, names: Names) -> str:
    """An operand's name; a constant's number, or its shape where it has many."""
    if isinstance(x, Value):
        return names[x]
    return figure(x) if np.ndim(x) == 0 else f"array {np.shape(x)}"


def equals(*data: Any) -> str:
    """≈ where the three figures that are shown are not all there is."""
    exact = all(
        np.ndim(x) or not cmath.isfinite(x) or cmath.isclose(complex(figure(x)), x, rel_tol=1e-9)
        for x in data
    )
    return "=" if exact else "≈"


def listed(names: Sequence[str]) -> str:
    """``x``, ``x and y``, ``x, y and z``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _is_truth(x: Any) -> bool:
    return bool(np.asarray(x).dtype == bool)


def _is_plain(x: Any) -> bool:
    """Whether it is one real and finite number."""
    return np.ndim(x) == 0 and np.asarray(x).dtype.kind in "biuf" and bool(np.isfinite(x))


def _shown(x: Any, count: int) -> Any:
    """The number that a reader sees."""
    return type(x)(float(figure(x, count))) if isinstance(x, int) else float(figure(x, count))


def _call(value: Value, operands: Sequence[str]) -> str:
    """An operation as people write it: ``x + y``, ``tanh(s)``, ``x[0]``, ``sum(x, axis=0)``."""
    op = value.op
    assert op is not None
    if len(operands) == 2 and op.arity == 2 and len(op.label) == 1:
        left, right = operands
        if right.startswith("-") and op.label not in "×÷":
            right = f"({right})"
        if left.startswith("-") and op.label == "^":
            left = f"({left})"
        return f"{left} {op.label} {right}"
    if op.name == "getitem":
        return f"{operands[0]}[{_index(value.params['index'])}]"
    if op.name == "negative":
        return f"-{operands[0]}" if not operands[0].startswith("-") else f"-({operands[0]})"
    if len(operands) > LISTED:
        operands = [*operands[: LISTED - 1], f"… {len(operands) - LISTED + 1} more"]
    settings = [
        f"{name}={setting!r}"
        for name, setting in value.params.items()
        if setting is not None and repr(setting) != "…" and len(repr(setting)) <= SETTING
    ]
    return f"{op.name}({', '.join([*operands, *settings])})"


def _index(index: Any) -> str:
    """What stood between the brackets: ``0``, ``1:3``, ``:, 0``; an array by its shape."""
    if isinstance(index, tuple):
        return ", ".join(map(_index, index)) or "()"
    if isinstance(index, slice):
        ends = ["" if end is None else str(end) for end in (index.start, index.stop, index.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if index is None or index is Ellipsis:
        return "None" if index is None else "..."
    return str(index) if np.ndim(index) == 0 else f"array {np.shape(index)}"
