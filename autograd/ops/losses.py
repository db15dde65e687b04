"""Losses that are one operation, so that they are exact where their parts would overflow."""

from __future__ import annotations

import numpy as np

from ..op import define
from .activation import log_softmax, softmax


def softmax_cross_entropy(x, target):
    """−sum(target · log(softmax(x))) along the last axis.

    Parameters
    ----------
    x : (..., classes) array
        Logits.
    target : (..., classes) array
        How much each class counts: a 1 among zeros, probabilities, or these times weights.

    Returns
    -------
    (...) array

    Examples
    --------
    >>> import numpy as np, autograd
    >>> x = np.array([[0.0, 0.0], [1000.0, -1000.0]])
    >>> autograd.softmax_cross_entropy(x, np.eye(2))
    array([6.93147181e-01, 2.00000000e+03])
    """
    with np.errstate(invalid="ignore"):
        # 0 · inf: a class that does not count may have any logit.
        parts = np.where(target == 0, 0, target * log_softmax(x))
    return -np.sum(parts, axis=-1)


softmax_cross_entropy = define(
    softmax_cross_entropy,
    lambda g, y, x, target: (
        np.expand_dims(g, -1) * (np.sum(target, axis=-1, keepdims=True) * softmax(x) - target)
    ),
    lambda g, y, x, target: -np.expand_dims(g, -1) * log_softmax(x),
    label="cross entropy",
    shapes=[((4, 3), (4, 3)), ((3,), (3,)), ((2, 2, 3), (2, 2, 3))],
    domain=(0.1, 2),
    formulas=("g·(sum(target)·softmax(x) − target)", "−g·log_softmax(x)"),
)


def binary_cross_entropy(x, target):
    """−(target·log(x) + (1 − target)·log(1 − x)), elementwise; the logarithms are at least −100.

    Parameters
    ----------
    x, target : arrays of the same shape
        Probabilities.
    """
    with np.errstate(divide="ignore"):
        there, not_there = np.maximum(np.log(x), -100), np.maximum(np.log1p(-x), -100)
    return -(target * there + (1 - target) * not_there)


binary_cross_entropy = define(
    binary_cross_entropy,
    # As PyTorch's, which is finite at 0 and 1 too.
    lambda g, y, x, target: g * (x - target) / np.maximum(x * (1 - x), 1e-12),
    lambda g, y, x, target: g * (np.log1p(-x) - np.log(x)),
    label="binary cross entropy",
    shapes=[((3,), (3,)), ((2, 3), (2, 3)), ((), ())],
    domain=(0.1, 0.9),
    formulas=("g·(x − target) / (x·(1 − x))", "g·log((1 − x) / x)"),
)


def huber(x, delta=1.0):
    """x² / 2, and δ·(|x| − δ/2) from |x| = δ on, elementwise.

    Parameters
    ----------
    x : array of any shape
        A difference.
    delta : float
        Above 0.

    References
    ----------
    Huber 1964, "Robust estimation of a location parameter".
    """
    size = np.abs(x)
    inside = np.minimum(size, delta)
    return inside * (size - 0.5 * inside)


huber = define(
    huber,
    lambda g, y, x, delta=1.0: g * np.minimum(np.maximum(x, -delta), delta),
    settings=[{}, {"delta": 0.3}],
    formulas=("g·min(max(x, −δ), δ)",),
)
