"""Pooling layers: (batch, channels, *size) -> (batch, channels, *out_size)."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.ops.windows import per_axis

from .. import functional
from ..functional.images import as_value
from ..module import Module

Size = int | tuple[int, ...]


class _MaxPool(Module):
    """The largest number of each window; the first of equal ones takes the gradient."""

    _axes: int

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size, self.padding, self.dilation = kernel_size, padding, dilation
        self.stride = kernel_size if stride is None else stride
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Any) -> Any:
        return getattr(functional, f"max_pool{self._axes}d")(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )

    def extra_repr(self) -> str:
        names = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
        return _shown(self, *names)


class MaxPool1d(_MaxPool):
    """The largest number of each window of sequences; see `nn.functional.max_pool1d`."""

    _axes = 1


class MaxPool2d(_MaxPool):
    """The largest number of each window of images; see `nn.functional.max_pool2d`."""

    _axes = 2


class MaxPool3d(_MaxPool):
    """The largest number of each window of volumes; see `nn.functional.max_pool3d`."""

    _axes = 3


class _AvgPool(Module):
    """The mean of each window."""

    _axes: int

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Any) -> Any:
        return getattr(functional, f"avg_pool{self._axes}d")(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            *self._override(),
        )

    def _override(self) -> tuple:
        return ()

    def extra_repr(self) -> str:
        return _shown(self, "kernel_size", "stride", "padding")


class AvgPool1d(_AvgPool):
    """The mean of each window of sequences; see `autograd.avg_pool1d`."""

    _axes = 1

    def extra_repr(self) -> str:
        each = (self.kernel_size, self.stride, self.padding)
        sizes = (per_axis("AvgPool1d", "size", size, 1, least=0) for size in each)
        return "kernel_size={}, stride={}, padding={}".format(*sizes)


class AvgPool2d(_AvgPool):
    """The mean of each window of images; see `autograd.avg_pool2d`."""

    _axes = 2

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override

    def _override(self) -> tuple:
        return (self.divisor_override,)


class AvgPool3d(AvgPool2d):
    """The mean of each window of volumes; see `autograd.avg_pool3d`."""

    _axes = 3


class _LPPool(Module):
    """The p-norm of each window."""

    _axes: int

    def __init__(
        self,
        norm_type: float,
        kernel_size: Size,
        stride: Size | None = None,
        ceil_mode: bool = False,
    ) -> None:
        self.norm_type, self.kernel_size = norm_type, kernel_size
        self.stride, self.ceil_mode = stride, ceil_mode

    def forward(self, input: Any) -> Any:
        return getattr(functional, f"lp_pool{self._axes}d")(
            input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode
        )

    def extra_repr(self) -> str:
        return _shown(self, "norm_type", "kernel_size", "stride", "ceil_mode")


class LPPool1d(_LPPool):
    """The p-norm of each window of sequences; see `autograd.lp_pool1d`."""

    _axes = 1


class LPPool2d(_LPPool):
    """The p-norm of each window of images; see `autograd.lp_pool2d`.

    With ``norm_type=2`` it is the root mean square times √n, for n pixels in a window.
    """

    _axes = 2


class LPPool3d(_LPPool):
    """The p-norm of each window of volumes; see `autograd.lp_pool3d`."""

    _axes = 3


class _AdaptivePool(Module):
    """One number for each of so many windows that share out the image evenly."""

    _function: str

    def __init__(self, output_size: int | tuple[int | None, ...] | None) -> None:
        self.output_size = output_size

    def forward(self, input: Any) -> Any:
        return getattr(functional, self._function)(input, self.output_size)

    def extra_repr(self) -> str:
        return _shown(self, "output_size")


class AdaptiveAvgPool1d(_AdaptivePool):
    """The mean of each equal share of a sequence; see `nn.functional.adaptive_avg_pool1d`."""

    _function = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_AdaptivePool):
    """The mean of each equal share of an image; see `nn.functional.adaptive_avg_pool2d`."""

    _function = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_AdaptivePool):
    """The mean of each equal share of a volume; see `nn.functional.adaptive_avg_pool3d`."""

    _function = "adaptive_avg_pool3d"


class _AdaptiveMaxPool(_AdaptivePool):
    def __init__(
        self, output_size: int | tuple[int | None, ...] | None, return_indices: bool = False
    ) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Any) -> Any:
        return getattr(functional, self._function)(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest number of each equal share of a sequence."""

    _function = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest number of each equal share of an image."""

    _function = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest number of each equal share of a volume."""

    _function = "adaptive_max_pool3d"


class GlobalAvgPool2d(Module):
    """The mean of each whole image: (..., channels, height, width) -> (..., channels).

    `AdaptiveAvgPool2d(1)` and `Flatten` in one, ready for `Linear`.
    """

    def forward(self, input: Any) -> Any:
        return np.mean(as_value("GlobalAvgPool2d", input), axis=(-2, -1))


class GlobalMaxPool2d(Module):
    """The largest number of each whole image: (..., channels, height, width) -> (..., channels)."""

    def forward(self, input: Any) -> Any:
        y = functional.adaptive_max_pool2d(input, 1)
        return np.reshape(y, y.shape[:-2])


def _shown(layer: Module, *names: str) -> str:
    return ", ".join(f"{name}={vars(layer)[name]}" for name in names)
