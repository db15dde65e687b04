"""sentences: what happens in one step, in plain words and as arithmetic.

Every sentence is made from the operation's label and from its gradient rule as `formula` writes
it, so a new operation is explained without a word being added here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Op, Step, Value
from autograd.backward import call
from autograd.value import raw

from . import symbols
from .equations import FIGURES, Names, enough, equals, equation, figure, listed
from .formula import formula, numbers
from .symbols import OPAQUE, WORD, named, used
from .theme import number
from .trace import Trace, is_number, slope

LISTED = 12  # numbers of an array that are written out
PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


# ---- the backward pass -------------------------------------------------------------------------


def forward(told: Trace) -> str:
    name, asked = told.names[told.root], told.asked
    return (
        f"The forward pass has computed every number, up to {name}. The backward pass asks, "
        f"for each value: how much does {asked} change when that value changes a little?"
    )


def seed(told: Trace) -> str:
    name = told.names[told.root]
    if told.asked != name:
        given = f"{name}.grad is the seed that was given"
        return f"Start at the output: {given}, so every gradient is that of {told.asked}."
    return f"Start at the output: the derivative of {name} with respect to itself is 1."


def send(step: Step, slot: int, names: Names, dx: Any) -> str:
    """What one operand receives, and why."""
    y, x = step.value, step.value.inputs[slot]
    name, output = names[x], names[y]
    text = formula(_op(step), slot, y.params)
    made = equation(y, names)
    one = operand(y, slot)
    derivative = f"the derivative of {output} with respect to {one or name}"
    one = f" through {one}" if one else ""
    because = f"{one}: there the local derivative" if one else f", because {derivative}"
    if text == "g" and x.size > y.size:
        said = f"{made} passes its gradient on to every number of {name}{one}"
    elif text == "g" and x.shape == y.shape:
        said = f"{made} passes its gradient on to {name} unchanged{because} is 1"
    elif text == "g":
        said = f"{made} passes its gradient on to {name}{one}"
    elif text in ("-g", "−g"):
        said = f"{made} passes its gradient on to {name} with its sign turned{because} is -1"
    elif text.startswith("g·") and "g" not in WORD.findall(text[2:]):
        factor = named(text[2:], step, slot, names)
        said = f"In {made}, {name} receives {output}'s gradient times {factor}, {derivative}"
    elif text.startswith("g / "):
        divisor = named(text[4:], step, slot, names)
        said = f"In {made}, {name} receives {output}'s gradient divided by {divisor}{one}"
    elif text.startswith(OPAQUE):
        own = f"the rule that was given for {_op(step).name} makes of {output}'s gradient"
        said = f"In {made}, {name} receives what {own}{one}"
    else:
        said = f"In {made}, {name} receives {named(text, step, slot, names)}{one}"
    said += _unbroadcast(step, slot, names)
    if not np.all(np.isfinite(dx)):
        said += ": here that is not a finite number"
    elif not np.size(dx):
        said += f": {name} is empty, so there is nothing to receive"
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
        rule = f"{sets} {named(text, step, slot, names)}{_summed(step, slot)}"
        few = number(dx)
        return f"{rule}{f' = {few}' if few[0] == '[' else ''}  shape {np.shape(dx)}"
    if any(np.ndim(x) for x in (data, *operands)):
        rule = f"{named(text, step, slot, names)}{_summed(step, slot)}"
        return f"{sets} {rule} {equals(dx)} {number(dx)}{moved}"
    if text.startswith(OPAQUE) and is_number(data):
        local = slope(y, slot)
        product = f"{figure(g)} × {figure(local)}"
        return f"{sets} {product} {equals(dx, g, local)} {number(dx)}{moved}"
    count = figures(step, slot, dx) or FIGURES[-1]
    product = numbers(op, slot, y.params, g, data, operands, count)
    letters = used(step, slot, names)
    exact = [*letters] == ["g"] or dx == 0
    sign = "=" if exact else equals(dx, *(data for _, data in letters.values()))
    return f"{sets} {product} {sign} {number(dx)}{moved}"


def figures(step: Step, slot: int, dx: Any) -> int:
    """How many figures must be shown so that the arithmetic gives what it says; 0: none do."""
    op, y = _op(step), step.value
    data = [step.gradient, y.data, *map(raw, y.inputs)]
    if any(np.ndim(x) for x in (dx, *data)) or formula(op, slot, y.params) in ("g", "-g", "−g"):
        return FIGURES[0]
    if formula(op, slot, y.params).startswith(OPAQUE):
        return FIGURES[0]  # a product of two numbers
    return enough(
        data, dx, lambda shown: call(op.vjps[slot], shown[0], shown[1], shown[2:], y.params)
    )


def rule(step: Step, slot: int, names: Names, dx: Any) -> str:
    """The rule in letters and what each stands for; what it gave, where that is short."""
    said = symbols.rule(step, slot, names)
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


def operand(y: Value, slot: int) -> str:
    """The place of an operand, where one value stands in several: "its first operand"."""
    if sum(x is y.inputs[slot] for x in y.inputs) < 2:
        return ""
    return f"its {PLACES[slot]} operand" if slot < len(PLACES) else f"its operand {slot + 1}"


def done(told: Trace) -> str:
    """What the learner now has, what it does not mean, and which values nothing reached."""
    names, asked = told.names, told.asked
    reached = [x for x in told.order if x in told.gradients]
    broken = [x for x in reached if not np.all(np.isfinite(told.gradients[x]))]
    said = "Done: every gradient is complete."
    if not np.all(np.isfinite(told.root.data)):
        said += f" But {names[told.root]} is not finite, so none says how fast it changes."
    elif told.hooked:
        changed = listed([f"{names[x]}.grad" for x in reached if x in told.hooked])
        said += (
            f" But a hook changed {changed}: that, and what was computed from it, does not say "
            f"how fast {asked} changes."
        )
    elif len(broken) < len(reached):
        each = "Each of the others" if broken else "Each"
        said += f" {each} says how fast {asked} changes when that value changes a little."
    if broken:
        which = listed([f"{names[x]}.grad" for x in broken])
        said = said.replace("complete.", f"complete. Not finite: {which}.", 1)
    missed = [x for x in told.leaves if x not in told.gradients]
    if missed:
        said += f" No gradient reached {listed([names[x] for x in missed])}."
    if any(np.iscomplexobj(x.data) for x in reached):
        part = f"the real part of {asked}" if np.iscomplexobj(told.root.data) else asked
        said += f" Of a complex z = a + ib the gradient is ∂u/∂a − i·∂u/∂b, where u is {part}."
    return said


# ---- the parts of a sentence -------------------------------------------------------------------


def _op(step: Step) -> Op:
    assert step.value.op is not None
    return step.value.op


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _repeated(step: Step, slot: int) -> tuple[str, int]:
    """Over which axes the engine sums to undo broadcasting, and how often a number was repeated.

    The rule is run once more, because a step holds what the operand receives after that.
    """
    y, x = step.value, step.value.inputs[slot]
    if y.ndim == 0 and x.ndim == 0:
        return "", 1
    if _op(step).function is np.matmul and x.ndim == 2:
        given = (*y.shape[:-2], *x.shape)  # a stack, which the rule may sum within its product
    else:
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
    if repeats == 1:  # there was an axis more, and nothing to add up
        return "", 1
    if repeats == 0:
        return "no numbers", 0
    if len(axes) == len(given):
        return "both numbers" if repeats == 2 else f"all {repeats} numbers", repeats
    return ("axis " if len(axes) == 1 else "axes ") + listed([*map(str, axes)]), repeats


def _unbroadcast(step: Step, slot: int, names: Names) -> str:
    """How the engine made the rule's result fit an operand that broadcasting had repeated."""
    over, repeats = _repeated(step, slot)
    if not over:
        return ""
    name = names[step.value.inputs[slot]]
    if repeats == 0:
        empty = f"{names[step.value]} is empty"
        return f", summed over {over}, because {empty}: that is 0, so nothing flows back"
    return f", summed over {over}, because {name} was repeated {_times(repeats)}"


def _summed(step: Step, slot: int) -> str:
    over, _ = _repeated(step, slot)
    return f", summed over {over}" if over else ""


def _plain(x: Any) -> Any:
    """A number where an array holds just one and has no shape."""
    return x.item() if isinstance(x, (np.ndarray, np.generic)) and x.ndim == 0 else x


def _few(x: Any) -> str:
    """A number; an array in numbers, or by its shape where they are many."""
    return number(x) if np.ndim(x) == 0 else _short(x) if np.size(x) <= LISTED else str(np.shape(x))


def _short(x: np.ndarray) -> str:
    return f"[{', '.join(map(_short, x))}]" if np.ndim(x) else number(x)
