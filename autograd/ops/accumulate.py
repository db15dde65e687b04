"""Running sums and products, differences, and integrals along an axis."""

from __future__ import annotations

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..op import SINGLE, Case, composed, define

_AXES: list[Case] = [
    *[(shapes, {}) for shapes in SINGLE if shapes[0]],
    (((2, 3),), {"axis": 0}),
    (((2, 3, 2),), {"axis": -2}),
]


def _along(x, axis):
    if axis is None:
        return np.reshape(x, (-1,)), 0
    return x, normalize_axis_index(axis, np.ndim(x))


def _cut(x, axis, start, stop, step=None):
    """A stretch of an axis."""
    return x[(slice(None),) * axis + (slice(start, stop, step),)]


def _running_back(g, x, axis):
    rows, along = _along(g, axis)
    return np.reshape(np.flip(np.cumsum(np.flip(rows, along), axis=along), along), np.shape(x))


define(
    np.cumsum,
    # What comes at a place or after it has counted the number there.
    lambda g, y, x, axis=None: _running_back(g, x, axis),
    label="cumsum",
    cases=_AXES,
    formulas=("running sum of g, from the end",),
    complex=True,
    reads=False,
)


def _product_back(g, y, x, axis):
    axis = axis if np.ndim(x) else None
    if type(x) is np.ndarray:
        with np.errstate(all="ignore"):
            products = g * y
            found = _running_back(products, x, axis) / x
        normal = (np.abs(y) >= _tiny(y)) & ((np.abs(products) >= _tiny(y)) | (g == 0))
        if normal.all() and np.isfinite(found).all():
            return found
    rows, along = _along(x, axis)
    g, y = np.reshape(g, np.shape(rows)), np.reshape(y, np.shape(rows))
    # The sum of what follows is s_i = g_i + x_(i+1) s_(i+1), here over 2, 4, 8 ... neighbours
    # (Hillis & Steele 1986): no division, so zeros do no harm.
    total, link, reach = g, _cut(rows, along, 1, None), 1
    while reach < np.shape(rows)[along]:
        further = _cut(total, along, None, -reach) + link * _cut(total, along, reach, None)
        total = np.concatenate([further, _cut(total, along, -reach, None)], along)
        link = _cut(link, along, None, -reach) * _cut(link, along, reach, None)
        reach *= 2
    ones = np.ones_like(_cut(rows, along, None, 1))
    before = np.concatenate([ones, _cut(y, along, None, -1)], along)
    return np.reshape(before * total, np.shape(x))


def _tiny(y):
    return np.finfo(y.dtype).tiny


define(
    np.cumprod,
    lambda g, y, x, axis=None: _product_back(g, y, x, axis),
    label="cumprod",
    cases=[*_AXES, (((7,),), {}), (((2, 5),), {"axis": 1})],
    formulas=("Σ(j ≥ i) g·y / x",),
    complex=True,
)


@composed(np.nancumsum, cases=_AXES, complex=True)
def nancumsum(a, axis=None):
    return np.cumsum(np.where(np.isnan(a), np.zeros((), np.result_type(a)), a), axis=axis)


@composed(np.nancumprod, cases=_AXES, complex=True)
def nancumprod(a, axis=None):
    return np.cumprod(np.where(np.isnan(a), np.ones((), np.result_type(a)), a), axis=axis)


def _cumulative(function, running, start):
    @composed(
        function,
        cases=[
            (((3,),), {}),
            (((2, 3),), {"axis": 1}),
            (((2, 3),), {"axis": 0, "include_initial": True}),
        ],
        complex=True,
    )
    def cumulative(x, /, *, axis=None, include_initial=False):
        if axis is None and np.ndim(x) > 1:
            raise ValueError(f"{function.__name__} of several axes needs axis=")
        y, along = running(x, axis=axis), (0 if axis is None else axis)
        if not include_initial:
            return y
        shape = list(np.shape(y))
        shape[along] = 1
        return np.concatenate([np.full(shape, start, np.result_type(x)), y], along)


_cumulative(np.cumulative_sum, np.cumsum, 0)
_cumulative(np.cumulative_prod, np.cumprod, 1)


@composed(
    np.diff,
    cases=[
        (((4,),), {}),
        (((2, 4),), {"n": 2}),
        (((3, 2),), {"axis": 0}),
        (((3,),), {"n": 0}),
        (((3,),), {"prepend": 1.0, "append": [2.0, 5.0]}),
        (((1,),), {}),
    ],
    complex=True,
)
def diff(a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
    axis = normalize_axis_index(axis, np.ndim(a))
    if n < 0:
        raise ValueError(f"diff: order must be non-negative but got {n}")
    if n == 0:  # as NumPy: without what was to stand before and after
        return a
    ends: list[list] = []
    for end in (prepend, append):
        if end is np._NoValue:
            ends.append([])
        else:
            shape = list(np.shape(a))
            shape[axis] = 1
            ends.append([np.broadcast_to(end, shape) if np.ndim(end) == 0 else end])
    y = np.concatenate([*ends[0], a, *ends[1]], axis) if ends[0] or ends[1] else a
    for _ in range(n):
        y = _cut(y, axis, 1, None) - _cut(y, axis, None, -1)
    return y


@composed(np.ediff1d, cases=[(((4,),), {}), (((2, 2),), {"to_begin": 1.0, "to_end": [2.0, 3.0]})])
def ediff1d(ary, to_end=None, to_begin=None):
    y = diff(np.reshape(ary, (-1,)))
    to_begin, to_end = (
        end if end is None or hasattr(end, "requires_grad") else np.asarray(end, np.result_type(y))
        for end in (to_begin, to_end)
    )
    parts = [[] if end is None else [np.reshape(end, (-1,))] for end in (to_begin, to_end)]
    return np.concatenate([*parts[0], y, *parts[1]])


def _slope(f, spacing, axis, edge_order):
    """One axis of np.gradient: second-order differences inside, of order ``edge_order`` outside."""
    n = np.shape(f)[axis]
    if n < edge_order + 1:
        raise ValueError(f"gradient needs {edge_order + 1} numbers along axis {axis}, not {n}")
    steps = np.diff(spacing) if np.ndim(spacing) else np.full(n - 1, float(spacing))
    if not hasattr(steps, "requires_grad"):
        steps = steps.astype(np.zeros(0, np.result_type(f)).real.dtype)
    rows = lambda numbers: np.reshape(numbers, [-1 if i == axis else 1 for i in range(np.ndim(f))])  # noqa: E731
    before, after = rows(steps[:-1]), rows(steps[1:])
    low, mid, high = _cut(f, axis, None, -2), _cut(f, axis, 1, -1), _cut(f, axis, 2, None)
    if np.ndim(spacing) == 0:  # the middle does not matter, nor that it may be NaN
        inside = (high - low) / (2 * spacing)
    else:
        inside = (
            -after / (before * (before + after)) * low
            + (after - before) / (before * after) * mid
            + before / (after * (before + after)) * high
        )
    at = lambda i: _cut(f, axis, i, i + 1 or None)  # noqa: E731
    if edge_order == 1:
        first, last = (at(1) - at(0)) / steps[0], (at(-1) - at(-2)) / steps[-1]
    else:
        (a, b), (d, c) = steps[:2], steps[-2:]
        first = (
            -(2 * a + b) / (a * (a + b)) * at(0)
            + (a + b) / (a * b) * at(1)
            - a / (b * (a + b)) * at(2)
        )
        last = (
            (2 * c + d) / (c * (c + d)) * at(-1)
            - (c + d) / (c * d) * at(-2)
            + c / (d * (c + d)) * at(-3)
        )
    return np.concatenate([first, inside, last], axis)


@composed(
    np.gradient,
    cases=[
        (((4,),), {}),
        (((2,),), {}),
        (((3, 4),), {}),
        (((3, 4),), {"axis": 1, "edge_order": 2}),
        (((3, 4),), {"axis": (0, 1)}),
    ],
    complex=True,
)
def gradient(f, *varargs, axis=None, edge_order=1):
    if edge_order > 2:
        raise ValueError(f"gradient: edge_order is 1 or 2, not {edge_order}")
    ndim = np.ndim(f)
    axes = normalize_axis_tuple(range(ndim) if axis is None else axis, ndim)
    spacings = list(varargs) or [1.0]
    spacings = spacings * len(axes) if len(spacings) == 1 else spacings
    if len(spacings) != len(axes):
        raise TypeError(f"gradient: {len(spacings)} spacings for {len(axes)} axes")
    slopes = [_slope(f, h, a, edge_order) for h, a in zip(spacings, axes, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


@composed(
    np.trapezoid,
    cases=[
        (((4,),), {"dx": 0.5}),
        (((2, 4),), {"x": [0.0, 1.0, 1.5, 3.0]}),
        (((3, 2),), {"axis": 0}),
    ],
    complex=True,
)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    axis = normalize_axis_index(axis, np.ndim(y))
    steps = dx
    if x is not None:
        x = x if hasattr(x, "requires_grad") else np.asarray(x)
        steps = diff(x, axis=-1 if np.ndim(x) == 1 else axis)
        if np.ndim(x) == 1:
            steps = np.reshape(steps, [-1 if i == axis else 1 for i in range(np.ndim(y))])
    return np.sum(steps * (_cut(y, axis, 1, None) + _cut(y, axis, None, -1)) / 2.0, axis=axis)
