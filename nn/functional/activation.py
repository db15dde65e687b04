"""Activations, with PyTorch's signatures.

``inplace`` is taken and changes nothing: a recorded number is never written over.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import autograd
from autograd.ops import piecewise, smooth

from ..random import Rng, generator

# ---- made of straight pieces ---------------------------------------------------------------------


def relu(input: Any, inplace: bool = False) -> Any:
    """max(x, 0), elementwise; the derivative at 0 is taken as 0."""
    return autograd.relu(input)


def relu6(input: Any, inplace: bool = False) -> Any:
    """min(max(x, 0), 6), elementwise."""
    return piecewise.hardtanh(input, 0.0, 6.0)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """x where x > 0, else negative_slope · x, elementwise."""
    return autograd.leaky_relu(input, negative_slope)


def prelu(input: Any, weight: Any) -> Any:
    """x where x > 0, else weight · x.

    Parameters
    ----------
    input : (batch, channels, ...) array or Value
    weight : (channels,) or (1,) array or Value
    """
    shape = np.shape(input)
    count = np.size(weight)
    if count != 1 and (len(shape) < 2 or shape[1] != count):
        raise ValueError(
            f"prelu: {count} weights need as many channels along axis 1; the input has shape "
            f"{shape}"
        )
    each = (count,) + (1,) * (len(shape) - 2) if count != 1 else (1,) * len(shape)
    return piecewise.prelu(input, np.reshape(weight, each))


def rrelu(
    input: Any,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
    *,
    rng: Rng = None,
) -> Any:
    """x where x > 0, else x times a slope, drawn from [lower, upper) in training, else their mean.

    References
    ----------
    Xu et al. 2015, "Empirical evaluation of rectified activations in convolutional network".
    """
    if lower > upper:
        raise ValueError(f"rrelu: lower={lower} is above upper={upper}")
    if not training:
        return autograd.leaky_relu(input, (lower + upper) / 2)
    slopes = autograd.untraced(lambda: generator(rng).uniform(lower, upper, np.shape(input)))
    return piecewise.prelu(input, slopes.astype(input.dtype) if np.ndim(input) else slopes)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """x, cut at two bounds; the derivative at the bounds is taken as 0."""
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val={min_val} is above max_val={max_val}")
    return piecewise.hardtanh(input, min_val, max_val)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """min(max(x + 3, 0), 6) / 6, elementwise."""
    return piecewise.hardtanh(input + 3.0, 0.0, 6.0) / 6.0


def hardswish(input: Any, inplace: bool = False) -> Any:
    """x · hardsigmoid(x), elementwise (Howard et al. 2019, section 5.2)."""
    return piecewise.hardswish(input)


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """x where \\|x\\| > lambd, else 0."""
    return piecewise.hardshrink(input, lambd)


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """x, moved towards 0 by lambd, and 0 where it is nearer than that."""
    if lambd < 0:
        raise ValueError(f"softshrink: lambd is at least 0, not {lambd}")
    return piecewise.softshrink(input, lambd)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """x where it is above a threshold, else a value."""
    return piecewise.threshold(input, threshold, value)


# ---- smooth --------------------------------------------------------------------------------------


def sigmoid(input: Any) -> Any:
    """1 / (1 + exp(−x)), elementwise."""
    return autograd.sigmoid(input)


def logsigmoid(input: Any) -> Any:
    """log(sigmoid(x)), elementwise, without underflow."""
    return smooth.log_sigmoid(input)


def tanh(input: Any) -> Any:
    """The hyperbolic tangent, elementwise."""
    return np.tanh(input)


def tanhshrink(input: Any) -> Any:
    """x − tanh(x), elementwise."""
    return input - np.tanh(input)


def softsign(input: Any) -> Any:
    """x / (1 + \\|x\\|), elementwise."""
    return smooth.softsign(input)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + exp(beta · x)) / beta, and x itself where beta · x is above a threshold."""
    return smooth.sharp_softplus(input, beta, threshold)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x where x > 0, else alpha · (exp(x) − 1), elementwise."""
    return autograd.elu(input, alpha)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x where x > 0, else alpha · (exp(x / alpha) − 1), elementwise (Barron 2017, eq. 2)."""
    if not alpha:
        raise ValueError("celu: alpha is what x is divided by, so it is not 0")
    return smooth.celu(input, alpha)


def selu(input: Any, inplace: bool = False) -> Any:
    """scale · elu(x, alpha), whose outputs keep mean 0 and variance 1.

    References
    ----------
    Klambauer et al. 2017, "Self-normalizing neural networks", eq. 2 and 14.
    """
    return SELU_SCALE * autograd.elu(input, SELU_ALPHA)


SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def gelu(input: Any, approximate: str = "none") -> Any:
    """x · Φ(x), elementwise; ``approximate="tanh"`` for the faster form."""
    return autograd.gelu(input, approximate)


def silu(input: Any, inplace: bool = False) -> Any:
    """x · sigmoid(x), elementwise."""
    return autograd.silu(input)


def mish(input: Any, inplace: bool = False) -> Any:
    """x · tanh(softplus(x)), elementwise."""
    return smooth.mish(input)


# ---- along an axis -------------------------------------------------------------------------------


def softmax(input: Any, dim: int | None = None, *, dtype: Any = None) -> Any:
    """exp(x) / sum(exp(x)) along ``dim``.

    Parameters
    ----------
    input : array or Value of any shape
    dim : int, optional
        May be left out of one or two axes: then it is the last.
    dtype : NumPy dtype, optional
        What the input is turned into first.
    """
    return _along(autograd.softmax, input, dim, dtype)


def log_softmax(input: Any, dim: int | None = None, *, dtype: Any = None) -> Any:
    """log(softmax(x)) along ``dim``; see `softmax`."""
    return _along(autograd.log_softmax, input, dim, dtype)


def softmin(input: Any, dim: int | None = None, *, dtype: Any = None) -> Any:
    """softmax(−x) along ``dim``; see `softmax`."""
    return softmax(-input, dim, dtype=dtype)


def _along(function: Callable, x: Any, dim: int | None, dtype: Any) -> Any:
    x = x if dtype is None else x.astype(dtype)
    axis = _axis(function.__name__, x, dim)
    if not np.ndim(x):  # one number is the only one along its axis
        return np.reshape(function(np.reshape(x, 1)), ())
    return function(x, axis)


def _axis(name: str, x: Any, dim: int | None) -> int:
    ndim = np.ndim(x) or 1
    if dim is None and ndim > 2:
        raise ValueError(f"{name} of {ndim} axes needs dim=, the axis whose results sum to 1")
    axis = -1 if dim is None else dim
    if not -ndim <= axis < ndim:
        raise ValueError(f"{name}: there is no axis {axis} in an input of shape {np.shape(x)}")
    return axis


def glu(input: Any, dim: int = -1) -> Any:
    """The first half along ``dim``, times the sigmoid of the second (Dauphin et al. 2017, eq. 1).

    Parameters
    ----------
    input : array or Value, of even length along ``dim``
    dim : int
    """
    shape = np.shape(input)
    if not -len(shape) <= dim < len(shape) or shape[dim] % 2:
        raise ValueError(f"glu halves axis {dim}, so its length is even; got shape {shape}")
    before, half = (slice(None),) * (dim % len(shape)), shape[dim] // 2
    first, second = input[(*before, slice(half))], input[(*before, slice(half, None))]
    return first * autograd.sigmoid(second)


def gumbel_softmax(
    logits: Any,
    tau: float = 1.0,
    hard: bool = False,
    eps: float = 1e-10,
    dim: int = -1,
    *,
    rng: Rng = None,
) -> Any:
    """A random choice of one class that gradients flow through.

    Parameters
    ----------
    logits : array or Value of any shape
    tau : float
        The temperature: the smaller, the nearer to one class.
    hard : bool
        Give exactly one class; the gradient is that of the soft choice.
    eps : float
        PyTorch's; it changes nothing.
    dim : int
    rng : numpy.random.Generator or int, optional

    References
    ----------
    Jang et al. 2017, "Categorical reparameterization with Gumbel-softmax", eq. 2.
    """
    shape, dtype = np.shape(logits), logits.dtype
    noise = autograd.untraced(lambda: generator(rng).gumbel(size=shape).astype(dtype))
    soft = autograd.softmax((logits + noise) / tau, _axis("gumbel_softmax", logits, dim))
    if not hard:
        return soft
    return soft + autograd.untraced(partial(_rounding, dim), soft)


def _rounding(dim: int, soft: Any) -> Any:
    """What is missing to a 1 at the largest and zeros elsewhere."""
    chosen = np.zeros_like(soft)
    np.put_along_axis(chosen, np.expand_dims(soft.argmax(dim), dim), 1, dim)
    return chosen - soft
