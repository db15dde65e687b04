"""How parameters start: each function fills one in place and returns it, as in PyTorch."""

from __future__ import annotations

import math

import numpy as np

from autograd import Value
from autograd.value import written

from .random import Rng, generator


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much a nonlinearity shrinks the spread of its inputs, to be made up for.

    Parameters
    ----------
    nonlinearity : {"linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu"}
    param : float, optional
        The negative slope of leaky relu, 0.01 by default.

    References
    ----------
    He et al. 2015, "Delving deep into rectifiers", eq. 15.
    """
    if nonlinearity in ("linear", "conv2d", "sigmoid"):
        return 1.0
    if nonlinearity == "tanh":
        return 5 / 3
    if nonlinearity == "relu":
        return math.sqrt(2)
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    raise ValueError(
        f"no gain is known for {nonlinearity!r}; there are linear, conv2d, sigmoid, tanh, relu and "
        f"leaky_relu"
    )


def _fans(tensor: Value) -> tuple[int, int]:
    """How many numbers each output sees, and how many each input reaches."""
    if tensor.ndim < 2:
        raise ValueError(
            f"fan in and fan out need at least two axes (out, in, ...), not shape {tensor.shape}"
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _fan(tensor: Value, mode: str) -> int:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode is 'fan_in' or 'fan_out', not {mode!r}")
    return _fans(tensor)[mode == "fan_out"]


def _filled(tensor: Value, numbers: np.ndarray | float) -> Value:
    if not isinstance(tensor._data, np.ndarray):
        raise TypeError(
            f"init fills arrays in place, and this Value holds the number {tensor.data!r}; "
            f"start from an array: nn.Parameter(np.zeros(shape))"
        )
    tensor._data[...] = numbers
    written(tensor)
    return tensor


def uniform_(tensor: Value, a: float = 0.0, b: float = 1.0, rng: Rng = None) -> Value:
    """Fill with numbers drawn evenly from [a, b)."""
    return _filled(tensor, generator(rng).uniform(a, b, tensor.shape))


def normal_(tensor: Value, mean: float = 0.0, std: float = 1.0, rng: Rng = None) -> Value:
    """Fill with normally distributed numbers."""
    return _filled(tensor, generator(rng).normal(mean, std, tensor.shape))


def constant_(tensor: Value, val: float) -> Value:
    """Fill with one number."""
    return _filled(tensor, val)


def zeros_(tensor: Value) -> Value:
    """Fill with zeros."""
    return constant_(tensor, 0.0)


def ones_(tensor: Value) -> Value:
    """Fill with ones."""
    return constant_(tensor, 1.0)


def xavier_uniform_(tensor: Value, gain: float = 1.0, rng: Rng = None) -> Value:
    """Glorot's uniform start: variance 2 · gain² / (fan in + fan out).

    References
    ----------
    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks", eq. 16.
    """
    bound = gain * math.sqrt(6 / sum(_fans(tensor)))
    return uniform_(tensor, -bound, bound, rng)


def xavier_normal_(tensor: Value, gain: float = 1.0, rng: Rng = None) -> Value:
    """Glorot's normal start: variance 2 · gain² / (fan in + fan out) (eq. 12)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans(tensor))), rng)


def kaiming_uniform_(
    tensor: Value,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: Rng = None,
) -> Value:
    """He's uniform start: variance gain² / fan.

    Parameters
    ----------
    tensor : Value of shape (out, in, ...)
    a : float
        The negative slope of the leaky relu that follows.
    mode : {"fan_in", "fan_out"}
        Keep the spread of the forward values or of the gradients.
    nonlinearity : str
        See `calculate_gain`.
    rng : numpy.random.Generator or int, optional

    References
    ----------
    He et al. 2015, eq. 10 (fan in) and 14 (fan out).
    """
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3 / _fan(tensor, mode))
    return uniform_(tensor, -bound, bound, rng)


def kaiming_normal_(
    tensor: Value,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: Rng = None,
) -> Value:
    """He's normal start: variance gain² / fan; see `kaiming_uniform_`."""
    return normal_(
        tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)), rng
    )


def default_(weight: Value, bias: Value | None, rng: np.random.Generator) -> None:
    """How PyTorch starts linear and convolution layers: evenly within 1/√(fan in)."""
    kaiming_uniform_(weight, math.sqrt(5), rng=rng)
    if bias is not None:
        bound = 1 / math.sqrt(max(_fans(weight)[0], 1))
        uniform_(bias, -bound, bound, rng)
