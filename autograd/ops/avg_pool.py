"""Average pooling, and the linear maps that are its derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..op import Case, define
from .conv import named
from .windows import AXES, per_axis, sliding

_SQUARE = sliding("", 2, (1, 1, 4, 4), 2)
_OVERLAPPING = sliding("", 2, (1, 1, 4, 5), 3, 2, 1, 1, True)


def window_mean(x, windows, divisor):
    """The sum of each window over the divisor.

    Parameters
    ----------
    x : (batch, channels, *size) array
    windows : Windows
    divisor : number, or array that broadcasts to (*out_size)
    """
    first, *others = windows
    padded = windows.bordered(x, 0)
    y = padded[first].copy(order="K")
    for place in others:
        y += padded[place]
    return y / _as(divisor, y)


def avg_unpool(x, windows, divisor):
    """Each number over the divisor, added to every pixel of its window; transposed `window_mean`.

    Parameters
    ----------
    x : (batch, channels, *out_size) array
    windows : Windows
    divisor : number, or array that broadcasts to (*out_size)
    """
    y = windows.full(x, 0)
    part = x / _as(divisor, x)
    for place in windows:
        y[place] += part
    return y[windows.inside]


def _as(divisor, x):
    return divisor.astype(x.dtype) if isinstance(divisor, np.ndarray) else divisor


_COUNTS = np.array([[9.0], [9.0], [6.0]])
window_mean = define(
    window_mean,
    lambda g, y, x, windows, divisor: avg_unpool(g, windows, divisor),
    label="mean of windows",
    cases=[
        (((1, 2, 4, 4),), {"windows": _SQUARE, "divisor": 4}),
        (((1, 1, 4, 5),), {"windows": _OVERLAPPING, "divisor": _COUNTS}),
    ],
    formulas=("g / n, to each of the window",),
)
avg_unpool = define(
    avg_unpool,
    lambda g, y, x, windows, divisor: window_mean(g, windows, divisor),
    label="avg unpool",
    cases=[
        (((1, 2, 2, 2),), {"windows": _SQUARE, "divisor": 4}),
        (((1, 1, 3, 3),), {"windows": _OVERLAPPING, "divisor": _COUNTS}),
    ],
    formulas=("mean of each window of g",),
)


def averaging(
    name,
    axes,
    shape,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    """The windows of a pooling, and by what the sum of each is divided."""
    windows = sliding(name, axes, shape, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override is not None:
        if not divisor_override:
            raise ValueError(f"{name}: divisor_override is a number other than 0, or None")
        return windows, divisor_override
    pads = per_axis(name, "padding", padding, axes, least=0)
    counts = []
    sizes = (windows.image, windows.kernel, windows.stride, windows.size)
    for n, k, s, out, p in zip(*sizes, pads, strict=True):
        start = np.arange(out) * s - p
        end = np.minimum(start + k, n + p)  # what reaches over the border never counts
        if not count_include_pad:
            start, end = np.maximum(start, 0), np.minimum(end, n)
        counts.append(end - start)
    if all(np.all(c == k) for c, k in zip(counts, windows.kernel, strict=True)):
        return windows, math.prod(windows.kernel)
    areas: Any = math.prod(np.ix_(*counts))
    return windows, areas.astype(float)


def _avg_pool(axes: int) -> Callable:
    name, doc = f"avg_pool{axes}d", _AVG.format(image=AXES[axes])

    def avg_pool(
        x,
        kernel_size,
        stride=None,
        padding=0,
        ceil_mode=False,
        count_include_pad=True,
        divisor_override=None,
    ):
        how = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
        return window_mean(x, *averaging(name, axes, x.shape, *how))

    return define(
        named(avg_pool, name, doc),
        lambda g, y, x, **how: avg_unpool(g, *averaging(name, axes, np.shape(x), **how)),
        label="avg pool",
        cases=_CASES[axes],
        formulas=("g / n, to each of the window",),
    )


_AVG = """The mean of each window.

    Parameters
    ----------
    x : ({image}) array
    kernel_size, stride, padding : int, or one for each axis
        The stride is the kernel size by default. The border counts as zeros.
    ceil_mode : bool
        Let a last window reach over the border, if it starts before it; what lies beyond the
        border does not count.
    count_include_pad : bool
        Whether the border counts among a window's pixels.
    divisor_override : number, optional
        What the sums are divided by, instead of how many pixels a window has.

    Returns
    -------
    (batch, channels, *out_size) array
        out_size = ⌊(size + 2 · padding − kernel_size) / stride⌋ + 1
    """

_CASES: dict[int, list[Case]] = {
    1: [
        (((2, 2, 5),), {"kernel_size": 2}),
        (((1, 1, 6),), {"kernel_size": 3, "stride": 1, "padding": 1, "count_include_pad": False}),
    ],
    2: [
        (((1, 2, 4, 4),), {"kernel_size": 2}),
        (((2, 1, 5, 4),), {"kernel_size": (3, 2), "stride": (2, 1), "divisor_override": 5}),
        (((1, 1, 4, 4),), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
        (((0, 1, 4, 4),), {"kernel_size": 2}),
        (((1, 1, 1, 1),), {"kernel_size": 1}),
    ],
    3: [(((1, 2, 3, 2, 4),), {"kernel_size": (2, 1, 2), "stride": 2, "ceil_mode": True})],
}

avg_pool1d, avg_pool2d, avg_pool3d = map(_avg_pool, (1, 2, 3))
