"""The arithmetic of convolution where images have many channels.

Inside, channels come last: (batch, height, width, channels). Pixels that are neighbours along the
width then lie side by side with all their channels, so that windows along it are copied in long
runs. Windows along the height are not copied at all: each row of pixels is multiplied with all
rows of the kernels, and the products are added where they belong. Results are handed out as
(batch, channels, height, width) but keep this order in memory, and elementwise operations keep it
too, so that the next convolution finds it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..threads import each
from .geometry import Geometry, bordered, frame
from .windows import places

# Bytes of windows and products at a time, and of windows and results that are summed up.
_BLOCK, _SUMMED = 1 << 22, 1 << 21  # found by trial
_RUN = 16  # numbers side by side that are worth copying together, found by trial


def convolve(x, weight, how: Geometry, bias=None):
    """Slide kernels over images: (batch, out, *size)."""
    groups, out = how.groups, len(weight) // how.groups
    kinds = (x, weight) if bias is None else (x, weight, bias)
    y = np.empty((len(x), *how.size, groups, out), np.result_type(*kinds))
    start = 0 if bias is None else bias.reshape(groups, out)
    x, kernels = _channels_last(x, groups), _by_groups(weight, groups)
    shifts = _shifts(how, x.shape[-1])
    if shifts > 1:  # the rows of the kernels side by side
        kernels = np.moveaxis(kernels, 1, -2)
    kernels = kernels.reshape(groups, math.prod(weight.shape[1:]) // shifts, shifts * out)
    rows = x.shape[1] if shifts > 1 else how.size[0]  # of the products

    def block(images: slice) -> None:
        part, products = y[images], _windows(x[images], how, shifts) @ kernels
        grid = (len(part), rows, *how.size[1:])
        products = np.moveaxis(products.reshape(groups, *grid, shifts, out), 0, -2)
        if rows == how.size[0]:
            products = _one_below_the_other(products, how, shifts)
            _add_rows(part.reshape(-1, *y.shape[2:]), products, start, how, shifts)
        else:
            for image, added in zip(part, products, strict=True):
                _add_rows(image, added, start, how, shifts)

    each(block, _blocks(y, kernels.shape[1] + kernels.shape[2]), y.size * weight[0].size)
    return _channels_second(y)


def _add_rows(y, products, start, how: Geometry, shifts: int) -> None:
    """What the rows of the kernels made of the rows of one image, added up: (rows, ...)."""
    shifted = list(_shifted(how, len(y), len(products), shifts))
    # First one that reaches every row of the result, where there is one: the others are added.
    shifted.sort(key=lambda it: it[1].start - it[1].stop)
    begun = bool(shifted) and shifted[0][1] == slice(0, len(y))
    if not begun:
        y[...] = start
    for nth, (k, to, of) in enumerate(shifted):
        np.add(products[of][..., k, :, :], start if begun and nth == 0 else y[to], out=y[to])


def _one_below_the_other(products, how: Geometry, shifts: int):
    """The products of several images as of one tall image, in which none reaches the next."""
    rows = products.shape[1]
    for k, _, of in _shifted(how, rows, rows, shifts):
        products[:, : of.start, ..., k, :, :] = 0
        products[:, of.stop :, ..., k, :, :] = 0
    return products.reshape(-1, *products.shape[2:])


def spread(g, weight, size: tuple[int, ...], how: Geometry, bias=None):
    """Each number of ``g`` over its window, times the kernel: (batch, channels, *size)."""
    groups, axes, channels = how.groups, len(size), weight.shape[1]
    out = len(weight) // groups
    if max(how.stride) == 1:  # the convolution of g with the kernels turned round
        turned = weight.reshape(groups, out, channels, *how.kernel).swapaxes(1, 2)
        turned = turned[(..., *(slice(None, None, -1),) * axes)]
        turned = turned.reshape(groups * channels, out, *how.kernel)
        return convolve(g, turned, _turned(how, g.shape[2:], size), bias)
    kinds = (g, weight) if bias is None else (g, weight, bias)
    x = np.empty((len(g), *size, groups, channels), np.result_type(*kinds))
    start = 0 if bias is None else bias.reshape(groups, channels)
    g, kernels = _channels_last(g, groups), np.moveaxis(_by_groups(weight, groups), -1, 1)
    window = (*how.kernel, channels)
    kernels = kernels.reshape(groups, out, math.prod(window))
    wide, first, inside = frame(size, how.pads)

    def block(images: slice) -> None:
        rows, grid = _by_rows(g[images]), g[images].shape[:-2]
        products = (rows @ kernels).reshape(groups, *grid, *window)
        products = np.moveaxis(products, 0, -2)
        full = np.zeros((len(products), *wide, groups, channels), x.dtype)
        padded = full[(slice(None), *first)]
        for offset, place in places(how.kernel, how.stride, how.dilation, how.size):
            there = (*(slice(None),) * (axes + 1), *offset)
            padded[(slice(None), *place)] += products[there]
        np.add(full[(slice(None), *inside)], start, out=x[images])

    each(block, _blocks(g, kernels.shape[2]), g.size * weight[0].size)
    return _channels_second(x)


def correlate(x, g, how: Geometry):
    """Every window times the number it led to, summed: (out, channels / groups, *kernel)."""
    x, g = _channels_last(x, how.groups), _channels_last(g, how.groups)
    groups, channels, out = how.groups, x.shape[-1], g.shape[-1]
    shifts = _shifts(how, channels)
    inner = channels * math.prod(how.kernel) // shifts
    total = np.zeros((shifts, groups, inner, out), np.result_type(x, g))

    def block(images: slice) -> Any:
        part, results = np.zeros_like(total), g[images]
        windows = _windows(x[images], how, shifts, rows_first=True)
        if shifts == 1:
            np.matmul(windows.swapaxes(1, 2), _by_rows(results), out=part[0])
            return part
        windows = windows.reshape(groups, x.shape[1], -1, inner)
        results = _by_rows(results.swapaxes(0, 1)).reshape(groups, g.shape[1], -1, out)
        for k, to, of in _shifted(how, g.shape[1], x.shape[1], shifts):
            left = windows[:, of].reshape(groups, -1, inner)
            np.matmul(left.swapaxes(1, 2), results[:, to].reshape(groups, -1, out), out=part[k])
        return part

    for part in each(block, _blocks(g, inner + out, _SUMMED), g.size * inner * shifts):
        total += part
    weight = np.moveaxis(total, 0, 1).reshape(groups, *how.kernel, channels, out)
    return np.moveaxis(weight, (-1, -2), (1, 2)).reshape(groups * out, channels, *how.kernel)


# ---- arrays as matrices ------------------------------------------------------------------------


def _channels_last(x, groups: int):
    """(batch, channels, height, ...) as (batch, height, ..., groups, channels of a group)."""
    x = np.moveaxis(x, 1, -1)
    return x.reshape(*x.shape[:-1], groups, x.shape[-1] // groups)


def _channels_second(y):
    """(batch, channels, height, ...) again."""
    return np.moveaxis(y.reshape(*y.shape[:-2], y.shape[-2] * y.shape[-1]), -1, 1)


def _by_groups(weight, groups: int):
    """Kernels as (groups, *kernel, channels, out)."""
    kernels = weight.reshape(groups, len(weight) // groups, *weight.shape[1:])
    return np.moveaxis(kernels, (2, 1), (-2, -1))


def _by_rows(g):
    """(batch, height, ..., groups, channels) as (groups, pixels, channels)."""
    return np.moveaxis(g, -2, 0).reshape(g.shape[-2], math.prod(g.shape[:-2]), g.shape[-1])


def _shifts(how: Geometry, channels: int) -> int:
    """How many rows of the kernels are multiplied side by side; 1: windows are copied whole."""
    run = channels * math.prod(how.kernel[1:])
    return how.kernel[0] if how.stride[0] == 1 and run >= _RUN else 1


def _shifted(
    how: Geometry, size: int, rows: int, shifts: int
) -> Iterator[tuple[int, slice, slice]]:
    """For each row of the kernels: the rows of the result that it adds to, and those it reads."""
    if shifts == 1:
        yield 0, slice(0, size), slice(0, rows)
        return
    for k in range(shifts):
        ahead = k * how.dilation[0] - how.pads[0][0]
        first, end = max(0, -ahead), min(size, rows - ahead)
        if first >= end:  # this row of the kernel meets nothing but the border
            first = end = max(0, -ahead)
        yield k, slice(first, end), slice(first + ahead, end + ahead)


def _windows(x, how: Geometry, shifts: int, rows_first: bool = False):
    """Windows as rows, (groups, places, numbers); shifted ones are of one row of the kernels.

    The places go image by image, or, of shifted windows with ``rows_first``, row by row.
    """
    whole, channels = shifts == 1, x.shape[-1]
    few = channels * how.kernel[-1] < _RUN and math.prod(how.kernel) > 1
    x = bordered(x, how.pads if whole else ((0, 0), *how.pads[1:]))
    (each_image, high, *wide), (group, channel) = x.strides[:-2], x.strides[-2:]
    steps = [s * n for s, n in zip((high, *wide), how.dilation, strict=True)][not whole :]
    sides = [s * n for s, n in zip(wide, how.stride[1:], strict=True)]
    first = [(len(x), each_image), (how.size[0] if whole else x.shape[1], high * how.stride[0])]
    if rows_first and not whole:
        first.reverse()
    grid, over = (*(n for n, _ in first), *how.size[1:]), (*(s for _, s in first), *sides)
    window, within = (*how.kernel[not whole :], channels), (*steps, channel)
    count, numbers = math.prod(grid), math.prod(window)
    if few:  # copied in runs of places
        rows = as_strided(x, (x.shape[-2], *window, *grid), (group, *within, *over))
        return rows.reshape(-1, numbers, count).swapaxes(1, 2)
    rows = as_strided(x, (x.shape[-2], *grid, *window), (group, *over, *within))
    return rows.reshape(x.shape[-2], count, numbers)


def _turned(how: Geometry, given: tuple[int, ...], size: tuple[int, ...]) -> Geometry:
    """The convolution, of stride 1, that leads from results of a size back to the images'."""
    pads = []
    for k, d, n, out, (before, _) in zip(
        how.kernel, how.dilation, given, size, how.pads, strict=True
    ):
        first = d * (k - 1) - before
        pads.append((first, out - n + d * (k - 1) - first))
    return how._replace(pads=tuple(pads), size=tuple(size))


def _blocks(y, width: int, size: int = _BLOCK) -> list[slice]:
    """Slices of the images of ``y``, where each of its places takes ``width`` numbers a group."""
    n, groups = len(y), y.shape[-2]
    image = math.prod(y.shape[1:-2]) * groups * width * y.itemsize
    blocks = -(-n * image // size)
    if blocks > 1:  # equal shares for two threads, or four
        blocks = -(-blocks // 4) * 4
    step = max(1, -(-n // max(blocks, 1)))
    return [slice(i, i + step) for i in range(0, n, step)]
