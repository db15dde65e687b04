"""What layers compute, as functions of Values or arrays; PyTorch's signatures."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import (
    Value,
    avg_pool2d,
    conv2d,
    elu,
    gelu,
    leaky_relu,
    linear,
    log_softmax,
    max_pool2d,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
)

from .module import floating
from .random import Rng, generator

__all__ = [
    "avg_pool2d",
    "binary_cross_entropy_with_logits",
    "conv2d",
    "cross_entropy",
    "dropout",
    "elu",
    "gelu",
    "leaky_relu",
    "linear",
    "log_softmax",
    "max_pool2d",
    "mse_loss",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]


def tanh(x: Any) -> Any:
    """The hyperbolic tangent, elementwise."""
    return np.tanh(x)


def dropout(x: Any, p: float = 0.5, training: bool = True, *, rng: Rng = None) -> Any:
    """Set numbers to 0 with probability ``p`` and scale the rest by 1 / (1 − p).

    The expected result is ``x``; outside training it is ``x`` itself.

    Parameters
    ----------
    x : array or Value of any shape
    p : float
        At least 0 and below 1 (1 drops everything).
    training : bool
    rng : numpy.random.Generator or int, optional

    References
    ----------
    Srivastava et al. 2014, "Dropout", section 10 (the scaling at training time).
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p is a probability between 0 and 1, not {p!r}")
    floating("dropout", x)  # the scale as an integer would be another one
    if not training or p == 0:
        return x
    dtype = x.dtype if np.ndim(x) else np.float64
    kept = generator(rng).random(np.shape(x)) >= p
    scale = 1 / (1 - p) if p < 1 else 0.0
    return x * (kept * scale).astype(dtype)


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The squared difference.

    Parameters
    ----------
    input, target : arrays or Values of the same shape
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError
        Where the shapes differ: broadcasting would average over the wrong pairs.
    """
    _same_shape("mse_loss", input, target)
    return _reduced("mse_loss", np.square(_traced(input) - target), reduction)


def cross_entropy(input: Any, target: Any, reduction: str = "mean") -> Any:
    """−log of the probability that softmax gives the right class.

    Parameters
    ----------
    input : (batch, classes) array or Value
        Logits: any numbers, not probabilities.
    target : (batch,) integer array
        The right classes.
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> import numpy as np
    >>> round(cross_entropy(np.array([[0.0, 0.0]]), np.array([1])).item(), 4)
    0.6931
    """
    _not_empty("cross_entropy", input)
    classes = np.asarray(target.data if isinstance(target, Value) else target)
    shape = np.shape(input)
    if len(shape) != 2:
        raise ValueError(f"cross_entropy: logits are (batch, classes), got shape {shape}")
    if classes.dtype.kind not in "iu" or classes.shape != shape[:1]:
        raise ValueError(
            f"cross_entropy: the target is one integer class for each of {shape[0]} rows, got "
            f"shape {classes.shape} of {classes.dtype}"
        )
    if classes.size and not 0 <= classes.min() <= classes.max() < shape[1]:
        raise ValueError(
            f"cross_entropy: classes go from 0 to {shape[1] - 1}, got {classes.min()} to "
            f"{classes.max()}"
        )
    picked = log_softmax(_traced(input))[np.arange(shape[0]), classes]
    return _reduced("cross_entropy", -picked, reduction)


def binary_cross_entropy_with_logits(input: Any, target: Any, reduction: str = "mean") -> Any:
    """−log of the probability that the logistic function gives to the target.

    Parameters
    ----------
    input : array or Value of any shape
        Logits.
    target : array of that shape
        0 or 1, or a probability.
    reduction : {"mean", "sum", "none"}

    Notes
    -----
    softplus(x) − x·t, which is log(1 + exp(x)) − x·t without overflow.
    """
    _same_shape("binary_cross_entropy_with_logits", input, target)
    x = _traced(input)
    losses = softplus(x) - x * (
        target if isinstance(target, Value) else np.asarray(target, x.dtype)
    )
    return _reduced("binary_cross_entropy_with_logits", losses, reduction)


def _not_empty(name: str, input: Any) -> None:
    if not np.size(input):
        raise ValueError(f"{name}: there is nothing in an input of shape {np.shape(input)}")


def _traced(x: Any) -> Value:
    return x if isinstance(x, Value) else Value(np.asarray(x), requires_grad=False)


def _same_shape(name: str, input: Any, target: Any) -> None:
    _not_empty(name, input)
    if np.shape(input) != np.shape(target):
        raise ValueError(
            f"{name}: input of shape {np.shape(input)} and target of shape {np.shape(target)} must "
            f"agree; reshape the target: target.reshape({', '.join(map(str, np.shape(input)))})"
        )


def _reduced(name: str, losses: Value, reduction: str) -> Value:
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    if reduction == "none":
        return losses
    raise ValueError(f"{name}: reduction is 'mean', 'sum' or 'none', not {reduction!r}")
