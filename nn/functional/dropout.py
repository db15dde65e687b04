"""Dropout."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..module import floating
from ..random import Rng, generator


def dropout(x: Any, p: float = 0.5, training: bool = True, *, rng: Rng = None) -> Any:
    """Set numbers to 0 with probability ``p`` and scale the rest by 1 / (1 − p).

    The expected result is ``x``; outside training it is ``x`` itself.

    Parameters
    ----------
    x : array or Value of any shape
    p : float
        At least 0 and below 1 (1 drops everything).
    training : bool
    rng : numpy.random.Generator or int, optional

    References
    ----------
    Srivastava et al. 2014, "Dropout", section 10 (the scaling at training time).
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p is a probability between 0 and 1, not {p!r}")
    floating("dropout", x)  # the scale as an integer would be another one
    if not training or p == 0:
        return x
    dtype = x.dtype if np.ndim(x) else np.float64
    kept = generator(rng).random(np.shape(x)) >= p
    scale = 1 / (1 - p) if p < 1 else 0.0
    return x * (kept * scale).astype(dtype)
