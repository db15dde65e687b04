"""Normalisation, with PyTorch's signatures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd import Value, untraced
from autograd.ops.normalize import rms_normalize, scale_and_shift, standardize
from autograd.ops.sums import sums
from autograd.value import written

from ..module import floating


def layer_norm(
    input: Any,
    normalized_shape: int | Sequence[int],
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
) -> Any:
    """Mean 0 and variance 1 over the last axes, then · weight + bias.

    Parameters
    ----------
    input : (..., \\*normalized_shape) array or Value
    normalized_shape : int or sequence of int
    weight, bias : array or Value of shape ``normalized_shape``, optional
    eps : float

    References
    ----------
    Ba et al. 2016, "Layer normalization", eq. 3.
    """
    axis = last_axes("layer_norm", input, normalized_shape)
    return _scaled(standardize(input, axis, eps), weight, bias)


def rms_norm(
    input: Any,
    normalized_shape: int | Sequence[int],
    weight: Any = None,
    eps: float | None = None,
) -> Any:
    """x / √(mean(x²)) over the last axes, then · weight.

    Parameters
    ----------
    input : (..., \\*normalized_shape) array or Value
    normalized_shape : int or sequence of int
    weight : array or Value of shape ``normalized_shape``, optional
    eps : float, optional
        The smallest step of the input's dtype, if left out.

    References
    ----------
    Zhang & Sennrich 2019, "Root mean square layer normalization", eq. 4.
    """
    axis = last_axes("rms_norm", input, normalized_shape)
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    return _scaled(rms_normalize(input, axis, eps), weight, None)


def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """Mean 0 and variance 1 over the channels and places of each group, then · weight + bias.

    Parameters
    ----------
    input : (batch, channels, ...) array or Value
    num_groups : int
        Divides the channels.
    weight, bias : (channels,) array or Value, optional
    eps : float

    References
    ----------
    Wu & He 2018, "Group normalization", eq. 7.
    """
    floating("group_norm", input)
    shape = np.shape(input)
    if len(shape) < 2 or shape[1] % num_groups:
        raise ValueError(
            f"group_norm: {num_groups} groups must divide the channels, axis 1 of an input of "
            f"shape {shape}"
        )
    groups = np.reshape(input, (shape[0], num_groups, math.prod(shape[1:]) // num_groups))
    return _by_channel(np.reshape(standardize(groups, -1, eps), shape), weight, bias)


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Mean 0 and variance 1 of each channel over the batch, then · weight + bias.

    Parameters
    ----------
    input : (batch, channels, ...) array or Value
    running_mean, running_var : (channels,) array or Buffer, or None
        In training they move by ``momentum`` towards the batch's, in place; else they are used.
    weight, bias : (channels,) array or Value, optional
    training : bool
    momentum : float
    eps : float

    References
    ----------
    Ioffe & Szegedy 2015, "Batch normalization", algorithms 1 and 2.
    """
    floating("batch_norm", input)
    shape = np.shape(input)
    if len(shape) < 2:
        raise ValueError(f"batch_norm takes (batch, channels, ...), not shape {shape}")
    axis = (0, *range(2, len(shape)))
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError("batch_norm outside training needs running_mean and running_var")
        return _by_channel(_moved(input, running_mean, running_var, eps), weight, bias)
    _several("batch_norm", shape, math.prod(shape[:1] + shape[2:]))
    _follow(input, axis, running_mean, running_var, momentum)
    return _by_channel(standardize(input, axis, eps), weight, bias)


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Mean 0 and variance 1 of each channel of each sample, then · weight + bias.

    Parameters
    ----------
    input : (batch, channels, ...) array or Value
    running_mean, running_var : (channels,) array or Buffer, optional
    weight, bias : (channels,) array or Value, optional
    use_input_stats : bool
        Else the running ones are used.
    momentum, eps : float

    References
    ----------
    Ulyanov et al. 2016, "Instance normalization", eq. 2.
    """
    floating("instance_norm", input)
    shape = np.shape(input)
    if len(shape) < 3:
        raise ValueError(f"instance_norm takes (batch, channels, length, ...), not shape {shape}")
    axis = tuple(range(2, len(shape)))
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise ValueError("instance_norm needs running_mean and running_var here")
        return _by_channel(_moved(input, running_mean, running_var, eps), weight, bias)
    _several("instance_norm", shape, math.prod(shape[2:]))
    _follow(input, axis, running_mean, running_var, momentum)
    return _by_channel(standardize(input, axis, eps), weight, bias)


def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    """x / (k + alpha · mean of x² over ``size`` neighbouring channels)^beta.

    Parameters
    ----------
    input : (batch, channels, ...) array or Value
    size : int
    alpha, beta, k : float

    References
    ----------
    Krizhevsky et al. 2012, "ImageNet classification", section 3.3.
    """
    floating("local_response_norm", input)
    shape = np.shape(input)
    if len(shape) < 3 or size < 1:
        raise ValueError(
            f"local_response_norm takes (batch, channels, length, ...) and a size of at least 1, "
            f"not shape {shape} and size={size}"
        )
    channels = shape[1]
    near = np.subtract.outer(np.arange(channels), np.arange(channels))  # out - in
    window = (near <= size // 2) & (near >= -((size - 1) // 2))
    squares = np.moveaxis(input * input, 1, -1) @ window.T.astype(input.dtype)
    return input / (k + alpha / size * np.moveaxis(squares, -1, 1)) ** beta


def normalize(
    input: Any, p: float = 2.0, dim: int | tuple[int, ...] = 1, eps: float = 1e-12
) -> Any:
    """x / max(‖x‖, eps), the p-norm along ``dim``.

    Parameters
    ----------
    input : array or Value of any shape
    p : float
    dim : int or tuple of int
    eps : float
    """
    floating("normalize", input)
    norm = np.linalg.vector_norm(input, axis=dim, keepdims=True, ord=p)
    return input / np.maximum(norm, eps)


def last_axes(name: str, x: Any, normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    """The axes to normalise over, as numbers from the end."""
    floating(name, x)
    shape = (normalized_shape,) if np.ndim(normalized_shape) == 0 else tuple(normalized_shape)  # type: ignore[arg-type]
    if not shape or np.shape(x)[-len(shape) :] != shape:
        raise ValueError(f"{name} over the last axes {shape} got an input of shape {np.shape(x)}")
    return tuple(range(-len(shape), 0))


def _scaled(y: Any, weight: Any, bias: Any) -> Any:
    if weight is None:
        return y if bias is None else y + bias
    return scale_and_shift(y, weight, bias)


def _by_channel(y: Any, weight: Any, bias: Any) -> Any:
    each = (-1,) + (1,) * (np.ndim(y) - 2)
    return _scaled(y, *(None if w is None else np.reshape(w, each) for w in (weight, bias)))


def _raw(x: Any) -> Any:
    return x._data if isinstance(x, Value) else x


def _moved(x: Any, mean: Any, var: Any, eps: float) -> Any:
    """By statistics that were kept."""
    each = (-1,) + (1,) * (np.ndim(x) - 2)
    scale = untraced(lambda var: (1 / np.sqrt(var + eps)).reshape(each), var)
    return (x - untraced(np.reshape, mean, each)) * scale


def _several(name: str, shape: tuple[int, ...], count: int) -> None:
    if count == 1:
        raise ValueError(
            f"{name} in training needs more than one number for each channel, and an input of "
            f"shape {shape} has {count}; their spread would be 0"
        )


def _follow(x: Any, axis: tuple[int, ...], mean: Any, var: Any, momentum: float) -> None:
    """Move running statistics, in place, towards those of a batch; the variance is unbiased."""
    if mean is None or not x.size:  # no numbers, nothing to follow
        return
    untraced(partial(_follow_numbers, axis, mean, var), x, momentum)


def _follow_numbers(
    axis: tuple[int, ...], mean: Any, var: Any, data: np.ndarray, momentum: float
) -> None:
    over = tuple(i for i in range(data.ndim) if i != 1)
    centre = data.mean(axis, keepdims=True)
    centred = data - centre
    spread = sums(centred, centred, axis=axis) / (data.size // centre.size - 1)
    for kept, new in ((mean, centre), (var, spread)):
        new = new.mean(over).reshape(-1)
        _raw(kept)[...] = (1 - momentum) * _raw(kept) + momentum * new
        if isinstance(kept, Value):
            written(kept)
