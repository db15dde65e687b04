"""Images cut into windows and put together again, with PyTorch's signatures.

>>> import numpy as np
>>> x = np.arange(16.0).reshape(1, 1, 4, 4)
>>> unfold(x, 2, stride=2).data[0].T
array([[ 0.,  1.,  4.,  5.],
       [ 2.,  3.,  6.,  7.],
       [ 8.,  9., 12., 13.],
       [10., 11., 14., 15.]])
>>> bool((fold(unfold(x, 2, stride=2), 4, 2, stride=2).data == x).all())
True
"""

from __future__ import annotations

import math
from typing import Any

from autograd.ops import fold as ops
from autograd.ops.windows import per_axis

from .images import as_value, batched

Size = int | tuple[int, ...]


def unfold(
    input: Any, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1
) -> Any:
    """The numbers of each window of images as a column, window after window.

    Parameters
    ----------
    input : (batch, channels, height, width) array or Value, or (channels, height, width)
    kernel_size, dilation, padding, stride : int, or a pair of them

    Returns
    -------
    (batch, channels · numbers of a window, windows) Value
    """
    how = (kernel_size, dilation, padding, stride)
    return batched(
        "unfold", 2, lambda x: ops.unfold(x, ops.patches("unfold", x.shape, *how)), input
    )


def fold(
    input: Any,
    output_size: Size,
    kernel_size: Size,
    dilation: Size = 1,
    padding: Size = 0,
    stride: Size = 1,
) -> Any:
    """Columns put back, each as its window of the images; where windows overlap they add up.

    Parameters
    ----------
    input : (batch, channels · numbers of a window, windows) array or Value, or without the batch
    output_size : int, or a pair of them
        Of the images.
    kernel_size, dilation, padding, stride : int, or a pair of them
        Those of `unfold`.

    Returns
    -------
    (batch, channels, *output_size) Value
    """
    x = as_value("fold", input)
    size = per_axis("fold", "output_size", output_size, 2)
    windows = ops.patches("fold", (1, 1, *size), kernel_size, dilation, padding, stride)
    numbers, many = math.prod(windows.kernel), math.prod(windows.size)
    if x.ndim not in (2, 3) or x.shape[-1] != many or x.shape[-2] % numbers:
        raise ValueError(
            f"fold: images of {size} have {many} of these windows, of {numbers} numbers, so "
            f"(batch, a multiple of {numbers}, {many}) is asked for; got shape {x.shape}"
        )
    return batched("fold", 1, lambda x: ops.fold(x, windows), x)
