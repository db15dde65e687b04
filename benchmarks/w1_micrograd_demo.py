"""W1: micrograd's demo, a small network in which every number is a value of the graph."""

from __future__ import annotations

import itertools

import numpy as np

TITLE = "micrograd's demo: MLP 2-16-16-1 of scalar values, 100 points, hinge + L2, step"
DTYPE = "float64"
STEPS = 3
UPDATES = True
TINY = {"points": 4, "widths": (2, 3, 1)}
LR, PENALTY = 0.01, 1e-4


def inputs(points=100, widths=(2, 16, 16, 1)):
    rng = np.random.default_rng(1337)
    x = rng.normal(size=(points, 2))
    parameters = {}
    for layer, (n_in, n_out) in enumerate(itertools.pairwise(widths)):
        parameters[f"{layer}.weight"] = rng.uniform(-1, 1, (n_out, n_in))
        parameters[f"{layer}.bias"] = rng.uniform(-0.1, 0.1, n_out)
    labels = np.where(x[:, 0] ** 2 + x[:, 1] > 0.5, 1.0, -1.0)
    return {"x": x, "labels": labels, "parameters": parameters}


def reference(data):
    """The same network with arrays, and its gradient by hand."""
    x, labels = data["x"], data["labels"]
    parameters = {name: p.copy() for name, p in data["parameters"].items()}
    depth = len(parameters) // 2
    last = {}

    def step():
        layers = [(parameters[f"{i}.weight"], parameters[f"{i}.bias"]) for i in range(depth)]
        before, activations = [], [x]
        for i, (w, b) in enumerate(layers):
            before.append(activations[-1] @ w.T + b)
            activations.append(np.maximum(before[-1], 0) if i < depth - 1 else before[-1])
        margins = 1 - labels * activations[-1][:, 0]
        penalty = PENALTY * sum((p * p).sum() for p in parameters.values())
        last["loss"] = np.maximum(margins, 0).mean() + penalty
        g = (-labels * (margins > 0) / len(x))[:, None]
        for i in reversed(range(depth)):
            w, b = layers[i]
            if i < depth - 1:
                g = g * (before[i] > 0)
            gradients = g.T @ activations[i] + 2 * PENALTY * w, g.sum(0) + 2 * PENALTY * b
            g = g @ w
            for p, change in zip((w, b), gradients, strict=True):
                p -= LR * change

    return step, lambda: {**last, **parameters}


class _Scalars:
    """The network in any engine of scalar values: what makes a leaf, and what its relu is."""

    def __init__(self, data, leaf, relu):
        self.points, self.labels, self.relu = data["x"].tolist(), data["labels"].tolist(), relu
        named = {name: p.tolist() for name, p in data["parameters"].items()}
        self.layers = [
            [
                ([leaf(w) for w in row], leaf(bias))
                for row, bias in zip(named[f"{i}.weight"], named[f"{i}.bias"], strict=True)
            ]
            for i in range(len(named) // 2)
        ]

    def parameters(self):
        return [p for layer in self.layers for row, bias in layer for p in (*row, bias)]

    def score(self, x):
        for layer in self.layers:
            sums = []
            for row, bias in layer:
                total = bias
                for w, xi in zip(row, x, strict=True):
                    total = total + w * xi
                sums.append(total)
            x = sums if layer is self.layers[-1] else [self.relu(total) for total in sums]
        return x[0]

    def loss(self):
        scores = [self.score(point) for point in self.points]
        losses = [self.relu(1 + -label * s) for label, s in zip(self.labels, scores, strict=True)]
        total, squares = losses[0], [p * p for p in self.parameters()]
        for part in losses[1:]:
            total = total + part
        penalty = squares[0]
        for square in squares[1:]:
            penalty = penalty + square
        return total * (1.0 / len(losses)) + PENALTY * penalty

    def answer(self, loss, number):
        """The numbers, in the arrays they came from."""
        named = {"loss": number(loss)}
        for i, layer in enumerate(self.layers):
            named[f"{i}.weight"] = [[number(w) for w in row] for row, _ in layer]
            named[f"{i}.bias"] = [number(bias) for _, bias in layer]
        return named


def chainrule(data, wrap=lambda function: function):
    from autograd import Value

    network, last = _Scalars(data, Value, Value.relu), {}

    @wrap
    def train():
        loss = network.loss()
        loss.backward(leaves_only=True)
        for p in network.parameters():
            p.data -= LR * p.grad
            p.grad = None
        return loss

    def step():
        last["loss"] = train()

    return step, lambda: network.answer(last["loss"], Value.item)


def replay(data):
    from autograd import record

    return chainrule(data, wrap=record)


def torch(data):
    import torch

    def leaf(x):
        return torch.tensor(x, dtype=torch.float64, requires_grad=True)

    network, last = _Scalars(data, leaf, torch.relu), {}

    def step():
        last["loss"] = loss = network.loss()
        loss.backward()
        with torch.no_grad():
            for p in network.parameters():
                p -= LR * p.grad
                p.grad = None

    return step, lambda: network.answer(last["loss"], torch.Tensor.item)


def micrograd(data):
    from micrograd.engine import Value

    network, last = _Scalars(data, Value, Value.relu), {}

    def step():
        last["loss"] = loss = network.loss()
        for p in network.parameters():
            p.grad = 0
        loss.backward()
        for p in network.parameters():
            p.data -= LR * p.grad

    return step, lambda: network.answer(last["loss"], lambda value: value.data)


def mygrad(data):
    import mygrad

    network, last = _Scalars(data, mygrad.tensor, lambda x: mygrad.maximum(x, 0)), {}

    def step():
        last["loss"] = loss = network.loss()
        loss.backward()
        for p in network.parameters():
            p.data -= LR * p.grad

    return step, lambda: network.answer(last["loss"], lambda value: value.item())


def hips(data):
    import autograd.numpy as anp
    from autograd import value_and_grad

    network, last = _Scalars(data, float, lambda x: anp.maximum(x, 0.0)), {}
    shape = [[len(row) for row, _ in layer] for layer in network.layers]

    def refill(numbers):
        numbers = iter(numbers)
        network.layers = [
            [([next(numbers) for _ in range(n)], next(numbers)) for n in layer] for layer in shape
        ]

    def loss_of(*numbers):
        refill(numbers)
        return network.loss()

    numbers = network.parameters()
    both = value_and_grad(loss_of, argnum=tuple(range(len(numbers))))

    def step():
        last["loss"], gradients = both(*numbers)
        numbers[:] = [p - LR * g for p, g in zip(numbers, gradients, strict=True)]

    def answer():
        refill(numbers)
        return network.answer(last["loss"], float)

    return step, answer
