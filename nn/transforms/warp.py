"""Transforms that compute pixels anew: rotation, affine maps, other sizes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..random import Rng
from .base import RandomTransform, Transform, sides


class RandomAffine(RandomTransform):
    """Each image turned, shifted, scaled and sheared about its centre.

    Parameters
    ----------
    degrees : float or (least, largest)
        Of the turn, counter-clockwise; one number means from −degrees to degrees.
    translate : (float, float), optional
        The largest shift across and down, as shares of width and height.
    scale : (float, float), optional
        The least and the largest factor of the size.
    shear : float or (least, largest), optional
        Degrees by which upright lines lean.
    interpolation : {"bilinear", "nearest"}
        torchvision's default is "nearest", which leaves small images ragged.
    fill : float
        What comes in from outside.
    rng : numpy.random.Generator or int, optional
    """

    def __init__(
        self,
        degrees: Any,
        translate: tuple[float, float] | None = None,
        scale: tuple[float, float] | None = None,
        shear: Any = None,
        interpolation: str = "bilinear",
        fill: float = 0,
        *,
        rng: Rng = None,
    ) -> None:
        super().__init__(rng=rng)
        if interpolation not in ("bilinear", "nearest"):
            raise ValueError(f"interpolation is 'bilinear' or 'nearest', not {interpolation!r}")
        self.degrees = _range("degrees", degrees)
        self.translate = (0.0, 0.0) if translate is None else tuple(map(float, translate))
        self.scale = (1.0, 1.0) if scale is None else tuple(map(float, scale))
        self.shear = _range("shear", 0.0 if shear is None else shear)
        self.interpolation, self.fill = interpolation, fill
        if len(self.translate) != 2 or not all(0 <= share <= 1 for share in self.translate):
            raise ValueError(f"translate is two shares from 0 to 1, not {translate!r}")
        if len(self.scale) != 2 or not 0 < self.scale[0] <= self.scale[1]:
            raise ValueError(f"scale is (least, largest), both above 0, not {scale!r}")

    def random_batch(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        rows, _, height, width = images.shape
        angle = np.radians(rng.uniform(*self.degrees, size=rows))
        lean = np.tan(np.radians(rng.uniform(*self.shear, size=rows)))
        factor = rng.uniform(self.scale[0], self.scale[1], size=rows)
        across, down = (
            rng.uniform(-share, share, size=rows) * side
            for share, side in zip(self.translate, (width, height), strict=True)
        )
        cos, sin = np.cos(angle) / factor, np.sin(angle) / factor
        # From a pixel of the result back to where it came from: unshift, unturn, unscale, unshear;
        # the y axis points down.
        to_x, to_y = (cos + lean * sin, -sin + lean * cos), (sin, cos)
        matrices = np.stack(
            [
                [*to_x, -to_x[0] * across - to_x[1] * down],
                [*to_y, -to_y[0] * across - to_y[1] * down],
            ]
        )
        return _warp(images, matrices, self.interpolation, self.fill)


class RandomRotation(RandomAffine):
    """Each image turned about its centre, counter-clockwise.

    Parameters
    ----------
    degrees : float or (least, largest)
        One number means from −degrees to degrees.
    interpolation : {"bilinear", "nearest"}
    fill : float
        What comes in from outside.
    rng : numpy.random.Generator or int, optional

    Examples
    --------
    >>> RandomRotation((90, 90))(np.array([[[1.0, 2.0], [3.0, 4.0]]])).round(6)
    array([[[2., 4.],
            [1., 3.]]])
    """

    def __init__(
        self, degrees: Any, interpolation: str = "bilinear", fill: float = 0, *, rng: Rng = None
    ) -> None:
        super().__init__(degrees, interpolation=interpolation, fill=fill, rng=rng)


class Resize(Transform):
    """Images in another size, by bilinear interpolation.

    Parameters
    ----------
    size : int or (height, width)
        One number is the length of the shorter side; the other keeps the proportion.
    antialias : bool
        Average over what one new pixel covers, where images become smaller.

    Examples
    --------
    >>> Resize((1, 2))(np.arange(8.0).reshape(1, 2, 4)).round(3)
    array([[[2.714, 4.286]]])
    """

    def __init__(self, size: Any, antialias: bool = True) -> None:
        self.size = (
            sides("Resize: size", size) if np.ndim(size) else sides("Resize: size", size)[:1]
        )
        self.antialias = antialias

    def batch(self, images: np.ndarray) -> np.ndarray:
        height, width = images.shape[2:]
        if len(self.size) == 2:
            new_height, new_width = self.size
        else:
            short = min(height, width)
            new_height, new_width = (self.size[0] * side // short for side in (height, width))
        exact = images.dtype if np.issubdtype(images.dtype, np.floating) else np.dtype(np.float32)
        rows = _weights(height, new_height, self.antialias).astype(exact)
        columns = _weights(width, new_width, self.antialias).astype(exact)
        return _as(rows @ images.astype(exact, copy=False) @ columns.T, images.dtype)


def _weights(old: int, new: int, antialias: bool) -> np.ndarray:
    """(new, old): what each old pixel gives to each new one, a triangle around its centre."""
    scale = old / new
    reach = max(scale, 1.0) if antialias else 1.0
    centres = (np.arange(new) + 0.5) * scale
    distance = np.abs(np.arange(old) + 0.5 - centres[:, None])
    weights = np.maximum(0, 1 - distance / reach)
    return weights / weights.sum(axis=1, keepdims=True)


def _warp(images: np.ndarray, matrices: np.ndarray, interpolation: str, fill: float) -> np.ndarray:
    """Pixels fetched from where ``matrices``, (2, 3, rows), send those of the result.

    A border of ``fill`` of one pixel stands for all that is outside.
    """
    rows, channels, height, width = images.shape
    exact = np.float64 if images.dtype == np.float64 else np.float32
    padded = np.full((rows, channels, height + 2, width + 2), fill, exact)
    padded[:, :, 1:-1, 1:-1] = images
    x = np.arange(width) - (width - 1) / 2
    y = np.arange(height)[:, None] - (height - 1) / 2
    places = []
    for (of_x, of_y, shift), side in zip(matrices[..., None, None], (width, height), strict=True):
        place = (of_x * x).astype(exact) + (of_y * y + shift + (side + 1) / 2).astype(exact)
        places.append(np.clip(place, 0, side + 1, out=place))
    start = np.arange(rows * channels).reshape(rows, channels, 1, 1) * (height + 2) * (width + 2)
    flat, step = padded.reshape(-1), width + 2
    if interpolation == "nearest":
        column, row = (np.rint(place).astype(np.intp) for place in places)
        return _as(flat.take((row * step + column)[:, None] + start), images.dtype)
    column, row = (
        np.minimum(place.astype(np.intp), side)
        for place, side in zip(places, (width, height), strict=True)
    )
    right, below = ((p - c)[:, None] for p, c in zip(places, (column, row), strict=True))
    corner = (row * step + column)[:, None] + start
    upper = _between(flat, flat[1:], corner, right)
    lower = _between(flat[step:], flat[step + 1 :], corner, right)
    lower -= upper
    lower *= below
    lower += upper
    return _as(lower, images.dtype)


def _between(first: np.ndarray, second: np.ndarray, index: np.ndarray, share: Any) -> np.ndarray:
    low, high = first.take(index, mode="clip"), second.take(index, mode="clip")
    high -= low
    high *= share
    high += low
    return high


def _as(images: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Images in a dtype again; whole numbers are rounded."""
    if np.issubdtype(dtype, np.floating):
        return images.astype(dtype, copy=False)
    if dtype.kind == "b":
        return images >= 0.5
    limits = np.iinfo(dtype)
    return np.clip(np.rint(images), limits.min, limits.max).astype(dtype)


def _range(name: str, given: Any) -> tuple[float, float]:
    if np.ndim(given) == 0:
        if not 0 <= given < math.inf:
            raise ValueError(f"{name} is a number of at least 0 or (least, largest), not {given!r}")
        return -float(given), float(given)
    least, largest = map(float, given)
    if not -math.inf < least <= largest < math.inf:
        raise ValueError(f"{name} is (least, largest), not {given!r}")
    return least, largest
