"""W5: LeNet-5 (LeCun et al. 1998) with relu and max pooling, as it is taught today."""

from __future__ import annotations

import functools

import numpy as np

from . import by_hand, layers, training

TITLE = "LeNet, batch 64, float32, momentum step"
DTYPE = "float32"
STEPS = 3
UPDATES = True
TINY = {"batch": 2, "side": 8, "channels": (2, 3), "kernel": 3, "hidden": (5, 4)}
OPTIMIZER = "SGD", {"lr": 0.01, "momentum": 0.9}


def inputs(batch=64, side=28, channels=(6, 16), kernel=5, hidden=(120, 84)):
    """The first convolution keeps the side, the second does not; both are pooled."""
    rng = np.random.default_rng(5)
    rest = (side // 2 - kernel + 1) // 2
    widths = (channels[1] * rest * rest, *hidden, 10)
    shapes = {
        "0": (channels[0], 1, kernel, kernel),
        "3": (channels[1], channels[0], kernel, kernel),
        **{f"{7 + 2 * i}": (widths[i + 1], widths[i]) for i in range(3)},
    }
    parameters = {}
    for layer, shape in shapes.items():
        bound = 1 / np.sqrt(np.prod(shape[1:]))
        parameters[f"{layer}.weight"] = rng.uniform(-bound, bound, shape)
        parameters[f"{layer}.bias"] = rng.uniform(-bound, bound, shape[0])
    x, labels = rng.random((batch, 1, side, side)), rng.integers(0, 10, batch)
    return {"x": x, "labels": labels, "parameters": parameters}


def _build(p, nn, dtype):
    """The model, in nn or torch.nn."""

    def convolution(name, padding):
        out, into, k, _ = p[f"{name}.weight"].shape
        return nn.Conv2d(into, out, k, padding=padding, dtype=dtype)

    def linear(name):
        n_out, n_in = p[f"{name}.weight"].shape
        return nn.Linear(n_in, n_out, dtype=dtype)

    k = p["0.weight"].shape[-1]
    return nn.Sequential(
        *(convolution("0", k // 2), nn.ReLU(), nn.MaxPool2d(2)),
        *(convolution("3", 0), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(linear("7"), nn.ReLU(), linear("9"), nn.ReLU(), linear("11")),
    )


def _scores(p, x, convolution, pool, relu):
    """The same of functions; ``convolution(x, weight, bias, padding)``."""
    k = p["0.weight"].shape[-1]
    x = pool(relu(convolution(x, p["0.weight"], p["0.bias"], k // 2)))
    x = pool(relu(convolution(x, p["3.weight"], p["3.bias"], 0)))
    x = x.reshape(x.shape[0], -1)
    x = relu(x @ p["7.weight"].T + p["7.bias"])
    x = relu(x @ p["9.weight"].T + p["9.bias"])
    return x @ p["11.weight"].T + p["11.bias"]


def chainrule(data, **wrap):
    build = functools.partial(_build, data["parameters"])
    return training.with_chainrule(build, *OPTIMIZER, data, **wrap)


def replay(data):
    from autograd import record

    return chainrule(data, wrap=record)


def torch(data):
    return training.with_torch(functools.partial(_build, data["parameters"]), *OPTIMIZER, data)


def numpy(data):
    labels, padding = data["labels"], data["parameters"]["0.weight"].shape[-1] // 2
    x = by_hand.pad(data["x"].transpose(0, 2, 3, 1), padding)

    def value_and_grad(p):
        a0 = by_hand.convolution(x, p["0.weight"], p["0.bias"])
        np.maximum(a0, 0, out=a0)
        p0 = by_hand.max_pool(a0)
        a1 = by_hand.convolution(p0, p["3.weight"], p["3.bias"])
        np.maximum(a1, 0, out=a1)
        p1 = by_hand.max_pool(a1)
        flat = p1.transpose(0, 3, 1, 2).reshape(len(x), -1)
        h0 = np.maximum(flat @ p["7.weight"].T + p["7.bias"], 0)
        h1 = np.maximum(h0 @ p["9.weight"].T + p["9.bias"], 0)
        loss, g = by_hand.softmax_cross_entropy(h1 @ p["11.weight"].T + p["11.bias"], labels)
        found = {"11.weight": g.T @ h1, "11.bias": g.sum(0)}
        g = (g @ p["11.weight"]) * (h1 > 0)
        found |= {"9.weight": g.T @ h0, "9.bias": g.sum(0)}
        g = (g @ p["9.weight"]) * (h0 > 0)
        found |= {"7.weight": g.T @ flat, "7.bias": g.sum(0)}
        n, height, width, channels = p1.shape
        g = (g @ p["7.weight"]).reshape(n, channels, height, width).transpose(0, 2, 3, 1)
        g = by_hand.max_pool_backward(g, p1, a1)
        g *= a1 > 0
        g, found["3.weight"], found["3.bias"] = by_hand.convolution_backward(
            g, p0, p["3.weight"], 0
        )
        g = by_hand.max_pool_backward(g, p0, a0)
        g *= a0 > 0
        _, found["0.weight"], found["0.bias"] = by_hand.convolution_backward(
            g, x, p["0.weight"], padding, image=False
        )
        return loss, found

    return training.with_gradients(value_and_grad, *OPTIMIZER, data)


reference = numpy


def jax(data):
    return training.with_jax(lambda p, x: _scores(p, x, *layers.jax()), *OPTIMIZER, data)


def hips(data):
    from autograd import value_and_grad

    def loss(p):
        return training.hips_cross_entropy(_scores(p, data["x"], *layers.hips()), data["labels"])

    return training.with_gradients(value_and_grad(loss), *OPTIMIZER, data)


def mygrad(data):
    return training.with_mygrad(lambda p: _scores(p, data["x"], *layers.mygrad()), *OPTIMIZER, data)
