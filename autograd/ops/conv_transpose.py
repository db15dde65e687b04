"""Transposed convolution: the image gradient of a convolution, used the other way round.

>>> import numpy as np
>>> conv_transpose1d(np.array([[[1.0, 0.0, 2.0]]]), np.array([[[1.0, 5.0]]]), stride=2)
array([[[ 1.,  5.,  0.,  0.,  2., 10.]]])
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..op import Case, define
from .conv import (
    check_bias,
    conv1d,
    conv1d_weight,
    conv2d,
    conv2d_weight,
    conv3d,
    conv3d_weight,
    named,
)
from .convolution import spread
from .geometry import geometry
from .sum_leading import sum_of_channels
from .windows import AXES, extent, per_axis


def _transpose(axes: int, conv: Callable, conv_weight: Callable) -> Callable:
    """The transposed convolution, whose own transpose is ``conv``."""
    name, image = f"conv_transpose{axes}d", f"({AXES[axes]}) array"

    def mirror(stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        """The settings of the convolution that leads back."""
        stride = per_axis(name, "stride", stride, axes)
        dilation = per_axis(name, "dilation", dilation, axes)
        pads = per_axis(name, "padding", padding, axes, least=0)
        extra = per_axis(name, "output_padding", output_padding, axes, least=0)
        if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
            raise ValueError(
                f"{name}: output_padding {extra} must be smaller than the stride {stride} or the "
                f"dilation {dilation}"
            )
        borders = tuple((p, p - e) for p, e in zip(pads, extra, strict=True))
        return {"stride": stride, "padding": borders, "dilation": dilation, "groups": groups}

    def conv_transpose(
        x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
    ):
        if x.ndim != axes + 2 or weight.ndim != axes + 2:
            raise ValueError(
                f"{name}: images are ({AXES[axes]}) and kernels (in, out / groups, "
                f"{AXES[axes].split(', ', 2)[2]}); got shapes {x.shape} and {weight.shape}"
            )
        if groups < 1 or weight.shape[0] % groups or x.shape[1] != weight.shape[0]:
            raise ValueError(
                f"{name}: {x.shape[1]} channels and groups={groups} ask for kernels of shape "
                f"({x.shape[1]}, out / groups, ...), their number a multiple of groups; got "
                f"{weight.shape}"
            )
        back = mirror(stride, padding, output_padding, groups, dilation)
        out = weight.shape[1] * groups
        check_bias(name, bias, out)
        steps = zip(
            x.shape[2:], weight.shape[2:], back["stride"], back["padding"], back["dilation"],
            strict=True,
        )  # fmt: skip
        size = tuple((n - 1) * s + extent(k, d) - sum(pads) for n, k, s, pads, d in steps)
        if min(size) < 1 or min(x.shape[2:]) < 1:
            raise ValueError(
                f"{name}: nothing is left: images of {x.shape[2:]} would become {size}; use less "
                f"padding"
            )
        how = geometry(name, axes, (len(x), out, *size), weight.shape, **back)
        return spread(x, weight, size, how, bias)

    return define(
        named(conv_transpose, name, _TRANSPOSE.format(axes=axes, image=image)),
        lambda g, y, x, weight, bias, **how: conv(g, weight, None, **mirror(**how)),
        lambda g, y, x, weight, bias, **how: conv_weight(
            g, x, np.shape(weight)[2:], **mirror(**how)
        ),
        lambda g, y, x, weight, bias, **how: sum_of_channels(g),
        label="conv transpose",
        cases=_transposed_cases(axes),
        formulas=("g ∗ weight", "g ∗ x", "sum(g)"),
    )


_TRANSPOSE = """Spread each number over a window, times the kernel, and add up what overlaps.

    The transpose of the `conv{axes}d` with the same settings: it leads from the shape of its
    results back to that of its images.

    Parameters
    ----------
    x : {image}
    weight : (channels, out / groups, *kernel_size) array
    bias : (out,) array, optional
    stride, padding, dilation : int, or one for each axis
        Those of the convolution; padding is cut off from the result.
    output_padding : int, or one for each axis
        So many more pixels at the end, where several sizes lead to the same.
    groups : int

    Returns
    -------
    (batch, out, *out_size) array
        out_size = (size − 1) · stride − 2 · padding + dilation · (kernel_size − 1)
        + output_padding + 1

    References
    ----------
    Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning", section 4.
    """


def _transposed_cases(axes: int) -> list[Case]:
    if axes == 3:
        return [(((1, 2, 2, 1, 2), (2, 1, 2, 2, 1), (1,)), {"stride": (2, 1, 1)})]
    shapes = ((2, 2, *(3,) * axes), (2, 2, *(3, 2)[:axes]), (2,))
    settings: list[dict] = [
        {},
        {"stride": 2, "padding": 1, "output_padding": 1},
        {"dilation": 3, "output_padding": 2},
    ]
    grouped = ((1, 2, *(2,) * axes), (2, 1, *(2,) * axes), (2,))
    return [*((shapes, how) for how in settings), (grouped, {"groups": 2, "stride": 2})]


conv_transpose1d = _transpose(1, conv1d, conv1d_weight)
conv_transpose2d = _transpose(2, conv2d, conv2d_weight)
conv_transpose3d = _transpose(3, conv3d, conv3d_weight)
