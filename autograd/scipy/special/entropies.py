"""Logarithms, entropies and losses: xlogy, entr, kl_div, logit, logsumexp, softmax, huber."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from ...op import PAIR, Case, define
from ...ops.reduce import kept
from ..constant import is_plain

define(sp.expit, lambda g, y, x: g * y * (1 - y))
define(sp.log_expit, lambda g, y, x: g * sp.expit(-x))
define(sp.logit, lambda g, y, x: g / (x * (1 - x)), domain=(0.1, 0.9))

define(
    sp.xlogy,
    # At x = y = 0 the value is 0 by convention; its derivatives are taken as 0 too, as in PyTorch.
    lambda g, y, a, b: g * np.log(b + ((a == 0) & (b == 0))),
    lambda g, y, a, b: g * a / (b + ((a == 0) & (b == 0))),
    shapes=PAIR,
    domain=(0.5, 2),
    formulas=("g·log(b)", "g·a / b"),
)
define(
    sp.xlog1py,
    lambda g, y, a, b: g * np.log1p(b + ((a == 0) & (b == -1))),
    lambda g, y, a, b: g * a / (1 + b + ((a == 0) & (b == -1))),
    shapes=PAIR,
    domain=(0.5, 2),
    formulas=("g·log(1 + b)", "g·a / (1 + b)"),
)
define(sp.entr, lambda g, y, x: -g * (np.log(x) + 1), domain=(0.2, 2))
define(
    sp.rel_entr,
    lambda g, y, a, b: g * (np.log(a / b) + 1),
    lambda g, y, a, b: -g * a / b,
    shapes=PAIR,
    domain=(0.5, 2),
)
define(
    sp.kl_div,
    lambda g, y, a, b: g * np.log(a / b),
    lambda g, y, a, b: g * (1 - a / b),
    shapes=PAIR,
    domain=(0.5, 2),
)


def _beyond(delta, r):
    return np.abs(r) > delta


define(
    sp.huber,
    lambda g, y, delta, r: g * (np.abs(r) - delta) * _beyond(delta, r),
    lambda g, y, delta, r: g * np.where(_beyond(delta, r), delta * np.sign(r), r),
    shapes=PAIR,
    domain=((0.5, 1), (-0.4, 2)),
    formulas=("g·(|r| − δ)·(|r| > δ)", "g·(r if |r| ≤ δ else ±δ)"),
)


def _stretch(delta, r):
    return np.sqrt(1 + (r / delta) ** 2)


define(
    sp.pseudo_huber,  # δ²(√(1 + (r/δ)²) − 1)
    lambda g, y, delta, r: g * (2 * y / delta - r * r / (delta * _stretch(delta, r))),
    lambda g, y, delta, r: g * r / _stretch(delta, r),
    shapes=PAIR,
    domain=((0.5, 2), (-2, 2)),
    formulas=("g·(2·y/δ − r·r/(δ·√(1 + r²/δ²)))", "g·r / √(1 + r²/δ²)"),
)


def _spread(g, a, b, axis, keepdims):
    """``g`` put back over the shape that a and b are broadcast to."""
    shape = np.broadcast_shapes(np.shape(a), () if b is None else np.shape(b))
    return kept(g, np.broadcast_to(0.0, shape), axis, keepdims)


def _share(g, y, a, b, axis, keepdims):
    return _spread(g, a, b, axis, keepdims) * np.exp(a - _spread(y, a, b, axis, keepdims))


def logsumexp_of(a, b=None, axis=None, keepdims=False):
    return sp.logsumexp(a, axis=axis, b=b, keepdims=keepdims)


logsumexp_of = define(
    logsumexp_of,
    lambda g, y, a, b=None, axis=None, keepdims=False: (
        _share(g, y, a, b, axis, keepdims) * (1 if b is None else b)
    ),
    lambda g, y, a, b=None, axis=None, keepdims=False: _share(g, y, a, b, axis, keepdims),
    label="logsumexp",
    cases=[
        (((), ()), {}),
        (((3,), (3,)), {"axis": 0}),
        (((2, 3), (2, 3)), {"axis": 1, "keepdims": True}),
        (((2, 3), (3,)), {"axis": -1}),
        (((2, 3), ()), {}),
        (((2, 3, 2), (2, 1, 1)), {"axis": (0, 2)}),
    ],
    domain=((-2, 2), (0.5, 2)),
    formulas=("g·b·exp(a − y)", "g·exp(a − y)"),
)


def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """log(Σ b exp(a)), without overflow.

    Parameters
    ----------
    a : array
    axis : int, tuple of int or None
    b : array that broadcasts to the shape of ``a``, optional
        Factors.
    keepdims : bool
    return_sign : bool
        Only of plain arrays.
    """
    if is_plain(a, b):
        return sp.logsumexp(a, axis=axis, b=b, keepdims=keepdims, return_sign=return_sign)
    if return_sign:
        raise NotImplementedError(
            "logsumexp of a Value has no return_sign; take np.sum(b * np.exp(a)) apart by its sign"
        )
    return logsumexp_of(_array(a), _array(b), axis=axis, keepdims=keepdims)


def _array(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, (list, tuple)) else x


def softmax(x, axis=None):
    return sp.softmax(x, axis)


_ROWS: list[Case] = [
    (((4,),), {}),
    (((2, 4),), {}),
    (((2, 4),), {"axis": 1}),
    (((2, 4),), {"axis": (0, 1)}),
    (((),), {}),
]

softmax = define(
    softmax,
    lambda g, y, x, axis=None: y * (g - np.sum(g * y, axis=axis, keepdims=True)),
    label="softmax",
    cases=_ROWS,
    formulas=("y·(g − sum(g·y))",),
)


def log_softmax(x, axis=None):
    return sp.log_softmax(x, axis)


log_softmax = define(
    log_softmax,
    lambda g, y, x, axis=None: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True),
    label="log softmax",
    cases=_ROWS,
    formulas=("g − exp(y)·sum(g)",),
)
