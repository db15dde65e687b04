"""Losses between numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import Value, untraced
from autograd.ops.losses import huber

from .reduction import like, reduced, same_shape, traced


def mse_loss(input: Any, target: Any, reduction: str = "mean", *, weight: Any = None) -> Value:
    """The squared difference.

    Parameters
    ----------
    input, target : arrays or Values of the same shape
    reduction : {"mean", "sum", "none"}
    weight : array of that shape, optional
        How much each difference counts; "mean" then divides by the sum of the weights.

    Raises
    ------
    ValueError
        Where the shapes differ: broadcasting would average over the wrong pairs.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.functional.mse_loss(np.array([1.0, 2.0]), np.array([0.0, 4.0])).item()
    2.5
    """
    d = _difference("mse_loss", input, target)
    return _weighted("mse_loss", np.square(d), weight, reduction)


def l1_loss(input: Any, target: Any, reduction: str = "mean", *, weight: Any = None) -> Value:
    """The size of the difference; see `mse_loss` for the parameters."""
    return _weighted("l1_loss", np.abs(_difference("l1_loss", input, target)), weight, reduction)


def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, *, weight: Any = None
) -> Value:
    """Half the squared difference d, and δ·(|d| − δ/2) from |d| = δ on.

    References
    ----------
    Huber 1964, "Robust estimation of a location parameter".
    """
    if delta <= 0:
        raise ValueError(f"huber_loss: delta must be above 0, not {delta!r}")
    losses = huber(_difference("huber_loss", input, target), delta)
    if weight is None:
        return reduced("huber_loss", losses, reduction)
    w = like(losses, weight)
    same_shape("huber_loss", losses, w)
    return reduced("huber_loss", losses * w, reduction)  # "mean" counts numbers, as PyTorch's does


def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Value:
    """`huber_loss` with δ = β, divided by β; `l1_loss` for β = 0.

    References
    ----------
    Girshick 2015, "Fast R-CNN", eq. 3.
    """
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: beta must be at least 0, not {beta!r}")
    if beta == 0:
        return l1_loss(input, target, reduction)
    return huber_loss(input, target, reduction, beta) / beta


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    *,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Value:
    """−log of the probability that a Poisson distribution gives to counts.

    Parameters
    ----------
    input : array or Value
        Its mean, or the logarithm of it (``log_input``).
    target : array of that shape
    log_input, full : bool
        ``full`` adds Stirling's approximation of log(target!) where target > 1.
    eps : float
        Added to the mean before its logarithm.
    reduction : {"mean", "sum", "none"}
    """
    x = traced("poisson_nll_loss", input)
    t = like(x, target)
    same_shape("poisson_nll_loss", x, t)
    losses = np.exp(x) - t * x if log_input else x - t * np.log(x + eps)
    if full:
        safe = np.maximum(t, 1)
        stirling = safe * np.log(safe) - safe + 0.5 * np.log(2 * math.pi * safe)
        losses = losses + stirling * (t > 1)
    return reduced("poisson_nll_loss", losses, reduction)


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction="mean"
) -> Value:
    """−log of the density that a normal distribution gives to a target.

    Parameters
    ----------
    input : array or Value
        The mean.
    target : array of that shape
    var : array or Value
        The variance: of that shape, without the last axis, with 1 there, or one number.
    full : bool
        Add log(2π)/2.
    eps : float
        The variance is at least this; its gradient is as if it were not.
    reduction : {"mean", "sum", "none"}

    References
    ----------
    Nix & Weigend 1994, "Estimating the mean and variance of the target probability distribution".
    """
    d = _difference("gaussian_nll_loss", input, target)
    var = like(d, var)
    if np.ndim(var) == d.ndim - 1 and np.shape(var) == d.shape[:-1]:
        var = np.expand_dims(var, -1)
    untraced(_check_variance, var)
    var = var + np.maximum(eps - untraced(np.asarray, var), 0)
    losses = 0.5 * (np.log(var) + np.square(d) / var)
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return reduced("gaussian_nll_loss", losses, reduction)


def _check_variance(var: np.ndarray) -> None:
    if np.any(np.less(var, 0)):
        raise ValueError("gaussian_nll_loss: var is a variance, and some of it is below 0")


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Value:
    """target · (log(target) − input): the divergence of Kullback & Leibler.

    Parameters
    ----------
    input : array or Value
        Logarithms of probabilities.
    target : array or Value of that shape
        Probabilities, or their logarithms (``log_target``).
    reduction : {"mean", "batchmean", "sum", "none"}
        The divergence of distributions is "batchmean": the sum over the length of the first axis.
    log_target : bool

    References
    ----------
    Kullback & Leibler 1951, "On information and sufficiency".
    """
    x = traced("kl_div", input)
    t = like(x, target)
    same_shape("kl_div", x, t)
    if log_target:
        losses = np.exp(t) * (t - x)
    else:
        there = np.greater(t, 0)  # 0 · log(0) counts as 0
        losses = np.where(there, t * np.log(np.where(there, t, 1.0)), 0.0) - t * x
    if reduction == "batchmean":
        return reduced("kl_div", losses, "mean", count=np.shape(x)[0] if np.ndim(x) else 1)
    return reduced("kl_div", losses, reduction)


def l1_penalty(params: Any) -> Value:
    """The sum of the sizes of all numbers in parameters: ``loss + 1e-4 * l1_penalty(...)``.

    Parameters
    ----------
    params : iterable of Values

    References
    ----------
    Tibshirani 1996, "Regression shrinkage and selection via the lasso".
    """
    return sum((np.abs(p).sum() for p in params), start=Value(0.0, requires_grad=False))


def l2_penalty(params: Any) -> Value:
    """The sum of the squares of all numbers in parameters.

    ``weight_decay=d`` of an optimiser is ``d / 2`` times this, added to the loss.
    """
    return sum((np.square(p).sum() for p in params), start=Value(0.0, requires_grad=False))


def _difference(name: str, input: Any, target: Any) -> Value:
    x = traced(name, input)
    t = like(x, target)
    same_shape(name, x, t)
    return x - t


def _weighted(name: str, losses: Any, weight: Any, reduction: str) -> Value:
    if weight is None:
        return reduced(name, losses, reduction)
    w = like(losses, weight)
    same_shape(name, losses, w)
    return reduced(name, losses * w, reduction, count=np.sum(w))
