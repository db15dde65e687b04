"""Pooling over windows of images, and the linear maps that are its derivatives."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..op import Case, define
from .conv import pair, spatial_size

_POOLS: list[Case] = [
    (((1, 2, 4, 4),), {"kernel_size": 2}),
    (((2, 1, 5, 4),), {"kernel_size": (3, 2), "stride": (2, 1)}),
    (((1, 1, 4, 4),), {"kernel_size": 3, "stride": 2, "padding": 1}),
    (((0, 1, 4, 4),), {"kernel_size": 2}),
    (((1, 1, 1, 1),), {"kernel_size": 1}),
]


class _Windows:
    """The windows of one pooling: for each place in a window, the slice of all pixels there."""

    def __init__(self, name, shape, kernel_size, stride, padding):
        if len(shape) != 4:
            raise ValueError(
                f"{name} takes (batch, channels, height, width), got shape {tuple(shape)}"
            )
        self.kernel = pair(name, "kernel_size", kernel_size)
        self.stride = self.kernel if stride is None else pair(name, "stride", stride)
        self.padding = pair(name, "padding", padding, least=0)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel, strict=True)):
            raise ValueError(
                f"{name}: padding {padding} is more than half of kernel_size {kernel_size}"
            )
        self.shape = shape
        self.size = tuple(
            spatial_size(name, n, k, s, (p, p), 1)
            for n, k, s, p in zip(shape[2:], self.kernel, self.stride, self.padding, strict=True)
        )

    def pad(self, x, value):
        (p, q) = self.padding
        return np.pad(x, ((0, 0), (0, 0), (p, p), (q, q)), constant_values=value) if p or q else x

    def unpad(self, x):
        (p, q), (h, w) = self.padding, self.shape[2:]
        return x[:, :, p : p + h, q : q + w]

    def zeros(self, dtype):
        (p, q), (n, c, h, w) = self.padding, self.shape
        return np.zeros((n, c, h + 2 * p, w + 2 * q), dtype)

    def __iter__(self):
        for offset in itertools.product(*map(range, self.kernel)):
            windows = zip(offset, self.stride, self.size, strict=True)
            yield (slice(None), slice(None), *(slice(o, o + s * n, s) for o, s, n in windows))


def max_pool2d(x, kernel_size, stride=None, padding=0):
    """The largest number of each window; the first of equal ones takes the gradient.

    Parameters
    ----------
    x : (batch, channels, height, width) array
    kernel_size, stride, padding : int or (int, int)
        The stride is the kernel size by default. The border counts as minus infinity.

    Returns
    -------
    (batch, channels, out_height, out_width) array
    """
    windows = _Windows("max_pool2d", x.shape, kernel_size, stride, padding)
    padded = windows.pad(x, -np.inf)
    first, *others = windows
    y = padded[first].copy()
    for place in others:
        np.maximum(y, padded[place], out=y)
    return y


max_pool2d = define(
    max_pool2d,
    lambda g, y, x, kernel_size, stride=None, padding=0: max_unpool2d(
        g, x, kernel_size, stride, padding
    ),
    label="max pool",
    cases=_POOLS,
    formulas=("g, sent to each maximum",),
)


def _winners(windows, x):
    """Each place in a window with the mask of the windows whose first maximum is there."""
    padded = windows.pad(x, -np.inf)
    places = list(windows)
    top = padded[places[0]].copy()
    for place in places[1:]:
        np.maximum(top, padded[place], out=top)
    free = np.ones(top.shape, bool)
    for place in places:
        hit = free & ~(padded[place] < top)  # not <, so that a NaN wins its window
        free &= ~hit
        yield place, hit


def max_unpool2d(values, x, kernel_size, stride=None, padding=0):
    """Zeros like ``x`` with each window's value added where that window of ``x`` has its maximum.

    The derivative of `max_pool2d`; linear in ``values``.

    Parameters
    ----------
    values : (batch, channels, out_height, out_width) array
    x : (batch, channels, height, width) array
    kernel_size, stride, padding : int or (int, int)
    """
    windows = _Windows("max_unpool2d", x.shape, kernel_size, stride, padding)
    y = windows.zeros(values.dtype)
    for place, hit in _winners(windows, x):
        y[place] += values * hit
    return windows.unpad(y)


def max_gather2d(values, x, kernel_size, stride=None, padding=0):
    """The entry of ``values`` at the place of each window's maximum of ``x``.

    The derivative of `max_unpool2d`; linear in ``values``.

    Parameters
    ----------
    values, x : (batch, channels, height, width) array
    kernel_size, stride, padding : int or (int, int)
    """
    windows = _Windows("max_gather2d", x.shape, kernel_size, stride, padding)
    padded = windows.pad(values, 0)
    y = np.zeros((*x.shape[:2], *windows.size), values.dtype)
    for place, hit in _winners(windows, x):
        y += padded[place] * hit
    return y


max_unpool2d = define(
    max_unpool2d,
    lambda g, y, values, x, kernel_size, stride=None, padding=0: max_gather2d(
        g, x, kernel_size, stride, padding
    ),
    None,
    label="max unpool",
    cases=[
        (((1, 2, 2, 2), (1, 2, 4, 4)), {"kernel_size": 2}),
        (((1, 1, 2, 2), (1, 1, 4, 4)), {"kernel_size": 3, "stride": 2, "padding": 1}),
    ],
    formulas=("g, read at each maximum", None),
)
max_gather2d = define(
    max_gather2d,
    lambda g, y, values, x, kernel_size, stride=None, padding=0: max_unpool2d(
        g, x, kernel_size, stride, padding
    ),
    None,
    label="max gather",
    cases=[(((1, 2, 4, 4), (1, 2, 4, 4)), {"kernel_size": 2})],
    formulas=("g, sent to each maximum", None),
)


def avg_pool2d(x, kernel_size, stride=None, padding=0):
    """The mean of each window; the border counts as zeros.

    Parameters
    ----------
    x : (batch, channels, height, width) array
    kernel_size, stride, padding : int or (int, int)
        The stride is the kernel size by default.

    Returns
    -------
    (batch, channels, out_height, out_width) array
    """
    windows = _Windows("avg_pool2d", x.shape, kernel_size, stride, padding)
    padded = windows.pad(x, 0)
    first, *others = windows
    y = padded[first].copy()
    for place in others:
        y += padded[place]
    y *= 1 / math.prod(windows.kernel)
    return y


avg_pool2d = define(
    avg_pool2d,
    lambda g, y, x, kernel_size, stride=None, padding=0: avg_unpool2d(
        g, np.shape(x), kernel_size, stride, padding
    ),
    label="avg pool",
    cases=_POOLS,
    formulas=("g / n, to each of the window",),
)


def avg_unpool2d(x, shape, kernel_size, stride=None, padding=0):
    """Each window's number divided evenly over the window: the transpose of `avg_pool2d`.

    Parameters
    ----------
    x : (batch, channels, out_height, out_width) array
    shape : (batch, channels, height, width)
    kernel_size, stride, padding : int or (int, int)
    """
    windows = _Windows("avg_unpool2d", shape, kernel_size, stride, padding)
    y = windows.zeros(x.dtype)
    part = x * (1 / math.prod(windows.kernel))
    for place in windows:
        y[place] += part
    return windows.unpad(y)


avg_unpool2d = define(
    avg_unpool2d,
    lambda g, y, x, shape, kernel_size, stride=None, padding=0: avg_pool2d(
        g, kernel_size, stride, padding
    ),
    label="avg unpool",
    cases=[(((1, 1, 2, 2),), {"shape": (1, 1, 4, 4), "kernel_size": 2})],
    formulas=("mean of each window of g",),
)
