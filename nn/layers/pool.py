"""Pooling layers."""

from __future__ import annotations

from typing import Any

import autograd

from ..module import Module

Size = int | tuple[int, int]


class _Pool2d(Module):
    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def extra_repr(self) -> str:
        stride = self.kernel_size if self.stride is None else self.stride
        return f"kernel_size={self.kernel_size}, stride={stride}, padding={self.padding}"


class MaxPool2d(_Pool2d):
    """The largest number of each window; see `autograd.max_pool2d`.

    x : (batch, channels, height, width) -> (batch, channels, out_height, out_width)
    """

    def forward(self, x: Any) -> Any:
        return autograd.max_pool2d(x, self.kernel_size, self.stride, self.padding)


class AvgPool2d(_Pool2d):
    """The mean of each window; see `autograd.avg_pool2d`.

    x : (batch, channels, height, width) -> (batch, channels, out_height, out_width)
    """

    def forward(self, x: Any) -> Any:
        return autograd.avg_pool2d(x, self.kernel_size, self.stride, self.padding)
