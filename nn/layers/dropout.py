"""Dropout."""

from __future__ import annotations

from typing import Any

from .. import functional
from ..module import Module
from ..random import Rng, generator


class Dropout(Module):
    """In training set numbers to 0 with probability ``p`` and scale the rest by 1 / (1 − p).

    Parameters
    ----------
    p : float
    rng : numpy.random.Generator or int, optional
        One stream for all calls of this layer; the default generator otherwise.
    """

    def __init__(self, p: float = 0.5, *, rng: Rng = None) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p is a probability between 0 and 1, not {p!r}")
        self.p = p
        self.rng = None if rng is None else generator(rng)

    def forward(self, x: Any) -> Any:
        return functional.dropout(x, self.p, self.training, rng=self.rng)

    def extra_repr(self) -> str:
        return f"p={self.p}"
