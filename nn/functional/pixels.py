"""Channels that become pixels and the other way, and channels in another order."""

from __future__ import annotations

from typing import Any

import numpy as np

from .images import as_value


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


def channel_shuffle(input: Any, groups: int) -> Any:
    """Channels dealt out: the first of each group, then the second of each, and so on.

    input : (batch, channels, ...) -> the same shape

    References
    ----------
    Zhang et al. 2018, "ShuffleNet: an extremely efficient convolutional neural network for mobile
    devices", section 3.1.
    """
    x = as_value("channel_shuffle", input)
    if x.ndim < 3 or groups < 1 or x.shape[1] % groups:
        raise ValueError(
            f"channel_shuffle: (batch, channels, ...) with a multiple of {groups} channels is "
            f"asked for, got shape {x.shape}"
        )
    batch, channels, *size = x.shape
    parts = np.reshape(x, (batch, groups, channels // groups, *size))
    return np.reshape(np.swapaxes(parts, 1, 2), x.shape)
