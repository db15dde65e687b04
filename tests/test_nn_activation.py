"""Activations against their formulas in plain NumPy, and far from zero."""

import math

import numpy as np
import pytest

import nn
from autograd import Value

ACTIVATIONS = {
    "Identity": (lambda: nn.Identity(), lambda x: x),
    "ReLU": (lambda: nn.ReLU(), lambda x: np.maximum(x, 0)),
    "LeakyReLU": (lambda: nn.LeakyReLU(0.2), lambda x: np.where(x > 0, x, 0.2 * x)),
    "Sigmoid": (lambda: nn.Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
    "Tanh": (lambda: nn.Tanh(), np.tanh),
    "GELU": (
        lambda: nn.GELU(),
        lambda x: x / 2 * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
    ),
    "GELU by tanh": (
        lambda: nn.GELU("tanh"),
        lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    ),
    "Softplus": (lambda: nn.Softplus(), lambda x: np.log(1 + np.exp(x))),
    "Softmax": (lambda: nn.Softmax(1), lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True)),
    "LogSoftmax": (
        lambda: nn.LogSoftmax(),
        lambda x: x - np.log(np.exp(x).sum(-1, keepdims=True)),
    ),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_is_its_formula(name):
    make, formula = ACTIVATIONS[name]
    x = np.random.default_rng(0).normal(size=(3, 5))
    np.testing.assert_allclose(make()(Value(x)).data, formula(x), atol=1e-12)
    np.testing.assert_allclose(make()(x), formula(x), atol=1e-12)  # plain arrays too
    assert make()(Value(x.astype(np.float32))).dtype == np.float32


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activation_of_extreme_numbers_is_finite(name, dtype):
    x = Value(np.array([[-1000, -50, 0, 50, 1000]], dtype))
    y = ACTIVATIONS[name][0]()(x)
    assert np.isfinite(y.data).all()
    if y is not x:
        y.sum().backward()
        assert np.isfinite(x.grad).all()
