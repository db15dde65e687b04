"""Dropout layers."""

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
    inplace : bool
        Taken, and changes nothing.
    rng : numpy.random.Generator or int, optional
        One stream for all calls of this layer; the default generator otherwise.
    """

    function = staticmethod(functional.dropout)

    def __init__(self, p: float = 0.5, inplace: bool = False, *, rng: Rng = None) -> None:
        if not 0 <= p <= 1:
            raise ValueError(
                f"{type(self).__name__}: p is a probability between 0 and 1, not {p!r}"
            )
        self.p, self.inplace = p, inplace
        self.rng = None if rng is None else generator(rng)

    def forward(self, input: Any) -> Any:
        return self.function(input, self.p, self.training, rng=self.rng)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout1d(Dropout):
    """`Dropout` of whole channels of (batch, channels, length) or (channels, length)."""

    function = staticmethod(functional.dropout1d)


class Dropout2d(Dropout):
    """`Dropout` of whole channels of (batch, channels, height, width)."""

    function = staticmethod(functional.dropout2d)


class Dropout3d(Dropout):
    """`Dropout` of whole channels of (batch, channels, depth, height, width)."""

    function = staticmethod(functional.dropout3d)


class AlphaDropout(Dropout):
    """Dropout that keeps mean 0 and variance 1; see `nn.functional.alpha_dropout`."""

    function = staticmethod(functional.alpha_dropout)


class FeatureAlphaDropout(Dropout):
    """`AlphaDropout` of whole channels of (batch, channels, ...)."""

    function = staticmethod(functional.feature_alpha_dropout)
