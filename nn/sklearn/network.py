"""The network of an estimator, as its settings ask."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from .. import layers
from ..module import Module

ACTIVATIONS: dict[str, type[Module]] = {
    "identity": layers.Identity,
    "logistic": layers.Sigmoid,
    "tanh": layers.Tanh,
    "relu": layers.ReLU,
    "leaky_relu": layers.LeakyReLU,
    "gelu": layers.GELU,
}


def mlp(sizes: list[int], activation: str, random: np.random.RandomState, dtype: Any) -> Module:
    """Linear layers from size to size, with activations between them.

    References
    ----------
    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks", eq. 16; biases start in the same range, as scikit-learn's do, and in its order.
    """
    model = layers.Sequential()
    for fan_in, fan_out in pairwise(sizes):
        if len(model):
            model.append(ACTIVATIONS[activation]())
        bound = math.sqrt((2 if activation == "logistic" else 6) / (fan_in + fan_out))
        # Its own start is overwritten; the seed keeps nn's default generator out of it.
        linear = layers.Linear(fan_in, fan_out, rng=0, dtype=dtype)
        linear.weight.data[...] = random.uniform(-bound, bound, (fan_in, fan_out)).T
        linear.get_parameter("bias").data[...] = random.uniform(-bound, bound, fan_out)
        model.append(linear)
    return model


def made_by(factory: Any, features: int, outputs: int, rng: np.random.Generator) -> Module:
    """What a user's function gives, refused where it is no module that can be trained."""
    model = factory(features, outputs, rng)
    if not isinstance(model, Module) or not any(True for _ in model.parameters()):
        raise TypeError(
            f"module is a function (n_features, n_outputs, rng) that makes an nn.Module with "
            f"parameters; {factory!r} made {model!r}"
        )
    return model
