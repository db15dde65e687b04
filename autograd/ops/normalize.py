"""Numbers brought to mean 0 and spread 1, and from there to others: normalisation's two steps."""

from __future__ import annotations

import numpy as np

from ..op import Case, define
from .sums import sums, sums_to

_CASES: list[Case] = [
    (((4,),), {}),
    (((2, 3),), {}),
    (((2, 3),), {"axis": 0, "eps": 0.1}),
    (((3, 2, 4),), {"axis": (0, 2)}),
    (((2, 0),), {"axis": 0}),
    (((2, 0),), {}),
]


def _mean(x, axis):
    if np.size(x) and _short_rows(x, axis):
        return _mean_product(x, axis=axis)
    mean = np.mean if np.size(x) else np.sum  # of nothing: 0 for each row, without a warning
    return mean(x, axis=axis, keepdims=True)


def _short_rows(x, axis) -> bool:
    """Whether rows are summed so short that adding them up in order is exact enough, and quick.

    Sums of halves soon overflow; `np.mean` adds them up in single precision.
    """
    return axis in (-1, (-1,)) and np.shape(x)[-1] <= 1024 and x.dtype != np.float16


def _mean_product(*factors, axis):
    total = sums(*factors, axis=axis)
    return total * (max(np.size(total), 1) / max(np.size(factors[0]), 1))


def _scale(x, axis, eps):
    return 1 / np.sqrt(_mean_product(x, x, axis=axis) + eps)


def standardize(x, axis=-1, eps=1e-5):
    """(x − mean(x)) / √(var(x) + eps), along one axis or several.

    Parameters
    ----------
    x : array of any shape
    axis : int or tuple of int
    eps : float

    References
    ----------
    Ioffe & Szegedy 2015, "Batch normalization", algorithm 1; the rule is that of its section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.ops.normalize import standardize
    >>> standardize(np.array([[1.0, 2.0, 3.0]]), eps=0)
    array([[-1.22474487,  0.        ,  1.22474487]])
    """
    centred = x - _mean(x, axis)
    centred *= _scale(centred, axis, eps)
    return centred


def _standardize_back(g, y, x, axis, eps):
    # What moves the mean or the spread of x has no effect on y.
    dx = y * -_mean_product(g, y, axis=axis)
    dx += g
    dx -= _mean_product(g, axis=axis)
    dx *= _scale(x - _mean_product(x, axis=axis), axis, eps)
    return dx


standardize = define(
    standardize,
    lambda g, y, x, axis=-1, eps=1e-5: _standardize_back(g, y, x, axis, eps),
    cases=_CASES,
    formulas=("(g − mean(g) − y·mean(g·y)) / √(var(x) + ε)",),
)


def rms_normalize(x, axis=-1, eps=1e-5):
    """x / √(mean(x²) + eps), along one axis or several.

    Parameters
    ----------
    x : array of any shape
    axis : int or tuple of int
    eps : float

    References
    ----------
    Zhang & Sennrich 2019, "Root mean square layer normalization", eq. 4.
    """
    return x * _scale(x, axis, eps)


def _rms_normalize_back(g, y, x, axis, eps):
    dx = y * -_mean_product(g, y, axis=axis)
    dx += g
    dx *= _scale(x, axis, eps)
    return dx


rms_normalize = define(
    rms_normalize,
    lambda g, y, x, axis=-1, eps=1e-5: _rms_normalize_back(g, y, x, axis, eps),
    label="rms normalize",
    cases=_CASES,
    formulas=("(g − y·mean(g·y)) / √(mean(x·x) + ε)",),
)


def scale_and_shift(x, weight, bias=None):
    """x · weight + bias, number by number, as one operation.

    Parameters
    ----------
    x : array of any shape
    weight, bias : arrays that broadcast to that shape
        Both of one shape, or no bias.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.ops.normalize import scale_and_shift
    >>> scale_and_shift(np.array([[1.0, 2.0]]), np.array([10.0, 100.0]), np.array([1.0, 2.0]))
    array([[ 11., 202.]])
    """
    if bias is None:
        return x * weight
    y = np.multiply(x, weight, dtype=np.result_type(x, weight, bias))
    y += bias
    return y


scale_and_shift = define(
    scale_and_shift,
    lambda g, y, x, weight, bias: g * weight,
    lambda g, y, x, weight, bias: sums_to(np.shape(weight), g, x),
    lambda g, y, x, weight, bias: sums_to(np.shape(bias), g),
    label="scale, shift",
    shapes=[
        ((2, 3), (3,), (3,)),
        ((3,), (3,), (3,)),
        ((2, 3, 2), (3, 1), (3, 1)),
        ((0, 2), (2,), (2,)),
    ],
    formulas=("g·weight", "g·x", "g"),
    complex=True,
)
