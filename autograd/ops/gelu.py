"""GELU, exact and by tanh, and the exact one's slope as an operation of its own."""

from __future__ import annotations

import math

import numpy as np

from ..op import define
from .blocks import by_blocks
from .error_function import normal_tail

_DENSITY = 1 / math.sqrt(2 * math.pi)  # φ(0)


def _parts(x):
    """s = |x|, exp(−s²/2), and Φ(−s) without that factor."""
    s = np.abs(x)
    np.minimum(s, 40, out=s)  # from where on the exponential is 0: 0 · inf is avoided
    bell = s * s
    bell *= -0.5
    np.exp(bell, out=bell)
    return s, bell, normal_tail(s)


def _gelu(x, out):
    """x · Φ(x) = max(x, 0) − |x| · Φ(−|x|)."""
    s, bell, tail = _parts(x)
    tail *= bell
    tail *= s
    np.maximum(x, 0, out=out)
    out -= tail


def _slope(x, out):
    """Φ(x) + x·φ(x), which is d = Φ(−|x|) − |x|·φ(x) below 0 and 1 − d above."""
    s, bell, d = _parts(x)
    s *= _DENSITY
    d -= s
    d *= bell
    np.multiply(d, -2, out=out)
    out += 1
    out *= (x > 0).astype(x.dtype)
    out += d


def gelu_slope(x):
    """The derivative of the exact `gelu`, elementwise."""
    return by_blocks(_slope, x)


gelu_slope = define(
    gelu_slope,
    lambda g, y, x: g * (2 - x * x) * (_DENSITY * np.exp(-0.5 * x * x)),
    label="gelu′",
    formulas=("g·(2 − x·x)·φ(x)",),
)


def gelu(x, approximate="none"):
    """x · Φ(x), Φ the standard normal distribution function (Hendrycks & Gimpel 2016).

    Parameters
    ----------
    x : array of any shape
    approximate : {"none", "tanh"}
        Exact, or by their equation with tanh.
    """
    if approximate == "none":
        return by_blocks(_gelu, x)
    if approximate == "tanh":
        return x * (0.5 * (1 + _tanh(x, x * x)))
    raise ValueError(f"gelu: approximate is 'none' or 'tanh', not {approximate!r}")


_OUTER = math.sqrt(2 / math.pi)
_INNER = _OUTER * 0.044715


def _tanh(x, square):
    return np.tanh(x * (_OUTER + _INNER * square))


def _tanh_slope(x):
    x = np.clip(x, -10, 10)  # beyond, the slope is 0 or 1, and powers of x may overflow
    square = x * x
    tanh = _tanh(x, square)
    return (0.5 * (1 + tanh)) * (1 + x * (1 - tanh) * (_OUTER + 3 * _INNER * square))


gelu = define(
    gelu,
    lambda g, y, x, approximate="none": (
        g * (gelu_slope(x) if approximate == "none" else _tanh_slope(x))
    ),
    settings=[{}, {"approximate": "tanh"}],
    formulas=("g·(Φ(x) + x·φ(x))",),
)
