"""Losses between scores and classes."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import autograd
from autograd import Value, softplus, untraced

from .reduction import all_count, class_weights, hot_rows, like, reduced, same_shape, times, traced


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Value:
    """−log of the probability that softmax gives the right class.

    Parameters
    ----------
    input : (batch, classes) array or Value, or (classes,), or (batch, classes, d1, d2, ...)
        Logits: any numbers, not probabilities.
    target : integer array of that shape without the classes, or an array of just that shape
        The right classes, or the probability of each.
    weight : (classes,) array, optional
        How much each class counts. "mean" divides by the sum of the weights of the right classes.
    ignore_index : int
        Where the target is this, nothing counts. If nothing at all does, the mean is NaN.
    reduction : {"mean", "sum", "none"}
    label_smoothing : float
        This share of the target is spread evenly over all classes.

    Notes
    -----
    The settings after ``weight`` are keywords: PyTorch has two obsolete ones between them.

    References
    ----------
    Szegedy et al. 2016, "Rethinking the inception architecture", section 7 (smoothing).

    Examples
    --------
    >>> import numpy as np
    >>> round(cross_entropy(np.array([[0.0, 0.0]]), np.array([1])).item(), 4)
    0.6931
    """
    name = "cross_entropy"
    x = _classes_last(name, traced(name, input))
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"{name}: label_smoothing is between 0 and 1, not {label_smoothing!r}")
    weights = class_weights(name, weight, x)
    if np.shape(target) == np.shape(input) and _kind(target) == "f":
        wanted: Any = like(x, target)
        wanted = np.moveaxis(wanted, 1, -1) if np.ndim(target) > 2 else wanted
        wanted = (1 - label_smoothing) * wanted + label_smoothing / x.shape[-1]
        rows = x.size // x.shape[-1]
        losses = autograd.softmax_cross_entropy(x, times(wanted, weights))
        return reduced(name, losses, reduction, count=rows)
    hot, counted = hot_rows(name, x, target, ignore_index)
    shares = times(hot, weights)
    total = counted if weights is None else shares.sum()
    if label_smoothing:
        even = np.any(hot, axis=-1, keepdims=True) * np.asarray(1 / x.shape[-1], x.dtype)
        shares = (1 - label_smoothing) * shares + label_smoothing * times(even, weights)
    losses = autograd.softmax_cross_entropy(x, shares)
    return reduced(name, losses, reduction, None if all_count(total, losses) else total)


def nll_loss(
    input: Any, target: Any, weight: Any = None, *, ignore_index: int = -100, reduction="mean"
) -> Value:
    """−input at the right class; `cross_entropy` of logarithms of probabilities.

    Parameters
    ----------
    input : (batch, classes) array or Value, or (classes,), or (batch, classes, d1, d2, ...)
        Logarithms of probabilities, from `log_softmax`.
    target : integer array of that shape without the classes
    weight, ignore_index, reduction
        As in `cross_entropy`.
    """
    name = "nll_loss"
    x = _classes_last(name, traced(name, input))
    hot, counted = hot_rows(name, x, target, ignore_index)
    weights = class_weights(name, weight, x)
    shares = times(hot, weights)
    losses = -np.sum(np.where(hot > 0, x, 0.0) * shares, axis=-1)
    total = counted if weights is None else shares.sum()
    return reduced(name, losses, reduction, None if all_count(total, losses) else total)


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean"
) -> Value:
    """−log of the probability that was given to the target.

    Parameters
    ----------
    input : array or Value of any shape
        Probabilities from 0 to 1; of logits use `binary_cross_entropy_with_logits`.
    target : array or Value of that shape
        0 or 1, or a probability.
    weight : array that broadcasts to that shape, optional
    reduction : {"mean", "sum", "none"}

    Notes
    -----
    Logarithms count as at least −100, so that a wrong answer of certainty has a finite loss.
    """
    name = "binary_cross_entropy"
    x = traced(name, input)
    t = like(x, target)
    same_shape(name, x, t)
    untraced(partial(_probabilities, name), x)
    return reduced(name, times(autograd.binary_cross_entropy(x, t), weight), reduction)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Value:
    """−log of the probability that the logistic function gives to the target.

    Parameters
    ----------
    input : array or Value of any shape
        Logits.
    target : array or Value of that shape
        0 or 1, or a probability.
    weight : array that broadcasts to that shape, optional
    reduction : {"mean", "sum", "none"}
    pos_weight : array that broadcasts to that shape, optional
        How much more the positive targets count.

    Notes
    -----
    softplus(x) − x·t, which is log(1 + exp(x)) − x·t without overflow.
    """
    name = "binary_cross_entropy_with_logits"
    x = traced(name, input)
    t = like(x, target)
    same_shape(name, x, t)
    if pos_weight is None:
        losses = softplus(x) - x * t
    else:
        losses = (1 - t) * x + (1 + (like(x, pos_weight) - 1) * t) * softplus(-x)
    return reduced(name, times(losses, weight), reduction)


def _classes_last(name: str, x: Any) -> Any:
    if x.ndim == 0:
        raise ValueError(f"{name}: logits are (batch, classes), got one number")
    return np.moveaxis(x, 1, -1) if x.ndim > 2 else x


def _kind(x: Any) -> str:
    return x.dtype.kind if isinstance(x, Value) else np.asarray(x).dtype.kind


def _probabilities(name: str, x: Any) -> None:
    if np.any((x < 0) | (x > 1)):
        raise ValueError(
            f"{name}: probabilities are from 0 to 1, got {np.min(x):g} to {np.max(x):g}; of "
            f"logits use binary_cross_entropy_with_logits"
        )
