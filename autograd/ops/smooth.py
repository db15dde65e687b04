"""Smooth activations beside those of `activation`, as operations of their own for exactness."""

from __future__ import annotations

import numpy as np

from ..op import define
from .activation import sigmoid, softplus


def log_sigmoid(x):
    """log(1 / (1 + exp(−x))), elementwise, exact where the sigmoid itself rounds to 0.

    Parameters
    ----------
    x : array of any shape
    """
    return -np.logaddexp(-x, 0)


log_sigmoid = define(
    log_sigmoid,
    lambda g, y, x: g * sigmoid(-x),
    label="log σ",
)


def softsign(x):
    """x / (1 + \\|x\\|), elementwise.

    Parameters
    ----------
    x : array of any shape
    """
    return x / (1 + np.abs(x))


softsign = define(softsign, lambda g, y, x: g / ((1 + np.abs(x)) * (1 + np.abs(x))))


def mish(x):
    """x · tanh(softplus(x)), elementwise (Misra 2019, eq. 1).

    Parameters
    ----------
    x : array of any shape
    """
    return x * np.tanh(softplus(x))


def _mish_slope(x):
    tanh = np.tanh(softplus(x))
    return tanh + x * sigmoid(x) * (1 - tanh * tanh)


mish = define(mish, lambda g, y, x: g * _mish_slope(x), formulas=("g·(t + x·σ(x)·(1 − t·t))",))


def celu(x, alpha=1.0):
    """x where x > 0, else alpha·(exp(x / alpha) − 1), elementwise (Barron 2017, eq. 2).

    Parameters
    ----------
    x : array of any shape
    alpha : float
        Not 0.
    """
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha))


celu = define(
    celu,
    lambda g, y, x, alpha=1.0: g * np.where(x > 0, 1, np.exp(np.minimum(x, 0) / alpha)),
    settings=[{}, {"alpha": 0.5}, {"alpha": -1.5}],
    formulas=("g·(1 if x > 0 else exp(x / α))",),
)


def sharp_softplus(x, beta=1.0, threshold=20.0):
    """log(1 + exp(beta · x)) / beta, and x itself where beta · x is above a threshold.

    Parameters
    ----------
    x : array of any shape
    beta, threshold : float
    """
    return np.where(beta * x > threshold, x, softplus(beta * x) / beta)


sharp_softplus = define(
    sharp_softplus,
    lambda g, y, x, beta=1.0, threshold=20.0: (
        g * np.where(beta * x > threshold, 1, sigmoid(beta * x))
    ),
    label="softplus",
    settings=[{}, {"beta": 3.0, "threshold": 2.0}],
    formulas=("g·σ(β·x)",),
)
