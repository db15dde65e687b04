"""W9: one long chain: nothing may recurse, and each node's memory counts."""

from __future__ import annotations

import numpy as np

TITLE = "chain of 100,000 scalar operations"
DTYPE = "float64"
STEPS = 1
UPDATES = False
TINY = {"operations": 40}


def inputs(operations=100_000):
    return {"x": np.array(0.3), "rounds": np.array(operations // 4)}


def _chain(x, rounds):
    y = x
    for _ in range(rounds):
        y = y * 0.5
        y = y + x
        y = y * y
        y = y - 0.25
    return y


def reference(data):
    """The derivative beside the value, forwards."""
    x, last = float(data["x"]), {}

    def step():
        y, slope = x, 1.0
        for _ in range(int(data["rounds"])):
            half = y * 0.5 + x
            y, slope = half * half - 0.25, 2 * half * (0.5 * slope + 1)
        last.update(y=y, x=slope)

    return step, lambda: last


def chainrule(data):
    from autograd import Value

    x, rounds, last = Value(float(data["x"])), int(data["rounds"]), {}

    def step():
        x.grad = None
        y = _chain(x, rounds)
        y.backward(leaves_only=True)
        last["y"] = y.item()

    return step, lambda: {**last, "x": x.grad}


def torch(data):
    import torch

    x = torch.tensor(float(data["x"]), dtype=torch.float64, requires_grad=True)
    rounds, last = int(data["rounds"]), {}

    def step():
        x.grad = None
        y = _chain(x, rounds)
        y.backward()
        last["y"] = y.item()

    return step, lambda: {**last, "x": x.grad.item()}


def micrograd(data):
    from micrograd.engine import Value

    x, rounds, last = Value(float(data["x"])), int(data["rounds"]), {}

    def step():
        x.grad = 0
        y = _chain(x, rounds)
        y.backward()
        last["y"] = y.data

    return step, lambda: {**last, "x": x.grad}


def hips(data):
    from autograd import value_and_grad

    rounds, last = int(data["rounds"]), {}
    both = value_and_grad(lambda x: _chain(x, rounds))

    def step():
        last["y"], last["x"] = both(float(data["x"]))

    return step, lambda: last


def mygrad(data):
    import mygrad

    x, rounds, last = mygrad.tensor(float(data["x"])), int(data["rounds"]), {}

    def step():
        y = _chain(x, rounds)
        y.backward()
        last["y"] = y.item()

    return step, lambda: {**last, "x": x.grad}
