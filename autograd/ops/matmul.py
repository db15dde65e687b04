"""Matrix products, of vectors, matrices and stacks of matrices."""

from __future__ import annotations

import numpy as np

from ..op import define

# Before 2.3 NumPy multiplies numbers that are repeated, as in the gradient of a sum, without BLAS.
_COPIES = np.lib.NumpyVersion(np.__version__) < "2.3.0"


def _laid_out(g):
    return g.copy() if type(g) is np.ndarray and 0 in g.strides else g


def matmul_a(g, a, b):
    """The gradient of the first operand."""
    if _COPIES:
        g = _laid_out(g)
    if a.ndim == 1 == b.ndim:
        return g * b
    if b.ndim == 1:
        return np.expand_dims(g, -1) * b
    if a.ndim == 1:
        return np.squeeze(np.expand_dims(g, -2) @ b.mT, -2)
    if b.ndim == 2 < g.ndim and g.size and b.size:
        if type(g) is not type(b) or type(g) is not np.ndarray:
            return np.reshape(rows(g) @ b.mT, (*g.shape[:-1], b.shape[0]))
        return _one_product(g, b.mT)
    return g @ b.mT


def matmul_b(g, a, b):
    """The gradient of the second operand."""
    if _COPIES:
        g = _laid_out(g)
    if a.ndim == 1 == b.ndim:
        return g * a
    if a.ndim == 1:
        return np.expand_dims(a, -1) * np.expand_dims(g, -2)
    if b.ndim == 1:
        return np.squeeze(a.mT @ np.expand_dims(g, -1), -1)
    stacked = b.ndim == 2 < a.ndim == g.ndim and a.size and g.size
    if stacked and (a.shape[-2] <= _FEW or b.shape[1] >= 2 * _FEW):
        return rows(a).mT @ rows(g)
    return a.mT @ g


def rows(x):
    """All leading axes as one."""
    return x if np.ndim(x) == 2 else np.reshape(x, (-1, np.shape(x)[-1]))


# Stacks of matrices times one matrix: one product is quicker than many where these have few rows
# or are beyond what OpenBLAS has small kernels for (numbers found by trial). The rules go by shapes
# alone: gradients may lie in memory in one order or another, and have the same bits.
_FEW, _SMALL = 8, 1e6


def _matmul(a, b, out=None):
    if (
        type(a) is type(b) is np.ndarray
        and b.ndim == 2 < a.ndim
        and a.size
        and b.size
        and (a.shape[-2] <= _FEW or a.shape[-2] * b.size > _SMALL)
        and a.flags.c_contiguous
    ):
        return _one_product(a, b, out)
    return np.matmul(a, b, out)


def _one_product(a, b, out=None):
    """A stack of matrices, as if one below the other, times one matrix."""
    if out is None:
        out = np.empty((*a.shape[:-1], b.shape[1]), np.result_type(a, b))
    np.matmul(rows(a), b, np.reshape(out, (-1, b.shape[1]), copy=False))
    return out


define(
    np.matmul,
    lambda g, y, a, b: matmul_a(g, a, b),
    lambda g, y, a, b: matmul_b(g, a, b),
    forward=_matmul,
    label="@",
    shapes=[
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 4)),
        ((5, 2, 3), (3,)),
        ((3,), (5, 3, 2)),
        ((2, 1, 2, 3), (4, 3, 1)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
        ((1, 1), (1, 1)),
    ],
    formulas=("g @ b.T", "a.T @ g"),
    complex=True,
)
