"""Every window of images as a column of numbers, and columns added back into images.

>>> import numpy as np
>>> pairs = patches("", (1, 1, 1, 3), (1, 2))
>>> unfold(np.array([[[[1.0, 2.0, 3.0]]]]), pairs)
array([[[1., 2.],
        [2., 3.]]])
>>> fold(np.array([[[1.0, 2.0], [2.0, 3.0]]]), pairs)
array([[[[1., 4., 3.]]]])
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..op import define
from .windows import Windows, count, per_axis, takes


def patches(
    name: str,
    shape: Sequence[int],
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Windows:
    """The windows of images of a shape, with their settings checked."""
    takes(name, 2, shape)
    kernel = per_axis(name, "kernel_size", kernel_size, 2)
    dilations = per_axis(name, "dilation", dilation, 2)
    padding = per_axis(name, "padding", padding, 2, least=0)
    strides = per_axis(name, "stride", stride, 2)
    each = zip(shape[2:], kernel, strides, padding, dilations, strict=True)
    size = tuple(count(name, n, k, s, (p, p), d) for n, k, s, p, d in each)
    pads = tuple((p, p) for p in padding)
    return Windows(tuple(shape[2:]), kernel, strides, pads, dilations, size)


def unfold(x, windows):
    """The numbers of each window as a column, window after window.

    Parameters
    ----------
    x : (batch, channels, height, width) array
    windows : Windows

    Returns
    -------
    (batch, channels · numbers of a window, windows) array
    """
    padded = windows.bordered(x, 0)
    batch, channels = x.shape[:2]
    columns = np.stack([padded[place] for place in windows], axis=2)
    rows = channels * math.prod(windows.kernel)
    return columns.reshape(batch, rows, math.prod(windows.size))


def fold(x, windows):
    """Columns added back, each to its window: the transpose of `unfold`.

    Parameters
    ----------
    x : (batch, channels · numbers of a window, windows) array
    windows : Windows

    Returns
    -------
    (batch, channels, height, width) array
    """
    numbers = math.prod(windows.kernel)
    batch, channels = len(x), x.shape[1] // numbers
    columns = x.reshape(batch, channels, numbers, *windows.size)
    y = np.zeros((batch, channels, *windows.reach), x.dtype)
    for i, place in enumerate(windows):
        y[place] += columns[:, :, i]
    return y[windows.inside]


_SQUARE = patches("", (1, 2, 4, 4), 2, stride=2)
_OVERLAPPING = patches("", (2, 1, 4, 5), (2, 3), (2, 1), (1, 3), (1, 2))

unfold = define(
    unfold,
    lambda g, y, x, windows: fold(g, windows),
    cases=[
        (((1, 2, 4, 4),), {"windows": _SQUARE}),
        (((2, 1, 4, 5),), {"windows": _OVERLAPPING}),
        (((0, 1, 4, 4),), {"windows": _SQUARE}),
    ],
    formulas=("fold(g)",),
)
fold = define(
    fold,
    lambda g, y, x, windows: unfold(g, windows),
    cases=[
        (((1, 8, 4),), {"windows": _SQUARE}),
        (((2, 6, 20),), {"windows": _OVERLAPPING}),
    ],
    formulas=("unfold(g)",),
)
