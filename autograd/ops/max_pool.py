"""Max pooling, and the linear maps that are its derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..op import Case, define
from .conv import named
from .windows import AXES, Windows, adaptive, sliding

_SQUARE = sliding("", 2, (1, 1, 4, 4), 2)
_OVERLAPPING = sliding("", 2, (1, 1, 4, 5), 3, 2, 1, 1, True)
_SHARED = adaptive("", 2, (1, 1, 5, 3), (3, 4))


def _lowest(dtype) -> float:
    """What the border counts as where the largest number is sought."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _largest(padded, windows: Windows):
    first, *others = windows
    top = padded[first].copy(order="K")
    for place in others:
        np.maximum(top, padded[place], out=top)
    return top


def _winners(x, windows: Windows) -> Iterator[tuple[tuple, np.ndarray]]:
    """Each place in a window with the mask of the windows whose first maximum is there."""
    padded = windows.bordered(x, _lowest(x.dtype))
    top = _largest(padded, windows)
    nans = bool(np.isnan(top).any())
    ends = bool((top == _lowest(x.dtype)).any())  # pixels that are what the border counts as
    inside = windows.bordered(np.ones((1, 1, *windows.image), bool), False)
    free = np.ones_like(top, bool)
    for place in windows:
        there = padded[place]
        hit = there == top
        if nans:
            hit |= np.isnan(there)  # a NaN wins its window
        if ends:
            hit &= inside[place]
        hit &= free
        free ^= hit
        yield place, hit


def max_unpool(values, x, windows):
    """Zeros like ``x`` with each window's value added where that window of ``x`` has its maximum.

    The derivative of max pooling; linear in ``values``.

    Parameters
    ----------
    values : (batch, channels, *out_size) array
    x : (batch, channels, *size) array
    windows : Windows
    """
    there = np.empty_like(x, values.dtype, shape=values.shape)  # in memory in the order of x
    if there.strides != values.strides:
        there[...] = values
        values = there
    if windows.tile:
        y = np.empty_like(x, values.dtype)
        for place, hit in _winners(x, windows):
            y[place] = values * hit
        return y
    y = windows.full(x.astype(values.dtype, copy=False), 0)
    for place, hit in _winners(x, windows):
        windows.add(y, place, values * hit)
    return y[windows.inside]


def max_gather(values, x, windows):
    """The entry of ``values`` at the place of each window's maximum of ``x``.

    The derivative of `max_unpool`; linear in ``values``.

    Parameters
    ----------
    values, x : (batch, channels, *size) array
    windows : Windows
    """
    padded = windows.bordered(values, 0)
    y = np.zeros_like(values, shape=(*x.shape[:2], *windows.size))
    for place, hit in _winners(x, windows):
        y += padded[place] * hit
    return y


max_unpool = define(
    max_unpool,
    lambda g, y, values, x, windows: max_gather(g, x, windows),
    None,
    label="max unpool",
    cases=[
        (((1, 2, 2, 2), (1, 2, 4, 4)), {"windows": _SQUARE}),
        (((1, 1, 3, 3), (1, 1, 4, 5)), {"windows": _OVERLAPPING}),
        (((1, 1, 3, 4), (1, 1, 5, 3)), {"windows": _SHARED}),
    ],
    formulas=("g, read at each maximum", None),
)
max_gather = define(
    max_gather,
    lambda g, y, values, x, windows: max_unpool(g, x, windows),
    None,
    label="max gather",
    cases=[
        (((1, 2, 4, 4), (1, 2, 4, 4)), {"windows": _SQUARE}),
        (((1, 1, 5, 3), (1, 1, 5, 3)), {"windows": _SHARED}),
    ],
    formulas=("g, sent to each maximum", None),
)


def _max_pool(axes: int) -> Callable:
    name, doc = f"max_pool{axes}d", _MAX.format(image=AXES[axes])

    def windows(shape, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        return sliding(name, axes, shape, kernel_size, stride, padding, dilation, ceil_mode)

    def max_pool(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        each = windows(x.shape, kernel_size, stride, padding, dilation, ceil_mode)
        return _largest(each.bordered(x, _lowest(x.dtype)), each)

    return define(
        named(max_pool, name, doc),
        lambda g, y, x, **how: max_unpool(g, x, windows(np.shape(x), **how)),
        label="max pool",
        cases=_CASES[axes],
        formulas=("g, sent to each maximum",),
    )


def _adaptive_max_pool(axes: int) -> Callable:
    name, doc = f"adaptive_max_pool{axes}d", _ADAPTIVE.format(image=AXES[axes])

    def adaptive_max_pool(x, output_size):
        windows = adaptive(name, axes, x.shape, output_size)
        return _largest(x, windows)

    return define(
        named(adaptive_max_pool, name, doc),
        lambda g, y, x, output_size: max_unpool(
            g, x, adaptive(name, axes, np.shape(x), output_size)
        ),
        label="max pool",
        cases=[
            (((2, 1, 5, 3, 2)[: axes + 2],), {"output_size": 2}),
            (((1, 2, 4, 3, 2)[: axes + 2],), {"output_size": (3, None, 3)[:axes]}),
        ],
        formulas=("g, sent to each maximum",),
    )


_MAX = """The largest number of each window; the first of equal ones takes the gradient.

    Parameters
    ----------
    x : ({image}) array
    kernel_size, stride, padding, dilation : int, or one for each axis
        The stride is the kernel size by default. The border counts as minus infinity.
    ceil_mode : bool
        Let a last window reach over the border, if it starts before it.

    Returns
    -------
    (batch, channels, *out_size) array
        out_size = ⌊(size + 2 · padding − dilation · (kernel_size − 1) − 1) / stride⌋ + 1
    """

_ADAPTIVE = """The largest number of each of so many windows that share out the image evenly.

    Window i of n goes from ⌊i·size/n⌋ to ⌈(i+1)·size/n⌉; the first of equal numbers takes the
    gradient.

    Parameters
    ----------
    x : ({image}) array
    output_size : int, or one for each axis
        None keeps the size of an axis.

    Returns
    -------
    (batch, channels, *output_size) array
    """

_CASES: dict[int, list[Case]] = {
    1: [
        (((2, 2, 5),), {"kernel_size": 2}),
        (((1, 1, 6),), {"kernel_size": 3, "stride": 1, "padding": 1, "dilation": 2}),
    ],
    2: [
        (((1, 2, 4, 4),), {"kernel_size": 2}),
        (((2, 1, 5, 4),), {"kernel_size": (3, 2), "stride": (2, 1)}),
        (((1, 1, 4, 4),), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
        (((0, 1, 4, 4),), {"kernel_size": 2}),
        (((1, 1, 1, 1),), {"kernel_size": 1}),
    ],
    3: [(((1, 2, 3, 2, 4),), {"kernel_size": (2, 1, 2), "stride": 2, "ceil_mode": True})],
}

max_pool1d, max_pool2d, max_pool3d = map(_max_pool, (1, 2, 3))
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = map(_adaptive_max_pool, (1, 2, 3))
