"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..op import SINGLE, composed, define
from .reduce import kept

_FULL = [shapes for shapes in SINGLE if 0 not in shapes[0]]


def euclidean_norm(x, axis=None, keepdims=False):
    """√(Σ |x|²), over all numbers or along axes.

    At 0, the tip of a cone, the derivative is taken as 0: the middle of the subgradients.

    Parameters
    ----------
    x : array of any shape
    axis : int, tuple of int or None
    keepdims : bool
    """
    size = np.real(x * np.conj(x)) if np.iscomplexobj(x) else x * x
    return np.sqrt(np.sum(size, axis=axis, keepdims=keepdims))


euclidean_norm = define(
    euclidean_norm,
    lambda g, y, x, axis=None, keepdims=False: (
        kept(g, x, axis, keepdims) * np.conj(x) / kept(y + (y == 0), x, axis, keepdims)
    ),
    name="norm",
    label="norm",
    cases=[
        *[(shapes, {}) for shapes in _FULL],
        (((2, 3),), {"axis": 1}),
        (((2, 3, 2),), {"axis": (0, 2), "keepdims": True}),
    ],
    formulas=("g·x / y",),
    complex=True,
)


def _vector(x, ord, axis, keepdims):
    if hasattr(ord, "requires_grad"):
        raise TypeError("norm: its order takes no gradient; give a plain number")
    if ord is None or ord == 2:
        return euclidean_norm(x, axis=axis, keepdims=keepdims)
    size = np.abs(x)
    if ord == np.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        entries = np.asarray(size != 0).astype(np.result_type(size))
        return np.sum(np.where(True, entries, size), axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    # A zero entry is at the tip of its own |x|, and makes a norm of negative order 0.
    empty = np.equal(size, 0)
    powers = (size + empty) ** ord
    total = np.sum(np.where(empty & (ord > 0), 0, powers), axis=axis, keepdims=keepdims)
    ends = np.all if ord > 0 else np.any
    nothing = ends(empty, axis=axis, keepdims=keepdims)
    return np.where(nothing, 0, (total + (total == 0)) ** (1.0 / ord))


def _matrix(x, ord, axis, keepdims):
    rows, columns = normalize_axis_tuple(axis, np.ndim(x))
    if ord in (None, "fro"):
        return euclidean_norm(x, axis=(rows, columns), keepdims=keepdims)
    if ord in ("nuc", 2, -2):
        pick: Any = {"nuc": np.sum, 2: np.max, -2: np.min}[ord]
        y = pick(np.linalg.svdvals(np.moveaxis(x, (rows, columns), (-2, -1))), axis=-1)
    elif ord in (1, -1, np.inf, -np.inf):
        summed, other = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = np.sum(np.abs(x), axis=summed)
        left = other - (summed < other)
        y = (np.max if ord > 0 else np.min)(sums, axis=left)
    else:
        raise ValueError(f"norm: a matrix has no norm of order {ord!r}")
    if keepdims:
        y = np.reshape(y, [1 if i in (rows, columns) else n for i, n in enumerate(np.shape(x))])
    return y


@composed(
    np.linalg.norm,
    cases=[
        *[(shapes, {}) for shapes in _FULL],
        *[(((4,),), {"ord": ord}) for ord in (1, 2, 3, np.inf, -np.inf, 0, 0.5)],
        *[(((3, 3),), {"ord": ord}) for ord in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)],
        (((2, 3),), {"axis": 0, "ord": 3}),
        (((2, 3, 2),), {"axis": (2, 0), "ord": 1, "keepdims": True}),
        (((2, 3, 2),), {"axis": (0, 1), "ord": "nuc"}),
    ],
    domain=(0.5, 2),
    complex=True,
)
def norm(x, ord=None, axis=None, keepdims=False):
    if axis is None and ord is None:
        return euclidean_norm(x, keepdims=keepdims)
    if axis is None:
        axis = tuple(range(np.ndim(x)))
    axis = axis if isinstance(axis, tuple) else (axis,)
    if len(axis) == 1:
        return _vector(x, ord, axis[0], keepdims)
    if len(axis) == 2:
        return _matrix(x, ord, axis, keepdims)
    raise ValueError(f"norm: one axis (vectors) or two (matrices), not {len(axis)}")


@composed(
    np.linalg.vector_norm,
    cases=[
        (((3,),), {}),
        (((2, 3),), {"ord": 1}),
        (((2, 3),), {"axis": 1, "ord": 3}),
        (((2, 3),), {"axis": (0, 1), "keepdims": True}),
    ],
    complex=True,
)
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    return _vector(x, ord, axis, keepdims)


@composed(
    np.linalg.matrix_norm,
    cases=[
        (((3, 3),), {}),
        (((2, 3, 3),), {"ord": "nuc"}),
        (((3, 2),), {"ord": 1, "keepdims": True}),
    ],
    domain=(0.5, 2),
    complex=True,
)
def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return _matrix(x, ord, (-2, -1), keepdims)
