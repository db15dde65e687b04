"""scipy.linalg, differentiable: roots and exponentials of matrices, and linear systems.

In the rules g belongs to dL = Re Σ g·dy, without a conjugate, so transposes stand where the
literature writes adjoints (Giles 2008, "Collected matrix derivative results", section 2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as _linalg

from ..op import Hermitian, Near, define
from .constant import face as _face
from .constant import is_plain as _is_plain

_t = np.transpose


def solve_sylvester(a, b, q):
    """The X with a X + X b = q.

    Parameters
    ----------
    a : (m, m) array
    b : (n, n) array
    q : (m, n) array
    """
    return _linalg.solve_sylvester(a, b, q)


# The adjoint equation is aᵀ S + S bᵀ = g; da X + X db stand on its right-hand side.
solve_sylvester = define(
    solve_sylvester,
    lambda g, y, a, b, q: -(solve_sylvester(_t(a), _t(b), g) @ _t(y)),
    lambda g, y, a, b, q: -(_t(y) @ solve_sylvester(_t(a), _t(b), g)),
    lambda g, y, a, b, q: solve_sylvester(_t(a), _t(b), g),
    label="solve sylvester",
    shapes=[((3, 3), (2, 2), (3, 2)), ((1, 1), (1, 1), (1, 1))],
    domain=(Near("eye"), Near("eye"), (-2, 2)),
    formulas=("−s @ y.T, a.T @ s + s @ b.T = g", "−y.T @ s", "s"),
    complex=True,
)


def matrix_root(a):
    return _linalg.sqrtm(a)


# From dY Y + Y dY = dA (Higham 2008, "Functions of Matrices", section 6.1).
matrix_root = define(
    matrix_root,
    lambda g, y, a: solve_sylvester(_t(y), _t(y), g),
    label="√ of matrix",
    shapes=[((3, 3),), ((1, 1),)],
    domain=(Hermitian(definite=True),),
    formulas=("s, y.T @ s + s @ y.T = g",),
    complex=True,
)


def sqrtm(A: Any, *settings: Any, **named: Any) -> Any:
    """The principal square root of a matrix.

    Parameters
    ----------
    A : (n, n) array
        Of a real one with negative eigenvalues the root is complex.
    *settings, **named
        SciPy's, of plain arrays.
    """
    if _is_plain(A):
        return _linalg.sqrtm(A, *settings, **named)
    if settings or named.get("disp", True) is not True or named.keys() - {"disp"}:
        raise NotImplementedError("sqrtm of a Value takes no settings (disp, blocksize)")
    return matrix_root(A)


def expm(A):
    """The exponential of a matrix.

    Parameters
    ----------
    A : (..., n, n) array
    """
    return _linalg.expm(A)


def _frechet(a, e):
    """The derivative of exp at ``a`` along ``e``, which is linear in ``e``: the upper right block
    of exp of [[a, e], [0, a]] (Najfeld & Havel 1995, theorem 4.10)."""
    n = np.shape(a)[-1]
    upper = np.concatenate([a, e], axis=-1)
    lower = np.concatenate([np.zeros(np.shape(a), a.dtype), a], axis=-1)
    return expm(np.concatenate([upper, lower], axis=-2))[..., :n, n:]


expm = define(
    expm,
    lambda g, y, a: _frechet(np.swapaxes(a, -1, -2), g),
    label="exp of matrix",
    shapes=[((3, 3),), ((1, 1),), ((2, 2, 2),)],
    domain=(-1, 1),
    formulas=("dexp(a.T) along g",),
    complex=True,
)


# ---- systems ---------------------------------------------------------------------------------

_TRANS = {0: 0, "N": 0, 1: 1, "T": 1, 2: 2, "C": 2}


def _column(x):
    return np.reshape(x, (-1, 1)) if np.ndim(x) == 1 else x


def triangular_solution(a, b, trans=0, lower=False, unit_diagonal=False):
    return _linalg.solve_triangular(a, b, trans=trans, lower=lower, unit_diagonal=unit_diagonal)


def _triangular_a(g, y, a, trans, lower, unit):
    """−S yᵀ of the adjoint solution S, transposed where a was, and only where a was read."""
    s = triangular_solution(a, g, trans=1 - trans, lower=lower, unit_diagonal=unit)
    outer = _column(y) @ _t(_column(s)) if trans else _column(s) @ _t(_column(y))
    below = np.tri(np.shape(a)[0], k=-1 if unit else 0, dtype=bool)
    return -outer * (below if lower else below.T)


triangular_solution = define(
    triangular_solution,
    lambda g, y, a, b, trans=0, lower=False, unit_diagonal=False: _triangular_a(
        g, y, a, trans, lower, unit_diagonal
    ),
    lambda g, y, a, b, trans=0, lower=False, unit_diagonal=False: triangular_solution(
        a, g, trans=1 - trans, lower=lower, unit_diagonal=unit_diagonal
    ),
    label="solve triangular",
    cases=[
        (((3, 3), (3,)), {}),
        (((3, 3), (3, 2)), {"lower": True}),
        (((3, 3), (3,)), {"trans": 1}),
        (((3, 3), (3, 2)), {"trans": 1, "lower": True}),
        (((3, 3), (3,)), {"unit_diagonal": True}),
        (((3, 3), (3, 2)), {"unit_diagonal": True, "lower": True, "trans": 1}),
    ],
    domain=(Near("eye"), (-2, 2)),
    formulas=("−s @ y.T, a.T @ s = g", "s, a.T @ s = g"),
    complex=True,
)


def solve_triangular(
    a: Any,
    b: Any,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """The x with a x = b, of a triangular matrix a.

    Parameters
    ----------
    a : (n, n) array
        Of which the upper triangle is read, or the lower one; the other takes no gradient.
    b : (n,) or (n, k) array
    trans : {0, 1, 2, "N", "T", "C"}
        Solve with a, its transpose, or its conjugate transpose.
    lower, unit_diagonal : bool
    overwrite_b, check_finite : bool
        Of plain arrays.
    """
    if _is_plain(a, b):
        return _linalg.solve_triangular(
            a, b, trans, lower, unit_diagonal, overwrite_b, check_finite
        )
    kind = _TRANS[trans]
    if kind == 2:
        a = np.conj(a)
        kind = 1
    return triangular_solution(
        _array(a), _array(b), trans=kind, lower=bool(lower), unit_diagonal=bool(unit_diagonal)
    )


def _array(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, (list, tuple)) else x


def cho_solve(
    c_and_lower: tuple[Any, bool], b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """The x with A x = b, given a Cholesky factor of A.

    Parameters
    ----------
    c_and_lower : ((n, n) array, bool)
        The factor, and whether it is the lower one.
    b : (n,) or (n, k) array
    overwrite_b, check_finite : bool
        Of plain arrays.
    """
    c, lower = c_and_lower
    if _is_plain(c, b):
        return _linalg.cho_solve((c, lower), b, overwrite_b, check_finite)
    first, second = (0, "C") if lower else ("C", 0)
    return solve_triangular(c, solve_triangular(c, b, first, lower), second, lower)


def banded_solution(ab, b, l_and_u):
    return _linalg.solve_banded(l_and_u, ab, b)


def _band(l_and_u, n):
    """For the entries of a band's array their row in the matrix, and whether they stand in it."""
    lower, upper = l_and_u
    rows = np.arange(-upper, lower + 1)[:, None] + np.arange(n)
    return np.clip(rows, 0, n - 1), (rows >= 0) & (rows < n)


def _transposed_band(ab, l_and_u):
    """The band of the transpose: ab[u + i − j, j] holds a[i, j], so rows turn round and shift."""
    lower, upper = l_and_u
    rows, inside = _band((upper, lower), np.shape(ab)[1])
    return np.where(inside, ab[np.arange(lower + upper, -1, -1)[:, None], rows], 0)


def _banded_b(g, ab, l_and_u):
    return banded_solution(_transposed_band(ab, l_and_u), g, l_and_u=l_and_u[::-1])


def _banded_ab(g, y, ab, l_and_u):
    """−S yᵀ of the adjoint solution S, in the band only."""
    s, y = _column(_banded_b(g, ab, l_and_u)), _column(y)
    rows, inside = _band(l_and_u, np.shape(ab)[1])
    return -np.sum(s[rows] * y, axis=-1) * inside


banded_solution = define(
    banded_solution,
    lambda g, y, ab, b, l_and_u: _banded_ab(g, y, ab, l_and_u),
    lambda g, y, ab, b, l_and_u: _banded_b(g, ab, l_and_u),
    label="solve banded",
    cases=[
        (((3, 5), (5,)), {"l_and_u": (1, 1)}),
        (((4, 5), (5, 2)), {"l_and_u": (1, 2)}),
        (((3, 4), (4,)), {"l_and_u": (2, 0)}),
        (((1, 3), (3, 1)), {"l_and_u": (0, 0)}),
    ],
    domain=((0.5, 3), (-2, 2)),
    formulas=("−s @ y.T in the band, a.T @ s = g", "s, a.T @ s = g"),
    complex=True,
)


def solve_banded(
    l_and_u: tuple[int, int],
    ab: Any,
    b: Any,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """The x with a x = b, of a matrix with few diagonals.

    Parameters
    ----------
    l_and_u : (int, int)
        How many diagonals below and above the main one.
    ab : (l + u + 1, n) array
        ab[u + i − j, j] is a[i, j]; what stands for no entry of a is not read.
    b : (n,) or (n, k) array
    overwrite_ab, overwrite_b, check_finite : bool
        Of plain arrays.
    """
    if _is_plain(ab, b):
        return _linalg.solve_banded(l_and_u, ab, b, overwrite_ab, overwrite_b, check_finite)
    lower, upper = map(int, l_and_u)
    return banded_solution(_array(ab), _array(b), l_and_u=(lower, upper))


__getattr__, __dir__ = _face(_linalg, globals())
