"""Sorting, and what is read off sorted numbers: gradients go to the entries that were chosen."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..op import SINGLE, Case, composed
from ..switches import MODE

_ROWS: list[Case] = [(shapes, {}) for shapes in SINGLE if shapes[0] and 0 not in shapes[0]]
_AXES: list[Case] = [
    *_ROWS,
    (((2, 3),), {"axis": 0}),
    (((2, 5),), {"axis": -1}),
    (((2, 3),), {"axis": None}),
]


def _data(x):
    # A recorded function has other numbers next time: there it stays a Value.
    tracked = not hasattr(x, "requires_grad") or MODE.get().recorder is not None
    return x if tracked else x.data


def _chosen(x, places, axis):
    if axis is None:
        x, axis = np.reshape(x, (-1,)), 0
    return np.take_along_axis(x, places, axis)


@composed(np.sort, cases=_AXES, complex=True)
def sort(a, axis=-1, kind=None, *, stable=None):
    np.sort(np.empty(0), kind=kind, stable=stable)  # NumPy's own errors for its settings
    # Of equal numbers the first stays first: a stable sort decides where their gradients go.
    return _chosen(a, np.argsort(_data(a), axis, kind="stable"), axis)


@composed(
    np.partition,
    cases=[(((5,),), {"kth": 2}), (((2, 4),), {"kth": 1, "axis": 0})],
    complex=True,
)
def partition(a, kth, axis=-1, kind="introselect"):
    return _chosen(a, np.argpartition(_data(a), kth, axis, kind), axis)


def _last(x, axis):
    """The reduced axes as one, the last, and the shape that keepdims would give."""
    ndim = np.ndim(x)
    gone = list(normalize_axis_tuple(range(ndim) if axis is None else axis, ndim))
    stay = [i for i in range(ndim) if i not in gone]
    shape = np.shape(x)
    rows = np.reshape(
        np.transpose(x, stay + gone),
        (*(shape[i] for i in stay), math.prod(shape[i] for i in gone)),
    )
    return rows, tuple(1 if i in gone else n for i, n in enumerate(shape))


def _between(first, second, share):
    # From the nearer of the two, as NumPy: in low precision the way matters.
    gap = second - first
    return np.where(share < 0.5, first + share * gap, second - (1 - share) * gap)


def _halfway(first, second, share):
    return np.where(share > 0, (first + second) / 2, first)


def _quantile(x, q, axis, keepdims, method, skip_nan, kind=None, mix=None):
    """Every quantile is a mix of two neighbours in the sorted row, with weights that NumPy knows.

    Asked for the quantile of 0, 1, 2, ..., it gives the place, and the fraction between two.
    """
    kind = np.result_type(x) if kind is None else kind
    q = np.asarray(q)
    rows, kept = _last(x, axis)
    data = _data(rows)
    ordered = sort(rows)
    missing = np.isnan(data)
    counts = np.sum(~missing, axis=-1) if skip_nan else np.full(data.shape[:-1], data.shape[-1])
    places = np.empty((*counts.shape, *q.shape))
    for n in np.unique(counts):
        row = np.arange(float(n)) if n else [np.nan]
        places[counts == n] = np.quantile(row, q, method=method)
    bad = np.isnan(places) if skip_nan else np.any(missing, axis=-1)[(..., *[None] * q.ndim)]
    places = np.where(np.isnan(places), 0, places).reshape(*counts.shape, -1)
    low = np.floor(places).astype(int)
    share = (places - low).astype(kind)
    high = np.minimum(low + 1, data.shape[-1] - 1)
    first = np.take_along_axis(ordered, low, -1)
    second = np.take_along_axis(ordered, np.where(share > 0, high, low), -1)
    mixed = (mix or _between)(first, second, share)
    mixed = np.reshape(mixed, (*counts.shape, *q.shape))
    mixed = np.where(bad, np.asarray(np.nan, kind), mixed)
    mixed = np.moveaxis(mixed, range(-q.ndim, 0), range(q.ndim)) if q.ndim else mixed
    return np.reshape(mixed, (*q.shape, *kept)) if keepdims else mixed


_QUANTILES: list[Case] = [
    (((5,),), {"q": 0.3}),
    (((2, 4),), {"q": [0.0, 0.45, 1.0], "axis": 1}),
    (((2, 3),), {"q": [[0.2, 0.9]], "axis": (0, 1), "keepdims": True}),
    (((6,),), {"q": 0.4, "method": "median_unbiased"}),
    (((6,),), {"q": 0.4, "method": "nearest"}),
    (((1,),), {"q": 0.5}),
]
_PERCENT: list[Case] = [(shapes, {**p, "q": np.multiply(p["q"], 100)}) for shapes, p in _QUANTILES]


def _quantiles(function, unit, skip_nan, cases):
    @composed(function, cases=cases)
    def quantile(a, q, axis=None, *, method="linear", keepdims=False, weights=None):
        if weights is not None:
            raise NotImplementedError(f"{function.__name__} of a Value takes no weights")
        if hasattr(q, "requires_grad"):
            raise TypeError(f"{function.__name__}: q takes no gradient; give plain numbers")
        keep = keepdims is not np._NoValue and keepdims
        # In what dtype NumPy answers depends on q and on the method.
        kind = function(np.ones(2, np.result_type(a)), q, method=method).dtype
        if isinstance(q, (int, float)):  # taken in the dtype of the numbers, as NumPy does
            q = np.asarray(q, np.result_type(a))
        return _quantile(a, np.asarray(q) / unit, axis, keep, method, skip_nan, kind)


_quantiles(np.quantile, 1, False, _QUANTILES)
_quantiles(np.nanquantile, 1, True, _QUANTILES)
_quantiles(np.percentile, 100, False, _PERCENT)
_quantiles(np.nanpercentile, 100, True, _PERCENT)

_MEDIANS: list[Case] = [
    *_ROWS,
    (((2, 4),), {"axis": 1, "keepdims": True}),
    (((2, 3, 2),), {"axis": (0, 2)}),
]


@composed(np.median, cases=_MEDIANS)
def median(a, axis=None, *, keepdims=False):
    return _quantile(a, 0.5, axis, keepdims, "linear", skip_nan=False, mix=_halfway)


@composed(np.nanmedian, cases=_MEDIANS)
def nanmedian(a, axis=None, *, keepdims=np._NoValue):
    keep = keepdims is not np._NoValue and keepdims
    return _quantile(a, 0.5, axis, keep, "linear", skip_nan=True, mix=_halfway)
