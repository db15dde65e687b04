"""How parameters start: each function fills one in place and returns it, as in PyTorch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import Value
from autograd.value import written

from .random import Rng, generator


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much a nonlinearity shrinks the spread of its inputs, to be made up for.

    Parameters
    ----------
    nonlinearity : {"linear", "conv1d", ..., "sigmoid", "tanh", "relu", "leaky_relu", "selu"}
    param : float, optional
        The negative slope of leaky relu, 0.01 by default.

    References
    ----------
    He et al. 2015, "Delving deep into rectifiers", eq. 15.
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in _GAINS:
        raise ValueError(
            f"no gain is known for {nonlinearity!r}; there are {', '.join(_GAINS)} and leaky_relu"
        )
    return _GAINS[nonlinearity]


_GAINS = {
    "linear": 1.0,
    **{f"conv{kind}{axes}d": 1.0 for kind in ("", "_transpose") for axes in (1, 2, 3)},
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "selu": 3 / 4,  # PyTorch's, found by trial
}


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
    return max(_fans(tensor)[mode == "fan_out"], 1)  # 0 for an array without any numbers


def _matrix(name: str, tensor: Value) -> tuple[int, int]:
    if tensor.ndim != 2:
        raise ValueError(f"{name} fills a matrix, (rows, columns), not shape {tensor.shape}")
    return tensor.shape[0], tensor.shape[1]


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


def trunc_normal_(
    tensor: Value,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    rng: Rng = None,
) -> Value:
    """Fill with normally distributed numbers, drawn again until they lie in [a, b]."""
    if not a < b:
        raise ValueError(f"trunc_normal_: a is below b, not {a} and {b}")
    rng = generator(rng)
    # Where [a, b] holds little of the distribution, even draws are kept by its density instead.
    rare = (
        math.erf((b - mean) / std / math.sqrt(2)) - math.erf((a - mean) / std / math.sqrt(2)) < 0.6
    )
    peak = min(max(mean, a), b)
    found = np.empty(math.prod(tensor.shape))
    missing = np.arange(found.size)
    while missing.size:
        if rare:
            drawn = rng.uniform(a, b, missing.size)
            density = ((peak - mean) ** 2 - (drawn - mean) ** 2) / (2 * std**2)
            good = np.log1p(-rng.random(missing.size)) < density
        else:
            drawn = rng.normal(mean, std, missing.size)
            good = (a <= drawn) & (drawn <= b)
        found[missing[good]] = drawn[good]
        missing = missing[~good]
    return _filled(tensor, found.reshape(tensor.shape))


def eye_(tensor: Value) -> Value:
    """Fill a matrix with the identity, as much of it as there is."""
    rows, columns = _matrix("eye_", tensor)
    return _filled(tensor, np.eye(rows, columns))


def dirac_(tensor: Value, groups: int = 1) -> Value:
    """Fill the weight of a convolution so that it gives its input, as many channels as there are.

    Parameters
    ----------
    tensor : Value of shape (out, in / groups, ...) with one to three axes of space
    groups : int
        Each group gives its own input.
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(
            f"dirac_ fills the weight of a convolution, (out, in, ...) with 3 to 5 axes, not shape "
            f"{tensor.shape}"
        )
    if tensor.shape[0] % groups:
        raise ValueError(f"dirac_: {tensor.shape[0]} channels out are not {groups} equal groups")
    out = tensor.shape[0] // groups
    middle: Any = (..., *(n // 2 for n in tensor.shape[2:]))
    numbers = np.zeros(tensor.shape)
    numbers[middle] = np.tile(np.eye(out, tensor.shape[1]), (groups, 1))
    return _filled(tensor, numbers)


def orthogonal_(tensor: Value, gain: float = 1.0, rng: Rng = None) -> Value:
    """Fill with a matrix whose rows or columns are orthogonal and of length ``gain``.

    All axes after the first count as one.

    References
    ----------
    Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks"; Mezzadri 2007, "How to generate random matrices from the classical compact groups"
    (the signs, without which not all are equally likely).
    """
    if tensor.ndim < 2:
        raise ValueError(f"orthogonal_ needs at least two axes, not shape {tensor.shape}")
    if not tensor.size:
        return tensor
    rows, columns = tensor.shape[0], tensor.size // tensor.shape[0]
    drawn = generator(rng).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(drawn)
    q = q * np.sign(np.diagonal(r))
    return _filled(tensor, gain * np.reshape(q if rows >= columns else q.T, tensor.shape))


def sparse_(tensor: Value, sparsity: float, std: float = 0.01, rng: Rng = None) -> Value:
    """Fill a matrix with normally distributed numbers, and this share of each column with zeros.

    References
    ----------
    Martens 2010, "Deep learning via Hessian-free optimization", section 5.
    """
    rows, _ = _matrix("sparse_", tensor)
    if not 0 <= sparsity <= 1:
        raise ValueError(f"sparse_: sparsity is a share from 0 to 1, not {sparsity!r}")
    rng = generator(rng)
    numbers = rng.normal(0.0, std, tensor.shape)
    order = np.argsort(rng.random(tensor.shape), axis=0)
    zeros = order < math.ceil(sparsity * rows)
    return _filled(tensor, np.where(zeros, 0.0, numbers))


def xavier_uniform_(tensor: Value, gain: float = 1.0, rng: Rng = None) -> Value:
    """Glorot's uniform start: variance 2 · gain² / (fan in + fan out).

    References
    ----------
    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks", eq. 16.
    """
    bound = gain * math.sqrt(6 / max(sum(_fans(tensor)), 1))
    return uniform_(tensor, -bound, bound, rng)


def xavier_normal_(tensor: Value, gain: float = 1.0, rng: Rng = None) -> Value:
    """Glorot's normal start: variance 2 · gain² / (fan in + fan out) (eq. 12)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / max(sum(_fans(tensor)), 1)), rng)


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
        fan = _fans(weight)[0]
        bound = 1 / math.sqrt(fan) if fan else 0.0
        uniform_(bias, -bound, bound, rng)
