"""Linear, and Flatten, which leads to it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd

from ..init import default_
from ..module import Module, Parameter, floating
from ..random import Rng, generator


class Linear(Module):
    """x @ weight.T + bias.

    x : (..., in_features) -> (..., out_features)

    Parameters
    ----------
    in_features, out_features : int
    bias : bool
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    Attributes
    ----------
    weight : (out_features, in_features) Parameter
        Starts evenly within 1/√in_features, which keeps the outputs near the inputs' spread.
    bias : (out_features,) Parameter or None
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        if in_features < 1 or out_features < 1:
            raise ValueError(
                f"Linear needs at least one feature in and one out, got {in_features} and "
                f"{out_features}"
            )
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(np.zeros((out_features, in_features)), dtype=dtype)
        self.bias = Parameter(np.zeros(out_features), dtype=dtype) if bias else None
        default_(self.weight, self.bias, generator(rng))

    def forward(self, x: Any) -> Any:
        floating("Linear", x)
        shape = np.shape(x)
        if not shape or shape[-1] != self.in_features:
            raise ValueError(
                f"Linear(in_features={self.in_features}) got x of shape {shape}; its last axis "
                f"must be {self.in_features} (Flatten() joins the axes of an image)"
            )
        return autograd.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Flatten(Module):
    """Join all axes from ``start_dim`` to ``end_dim``.

    x : (batch, channels, height, width) -> (batch, channels · height · width) by default
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Any) -> Any:
        shape = np.shape(x)
        axes = range(len(shape))
        if not {self.start_dim, self.end_dim} <= {*axes, *(i - len(shape) for i in axes)}:
            raise ValueError(f"{self!r} got x of shape {shape}, which has no such axis")
        start, end = axes[self.start_dim], axes[self.end_dim] + 1
        if start >= end:
            raise ValueError(f"{self!r} got x of shape {shape}, where it starts after its end")
        return np.reshape(x, (*shape[:start], math.prod(shape[start:end]), *shape[end:]))

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
