"""`weight_norm` and `spectral_norm` as parametrizations."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import untraced
from autograd.value import raw

from .. import functional
from ..module import Module
from ..random import Rng, generator
from .parametrize import register_parametrization
from .spectral_norm import check_iterations, matrix, outputs_of, over_largest, unit
from .weight_norm import norm_except, normed


class _WeightNorm(Module):
    """g · v / ‖v‖."""

    def __init__(self, dim: int | None) -> None:
        self.dim = dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        return normed(weight_g, weight_v, self.dim)

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        """The lengths, and the weight itself as the directions."""
        return norm_except(raw(weight), self.dim), raw(weight)


class _SpectralNorm(Module):
    """weight / σ, its vectors moved each time that the weight is read in training."""

    def __init__(self, weight: Any, n_power_iterations: int, dim: int, eps: float, rng: Rng):
        self.n_power_iterations, self.dim, self.eps = n_power_iterations, dim, eps
        if np.ndim(weight) < 2:
            return
        rng, wide = generator(rng), matrix(raw(weight), dim)
        for key, count in zip(("_u", "_v"), wide.shape, strict=True):
            self.register_buffer(key, unit(rng.normal(size=count), eps).astype(weight.dtype))
        self._iterate(wide, 15)  # PyTorch's number, for a good start

    _u: Any
    _v: Any

    def _iterate(self, wide: np.ndarray, count: int) -> None:
        for _ in range(count):
            self._u.data = unit(wide @ raw(self._v), self.eps)
            self._v.data = unit(wide.T @ raw(self._u), self.eps)

    def forward(self, weight: Any) -> Any:
        if np.ndim(weight) < 2:
            return functional.normalize(weight, dim=0, eps=self.eps)
        if self.training:
            untraced(lambda x: self._iterate(matrix(x, self.dim), self.n_power_iterations), weight)
        u, v = untraced(lambda: (raw(self._u), raw(self._v)))
        return over_largest(weight, u, v, self.dim)


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """`nn.utils.weight_norm`, with the keys ``parametrizations.weight.original0`` and ``1``.

    `nn.utils.parametrize.remove_parametrizations` undoes it.

    Examples
    --------
    >>> import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(20, 40))
    >>> list(layer.state_dict())
    ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    return register_parametrization(module, name, _WeightNorm(dim))


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
    *,
    rng: Rng = None,
) -> Module:
    """`nn.utils.spectral_norm`, with the key ``parametrizations.weight.original``.

    Its vectors start from fifteen iterations, and move each time that the weight is read in
    training.
    """
    check_iterations(n_power_iterations)
    axis = outputs_of(module) if dim is None else dim
    weight = module.get_parameter(name)
    return register_parametrization(
        module, name, _SpectralNorm(weight, n_power_iterations, axis, eps, rng)
    )
