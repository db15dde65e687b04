"""The arithmetic of convolution where images have few channels.

Inside, the batch comes last: (channels, height, width, batch). A row of pixels of all images is
then one long run, and whole windows are copied into columns in such runs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..threads import each
from .geometry import Geometry, bordered, frame
from .windows import places

_BLOCK, _PRODUCTS = 1 << 19, 1 << 22  # bytes of windows and of products at a time, found by trial
_MANY = 16  # so many channels of a result come last in memory, for what follows


def convolve(x, weight, how: Geometry, bias=None):
    """Slide kernels over images: (batch, out, *size)."""
    out, x = len(weight), np.ascontiguousarray(bordered(_batch_last(x), how.pads))
    kernels = weight.reshape(out, math.prod(weight.shape[1:]))
    kinds = (x, weight) if bias is None else (x, weight, bias)
    grid, dtype = (*how.size, x.shape[-1]), np.result_type(*kinds)
    start = 0 if bias is None else bias
    if out < _MANY:
        y = np.empty((out, *grid), dtype)
        start = np.reshape(start, (-1, *(1,) * len(grid)))

        def block(rows: slice) -> None:
            part = y[:, rows]
            np.add((kernels @ _windows(x, how, rows)).reshape(part.shape), start, out=part)

    else:
        y = _batch_last(np.moveaxis(np.empty((grid[-1], *how.size, out), dtype), -1, 1))

        def block(rows: slice) -> None:
            part = np.moveaxis(y[:, rows], 0, -1)
            np.add((_windows(x, how, rows).T @ kernels.T).reshape(part.shape), start, out=part)

    each(block, _blocks(x, how), y.size * kernels.shape[1])
    return np.moveaxis(y, -1, 0)


def spread(g, weight, size: tuple[int, ...], how: Geometry, bias=None):
    """Each number of ``g`` over its window, times the kernel: (batch, channels, *size)."""
    kinds = (g, weight) if bias is None else (g, weight, bias)
    rows, n = _rows(_batch_last(g)), len(g)
    x = np.empty((weight.shape[1], *size, n), np.result_type(*kinds))
    wide, start, inside = frame(size, how.pads)

    def block(channels: slice) -> None:
        part = x[channels]
        kernels = weight[:, channels].reshape(len(weight), len(part) * math.prod(how.kernel))
        products = (kernels.T @ rows).reshape(len(part), *how.kernel, *how.size, n)
        full = np.zeros((len(part), *wide, n), x.dtype)
        padded = full[(slice(None), *start)]
        for offset, place in places(how.kernel, how.stride, how.dilation, how.size):
            padded[(slice(None), *place)] += products[(slice(None), *offset)]
        moved = 0 if bias is None else bias[channels].reshape(-1, *(1,) * (x.ndim - 1))
        np.add(full[(slice(None), *inside)], moved, out=part)

    each_of = math.prod(how.kernel) * rows[:1].nbytes  # what a channel's products take
    some = max(1, _PRODUCTS // max(each_of, 1))
    channels = [slice(c, c + some) for c in range(0, len(x), some)]
    each(block, channels, rows.size * weight[0].size)
    return np.moveaxis(x, -1, 0)


def correlate(x, g, how: Geometry):
    """Every window times the number it led to, summed: (out, channels, *kernel)."""
    out, x, g = g.shape[1], np.ascontiguousarray(bordered(_batch_last(x), how.pads)), _batch_last(g)
    weight = np.zeros((out, len(x) * math.prod(how.kernel)), np.result_type(x, g))

    def block(rows: slice) -> Any:
        return _rows(g[:, rows]) @ _windows(x, how, rows).T

    for part in each(block, _blocks(x, how), g.size * weight.shape[1]):
        weight += part
    return weight.reshape(out, len(x), *how.kernel)


def _batch_last(x):
    """(batch, channels, height, ...) as (channels, height, ..., batch)."""
    return np.moveaxis(x, 0, -1)


def _rows(g):
    """(out, height, ..., batch) as (out, places), copied only where it lies otherwise in memory."""
    out, places = len(g), math.prod(g.shape[1:])
    if g.strides[0] == g.itemsize and out > 1:  # the channels are last in memory
        return np.moveaxis(g, 0, -1).reshape(places, out).T
    return g.reshape(out, places)


def _windows(x, how: Geometry, rows: slice) -> Any:
    """The windows of some rows as columns: (channels · kernel, places)."""
    channel, *along, each_image = x.strides
    over = [s * n for s, n in zip(along, how.stride, strict=True)]
    within = [s * n for s, n in zip(along, how.dilation, strict=True)]
    first = x[:, rows.start * how.stride[0] :]
    grid = (rows.stop - rows.start, *how.size[1:], x.shape[-1])
    shape, strides = (len(x), *how.kernel, *grid), (channel, *within, *over, each_image)
    numbers = len(x) * math.prod(how.kernel)
    return as_strided(first, shape, strides).reshape(numbers, math.prod(grid))


def _blocks(x, how: Geometry) -> list[slice]:
    """Slices of the rows of the result."""
    rows = how.size[0]
    row = len(x) * math.prod(how.kernel) * math.prod(how.size[1:]) * x.shape[-1] * x.itemsize
    step = min(max(1, _BLOCK // max(row, 1)), rows)
    return [slice(i, min(i + step, rows)) for i in range(0, rows, step)]
