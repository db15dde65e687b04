"""Losses between scores and classes."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Value, softplus

from .reduction import like, reduced, same_shape, traced


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
    weights = _weights(name, weight, x)
    if np.shape(target) == np.shape(input) and _kind(target) == "f":
        wanted: Any = like(x, target)
        wanted = np.moveaxis(wanted, 1, -1) if np.ndim(target) > 2 else wanted
        wanted = (1 - label_smoothing) * wanted + label_smoothing / x.shape[-1]
        rows = x.size // x.shape[-1]
        losses = autograd.softmax_cross_entropy(x, _times(wanted, weights))
        return reduced(name, losses, reduction, count=rows)
    hot, counted = _one_hot(name, x, target, ignore_index)
    shares = _times(hot, weights)
    total = counted if weights is None else shares.sum()
    if label_smoothing:
        even = np.any(hot, axis=-1, keepdims=True) * np.asarray(1 / x.shape[-1], x.dtype)
        shares = (1 - label_smoothing) * shares + label_smoothing * _times(even, weights)
    losses = autograd.softmax_cross_entropy(x, shares)
    return _mean_or_nan(name, losses, reduction, total)


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
    hot, counted = _one_hot(name, x, target, ignore_index)
    weights = _weights(name, weight, x)
    shares = _times(hot, weights)
    losses = -np.sum(np.where(hot > 0, x, 0.0) * shares, axis=-1)
    return _mean_or_nan(name, losses, reduction, counted if weights is None else shares.sum())


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
    if np.any((x._data < 0) | (x._data > 1)):
        raise ValueError(
            f"{name}: probabilities are from 0 to 1, got {np.min(x._data):g} to "
            f"{np.max(x._data):g}; of logits use binary_cross_entropy_with_logits"
        )
    return reduced(name, _times(autograd.binary_cross_entropy(x, t), weight), reduction)


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
    return reduced(name, _times(losses, weight), reduction)


def hinge_loss(input: Any, target: Any, reduction: str = "mean", *, margin: float = 1.0) -> Value:
    """max(0, margin − target · input), for targets of −1 and 1: what a support vector machine has.

    Parameters
    ----------
    input : array or Value of any shape
        Scores.
    target : array of that shape
        −1 or 1.
    reduction : {"mean", "sum", "none"}
    margin : float

    References
    ----------
    Cortes & Vapnik 1995, "Support-vector networks".
    """
    x, t = _signs("hinge_loss", input, target)
    return reduced("hinge_loss", autograd.relu(margin - t * x), reduction)


def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Value:
    """log(1 + exp(−target · input)), for targets of −1 and 1."""
    x, t = _signs("soft_margin_loss", input, target)
    return reduced("soft_margin_loss", softplus(-t * x), reduction)


def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, *, reduction: str = "mean"
) -> Value:
    """The distance of pairs that are alike (1), max(0, margin − distance) of others (−1)."""
    x, t = _signs("hinge_embedding_loss", input, target)
    losses = np.where(t == 1, x, autograd.relu(margin - x))
    return reduced("hinge_embedding_loss", losses, reduction)


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    *,
    reduction: str = "mean",
) -> Value:
    """The mean over the wrong classes of max(0, margin − right score + wrong score)^p.

    Parameters
    ----------
    input : (batch, classes) array or Value, or (classes,)
        Scores.
    target : integer array of (batch,), or one
    p : {1, 2}
    margin : float
    weight : (classes,) array, optional
    reduction : {"mean", "sum", "none"}

    References
    ----------
    Crammer & Singer 2001, "On the algorithmic implementation of multiclass kernel-based vector
    machines".
    """
    name = "multi_margin_loss"
    if p not in (1, 2):
        raise ValueError(f"{name}: p is 1 or 2, not {p!r}")
    x = traced(name, input)
    hot, _ = _one_hot(name, x, target, None)
    right = np.sum(x * hot, axis=-1, keepdims=True)
    over = autograd.relu(margin - right + x) ** p * (1 - hot)
    weights = _weights(name, weight, x)
    if weights is not None:
        over = over * np.sum(hot * weights, axis=-1, keepdims=True)
    return reduced(name, np.sum(over, axis=-1) / x.shape[-1], reduction)


def _signs(name: str, input: Any, target: Any) -> tuple[Value, Any]:
    x = traced(name, input)
    t = like(x, target)
    same_shape(name, x, t)
    found = np.unique(getattr(t, "data", t))
    if not np.all(np.isin(found, (-1, 1))):
        raise ValueError(
            f"{name}: targets are -1 and 1, got {found[:5].tolist()}; 2 * target - 1 makes them "
            f"of 0 and 1"
        )
    return x, t


def _classes_last(name: str, x: Any) -> Any:
    if x.ndim == 0:
        raise ValueError(f"{name}: logits are (batch, classes), got one number")
    return np.moveaxis(x, 1, -1) if x.ndim > 2 else x


def _kind(x: Any) -> str:
    return np.asarray(x.data if isinstance(x, Value) else x).dtype.kind


def _one_hot(name: str, x: Value, target: Any, ignore: int | None) -> tuple[np.ndarray, int]:
    """A 1 among zeros for each row, zeros alone where it is ignored; and how many are not."""
    classes = np.asarray(target.data if isinstance(target, Value) else target)
    if classes.dtype.kind not in "iu" or classes.shape != x.shape[:-1]:
        raise ValueError(
            f"{name}: the target is one integer class for each of shape {x.shape[:-1]}, got "
            f"shape {classes.shape} of {classes.dtype}"
        )
    kept = classes != ignore if ignore is not None else np.ones(classes.shape, bool)
    named = classes[kept]
    if named.size and not 0 <= named.min() <= named.max() < x.shape[-1]:
        raise ValueError(
            f"{name}: classes go from 0 to {x.shape[-1] - 1}, got {named.min()} to {named.max()}"
        )
    hot = np.zeros((classes.size, x.shape[-1]), x.dtype)
    rows = np.flatnonzero(kept)
    hot[rows, named.reshape(-1)] = 1
    return hot.reshape(x.shape), rows.size


def _weights(name: str, weight: Any, x: Value) -> Any:
    if weight is None:
        return None
    weights = like(x, weight)
    if weights.shape != x.shape[-1:]:
        raise ValueError(
            f"{name}: weight has one number for each of the {x.shape[-1]} classes, got shape "
            f"{weights.shape}"
        )
    return weights


def _times(x: Any, weight: Any) -> Any:
    return x if weight is None else x * np.asarray(getattr(weight, "data", weight), x.dtype)


def _mean_or_nan(name: str, losses: Value, reduction: str, total: Any) -> Value:
    """The mean over what counts; NaN where nothing does, as in PyTorch."""
    if reduction == "mean" and not total:
        return losses.sum() + np.nan  # whose gradient is 0
    if total == losses.size:
        return reduced(name, losses, reduction)
    return reduced(name, losses, reduction, count=total)
