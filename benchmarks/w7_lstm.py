"""W7: an LSTM written with basic operations, step by step, forward and backward."""

from __future__ import annotations

import numpy as np

TITLE = "LSTM from basic operations, sequence 50, batch 32, 64 -> 128, float32"
DTYPE = "float32"
STEPS = 1
UPDATES = False
TINY = {"length": 3, "batch": 2, "n_in": 4, "width": 3}


def inputs(length=50, batch=32, n_in=64, width=128):
    rng = np.random.default_rng(7)
    bound = 1 / np.sqrt(width)
    parameters = {
        "w": rng.uniform(-bound, bound, (n_in, 4 * width)),
        "u": rng.uniform(-bound, bound, (width, 4 * width)),
        "b": rng.uniform(-bound, bound, 4 * width),
    }
    x = rng.normal(size=(length, batch, n_in))
    return {"x": x, "target": rng.normal(size=(batch, width)), "parameters": parameters}


def _loss(p, xs, target, zeros, sigmoid, tanh):
    """The mean square error of the last state; the gates are input, forget, new, output."""
    h = c = zeros
    n = zeros.shape[1]
    for x in xs:
        z = x @ p["w"] + h @ p["u"] + p["b"]
        i, f = sigmoid(z[:, :n]), sigmoid(z[:, n : 2 * n])
        new, o = tanh(z[:, 2 * n : 3 * n]), sigmoid(z[:, 3 * n :])
        c = f * c + i * new
        h = o * tanh(c)
    error = h - target
    return (error * error).mean()


def numpy(data):
    xs, target, p = data["x"], data["target"], data["parameters"]
    batch, n = target.shape
    w, u, b = p["w"], p["u"], p["b"]
    last = {}

    def step():
        h, c, kept = np.zeros_like(target), np.zeros_like(target), []
        inner = xs.reshape(-1, xs.shape[-1]) @ w + b  # of all steps at once
        for z in inner.reshape(len(xs), batch, 4 * n):
            z += h @ u
            gates = np.tanh(z[:, : 2 * n] / 2), np.tanh(z[:, 2 * n : 3 * n]), z[:, 3 * n :]
            both = 0.5 + 0.5 * gates[0]
            i, f, new, o = both[:, :n], both[:, n:], gates[1], 0.5 + 0.5 * np.tanh(gates[2] / 2)
            before, c = c, f * c + i * new
            t = np.tanh(c)
            kept.append((h, before, i, f, new, o, t))
            h = o * t
        error = h - target
        gh, gc = error * (2 / error.size), np.zeros_like(c)
        gz = np.empty((len(xs), batch, 4 * n), xs.dtype)
        gu = np.zeros_like(u)
        for g, (h, before, i, f, new, o, t) in zip(gz[::-1], reversed(kept), strict=True):
            gc += gh * o * (1 - t * t)
            g[:, :n] = gc * new * i * (1 - i)
            g[:, n : 2 * n] = gc * before * f * (1 - f)
            g[:, 2 * n : 3 * n] = gc * i * (1 - new * new)
            g[:, 3 * n :] = gh * t * o * (1 - o)
            gu += h.T @ g
            gh = g @ u.T
            gc *= f
        flat = gz.reshape(-1, 4 * n)
        gw = xs.reshape(len(flat), -1).T @ flat
        last.update(loss=(error * error).mean(), w=gw, u=gu, b=flat.sum(0))

    return step, lambda: last


reference = numpy


def chainrule(data, wrap=lambda function: function):
    from autograd import Value, sigmoid

    xs, target, last = data["x"], data["target"], {}
    zeros = np.zeros_like(target)
    parameters = {name: Value(p) for name, p in data["parameters"].items()}

    @wrap
    def train():
        for p in parameters.values():
            p.grad = None
        loss = _loss(parameters, xs, target, zeros, sigmoid, np.tanh)
        loss.backward(leaves_only=True)
        return loss

    def step():
        last["loss"] = train()

    def answer():
        return {"loss": last["loss"].item(), **{name: p.grad for name, p in parameters.items()}}

    return step, answer


def replay(data):
    from autograd import record

    return chainrule(data, wrap=record)


def torch(data):
    import torch

    xs, target, last = torch.tensor(data["x"]), torch.tensor(data["target"]), {}
    zeros = torch.zeros_like(target)
    parameters = {
        name: torch.tensor(p, requires_grad=True) for name, p in data["parameters"].items()
    }

    def step():
        for p in parameters.values():
            p.grad = None
        last["loss"] = loss = _loss(parameters, xs, target, zeros, torch.sigmoid, torch.tanh)
        loss.backward()

    def answer():
        named = {name: p.grad.numpy() for name, p in parameters.items()}
        return {"loss": last["loss"].item(), **named}

    return step, answer


def jax(data):
    import jax

    xs, target, parameters = jax.tree.map(
        jax.numpy.asarray, (data["x"], data["target"], data["parameters"])
    )
    zeros, last = jax.numpy.zeros_like(target), {}

    @jax.jit
    def both(parameters, xs):
        def loss(p):
            return _loss(p, xs, target, zeros, jax.nn.sigmoid, jax.numpy.tanh)

        return jax.value_and_grad(loss)(parameters)

    def step():
        last["loss"], last["gradients"] = jax.block_until_ready(both(parameters, xs))

    return step, lambda: {"loss": last["loss"], **last["gradients"]}


def hips(data):
    import autograd.numpy as anp
    from autograd import value_and_grad

    zeros, last = np.zeros_like(data["target"]), {}

    def sigmoid(x):
        return 0.5 * (anp.tanh(x / 2) + 1)

    def loss(p):
        return anp.sum(_loss(p, data["x"], data["target"], zeros, sigmoid, anp.tanh))

    both = value_and_grad(loss)

    def step():
        last["loss"], last["gradients"] = both(data["parameters"])

    return step, lambda: {"loss": last["loss"], **last["gradients"]}


def mygrad(data):
    import mygrad
    from mygrad.nnet.activations import sigmoid

    zeros, last = np.zeros_like(data["target"]), {}
    parameters = {name: mygrad.tensor(p) for name, p in data["parameters"].items()}

    def step():
        last["loss"] = loss = _loss(
            parameters, data["x"], data["target"], zeros, sigmoid, mygrad.tanh
        )
        loss.backward()

    def answer():
        return {"loss": last["loss"].item(), **{name: p.grad for name, p in parameters.items()}}

    return step, answer
