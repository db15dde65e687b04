"""Pooling by the p-norm."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..op import define
from .avg_pool import averaging, avg_unpool, window_mean
from .conv import named
from .windows import AXES


def _lp_pool(axes: int) -> Callable:
    name, doc = f"lp_pool{axes}d", _LP.format(image=AXES[axes])

    def windows(shape, kernel_size, stride=None, ceil_mode=False):
        """The windows, and the divisor that makes means into sums."""
        each, count = averaging(name, axes, shape, kernel_size, stride, 0, ceil_mode)
        return each, count / math.prod(each.kernel)

    def lp_pool(x, norm_type, kernel_size, stride=None, ceil_mode=False):
        if not 0 < norm_type < math.inf:
            raise ValueError(
                f"{name}: norm_type is a number above 0, not {norm_type!r}; its limit at infinity "
                f"is max pooling of the absolute values"
            )
        powers = window_mean(x**norm_type, *windows(x.shape, kernel_size, stride, ceil_mode))
        return powers ** (1.0 / norm_type)

    def rule(g, y, x, norm_type, kernel_size, stride=None, ceil_mode=False):
        empty = np.equal(y, 0)  # there the derivative is taken as 0, as that of a norm
        slope = np.where(empty, 0 * y, g * (y + empty) ** (1.0 - norm_type))
        each = windows(np.shape(x), kernel_size, stride, ceil_mode)
        return avg_unpool(slope, *each) * x ** (norm_type - 1.0)

    shape = (2, 1, 4, 3, 2)[: axes + 2]
    return define(
        named(lp_pool, name, doc),
        rule,
        label="lp pool",
        domain=(0.5, 2.0),
        cases=[
            ((shape,), {"norm_type": 2, "kernel_size": 2}),
            ((shape,), {"norm_type": 3.0, "kernel_size": 2, "stride": 1, "ceil_mode": True}),
        ],
        formulas=("g·(x / y)^(p − 1), to each of the window",),
    )


_LP = """The p-norm of each window: (Σ xᵖ)^(1/p), PyTorch's definition.

    A sum and not a mean, so that ``norm_type=2`` gives the root mean square times √n, where n is
    the number of pixels of a window, and ``norm_type=1`` the sum. There are no absolute values: an
    odd power of negative numbers is negative, and has no root (NaN).

    Parameters
    ----------
    x : ({image}) array
    norm_type : float
        p, above 0.
    kernel_size, stride : int, or one for each axis
        The stride is the kernel size by default.
    ceil_mode : bool
        Let a last window reach over the end, if it starts before it; its sum is scaled up to a
        whole window's.

    Returns
    -------
    (batch, channels, *out_size) array
        At 0 the derivative is taken as 0.
    """

lp_pool1d, lp_pool2d, lp_pool3d = map(_lp_pool, (1, 2, 3))
