"""Convolutions with PyTorch's signatures; an image may come without its batch axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd

from .images import batched, titled


def _conv(axes: int, operation: Callable) -> Callable:
    name = f"conv{axes}d"

    def conv(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        how = (bias, stride, padding, dilation, groups)
        return batched(name, axes, lambda x: operation(x, weight, *how), input)

    doc = f"""Slide kernels over images; see `autograd.{name}`.

    input : (batch, channels, *size), or (channels, *size) -> the same with ``out`` channels
    """
    return titled(conv, name, doc)


def _conv_transpose(axes: int, operation: Callable) -> Callable:
    name = f"conv_transpose{axes}d"

    def conv_transpose(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Any:
        how = (bias, stride, padding, output_padding, groups, dilation)
        return batched(name, axes, lambda x: operation(x, weight, *how), input)

    doc = f"""Spread each number over a window, times the kernel; see `autograd.{name}`.

    input : (batch, channels, *size), or (channels, *size) -> the same with ``out`` channels
    """
    return titled(conv_transpose, name, doc)


conv1d = _conv(1, autograd.conv1d)
conv2d = _conv(2, autograd.conv2d)
conv3d = _conv(3, autograd.conv3d)
conv_transpose1d = _conv_transpose(1, autograd.conv_transpose1d)
conv_transpose2d = _conv_transpose(2, autograd.conv_transpose2d)
conv_transpose3d = _conv_transpose(3, autograd.conv_transpose3d)
