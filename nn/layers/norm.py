"""Normalisation of each sample by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import functional
from ..init import ones_, zeros_
from ..module import Module
from ..parameter import Parameter


class Normalization(Module):
    """Weights of ones and biases of zeros, or neither."""

    weight: Parameter | None
    bias: Parameter | None

    def _start(self, shape: Any, affine: bool, bias: bool, dtype: Any) -> None:
        self.weight = Parameter(np.ones(shape), dtype=dtype) if affine else None
        self.bias = Parameter(np.zeros(shape), dtype=dtype) if affine and bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weights of ones and biases of zeros again."""
        if self.weight is not None:
            ones_(self.weight)
        if self.bias is not None:
            zeros_(self.bias)


class LayerNorm(Normalization):
    """Mean 0 and variance 1 over the last axes, then · weight + bias.

    x : (..., \\*normalized_shape) -> the same

    Parameters
    ----------
    normalized_shape : int or sequence of int
    eps : float
    elementwise_affine, bias : bool
        Whether there are weights; whether there are biases too.
    dtype : NumPy dtype

    References
    ----------
    Ba et al. 2016, "Layer normalization", eq. 3.

    Examples
    --------
    >>> import numpy as np, nn
    >>> print(nn.LayerNorm(2)(np.array([[1.0, 3.0]])).data.round(3))
    [[-1.  1.]]
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        self.normalized_shape = _shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._start(self.normalized_shape, elementwise_affine, bias, dtype)

    def forward(self, input: Any) -> Any:
        return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(Normalization):
    """x / √(mean(x²)) over the last axes, then · weight.

    x : (..., \\*normalized_shape) -> the same

    Parameters
    ----------
    normalized_shape : int or sequence of int
    eps : float, optional
        The smallest step of the input's dtype, if left out.
    elementwise_affine : bool
    dtype : NumPy dtype

    References
    ----------
    Zhang & Sennrich 2019, "Root mean square layer normalization", eq. 4.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        self.normalized_shape = _shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._start(self.normalized_shape, elementwise_affine, False, dtype)

    def forward(self, input: Any) -> Any:
        return functional.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class GroupNorm(Normalization):
    """Mean 0 and variance 1 over the channels and places of each group, then · weight + bias.

    x : (batch, num_channels, ...) -> the same

    Parameters
    ----------
    num_groups, num_channels : int
        The one divides the other.
    eps : float
    affine : bool
    bias : bool
    dtype : NumPy dtype

    References
    ----------
    Wu & He 2018, "Group normalization", eq. 7.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
        dtype: Any = np.float32,
    ) -> None:
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(f"GroupNorm: {num_groups} groups must divide {num_channels} channels")
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        self._start(num_channels, affine, bias, dtype)

    def forward(self, input: Any) -> Any:
        check_channels(self, input, self.num_channels)
        return functional.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """Numbers divided by those of neighbouring channels; see `functional.local_response_norm`."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Any) -> Any:
        return functional.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def _shape(given: int | Sequence[int]) -> tuple[int, ...]:
    return (given,) if isinstance(given, (int, np.integer)) else tuple(given)


def check_channels(layer: Module, x: Any, channels: int) -> None:
    """Refuse another number of channels."""
    shape = np.shape(x)
    if len(shape) < 2 or shape[1] != channels:
        raise ValueError(
            f"{type(layer).__name__} of {channels} channels got x of shape {shape}; axis 1 must "
            f"be {channels}"
        )
