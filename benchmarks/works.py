"""The works that are timed, each written for chainrule and for its peer in the same steps.

A work is a function from an engine's name to ``(step, answer)``: ``step()`` does the timed work
once, ``answer()`` gives numbers that every engine must agree on before any time counts.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import numpy as np

Work = Callable[[str], tuple[Callable[[], object], Callable[[], list[float]]]]


def micrograd_demo(engine: str):
    """micrograd's demo: MLP 2-16-16-1 of scalar values, 100 points, hinge loss + L2, one step."""
    rng = random.Random(1337)
    sizes = [2, 16, 16, 1]
    start = [
        [([rng.uniform(-1, 1) for _ in range(n_in)], 0.0) for _ in range(n_out)]
        for n_in, n_out in itertools.pairwise(sizes)
    ]
    points = [(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(100)]
    labels = [1.0 if x * x + y > 0.5 else -1.0 for x, y in points]
    if engine == "chainrule":
        from autograd import Value, no_grad

        def leaf(x):
            return Value(x)

        def update(p):
            p.data -= 0.01 * p.grad
            p.grad = None

        def backward(loss):
            loss.backward(leaves_only=True)

    else:
        import torch

        no_grad = torch.no_grad

        def leaf(x):
            return torch.tensor(x, dtype=torch.float64, requires_grad=True)

        def update(p):
            p -= 0.01 * p.grad
            p.grad = None

        def backward(loss):
            loss.backward()

    layers = [[([leaf(w) for w in weights], leaf(b)) for weights, b in layer] for layer in start]
    parameters = [p for layer in layers for weights, b in layer for p in (*weights, b)]
    last: list = []

    def network(x):
        for depth, layer in enumerate(layers):
            out = []
            for weights, b in layer:
                activation = b
                for w, xi in zip(weights, x, strict=True):
                    activation = activation + w * xi
                out.append(activation.relu() if depth < 2 else activation)
            x = out
        return x[0]

    def step():
        scores = [network(point) for point in points]
        losses = [(1 + -y * score).relu() for y, score in zip(labels, scores, strict=True)]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)
        backward(loss)
        with no_grad():
            for p in parameters:
                update(p)
        last[:] = [float(loss.item())]

    return step, lambda: [*last, *(float(p.item()) for p in parameters[:20])]


def thousand_operations(engine: str):
    """1,000 elementwise operations with fan-out on 10 float32 numbers, forward and backward."""
    x0 = np.linspace(-1, 1, 10, dtype=np.float32)
    if engine == "chainrule":
        from autograd import Value

        x = Value(x0)
    else:
        import torch

        x = torch.tensor(x0, requires_grad=True)
    grads: list = []

    def step():
        x.grad = None
        y = x
        for _ in range(250):
            y = y * 0.99
            y = y + x
            y = y.tanh()
            y = y - x
        y.sum().backward()
        grads[:] = np.asarray(x.grad).tolist()

    return step, lambda: list(grads)


def mnist_mlp_step(engine: str):
    """An MNIST MLP step: 784-512-512-10, batch 128, float32, cross-entropy, Adam."""
    rng = np.random.default_rng(0)
    sizes = [784, 512, 512, 10]
    weights = [
        (rng.uniform(-1, 1, (o, i)) / np.sqrt(i)).astype(np.float32)
        for i, o in itertools.pairwise(sizes)
    ]
    images = rng.random((128, 784), np.float32)
    labels = rng.integers(0, 10, 128)
    if engine == "chainrule":
        import nn

        model = nn.Sequential(
            *(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
        )
        for layer, w in zip((model[0], model[2], model[4]), weights, strict=True):
            layer.load_state_dict({"weight": w, "bias": np.zeros(len(w))})
        optimizer, loss_function = nn.optim.Adam(model.parameters()), nn.functional.cross_entropy
        backward = {"leaves_only": True}
    else:
        import torch

        layer_type, relu = torch.nn.Linear, torch.nn.ReLU
        model = torch.nn.Sequential(
            *(layer_type(784, 512), relu(), layer_type(512, 512), relu(), layer_type(512, 10))
        )
        with torch.no_grad():
            for layer, w in zip((model[0], model[2], model[4]), weights, strict=True):
                layer.weight.copy_(torch.tensor(w))
                layer.bias.zero_()
        optimizer = torch.optim.Adam(model.parameters())
        loss_function = torch.nn.functional.cross_entropy
        images, labels = torch.tensor(images), torch.tensor(labels)
        backward = {}
    losses: list = []

    def step():
        optimizer.zero_grad()
        loss = loss_function(model(images), labels)
        loss.backward(**backward)
        optimizer.step()
        losses.append(float(loss.item()))

    return step, lambda: losses[:3]


WORKS: dict[str, Work] = {
    "w1": micrograd_demo,
    "w2": thousand_operations,
    "w4": mnist_mlp_step,
}
