"""A step length along a direction that meets the strong Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Point(NamedTuple):
    """A point on the line: how far along it, and what was found there."""

    t: float
    loss: float
    gradient: np.ndarray
    slope: float  # of the loss along the direction


def strong_wolfe(
    evaluate: Callable[[float], Point],
    start: Point,
    t: float,
    reach: float,
    tolerance: float,
    most: int,
    c1: float = 1e-4,
    c2: float = 0.9,
) -> tuple[Point, int]:
    """A point with enough descent and a slope that is flat enough.

    Parameters
    ----------
    evaluate : callable
    start : Point
        At ``t = 0``.
    t : float
        The first trial.
    reach : float
        The largest entry of the direction.
    tolerance : float
        Stop when the bracket moves no parameter by more than this.
    most : int
        How many points may be tried after the first.
    c1, c2 : float
        The two conditions: loss ≤ start + c1 · t · slope, and |slope| ≤ c2 · |slope at the start|.

    Returns
    -------
    Point, int
        The best one, and how many were evaluated.

    References
    ----------
    Nocedal & Wright 2006, "Numerical optimization", algorithms 3.5 and 3.6, in the form of
    minFunc (Schmidt 2005), which PyTorch follows.
    """

    def too_high(point: Point) -> bool:
        return point.loss > start.loss + c1 * point.t * start.slope

    def flat(point: Point) -> bool:
        return abs(point.slope) <= -c2 * start.slope

    previous, new, tried = start, evaluate(t), 0
    while tried < most:
        if too_high(new) or (tried > 1 and new.loss >= previous.loss):
            break
        if flat(new):
            return new, tried + 1
        if new.slope >= 0:
            break
        bounds = new.t + 0.01 * (new.t - previous.t), 10 * new.t
        previous, new = new, evaluate(_cubic_minimum(previous, new, bounds))
        tried += 1
    else:
        previous = start
    return _zoom(evaluate, too_high, flat, [previous, new], reach, tolerance, most, tried)


def _zoom(evaluate, too_high, flat, bracket, reach, tolerance, most, tried) -> tuple[Point, int]:
    """Narrow the bracket, which holds a point that meets the conditions."""
    low = int(bracket[0].loss > bracket[1].loss)
    hesitant = False  # whether the last trial was close to an end of the bracket
    while tried < most and abs(bracket[1].t - bracket[0].t) * reach >= tolerance:
        first, last = sorted(point.t for point in bracket)
        t, margin = _cubic_minimum(bracket[0], bracket[1], (first, last)), 0.1 * (last - first)
        close = min(last - t, t - first) < margin
        if close and (hesitant or not first < t < last):
            t = last - margin if abs(t - last) < abs(t - first) else first + margin
            close = False
        hesitant = close
        new = evaluate(t)
        tried += 1
        if too_high(new) or new.loss >= bracket[low].loss:
            bracket[1 - low] = new
            low = int(bracket[0].loss > bracket[1].loss)
            continue
        done = flat(new)
        if not done and new.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
            bracket[1 - low] = bracket[low]
        bracket[low] = new
        if done:
            break
    return bracket[low], tried + 1


def _cubic_minimum(a: Point, b: Point, bounds: tuple[float, float]) -> float:
    """Where the cubic through two points, with their slopes, is lowest within the bounds."""
    low, high = bounds
    if a.t > b.t:
        a, b = b, a
    with np.errstate(all="ignore"):  # a flat cubic gives NaN, as in PyTorch
        d1 = a.slope + b.slope - 3 * np.divide(a.loss - b.loss, a.t - b.t)
        square = d1 * d1 - a.slope * b.slope
        if not square >= 0:
            return (low + high) / 2
        d2 = math.sqrt(square)
        t = b.t - (b.t - a.t) * np.divide(b.slope + d2 - d1, b.slope - a.slope + 2 * d2)
    return float(min(max(t, low), high))
