"""Windows that slide over the spatial axes of images: their settings, and where each lies."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

AXES = {
    1: "batch, channels, length",
    2: "batch, channels, height, width",
    3: "batch, channels, depth, height, width",
}

Place = tuple[slice, ...]


def per_axis(name: str, setting: str, value: Any, axes: int, least: int = 1) -> tuple[int, ...]:
    """A setting that is a number, or one for each spatial axis, as one for each."""
    one = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if isinstance(value, (tuple, list)) and len(value) == 1:
        value, one = value[0], True
    each = (value,) * axes if one else value
    if (
        not isinstance(each, (tuple, list))
        or len(each) != axes
        or not all(isinstance(v, (int, np.integer)) and v >= least for v in each)
    ):
        several = {1: "", 2: " or a pair of them", 3: " or three of them"}[axes]
        raise ValueError(
            f"{name}: {setting} is a number{several}, each at least {least}, not {value!r}"
        )
    return tuple(map(int, each))


def extent(kernel: int, dilation: int) -> int:
    """How many pixels a window reaches over."""
    return dilation * (kernel - 1) + 1


def count(
    name: str,
    size: int,
    kernel: int,
    stride: int,
    pads: tuple[int, int],
    dilation: int,
    ceil_mode: bool = False,
) -> int:
    """How many windows fit along one axis.

    With ``ceil_mode`` a last one may reach over the border, if it starts before it.
    """
    free = size + sum(pads) - extent(kernel, dilation)
    fit = (free + (stride - 1) * bool(ceil_mode)) // stride + 1
    if fit < 1:
        raise ValueError(
            f"{name}: a window of {extent(kernel, dilation)} does not fit into {size} pixels "
            f"with a border of {pads[0]} and {pads[1]}; use a smaller kernel or more padding"
        )
    return fit - (ceil_mode and (fit - 1) * stride >= size + pads[0])


def places(
    kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int], size: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], Place]]:
    """For each place in a window, its offset, and the slices of the pixels there in all windows."""
    for offset in itertools.product(*map(range, kernel)):
        yield (
            offset,
            tuple(
                slice(o * d, o * d + s * (n - 1) + 1, s) if n else slice(0, 0)
                for o, s, d, n in zip(offset, stride, dilation, size, strict=True)
            ),
        )


@dataclass(frozen=True)
class Windows:
    """The windows of one pooling, one number for each spatial axis.

    Attributes
    ----------
    image : tuple of int
        The size of the images.
    kernel, stride, dilation : tuple of int
    pads : tuple of (before, after)
        Borders that reach as far as the windows do.
    size : tuple of int
        How many windows there are.
    """

    image: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    size: tuple[int, ...]

    def __iter__(self) -> Iterator[tuple]:
        """For each place in a window, the index of the pixels there in all windows."""
        found = places(self.kernel, self.stride, self.dilation, self.size)
        return ((..., *place) for _, place in found)

    @property
    def inside(self) -> tuple:
        """The index of the image within its border."""
        return (..., *(slice(b, b + n) for n, (b, _) in zip(self.image, self.pads, strict=True)))

    def bordered(self, x: np.ndarray, border: float) -> np.ndarray:
        """The images with their border."""
        if not any(map(any, self.pads)):
            return x
        padded = self.full(x, border)
        padded[self.inside] = x
        return padded

    def full(self, like: np.ndarray, number: float) -> np.ndarray:
        """Images with their border that hold one number, in memory in the order of ``like``."""
        return np.full_like(like, number, shape=(*like.shape[:2], *self.reach))

    @property
    def reach(self) -> tuple[int, ...]:
        """The size of an image with its border."""
        return tuple(n + sum(pads) for n, pads in zip(self.image, self.pads, strict=True))

    @property
    def tile(self) -> bool:
        """Whether each pixel is in one window."""
        whole = tuple(n * k for n, k in zip(self.size, self.kernel, strict=True))
        return self.stride == self.kernel and self.image == whole and not any(map(any, self.pads))

    @staticmethod
    def add(y: np.ndarray, place: tuple, x: np.ndarray) -> None:
        """``y[place] += x``."""
        y[place] += x


def sliding(
    name: str,
    axes: int,
    shape: Sequence[int],
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Windows:
    """The windows of a pooling of images of a shape, with its settings checked."""
    takes(name, axes, shape)
    kernel = per_axis(name, "kernel_size", kernel_size, axes)
    strides = kernel if stride is None else per_axis(name, "stride", stride, axes)
    padding = per_axis(name, "padding", padding, axes, least=0)
    dilations = per_axis(name, "dilation", dilation, axes)
    pads, size = [], []
    for n, k, s, p, d in zip(shape[2:], kernel, strides, padding, dilations, strict=True):
        whole = extent(k, d)
        if 2 * p > whole:
            raise ValueError(
                f"{name}: padding {p} is more than half of a window of {whole}; use less padding"
            )
        fit = count(name, n, k, s, (p, p), d, ceil_mode)
        size.append(fit)
        pads.append((p, max(p, (fit - 1) * s + whole - n - p)))
    return Windows(tuple(shape[2:]), kernel, strides, tuple(pads), dilations, tuple(size))


class Adaptive(Windows):
    """Windows that share out an image evenly: window i of n goes from ⌊i·size/n⌋ to ⌈(i+1)·size/n⌉.

    They differ in length: a shorter one names its last pixel again.
    """

    def __iter__(self) -> Iterator[tuple]:
        bounds = [shares(n, out) for n, out in zip(self.image, self.size, strict=True)]
        for offset in np.ndindex(self.kernel):
            each = (np.minimum(a + o, b - 1) for o, (a, b) in zip(offset, bounds, strict=True))
            yield (slice(None), slice(None), *np.ix_(*each))

    @staticmethod
    def add(y: np.ndarray, place: tuple, x: np.ndarray) -> None:
        np.add.at(y, place, x)  # windows may overlap at one place


def shares(size: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each of ``out`` windows that share out ``size`` pixels starts and ends."""
    i = np.arange(out)
    return i * size // out, -(-(i + 1) * size // out)


def adaptive(name: str, axes: int, shape: Sequence[int], output_size: Any) -> Adaptive:
    """The windows that share out images of a shape; None keeps the size of an axis."""
    takes(name, axes, shape)
    several = isinstance(output_size, (tuple, list)) and len(output_size) == axes
    given = output_size if several else (output_size,) * axes
    filled = tuple(n if out is None else out for n, out in zip(shape[2:], given, strict=True))
    size = per_axis(name, "output_size", filled, axes)
    image = tuple(shape[2:])
    if min(image) < 1:
        raise ValueError(f"{name}: there is nothing in images of shape {tuple(shape)}")
    kernel = tuple(
        int(np.max(np.subtract(*shares(n, out)[::-1]))) for n, out in zip(image, size, strict=True)
    )
    ones = (1,) * axes
    return Adaptive(image, kernel, ones, ((0, 0),) * axes, ones, size)


def takes(name: str, axes: int, shape: Sequence[int]) -> None:
    """Refuse images that have not so many axes."""
    if len(shape) != axes + 2:
        raise ValueError(f"{name} takes ({AXES[axes]}), got shape {tuple(shape)}")
