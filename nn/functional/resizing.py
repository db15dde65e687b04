"""Images of another size: interpolation, and channels that become pixels.

>>> import numpy as np
>>> interpolate(np.array([[[1.0, 2.0]]]), scale_factor=2).data
array([[[1., 1., 2., 2.]]])
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd.ops.resample import Taps

from . import pooling
from .images import as_value

_MODES = {
    "nearest": (1, 2, 3),
    "nearest-exact": (1, 2, 3),
    "area": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "trilinear": (3,),
}


def interpolate(
    input: Any,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """Images of another size.

    Parameters
    ----------
    input : (batch, channels, *size) array or Value
    size : int, or one for each spatial axis
        Of the result; or
    scale_factor : number, or one for each spatial axis
        How many times the size, rounded down.
    mode : {"nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"}
        linear for one spatial axis, bilinear and bicubic for two, trilinear for three.
    align_corners : bool, optional
        Whether the centres of the first and last pixels stay where they are, or (by default)
        their outer edges. For the linear and cubic modes.
    recompute_scale_factor : bool, optional
        Take the scale from the rounded size, and not ``scale_factor`` as it is.
    antialias : bool
        Not offered.

    Returns
    -------
    (batch, channels, *out_size) Value

    References
    ----------
    Keys 1981, "Cubic convolution interpolation for digital image processing", eq. 15 with
    a = −3/4 for bicubic.
    """
    x = as_value("interpolate", input)
    axes = x.ndim - 2
    if axes not in _MODES.get(mode, ()):
        raise ValueError(
            f"interpolate: input of shape {x.shape} and mode={mode!r} do not go together; the "
            f"modes are nearest, nearest-exact and area for (batch, channels, one to three axes), "
            f"linear for one axis, bilinear and bicubic for two, trilinear for three"
        )
    if antialias:
        raise NotImplementedError("interpolate: antialias=True is not offered")
    if align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
        raise ValueError(f"interpolate: align_corners has no meaning for mode={mode!r}")
    out, scales = _sizes(x.shape[2:], size, scale_factor)
    if recompute_scale_factor:
        scales = [None] * axes
    if mode == "area":
        return getattr(pooling, f"adaptive_avg_pool{axes}d")(x, tuple(out))
    kind = {"bilinear": "linear", "trilinear": "linear"}.get(mode, mode)
    each = zip(x.shape[2:], out, scales, strict=True)
    taps = tuple(_taps(kind, n, m, scale, bool(align_corners)) for n, m, scale in each)
    return autograd.resample(x, taps)


def _sizes(
    given: Sequence[int], size: Any, scale_factor: Any
) -> tuple[list[int], list[float | None]]:
    """The size of the result, and by how much each axis grows where that was asked."""
    if (size is None) == (scale_factor is None):
        raise ValueError(
            f"interpolate: give either size or scale_factor, not {size!r} and {scale_factor!r}"
        )
    asked = scale_factor if size is None else size
    each = list(asked) if isinstance(asked, (tuple, list)) else [asked] * len(given)
    if len(each) != len(given):
        raise ValueError(
            f"interpolate: {asked!r} is for {len(each)} axes, and the images have {len(given)}"
        )
    out = (
        each if size is not None else [math.floor(n * s) for n, s in zip(given, each, strict=True)]
    )
    if min(given) < 1 or min(out) < 1:
        raise ValueError(f"interpolate: images of {tuple(given)} cannot become {tuple(out)}")
    return out, [None if size is not None else float(s) for s in each]


def _taps(kind: str, size: int, out: int, scale: float | None, align_corners: bool) -> Taps:
    """From which pixels each new pixel is made, along one axis."""
    i = np.arange(out)
    if kind.startswith("nearest"):
        if out == size or (out == 2 * size and kind == "nearest"):
            return Taps(size, (i * size // out)[:, None], np.ones((out, 1)))
        # In float32, as PyTorch: elsewhere rounding would give a neighbour.
        step32 = np.float32(size / out if scale is None else 1 / scale)
        if kind == "nearest-exact":
            at32 = (i.astype(np.float32) + np.float32(0.5)) * step32
        else:
            at32 = i.astype(np.float32) * step32
        nearest = np.minimum(np.floor(at32).astype(int), size - 1)
        return Taps(size, nearest[:, None], np.ones((out, 1)))
    if align_corners:
        at = i * ((size - 1) / (out - 1) if out > 1 else 0.0)
    else:
        at = (i + 0.5) * (size / out if scale is None else 1 / scale) - 0.5
    if kind == "linear":
        at = np.maximum(at, 0)
        low = np.minimum(np.floor(at).astype(int), size - 1)
        share = np.clip(at - low, 0, 1)
        index = np.stack([low, np.minimum(low + 1, size - 1)], 1)
        weight = np.stack([1 - share, share], 1)
    else:
        low = np.floor(at).astype(int)
        index = low[:, None] + np.arange(-1, 3)
        weight = _cubic(np.abs(at[:, None] - index))
        index = np.clip(index, 0, size - 1)
    return Taps(size, index, weight)


def _cubic(t: np.ndarray) -> np.ndarray:
    a = -0.75
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    return np.where(t <= 1, near, far)


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Channels become pixels: (..., C · r², H, W) -> (..., C, H · r, W · r).

    References
    ----------
    Shi et al. 2016, "Real-time single image and video super-resolution using an efficient
    sub-pixel convolutional neural network", eq. 4.
    """
    x, r = as_value("pixel_shuffle", input), upscale_factor
    if x.ndim < 3 or r < 1 or x.shape[-3] % (r * r):
        raise ValueError(
            f"pixel_shuffle: (..., channels, height, width) with a multiple of {r}² channels is "
            f"asked for, got shape {x.shape}"
        )
    *before, channels, height, width = x.shape
    parts = np.reshape(x, (*before, channels // (r * r), r, r, height, width))
    n = len(before)
    parts = np.transpose(parts, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return np.reshape(parts, (*before, channels // (r * r), height * r, width * r))


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """Pixels become channels: (..., C, H · r, W · r) -> (..., C · r², H, W)."""
    x, r = as_value("pixel_unshuffle", input), downscale_factor
    if x.ndim < 3 or r < 1 or x.shape[-2] % r or x.shape[-1] % r:
        raise ValueError(
            f"pixel_unshuffle: (..., channels, height, width) with sides that are multiples of "
            f"{r} is asked for, got shape {x.shape}"
        )
    *before, channels, height, width = x.shape
    parts = np.reshape(x, (*before, channels, height // r, r, width // r, r))
    n = len(before)
    parts = np.transpose(parts, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return np.reshape(parts, (*before, channels * r * r, height // r, width // r))
