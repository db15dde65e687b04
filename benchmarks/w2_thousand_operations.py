"""W2: many small elementwise operations: the cost of recording, not of arithmetic."""

from __future__ import annotations

import numpy as np

TITLE = "1,000 elementwise operations with fan-out on 10 float32"
DTYPE = "float32"
STEPS = 1
UPDATES = False
TINY = {"operations": 12}


def inputs(operations=1_000):
    return {"x": np.linspace(-0.5, 1, 10), "rounds": np.array(operations // 4)}


def _chain(x, rounds, tanh):
    y = x
    for _ in range(rounds):
        y = y * 0.99
        y = y + x
        y = tanh(y)
        y = y - x
    return y.sum()


def numpy(data):
    x, rounds = data["x"], int(data["rounds"])
    last = {}

    def step():
        y, kept = x, []
        for _ in range(rounds):
            t = np.tanh(y * 0.99 + x)
            kept.append(t)
            y = t - x
        g, gx = np.ones_like(x), np.zeros_like(x)
        for t in reversed(kept):
            gx -= g
            g = g * (1 - t * t)
            gx += g
            g *= 0.99
        last.update(loss=y.sum(), x=gx + g)

    return step, lambda: last


reference = numpy


def chainrule(data, wrap=lambda function: function):
    from autograd import Value

    x, rounds, last = Value(data["x"]), int(data["rounds"]), {}

    @wrap
    def train():
        x.grad = None
        loss = _chain(x, rounds, np.tanh)
        loss.backward(leaves_only=True)
        return loss

    def step():
        last["loss"] = train()

    return step, lambda: {"loss": last["loss"].item(), "x": x.grad}


def replay(data):
    from autograd import record

    return chainrule(data, wrap=record)


def torch(data):
    import torch

    x, rounds, last = torch.tensor(data["x"], requires_grad=True), int(data["rounds"]), {}

    def step():
        x.grad = None
        last["loss"] = loss = _chain(x, rounds, torch.tanh)
        loss.backward()

    return step, lambda: {"loss": last["loss"].item(), "x": x.grad.numpy()}


def jax(data):
    import jax

    rounds, last = int(data["rounds"]), {}
    both = jax.jit(jax.value_and_grad(lambda x: _chain(x, rounds, jax.numpy.tanh)))
    x = jax.numpy.asarray(data["x"])

    def step():
        last["loss"], last["x"] = jax.block_until_ready(both(x))

    return step, lambda: last


def hips(data):
    import autograd.numpy as anp
    from autograd import value_and_grad

    x, rounds, last = data["x"], int(data["rounds"]), {}
    both = value_and_grad(lambda x: anp.sum(_chain(x, rounds, anp.tanh)))

    def step():
        last["loss"], last["x"] = both(x)

    return step, lambda: last


def mygrad(data):
    import mygrad

    x, rounds, last = mygrad.tensor(data["x"]), int(data["rounds"]), {}

    def step():
        last["loss"] = loss = _chain(x, rounds, mygrad.tanh)
        loss.backward()

    return step, lambda: {"loss": last["loss"].item(), "x": x.grad}
