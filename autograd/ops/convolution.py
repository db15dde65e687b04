"""The arithmetic of convolution on plain arrays, for any number of spatial axes.

`convolve`, `spread` and `correlate` pair the same numbers: image, kernel and result. Each works on
blocks that stay in the processor's cache and are shared out among threads. How the numbers best lie
in memory depends on how many channels there are.
"""

from __future__ import annotations

from types import ModuleType

from . import few_channels, many_channels, single_channels
from .geometry import Geometry

_FEW = 16  # channels of an image, found by trial


def convolve(x, weight, how: Geometry, bias=None):
    """Slide kernels over images: (batch, out, *size)."""
    return _for(weight.shape[1], how).convolve(x, weight, how, bias)


def spread(g, weight, size: tuple[int, ...], how: Geometry, bias=None):
    """Each number of ``g`` over its window, times the kernel: (batch, channels, *size)."""
    return _for(weight.shape[1], how).spread(g, weight, size, how, bias)


def correlate(x, g, how: Geometry):
    """Every window times the number it led to, summed: (out, channels / groups, *kernel)."""
    return _for(x.shape[1] // how.groups, how).correlate(x, g, how)


def _for(channels: int, how: Geometry) -> ModuleType:
    """What suits kernels that see so many channels."""
    if how.groups == 1:
        return few_channels if channels < _FEW else many_channels
    return single_channels if channels == 1 else many_channels
