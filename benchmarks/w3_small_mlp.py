"""W3: a network so small that the cost of each array operation is what counts."""

from __future__ import annotations

import itertools

import numpy as np

TITLE = "MLP 2-16-16-1 as arrays, 100 points, tanh, MSE, SGD step"
DTYPE = "float32"
STEPS = 5
UPDATES = True
TINY = {"points": 7, "widths": (2, 4, 3, 1)}
LR = 0.1


def inputs(points=100, widths=(2, 16, 16, 1)):
    rng = np.random.default_rng(3)
    parameters = {}
    for layer, (n_in, n_out) in enumerate(itertools.pairwise(widths)):
        parameters[f"{layer}.weight"] = rng.normal(size=(n_in, n_out)) / np.sqrt(n_in)
        parameters[f"{layer}.bias"] = 0.1 * rng.normal(size=n_out)
    x = rng.normal(size=(points, 2))
    return {"x": x, "target": np.sin(x[:, :1] * x[:, 1:]), "parameters": parameters}


def _loss(p, x, target, tanh):
    h = tanh(x @ p["0.weight"] + p["0.bias"])
    h = tanh(h @ p["1.weight"] + p["1.bias"])
    error = h @ p["2.weight"] + p["2.bias"] - target
    return (error * error).mean()


def numpy(data):
    x, target = data["x"], data["target"]
    names = ("0.weight", "0.bias", "1.weight", "1.bias", "2.weight", "2.bias")
    parameters = [data["parameters"][name].copy() for name in names]
    last = {}

    def step():
        w0, b0, w1, b1, w2, b2 = parameters
        h0 = np.tanh(x @ w0 + b0)
        h1 = np.tanh(h0 @ w1 + b1)
        error = h1 @ w2 + b2 - target
        last["loss"] = (error * error).mean()
        g2 = error * (2 / error.size)
        g1 = (g2 @ w2.T) * (1 - h1 * h1)
        g0 = (g1 @ w1.T) * (1 - h0 * h0)
        gradients = x.T @ g0, g0.sum(0), h0.T @ g1, g1.sum(0), h1.T @ g2, g2.sum(0)
        for p, g in zip(parameters, gradients, strict=True):
            p -= LR * g

    return step, lambda: {**last, **dict(zip(names, parameters, strict=True))}


reference = numpy


def chainrule(data, wrap=lambda function: function):
    from autograd import Value

    x, target, last = data["x"], data["target"], {}
    parameters = {name: Value(p) for name, p in data["parameters"].items()}

    @wrap
    def train():
        loss = _loss(parameters, x, target, np.tanh)
        loss.backward(leaves_only=True)
        for p in parameters.values():
            p.data -= LR * p.grad
            p.grad = None
        return loss

    def step():
        last["loss"] = train()

    def answer():
        return {"loss": last["loss"].item(), **{name: p.data for name, p in parameters.items()}}

    return step, answer


def replay(data):
    from autograd import record

    return chainrule(data, wrap=record)


def torch(data):
    import torch

    x, target, last = torch.tensor(data["x"]), torch.tensor(data["target"]), {}
    parameters = {
        name: torch.tensor(p, requires_grad=True) for name, p in data["parameters"].items()
    }

    def step():
        last["loss"] = loss = _loss(parameters, x, target, torch.tanh)
        loss.backward()
        with torch.no_grad():
            for p in parameters.values():
                p -= LR * p.grad
                p.grad = None

    def answer():
        named = {name: p.detach().numpy() for name, p in parameters.items()}
        return {"loss": last["loss"].item(), **named}

    return step, answer


def jax(data):
    import jax

    x, target = jax.numpy.asarray(data["x"]), jax.numpy.asarray(data["target"])
    now = {"parameters": jax.tree.map(jax.numpy.asarray, data["parameters"])}

    @jax.jit
    def update(parameters, x, target):
        both = jax.value_and_grad(_loss)
        loss, gradients = both(parameters, x, target, jax.numpy.tanh)
        return loss, jax.tree.map(lambda p, g: p - LR * g, parameters, gradients)

    def step():
        made = update(now["parameters"], x, target)
        now["loss"], now["parameters"] = jax.block_until_ready(made)

    return step, lambda: {"loss": now["loss"], **now["parameters"]}


def hips(data):
    import autograd.numpy as anp
    from autograd import value_and_grad

    parameters, last = {name: p.copy() for name, p in data["parameters"].items()}, {}
    both = value_and_grad(lambda p: anp.sum(_loss(p, data["x"], data["target"], anp.tanh)))

    def step():
        last["loss"], gradients = both(parameters)
        for name, p in parameters.items():
            p -= LR * gradients[name]

    return step, lambda: {**last, **parameters}


def mygrad(data):
    import mygrad

    x, target, last = data["x"], data["target"], {}
    parameters = {name: mygrad.tensor(p) for name, p in data["parameters"].items()}

    def step():
        last["loss"] = loss = _loss(parameters, x, target, mygrad.tanh)
        loss.backward()
        for p in parameters.values():
            p.data -= LR * p.grad

    return step, lambda: {"loss": last["loss"].item(), **{k: p.data for k, p in parameters.items()}}
