"""Numbers brought to mean 0 and spread 1: what all normalisation layers share."""

from __future__ import annotations

import math

import numpy as np

from ..op import Case, define

_CASES: list[Case] = [
    (((4,),), {}),
    (((2, 3),), {}),
    (((2, 3),), {"axis": 0, "eps": 0.1}),
    (((3, 2, 4),), {"axis": (0, 2)}),
    (((2, 0),), {"axis": 0}),
    (((2, 0),), {}),
]


def _mean(x, axis):
    mean = np.mean if np.size(x) else np.sum  # of nothing: 0 for each row, without a warning
    return mean(x, axis=axis, keepdims=True)


def _mean_product(a, b, axis):
    """mean(a · b) along an axis, without an array of the products."""
    shape = np.shape(a)
    gone = {i % len(shape) for i in (axis if isinstance(axis, tuple) else (axis,))}
    axes = list(range(len(shape)))
    total = np.einsum(a, axes, b, axes, [i for i in axes if i not in gone])
    kept = tuple(1 if i in gone else n for i, n in enumerate(shape))
    return np.reshape(total, kept) * (math.prod(kept) / max(math.prod(shape), 1))


def _scale(x, axis, eps):
    return 1 / np.sqrt(_mean_product(x, x, axis) + eps)


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


standardize = define(
    standardize,
    # What moves the mean or the spread of x has no effect on y.
    lambda g, y, x, axis=-1, eps=1e-5: (
        (g - _mean(g, axis) - y * _mean_product(g, y, axis)) * _scale(x - _mean(x, axis), axis, eps)
    ),
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


rms_normalize = define(
    rms_normalize,
    lambda g, y, x, axis=-1, eps=1e-5: (g - y * _mean_product(g, y, axis)) * _scale(x, axis, eps),
    label="rms normalize",
    cases=_CASES,
    formulas=("(g − y·mean(g·y)) / √(mean(x·x) + ε)",),
)
