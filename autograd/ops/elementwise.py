"""Elementwise operations: arithmetic, exponentials, trigonometry, comparisons that select."""

from __future__ import annotations

import math
import operator

import numpy as np

from ..op import PAIR, SINGLE, composed, define

define(
    np.add,
    lambda g, y, a, b: g,
    lambda g, y, a, b: g,
    label="+",
    scalar=operator.add,
    shapes=PAIR,
)
define(
    np.subtract,
    lambda g, y, a, b: g,
    lambda g, y, a, b: -g,
    label="−",
    scalar=operator.sub,
    shapes=PAIR,
)
define(
    np.multiply,
    lambda g, y, a, b: g * b,
    lambda g, y, a, b: g * a,
    label="×",
    scalar=operator.mul,
    shapes=PAIR,
)
define(
    np.divide,
    lambda g, y, a, b: g / b,
    lambda g, y, a, b: -g * y / b,
    label="÷",
    scalar=operator.truediv,
    shapes=PAIR,
    domain=(0.5, 2),
)
define(np.negative, lambda g, y, x: -g, label="neg", scalar=operator.neg)
define(np.positive, lambda g, y, x: g, label="=", scalar=operator.pos)
define(
    np.power,
    # The exponent 0 takes 0 off instead of 1, so that 0**0 has the derivative 0 and not 0 · inf;
    # the logarithm of a base 0 is taken of 1, because 0**b does not move with b > 0.
    lambda g, y, a, b: g * b * a ** (b - (b != 0)),
    lambda g, y, a, b: g * y * np.log(a + (a == 0)),
    label="^",
    scalar=math.pow,
    shapes=PAIR,
    domain=(0.5, 2),
    formulas=("g·b·a^(b − 1)", "g·y·log(a)"),
)
define(np.square, lambda g, y, x: 2 * g * x, label="x²", scalar=lambda x: x * x)
define(np.sqrt, lambda g, y, x: g / (2 * y), label="√", scalar=math.sqrt, domain=(0.5, 2))
define(np.reciprocal, lambda g, y, x: -g * y * y, label="1/x", domain=(0.5, 2))
# Subgradient 0 at 0, the middle of [-1, 1].
define(np.absolute, lambda g, y, x: g * np.sign(x), label="abs", scalar=abs)
define(np.sign, lambda g, y, x: np.zeros_like(x), formulas=("0",))

define(np.exp, lambda g, y, x: g * y, scalar=math.exp)
define(np.expm1, lambda g, y, x: g * np.exp(x), scalar=math.expm1)
define(np.log, lambda g, y, x: g / x, scalar=math.log, domain=(0.5, 2))
define(np.log1p, lambda g, y, x: g / (1 + x), scalar=math.log1p, domain=(-0.5, 2))
define(np.log2, lambda g, y, x: g / (x * math.log(2)), scalar=math.log2, domain=(0.5, 2))
define(np.log10, lambda g, y, x: g / (x * math.log(10)), scalar=math.log10, domain=(0.5, 2))

define(np.sin, lambda g, y, x: g * np.cos(x), scalar=math.sin)
define(np.cos, lambda g, y, x: -g * np.sin(x), scalar=math.cos)
define(np.tan, lambda g, y, x: g * (1 + y * y), scalar=math.tan, domain=(-1, 1))
define(np.arcsin, lambda g, y, x: g / np.sqrt(1 - x * x), scalar=math.asin, domain=(-0.8, 0.8))
define(np.arccos, lambda g, y, x: -g / np.sqrt(1 - x * x), scalar=math.acos, domain=(-0.8, 0.8))
define(np.arctan, lambda g, y, x: g / (1 + x * x), scalar=math.atan)
define(
    np.arctan2,
    lambda g, y, a, b: g * b / (a * a + b * b),
    lambda g, y, a, b: -g * a / (a * a + b * b),
    label="atan2",
    scalar=math.atan2,
    shapes=PAIR,
    domain=(0.5, 2),
)
define(np.sinh, lambda g, y, x: g * np.cosh(x), scalar=math.sinh)
define(np.cosh, lambda g, y, x: g * np.sinh(x), scalar=math.cosh)
define(np.tanh, lambda g, y, x: g * (1 - y * y), scalar=math.tanh)

# At a tie both operands get half: the mean of the two one-sided derivatives.
define(
    np.maximum,
    lambda g, y, a, b: g * (a > b) + g * (a == b) / 2,
    lambda g, y, a, b: g * (b > a) + g * (a == b) / 2,
    label="max",
    shapes=PAIR,
)
define(
    np.minimum,
    lambda g, y, a, b: g * (a < b) + g * (a == b) / 2,
    lambda g, y, a, b: g * (b < a) + g * (a == b) / 2,
    label="min",
    shapes=PAIR,
)
define(
    np.where,
    None,
    lambda g, y, condition, a, b: np.where(condition, g, 0),
    lambda g, y, condition, a, b: np.where(condition, 0, g),
    shapes=[((3,), (3,), (3,)), ((2, 3), (3,), ()), ((), (2,), (2, 2)), ((0,), (0,), (1,))],
    domain=(bool, (-2, 2), (-2, 2)),
    bind=lambda condition, x, y: ((condition, x, y), {}),
)


def _within(x, low, high):
    """1 where low <= x <= high: the bounds themselves let the gradient through, as in PyTorch."""
    return (True if low is None else x >= low) & (True if high is None else x <= high)


def _clip_bounds(a, a_min=None, a_max=None, *, min=None, max=None):
    bounds = {"a_min": a_min if min is None else min, "a_max": a_max if max is None else max}
    if not all(
        b is None or isinstance(b, (int, float, np.ndarray, np.generic)) for b in bounds.values()
    ):
        raise TypeError(
            "clip: the bounds of a Value must be numbers or arrays; "
            "use np.minimum and np.maximum where a bound is itself traced"
        )
    return (a,), bounds


define(
    np.clip,
    lambda g, y, x, a_min=None, a_max=None: g * _within(x, a_min, a_max),
    bind=_clip_bounds,
    settings=[{"a_min": -1, "a_max": 1}, {"a_min": None, "a_max": 0.5}],
    formulas=("g·(min ≤ x ≤ max)",),
)

for _step in (np.floor, np.ceil, np.rint, np.trunc):
    define(
        _step, lambda g, y, x: np.zeros_like(x), shapes=SINGLE, domain=(0.1, 0.4), formulas=("0",)
    )


@composed(np.round)
def round_(a, decimals=0):
    return np.rint(a * 10**decimals) / 10**decimals
