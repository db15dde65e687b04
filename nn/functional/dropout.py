"""Dropout. ``inplace`` is taken and changes nothing: a recorded number is never written over."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import untraced

from ..module import floating
from ..random import Rng, generator
from .activation import SELU_ALPHA, SELU_SCALE


def dropout(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: Rng = None
) -> Any:
    """Set numbers to 0 with probability ``p`` and scale the rest by 1 / (1 − p).

    The expected result is the input; outside training it is the input itself.

    Parameters
    ----------
    input : array or Value of any shape
    p : float
        At least 0 and below 1 (1 drops everything).
    training : bool
    inplace : bool
    rng : numpy.random.Generator or int, optional

    References
    ----------
    Srivastava et al. 2014, "Dropout", section 10 (the scaling at training time).
    """
    return _dropped("dropout", input, np.shape(input), p, training, rng)


def dropout1d(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: Rng = None
) -> Any:
    """`dropout` of whole channels of (batch, channels, length) or (channels, length)."""
    return _channels("dropout1d", input, (2, 3), p, training, rng)


def dropout2d(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: Rng = None
) -> Any:
    """`dropout` of whole channels of (batch, channels, height, width).

    References
    ----------
    Tompson et al. 2015, "Efficient object localization using convolutional networks", section 3.2.
    """
    return _channels("dropout2d", input, (3, 4), p, training, rng)


def dropout3d(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: Rng = None
) -> Any:
    """`dropout` of whole channels of (batch, channels, depth, height, width), or of one sample."""
    return _channels("dropout3d", input, (4, 5), p, training, rng)


def alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False, *, rng: Rng = None
) -> Any:
    """Dropout that keeps mean 0 and variance 1, for networks of `selu`.

    References
    ----------
    Klambauer et al. 2017, "Self-normalizing neural networks", section 3.
    """
    return _alpha("alpha_dropout", input, np.shape(input), p, training, rng)


def feature_alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False, *, rng: Rng = None
) -> Any:
    """`alpha_dropout` of whole channels of (batch, channels, ...)."""
    shape = np.shape(input)
    if len(shape) < 2:
        raise ValueError(f"feature_alpha_dropout takes (batch, channels, ...), not shape {shape}")
    kept = (*shape[:2], *(1,) * (len(shape) - 2))
    return _alpha("feature_alpha_dropout", input, kept, p, training, rng)


def _alpha(name: str, x: Any, shape: tuple, p: float, training: bool, rng: Rng) -> Any:
    _check(name, x, p)
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0.0
    low = -SELU_ALPHA * SELU_SCALE  # what selu goes towards, in the place of 0
    scale = 1 / np.sqrt((1 - p) * (1 + p * low * low))
    dropped = untraced(lambda: (generator(rng).random(shape) < p).astype(_dtype(x)))
    return x * ((1 - dropped) * float(scale)) + (dropped - p) * float(scale * low)


def _channels(name: str, x: Any, ndims: tuple[int, int], p: float, training: bool, rng: Rng) -> Any:
    shape = np.shape(x)
    if len(shape) not in ndims:
        raise ValueError(f"{name} takes {ndims[0]} or {ndims[1]} axes, not an input of {shape}")
    # As PyTorch, (channels, length) has no batch, and three axes of images are a batch of rows.
    kept = 1 if len(shape) == ndims[0] and name != "dropout2d" else 2
    return _dropped(name, x, shape[:kept] + (1,) * (len(shape) - kept), p, training, rng)


def _dropped(name: str, x: Any, shape: tuple, p: float, training: bool, rng: Rng) -> Any:
    _check(name, x, p)
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return x * untraced(lambda: ((generator(rng).random(shape) >= p) * scale).astype(_dtype(x)))


def _check(name: str, x: Any, p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: p is a probability between 0 and 1, not {p!r}")
    floating(name, x)  # the scale as an integer would be another one


def _dtype(x: Any) -> Any:
    return x.dtype if np.ndim(x) else np.float64
