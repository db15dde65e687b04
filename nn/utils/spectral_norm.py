"""Weights whose largest singular value is 1."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd import untraced
from autograd.value import raw

from ..module import Module
from ..parameter import Parameter
from ..random import Rng, generator
from .computed import compute, rules, stop_computing, weight_of


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
    *,
    rng: Rng = None,
) -> Module:
    """Let a weight be weight_orig / σ, σ its largest singular value as a matrix.

    σ is uᵀ·weight·v, with u and v moved towards the singular vectors at each call in training.

    Parameters
    ----------
    module : Module
        It is changed, and returned.
    name : str
        Of the parameter; ``name_orig`` takes its place, beside the buffers ``name_u``, ``name_v``.
    n_power_iterations : int
        How often u and v are moved at a call.
    eps : float
        The least length that u and v are divided by.
    dim : int, optional
        The axis of the outputs, the rows of the matrix: 1 of transposed convolutions, else 0.
    rng : numpy.random.Generator or int, optional

    References
    ----------
    Miyato et al. 2018, "Spectral normalization for generative adversarial networks", algorithm 1.

    Examples
    --------
    >>> import nn
    >>> layer = nn.utils.spectral_norm(nn.Linear(20, 40))
    >>> list(layer.state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    check_iterations(n_power_iterations)
    axis = outputs_of(module) if dim is None else dim
    weight = weight_of("spectral_norm", module, name)
    original, u, v = (f"{name}_{part}" for part in ("orig", "u", "v"))
    setattr(module, original, weight)
    rows, columns = np.shape(matrix(raw(weight), axis))
    rng = generator(rng)
    for key, count in ((u, rows), (v, columns)):
        module.register_buffer(key, unit(rng.normal(size=count), eps).astype(weight.dtype))

    def iterate(module: Any) -> None:
        if module.training:
            untraced(partial(move, module))  # anew in each replay of a recorded function

    def move(module: Any) -> None:
        wide = matrix(raw(getattr(module, original)), axis)
        left, right = getattr(module, u), getattr(module, v)
        for _ in range(n_power_iterations):
            right.data = unit(wide.T @ raw(left), eps)
            left.data = unit(wide @ raw(right), eps)

    def value(module: Any) -> Any:
        left, right = (untraced(partial(_numbers, module, key)) for key in (u, v))
        return over_largest(getattr(module, original), left, right, axis)

    compute(module, name, value, iterate)
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """Make the weight one parameter again, with the numbers that it has now."""
    keys = [f"{name}_{part}" for part in ("orig", "u", "v")]
    if name not in rules(module) or not set(keys) <= vars(module).keys():
        raise ValueError(f"there is no spectral_norm of {name!r} on this {type(module).__name__}")
    numbers = raw(getattr(module, name))
    trained = vars(module)[keys[0]].requires_grad
    stop_computing(module, name)
    for key in keys:
        delattr(module, key)
    setattr(module, name, Parameter(numbers, trained, dtype=numbers.dtype))
    return module


def _numbers(module: Module, key: str) -> np.ndarray:
    return raw(getattr(module, key))


def check_iterations(count: int) -> None:
    """Refuse fewer than one."""
    if count < 1:
        raise ValueError(f"spectral_norm: n_power_iterations is at least 1, not {count}")


def outputs_of(module: Module) -> int:
    """The axis of a layer's weight that stands for its outputs."""
    return int(getattr(module, "transposed", False))


def matrix(weight: Any, axis: int) -> Any:
    """The weight with ``axis`` as its rows and all others as its columns."""
    turned = np.moveaxis(weight, axis, 0) if axis else weight
    return np.reshape(turned, (np.shape(turned)[0], -1))


def unit(x: np.ndarray, eps: float) -> np.ndarray:
    """x / ‖x‖."""
    return x / np.maximum(np.linalg.norm(x), eps)


def over_largest(weight: Any, u: np.ndarray, v: np.ndarray, axis: int) -> Any:
    """weight / σ, with the singular vectors u and v of σ taken as constant."""
    return weight / (u @ (matrix(weight, axis) @ v))
