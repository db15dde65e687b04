"""Convolutions and transposed convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.ops.windows import AXES, extent, per_axis

from .. import functional
from ..init import default_
from ..module import Module, Parameter, floating
from ..random import Rng, drawing_from, generator

Size = int | tuple[int, ...]


class _Conv(Module):
    """What all of them have: the settings, one for each spatial axis, and the parameters."""

    _axes: int
    transposed = False

    def _set(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size,
        padding: Size | str,
        dilation: Size,
        groups: int,
        padding_mode: str,
    ) -> None:
        name = type(self).__name__
        if min(in_channels, out_channels) < 1:
            raise ValueError(
                f"{name} needs at least one channel in and one out, got {in_channels} and "
                f"{out_channels}"
            )
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{name}: groups={groups} must divide in_channels={in_channels} and "
                f"out_channels={out_channels}"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = per_axis(name, "kernel_size", kernel_size, self._axes)
        self.stride = per_axis(name, "stride", stride, self._axes)
        self.dilation = per_axis(name, "dilation", dilation, self._axes)
        self.padding: Any = padding
        if not isinstance(padding, str):
            self.padding = per_axis(name, "padding", padding, self._axes, least=0)
        elif padding not in ("same", "valid"):
            raise ValueError(
                f"{name}: padding is a number, one for each axis, 'same' or 'valid', not "
                f"{padding!r}"
            )
        elif padding == "same" and max(self.stride) > 1:
            raise ValueError(
                f"{name}: padding='same' keeps the size, which needs stride 1, not {stride}"
            )
        self.padding_mode, self.output_padding = padding_mode, (0,) * self._axes

    def _start(self, shape: tuple[int, int], bias: bool, rng: Rng, dtype: Any) -> None:
        self.weight = Parameter(np.zeros((*shape, *self.kernel_size)), dtype=dtype)
        self.bias = Parameter(np.zeros(self.out_channels), dtype=dtype) if bias else None
        with drawing_from(rng):
            self.reset_parameters()

    def reset_parameters(self, rng: Rng = None) -> None:
        """Start anew: evenly within 1/√(fan in)."""
        default_(self.weight, self.bias, generator(rng))

    def _check(self, x: Any) -> None:
        name, axes = type(self).__name__, self._axes
        floating(name, x)
        shape = np.shape(x)
        if len(shape) not in (axes + 1, axes + 2) or shape[-axes - 1] != self.in_channels:
            images = AXES[axes].replace("channels", str(self.in_channels))
            hint = " (x[:, None] adds the axis of one channel)" if self.in_channels == 1 else ""
            raise ValueError(
                f"{name}(in_channels={self.in_channels}) got x of shape {shape}; it takes "
                f"({images}), or one image without the batch axis{hint}"
            )

    def extra_repr(self) -> str:
        ones, nothing = (1,) * self._axes, (0,) * self._axes
        shown = [
            f"{self.in_channels}, {self.out_channels}",
            f"kernel_size={self.kernel_size}, stride={self.stride}",
        ]
        usual = {"padding": nothing, "dilation": ones, "output_padding": nothing, "groups": 1}
        shown += [
            f"{name}={vars(self)[name]}"
            for name, default in usual.items()
            if vars(self).get(name, default) != default
        ]
        if self.bias is None:
            shown.append("bias=False")
        if self.padding_mode != "zeros":
            shown.append(f"padding_mode={self.padding_mode}")
        return ", ".join(shown)


class _Convolution(_Conv):
    """Slide kernels over images.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, dilation : int, or one for each spatial axis
    padding : int, one for each spatial axis, "same" or "valid"
    groups : int
    bias : bool
    padding_mode : {"zeros", "reflect", "replicate", "circular"}
        What the border is filled with; see `nn.functional.pad`.
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    Attributes
    ----------
    weight : (out_channels, in_channels / groups, *kernel_size) Parameter
        Starts evenly within 1/√(in_channels / groups · numbers of a kernel).
    bias : (out_channels,) Parameter or None
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                f"{type(self).__name__}: padding_mode is 'zeros', 'reflect', 'replicate' or "
                f"'circular', not {padding_mode!r}"
            )
        self._set(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, padding_mode
        )
        self._start((out_channels, in_channels // groups), bias, rng, dtype)

    def forward(self, input: Any) -> Any:
        self._check(input)
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = functional.pad(input, self._borders(), self.padding_mode), 0
        convolve = getattr(functional, f"conv{self._axes}d")
        return convolve(
            input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )

    def _borders(self) -> tuple[int, ...]:
        """Before and after, the last axis first, as `nn.functional.pad` takes them."""
        if self.padding == "valid":
            return (0, 0) * self._axes
        if self.padding == "same":
            whole = [extent(k, d) - 1 for k, d in zip(self.kernel_size, self.dilation, strict=True)]
            return tuple(p for n in reversed(whole) for p in (n // 2, n - n // 2))
        return tuple(p for n in reversed(self.padding) for p in (n, n))


class Conv1d(_Convolution):
    __doc__ = f"""(batch, in_channels, length) -> (batch, out_channels, out_length).

    {_Convolution.__doc__}"""
    _axes = 1


class Conv2d(_Convolution):
    __doc__ = f"""(batch, in_channels, height, width) -> (batch, out_channels, ...).

    {_Convolution.__doc__}"""
    _axes = 2


class Conv3d(_Convolution):
    __doc__ = f"""(batch, in_channels, depth, height, width) -> (batch, out_channels, ...).

    {_Convolution.__doc__}"""
    _axes = 3


class _Transposed(_Conv):
    """Spread each number over a window, times the kernel: a convolution the other way round.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, dilation : int, or one for each spatial axis
        Those of the convolution that leads back.
    output_padding : int, or one for each spatial axis
        So many more pixels at the end.
    groups : int
    bias : bool
    padding_mode : {"zeros"}
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    Attributes
    ----------
    weight : (in_channels, out_channels / groups, *kernel_size) Parameter
    bias : (out_channels,) Parameter or None
    """

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        padding_mode: str = "zeros",
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        name = type(self).__name__
        if padding_mode != "zeros" or isinstance(padding, str):
            raise ValueError(
                f"{name}: its padding cuts off, so it is numbers, with padding_mode='zeros', not "
                f"{padding!r} and {padding_mode!r}"
            )
        self._set(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, padding_mode
        )
        self.output_padding = per_axis(name, "output_padding", output_padding, self._axes, least=0)
        self._start((in_channels, out_channels // groups), bias, rng, dtype)

    def forward(self, input: Any, output_size: Sequence[int] | None = None) -> Any:
        """The images; of the spatial size ``output_size`` where that is one of the possible."""
        self._check(input)
        extra = self.output_padding
        if output_size is not None:
            extra = self._extra(np.shape(input)[-self._axes :], output_size)
        transpose = getattr(functional, f"conv_transpose{self._axes}d")
        return transpose(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            extra,
            self.groups,
            self.dilation,
        )

    def _extra(self, size: tuple[int, ...], output_size: Sequence[int]) -> tuple[int, ...]:
        """The output padding that gives this size."""
        each = zip(size, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        least = [(n - 1) * s - 2 * p + extent(k, d) for n, k, s, p, d in each]
        asked = tuple(output_size)[-self._axes :]
        extra = tuple(out - n for out, n in zip(asked, least, strict=True))
        if any(not 0 <= e < s for e, s in zip(extra, self.stride, strict=True)):
            most = [n + s - 1 for n, s in zip(least, self.stride, strict=True)]
            raise ValueError(
                f"{type(self).__name__}: images of {size} can become {least} to {most}, not {asked}"
            )
        return extra


class ConvTranspose1d(_Transposed):
    __doc__ = f"""(batch, in_channels, length) -> (batch, out_channels, out_length).

    {_Transposed.__doc__}"""
    _axes = 1


class ConvTranspose2d(_Transposed):
    __doc__ = f"""(batch, in_channels, height, width) -> (batch, out_channels, ...).

    {_Transposed.__doc__}"""
    _axes = 2


class ConvTranspose3d(_Transposed):
    __doc__ = f"""(batch, in_channels, depth, height, width) -> (batch, out_channels, ...).

    {_Transposed.__doc__}"""
    _axes = 3
