"""sentences: what happens in one step of a backward pass, in plain words.

Every sentence is made from the operation's label and from its gradient rule as `formula` writes
it, so a new operation is explained without a word being added here.
"""

from __future__ import annotations

import cmath
import inspect
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd import Op, Step, Value
from autograd.value import raw

from .formula import formula, numbers
from .theme import number

Names = Mapping[Value, str]
LISTED = 12  # numbers of an array that are written out
WORD = re.compile(r"[^\W\d]\w*")


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
    if operands and all(np.ndim(x) == 0 for x in operands):
        parts.append(_call(value, [number(x) for x in operands]))
    return f"{' = '.join(parts)} {_equals(value.data, *operands)} {number(value.data)}"


def called(x: Any, names: Names) -> str:
    """An operand's name; a constant's number, or its shape where it has many."""
    if isinstance(x, Value):
        return names[x]
    return number(x) if np.ndim(x) == 0 else f"array {np.shape(x)}"


def forward(root: Value, names: Names) -> str:
    return (
        f"The forward pass has computed every number, up to {names[root]}. The backward pass asks, "
        f"for each value: how much does {names[root]} change when that value changes a little?"
    )


def seed(root: Value, names: Names, *, given: bool) -> str:
    name = names[root]
    if given:
        return f"Start at the output: {name}.grad is the seed that was given."
    return f"Start at the output: the derivative of {name} with respect to itself is 1."


def send(step: Step, slot: int, names: Names, dx: Any, turn: tuple[int, int]) -> str:
    """What one operand receives, why, and how it joins what is there already."""
    y, x = step.value, step.value.inputs[slot]
    name, output = names[x], names[y]
    text = formula(_op(step), slot, y.params)
    made = equation(y, names)
    derivative = f"the derivative of {output} with respect to {name}"
    if text == "g" and x.size > y.size:
        said = f"{made} passes its gradient on to every number of {name}"
    elif text == "g" and x.shape == y.shape:
        said = f"{made} passes its gradient on to {name} unchanged, because {derivative} is 1"
    elif text == "g":
        said = f"{made} passes its gradient on to {name}"
    elif text in ("-g", "−g"):
        reason = f"because {derivative} is -1"
        said = f"{made} passes its gradient on to {name} with its sign turned, {reason}"
    elif text.startswith("g·") and "g" not in WORD.findall(text[2:]):
        factor = _named(text[2:], step, slot, names)
        said = f"In {made}, {name} receives {output}'s gradient times {factor}, {derivative}"
    elif text.startswith("g / "):
        divisor = _named(text[4:], step, slot, names)
        said = f"In {made}, {name} receives {output}'s gradient divided by {divisor}"
    else:
        said = f"In {made}, {name} receives {_named(text, step, slot, names)}"
    if not np.any(dx) and np.any(step.gradient):
        said += f"{_unbroadcast(step, slot, names)}: here that is 0, so nothing flows back this way"
        return f"{said}.{_joins(name, turn)}"
    return f"{said}{_unbroadcast(step, slot, names)}.{_joins(name, turn)}"


def arithmetic(step: Step, slot: int, names: Names, dx: Any, before: Any, after: Any) -> str:
    """The step as arithmetic: with its numbers for scalars, with the rule and shapes for arrays."""
    op, y = _op(step), step.value
    operands = [raw(operand) for operand in y.inputs]
    target = f"{names[y.inputs[slot]]}.grad"
    if np.ndim(dx) or any(np.ndim(x) for x in (y.data, *operands)):
        text = _named(formula(op, slot, y.params), step, slot, names)
        return f"{target} += {text}  {np.shape(dx) or 'one number'}"
    product = numbers(op, slot, y.params, step.gradient, y.data, operands)
    used = _used(step, slot, names)
    equals = (
        "=" if [*used] == ["g"] or dx == 0 else _equals(dx, *(data for _, data in used.values()))
    )
    start = "0" if before is None else number(before)
    return f"{target} += {product} {equals} {number(dx)}  ({start} → {number(after)})"


def rule(step: Step, slot: int, names: Names, dx: Any) -> str:
    """The rule in symbols and what each symbol stands for; what it gave, where that is short."""
    text = formula(_op(step), slot, step.value.params)
    used = _used(step, slot, names)
    where = ", ".join(_stands_for(symbol, *meaning) for symbol, meaning in used.items())
    said = f"rule: {text}, where {where}" if where else f"rule: {text}"
    if np.ndim(dx) and np.size(dx) <= LISTED:
        said += f"; it gave {_short(dx)}"
    return said


def done(root: Value, names: Names, missed: Sequence[Value]) -> str:
    """What the learner now has, and which values nothing reached."""
    said = (
        f"Done: every gradient is complete. Each says how much {names[root]} changes "
        "per unit change of that value."
    )
    if missed:
        said += f" No gradient reached {', '.join(names[x] for x in missed)}."
    return said


def _op(step: Step) -> Op:
    assert step.value.op is not None
    return step.value.op


def _call(value: Value, operands: Sequence[str]) -> str:
    """An operation as people write it: ``x + y``, ``tanh(s)``, ``sum(x, axis=0)``."""
    op = value.op
    assert op is not None
    if op.arity == 2 and len(op.label) == 1:
        left, right = operands
        if right.startswith("-") and op.label not in "×÷":
            right = f"({right})"
        if left.startswith("-") and op.label == "^":
            left = f"({left})"
        return f"{left} {op.label} {right}"
    settings = [
        f"{name}={setting}"
        for name, setting in value.params.items()
        if setting is not None and len(str(setting)) <= 16
    ]
    return f"{op.name}({', '.join([*operands, *settings])})"


def _symbols(step: Step, slot: int, names: Names) -> dict[str, tuple[str, Any]]:
    """What the rule's own names stand for: a name of the learner's, and data."""
    y, op = step.value, _op(step)
    symbols = {"g": (f"{names[y]}.grad", step.gradient), "y": (names[y], y.data)}
    vjp = op.vjps[slot]
    assert vjp is not None
    operands = list(inspect.signature(vjp).parameters)[2 : 2 + op.arity]
    for symbol, x in zip(operands, y.inputs, strict=False):
        if x is not None:  # an operand left out
            symbols[symbol] = (called(x, names), raw(x))
    return symbols


def _used(step: Step, slot: int, names: Names) -> dict[str, tuple[str, Any]]:
    """The symbols that stand in the rule as it is written."""
    words = WORD.findall(formula(_op(step), slot, step.value.params))
    symbols = _symbols(step, slot, names)
    return {symbol: meaning for symbol, meaning in symbols.items() if symbol in words}


def _named(text: str, step: Step, slot: int, names: Names) -> str:
    """A rule in the learner's names; a constant array, which has none, keeps the rule's."""
    symbols = {
        symbol: name
        for symbol, (name, _) in _symbols(step, slot, names).items()
        if not name.startswith("array")
    }
    return WORD.sub(lambda word: symbols.get(word[0], word[0]), text)


def _equals(*data: Any) -> str:
    """≈ where the three figures that are shown are not all there is."""
    exact = all(
        np.ndim(x) or not cmath.isfinite(x) or cmath.isclose(complex(number(x)), x, rel_tol=1e-9)
        for x in data
    )
    return "=" if exact else "≈"


def _joins(name: str, turn: tuple[int, int]) -> str:
    place, uses = turn
    if uses == 1:
        return ""
    used = f" {name} is used {_times(uses)}"
    if place == 1:
        return f"{used}, so {uses} contributions will add up; this is the first."
    return f"{used}, and gradients add: this is contribution {place} of {uses}."


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _unbroadcast(step: Step, slot: int, names: Names) -> str:
    """How the engine made the rule's result fit an operand that broadcasting had repeated.

    The rule is run once more, because a step holds what the operand receives after that.
    """
    y, x = step.value, step.value.inputs[slot]
    if y.ndim == 0 and x.ndim == 0:
        return ""
    vjp = _op(step).vjps[slot]
    assert vjp is not None
    with np.errstate(all="ignore"):
        given = np.shape(vjp(step.gradient, y.data, *map(raw, y.inputs), **y.params))
    if given == x.shape or len(given) < x.ndim:
        return ""
    extra = len(given) - x.ndim
    axes = [
        axis
        for axis, size in enumerate(given)
        if axis < extra or (x.shape[axis - extra] == 1 and size != 1)
    ]
    repeats = math.prod(given[axis] for axis in axes)
    if len(axes) == len(given):
        over = f"all {repeats} numbers"
    else:
        over = ("axis " if len(axes) == 1 else "axes ") + " and ".join(map(str, axes))
    return f", summed over {over}, because {names[x]} was repeated {_times(repeats)}"


def _stands_for(symbol: str, name: str, data: Any) -> str:
    if np.ndim(data):
        return (
            f"{symbol} = {name}"
            if name.startswith("array")
            else f"{symbol} = {name} {np.shape(data)}"
        )
    return " = ".join(dict.fromkeys((symbol, name, number(data))))


def _short(x: np.ndarray) -> str:
    return " ".join(np.array2string(x, precision=3, separator=", ").split())
