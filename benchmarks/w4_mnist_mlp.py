"""W4: the size of network that MNIST is learned with: matrix products and an optimiser."""

from __future__ import annotations

import functools
import itertools

import numpy as np

from . import by_hand, training

TITLE = "MNIST MLP 784-512-512-10, batch 128, float32, Adam step"
DTYPE = "float32"
STEPS = 3
UPDATES = True
TINY = {"batch": 5, "widths": (6, 4, 3, 2)}
OPTIMIZER = "Adam", {"lr": 1e-3}


def inputs(batch=128, widths=(784, 512, 512, 10)):
    rng = np.random.default_rng(4)
    parameters = {}
    for layer, (n_in, n_out) in enumerate(itertools.pairwise(widths)):
        parameters[f"{2 * layer}.weight"] = rng.uniform(-1, 1, (n_out, n_in)) / np.sqrt(n_in)
        parameters[f"{2 * layer}.bias"] = rng.uniform(-1, 1, n_out) / np.sqrt(n_in)
    x, labels = rng.random((batch, widths[0])), rng.integers(0, widths[-1], batch)
    return {"x": x, "labels": labels, "parameters": parameters}


def _build(parameters, nn, dtype):
    """The model, in nn or torch.nn."""
    layers = []
    for layer in range(3):
        n_out, n_in = parameters[f"{2 * layer}.weight"].shape
        layers += [nn.Linear(n_in, n_out, dtype=dtype), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _scores(p, x, relu):
    h = relu(x @ p["0.weight"].T + p["0.bias"])
    h = relu(h @ p["2.weight"].T + p["2.bias"])
    return h @ p["4.weight"].T + p["4.bias"]


def chainrule(data, **wrap):
    build = functools.partial(_build, data["parameters"])
    return training.with_chainrule(build, *OPTIMIZER, data, **wrap)


def replay(data):
    from autograd import record

    return chainrule(data, wrap=record)


def torch(data):
    return training.with_torch(functools.partial(_build, data["parameters"]), *OPTIMIZER, data)


def numpy(data):
    x, labels = data["x"], data["labels"]

    def value_and_grad(p):
        h0 = x @ p["0.weight"].T
        h0 += p["0.bias"]
        np.maximum(h0, 0, out=h0)
        h1 = h0 @ p["2.weight"].T
        h1 += p["2.bias"]
        np.maximum(h1, 0, out=h1)
        loss, g2 = by_hand.softmax_cross_entropy(h1 @ p["4.weight"].T + p["4.bias"], labels)
        g1 = g2 @ p["4.weight"]
        g1 *= h1 > 0
        g0 = g1 @ p["2.weight"]
        g0 *= h0 > 0
        gradients = {"4.weight": g2.T @ h1, "4.bias": g2.sum(0)}
        gradients |= {"2.weight": g1.T @ h0, "2.bias": g1.sum(0)}
        gradients |= {"0.weight": g0.T @ x, "0.bias": g0.sum(0)}
        return loss, gradients

    return training.with_gradients(value_and_grad, *OPTIMIZER, data)


reference = numpy


def jax(data):
    from jax.nn import relu

    return training.with_jax(lambda p, x: _scores(p, x, relu), *OPTIMIZER, data)


def hips(data):
    import autograd.numpy as anp
    from autograd import value_and_grad

    def loss(p):
        scores = _scores(p, data["x"], lambda x: anp.maximum(x, 0))
        return training.hips_cross_entropy(scores, data["labels"])

    return training.with_gradients(value_and_grad(loss), *OPTIMIZER, data)


def mygrad(data):
    from mygrad.nnet.activations import relu

    return training.with_mygrad(lambda p: _scores(p, data["x"], relu), *OPTIMIZER, data)
