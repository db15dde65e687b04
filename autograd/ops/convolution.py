"""The arithmetic of convolution on plain arrays, for any number of spatial axes.

`convolve`, `spread` and `correlate` pair the same numbers: image, kernel and result. Each is one
matrix product for a block of images, with every window of the block copied into a column. A block
is small enough to stay in the processor's cache, so no big array of windows is ever made.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .windows import AXES, count, extent, per_axis, places

# Bytes of windows at a time, found by trial: less fits the cache no better, and makes BLAS's
# threads wait for each other more often.
_BLOCK = 1 << 22


class Geometry(NamedTuple):
    """One convolution's settings, checked and spelled out, one number for each spatial axis."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]  # before and after; after < 0: the last pixels are not read
    dilation: tuple[int, ...]
    groups: int
    size: tuple[int, ...]  # of the result


def geometry(
    name: str, axes: int, x_shape, w_shape, stride: Any, padding: Any, dilation: Any, groups: Any
) -> Geometry:
    """Check the settings of a convolution of images and kernels of these shapes."""
    images = AXES[axes]
    if len(x_shape) != axes + 2 or len(w_shape) != axes + 2:
        raise ValueError(
            f"{name}: images are ({images}) and kernels (out, in / groups, "
            f"{images.split(', ', 2)[2]}); got shapes {tuple(x_shape)} and {tuple(w_shape)}"
        )
    if groups < 1 or w_shape[0] % groups or x_shape[1] != w_shape[1] * groups:
        raise ValueError(
            f"{name}: {x_shape[1]} channels and groups={groups} ask for kernels of shape (out, "
            f"{x_shape[1] / max(groups, 1):g}, {images.split(', ', 2)[2]}) with out a multiple of "
            f"groups; got {tuple(w_shape)}"
        )
    kernel = tuple(w_shape[2:])
    stride = per_axis(name, "stride", stride, axes)
    dilation = per_axis(name, "dilation", dilation, axes)
    pads = _pads(name, kernel, stride, padding, dilation)
    size = tuple(
        count(name, *axis) for axis in zip(x_shape[2:], kernel, stride, pads, dilation, strict=True)
    )
    return Geometry(kernel, stride, pads, dilation, groups, size)


def _pads(name: str, kernel, stride, padding: Any, dilation) -> tuple[tuple[int, int], ...]:
    axes = len(kernel)
    if isinstance(padding, str) and padding == "same":
        if max(stride) != 1:
            raise ValueError(
                f"{name}: padding='same' keeps the size, which needs stride 1, not {stride}"
            )
        whole = [extent(k, d) - 1 for k, d in zip(kernel, dilation, strict=True)]
        return tuple((n // 2, n - n // 2) for n in whole)
    if isinstance(padding, str):
        if padding == "valid":
            return ((0, 0),) * axes
        raise ValueError(
            f"{name}: padding is a number, one for each axis, 'same' or 'valid', not {padding!r}"
        )
    if isinstance(padding, tuple) and len(padding) == axes and np.ndim(padding) == 2:
        return tuple((int(before), int(after)) for before, after in padding)
    return tuple((p, p) for p in per_axis(name, "padding", padding, axes, least=0))


def convolve(x, weight, how: Geometry):
    """Slide kernels over images: (batch, out, *size)."""
    n, out, groups = len(x), weight.shape[0], how.groups
    y = np.empty((n, out, *how.size), np.result_type(x, weight))
    kernels = weight.reshape(groups, out // groups, math.prod(weight.shape[1:]))
    for block in _blocks(x, how):
        rows = kernels @ _columns(x[block], how)
        y[block] = rows.reshape(out, -1, *how.size).swapaxes(0, 1)
    return y


def spread(g, weight, size: tuple[int, ...], how: Geometry):
    """Each number of ``g`` over its window, times the kernel: (batch, channels, *size)."""
    n, out, groups = len(g), weight.shape[0], how.groups
    channels = weight.shape[1] * groups
    x = np.empty((n, channels, *size), np.result_type(g, weight))
    kernels = weight.reshape(groups, out // groups, math.prod(weight.shape[1:])).swapaxes(1, 2)
    for block in _blocks(x, how):
        rows = _rows(g[block], groups)
        # NumPy multiplies column by row far slower than it broadcasts them.
        columns = kernels * rows if out == groups else kernels @ rows
        columns = columns.reshape(channels, *how.kernel, -1, *how.size)
        padded = _bordered((channels, columns.shape[1 + len(size)]), size, how, x.dtype)
        for offset, place in places(how.kernel, how.stride, how.dilation, how.size):
            padded[(..., *place)] += columns[(slice(None), *offset)]
        x[block] = padded[_inside(size, how)].swapaxes(0, 1)
    return x


def correlate(x, g, how: Geometry):
    """Every window times the number it led to, summed: (out, channels / groups, *kernel)."""
    out, channels, groups = g.shape[1], x.shape[1] // how.groups, how.groups
    shape = (groups, out // groups, channels * math.prod(how.kernel))
    weight = np.zeros(shape, np.result_type(x, g))
    for block in _blocks(x, how):
        weight += _rows(g[block], groups) @ _columns(x[block], how).swapaxes(1, 2)
    return weight.reshape(out, channels, *how.kernel)


def _blocks(x, how: Geometry) -> Iterator[slice]:
    windows = x.shape[1] * math.prod(how.kernel) * math.prod(how.size) * x.itemsize
    step = max(1, _BLOCK // max(1, windows))
    return (slice(i, i + step) for i in range(0, len(x), step))


def _bordered(before: tuple[int, ...], size: tuple[int, ...], how: Geometry, dtype) -> Any:
    borders = (n + b + max(a, 0) for n, (b, a) in zip(size, how.pads, strict=True))
    return np.zeros((*before, *borders), dtype)


def _inside(size: tuple[int, ...], how: Geometry) -> tuple:
    """The image within its border."""
    return (..., *(slice(b, b + n) for n, (b, _) in zip(size, how.pads, strict=True)))


def _columns(x, how: Geometry):
    """Every window as a column: (groups, channels of a group · kernel, images · windows)."""
    n, channels, *size = x.shape
    padded: Any
    if any(map(any, how.pads)):
        padded = _bordered((channels, n), tuple(size), how, x.dtype)
        padded[_inside(tuple(size), how)] = x.swapaxes(0, 1)
    else:
        padded = x.swapaxes(0, 1)
    columns: Any = np.empty((channels, *how.kernel, n, *how.size), x.dtype)
    for offset, place in places(how.kernel, how.stride, how.dilation, how.size):
        columns[(slice(None), *offset)] = padded[(..., *place)]
    rows = channels // how.groups * math.prod(how.kernel)
    return columns.reshape(how.groups, rows, n * math.prod(how.size))


def _rows(g, groups: int):
    """Results as (groups, out of a group, images · windows)."""
    n, out, *size = g.shape
    return g.swapaxes(0, 1).reshape(groups, out // groups, n * math.prod(size))
