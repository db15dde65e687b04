"""Rows of a table looked up by number, and put back: each the other's derivative."""

from __future__ import annotations

import numpy as np

from ..op import Case, define
from .index import added_up

_INDICES = [np.array([0, 2, 2]), np.array([[1, 0], [3, 1]]), np.array(2), np.zeros((0,), int)]


def embedding(weight, indices, padding_idx=None, scale_grad_by_freq=False):
    """The rows of a table at ``indices``.

    Parameters
    ----------
    weight : (rows, ...) array
    indices : array of integers
    padding_idx : int, optional
        A row that no gradient reaches.
    scale_grad_by_freq : bool
        Divide the gradient of each row by how often it was looked up.

    Returns
    -------
    (\\*shape of indices, ...) array

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.ops.embedding import embedding
    >>> embedding(np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([1, 1, 0]))
    array([[2., 3.],
           [2., 3.],
           [0., 1.]])
    """
    return weight[indices]


def _back(g, y, weight, indices, padding_idx=None, scale_grad_by_freq=False):
    if scale_grad_by_freq:
        _, place, counts = np.unique(indices, return_inverse=True, return_counts=True)
        share = (1 / counts[place]).reshape(*np.shape(indices), *(1,) * (np.ndim(weight) - 1))
        g = g * share.astype(g.dtype)
    return add_rows(g, indices, np.shape(weight)[0], padding_idx)


embedding = define(
    embedding,
    _back,
    # None with padding_idx or scale_grad_by_freq: what they leave of a gradient is no derivative.
    cases=[(((4, 2),), {"indices": indices}) for indices in _INDICES],
    formulas=("g, put back at its rows",),
    reads=False,
)


def add_rows(x, indices, rows, padding_idx=None):
    """A table of zeros to whose rows those of ``x`` are added; none to ``padding_idx``.

    Parameters
    ----------
    x : (\\*shape of indices, ...) array
    indices : array of integers
    rows : int
        Of the table.
    padding_idx : int, optional
    """
    shape = np.shape(x)[np.ndim(indices) :]
    table = added_up(x, np.asarray(indices), (rows, *shape))
    if padding_idx is not None:
        table[padding_idx] = 0
    return table


def _rows_of(g, indices, padding_idx):
    if padding_idx is None:
        return embedding(g, indices)
    kept = np.arange(np.shape(g)[0]) != padding_idx % np.shape(g)[0]
    kept = np.reshape(kept.astype(g.dtype), (-1,) + (1,) * (np.ndim(g) - 1))
    return embedding(g * kept, indices)


_BACK: list[Case] = [
    (((*indices.shape, 2),), {"indices": indices, "rows": 4}) for indices in _INDICES
]

add_rows = define(
    add_rows,
    lambda g, y, x, indices, rows, padding_idx=None: _rows_of(g, indices, padding_idx),
    label="add rows",
    cases=[*_BACK, (((3, 2),), {"indices": _INDICES[0], "rows": 4, "padding_idx": 2})],
    formulas=("g at its rows",),
    reads=False,
)
