"""Smooth activations beside those of `activation`, as operations of their own for exactness."""

from __future__ import annotations

import math

import numpy as np

from ..op import define
from .activation import log1p_exp, sigmoid, softplus


def log_sigmoid(x):
    """log(1 / (1 + exp(−x))), elementwise, exact where the sigmoid itself rounds to 0.

    Parameters
    ----------
    x : array of any shape
    """
    return np.minimum(x, 0) - log1p_exp(x)


log_sigmoid = define(
    log_sigmoid,
    lambda g, y, x: g * sigmoid(-x),
    label="log σ",
    scalar=lambda x: min(x, 0.0) - math.log1p(math.exp(-abs(x))),
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
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha)


celu = define(
    celu,
    lambda g, y, x, alpha=1.0: g * np.exp(np.minimum(x, 0) / alpha),
    settings=[{}, {"alpha": 0.5}, {"alpha": -1.5}],
    formulas=("g·(1 if x > 0 else exp(x / α))",),
)


def _scaled(x, beta):
    return x if beta == 1 else beta * x


def _sharp_slope(x, beta, threshold):
    scaled = _scaled(x, beta)
    return np.maximum(sigmoid(scaled), scaled > threshold)  # the sigmoid is at most 1


def sharp_softplus(x, beta=1.0, threshold=20.0):
    """log(1 + exp(beta · x)) / beta, and x itself where beta · x is above a threshold.

    Parameters
    ----------
    x : array of any shape
    beta, threshold : float
    """
    scaled = _scaled(x, beta)
    above = log1p_exp(scaled) / beta
    above *= scaled <= threshold
    y = (np.maximum if beta > 0 else np.minimum)(x, 0) + above
    return y if threshold >= 0 else np.where(scaled > threshold, x, y)


sharp_softplus = define(
    sharp_softplus,
    lambda g, y, x, beta=1.0, threshold=20.0: g * _sharp_slope(x, beta, threshold),
    label="softplus",
    settings=[{}, {"beta": 3.0, "threshold": 2.0}],
    formulas=("g·σ(β·x)",),
)
