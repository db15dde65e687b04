"""Pooling with PyTorch's signatures; an image may come without its batch axis.

>>> import numpy as np
>>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2).data[0, 0]
array([[ 5.,  7.],
       [13., 15.]])
>>> lp_pool1d(np.array([[[3.0, 4.0, 6.0, 8.0]]]), 2, 2).data
array([[[ 5., 10.]]])
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import autograd
from autograd.ops.max_pool import max_gather
from autograd.ops.resample import Taps
from autograd.ops.windows import adaptive, shares, sliding

from .images import batched, titled


def _max_pool(axes: int, operation: Callable) -> Callable:
    name = f"max_pool{axes}d"

    def max_pool(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        how = (kernel_size, stride, padding, dilation, ceil_mode)
        y = batched(name, axes, lambda x: operation(x, *how), input)
        if not return_indices:
            return y
        places = partial(_places, axes, lambda shape: sliding(name, axes, shape, *how))
        return y, autograd.untraced(places, input)

    doc = f"""The largest number of each window; see `autograd.{name}`.

    With ``return_indices`` also where it stands: its number in its flattened image, for
    `max_unpool{axes}d`.
    """
    return titled(max_pool, name, doc)


def _places(axes: int, windows_of: Callable, input: Any) -> np.ndarray:
    """Where the first maximum of each window is, as a number of the flattened image."""
    x = np.asarray(input)
    images = x if x.ndim == axes + 2 else x[None]
    windows = windows_of(images.shape)
    numbers = np.arange(math.prod(windows.image)).reshape(windows.image)
    found = max_gather(np.broadcast_to(numbers, images.shape), images, windows)
    return found.reshape(found.shape[images.ndim - x.ndim :])


def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window; see `autograd.avg_pool1d`."""
    how = (kernel_size, stride, padding, ceil_mode, count_include_pad)
    return batched("avg_pool1d", 1, lambda x: autograd.avg_pool1d(x, *how), input)


def _avg_pool(axes: int, operation: Callable) -> Callable:
    name = f"avg_pool{axes}d"

    def avg_pool(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Any:
        how = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
        return batched(name, axes, lambda x: operation(x, *how), input)

    return titled(avg_pool, name, f"The mean of each window; see `autograd.{name}`.")


def _lp_pool(axes: int, operation: Callable, max_pool: Callable) -> Callable:
    name = f"lp_pool{axes}d"

    def lp_pool(
        input: Any,
        norm_type: float,
        kernel_size: Any,
        stride: Any = None,
        ceil_mode: bool = False,
    ) -> Any:
        how = (kernel_size, stride)
        if norm_type == math.inf:
            return max_pool(np.abs(input), *how, ceil_mode=ceil_mode)
        p = float(norm_type)  # a NumPy float64 would not leave float32 alone
        return batched(name, axes, lambda x: operation(x, p, *how, ceil_mode), input)

    return titled(lp_pool, name, f"The p-norm of each window; see `autograd.{name}`.")


def _adaptive_max_pool(axes: int, operation: Callable) -> Callable:
    name = f"adaptive_max_pool{axes}d"

    def adaptive_max_pool(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        def pooled(x: Any) -> Any:
            if set(adaptive(name, axes, x.shape, output_size).size) == {1}:
                return _largest(x)
            return operation(x, output_size)

        y = batched(name, axes, pooled, input)
        if not return_indices:
            return y
        places = partial(_places, axes, lambda shape: adaptive(name, axes, shape, output_size))
        return y, autograd.untraced(places, input)

    doc = f"""The largest number of each equal share; see `autograd.{name}`.

    With ``return_indices`` also where it stands: its number in its flattened image.
    """
    return titled(adaptive_max_pool, name, doc)


def _largest(x: Any) -> Any:
    """The first largest number of each whole image, in one reading and not window by window."""
    n, channels = x.shape[:2]
    flat = np.reshape(x, (n, channels, math.prod(x.shape[2:])))
    at = (np.arange(n)[:, None], np.arange(channels), np.argmax(flat, axis=-1))
    return np.reshape(flat[at], (n, channels, *(1,) * (x.ndim - 2)))


def _adaptive_avg_pool(axes: int, avg_pool: Callable) -> Callable:
    name = f"adaptive_avg_pool{axes}d"

    def adaptive_avg_pool(input: Any, output_size: Any) -> Any:
        def pooled(x: Any) -> Any:
            windows = adaptive(name, axes, x.shape, output_size)
            if set(windows.size) == {1}:
                return np.mean(x, axis=tuple(range(2, axes + 2)), keepdims=True)
            pairs = list(zip(windows.image, windows.size, strict=True))
            if all(n % out == 0 for n, out in pairs):
                return avg_pool(x, tuple(n // out for n, out in pairs))
            return autograd.resample(x, tuple(_averages(n, out) for n, out in pairs))

        return batched(name, axes, pooled, input)

    return titled(
        adaptive_avg_pool,
        name,
        """The mean of each of so many windows that share out the image evenly.

    Window i of n goes from ⌊i·size/n⌋ to ⌈(i+1)·size/n⌉.

    Parameters
    ----------
    input : (batch, channels, *size) array or Value, or (channels, *size)
    output_size : int, or one for each axis
        None keeps the size of an axis.

    Returns
    -------
    (batch, channels, *output_size) Value
    """,
    )


def _averages(size: int, out: int) -> Taps:
    start, end = (bound[:, None] for bound in shares(size, out))
    tap = np.arange(np.max(end - start))
    weight = (tap < end - start) / (end - start)
    return Taps(size, np.minimum(start + tap, end - 1), weight)


max_pool1d = _max_pool(1, autograd.max_pool1d)
max_pool2d = _max_pool(2, autograd.max_pool2d)
max_pool3d = _max_pool(3, autograd.max_pool3d)
avg_pool2d = _avg_pool(2, autograd.avg_pool2d)
avg_pool3d = _avg_pool(3, autograd.avg_pool3d)
lp_pool1d = _lp_pool(1, autograd.lp_pool1d, max_pool1d)
lp_pool2d = _lp_pool(2, autograd.lp_pool2d, max_pool2d)
lp_pool3d = _lp_pool(3, autograd.lp_pool3d, max_pool3d)
adaptive_max_pool1d = _adaptive_max_pool(1, autograd.adaptive_max_pool1d)
adaptive_max_pool2d = _adaptive_max_pool(2, autograd.adaptive_max_pool2d)
adaptive_max_pool3d = _adaptive_max_pool(3, autograd.adaptive_max_pool3d)
adaptive_avg_pool1d = _adaptive_avg_pool(1, autograd.avg_pool1d)
adaptive_avg_pool2d = _adaptive_avg_pool(2, autograd.avg_pool2d)
adaptive_avg_pool3d = _adaptive_avg_pool(3, autograd.avg_pool3d)
