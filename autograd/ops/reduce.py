"""Reductions: many numbers to fewer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..op import SINGLE, define

Axis = int | tuple[int, ...] | None
# What np.sum, np.max and np.min come to after some microseconds.
_add: Any = np.add.reduce
_largest: Any = np.maximum.reduce
_smallest: Any = np.minimum.reduce

_ALL: list[dict[str, Any]] = [{}, {"axis": 0, "keepdims": True}]
_CASES = [(shapes, settings) for shapes in SINGLE for settings in _ALL if shapes[0] or not settings]
_CASES += [(((2, 3, 2),), {"axis": axis}) for axis in ((0, 2), -1, (1,))]
_FULL = [case for case in _CASES if 0 not in case[0][0]]  # an empty mean or maximum is undefined


def spread(g, x, axis: Axis, keepdims: bool):
    """``g``, of a reduction's shape, put back over the shape of what was reduced."""
    if axis is None and isinstance(g, np.generic) and type(x) is np.ndarray:
        return np.ndarray(x.shape, g.dtype, g, 0, (0,) * x.ndim)  # sooner, the same view
    return np.broadcast_to(kept(g, x, axis, keepdims), np.shape(x))


def kept(g, x, axis: Axis, keepdims: bool):
    """``g`` so that it broadcasts to ``x``: with the reduced axes put back as length 1."""
    if keepdims or axis is None or np.ndim(x) == 0:
        return g
    axes = axis if isinstance(axis, tuple) else (axis,)
    gone = {a % np.ndim(x) for a in axes}
    return np.reshape(g, tuple(1 if i in gone else n for i, n in enumerate(np.shape(x))))


def count(x, axis: Axis) -> int:
    """How many numbers a reduction puts together."""
    if axis is None:
        return np.size(x) if type(x) is float else x.size
    shape = np.shape(x)
    return math.prod(shape[a] for a in (axis if isinstance(axis, tuple) else (axis,)))


def _sum(x, axis: Axis = None, keepdims: bool = False):
    return _add(x, axis=axis, keepdims=keepdims)


def _mean(x, axis: Axis = None, keepdims: bool = False):
    # As np.mean, which takes halves and integers through other types.
    if type(x) is not np.ndarray or x.dtype.char not in "fd" or not (x.ndim and x.size):
        return np.mean(x, axis=axis, keepdims=keepdims)
    return _add(x, axis=axis, keepdims=keepdims) / count(x, axis)


define(
    np.sum,
    lambda g, y, x, axis=None, keepdims=False: spread(g, x, axis, keepdims),
    forward=_sum,
    label="sum",
    cases=_CASES,
    formulas=("g",),
    complex=True,
    reads=False,
)


def _per(g, n: int):
    # Half precision ends at 65504, where n itself would be infinite.
    return g / n if n < 65504 else g * (1 / n)


define(
    np.mean,
    lambda g, y, x, axis=None, keepdims=False: _per(spread(g, x, axis, keepdims), count(x, axis)),
    forward=_mean,
    label="mean",
    cases=_FULL,
    formulas=("g / n",),
    complex=True,
    reads=False,
)


def _freedom(x, axis: Axis, ddof: float) -> float:
    """What a variance divides by; NaN where NumPy's is one of too few numbers."""
    return max(count(x, axis) - ddof, 0) or math.nan


def _far(x, axis: Axis):
    """How far the numbers are from their mean, as the rules of spreads need it."""
    far = x - np.mean(x, axis=axis, keepdims=True) if np.ndim(x) else x - np.mean(x)
    return np.conj(far) if np.iscomplexobj(x) else far


define(
    np.var,
    lambda g, y, x, axis=None, ddof=0, keepdims=False: (
        spread(g, x, axis, keepdims) * _far(x, axis) * (2 / _freedom(x, axis, ddof))
    ),
    label="var",
    cases=[*_FULL, (((3, 4),), {"axis": 1, "ddof": 1})],
    formulas=("2·g·(x − mean(x)) / n",),
    complex=True,
)


def _std_slope(g, y, x, axis, ddof, keepdims):
    # Where all numbers are equal the spread has no derivative; 0 is the middle of its subgradients.
    scale = kept(y + (y == 0), x, axis, keepdims)
    return spread(g, x, axis, keepdims) * _far(x, axis) / (scale * _freedom(x, axis, ddof))


define(
    np.std,
    lambda g, y, x, axis=None, ddof=0, keepdims=False: _std_slope(g, y, x, axis, ddof, keepdims),
    label="std",
    cases=[
        (((3, 4),), {}),
        (((4, 3),), {"axis": 0, "keepdims": True}),
        (((2, 4),), {"axis": 1, "ddof": 1}),
    ],
    formulas=("g·(x − mean(x)) / (n·y)",),
    complex=True,
)


def _share(g, y, x, axis, keepdims):
    # Equal extremes share the gradient evenly; a NaN, which wins, takes it.
    sent, hit = spread(g, x, axis, keepdims), x == kept(y, x, axis, keepdims)
    if type(hit) is np.ndarray and np.count_nonzero(hit) == np.size(y) and not np.isnan(y).any():
        return sent * hit  # one in each
    hit = hit | (x != x)
    return sent * hit / np.sum(hit, axis=axis, keepdims=np.ndim(x) > 0)


def _max(x, axis: Axis = None, **keepdims: Any):
    return (_largest if type(x) is np.ndarray else np.max)(x, axis=axis, **keepdims)


def _min(x, axis: Axis = None, **keepdims: Any):
    return (_smallest if type(x) is np.ndarray else np.min)(x, axis=axis, **keepdims)


for _extreme, _forward in ((np.max, _max), (np.min, _min)):
    define(
        _extreme,
        lambda g, y, x, axis=None, keepdims=False: _share(g, y, x, axis, keepdims),
        forward=_forward,
        label=_extreme.__name__.removeprefix("a"),
        cases=_FULL,
        formulas=("g·(x = y) / count",),
        complex=True,
    )


# NaNs, which equal nothing, are passed over.
def _share_of_numbers(g, y, x, axis, keepdims):
    hit = x == kept(y, x, axis, keepdims)
    hits = np.sum(hit, axis=axis, keepdims=np.ndim(x) > 0)
    return spread(g, x, axis, keepdims) * hit / (hits + (hits == 0))


for _extreme in (np.nanmax, np.nanmin):
    define(
        _extreme,
        lambda g, y, x, axis=None, keepdims=False: _share_of_numbers(g, y, x, axis, keepdims),
        cases=_FULL,
        formulas=("g·(x = y) / count",),
        complex=True,
    )


def product_of_others(x):
    """For each entry the product of all the others along the last axis, zeros among them or not.

    Pairs are multiplied, the products of the other pairs found the same way, and each partner
    handed the rest: log2(n) steps and no division.
    """
    n = np.shape(x)[-1]
    if n <= 1:
        return np.ones_like(x)
    if n % 2:
        ones = np.ones((*np.shape(x)[:-1], 1), np.result_type(x.dtype))
        return product_of_others(np.concatenate([x, ones], axis=-1))[..., :n]
    a, b = x[..., 0::2], x[..., 1::2]
    rest = product_of_others(a * b)
    return np.reshape(np.stack([rest * b, rest * a], axis=-1), np.shape(x))


def _product_slope(x, axis: Axis):
    if np.ndim(x) == 0:
        return np.ones_like(x)
    ndim = np.ndim(x)
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    last = sorted(a % ndim for a in axes)
    order = [i for i in range(ndim) if i not in last] + last
    moved = np.transpose(x, order)
    lead = np.shape(moved)[: ndim - len(last)]
    rows = np.reshape(moved, (*lead, math.prod(np.shape(moved)[len(lead) :])))
    slope = np.reshape(product_of_others(rows), np.shape(moved))
    return np.transpose(slope, np.argsort(order))


define(
    np.prod,
    lambda g, y, x, axis=None, keepdims=False: (
        spread(g, x, axis, keepdims) * _product_slope(x, axis)
    ),
    label="prod",
    cases=[*_CASES, (((5,),), {}), (((2, 7),), {"axis": -1})],
    formulas=("g · product of the others",),
    complex=True,
)


def logsumexp(x, axis=None, keepdims=False):
    """log(sum(exp(x))), without overflow.

    Parameters
    ----------
    x : array of any shape
    axis : int, tuple of int or None
    keepdims : bool
    """
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)  # all -inf, or an inf: no shift
    with np.errstate(divide="ignore"):  # log(0) = -inf is the right answer there
        y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis=axis)


def _filled(y):
    # A sum of nothing but zeros: exp(−inf − 0) gives each of them 0, and −inf − (−inf) a NaN.
    return np.where(y == -np.inf, 0, y)


logsumexp = define(
    logsumexp,
    lambda g, y, x, axis=None, keepdims=False: (
        spread(g, x, axis, keepdims) * np.exp(x - kept(_filled(y), x, axis, keepdims))
    ),
    cases=_FULL,
    formulas=("g·exp(x − y)",),
)
