"""Layers that give images a border: ``padding`` is one number, or two for each axis, last first."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import functional
from ..module import Module

Border = int | tuple[int, ...]


class _Pad(Module):
    _axes: int
    _mode = "constant"

    def __init__(self, padding: Border) -> None:
        one = isinstance(padding, (int, np.integer))
        self.padding: Any = (padding,) * 2 * self._axes if one else tuple(padding)  # type: ignore[arg-type]
        if len(self.padding) != 2 * self._axes:
            raise ValueError(
                f"{type(self).__name__}: padding is a number or {2 * self._axes} of them, before "
                f"and after, the last axis first; got {padding!r}"
            )

    def forward(self, input: Any) -> Any:
        shape = np.shape(input)
        if len(shape) not in (self._axes + 1, self._axes + 2):
            raise ValueError(
                f"{type(self).__name__} takes (batch, channels, and {self._axes} spatial axes), or "
                f"the same without the batch axis, got shape {shape}"
            )
        return functional.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    def __init__(self, padding: Border, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        return functional.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """A border of one number round sequences."""

    _axes = 1


class ConstantPad2d(_ConstantPad):
    """A border of one number round images."""

    _axes = 2


class ConstantPad3d(_ConstantPad):
    """A border of one number round volumes."""

    _axes = 3


class ZeroPad1d(_Pad):
    """A border of zeros round sequences."""

    _axes = 1


class ZeroPad2d(_Pad):
    """A border of zeros round images."""

    _axes = 2


class ZeroPad3d(_Pad):
    """A border of zeros round volumes."""

    _axes = 3


class ReflectionPad1d(_Pad):
    """A border round sequences that mirrors what lies inside."""

    _axes = 1
    _mode = "reflect"


class ReflectionPad2d(_Pad):
    """A border round images that mirrors what lies inside."""

    _axes = 2
    _mode = "reflect"


class ReflectionPad3d(_Pad):
    """A border round volumes that mirrors what lies inside."""

    _axes = 3
    _mode = "reflect"


class ReplicationPad1d(_Pad):
    """A border round sequences that repeats the outermost numbers."""

    _axes = 1
    _mode = "replicate"


class ReplicationPad2d(_Pad):
    """A border round images that repeats the outermost numbers."""

    _axes = 2
    _mode = "replicate"


class ReplicationPad3d(_Pad):
    """A border round volumes that repeats the outermost numbers."""

    _axes = 3
    _mode = "replicate"


class CircularPad1d(_Pad):
    """A border round sequences of what lies at their other end."""

    _axes = 1
    _mode = "circular"


class CircularPad2d(_Pad):
    """A border round images of what lies at their other end."""

    _axes = 2
    _mode = "circular"


class CircularPad3d(_Pad):
    """A border round volumes of what lies at their other end."""

    _axes = 3
    _mode = "circular"
