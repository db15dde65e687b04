"""Reading and writing at an index, each the other's derivative."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..op import define

_INDICES: list[tuple[tuple[int, ...], Any]] = [
    ((4,), 1),
    ((4,), slice(1, 3)),
    ((4,), slice(None, None, -2)),
    ((4,), [0, 2, 2]),
    ((3, 4), (slice(None), 1)),
    ((3, 4), ([0, 0, 2], [1, 1, 3])),
    ((3, 4), (..., None, 2)),
    ((3,), np.array([True, False, True])),
    ((2, 3), (np.array([[0], [1]]), np.array([0, 2]))),
    ((3, 0), 1),
    ((), ()),
]


_FEW = 2048  # numbers that NumPy's own way adds as quickly as ours is prepared
_SLICES = {int, slice, type(None), type(Ellipsis)}


def is_basic(index) -> bool:
    """Whether an index names each position at most once: integers, slices, None, and masks."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        type(part) in _SLICES
        or isinstance(part, np.integer)
        or getattr(part, "dtype", None) == np.bool_
        for part in parts
    )


def place(y, index):
    """The part of an array at an index of integers and slices, a view also of one number."""
    index = index if isinstance(index, tuple) else (index,)
    return y[index if any(part is Ellipsis for part in index) else (*index, ...)]


def is_sliced(index) -> bool:
    """Whether an index is made of integers and slices alone, the quickest to tell."""
    if isinstance(index, tuple):
        return _SLICES.issuperset(map(type, index))
    return type(index) in _SLICES


def add_in_place(y, index, x) -> None:
    """Add ``x`` to an array at an index; what lands on one place adds up, and then to the array."""
    if is_sliced(index):
        there = y[index]
        if not isinstance(there, np.ndarray):  # one number is no view
            there = place(y, index)
        there += x
    elif is_basic(index):
        y[index] += x
    else:
        y += added_up(x, index, y.shape)


def added_up(x, index, shape):
    """Zeros of a shape, with ``x`` added at an index that may name a place several times."""
    y = np.zeros(shape, np.result_type(x))
    parts = index if isinstance(index, tuple) else (index,)
    listed = all(isinstance(part, (list, np.ndarray)) for part in parts)
    if listed and np.size(x) > _FEW and len(parts) <= len(shape):
        along = tuple((np.asarray(part), n) for part, n in zip(parts, shape, strict=False))
        if all(_within(part, n) for part, n in along):
            there, rest = np.broadcast_shapes(*(p.shape for p, _ in along)), shape[len(parts) :]
            place = np.zeros(there, np.intp)
            for part, n in along:  # rows: NumPy is quick along one axis
                place = place * n + part.astype(np.intp) % n
            width = math.prod(rest)
            places = place[..., None] * width + np.arange(width)
            given = np.broadcast_to(x, (*there, *rest))
            np.add.at(y.reshape(-1), places.ravel(), given.ravel())
            return y
    np.add.at(y, index, x)
    return y


def _within(part, n: int) -> bool:
    """Whether these are numbers of places along an axis of ``n``, counted from either end."""
    return part.dtype.kind in "iu" and part.size > 0 and -n <= part.min() and part.max() < n


def getitem(x, index):
    """``x[index]``, for every index NumPy knows.

    Parameters
    ----------
    x : array of any shape
    index : integers, slices, None, Ellipsis, integer or boolean arrays
    """
    return np.asarray(x)[index]


getitem = define(
    getitem,
    lambda g, y, x, index: scatter(g, index, np.shape(x)),
    label="[ ]",
    cases=[((shape,), {"index": index}) for shape, index in _INDICES if shape],
    formulas=("g, put back at its index",),
    complex=True,
    into=lambda total, g, y, x, index: add_in_place(total, index, g),
    reads=False,
)


def scatter(x, index, shape):
    """Zeros of a shape, with ``x`` added at an index; what lands on one place adds up.

    Parameters
    ----------
    x : array of the shape that the index selects
    index : integers, slices, None, Ellipsis, integer or boolean arrays
    shape : tuple of int
        Of the result.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> autograd.scatter(np.array([1.0, 2.0, 3.0]), [0, 2, 2], (4,))
    array([1., 0., 5., 0.])
    """
    if not is_basic(index):
        return added_up(x, index, shape)
    y = np.zeros(shape, np.result_type(x))
    add_in_place(y, index, x)
    return y


scatter = define(
    scatter,
    lambda g, y, x, index, shape: getitem(g, index),
    cases=[
        ((np.zeros(shape)[index].shape,), {"index": index, "shape": shape})
        for shape, index in _INDICES
    ],
    formulas=("g[index]",),
    complex=True,
    reads=False,
)


def set_at(x, values, index):
    """A copy of ``x`` in which ``values`` stand at an index; what ``x.at[index].set`` records.

    Raises
    ------
    ValueError
        Where the index names a place twice: which of the two values stays is not defined.
    """
    if not is_basic(index):
        places = np.arange(np.size(x)).reshape(np.shape(x))[index].ravel()
        if np.unique(places).size != places.size:
            raise ValueError(
                "set: the index names a place more than once, so which value stays is not defined; "
                "use .at[index].add, which adds them up, or an index without repeats"
            )
    y = np.array(x)
    if y.dtype.kind in "bui" and np.result_type(values).kind in "fc":
        raise TypeError(f"set: an array of {y.dtype} would cut the values; use x.astype(float)")
    y[index] = values
    return y


set_at = define(
    set_at,
    lambda g, y, x, values, index: set_at(g, 0.0, index),
    lambda g, y, x, values, index: getitem(g, index),
    label="set",
    cases=[
        (((4,), (2,)), {"index": [0, 3]}),
        (((3, 2), ()), {"index": 1}),
        (((3, 2), (2,)), {"index": slice(1, 3)}),
    ],
    formulas=("g, 0 at the index", "g[index]"),
    complex=True,
    reads=False,
)


def add_at(x, values, index):
    """A copy of ``x`` with ``values`` added at an index; repeats add up: ``x.at[index].add``."""
    y = np.array(x)
    np.add.at(y, index, values)
    return y


add_at = define(
    add_at,
    lambda g, y, x, values, index: g,
    lambda g, y, x, values, index: getitem(g, index),
    label="add at",
    cases=[(((4,), (3,)), {"index": [0, 3, 3]}), (((3, 2), ()), {"index": 1})],
    formulas=("g", "g[index]"),
    complex=True,
    reads=False,
)
