"""sentences: what happens in one step, in plain words and as arithmetic.

Every sentence is made from the operation's label and from its gradient rule as `formula` writes
it, so a new operation is explained without a word being added here.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from autograd import Op, Step, Value
from autograd.backward import call
from autograd.value import raw

from .equations import Names, called, equals, equation, listed
from .formula import formula, numbers
from .theme import number
from .trace import is_number, slope

LISTED = 12  # numbers of an array that are written out
WORD = re.compile(r"[^\W\d]\w*")
OPAQUE = "vjp of "  # how a rule begins that is code and no formula


# ---- the backward pass -------------------------------------------------------------------------


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


def send(step: Step, slot: int, names: Names, dx: Any) -> str:
    """What one operand receives, and why."""
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
    elif text.startswith(OPAQUE):
        own = f"the rule that was given for {_op(step).name} makes of {output}'s gradient"
        said = f"In {made}, {name} receives what {own}"
    else:
        said = f"In {made}, {name} receives {_named(text, step, slot, names)}"
    said += _unbroadcast(step, slot, names)
    if not np.all(np.isfinite(dx)):
        said += ": here that is not a finite number"
    elif not np.any(dx) and np.any(step.gradient):
        said += ": here that is 0, so nothing flows back this way"
    return f"{said}."


def joins(name: str, turn: tuple[int, int]) -> str:
    """How a contribution joins what has arrived already, where a value is used more than once."""
    place, uses = turn
    if uses == 1:
        return ""
    used = f" {name} is used {_times(uses)}"
    if place == 1:
        return f"{used}, so {uses} contributions will add up; this is the first."
    return f"{used}, and gradients add: this is contribution {place} of {uses}."


def arithmetic(
    step: Step,
    slot: int,
    names: Names,
    dx: Any,
    before: Any,
    after: Any,
    *,
    assign: bool = False,
) -> str:
    """The step as arithmetic: with its numbers for scalars, with the rule and shapes for arrays."""
    op, y = _op(step), step.value
    g, data, *operands = (_plain(raw(x)) for x in (step.gradient, y.data, *y.inputs))
    sets = f"{names[y.inputs[slot]]}.grad {'=' if assign else '+='}"
    text = formula(op, slot, y.params)
    if text.startswith(OPAQUE):
        text += ", given g"
    start = "0" if before is None else number(before)
    if assign:
        moved = f"  ({start} is lost)" if before is not None else ""
    else:
        moved = f"  ({start} → {number(after)})"
    if np.ndim(dx):
        rule = f"{sets} {_named(text, step, slot, names)}{_summed(step, slot)}"
        few = number(dx)
        return f"{rule}{f' = {few}' if few[0] == '[' else ''}  shape {np.shape(dx)}"
    if any(np.ndim(x) for x in (data, *operands)):
        rule = f"{_named(text, step, slot, names)}{_summed(step, slot)}"
        return f"{sets} {rule} {equals(dx)} {number(dx)}{moved}"
    if text.startswith(OPAQUE) and is_number(data):
        local = slope(y, slot)
        product = f"{number(g)} × {number(local)}"
        return f"{sets} {product} {equals(dx, g, local)} {number(dx)}{moved}"
    product = numbers(op, slot, y.params, g, data, operands)
    used = _used(step, slot, names)
    exact = [*used] == ["g"] or dx == 0
    sign = "=" if exact else equals(dx, *(data for _, data in used.values()))
    return f"{sets} {product} {sign} {number(dx)}{moved}"


def rule(step: Step, slot: int, names: Names, dx: Any) -> str:
    """The rule in symbols and what each symbol stands for; what it gave, where that is short."""
    text = formula(_op(step), slot, step.value.params)
    used = _used(step, slot, names)
    where = ", ".join(_stands_for(symbol, *meaning) for symbol, meaning in used.items())
    said = f"rule: {text}, where {where}" if where else f"rule: {text}"
    if np.ndim(dx) and np.size(dx) <= LISTED:
        said += f"; it gave {_short(dx)}"
    return said


def contributions(
    x: Value, parts: Sequence[tuple[Value, int, Any]], total: Any, names: Names
) -> str:
    """Every contribution to a value that is used more than once."""
    told = [f"{_few(dx)} (through {through(y, slot, names)})" for y, slot, dx in parts]
    return f"{names[x]}.grad = {' + '.join(told)} = {_few(total)}"


def through(y: Value, slot: int, names: Names) -> str:
    """A use of a value; told apart where an operation uses it more than once."""
    twice = sum(x is y.inputs[slot] for x in y.inputs) > 1
    return f"operand {slot + 1} of {names[y]}" if twice else names[y]


def done(root: Value, names: Names, missed: Sequence[Value]) -> str:
    """What the learner now has, and which values nothing reached."""
    said = (
        f"Done: every gradient is complete. Each says how fast {names[root]} changes when that "
        "value changes a little."
    )
    if missed:
        said += f" No gradient reached {listed([names[x] for x in missed])}."
    return said


# ---- the parts of a sentence -------------------------------------------------------------------


def _op(step: Step) -> Op:
    assert step.value.op is not None
    return step.value.op


def _symbols(step: Step, slot: int, names: Names) -> dict[str, tuple[str, Any]]:
    """What the rule's own names stand for: a name of the learner's, and data."""
    y, op = step.value, _op(step)
    symbols = {"g": (f"{names[y]}.grad", step.gradient), "y": (names[y], y.data)}
    operands = _parameters(op, slot)
    for symbol, x in zip(operands, y.inputs, strict=False):
        if x is not None:  # an operand left out
            symbols[symbol] = (called(x, names), raw(x))
    if "n" not in symbols and op.arity == 1 and y.size:  # of a mean: how many numbers are in one
        count = y.inputs[0].size // y.size - y.params.get("ddof", 0)
        symbols["n"] = (str(count), count)
    return symbols


@lru_cache(maxsize=4096)
def _parameters(op: Op, slot: int) -> list[str]:
    """What the rule calls the operands."""
    vjp = op.vjps[slot]
    assert vjp is not None
    return list(inspect.signature(vjp).parameters)[2 : 2 + op.arity]


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


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _repeated(step: Step, slot: int) -> tuple[str, int]:
    """Over which axes the engine sums to undo broadcasting, and how often a number was repeated.

    The rule is run once more, because a step holds what the operand receives after that.
    """
    y, x = step.value, step.value.inputs[slot]
    if y.ndim == 0 and x.ndim == 0:
        return "", 1
    with np.errstate(all="ignore"):
        operands = [*map(raw, y.inputs)]
        given = np.shape(call(_op(step).vjps[slot], step.gradient, y.data, operands, y.params))
    if given == x.shape or len(given) < x.ndim:
        return "", 1
    extra = len(given) - x.ndim
    axes = [
        axis
        for axis, size in enumerate(given)
        if axis < extra or (x.shape[axis - extra] == 1 and size != 1)
    ]
    repeats = math.prod(given[axis] for axis in axes)
    if len(axes) == len(given):
        return f"all {repeats} numbers", repeats
    return ("axis " if len(axes) == 1 else "axes ") + listed([*map(str, axes)]), repeats


def _unbroadcast(step: Step, slot: int, names: Names) -> str:
    """How the engine made the rule's result fit an operand that broadcasting had repeated."""
    over, repeats = _repeated(step, slot)
    if not over:
        return ""
    name = names[step.value.inputs[slot]]
    return f", summed over {over}, because {name} was repeated {_times(repeats)}"


def _summed(step: Step, slot: int) -> str:
    over, _ = _repeated(step, slot)
    return f", summed over {over}" if over else ""


def _stands_for(symbol: str, name: str, data: Any) -> str:
    if np.ndim(data):
        return (
            f"{symbol} = {name}"
            if name.startswith("array")
            else f"{symbol} = {name} {np.shape(data)}"
        )
    return " = ".join(dict.fromkeys((symbol, name, number(data))))


def _plain(x: Any) -> Any:
    """A number where an array holds just one and has no shape."""
    return x.item() if isinstance(x, (np.ndarray, np.generic)) and x.ndim == 0 else x


def _few(x: Any) -> str:
    """A number; an array in numbers, or by its shape where they are many."""
    return number(x) if np.ndim(x) == 0 else _short(x) if np.size(x) <= LISTED else str(np.shape(x))


def _short(x: np.ndarray) -> str:
    return " ".join(np.array2string(x, precision=3, separator=", ").split())
