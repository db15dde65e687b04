"""Linear and Bilinear; Flatten, which leads to them, and Unflatten."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd

from .. import functional
from ..init import default_, uniform_
from ..module import Module, Parameter, floating
from ..random import Rng, drawing_from, generator


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
        if in_features < 0 or out_features < 0:
            raise ValueError(
                f"Linear has no negative number of features, got {in_features} and {out_features}"
            )
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(np.zeros((out_features, in_features)), dtype=dtype)
        self.bias = Parameter(np.zeros(out_features), dtype=dtype) if bias else None
        with drawing_from(rng):
            self.reset_parameters()

    def reset_parameters(self, rng: Rng = None) -> None:
        """Start anew; see `Attributes`."""
        default_(self.weight, self.bias, generator(rng))

    def forward(self, input: Any) -> Any:
        floating("Linear", input)
        shape = np.shape(input)
        if not shape or shape[-1] != self.in_features:
            raise ValueError(
                f"Linear(in_features={self.in_features}) got x of shape {shape}; its last axis "
                f"must be {self.in_features} (Flatten() joins the axes of an image)"
            )
        return autograd.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Bilinear(Module):
    """x1 · weight · x2 + bias: each output weighs every product of a number of x1 and one of x2.

    x1 : (..., in1_features), x2 : (..., in2_features) -> (..., out_features)

    Parameters
    ----------
    in1_features, in2_features, out_features : int
    bias : bool
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    Attributes
    ----------
    weight : (out_features, in1_features, in2_features) Parameter
        Starts evenly within 1/√in1_features, as the bias does.
    bias : (out_features,) Parameter or None
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        if min(in1_features, in2_features, out_features) < 1:
            raise ValueError("Bilinear needs at least one feature in each input and one out")
        self.in1_features, self.in2_features = in1_features, in2_features
        self.out_features = out_features
        shape = (out_features, in1_features, in2_features)
        self.weight = Parameter(np.zeros(shape), dtype=dtype)
        self.bias = Parameter(np.zeros(out_features), dtype=dtype) if bias else None
        with drawing_from(rng):
            self.reset_parameters()

    def reset_parameters(self, rng: Rng = None) -> None:
        """Start anew; see `Attributes`."""
        rng, bound = generator(rng), 1 / math.sqrt(self.in1_features)
        for parameter in self.parameters(recurse=False):
            uniform_(parameter, -bound, bound, rng)

    def forward(self, input1: Any, input2: Any) -> Any:
        return functional.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class Flatten(Module):
    """Join all axes from ``start_dim`` to ``end_dim``.

    x : (batch, channels, height, width) -> (batch, channels · height · width) by default
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Any) -> Any:
        shape = np.shape(input)
        axes = range(len(shape))
        if not {self.start_dim, self.end_dim} <= {*axes, *(i - len(shape) for i in axes)}:
            raise ValueError(f"{self!r} got x of shape {shape}, which has no such axis")
        start, end = axes[self.start_dim], axes[self.end_dim] + 1
        if start >= end:
            raise ValueError(f"{self!r} got x of shape {shape}, where it starts after its end")
        return np.reshape(input, (*shape[:start], math.prod(shape[start:end]), *shape[end:]))

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Split the axis ``dim`` into several.

    Parameters
    ----------
    dim : int
    unflattened_size : sequence of int
        Their lengths; one may be −1, which is what is left.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Unflatten(1, (2, -1))(np.zeros((5, 6))).shape
    (5, 2, 3)
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def forward(self, input: Any) -> Any:
        shape, size = np.shape(input), self.unflattened_size
        if not -len(shape) <= self.dim < len(shape):
            raise ValueError(f"{self!r} got x of shape {shape}, which has no such axis")
        axis = self.dim % len(shape)
        known = math.prod(n for n in size if n != -1)
        if size.count(-1) == 1 and known and not shape[axis] % known:
            size = tuple(shape[axis] // known if n == -1 else n for n in size)
        if math.prod(size) != shape[axis] or min(size, default=0) < 0:
            raise ValueError(
                f"{self!r} got x of shape {shape}, whose axis {axis} does not split so"
            )
        return np.reshape(input, (*shape[:axis], *size, *shape[axis + 1 :]))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
