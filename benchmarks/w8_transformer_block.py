"""W8: one block of a transformer's encoder, forward and backward (Vaswani et al. 2017, 3.1)."""

from __future__ import annotations

import numpy as np

TITLE = "transformer encoder block, sequence 64, batch 16, width 128, 4 heads, float32"
DTYPE = "float32"
STEPS = 1
UPDATES = False
TINY = {"batch": 2, "length": 3, "width": 8, "hidden": 6}
HEADS = 4
EPS = 1e-5


def inputs(batch=16, length=64, width=128, hidden=512):
    rng = np.random.default_rng(8)
    shapes = {
        "self_attn.in_proj_weight": (3 * width, width),
        "self_attn.in_proj_bias": (3 * width,),
        "self_attn.out_proj.weight": (width, width),
        "self_attn.out_proj.bias": (width,),
        "linear1.weight": (hidden, width),
        "linear1.bias": (hidden,),
        "linear2.weight": (width, hidden),
        "linear2.bias": (width,),
    }
    parameters = {
        name: rng.normal(size=shape) / (np.sqrt(shape[1]) if len(shape) == 2 else 10)
        for name, shape in shapes.items()
    }
    for name in ("norm1", "norm2"):
        parameters[f"{name}.weight"] = rng.uniform(0.5, 1.5, width)
        parameters[f"{name}.bias"] = rng.normal(size=width) / 10
    x, target = rng.normal(size=(2, batch, length, width))
    return {"x": x, "target": target, "parameters": parameters}


def _module(nn, data, dtype):
    width, hidden = data["x"].shape[-1], len(data["parameters"]["linear1.bias"])
    return nn.TransformerEncoderLayer(
        width, HEADS, hidden, dropout=0.0, batch_first=True, dtype=dtype
    )


def chainrule(data, wrap=lambda function: function):
    import nn

    x, target, last = data["x"], data["target"], {}
    block = _module(nn, data, x.dtype)
    block.load_state_dict(data["parameters"])

    @wrap
    def train():
        block.zero_grad()
        loss = nn.functional.mse_loss(block(x), target)
        loss.backward(leaves_only=True)
        return loss

    def step():
        last["loss"] = train()

    def answer():
        return {"loss": last["loss"].item(), **{k: p.grad for k, p in block.named_parameters()}}

    return step, answer


def replay(data):
    from autograd import record

    return chainrule(data, wrap=record)


def torch(data):
    import torch

    x, target, last = torch.tensor(data["x"]), torch.tensor(data["target"]), {}
    block = _module(torch.nn, data, x.dtype)
    block.load_state_dict({name: torch.tensor(p) for name, p in data["parameters"].items()})

    def step():
        block.zero_grad()
        last["loss"] = loss = torch.nn.functional.mse_loss(block(x), target)
        loss.backward()

    def answer():
        named = {name: p.grad.numpy() for name, p in block.named_parameters()}
        return {"loss": last["loss"].item(), **named}

    return step, answer


def _loss(p, x, target, softmax, relu):
    """The block of methods that arrays of every engine have."""
    batch, length, width = x.shape

    def heads(z):
        return z.reshape(batch, length, HEADS, width // HEADS).transpose((0, 2, 1, 3))

    def normalised(z, name):
        z = z - z.mean(2, keepdims=True)
        z = z / ((z * z).mean(2, keepdims=True) + EPS) ** 0.5
        return z * p[f"{name}.weight"] + p[f"{name}.bias"]

    z = x @ p["self_attn.in_proj_weight"].T + p["self_attn.in_proj_bias"]
    q, k, v = (heads(z[:, :, i * width : (i + 1) * width]) for i in range(3))
    attention = softmax((q @ k.transpose((0, 1, 3, 2))) * (width // HEADS) ** -0.5)
    mixed = (attention @ v).transpose((0, 2, 1, 3)).reshape(batch, length, width)
    mixed = mixed @ p["self_attn.out_proj.weight"].T + p["self_attn.out_proj.bias"]
    x = normalised(x + mixed, "norm1")
    h = relu(x @ p["linear1.weight"].T + p["linear1.bias"])
    x = normalised(x + (h @ p["linear2.weight"].T + p["linear2.bias"]), "norm2")
    error = x - target
    return (error * error).mean()


def _normalise(x, weight, bias):
    """Layer norm of rows: the result, and what its backward needs."""
    x = x - x.mean(1, keepdims=True)
    scale = 1 / np.sqrt(np.einsum("ij,ij->i", x, x)[:, None] / x.shape[1] + EPS)
    x *= scale
    return x * weight + bias, (x, scale, weight)


def _normalise_backward(g, kept):
    x, scale, weight = kept
    found = {"weight": np.einsum("ij,ij->j", g, x), "bias": g.sum(0)}
    g = g * weight
    g -= g.mean(1, keepdims=True) + x * (np.einsum("ij,ij->i", g, x)[:, None] / x.shape[1])
    g *= scale
    return g, found


def numpy(data):
    p, (batch, length, width) = data["parameters"], data["x"].shape
    x, target = data["x"].reshape(-1, width), data["target"].reshape(-1, width)
    part, last = width // HEADS, {}
    scale = part**-0.5

    def step():
        found = {}
        # (3, batch, heads, length, part): queries, keys and values
        z = x @ p["self_attn.in_proj_weight"].T + p["self_attn.in_proj_bias"]
        q, k, v = z.reshape(batch, length, 3, HEADS, part).transpose(2, 0, 3, 1, 4)
        a = q @ k.swapaxes(2, 3)
        a *= scale
        a -= a.max(3, keepdims=True)
        np.exp(a, out=a)
        a /= a.sum(3, keepdims=True)
        mixed = (a @ v).swapaxes(1, 2).reshape(-1, width)
        first = x + (mixed @ p["self_attn.out_proj.weight"].T + p["self_attn.out_proj.bias"])
        x1, kept1 = _normalise(first, p["norm1.weight"], p["norm1.bias"])
        h = x1 @ p["linear1.weight"].T
        h += p["linear1.bias"]
        np.maximum(h, 0, out=h)
        second = x1 + (h @ p["linear2.weight"].T + p["linear2.bias"])
        error, kept2 = _normalise(second, p["norm2.weight"], p["norm2.bias"])
        error -= target
        found["loss"] = np.vdot(error, error) / error.size

        def norm(g, kept, name):
            g, parts = _normalise_backward(g, kept)
            found.update({f"{name}.{key}": value for key, value in parts.items()})
            return g

        def linear(g, x, name, weight="weight", bias="bias"):
            found[f"{name}{weight}"], found[f"{name}{bias}"] = g.T @ x, g.sum(0)
            return g @ p[f"{name}{weight}"]

        g = norm(error * (2 / error.size), kept2, "norm2")
        gh = linear(g, h, "linear2.")
        gh *= h > 0
        g += linear(gh, x1, "linear1.")
        g = norm(g, kept1, "norm1")
        g = linear(g, mixed, "self_attn.out_proj.")
        g = g.reshape(batch, length, HEADS, part).swapaxes(1, 2)
        gz = np.empty((batch, length, 3, HEADS, part), x.dtype)
        gq, gk, gv = gz.transpose(2, 0, 3, 1, 4)
        gv[...] = a.swapaxes(2, 3) @ g
        ga = g @ v.swapaxes(2, 3)
        ga -= np.einsum("bhij,bhij->bhi", ga, a)[..., None]
        ga *= a
        ga *= scale
        gq[...] = ga @ k
        gk[...] = ga.swapaxes(2, 3) @ q
        gz = gz.reshape(-1, 3 * width)
        found["self_attn.in_proj_weight"] = gz.T @ x
        found["self_attn.in_proj_bias"] = gz.sum(0)
        last.update(found)

    return step, lambda: last


reference = numpy


def jax(data):
    import jax

    x, target, parameters = jax.tree.map(
        jax.numpy.asarray, (data["x"], data["target"], data["parameters"])
    )
    last = {}

    @jax.jit
    def both(parameters, x):
        return jax.value_and_grad(_loss)(parameters, x, target, jax.nn.softmax, jax.nn.relu)

    def step():
        last["loss"], last["gradients"] = jax.block_until_ready(both(parameters, x))

    return step, lambda: {"loss": last["loss"], **last["gradients"]}


def hips(data):
    import autograd.numpy as anp
    from autograd import value_and_grad

    last = {}

    def softmax(z):
        z = anp.exp(z - anp.max(z, axis=-1, keepdims=True))
        return z / anp.sum(z, axis=-1, keepdims=True)

    def loss(p):
        return _loss(p, data["x"], data["target"], softmax, lambda x: anp.maximum(x, 0))

    both = value_and_grad(loss)

    def step():
        last["loss"], last["gradients"] = both(data["parameters"])

    return step, lambda: {"loss": last["loss"], **last["gradients"]}


def mygrad(data):
    import mygrad
    from mygrad.nnet.activations import relu, softmax

    last = {}
    parameters = {name: mygrad.tensor(p) for name, p in data["parameters"].items()}

    def step():
        last["loss"] = loss = _loss(parameters, data["x"], data["target"], softmax, relu)
        loss.backward()

    def answer():
        return {"loss": last["loss"].item(), **{name: p.grad for name, p in parameters.items()}}

    return step, answer
