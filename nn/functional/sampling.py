"""Images read at places that are computed: the two halves of a spatial transformer.

>>> import numpy as np
>>> x = np.arange(4.0).reshape(1, 1, 2, 2)
>>> turned = affine_grid(np.array([[[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]]), (1, 1, 2, 2))
>>> grid_sample(x, turned).data[0, 0]
array([[2., 0.],
       [3., 1.]])

References
----------
Jaderberg et al. 2015, "Spatial transformer networks", eqs. 1, 5, 6 and 7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.ops.embedding import embedding

from .images import as_value
from .resizing import cubic


def affine_grid(theta: Any, size: Sequence[int], align_corners: bool | None = None) -> Any:
    """Where each pixel of a result lies in the image, by an affine map; for `grid_sample`.

    Parameters
    ----------
    theta : (batch, axes, axes + 1) array or Value
        Maps (x, y, 1), or (x, y, z, 1), of the result to (x, y) of the image.
    size : sequence of int
        The shape of the result: (batch, channels, height, width), or with a depth before these.
    align_corners : bool, optional
        Whether −1 and 1 are the centres of the outermost pixels, or (by default) their edges.

    Returns
    -------
    (batch, height, width, 2) or (batch, depth, height, width, 3) Value
    """
    theta = as_value("affine_grid", theta)
    axes = len(size) - 2
    if axes not in (2, 3) or theta.shape != (size[0], axes, axes + 1) or min(size) < 1:
        raise ValueError(
            f"affine_grid takes (batch, 2, 3) maps and a size of (batch, channels, height, width), "
            f"or (batch, 3, 4) maps and a size with a depth; got {theta.shape} and {tuple(size)}"
        )
    lines = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in size[2:])
    if not align_corners:
        lines = (line * (len(line) - 1) / len(line) for line in lines)
    places = np.meshgrid(*lines, indexing="ij")[::-1]  # x first
    flat = np.stack([*places, np.ones(size[2:])], -1).reshape(-1, axes + 1).astype(theta.dtype)
    return np.reshape(flat @ np.swapaxes(theta, 1, 2), (size[0], *size[2:], axes))


def grid_sample(
    input: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:
    """Images read at the places of a grid; gradients reach the images and the places.

    Parameters
    ----------
    input : (batch, channels, height, width) array or Value, or with a depth before these
    grid : (batch, out_height, out_width, 2) array or Value, or (batch, ..., 3)
        (x, y) or (x, y, z) of each pixel of the result, from −1 to 1 over the image.
    mode : {"bilinear", "nearest", "bicubic"}
        bilinear means trilinear where there is a depth; bicubic is for images without one.
    padding_mode : {"zeros", "border", "reflection"}
        What is read outside the image.
    align_corners : bool, optional
        Whether −1 and 1 are the centres of the outermost pixels, or (by default) their edges.

    Returns
    -------
    (batch, channels, out_height, out_width) Value, or with a depth
    """
    x, grid = as_value("grid_sample", input), as_value("grid_sample", grid)
    _check(x.shape, grid.shape, mode, padding_mode)
    corners = bool(align_corners)
    size = np.array(x.shape[2:], grid.dtype)
    scale = (size - 1 if corners else size) / 2
    at = (_finite(grid)[..., ::-1] + 1) * scale - (0.0 if corners else 0.5)
    if mode != "bicubic":
        at = _within(at, size, padding_mode, corners)
    pixels, shares = _neighbours(at, mode)
    if mode == "bicubic":
        pixels = _pixels_within(pixels, size, padding_mode, corners)
    return _read(x, pixels, shares)


def _check(image: tuple, grid: tuple, mode: str, padding_mode: str) -> None:
    axes = len(image) - 2
    if axes not in (2, 3) or grid != (image[0], *grid[1:-1], axes) or len(grid) != axes + 2:
        raise ValueError(
            f"grid_sample takes (batch, channels, height, width) images and a (batch, height, "
            f"width, 2) grid, or both with a depth and 3 for 2; got shapes {image} and {grid}"
        )
    if min(image[2:]) < 1:
        raise ValueError(f"grid_sample: there is nothing in images of shape {image}")
    if mode not in ("bilinear", "nearest", "bicubic") or (mode == "bicubic" and axes == 3):
        raise ValueError(
            f"grid_sample: mode is 'bilinear', 'nearest' or, for images without a depth, "
            f"'bicubic', not {mode!r}"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            f"grid_sample: padding_mode is 'zeros', 'border' or 'reflection', not {padding_mode!r}"
        )


def _finite(grid: Any) -> Any:
    """NaN is taken as −1, as PyTorch says, and what is very far away as far away."""
    odd = ~(np.abs(grid.data) <= 1e6)
    if not odd.any():
        return grid
    return np.where(odd, np.clip(np.nan_to_num(grid.data, nan=-1), -1e6, 1e6), grid)


def _within(at: Any, size: np.ndarray, padding_mode: str, corners: bool) -> Any:
    """Places outside, brought inside; on the border and past it they have no gradient."""
    if padding_mode == "zeros":
        return at
    if padding_mode == "reflection":
        place, slope = _reflected(at.data, size, corners)
        at = at * slope + (place - at.data * slope)
    inside = (at.data > 0) & (at.data < size - 1)
    return np.where(inside, at, np.clip(at.data, 0, size - 1))


def _pixels_within(
    pixels: np.ndarray, size: np.ndarray, padding_mode: str, corners: bool
) -> np.ndarray:
    """The pixels that stand for those outside."""
    if padding_mode == "zeros":
        return pixels
    if padding_mode == "reflection":
        pixels, _ = _reflected(pixels, size, corners)
    return np.clip(pixels, 0, size - 1)


def _reflected(at: np.ndarray, size: np.ndarray, corners: bool) -> tuple[np.ndarray, np.ndarray]:
    """Places mirrored at the border until they are inside, and which way they move then."""
    low, span = (0.0, np.maximum(size - 1, 1)) if corners else (-0.5, size)
    way = np.abs(at - low) % (2 * span)
    back = way > span
    slope = np.where(at < low, -1, 1) * np.where(back, -1, 1)
    return np.where(back, 2 * span - way, way) + low, slope.astype(at.dtype)


def _neighbours(at: Any, mode: str) -> tuple[np.ndarray, Any]:
    """Along each axis, the pixels near each place, and how much each counts."""
    if mode == "nearest":
        pixels = np.rint(at.data)[None]
        return pixels, np.ones_like(pixels)
    low = np.floor(at.data)
    if mode == "bicubic":
        pixels = np.stack([low - 1, low, low + 1, low + 2])
        return pixels, cubic(np.abs(at - pixels))
    first, sign = np.eye(2, 1, dtype=low.dtype), np.array([[-1.0], [1.0]], low.dtype)
    each = (2, *(1,) * at.ndim)
    return np.stack([low, low + 1]), first.reshape(each) + sign.reshape(each) * (at - low)


def _read(x: Any, pixels: np.ndarray, shares: Any) -> Any:
    """The sum of the pixels near each place, each times its share along every axis.

    pixels, shares : (near, batch, *out, axes)
    """
    batch, channels, *size = x.shape
    rows = np.reshape(np.moveaxis(x, 1, -1), (batch * math.prod(size), channels))
    rows = np.concatenate([rows, np.zeros((1, channels), x.dtype)])  # what is read outside
    out = pixels.shape[1:-1]
    number = np.arange(batch).reshape(1, batch, *(1,) * len(size))
    inside, share = np.ones_like(number, bool), None
    for axis, n in enumerate(size):
        pixel = pixels[..., axis]
        there = (pixel >= 0) & (pixel < n)
        near = (len(pixels) ** (axis + 1), *out)
        inside = (inside[:, None] & there).reshape(near)
        number = (number[:, None] * n + np.where(there, pixel, 0).astype(int)).reshape(near)
        one = shares[..., axis]
        share = one if share is None else np.reshape(share[:, None] * one, near)
    read = embedding(rows, np.where(inside, number, len(rows) - 1))
    return np.moveaxis(np.sum(read * share[..., None], axis=0), -1, 1)  # type: ignore[index]
