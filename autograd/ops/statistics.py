"""Averages and spreads: with weights, without NaNs, of two variables."""

from __future__ import annotations

import warnings

import numpy as np

from ..op import SINGLE, Case, composed
from .reduce import count

_FULL: list[Case] = [
    *[(shapes, {}) for shapes in SINGLE if 0 not in shapes[0]],
    (((2, 3),), {"axis": 0, "keepdims": True}),
    (((2, 3, 2),), {"axis": (0, 2)}),
    (((2, 3),), {"axis": -1}),
]


@composed(np.ptp, cases=_FULL)
def ptp(a, axis=None, *, keepdims=False):
    keepdims = keepdims is not np._NoValue and keepdims
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@composed(
    np.average,
    cases=[
        *_FULL,
        (((3,),), {"weights": [1.0, 2.0, 4.0]}),
        (((2, 3),), {"axis": 1, "weights": [1.0, 2.0, 4.0]}),
        (((2, 3),), {"weights": np.array([[1.0, 2.0, 1.0], [3.0, 1.0, 2.0]])}),
    ],
    complex=True,
)
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    keepdims = keepdims is not np._NoValue and keepdims
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        return (mean, np.full(np.shape(mean), float(count(a, axis)))) if returned else mean
    if not hasattr(weights, "requires_grad"):
        weights = np.asarray(weights)
    if np.shape(weights) != np.shape(a):
        if axis is None or np.ndim(weights) != 1:
            raise TypeError(
                f"average: weights of shape {np.shape(weights)} do not fit a Value of shape "
                f"{np.shape(a)}; give as many as it has entries, or one axis and a row for it"
            )
        along = [1] * np.ndim(a)
        along[axis] = -1
        weights = np.broadcast_to(np.reshape(weights, along), np.shape(a))
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, np.broadcast_to(total, np.shape(mean))) if returned else mean


# ---- without NaNs ------------------------------------------------------------------------------


def _without(x, fill):
    return np.where(np.isnan(x), np.asarray(fill, np.result_type(x)), x)


def _left(x, axis, keepdims):
    """How many numbers there are besides the NaNs."""
    return np.sum(~np.isnan(x), axis=axis, keepdims=keepdims)


def _given(keepdims) -> bool:
    return keepdims is not np._NoValue and bool(keepdims)


@composed(np.nansum, cases=_FULL, complex=True)
def nansum(a, axis=None, *, keepdims=np._NoValue):
    return np.sum(_without(a, 0), axis=axis, keepdims=_given(keepdims))


@composed(np.nanprod, cases=_FULL, complex=True)
def nanprod(a, axis=None, *, keepdims=np._NoValue):
    return np.prod(_without(a, 1), axis=axis, keepdims=_given(keepdims))


@composed(np.nanmean, cases=_FULL, complex=True)
def nanmean(a, axis=None, *, keepdims=np._NoValue):
    keepdims = _given(keepdims)
    return _divided(nansum(a, axis, keepdims=keepdims), _left(a, axis, keepdims))


def _divided(total, number):
    """The mean in the dtype of the sum; NaN of no numbers."""
    kind = np.result_type(total)
    real = np.zeros((), kind).real.dtype
    return np.where(
        number > 0, total / np.maximum(number, 1).astype(real), np.asarray(np.nan, kind)
    )


def _nanvar(a, axis, ddof, keepdims):
    centre = nanmean(a, axis, keepdims=True)
    far = np.where(np.isnan(a), np.zeros((), np.result_type(a)), a - centre)
    square = np.real(far * np.conj(far)) if np.iscomplexobj(far) else far * far
    number = _left(a, axis, keepdims)
    return _divided(np.sum(square, axis=axis, keepdims=keepdims), np.maximum(number - ddof, 0))


_SPREADS: list[Case] = [*_FULL[3:], (((2, 4),), {"axis": 1, "ddof": 1})]


@composed(np.nanvar, cases=_SPREADS)
def nanvar(a, axis=None, *, ddof=0, keepdims=np._NoValue):
    return _nanvar(a, axis, ddof, _given(keepdims))


@composed(np.nanstd, cases=[(((4,),), {}), (((2, 4),), {"axis": 1, "ddof": 1})])
def nanstd(a, axis=None, *, ddof=0, keepdims=np._NoValue):
    variance = _nanvar(a, axis, ddof, _given(keepdims))
    # As np.std: where all numbers are equal, the derivative is taken as 0.
    equal = np.equal(variance, 0)
    return np.where(equal, 0 * variance, np.sqrt(variance + equal))


# ---- two variables -----------------------------------------------------------------------------


@composed(
    np.cov,
    cases=[
        (((4,),), {}),
        (((2, 4),), {}),
        (((4, 2),), {"rowvar": False, "bias": True}),
        (((4,), (4,)), {}),
        (((2, 3),), {"fweights": [1, 2, 1], "aweights": [0.5, 1.0, 0.8]}),
    ],
    complex=True,
)
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None):
    def rows(x):
        return np.transpose(x) if not rowvar and np.ndim(x) > 1 else np.atleast_2d(x)

    if ddof is not None and ddof != int(ddof):
        raise ValueError(f"cov: ddof must be a whole number, not {ddof}")
    x = rows(m) if y is None else np.concatenate([rows(m), rows(y)])
    ddof = int(not bias) if ddof is None else ddof
    weights = 1.0 if fweights is None else np.asarray(fweights)
    weights = weights if aweights is None else weights * np.asarray(aweights)
    n = np.shape(x)[1]
    full = np.broadcast_to(weights, n)
    total = np.sum(full)
    if aweights is None:
        scale = total - ddof
    else:
        scale = total - ddof * np.sum(full * np.asarray(aweights)) / total
    if scale <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=2)
        scale = np.zeros((), np.result_type(scale))
    centred = x - np.sum(x * full, axis=1, keepdims=True) / total
    return np.squeeze(centred @ np.conj(np.transpose(centred * full)) / scale)


@composed(np.corrcoef, cases=[(((3, 4),), {}), (((4,), (4,)), {})])
def corrcoef(x, y=None, rowvar=True):
    c = cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.diagonal(c))
    return c / np.reshape(deviation, (-1, 1)) / deviation
