"""The arithmetic of convolution where each kernel sees one channel (depthwise).

There is too little to add up for a matrix product: for each place in a window, the pixels there are
multiplied with the number of the kernel there. Inside, channels come last, so that a row of pixels
with all their channels is one long run, and the numbers of the kernels are repeated along it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..threads import each
from .geometry import Geometry, bordered, frame
from .windows import places

_BLOCK = 1 << 18  # bytes of results at a time, found by trial


def convolve(x, weight, how: Geometry, bias=None):
    """Slide kernels over images: (batch, out, *size)."""
    kinds = (x, weight) if bias is None else (x, weight, bias)
    x, kernels = _channels_last(x, len(weight)), _along_rows(weight, how)
    y = np.empty((len(x), *how.size, len(weight)), np.result_type(*kinds))

    def block(images: slice) -> None:
        part, padded = y[images], np.ascontiguousarray(bordered(x[images], how.pads))
        part[...] = 0 if bias is None else bias
        product = np.empty_like(part)
        for offset, place in _places(how):
            part += np.multiply(padded[place], kernels[offset], out=product)

    each(block, _blocks(y), y.size * math.prod(how.kernel))
    return np.moveaxis(y, -1, 1)


def spread(g, weight, size: tuple[int, ...], how: Geometry, bias=None):
    """Each number of ``g`` over its window, times the kernel: (batch, channels, *size)."""
    kinds = (g, weight) if bias is None else (g, weight, bias)
    g, kernels = _channels_last(g, len(weight)), _along_rows(weight, how)
    x = np.empty((len(g), *size, how.groups), np.result_type(*kinds))
    wide, start, inside = frame(size, how.pads)

    def block(images: slice) -> None:
        part = np.ascontiguousarray(g[images])
        full = np.zeros((len(part), *wide, len(weight)), x.dtype)
        padded, product = full[(slice(None), *start)], np.empty_like(part, x.dtype)
        for offset, place in _places(how):
            padded[place] += np.multiply(part, kernels[offset], out=product)
        found = full[(slice(None), *inside)]
        if len(weight) > how.groups:  # several kernels have seen one channel
            found = found.reshape(*found.shape[:-1], how.groups, -1).sum(-1)
        np.add(found, 0 if bias is None else bias, out=x[images])

    each(block, _blocks(g), g.size * math.prod(how.kernel))
    return np.moveaxis(x, -1, 1)


def correlate(x, g, how: Geometry):
    """Every window times the number it led to, summed: (out, 1, *kernel)."""
    out, kind = g.shape[1], np.result_type(x, g)
    x, g = _channels_last(x, out), _channels_last(g, out)

    def block(images: slice) -> Any:
        part, padded = (
            np.ascontiguousarray(g[images]),
            np.ascontiguousarray(bordered(x[images], how.pads)),
        )
        product = np.empty(part.shape, kind)
        rows = product.reshape(math.prod(part.shape[:-1]), out)
        ones, total = np.ones(len(rows), kind), np.empty((*how.kernel, out), kind)
        for offset, place in _places(how):
            np.multiply(padded[place], part, out=product)
            total[offset] = ones @ rows  # the sum as a product, which is quicker
        return total

    weight = np.zeros((*how.kernel, out), kind)
    for part in each(block, _blocks(g), g.size * math.prod(how.kernel)):
        weight += part
    return np.moveaxis(weight, -1, 0)[:, None]


def _channels_last(x, out: int):
    """(batch, channels, ...) as (batch, ..., out), a channel once for each kernel that sees it."""
    x = np.moveaxis(x, 1, -1)
    return x if x.shape[-1] == out else np.repeat(x, out // x.shape[-1], axis=-1)


def _along_rows(weight, how: Geometry):
    """Kernels as (*kernel, size of a row, out): their numbers, repeated along a row of results."""
    kernels = np.moveaxis(weight[:, 0], 0, -1)[..., None, :]
    return np.repeat(kernels, how.size[-1], axis=-2)


def _places(how: Geometry) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """For each place in a window, its offset, and where the pixels there are in all images."""
    for offset, place in places(how.kernel, how.stride, how.dilation, how.size):
        yield offset, (slice(None), *place)


def _blocks(y) -> list[slice]:
    """Slices of the images of results."""
    image = math.prod(y.shape[1:]) * y.itemsize
    step = max(1, _BLOCK // max(image, 1))
    return [slice(i, i + step) for i in range(0, len(y), step)]
