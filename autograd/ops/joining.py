"""Several arrays put together, and one taken apart."""

from __future__ import annotations

import itertools

import numpy as np

from ..op import composed, define


def _parts(g, y, *arrays, axis=0):
    """The stretches of ``g`` that the arrays filled."""
    axis %= np.ndim(y)
    ends = itertools.accumulate((np.shape(a)[axis] for a in arrays), initial=0)
    return [g[(slice(None),) * axis + (slice(*ends),)] for ends in itertools.pairwise(ends)]


def _layers(g, y, *arrays, axis=0):
    before = (slice(None),) * (axis % np.ndim(y))
    return [g[(*before, i)] for i in range(len(arrays))]


def _refuse(out, dtype):
    """NumPy's functions of several arrays hand these settings on, given or not."""
    if out is not None or dtype is not None:
        raise TypeError("arrays with Values are put together without out= and dtype=; use .astype")


def _bind_concatenate(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    _refuse(out, dtype)
    arrays = tuple(arrays)
    if axis is None:
        return tuple(np.reshape(a, (-1,)) for a in arrays), {}
    return arrays, ({"axis": axis} if axis != 0 else {})


def _bind_stack(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    _refuse(out, dtype)
    return tuple(arrays), ({"axis": axis} if axis != 0 else {})


define(
    np.concatenate,
    together=_parts,
    forward=lambda *arrays, axis=0: np.concatenate(arrays, axis),
    bind=_bind_concatenate,
    label="concat",
    cases=[
        (((2,), (3,)), {}),
        (((2, 1), (2, 3), (2, 0)), {"axis": 1}),
        (((1, 2), (3, 2)), {"axis": -2}),
    ],
    formulas=("part of g",),
    complex=True,
    reads=False,
)
define(
    np.stack,
    together=_layers,
    forward=lambda *arrays, axis=0: np.stack(arrays, axis),
    bind=_bind_stack,
    cases=[(((2,), (2,)), {}), (((2, 3),) * 3, {"axis": -1}), (((), ()), {})],
    formulas=("part of g",),
    complex=True,
    reads=False,
)

_ROWS = [((3,), (3,)), ((2, 3), (1, 3)), ((2, 2, 3), (1, 2, 3))]


@composed(np.vstack, shapes=[*_ROWS, ((), ())], listed=True, complex=True)
def vstack(tup, *, dtype=None, casting="same_kind"):
    _refuse(None, dtype)
    return np.concatenate([np.atleast_2d(a) for a in tup], 0)


@composed(np.hstack, shapes=[((2,), (3,)), ((2, 1), (2, 3)), ((), ())], listed=True, complex=True)
def hstack(tup, *, dtype=None, casting="same_kind"):
    _refuse(None, dtype)
    arrays = [np.atleast_1d(a) for a in tup]
    return np.concatenate(arrays, 0 if np.ndim(arrays[0]) == 1 else 1)


@composed(np.dstack, shapes=[((2,), (2,)), ((2, 3), (2, 3))], listed=True, complex=True)
def dstack(tup):
    return np.concatenate([np.atleast_3d(a) for a in tup], 2)


@composed(np.column_stack, shapes=[((2,), (2,)), ((2,), (2, 3))], listed=True, complex=True)
def column_stack(tup):
    return np.concatenate([a if np.ndim(a) > 1 else np.reshape(a, (-1, 1)) for a in tup], 1)


@composed(
    np.append,
    cases=[(((3,), ()), {}), (((2, 2), (3,)), {}), (((2, 2), (1, 2)), {"axis": 0})],
    complex=True,
)
def append(arr, values, axis=None):
    if axis is None:
        return np.concatenate([np.reshape(arr, (-1,)), np.reshape(values, (-1,))])
    return np.concatenate([arr, values], axis)


def _pieces(ary, bounds, axis):
    before = (slice(None),) * (axis % np.ndim(ary))
    return [ary[(*before, slice(start, end))] for start, end in bounds]


def _split_bounds(split, ary, indices_or_sections, axis):
    """Where NumPy cuts."""
    if hasattr(indices_or_sections, "requires_grad"):
        indices_or_sections = indices_or_sections.data
    length = np.shape(ary)[axis]
    ends = [len(part) for part in split(np.arange(length), indices_or_sections)]
    stops = np.cumsum(ends) if np.ndim(indices_or_sections) == 0 else None
    if stops is not None:
        return [(int(stop) - n, int(stop)) for stop, n in zip(stops, ends, strict=True)]
    cuts = [0, *indices_or_sections, length]
    return [slice(a, b).indices(length)[:2] for a, b in itertools.pairwise(cuts)]


@composed(
    np.split,
    cases=[
        (((4,),), {"indices_or_sections": 2}),
        (((4, 3),), {"indices_or_sections": [1, 1, 3]}),
        (((2, 4),), {"indices_or_sections": 2, "axis": 1}),
    ],
    complex=True,
)
def split(ary, indices_or_sections, axis=0):
    return _pieces(ary, _split_bounds(np.split, ary, indices_or_sections, axis), axis)


@composed(
    np.array_split,
    cases=[
        (((5,),), {"indices_or_sections": 3}),
        (((2, 4),), {"indices_or_sections": 3, "axis": 1}),
    ],
    complex=True,
)
def array_split(ary, indices_or_sections, axis=0):
    return _pieces(ary, _split_bounds(np.array_split, ary, indices_or_sections, axis), axis)


@composed(np.vsplit, cases=[(((4, 2),), {"indices_or_sections": 2})], complex=True)
def vsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 0)


@composed(
    np.hsplit,
    cases=[(((2, 4),), {"indices_or_sections": 2}), (((4,),), {"indices_or_sections": [1]})],
    complex=True,
)
def hsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@composed(np.dsplit, cases=[(((1, 2, 4),), {"indices_or_sections": 2})], complex=True)
def dsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 2)


@composed(np.unstack, cases=[(((2, 3),), {}), (((2, 3),), {"axis": 1})], complex=True)
def unstack(x, /, *, axis=0):
    before = (slice(None),) * (axis % np.ndim(x))
    return tuple(x[(*before, i)] for i in range(np.shape(x)[axis]))
