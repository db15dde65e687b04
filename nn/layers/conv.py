"""Conv2d."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd.ops.conv import pair

from ..init import default_
from ..module import Module, Parameter, floating
from ..random import Rng, generator


class Conv2d(Module):
    """Slide ``out_channels`` kernels over images; see `autograd.conv2d`.

    x : (batch, in_channels, height, width) -> (batch, out_channels, out_height, out_width)

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, dilation : int or (int, int)
    padding : int, (int, int), "same" or "valid"
    groups : int
    bias : bool
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    Attributes
    ----------
    weight : (out_channels, in_channels / groups, kernel_height, kernel_width) Parameter
    bias : (out_channels,) Parameter or None
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] | str = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"Conv2d: groups={groups} must divide in_channels={in_channels} and "
                f"out_channels={out_channels}"
            )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = pair("Conv2d", "kernel_size", kernel_size)
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = Parameter(np.zeros(shape), dtype=dtype)
        self.bias = Parameter(np.zeros(out_channels), dtype=dtype) if bias else None
        default_(self.weight, self.bias, generator(rng))

    def forward(self, x: Any) -> Any:
        floating("Conv2d", x)
        shape = np.shape(x)
        if len(shape) != 4 or shape[1] != self.in_channels:
            raise ValueError(
                f"Conv2d(in_channels={self.in_channels}) got x of shape {shape}; it takes (batch, "
                f"{self.in_channels}, height, width) (x[:, None] adds the axis of one channel)"
            )
        return autograd.conv2d(
            x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )

    def extra_repr(self) -> str:
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding!r}"
        )
