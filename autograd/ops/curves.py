"""Convolution of sequences, polynomials, and lines through points."""

from __future__ import annotations

import numpy as np

from ..op import Case, composed, define
from .shape import astype


def convolve_full(a, b):
    """np.convolve in full: y[k] = Σ a[i] · b[k − i].

    Parameters
    ----------
    a : (n,) array
    b : (m,) array

    Returns
    -------
    (n + m − 1,) array
    """
    return np.convolve(a, b)


def _shifted_products(g, b):
    """Σ over k of g[k] · b[k − i], for every i at which b fits below g."""
    m = np.shape(b)[0]
    n = np.shape(g)[0] - m + 1
    return convolve_full(g, np.flip(b))[m - 1 : m - 1 + n]


convolve_full = define(
    convolve_full,
    lambda g, y, a, b: _shifted_products(g, b),
    lambda g, y, a, b: _shifted_products(g, a),
    name="convolve",
    label="convolve",
    shapes=[((4,), (2,)), ((2,), (3,)), ((1,), (1,))],
    formulas=("g ⋆ b", "g ⋆ a"),
    complex=True,
)

_MODES: list[Case] = [
    (((5,), (3,)), {}),
    (((2,), (4,)), {"mode": "same"}),
    (((5,), (3,)), {"mode": "same"}),
    (((5,), (2,)), {"mode": "valid"}),
    (((2,), (5,)), {"mode": "valid"}),
]


def _middle(full, n, m, mode):
    """The part of a full convolution that a mode keeps."""
    if mode == "full":
        return full
    if mode not in ("same", "valid"):
        raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")
    length = max(n, m) if mode == "same" else max(n, m) - min(n, m) + 1
    start = (n + m - 1 - length) // 2 if mode == "same" else min(n, m) - 1
    return full[start : start + length]


@composed(np.convolve, cases=_MODES, complex=True)
def convolve(a, v, mode="full"):
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    return _middle(convolve_full(a, v), np.shape(a)[0], np.shape(v)[0], mode)


@composed(
    np.correlate,
    cases=[*_MODES, (((5,), (3,)), {"mode": "full"})],
    complex=True,
)
def correlate(a, v, mode="valid"):
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    if np.shape(v)[0] > np.shape(a)[0]:  # as NumPy: the longer one is slid over, then turned back
        return np.flip(np.conj(correlate(v, a, mode)))
    return convolve(a, np.flip(np.conj(v)), mode)


@composed(np.polyval, shapes=[((3,), (2,)), ((1,), ()), ((4,), (2, 2))], complex=True)
def polyval(p, x):
    y = np.zeros_like(x)
    for i in range(np.shape(p)[0]):
        y = y * x + p[i]
    return y


@composed(np.polymul, shapes=[((3,), (2,))], complex=True)
def polymul(a1, a2):
    # Zeros in front, which NumPy cuts off, stay: they are coefficients, and have derivatives.
    return convolve_full(np.atleast_1d(a1), np.atleast_1d(a2))


@composed(
    np.interp,
    cases=[
        (((3,), (4,), (4,)), {}),
        (((), (4,), (4,)), {}),
        (((4,), (3,), (3,)), {"left": 0.0, "right": 9.0}),
    ],
    domain=((0.2, 3.4), (0.5, 3.0), (-2, 2)),
)
def interp(x, xp, fp, left=None, right=None, period=None):
    if period is not None:
        raise NotImplementedError("interp of a Value takes no period; wrap x with np.remainder")
    places = xp.data if hasattr(xp, "requires_grad") else np.asarray(xp)
    x_data = x.data if hasattr(x, "requires_grad") else np.asarray(x)
    fp = fp if hasattr(fp, "requires_grad") else np.asarray(fp)
    x = x if hasattr(x, "requires_grad") else x_data
    xp = xp if hasattr(xp, "requires_grad") else places
    i = np.clip(np.searchsorted(places, x_data, side="right") - 1, 0, max(len(places) - 2, 0))
    x, xp, fp = (v if v.dtype == float else astype(v, float) for v in (x, xp, fp))
    above = np.minimum(i + 1, len(places) - 1)
    width = xp[above] - xp[i]
    share = (x - xp[i]) / (width + (width == 0))  # one point alone is a line of no width
    y = fp[i] + share * (fp[above] - fp[i])
    y = np.where(x_data < places[0], fp[0] if left is None else left, y)
    return np.where(x_data > places[-1], fp[-1] if right is None else right, y)


@composed(np.bincount, cases=[])
def bincount(x, /, weights=None, minlength=0):
    from .index import scatter

    x = np.asarray(x)
    bins = np.bincount(x, minlength=minlength).shape
    if np.shape(weights) != np.shape(x):
        raise ValueError(
            f"bincount: {np.shape(x)[0]} numbers and weights of shape {np.shape(weights)}; each "
            f"needs one"
        )
    weights = weights if np.result_type(weights) == np.float64 else astype(weights, float)
    return scatter(weights, x, bins)


@composed(np.vander, cases=[(((3,),), {}), (((2,),), {"N": 3, "increasing": True})], complex=True)
def vander(x, N=None, increasing=False):
    if np.ndim(x) != 1:
        raise ValueError(f"vander takes one row of numbers, not the shape {np.shape(x)}")
    powers = np.arange(np.shape(x)[0] if N is None else N)
    return np.reshape(x, (-1, 1)) ** (powers if increasing else powers[::-1])
