"""Inverses, linear systems and determinants.

In the rules g belongs to dL = Re Σ g·dy, without a conjugate, so transposes stand where the
literature writes adjoints (Giles 2008, "Collected matrix derivative results", section 2).
"""

from __future__ import annotations

import numpy as np

from ..op import Near, composed, define
from .decompositions import _t
from .reduce import product_of_others

_SQUARE = [((3, 3),), ((1, 1),), ((2, 2, 2),)]
_REGULAR = (Near("eye"),)  # away from singular matrices

define(
    np.linalg.inv,
    lambda g, y, x: -(_t(y) @ g @ _t(y)),
    shapes=_SQUARE,
    domain=_REGULAR,
    formulas=("−y.T @ g @ y.T",),
    complex=True,
)


def _columns(b):
    """A right-hand side as a matrix, or a stack of them: one vector is one column."""
    return np.reshape(b, (-1, 1)) if np.ndim(b) == 1 else b


def _as_columns(x, b):
    """One column for each vector, where the right-hand side ``b`` is one vector for all."""
    return np.expand_dims(x, -1) if np.ndim(b) == 1 else x


def _solved_back(g, a, b):
    solved = np.linalg.solve(_t(a), _as_columns(g, b))
    return np.squeeze(solved, -1) if np.ndim(b) == 1 else solved


define(
    np.linalg.solve,
    lambda g, y, a, b: -(np.linalg.solve(_t(a), _as_columns(g, b)) @ _t(_as_columns(y, b))),
    lambda g, y, a, b: _solved_back(g, a, b),
    shapes=[
        *[((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 2, 2), (2, 2, 1)), ((2, 2, 2), (2, 3))],
        *[((2, 2, 2), (2,)), ((3, 2, 2), (2,))],
    ],
    domain=(Near("eye"), (-2, 2)),
    formulas=("−solve(a.T, g) @ y.T", "solve(a.T, g)"),
    complex=True,
)


def adjugate(x):
    """det(x) · inv(x), which also a singular matrix has: from its singular values.

    Parameters
    ----------
    x : (..., n, n) array
    """
    u, s, vh = np.linalg.svd(x)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    middle = np.conj(_t(vh)) * product_of_others(s)[..., None, :]
    return sign[..., None, None] * (middle @ np.conj(_t(u)))


def _adjugate_rule(g, y, x):
    inverse = _t(np.linalg.inv(x))
    return np.sum(g * y, axis=(-2, -1), keepdims=True) * inverse - inverse @ g @ _t(y)


adjugate = define(
    adjugate,
    _adjugate_rule,
    shapes=_SQUARE,
    domain=_REGULAR,
    formulas=("sum(g·y)·x⁻ᵀ − x⁻ᵀ @ g @ y.T",),
    complex=True,
)


def _entry(g):
    """One number for each matrix, to stand beside its entries."""
    return np.reshape(g, (*np.shape(g), 1, 1))


define(
    np.linalg.det,
    lambda g, y, x: _entry(g) * _t(adjugate(x)),
    shapes=_SQUARE,
    domain=_REGULAR,
    formulas=("g·adj(x).T",),
    complex=True,
)


def logabsdet(x):
    """log |det(x)| of each matrix, without overflow.

    Parameters
    ----------
    x : (..., n, n) array
    """
    return np.linalg.slogdet(x)[1]


logabsdet = define(
    logabsdet,
    lambda g, y, x: _entry(g) * _t(np.linalg.inv(x)),
    name="slogdet",
    label="log|det|",
    shapes=_SQUARE,
    domain=_REGULAR,
    formulas=("g·x⁻ᵀ",),
    complex=True,
)


def detsign(x):
    """det(x) / |det(x)| of each matrix.

    Parameters
    ----------
    x : (..., n, n) array
    """
    return np.linalg.slogdet(x)[0]


def _detsign_rule(g, y, x):
    if not np.iscomplexobj(x):
        return np.zeros_like(x)
    return _entry(1j * np.imag(g * y)) * _t(np.linalg.inv(x))


detsign = define(
    detsign,
    _detsign_rule,
    name="slogdet",
    label="sign det",
    shapes=_SQUARE,
    domain=_REGULAR,
    formulas=("0",),
    complex=True,
)

SLOGDET = type(np.linalg.slogdet(np.eye(1)))


@composed(np.linalg.slogdet, shapes=_SQUARE, domain=_REGULAR, complex=True)
def slogdet(a):
    return SLOGDET(detsign(a), logabsdet(a))


def _pinv_rule(g, y, x):
    # Of constant rank (Golub & Pereyra 1973, "The differentiation of pseudo-inverses", eq. 4.12).
    p, g = np.conj(y), np.conj(g)
    left = np.eye(np.shape(x)[-2]) - x @ y
    right = np.eye(np.shape(x)[-1]) - y @ x
    back = -(_t(y) @ np.conj(g) @ _t(y))
    across = np.conj(left) @ _t(g) @ p @ _t(y)
    along = _t(y) @ p @ _t(g) @ np.conj(right)
    return back + across + along


def _bind_pinv(a, rcond, hermitian):
    if hermitian:
        raise NotImplementedError("pinv of a Value has no rule for hermitian=True; leave it out")
    return (a,), ({} if rcond is None else {"rcond": rcond})


define(
    np.linalg.pinv,
    lambda g, y, x, rcond=None: _pinv_rule(g, y, x),
    forward=lambda x, **settings: np.linalg.pinv(x, **settings),
    bind=lambda a, rcond=None, hermitian=False, *, rtol=None: _bind_pinv(
        a, rcond if rtol is None else rtol, hermitian
    ),
    shapes=[((3, 3),), ((4, 2),), ((2, 3),), ((2, 3, 2),)],
    domain=_REGULAR,
    formulas=("g through d(x⁺)",),
    complex=True,
)


@composed(
    np.linalg.lstsq,
    cases=[(((4, 2), (4,)), {}), (((3, 3), (3, 2)), {}), (((4, 2), (4, 2)), {})],
    domain=(Near("eye"), (-2, 2)),
    complex=True,
)
def lstsq(a, b, rcond=None):
    data = a.data if hasattr(a, "requires_grad") else np.asarray(a)
    _, _, rank, _ = np.linalg.lstsq(data, np.zeros(np.shape(b)[:1]), rcond)
    if rcond is not None and rcond < 0:  # as NumPy: the precision of the numbers
        rcond = float(np.finfo(data.dtype).eps)
    x = np.linalg.pinv(a, **({} if rcond is None else {"rcond": rcond})) @ b
    m, n = data.shape
    residuals = np.zeros(0, np.zeros(0, np.result_type(x)).real.dtype)
    if rank == n < m:
        far = _columns(b - a @ x)
        residuals = np.sum(np.real(far * np.conj(far)), axis=0)
    return x, residuals, rank, np.linalg.svdvals(a)


@composed(
    np.linalg.cond,
    shapes=[((3, 3),)],
    domain=(0.5, 2),
    complex=True,
    settings=[{}, {"p": -2}, {"p": "fro"}, {"p": 1}],
)
def cond(x, p=None):
    if p in (None, 2, -2):
        s = np.linalg.svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    norm = lambda x: np.linalg.norm(x, p, axis=(-2, -1))  # noqa: E731
    return norm(x) * norm(np.linalg.inv(x))


@composed(
    np.linalg.tensorinv,
    cases=[(((2, 3, 6),), {"ind": 2}), (((1, 1, 1),), {"ind": 1})],
    domain=(Near("eye"),),
    complex=True,
)
def tensorinv(a, ind=2):
    shape = np.shape(a)
    if ind < 1:
        raise ValueError(f"tensorinv: ind is at least 1, not {ind}")
    rows = int(np.prod(shape[:ind]))
    return np.reshape(np.linalg.inv(np.reshape(a, (rows, -1))), shape[ind:] + shape[:ind])


@composed(
    np.linalg.tensorsolve, shapes=[((2, 2, 4), (2, 2))], domain=(Near("eye"), (-2, 2)), complex=True
)
def tensorsolve(a, b, axes=None):
    if axes is not None:
        axes = axes if isinstance(axes, tuple) else (axes,)
        a = np.moveaxis(a, axes, range(-len(axes), 0))
    shape = np.shape(a)[np.ndim(b) :]
    a = np.reshape(a, (np.size(b), -1))
    return np.reshape(np.linalg.solve(a, np.reshape(b, (-1,))), shape)
