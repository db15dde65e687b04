"""Products of vectors and matrices, made of those in `linalg` and of sums."""

from __future__ import annotations

import math
import operator

import numpy as np

from ..op import composed


def _same(function, like, **settings):
    """``function`` is another name for what is composed for ``like``."""
    composed(function, **settings)(like)


@composed(
    np.inner, shapes=[((3,), (3,)), ((2, 3), (4, 3)), ((), (2,)), ((2, 2, 3), (3,))], complex=True
)
def inner(a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return np.tensordot(a, b, ((-1,), (-1,)))


@composed(np.vdot, shapes=[((3,), (3,)), ((2, 3), (3, 2)), ((), ())], complex=True)
def vdot(a, b):
    return np.dot(np.conj(np.reshape(a, (-1,))), np.reshape(b, (-1,)))


def vecdot(x1, x2, /, *, axis=-1):
    if axis != -1:
        x1, x2 = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    if np.shape(x1)[-1] != np.shape(x2)[-1]:
        raise ValueError(f"vecdot: vectors of {np.shape(x1)[-1]} and {np.shape(x2)[-1]} numbers")
    return np.sum(np.conj(x1) * x2, axis=-1)


_VECDOT = [(((3,), (3,)), {}), (((2, 1, 3), (4, 3)), {}), (((3, 2), (3, 2)), {"axis": 0})]
for _vecdot in (np.vecdot, np.linalg.vecdot):
    _same(_vecdot, vecdot, cases=_VECDOT, complex=True)


def _need_matrix(name, x):
    if np.ndim(x) < 2:
        raise ValueError(f"{name} needs a matrix, not the shape {np.shape(x)}")


if hasattr(np, "matvec"):  # since NumPy 2.2

    @composed(np.matvec, shapes=[((2, 3), (3,)), ((4, 2, 3), (4, 3))], complex=True)
    def matvec(x1, x2):
        _need_matrix("matvec", x1)
        return np.squeeze(x1 @ np.expand_dims(x2, -1), -1)

    @composed(np.vecmat, shapes=[((2,), (2, 3)), ((4, 2), (4, 2, 3))], complex=True)
    def vecmat(x1, x2):
        _need_matrix("vecmat", x2)
        return np.squeeze(np.expand_dims(np.conj(x1), -2) @ x2, -2)


_KRON = [((2, 2), (2, 3)), ((2,), (3,)), ((2, 1), (3,)), ((), (2,))]


@composed(np.kron, shapes=_KRON, complex=True)
def kron(a, b):
    ndim = max(np.ndim(a), np.ndim(b))
    a = np.reshape(a, (1,) * (ndim - np.ndim(a)) + np.shape(a))
    b = np.reshape(b, (1,) * (ndim - np.ndim(b)) + np.shape(b))
    shape = tuple(n * m for n, m in zip(np.shape(a), np.shape(b), strict=True))
    a = np.reshape(a, tuple(n for length in np.shape(a) for n in (length, 1)))
    b = np.reshape(b, tuple(n for length in np.shape(b) for n in (1, length)))
    return np.reshape(a * b, shape)


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if np.shape(a)[-1] != 3 or np.shape(b)[-1] != 3:
        raise ValueError(
            f"cross of Values is of vectors of three numbers, not of shapes {np.shape(a)} and "
            f"{np.shape(b)}; append a zero to plane ones"
        )
    parts = [a[..., i] * b[..., j] - a[..., j] * b[..., i] for i, j in ((1, 2), (2, 0), (0, 1))]
    return np.stack(parts, axis=axisc)


composed(
    np.cross,
    cases=[
        (((3,), (3,)), {}),
        (((2, 3), (3,)), {}),
        (((3, 2), (2, 3)), {"axisa": 0, "axisc": 0}),
    ],
    complex=True,
)(cross)
_same(
    np.linalg.cross,
    lambda x1, x2, /, *, axis=-1: cross(x1, x2, axis=axis),
    shapes=[((3,), (3,))],
    complex=True,
)


@composed(
    np.trace,
    cases=[
        (((3, 3),), {}),
        (((2, 3),), {"offset": 1}),
        (((2, 3, 4),), {"axis1": 1, "axis2": 2}),
    ],
    complex=True,
)
def trace(a, offset=0, axis1=0, axis2=1):
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


_same(
    np.linalg.trace,
    lambda x, /, *, offset=0: trace(x, offset, -2, -1),
    cases=[(((3, 3),), {}), (((2, 3, 4),), {"offset": -1})],
    complex=True,
)
_same(
    np.linalg.matmul,
    lambda x1, x2, /: np.matmul(x1, x2),
    shapes=[((2, 3), (3, 2))],
    complex=True,
)
_same(
    np.linalg.tensordot,
    lambda x1, x2, /, *, axes=2: np.tensordot(x1, x2, axes),
    cases=[(((2, 3), (3, 2)), {"axes": 1})],
    complex=True,
)


@composed(
    np.linalg.multi_dot,
    shapes=[((2, 3), (3, 4), (4, 1)), ((3,), (3, 2), (2,)), ((2, 2), (2, 3))],
    listed=True,
    complex=True,
)
def multi_dot(arrays):
    arrays = list(arrays)
    shapes = [np.shape(a) for a in arrays]
    sizes = [shapes[0][0] if len(shapes[0]) > 1 else 1, *(s[0] for s in shapes[1:])]
    sizes.append(shapes[-1][1] if len(shapes[-1]) > 1 else 1)
    best: dict[tuple[int, int], tuple[float, int]] = {}
    # The order of products with the fewest multiplications (Cormen et al., section 15.2).
    for width in range(1, len(arrays)):
        for i in range(len(arrays) - width):
            j = i + width
            best[i, j] = min(
                (
                    best.get((i, k), (0, 0))[0]
                    + best.get((k + 1, j), (0, 0))[0]
                    + math.prod((sizes[i], sizes[k + 1], sizes[j + 1])),
                    k,
                )
                for k in range(i, j)
            )

    def product(i, j):
        if i == j:
            return arrays[i]
        k = best[i, j][1]
        return product(i, k) @ product(k + 1, j)

    return product(0, len(arrays) - 1)


@composed(
    np.linalg.matrix_power,
    cases=[(((3, 3),), {"n": n}) for n in (0, 1, 2, 5)] + [(((2, 2, 2),), {"n": 3})],
    complex=True,
)
def matrix_power(a, n):
    n, shape = operator.index(n), np.shape(a)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise np.linalg.LinAlgError(f"matrix_power takes square matrices, not the shape {shape}")
    if n < 0:
        return matrix_power(np.linalg.inv(a), -n)
    if n == 0:
        one = np.linalg.matrix_power(np.zeros(shape, np.result_type(a)), 0)
        return np.where(True, one, a)  # a constant, but still of the graph
    half = matrix_power(a, n // 2) if n > 1 else None
    if half is None:
        return a
    return half @ half if n % 2 == 0 else half @ half @ a
