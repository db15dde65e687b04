"""The functions of neural networks that NumPy has no name for."""

from __future__ import annotations

import math

import numpy as np

from ..op import SINGLE, define
from .error_function import erf_of
from .sums import sums

_ROWS = [shape for shape in SINGLE if shape != ((),)]


def relu(x):
    """max(x, 0), elementwise; the derivative at 0 is taken as 0.

    Parameters
    ----------
    x : array of any shape

    Examples
    --------
    >>> import numpy as np, autograd
    >>> autograd.relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return np.maximum(x, 0)


relu = define(relu, lambda g, y, x: g * (x > 0), scalar=lambda x: 0.0 if x < 0 else x)


def leaky_relu(x, negative_slope=0.01):
    """x where x > 0, else negative_slope · x, elementwise.

    Parameters
    ----------
    x : array of any shape
    negative_slope : float
    """
    if 0 < negative_slope <= 1:  # not 0, whose product with infinity is a NaN
        return np.maximum(x, np.multiply(x, negative_slope))
    return np.maximum(x, 0) + negative_slope * np.minimum(x, 0)


def one_or(slope, x):
    """1 where x > 0, else the slope; `np.where` takes a branch for each number."""
    one = np.greater(x, 0).astype(getattr(x, "dtype", float))
    if isinstance(slope, (int, float)) and 0 <= slope <= 1:
        return np.maximum(one, slope)
    return one + slope * (1 - one)


leaky_relu = define(
    leaky_relu,
    lambda g, y, x, negative_slope=0.01: g * one_or(negative_slope, x),
    label="leaky relu",
    settings=[{}, {"negative_slope": 0.2}],
    formulas=("g·(1 if x > 0 else slope)",),
)


def elu(x, alpha=1.0):
    """x where x > 0, else alpha·(exp(x) − 1), elementwise (Clevert et al. 2016, eq. 15)."""
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))


def _elu_slope(x, alpha):
    slope = np.exp(np.minimum(x, 0))  # 1 where x > 0
    return slope if alpha == 1 else slope * one_or(alpha, x)


elu = define(
    elu,
    lambda g, y, x, alpha=1.0: g * _elu_slope(x, alpha),
    settings=[{}, {"alpha": 0.5}],
    formulas=("g·(1 if x > 0 else α·exp(x))",),
)


def sigmoid(x):
    """1 / (1 + exp(−x)), elementwise, without overflow for any x.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> autograd.sigmoid(np.array([-1000.0, 0.0]))
    array([0. , 0.5])
    """
    with np.errstate(over="ignore"):  # exp gives infinity, and its quotient is the right 0
        e = np.exp(np.multiply(x, -1.0))  # of unsigned integers too
    e += 1
    return 1 / e


def _sigmoid(x):
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


sigmoid = define(
    sigmoid,
    lambda g, y, x: g * (y * (1 - y)),  # in this order NumPy writes one product over the other
    label="σ",
    scalar=_sigmoid,
    formulas=("g·y·(1 − y)",),
)


def silu(x):
    """x · sigmoid(x), elementwise (Elfwing et al. 2018)."""
    return x * sigmoid(x)


def _silu_back(g, y, x):
    weight = sigmoid(x)
    return g * (weight + y * (1 - weight))


silu = define(
    silu,
    lambda g, y, x: _silu_back(g, y, x),
    formulas=("g·(σ(x) + y·(1 − σ(x)))",),
)


def softplus(x):
    """log(1 + exp(x)), elementwise, without overflow."""
    return np.maximum(x, 0) + log1p_exp(x)


def log1p_exp(x):
    """log(1 + exp(−|x|)), of arrays; `np.logaddexp` computes one number at a time."""
    return np.log1p(np.exp(np.copysign(x, -1.0)))  # −|x|, of unsigned integers too


softplus = define(
    softplus,
    lambda g, y, x: g * sigmoid(x),
    scalar=lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
)


def erf(x):
    """The error function, 2/√π · ∫₀ˣ exp(−t²) dt, elementwise."""
    x = np.asarray(x)  # NumPy has no erf, and SciPy is not a dependency
    return erf_of(x if x.dtype.kind == "f" else x.astype(float))


erf = define(erf, lambda g, y, x: g * (2 / math.sqrt(math.pi)) * np.exp(-x * x), scalar=math.erf)


def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along an axis, without overflow.

    Parameters
    ----------
    x : array of any shape
    axis : int
    """
    e = x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    np.exp(e, out=e)
    e /= np.sum(e, axis=axis, keepdims=True)
    return e


softmax = define(
    softmax,
    lambda g, y, x, axis=-1: y * (g - sums(g, y, axis=axis)),
    shapes=_ROWS,
    settings=[{}, {"axis": 0}],
    formulas=("y·(g − sum(g·y))",),
)


def log_softmax(x, axis=-1):
    """log(softmax(x)) along an axis, exact where softmax itself rounds to 0.

    Parameters
    ----------
    x : array of any shape
    axis : int
    """
    shifted = x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    with np.errstate(divide="ignore"):  # an empty row sums to 0
        shifted -= np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
    return shifted


log_softmax = define(
    log_softmax,
    lambda g, y, x, axis=-1: g - np.exp(y) * sums(g, axis=axis),
    label="log softmax",
    shapes=_ROWS,
    settings=[{}, {"axis": 0}],
    formulas=("g − exp(y)·sum(g)",),
)
