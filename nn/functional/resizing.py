"""Images of another size.

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
        Where images shrink, let each new pixel see all that it stands for. For bilinear and
        bicubic.

    Returns
    -------
    (batch, channels, *out_size) Value

    References
    ----------
    Keys 1981, "Cubic convolution interpolation for digital image processing", eq. 15 with
    a = −3/4 for bicubic, and a = −1/2 with ``antialias``.
    """
    x = as_value("interpolate", input)
    axes = x.ndim - 2
    if axes not in _MODES.get(mode, ()):
        raise ValueError(
            f"interpolate: input of shape {x.shape} and mode={mode!r} do not go together; the "
            f"modes are nearest, nearest-exact and area for (batch, channels, one to three axes), "
            f"linear for one axis, bilinear and bicubic for two, trilinear for three"
        )
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(
            f"interpolate: antialias=True is for mode='bilinear' and 'bicubic', not {mode!r}"
        )
    if align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
        raise ValueError(f"interpolate: align_corners has no meaning for mode={mode!r}")
    out, scales = _sizes(x.shape[2:], size, scale_factor)
    if recompute_scale_factor:
        scales = [None] * axes
    if mode == "area":
        return getattr(pooling, f"adaptive_avg_pool{axes}d")(x, tuple(out))
    kind = {"bilinear": "linear", "trilinear": "linear"}.get(mode, mode)
    each = zip(x.shape[2:], out, scales, strict=True)
    make = _wide_taps if antialias else _taps
    taps = tuple(make(kind, n, m, scale, bool(align_corners)) for n, m, scale in each)
    return autograd.resample(x, taps)


def upsample(
    input: Any,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Any:
    """The old name of `interpolate`."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(
    input: Any,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
) -> Any:
    """`interpolate` with each pixel repeated."""
    return interpolate(input, size, scale_factor)


def upsample_bilinear(
    input: Any,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
) -> Any:
    """`interpolate` with mode="bilinear", the corners kept in their places."""
    return interpolate(input, size, scale_factor, "bilinear", True)


def _sizes(
    given: Sequence[int], size: Any, scale_factor: Any
) -> tuple[list[int], list[float | None]]:
    """The size of the result, and by how much each axis grows where that was asked."""
    if (size is None) == (scale_factor is None):
        raise ValueError(
            f"interpolate: give either size or scale_factor, not {size!r} and {scale_factor!r}"
        )
    asked = scale_factor if size is None else size
    each = list(asked) if np.ndim(asked) else [asked] * len(given)
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
    step = _step(size, out, scale, align_corners)
    at = i * step if align_corners else (i + 0.5) * step - 0.5
    if kind == "linear":
        at = np.maximum(at, 0)
        low = np.minimum(np.floor(at).astype(int), size - 1)
        share = np.clip(at - low, 0, 1)
        index = np.stack([low, np.minimum(low + 1, size - 1)], 1)
        weight = np.stack([1 - share, share], 1)
    else:
        low = np.floor(at).astype(int)
        index = low[:, None] + np.arange(-1, 3)
        weight = cubic(np.abs(at[:, None] - index))
        index = np.clip(index, 0, size - 1)
    return Taps(size, index, weight)


def _wide_taps(kind: str, size: int, out: int, scale: float | None, align_corners: bool) -> Taps:
    """`_taps` whose weights reach as far as a new pixel does, as in Pillow and PyTorch."""
    step = _step(size, out, scale, align_corners)
    width = max(step, 1.0)
    reach = width * (1 if kind == "linear" else 2)
    centre = step * (np.arange(out) + 0.5)
    low = np.maximum((centre - reach + 0.5).astype(int), 0)
    high = np.minimum((centre + reach + 0.5).astype(int), size)
    index = low[:, None] + np.arange(np.max(high - low))
    away = np.abs((index + 0.5 - centre[:, None]) / width)
    weight = np.maximum(1 - away, 0) if kind == "linear" else cubic(away, -0.5)
    weight = np.where((index < high[:, None]) & (away < reach / width), weight, 0)
    return Taps(size, np.minimum(index, high[:, None] - 1), weight / weight.sum(1, keepdims=True))


def _step(size: int, out: int, scale: float | None, align_corners: bool) -> float:
    """From one new pixel to the next, in old pixels."""
    if align_corners:
        return (size - 1) / (out - 1) if out > 1 else 0.0
    return size / out if scale is None else 1 / scale


def cubic(t: Any, a: float = -0.75) -> Any:
    """How much a pixel counts that is ``t`` pixels away, up to 2."""
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    return np.where(t <= 1, near, far)
