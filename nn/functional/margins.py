"""Losses of scores that should lie on the right side, by a margin."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import autograd
from autograd import Value, softplus

from .reduction import (
    above,
    class_weights,
    hot_rows,
    like,
    reduced,
    same_shape,
    signs,
    times,
    traced,
)


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
    x, t = _signed("hinge_loss", input, target)
    return reduced("hinge_loss", autograd.relu(margin - t * x), reduction)


def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Value:
    """log(1 + exp(−target · input)), for targets of −1 and 1."""
    x, t = _signed("soft_margin_loss", input, target)
    return reduced("soft_margin_loss", softplus(-t * x), reduction)


def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, *, reduction: str = "mean"
) -> Value:
    """The distance of pairs that are alike (1), max(0, margin − distance) of others (−1)."""
    x, t = _signed("hinge_embedding_loss", input, target)
    losses = np.where(t == 1, x, above(margin - x))
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
    hot, _ = hot_rows(name, x, target, None)
    right = np.sum(x * hot, axis=-1, keepdims=True)
    over = autograd.relu(margin - right + x) ** p * (1 - hot)
    weights = class_weights(name, weight, x)
    if weights is not None:
        over = over * np.sum(hot * weights, axis=-1, keepdims=True)
    return reduced(name, np.sum(over, axis=-1) / x.shape[-1], reduction)


def multilabel_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Value:
    """The sum over right and wrong classes of max(0, 1 − right score + wrong score) / classes.

    Parameters
    ----------
    input : (batch, classes) array or Value, or (classes,)
        Scores.
    target : integer array of that shape
        The right classes of each row, as many as there are, then −1.
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.array([[0.1, 0.2, 0.4, 0.8]])
    >>> round(multilabel_margin_loss(scores, np.array([[3, 0, -1, 1]])).item(), 4)
    0.85
    """
    name = "multilabel_margin_loss"
    x = traced(name, input)
    named, pairs = autograd.untraced(partial(_pairs, name, x.shape), target)
    right = np.take_along_axis(x, named, axis=-1)
    over = autograd.relu(1 - right[..., :, None] + x[..., None, :]) * pairs
    return reduced(name, np.sum(over, axis=(-2, -1)) / x.shape[-1], reduction)


def _pairs(name: str, shape: tuple[int, ...], target: Any) -> tuple[np.ndarray, np.ndarray]:
    """The classes that are named, and which pairs of one that is and one that is not count."""
    classes = np.asarray(target)
    if classes.dtype.kind not in "iu" or classes.shape != shape or len(shape) not in (1, 2):
        raise ValueError(
            f"{name}: scores and target are both (batch, classes) or (classes,), the target "
            f"integers; got {shape} and {classes.shape} of {classes.dtype}"
        )
    if np.any((classes < -1) | (classes >= shape[-1])):
        raise ValueError(
            f"{name}: classes go from 0 to {shape[-1] - 1}, and -1 ends them; got "
            f"{classes.min()} to {classes.max()}"
        )
    kept = np.logical_and.accumulate(classes >= 0, axis=-1)
    named = np.where(kept, classes, 0)
    hits = (named[..., None] == np.arange(shape[-1])) & kept[..., None]
    return named, kept[..., None] & ~np.any(hits, axis=-2, keepdims=True)


def multilabel_soft_margin_loss(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean"
) -> Value:
    """`binary_cross_entropy_with_logits`, its mean over the classes taken first.

    Parameters
    ----------
    input : (batch, classes) array or Value
        Logits.
    target : array of that shape
        0 or 1 for each class.
    weight : (classes,) array, optional
    reduction : {"mean", "sum", "none"}
    """
    name = "multilabel_soft_margin_loss"
    x = traced(name, input)
    t = like(x, target)
    same_shape(name, x, t)
    if not x.ndim:
        raise ValueError(f"{name}: logits are (batch, classes), got one number")
    losses = times(softplus(x) - x * t, weight)
    return reduced(name, np.sum(losses, axis=-1) / x.shape[-1], reduction)


def _signed(name: str, input: Any, target: Any) -> tuple[Value, Any]:
    x = traced(name, input)
    t = like(x, target)
    same_shape(name, x, t)
    signs(name, t)
    return x, t
