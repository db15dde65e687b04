"""Weights as a length times a direction."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.value import raw

from ..module import Module
from ..parameter import Parameter
from .computed import compute, rules, stop_computing, weight_of


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Let a weight be weight_g · weight_v / ‖weight_v‖, of which both parts are learnt.

    Parameters
    ----------
    module : Module
        It is changed, and returned.
    name : str
        Of the parameter; those named ``name_g`` and ``name_v`` take its place.
    dim : int or None
        Along this axis each slice has a length of its own; None gives one length to all.

    References
    ----------
    Salimans & Kingma 2016, "Weight normalization", eq. 2.

    Examples
    --------
    >>> import nn
    >>> layer = nn.utils.weight_norm(nn.Linear(20, 40))
    >>> [(name, p.shape) for name, p in layer.named_parameters()]
    [('bias', (40,)), ('weight_g', (40, 1)), ('weight_v', (40, 20))]
    """
    weight = weight_of("weight_norm", module, name)
    g, v = f"{name}_g", f"{name}_v"
    length = norm_except(raw(weight), dim)
    setattr(module, g, Parameter(length, weight.requires_grad, dtype=weight.dtype))
    setattr(module, v, Parameter(raw(weight), weight.requires_grad, dtype=weight.dtype))
    compute(module, name, lambda module: normed(getattr(module, g), getattr(module, v), dim))
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Make the weight one parameter again, with the numbers that it has now."""
    g, v = f"{name}_g", f"{name}_v"
    if name not in rules(module) or not {g, v} <= vars(module).keys():
        raise ValueError(f"there is no weight_norm of {name!r} on this {type(module).__name__}")
    numbers = raw(getattr(module, name))
    stop_computing(module, name)
    delattr(module, g)
    trained = vars(module)[v].requires_grad
    delattr(module, v)
    setattr(module, name, Parameter(numbers, trained, dtype=numbers.dtype))
    return module


def norm_except(v: Any, dim: int | None) -> Any:
    """The length of each slice along an axis, or of all; −1 stands for None, as in PyTorch."""
    if dim is None or dim == -1:
        return np.linalg.vector_norm(v)
    kept = dim % np.ndim(v)
    others = tuple(i for i in range(np.ndim(v)) if i != kept)
    return np.linalg.vector_norm(v, axis=others, keepdims=True) if others else np.abs(v)


def normed(g: Any, v: Any, dim: int | None) -> Any:
    """g · v / ‖v‖."""
    return v * (g / norm_except(v, dim))
