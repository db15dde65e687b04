"""Activations made of straight pieces. At the kinks the slopes are PyTorch's."""

from __future__ import annotations

import numpy as np

from ..op import define
from .activation import one_or


def hardtanh(x, min_val=-1.0, max_val=1.0):
    """x, cut at two bounds; the derivative at the bounds is taken as 0.

    Parameters
    ----------
    x : array of any shape
    min_val, max_val : float
    """
    return np.minimum(np.maximum(x, min_val), max_val)


hardtanh = define(
    hardtanh,
    lambda g, y, x, min_val=-1.0, max_val=1.0: g * ((x > min_val) & (x < max_val)),
    settings=[{}, {"min_val": -0.5, "max_val": 1.5}],
    formulas=("g·(min < x < max)",),
)


def hardswish(x):
    """x · min(max(x + 3, 0), 6) / 6, elementwise (Howard et al. 2019, section 5.2).

    Parameters
    ----------
    x : array of any shape
    """
    return x * (np.minimum(np.maximum(x + 3.0, 0.0), 6.0) / 6.0)  # 6 · x may overflow


hardswish = define(
    hardswish,
    lambda g, y, x: g * ((x / 3 + 0.5) * (np.abs(x) < 3) + (x >= 3)),
    formulas=("g·(x / 3 + 1 / 2 if |x| < 3 else x > 0)",),
)


def hardshrink(x, lambd=0.5):
    """x where \\|x\\| > lambd, else 0.

    Parameters
    ----------
    x : array of any shape
    lambd : float
    """
    return x * (np.abs(x) > lambd)


hardshrink = define(
    hardshrink,
    lambda g, y, x, lambd=0.5: g * (np.abs(x) > lambd),
    settings=[{}, {"lambd": 1.0}],
    formulas=("g·(|x| > λ)",),
)


def softshrink(x, lambd=0.5):
    """x, moved towards 0 by lambd, and 0 where it is nearer than that.

    Parameters
    ----------
    x : array of any shape
    lambd : float
    """
    return x - np.minimum(np.maximum(x, -lambd), lambd)


softshrink = define(
    softshrink,
    lambda g, y, x, lambd=0.5: g * (np.abs(x) > lambd),
    settings=[{}, {"lambd": 1.0}],
    formulas=("g·(|x| > λ)",),
)


def threshold(x, threshold, value):
    """x where it is above a threshold, else a value.

    Parameters
    ----------
    x : array of any shape
    threshold, value : float
    """
    return np.where(x <= threshold, np.full_like(x, value), x)


threshold = define(
    threshold,
    lambda g, y, x, threshold, value: g * (x > threshold),
    settings=[{"threshold": 0.5, "value": -3.0}],
    formulas=("g·(x > threshold)",),
)


def prelu(x, weight):
    """x where x > 0, else weight · x (He et al. 2015, eq. 1).

    Parameters
    ----------
    x, weight : arrays that broadcast against each other
    """
    return np.maximum(x, 0) + weight * np.minimum(x, 0)


prelu = define(
    prelu,
    lambda g, y, x, weight: g * one_or(weight, x),
    lambda g, y, x, weight: g * np.minimum(x, 0),
    shapes=[((3,), (3,)), ((2, 3), (1,)), ((2, 3, 2), (3, 1)), ((), ()), ((0,), (1,))],
    formulas=("g·(1 if x > 0 else w)", "g·(0 if x > 0 else x)"),
)
