"""W6: convolutions in pairs with a pool after each pair, on images of CIFAR's size."""

from __future__ import annotations

import functools
import itertools

import numpy as np

from . import by_hand, layers, training

TITLE = "four 3x3 convolutions (32, 32, 64, 64), batch 32 of 3x32x32, float32, SGD step"
DTYPE = "float32"
STEPS = 2
UPDATES = True
TINY = {"batch": 2, "side": 8, "channels": (3, 2, 3, 2, 4)}
OPTIMIZER = "SGD", {"lr": 0.01}
CONVOLUTIONS = ("0", "2", "5", "7")  # their places in the Sequential; relu 1 3 6 8, pools 4 9


def inputs(batch=32, side=32, channels=(3, 32, 32, 64, 64)):
    rng = np.random.default_rng(6)
    shapes = {
        name: (out, into, 3, 3)
        for name, (into, out) in zip(CONVOLUTIONS, itertools.pairwise(channels), strict=True)
    }
    shapes["11"] = (10, channels[-1] * (side // 4) ** 2)
    parameters = {}
    for name, shape in shapes.items():
        bound = np.sqrt(3 / np.prod(shape[1:]))
        parameters[f"{name}.weight"] = rng.uniform(-bound, bound, shape)
        parameters[f"{name}.bias"] = rng.uniform(-0.1, 0.1, shape[0])
    x, labels = rng.random((batch, channels[0], side, side)), rng.integers(0, 10, batch)
    return {"x": x, "labels": labels, "parameters": parameters}


def _build(p, nn, dtype):
    """The model, in nn or torch.nn."""
    parts = []
    for name in CONVOLUTIONS:
        out, into, k, _ = p[f"{name}.weight"].shape
        parts += [nn.Conv2d(into, out, k, padding=1, dtype=dtype), nn.ReLU()]
        if name in ("2", "7"):
            parts.append(nn.MaxPool2d(2))
    n_out, n_in = p["11.weight"].shape
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(n_in, n_out, dtype=dtype))


def _scores(p, x, convolution, pool, relu):
    """The same of functions; ``convolution(x, weight, bias, padding)``."""
    for name in CONVOLUTIONS:
        x = relu(convolution(x, p[f"{name}.weight"], p[f"{name}.bias"], 1))
        if name in ("2", "7"):
            x = pool(x)
    return x.reshape(x.shape[0], -1) @ p["11.weight"].T + p["11.bias"]


def chainrule(data, **wrap):
    build = functools.partial(_build, data["parameters"])
    return training.with_chainrule(build, *OPTIMIZER, data, **wrap)


def replay(data):
    from autograd import record

    return chainrule(data, wrap=record)


def torch(data):
    return training.with_torch(functools.partial(_build, data["parameters"]), *OPTIMIZER, data)


def numpy(data):
    images, labels = data["x"].transpose(0, 2, 3, 1), data["labels"]

    def value_and_grad(p):
        x, kept, found = images, [], {}
        for name in CONVOLUTIONS:
            padded = by_hand.pad(x, 1)
            a = by_hand.convolution(padded, p[f"{name}.weight"], p[f"{name}.bias"])
            np.maximum(a, 0, out=a)
            y = by_hand.max_pool(a) if name in ("2", "7") else a
            kept.append((name, padded, a, y))
            x = y
        n, height, width, channels = x.shape
        flat = x.transpose(0, 3, 1, 2).reshape(n, -1)
        loss, g = by_hand.softmax_cross_entropy(flat @ p["11.weight"].T + p["11.bias"], labels)
        found |= {"11.weight": g.T @ flat, "11.bias": g.sum(0)}
        g = (g @ p["11.weight"]).reshape(n, channels, height, width).transpose(0, 2, 3, 1)
        for name, padded, a, y in reversed(kept):
            if y is not a:
                g = by_hand.max_pool_backward(g, y, a)
            g *= a > 0
            g, found[f"{name}.weight"], found[f"{name}.bias"] = by_hand.convolution_backward(
                g, padded, p[f"{name}.weight"], 1, image=name != "0"
            )
        return loss, found

    return training.with_gradients(value_and_grad, *OPTIMIZER, data)


reference = numpy


def jax(data):
    return training.with_jax(lambda p, x: _scores(p, x, *layers.jax()), *OPTIMIZER, data)


def hips(data):
    from autograd import value_and_grad

    def loss(p):
        scores = _scores(p, data["x"], *layers.hips())
        return training.hips_cross_entropy(scores, data["labels"])

    return training.with_gradients(value_and_grad(loss), *OPTIMIZER, data)


def mygrad(data):
    return training.with_mygrad(lambda p: _scores(p, data["x"], *layers.mygrad()), *OPTIMIZER, data)
