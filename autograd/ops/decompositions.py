"""Eigenvalues, singular values, and triangular factors.

A decomposition has several results and a value holds one array, so the results travel side by
side in one, and are cut out of it. g belongs to dL = Re Σ g·dy, without a conjugate.

Between equal eigenvalues or singular values the vectors can be any basis. Where a gradient comes
to such vectors, the rules refuse it: what it is cannot be told from the matrix alone. Where none
comes, as for a sum of eigenvalues, they have nothing to add, and do. Phases of complex vectors are
free too; only what does not depend on them has a derivative.
"""

from __future__ import annotations

import numpy as np

from ..op import Hermitian, Near, composed, define


def _t(x):
    return np.swapaxes(x, -1, -2)


def _h(x):
    return np.conj(_t(x))


def _inverse(x, scale):
    """1 / x, and 0 where x is 0 but for rounding, beside the largest of ``scale``."""
    size = np.abs(_data(scale))
    largest = np.max(size, axis=-1, initial=0)
    largest = np.reshape(largest, largest.shape + (1,) * (np.ndim(x) - largest.ndim))
    nothing = np.abs(_data(x)) <= 10 * np.finfo(size.dtype).eps * largest
    return ~nothing / np.where(nothing, 1, x)


def _data(x):
    return x.data if hasattr(x, "requires_grad") else np.asarray(x)


def _turned(w, g):
    """g[i, j] / (w[j] − w[i]): what the vectors' turning towards each other brings.

    Raises
    ------
    LinAlgError
        Where two of ``w`` are equal and ``g`` is not 0 between them.
    """
    gaps = w[..., None, :] - w[..., :, None]
    inverse = _inverse(gaps, w)
    equal = (np.asarray(_data(inverse)) == 0) & ~np.eye(np.shape(w)[-1], dtype=bool)
    size = np.abs(_data(g))
    if np.any(size[np.broadcast_to(equal, size.shape)] > 1e-8 * np.max(size, initial=0)):
        raise np.linalg.LinAlgError(
            "two eigenvalues or singular values are equal, and their vectors, which can be any "
            "basis, have no derivative; use the values alone, or move the matrix a little"
        )
    return inverse * g


def _diagonal(x):
    """A matrix with the vector, or each of a stack of them, on its diagonal."""
    return x[..., None] * np.eye(np.shape(x)[-1])


# ---- Hermitian matrices ------------------------------------------------------------------------
# Entries are tied in pairs, and NumPy reads one of each.


def _read(g, UPLO):
    """The gradient of the entries that NumPy reads: they stand for their mirror images too."""
    both = g + _h(g)
    part = np.tril(both) if UPLO.upper() == "L" else np.triu(both)
    return part - np.real(g) * np.eye(np.shape(g)[-1])


def _shared(g):
    """The gradient shared between the two entries of a pair."""
    return (g + _h(g)) / 2


def eigh_packed(x, UPLO="L"):
    """np.linalg.eigh with the eigenvalues as the first row, above the matrix of vectors.

    Parameters
    ----------
    x : (..., n, n) array
        Hermitian.

    Returns
    -------
    (..., n + 1, n) array
    """
    w, v = np.linalg.eigh(x, UPLO)
    return np.concatenate([w[..., None, :].astype(v.dtype), v], axis=-2)


def _eigh_rule(g, y, x, UPLO="L"):
    w, v = np.real(y[..., 0, :]), y[..., 1:, :]
    middle = _diagonal(np.real(g[..., 0, :])) + _turned(w, _t(v) @ g[..., 1:, :])
    return _read(np.conj(v) @ middle @ _t(v), UPLO)


eigh_packed = define(
    eigh_packed,
    _eigh_rule,
    name="eigh",
    label="eigh",
    cases=[],
    formulas=("v̄ @ (diag(g_w) + F·(v.T @ g_v)) @ v.T",),
    complex=True,
)

EIGH = type(np.linalg.eigh(np.eye(1)))
_HERMITIAN = [((3, 3),), ((1, 1),), ((2, 2, 2),)]


@composed(
    np.linalg.eigh,
    shapes=_HERMITIAN,
    settings=[{}, {"UPLO": "U"}],
    domain=(Hermitian(),),
    complex=True,
)
def eigh(a, UPLO="L"):
    packed = eigh_packed(a) if UPLO == "L" else eigh_packed(a, UPLO=UPLO)
    return EIGH(np.real(packed[..., 0, :]), packed[..., 1:, :])


def _eigvalsh_rule(g, y, x, UPLO="L"):
    v = np.linalg.eigh(x, UPLO)[1]
    return _read((np.conj(v) * g[..., None, :]) @ _t(v), UPLO)


define(
    np.linalg.eigvalsh,
    lambda g, y, x, UPLO="L": _eigvalsh_rule(g, y, x, UPLO),
    shapes=_HERMITIAN,
    settings=[{}, {"UPLO": "U"}],
    domain=(Hermitian(),),
    formulas=("v̄ @ diag(g) @ v.T",),
    complex=True,
)


def _lower(g, y):
    """Φ(yᴴ ḡ): the lower triangle with half of its diagonal."""
    inside = _h(y) @ np.conj(g)
    half = np.tril(np.ones(np.shape(y)[-2:])) - np.eye(np.shape(y)[-1]) / 2
    return inside * half


def _cholesky_rule(g, y):
    inverse = np.linalg.inv(y)
    return np.conj(_shared(_h(inverse) @ _lower(np.tril(g), y) @ inverse))


define(
    np.linalg.cholesky,
    # As in PyTorch and JAX for every change that keeps the matrix Hermitian.
    # Murray 2016, "Differentiation of the Cholesky decomposition", eq. 10.
    lambda g, y, x: _cholesky_rule(g, y),
    bind=lambda a, /, *, upper=False: _lower_only(a, upper),
    shapes=_HERMITIAN,
    domain=(Hermitian(definite=True),),
    formulas=("y⁻ᵀ @ Φ(y.T @ g) @ y⁻¹",),
    complex=True,
)


def _lower_only(a, upper):
    if upper:
        raise NotImplementedError(
            "cholesky of a Value gives the lower factor; take its np.conj(.T)"
        )
    return (a,), {}


# ---- any square matrix -------------------------------------------------------------------------


def eig_packed(x):
    """np.linalg.eig with the eigenvalues as the first row, above the matrix of vectors.

    Parameters
    ----------
    x : (..., n, n) array

    Returns
    -------
    (..., n + 1, n) array
    """
    w, v = np.linalg.eig(x)
    return np.concatenate([w[..., None, :], v], axis=-2)


def _eig_rule(g, y, x):
    # Boeddeker et al. 2017, "On the computation of complex-valued gradients", section 4.18.
    w, v = y[..., 0, :], y[..., 1:, :]
    inner = _t(v) @ g[..., 1:, :]
    # The vectors keep length 1: what would lengthen them is taken off.
    along = np.real(np.sum(v * g[..., 1:, :], axis=-2))
    inner = inner - _t(_h(v) @ v) * along[..., None, :]
    middle = _diagonal(g[..., 0, :]) + _turned(w, inner)
    return _t(np.linalg.inv(v)) @ middle @ _t(v)


eig_packed = define(
    eig_packed,
    _eig_rule,
    name="eig",
    label="eig",
    cases=[],
    formulas=("v⁻ᵀ @ (diag(g_w) + F·(v.T @ g_v)) @ v.T",),
    complex=True,
)

EIG = type(np.linalg.eig(np.eye(1)))


@composed(np.linalg.eig, cases=[], complex=True)
def eig(a):
    packed = eig_packed(a)
    return EIG(packed[..., 0, :], packed[..., 1:, :])


define(
    np.linalg.eigvals,
    lambda g, y, x: _eigvals_rule(g, x),
    shapes=[((3, 3),), ((2, 2, 2),)],
    domain=(Near("spread"),),
    formulas=("v⁻ᵀ @ diag(g) @ v.T",),
    complex=True,
)


def _eigvals_rule(g, x):
    v = np.linalg.eig(x)[1]
    return _t(np.linalg.inv(v)) @ (_t(v) * g[..., :, None])


# ---- any matrix --------------------------------------------------------------------------------


def svd_packed(x):
    """The thin singular value decomposition, the three results flattened side by side.

    Parameters
    ----------
    x : (..., m, n) array

    Returns
    -------
    (..., m·k + k + k·n) array
        With k = min(m, n).
    """
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return _side_by_side(u, s.astype(u.dtype), vh)


def _side_by_side(u, s, vh):
    lead = np.shape(s)[:-1]
    parts = [np.reshape(u, (*lead, -1)), s, np.reshape(vh, (*lead, -1))]
    return np.concatenate(parts, axis=-1)


def _apart(y, shape):
    """`svd_packed` undone."""
    m, n = shape[-2:]
    k, lead = min(m, n), np.shape(y)[:-1]
    u = np.reshape(y[..., : m * k], (*lead, m, k))
    vh = np.reshape(y[..., m * k + k :], (*lead, k, n))
    return u, np.real(y[..., m * k : m * k + k]), vh


def _svd_rule(g, y, x):
    # Wan & Zhang 2019, "Automatic differentiation for complex valued SVD", eq. 11.
    m, n = np.shape(x)[-2:]
    u, s, vh = _apart(y, np.shape(x))
    gu, gs, gvh = _apart(np.conj(g), np.shape(x))
    v, gv = _h(vh), _h(gvh)
    inverse = _inverse(s, s)
    turn_u, turn_v = _h(u) @ gu, _h(v) @ gv
    middle = (
        (_turned(s * s, turn_u) + _h(_turned(s * s, turn_u))) * s[..., None, :]
        + s[..., :, None] * (_turned(s * s, turn_v) + _h(_turned(s * s, turn_v)))
        + _diagonal(gs)
    )
    if np.iscomplexobj(x):  # the phase that U and V share
        phase = np.imag(np.sum(np.conj(u) * gu, axis=-2))
        middle = middle + 1j * _diagonal(phase * inverse)
    back = u @ middle @ vh
    if m > n:
        back = back + ((gu - u @ turn_u) * inverse[..., None, :]) @ vh
    if n > m:
        back = back + (u * inverse[..., None, :]) @ _h(gv - v @ turn_v)
    return np.conj(back)


svd_packed = define(
    svd_packed,
    _svd_rule,
    name="svd",
    label="svd",
    cases=[],
    formulas=("g through U, S and V",),
    complex=True,
)

SVD = type(np.linalg.svd(np.eye(1)))


@composed(
    np.linalg.svd,
    cases=[
        (((3, 3),), {}),
        (((4, 2),), {"full_matrices": False}),
        (((2, 3),), {"full_matrices": False}),
        (((2, 3, 2),), {"full_matrices": False}),
        (((2, 3),), {"compute_uv": False}),
    ],
    domain=(Near("spread"),),
    complex=True,
)
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    if hermitian:
        raise NotImplementedError("svd of a Value has no rule for hermitian=True; leave it out")
    if not compute_uv:
        return np.linalg.svdvals(a)
    m, n = np.shape(a)[-2:]
    if full_matrices and m != n:
        raise NotImplementedError(
            f"svd of a Value of shape {np.shape(a)}: the columns that full_matrices adds are no "
            f"function of the matrix; pass full_matrices=False"
        )
    return SVD(*_apart(svd_packed(a), np.shape(a)))


define(
    np.linalg.svdvals,
    lambda g, y, x: _svdvals_rule(g, x),
    forward=lambda x: np.linalg.svd(x, compute_uv=False),
    shapes=[((3, 3),), ((4, 2),), ((2, 3, 4),)],
    domain=(Near("spread"),),
    formulas=("Ū @ diag(g) @ V̄ʜ",),
    complex=True,
)


def _svdvals_rule(g, x):
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return (np.conj(u) * g[..., None, :]) @ np.conj(vh)


def qr_packed(x):
    """The reduced QR decomposition of a tall matrix, Q above R.

    Parameters
    ----------
    x : (..., m, n) array
        With m ≥ n.

    Returns
    -------
    (..., m + n, n) array
    """
    q, r = np.linalg.qr(x)
    return np.concatenate([q, r], axis=-2)


def _qr_rule(g, y, x):
    # Walter & Lehmann 2013, "Algorithmic differentiation of linear algebra functions", section 3.
    m, n = np.shape(x)[-2:]
    q, r = y[..., :m, :], y[..., m:, :]
    diagonal = np.abs(np.diagonal(_data(r), axis1=-2, axis2=-1))
    if np.any(diagonal <= 10 * np.finfo(diagonal.dtype).eps * np.max(diagonal, initial=0)):
        raise np.linalg.LinAlgError(
            "qr: the columns are linearly dependent, so it has no derivative"
        )
    gq, gr = np.conj(g[..., :m, :]), np.conj(np.triu(g[..., m:, :]))
    inside = r @ _h(gr) - _h(gq) @ q
    below = np.tril(inside, -1)
    mirrored = below + _h(below) + np.real(inside) * np.eye(n)
    return np.conj((gq + q @ mirrored) @ _h(np.linalg.inv(r)))


qr_packed = define(
    qr_packed,
    _qr_rule,
    name="qr",
    label="qr",
    cases=[],
    formulas=("g through Q and R",),
    complex=True,
)

QR = type(np.linalg.qr(np.eye(1)))


@composed(
    np.linalg.qr,
    cases=[
        (((3, 3),), {}),
        (((4, 2),), {}),
        (((2, 3),), {}),
        (((4, 2),), {"mode": "r"}),
        (((2, 3, 2),), {}),
    ],
    domain=(Near("eye"),),
    complex=True,
)
def qr(a, mode="reduced"):
    m, n = np.shape(a)[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise NotImplementedError(
            f"qr of a Value has rules for mode='reduced' and 'r', not for {mode!r}"
        )
    packed = qr_packed(a[..., :, :m] if m < n else a)
    q, r = packed[..., :m, :], np.triu(packed[..., m:, :])
    if m < n:  # the rest of a wide matrix is turned along
        r = np.concatenate([r, _h(q) @ a[..., :, m:]], axis=-1)
    return r if mode == "r" else QR(q, r)
