"""Growth's other graph: a value used many times, and a sum of all that it went into."""

from __future__ import annotations

import numpy as np

TITLE = "wide graph of scalar operations"
DTYPE = "float64"
STEPS = 1
UPDATES = False
TINY = {"operations": 40}


def inputs(operations=100_000):
    return {"x": np.array(0.3), "factors": np.linspace(0.5, 1.5, operations // 2)}


def _sum(x, factors):
    """Products, added in pairs: half of the nodes each, and only a few after one another."""
    terms = [x * factor for factor in factors]
    while len(terms) > 1:
        odd = terms[len(terms) // 2 * 2 :]
        terms = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)] + odd
    return terms[0]


def reference(data):
    total = data["factors"].sum()
    return lambda: None, lambda: {"y": total * data["x"], "x": total}


def chainrule(data):
    from autograd import Value

    x, factors, last = Value(float(data["x"])), data["factors"].tolist(), {}

    def step():
        x.grad = None
        y = _sum(x, factors)
        y.backward(leaves_only=True)
        last["y"] = y.item()

    return step, lambda: {**last, "x": x.grad}


def torch(data):
    import torch

    x = torch.tensor(float(data["x"]), dtype=torch.float64, requires_grad=True)
    factors, last = data["factors"].tolist(), {}

    def step():
        x.grad = None
        y = _sum(x, factors)
        y.backward()
        last["y"] = y.item()

    return step, lambda: {**last, "x": x.grad.item()}
