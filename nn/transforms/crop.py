"""Transforms that move pixels and leave them as they are: pad, crop, shift, flip."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..random import Rng
from .base import RandomTransform, Transform, chance, sides

_MODES = ("constant", "edge", "reflect", "symmetric")


class Pad(Transform):
    """A border around each image.

    Parameters
    ----------
    padding : int, (left and right, top and bottom), or (left, top, right, bottom)
    fill : float
        What the border holds, where ``padding_mode`` is "constant".
    padding_mode : {"constant", "edge", "reflect", "symmetric"}

    Examples
    --------
    >>> Pad((1, 0))(np.ones((1, 2, 2)))
    array([[[0., 1., 1., 0.],
            [0., 1., 1., 0.]]])
    """

    def __init__(self, padding: Any, fill: float = 0, padding_mode: str = "constant") -> None:
        given = (padding,) if isinstance(padding, (int, np.integer)) else tuple(padding)
        if len(given) not in (1, 2, 4) or any(n < 0 for n in given):
            raise ValueError(
                f"padding is one whole number of at least 0, two (left and right, top and bottom) "
                f"or four (left, top, right, bottom), not {padding!r}"
            )
        if padding_mode not in _MODES:
            raise ValueError(
                f"padding_mode is one of {', '.join(map(repr, _MODES))}, not {padding_mode!r}"
            )
        self.padding, self.fill, self.padding_mode = given, fill, padding_mode

    def batch(self, images: np.ndarray) -> np.ndarray:
        left, top, right, bottom = (self.padding * 4)[:4]
        borders = ((0, 0), (0, 0), (top, bottom), (left, right))
        settings: Any = {"constant_values": self.fill} if self.padding_mode == "constant" else {}
        return np.pad(images, borders, self.padding_mode, **settings)  # type: ignore[call-overload]


class CenterCrop(Transform):
    """The middle of each image; smaller images get a border of zeros.

    Parameters
    ----------
    size : int or (height, width)
    """

    def __init__(self, size: Any) -> None:
        self.size = sides("CenterCrop: size", size)

    def batch(self, images: np.ndarray) -> np.ndarray:
        images = _at_least(images, self.size)
        height, width = self.size
        top = round((images.shape[2] - height) / 2)
        left = round((images.shape[3] - width) / 2)
        return images[:, :, top : top + height, left : left + width]


class RandomCrop(RandomTransform):
    """A part of each image, at a place that is drawn.

    Parameters
    ----------
    size : int or (height, width)
    padding : int, pair or four ints, optional
        A border that is added before, as for `Pad`: ``RandomCrop(32, padding=4)`` shifts.
    pad_if_needed : bool
        Give images that are smaller than ``size`` a border, instead of refusing them.
    fill, padding_mode
        As for `Pad`.
    rng : numpy.random.Generator or int, optional
    """

    def __init__(
        self,
        size: Any,
        padding: Any = None,
        pad_if_needed: bool = False,
        fill: float = 0,
        padding_mode: str = "constant",
        *,
        rng: Rng = None,
    ) -> None:
        super().__init__(rng=rng)
        self.size, self.pad_if_needed = sides("RandomCrop: size", size), pad_if_needed
        self.pad = Pad(0 if padding is None else padding, fill, padding_mode)

    def random_batch(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if any(self.pad.padding):
            images = self.pad.batch(images)
        if self.pad_if_needed:
            images = _at_least(images, self.size, self.pad)
        if images.shape[2] < self.size[0] or images.shape[3] < self.size[1]:
            raise ValueError(
                f"RandomCrop: {self.size} does not fit into images of {images.shape[2:]}; give "
                f"padding, or pad_if_needed=True"
            )
        windows = sliding_window_view(images, self.size, axis=(2, 3))
        tops = rng.integers(windows.shape[2], size=len(images))
        lefts = rng.integers(windows.shape[3], size=len(images))
        return windows[np.arange(len(images)), :, tops, lefts]


class RandomShift(RandomTransform):
    """Each image moved by whole pixels, with a border coming in.

    Parameters
    ----------
    shift : int or (down, across)
        By how many pixels at most, either way.
    fill : float
    rng : numpy.random.Generator or int, optional
    """

    def __init__(self, shift: Any, fill: float = 0, *, rng: Rng = None) -> None:
        super().__init__(rng=rng)
        self.shift, self.fill = sides("RandomShift: shift", shift, 0), fill

    def random_batch(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        down, across = self.shift
        crop = RandomCrop(images.shape[2:], (across, down), fill=self.fill, rng=rng)
        return crop.batch(images)


class _RandomFlip(RandomTransform):
    axis: int

    def __init__(self, p: float = 0.5, *, rng: Rng = None) -> None:
        super().__init__(rng=rng)
        self.p = chance(type(self).__name__, p)

    def random_batch(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        flipped = rng.random(len(images)) < self.p
        return np.where(flipped[:, None, None, None], np.flip(images, self.axis), images)


class RandomHorizontalFlip(_RandomFlip):
    """Left and right exchanged, in some images.

    Parameters
    ----------
    p : float
        With which probability, for each image.
    rng : numpy.random.Generator or int, optional
    """

    axis = 3


class RandomVerticalFlip(_RandomFlip):
    """Top and bottom exchanged, in some images.

    Parameters
    ----------
    p : float
        With which probability, for each image.
    rng : numpy.random.Generator or int, optional
    """

    axis = 2


def _at_least(images: np.ndarray, size: tuple[int, int], pad: Pad | None = None) -> np.ndarray:
    """Images with a border, where they are smaller."""
    missing = [max(0, side - have) for side, have in zip(size, images.shape[2:], strict=True)]
    if not any(missing):
        return images
    (down, across), (fill, mode) = missing, (pad.fill, pad.padding_mode) if pad else (0, "constant")
    border = (across // 2, down // 2, across - across // 2, down - down // 2)
    return Pad(border, fill, mode).batch(images)
