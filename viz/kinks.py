"""kinks: why a gradient and a difference may differ at a point, told from the numbers around it.

A kink or jump is known by what it does when the step is halved: at a smooth point the slopes on
the two sides come nearer to each other, at a kink they stay apart. What a function does within one
step may look like either, so this has to be seen with much smaller steps as well, and so has a rule
that is said to be wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Value
from autograd.value import raw

from .around import EPS, Around
from .equations import equation
from .theme import number
from .trace import Trace, contribution, slots

# What becomes of the gap between the slopes on the two sides when the step is halved. At a smooth
# point it halves, at a kink it stays, and at a jump it doubles, as the slopes themselves do.
STAYS, DOUBLES = 0.75, 1.8
PLAIN = 1e-3  # of the slopes: a gap that is more than curvature
CLOSER = (2.0**-10, 2.0**-20)  # shares of the step
TRUSTED = 1e-4  # of a slope: the error up to which a difference is taken for evidence


def kink(around: Around) -> tuple[str, bool]:
    """The operation that has a kink or a jump here, in a sentence, or ""; whether it jumps."""
    nearer, nearest = (around.closer(share) for share in CLOSER)
    for y in around.later:
        gaps = _gaps(around, y)
        if np.any(gaps):
            gaps = gaps * (_gaps(nearer, y) > 0) * (_gaps(nearest, y) > 0)
        if not np.any(gaps):
            continue
        entry = tuple(map(int, np.unravel_index(np.argmax(gaps), gaps.shape)))
        (left, right), (half_left, half_right) = (
            [float(side[entry]) for side in nearer.sides(y, steps)] for steps in (1, 0.5)
        )
        if max(abs(half_left), abs(half_right)) > DOUBLES * max(abs(left), abs(right)):
            return _jump(nearer, y, entry), True
        return _bend(nearer, y, entry, left, right), False
    return "", False


def not_finite(told: Trace, around: Around) -> str:
    """Where the first NaN or infinity comes from, in a sentence, or ""."""
    for y in (around.x, *around.later):
        if not np.all(np.isfinite(around.here[y])):
            return f"{equation(y, told.names)} is not a finite number here."
    for y in around.later:
        assert y.op is not None
        if any(np.any(np.isnan(around.moved(steps)[y])) for steps in (1, -1)):
            made = equation(y, told.names)
            return f"{made} is NaN a small step away, where {y.op.name} is not defined."
    for step in told.steps:
        for _, _, dx in told.sent(step):
            if not np.all(np.isfinite(dx)):
                made = equation(step.value, told.names)
                return f"The gradient that {made} sends back is not a finite number."
    return ""


def fault(told: Trace, around: Around) -> str:
    """The rule that does not belong to its operation, in a sentence, or ""."""
    for y in around.later:
        for slot in slots(y):
            found = _at_fault(told, around, y, slot)
            if found:
                return found
    return ""


def _gaps(around: Around, y: Value) -> np.ndarray:
    """How far apart the slopes are where a value has a kink or a jump; 0 elsewhere."""
    found = np.ones(np.shape(around.here[y]), bool)
    gaps = []
    for steps in (1, 0.5):
        (left, right), (half_left, half_right) = around.sides(y, steps), around.sides(y, steps / 2)
        steepest = np.maximum(np.abs(left), np.abs(right))
        gap = np.abs(right - left)
        bent = (np.abs(half_right - half_left) > STAYS * gap) & (gap > PLAIN * steepest)
        noise = 50 * float(np.finfo(y.dtype).eps) * np.abs(around.here[y]) / (steps * around.h)
        jumped = np.maximum(np.abs(half_left), np.abs(half_right)) > DOUBLES * steepest
        found &= (bent & (gap > noise)) | (jumped & (steepest > noise))
        gaps.append(gap + steepest * jumped)
    return np.where(found, gaps[0], 0)


def _jump(around: Around, y: Value, entry: tuple[int, ...]) -> str:
    place = _place(around, y, entry)
    ends = sorted(float(np.asarray(around.moved(steps)[y])[entry]) for steps in (1, -1))
    jump = f"jumps at {place}" if place else "jumps"
    return f"{_called(y)} {jump}, from {' to '.join(map(number, ends))}: no slope describes that."


def _bend(around: Around, y: Value, entry: tuple[int, ...], left: float, right: float) -> str:
    slot, place = _moving(around, y), _place(around, y, entry)
    where, takes = f" at {place}" if place else "", ""
    if slot is not None:
        rate = _rate(around, y, slot, entry)
        left, right = left / rate + 0.0, right / rate + 0.0  # no -0
        if rate < 0:  # it goes down while x goes up
            left, right = right, left
        takes = f"; the engine takes {number(_taken(y, slot, entry))}"
        if _tie(around, y, entry):
            where = f" at a tie of two {place}s"
    return (
        f"{_called(y)}{where}: slope {number(left)} on the left, {number(right)} on the right"
        f"{takes}. The central difference is the mean of the two."
    )


def _called(y: Value) -> str:
    assert y.op is not None
    return y.op.label if y.op.label.isalpha() else y.op.name


def _place(around: Around, y: Value, entry: tuple[int, ...]) -> str:
    """The number of the operand at which it happens, "" where several take part."""
    slot = _moving(around, y)
    if slot is None:
        return ""
    data = np.asarray(around.here[y.inputs[slot]])
    return number(float(data[entry] if data.ndim else data) + 0.0)  # no -0


def _moving(around: Around, y: Value) -> int | None:
    """The slot of the one operand that moves, where each of its numbers makes one of the result."""
    moved = {around.x, *around.later}
    found = [slot for slot, x in enumerate(y.inputs) if isinstance(x, Value) and x in moved]
    if len(found) != 1 or np.shape(around.here[y.inputs[found[0]]]) not in ((), y.shape):
        return None
    return found[0] if found[0] in slots(y) else None


def _rate(around: Around, y: Value, slot: int, entry: tuple[int, ...]) -> float:
    """How fast the operand's number goes along."""
    x = y.inputs[slot]
    change = np.asarray(around.moved(1)[x] - around.here[x])
    return float((change[entry] if change.ndim else change) / around.h)


def _taken(y: Value, slot: int, entry: tuple[int, ...]) -> float:
    """The engine's own slope of one number of the result."""
    g: Any = np.zeros(y.shape, y.dtype)
    g[entry] = 1
    dx = np.asarray(contribution(y, slot, g if y.ndim else float(g)))
    return float(dx[entry] if dx.ndim else dx)


def _tie(around: Around, y: Value, entry: tuple[int, ...]) -> bool:
    numbers = [around.here[x] if isinstance(x, Value) else raw(x) for x in y.inputs]
    if len(numbers) != 2 or any(np.shape(x) not in ((), y.shape) for x in numbers):
        return False
    a, b = (float(np.broadcast_to(x, y.shape)[entry]) for x in numbers)
    return a == b


def _at_fault(told: Trace, around: Around, y: Value, slot: int) -> str:
    """Compare one rule with small changes of its operand alone, in one direction of all."""
    x, g = y.inputs[slot], told.gradients.get(y)
    if g is None or np.iscomplexobj(around.here[x]):
        return ""
    data = np.asarray(around.here[x])
    direction = np.cos(1.0 + np.arange(data.size)).reshape(data.shape)
    rule = float(np.sum(contribution(y, slot, g) * direction))
    against: list[float] = []
    size = float(np.max(np.abs(data), initial=0))
    step = float(np.cbrt(EPS)) * max(1.0, size)
    while step > 100 * EPS * size and step > 1e-24:
        change, error = _changed(around, y, slot, g, direction, step)
        largest = max(abs(rule), abs(change))
        if error <= TRUSTED * largest:
            if abs(rule - change) <= TRUSTED * largest + 2 * error:
                return ""
            against.append(change)
        step /= 10
    if len(against) < 2 or abs(against[0] - against[1]) > 2 * TRUSTED * abs(against[0]):
        return ""  # no two steps tell the same
    assert y.op is not None
    operand = f" of operand {slot + 1}" if len(y.inputs) > 1 else ""
    if x.ndim or y.ndim:
        return f"The gradient rule{operand} of {y.op.name} does not belong to this function."
    return (
        f"The gradient rule{operand} of {y.op.name} sends {number(rule / direction[()])} where a "
        f"small change gives {number(against[0] / direction[()])}: it does not belong to this "
        "function."
    )


def _changed(
    around: Around, y: Value, slot: int, g: Any, direction: np.ndarray, step: float
) -> tuple[float, float]:
    """The rate of a result, weighted by ``g``, along a direction of one operand; its error."""
    data = np.asarray(around.here[y.inputs[slot]])
    rates = []
    for h in (step, step / 2):
        up, down = (_alone(around, y, slot, (data + s * h * direction)[()]) for s in (1, -1))
        rates.append(float(np.sum(g * (up - down)) / (2 * h)))
    moved = EPS * float(np.max(np.abs(data), initial=0)) / step  # the share lost in data + step
    noise = 2 * EPS * float(np.sum(np.abs(g * around.here[y]))) / step + moved * abs(rates[0])
    return rates[0], 4 / 3 * abs(rates[0] - rates[1]) + noise


def _alone(around: Around, y: Value, slot: int, data: Any) -> Any:
    assert y.op is not None
    operands = [around.here[x] if isinstance(x, Value) else x for x in y.inputs]
    operands[slot] = data
    return y.op.forward(*operands, **y.params)
