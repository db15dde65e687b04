"""check: every gradient against central differences.

The slope of f at x is compared with (f(x + h) − f(x − h)) / 2h in float64, with
h = cbrt(eps)·max(1, |x|), which balances the error of the formula, of order h², and that of
rounding, of order eps/h (Press et al., Numerical Recipes, 3rd ed., section 5.7). Where the two
differ the step may be too large for this function, so smaller ones are tried, each judged by its
own error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from autograd import Value

from .around import Around, Numbers, later, recomputed, wide
from .kinks import TRUSTED, fault, kink, not_finite
from .theme import number
from .trace import Trace

MOST_VALUES = 200
MOST_NUMBERS = 16  # of an array
MOST_WORK = 100_000  # operations computed anew, over all checks
CLOSE = 1e-6  # of the slope; with fewer bits than float64 the square root of their eps


@dataclass(frozen=True, slots=True)
class Check:
    """One gradient, and the slope that is found by moving its value a little.

    Attributes
    ----------
    node : str
        The value's id.
    name : str
    gradient, difference : float
        What the engine computed and what the central difference gave; of an array the entry that
        agrees least.
    agrees : bool
    note : str
        Which entry of an array it is; why the two differ, or may differ.
    """

    node: str
    name: str
    gradient: float
    difference: float
    agrees: bool
    note: str = ""


def checks(told: Trace) -> tuple[Check, ...]:
    """The checks of a backward pass, in the order of the graph.

    Numbers and arrays of up to 16 numbers are checked, leaves first, until the work would no
    longer be done in a moment. Branches of the program are not taken anew.
    """
    if len(told.order) > MOST_VALUES or np.iscomplexobj(told.root.data):
        return ()
    with np.errstate(all="ignore"):  # what is not finite is told, not warned of
        return _checks(told)


def _checks(told: Trace) -> tuple[Check, ...]:
    made = [x for x in told.order if x.op is not None]
    try:
        here = recomputed(made, {x: wide(x) for x in told.order if x.op is None})
    except (ArithmeticError, ValueError):  # an operation that will not run again
        return ()
    work = 0
    found: dict[Value, Check] = {}
    for x in sorted(told.gradients, key=lambda x: (x.op is not None, x.order)):
        depends = later(told.order, x)
        work += 2 * x.size * len(depends)
        small = 0 < x.size <= MOST_NUMBERS and work < MOST_WORK
        if small and not np.iscomplexobj(x.data):
            found[x] = _worst(told, x, depends, here)
    kept = [found[x] for x in told.order if x in found]
    if told.asked != told.names[told.root]:
        of = f"The difference is that of {told.asked}."
        kept = [replace(each, note=f"{each.note} {of}".lstrip()) for each in kept]
    return tuple(kept)


def _worst(told: Trace, x: Value, depends: list[Value], here: Numbers) -> Check:
    """Of all entries the one that agrees least, or that there is most to say about."""

    def badness(pair: tuple[tuple[int, ...], Check]) -> tuple[bool, bool, float]:
        check = pair[1]
        apart = abs(check.gradient - check.difference)
        return not check.agrees, bool(check.note), apart if np.isfinite(apart) else np.inf

    entries = ((e, _entry(told, Around(x, e, depends, here))) for e in np.ndindex(x.shape))
    entry, check = max(entries, key=badness)
    if not entry:
        return check
    place = f"Entry {list(entry)}"
    return replace(check, note=f"{place}: {check.note}" if check.note else f"{place}.")


def _entry(told: Trace, around: Around) -> Check:
    """One number of a value."""
    x, h = around.x, around.h
    gradient = float(np.asarray(told.gradients[x])[around.entry])
    try:
        difference, agrees, note = _judged(told, around, gradient)
    except (ArithmeticError, ValueError) as error:  # of an operation, a small step away
        difference, agrees = np.nan, False
        note = f"A small step of {number(h)} away the program fails: {error}"
    return Check(told.ids[x], told.names[x], gradient, difference, agrees, note)


def _judged(told: Trace, around: Around, gradient: float) -> tuple[float, bool, str]:
    """The difference, whether a gradient agrees with it, and a note."""
    left, right = (_slope(told, around, side) for side in (-1, 1))
    difference = (left + right) / 2
    rounding = _rounding(told, around)
    apart, size = abs(gradient - difference), max(abs(gradient), abs(difference))
    allowed = _close(told, around.x) * size + 2 * rounding
    agrees = bool(apart <= allowed)
    if np.isfinite(apart) and (not agrees or abs(right - left) > 1e-3 * size + 4 * rounding):
        note, jumps = kink(around)
        low, high = min(left, right) - allowed, max(left, right) + allowed
        if note and (agrees or jumps or low <= gradient <= high):
            return difference, agrees, note
    if not agrees:
        return _judged_closer(told, around, gradient)
    if rounding > 1e-4 * size > 0:
        told_by = "too much to tell" if size < 4 * rounding else "they agree within that"
        note = f"Rounding alone moves the difference by {number(rounding)}: {told_by}."
        return difference, True, note
    return difference, True, ""


def _judged_closer(told: Trace, around: Around, gradient: float) -> tuple[float, bool, str]:
    """The same with smaller steps: one is believed where its own error is small."""
    tried = [around, *(around.smaller() if np.isfinite(gradient) else ())]
    found: list[tuple[float, float]] = []  # error, difference
    agreeing = np.inf, np.nan
    for each in tried:
        difference, error = _estimated(told, each)
        size = max(abs(gradient), abs(difference))
        allowed = _close(told, around.x) * size + 2 * error
        if error <= TRUSTED * size and abs(gradient - difference) <= allowed:
            if error >= agreeing[0]:
                break  # from here on rounding grows
            agreeing = error, difference
        if np.isfinite(difference):
            found.append((error, difference))
    if np.isfinite(agreeing[0]):
        return agreeing[1], True, ""
    if not found or not np.isfinite(gradient):
        return np.nan, False, not_finite(told, tried[-1])
    hook = "A hook changes gradients on the way." if told.hooked else ""
    note = hook or fault(told, around) or _told(tried, found)
    return min(found)[1], False, note


def _told(tried: list[Around], found: list[tuple[float, float]]) -> str:
    """What differences show that do not agree: the same at every step, or nothing."""
    steps = f"for steps from {number(tried[0].h)} down to {number(tried[-1].h)}"
    sure = [d for error, d in found if error <= TRUSTED * abs(d)]
    if len(sure) > 1 and max(sure) - min(sure) <= 2 * TRUSTED * max(map(abs, sure)):
        return f"The difference is the same {steps}."
    ends = sorted(difference for _, difference in found)
    spread = f"it is between {number(ends[0])} and {number(ends[-1])}"
    return f"The difference cannot be trusted here: {spread} {steps}."


def _estimated(told: Trace, around: Around) -> tuple[float, float]:
    """A central difference and its error, of the formula and of rounding; or NaN and infinity."""
    whole, half = ((_slope(told, around, h) + _slope(told, around, -h)) / 2 for h in (1, 0.5))
    # The error of the formula falls to a quarter when the step is halved.
    error = 4 / 3 * abs(whole - half) + _rounding(told, around)
    return (whole, error) if np.isfinite(error) else (np.nan, np.inf)


def _close(told: Trace, x: Value) -> float:
    """How near the two must be, as a share of the slope."""
    bits = max(float(np.finfo(y.dtype).eps) for y in (told.root, x))
    return max(CLOSE, bits**0.5)


def _slope(told: Trace, around: Around, steps: float) -> float:
    """The slope to one side, of the root weighted by the seed."""
    change = around.moved(steps)[told.root] - around.here[told.root]
    return float(np.sum(told.start * change)) / (steps * around.h)


def _rounding(told: Trace, around: Around) -> float:
    """How far rounding of every result on the way may move the difference, to first order."""
    total = 0.0
    for y in around.later:
        if y in told.gradients:
            data = np.asarray(around.here[y])
            total += float(np.finfo(data.dtype).eps * np.sum(np.abs(data * told.gradients[y])))
    return total / around.h
