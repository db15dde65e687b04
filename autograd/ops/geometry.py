"""The settings of a convolution, checked and spelled out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .windows import AXES, count, extent, per_axis


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


class Frame(NamedTuple):
    """Images within their border, one entry for each spatial axis."""

    wide: tuple[int, ...]  # the size of both
    start: tuple[slice, ...]  # from where windows are counted: a negative border is cut off
    inside: tuple[slice, ...]  # the image


def frame(size: tuple[int, ...], pads: tuple[tuple[int, int], ...]) -> Frame:
    """Where images of a size lie within their border."""
    before, after = zip(*pads, strict=True)
    return Frame(
        tuple(max(b, 0) + n + max(a, 0) for n, b, a in zip(size, before, after, strict=True)),
        tuple(slice(max(-b, 0), None) for b in before),
        tuple(slice(max(b, 0), max(b, 0) + n) for n, b in zip(size, before, strict=True)),
    )


def bordered(x, pads: tuple[tuple[int, int], ...]):
    """Images with their border of zeros along the axes after the first."""
    wide, start, inside = frame(x.shape[1 : len(pads) + 1], pads)
    if wide != x.shape[1 : len(pads) + 1]:
        full = np.zeros((len(x), *wide, *x.shape[len(pads) + 1 :]), x.dtype)
        full[(slice(None), *inside)] = x
        x = full
    return x[(slice(None), *start)]


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
