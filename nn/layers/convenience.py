"""Residual and MLP: two patterns that are written all the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..module import Module
from ..random import Rng, generator
from .activation import ReLU
from .container import Sequential
from .linear import Linear


class Residual(Module):
    """x + module(x), so that gradients have a way around the module.

    References
    ----------
    He et al. 2016, "Deep residual learning for image recognition", eq. 1.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Residual(nn.Identity())(np.array([1.0]))
    array([2.])
    """

    def __init__(self, module: Module) -> None:
        self.module = module

    def forward(self, x: Any) -> Any:
        y = self.module(x)
        if np.shape(y) != np.shape(x):
            raise ValueError(
                f"Residual adds x, of shape {np.shape(x)}, to what "
                f"{type(self.module).__name__} gave, of shape {np.shape(y)}; they must agree"
            )
        return x + y


class MLP(Sequential):
    """Linear layers with an activation between them.

    x : (..., sizes[0]) -> (..., sizes[-1])

    Parameters
    ----------
    sizes : sequence of int
        Of the input, of each hidden layer, and of the output.
    activation : callable
        A module class, or anything else that makes a module when called: one for each hidden layer.
    bias : bool
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    Examples
    --------
    >>> import nn
    >>> nn.MLP([2, 8, 1], nn.Tanh)
    MLP(
      (0): Linear(in_features=2, out_features=8, bias=True)
      (1): Tanh()
      (2): Linear(in_features=8, out_features=1, bias=True)
    )
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Callable[[], Module] = ReLU,
        bias: bool = True,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        if len(sizes) < 2:
            raise ValueError(f"MLP needs the sizes of its input and its output, got {list(sizes)}")
        if isinstance(activation, Module) or not callable(activation):
            raise TypeError(
                f"MLP makes an activation for each layer: MLP(sizes, nn.ReLU), not {activation!r}"
            )
        rng = generator(rng)
        for i, (before, after) in enumerate(pairwise(sizes)):
            if i:
                self.append(activation())
            self.append(Linear(before, after, bias, rng=rng, dtype=dtype))
