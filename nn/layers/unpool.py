"""Layers that undo max pooling as far as can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.ops.windows import per_axis

from .. import functional
from ..module import Module

Size = int | tuple[int, ...]


class _MaxUnpool(Module):
    """Zeros, with each number where max pooling found it.

    Called with what a max pooling layer with ``return_indices=True`` gave, the numbers and their
    indices, and if need be the ``output_size``.

    Parameters
    ----------
    kernel_size, stride, padding : int, or one for each axis
        Those of the pooling.
    """

    _axes: int

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> None:
        name, axes = type(self).__name__, self._axes
        self.kernel_size = per_axis(name, "kernel_size", kernel_size, axes)
        given = kernel_size if stride is None else stride
        self.stride = per_axis(name, "stride", given, axes)
        self.padding = per_axis(name, "padding", padding, axes, least=0)

    def forward(self, input: Any, indices: Any, output_size: Sequence[int] | None = None) -> Any:
        unpool = getattr(functional, f"max_unpool{self._axes}d")
        return unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    __doc__ = f"""(batch, channels, length), and indices -> (batch, channels, out_length).

    {_MaxUnpool.__doc__}"""
    _axes = 1


class MaxUnpool2d(_MaxUnpool):
    __doc__ = f"""(batch, channels, height, width), and indices -> (batch, channels, ...).

    {_MaxUnpool.__doc__}"""
    _axes = 2


class MaxUnpool3d(_MaxUnpool):
    __doc__ = f"""(batch, channels, depth, height, width), and indices -> (batch, channels, ...).

    {_MaxUnpool.__doc__}"""
    _axes = 3
