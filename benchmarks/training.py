"""The training step of a classifier with each peer: what w4, w5 and w6 have in common.

A work gives its layers, its optimiser by PyTorch's name with settings, and the data
``{"x", "labels", "parameters"}``.
"""

from __future__ import annotations

from . import by_hand


def with_chainrule(build, optimizer, settings, data, wrap=lambda function: function):
    """As a user of nn writes it."""
    import nn

    x, labels = data["x"], data["labels"]
    model = build(nn, dtype=x.dtype)
    model.load_state_dict(data["parameters"])
    optimizer = getattr(nn.optim, optimizer)(model.parameters(), **settings)
    last = {}

    @wrap
    def train():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), labels)
        loss.backward(leaves_only=True)
        optimizer.step()
        return loss

    def step():
        last["loss"] = train()

    def answer():
        return {"loss": last["loss"].item(), **{k: p.data for k, p in model.named_parameters()}}

    return step, answer


def with_torch(build, optimizer, settings, data):
    """As a user of torch.nn writes it, eager, with the defaults."""
    import torch

    x, labels = torch.tensor(data["x"]), torch.tensor(data["labels"])
    model = build(torch.nn, dtype=x.dtype)
    model.load_state_dict({name: torch.tensor(p) for name, p in data["parameters"].items()})
    optimizer = getattr(torch.optim, optimizer)(model.parameters(), **settings)
    last = {}

    def step():
        optimizer.zero_grad()
        last["loss"] = loss = torch.nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()

    def answer():
        named = {name: p.detach().numpy() for name, p in model.named_parameters()}
        return {"loss": last["loss"].item(), **named}

    return step, answer


def with_gradients(value_and_grad, optimizer, settings, data):
    """NumPy and HIPS: a function from parameters to the loss and its gradients."""
    parameters = {name: p.copy() for name, p in data["parameters"].items()}
    optimizer = getattr(by_hand, optimizer)(parameters, **settings)
    last = {}

    def step():
        last["loss"], gradients = value_and_grad(parameters)
        optimizer.step(parameters, gradients)

    return step, lambda: {"loss": last["loss"], **parameters}


def with_mygrad(forward, optimizer, settings, data):
    """Tensors whose data the optimiser changes in place."""
    import mygrad
    from mygrad.nnet.losses import softmax_crossentropy

    parameters = {name: mygrad.tensor(p) for name, p in data["parameters"].items()}
    arrays = {name: p.data for name, p in parameters.items()}
    optimizer = getattr(by_hand, optimizer)(arrays, **settings)
    last = {}

    def step():
        last["loss"] = loss = softmax_crossentropy(forward(parameters), data["labels"])
        loss.backward()
        optimizer.step(arrays, {name: p.grad for name, p in parameters.items()})

    return step, lambda: {"loss": last["loss"].item(), **arrays}


def with_jax(forward, optimizer, settings, data):
    """One compiled function for the whole step."""
    import jax
    import jax.numpy as jnp

    labels = data["labels"]

    def loss_of(parameters, x):
        scores = jax.nn.log_softmax(forward(parameters, x))
        return -scores[jnp.arange(len(labels)), labels].mean()

    def descend(parameters, gradients, velocity, time, *, lr, momentum=0.0):
        if momentum:
            velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradients)
        direction = velocity if momentum else gradients
        return jax.tree.map(lambda p, d: p - lr * d, parameters, direction), velocity

    def adam(parameters, gradients, moments, time, *, lr, betas=(0.9, 0.999), eps=1e-8):
        m, v = moments
        m = jax.tree.map(lambda m, g: betas[0] * m + (1 - betas[0]) * g, m, gradients)
        v = jax.tree.map(lambda v, g: betas[1] * v + (1 - betas[1]) * g * g, v, gradients)
        rate, part = lr / (1 - betas[0] ** time), 1 - betas[1] ** time
        new = jax.tree.map(
            lambda p, m, v: p - rate * m / (jnp.sqrt(v / part) + eps), parameters, m, v
        )
        return new, (m, v)

    @jax.jit
    def update(parameters, state, x, time):
        loss, gradients = jax.value_and_grad(loss_of)(parameters, x)
        rule = {"SGD": descend, "Adam": adam}[optimizer]
        return loss, *rule(parameters, gradients, state, time, **settings)

    x, parameters = jnp.asarray(data["x"]), jax.tree.map(jnp.asarray, data["parameters"])
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    now = {"loss": None, "parameters": parameters, "time": 0}
    now["state"] = (zeros, zeros) if optimizer == "Adam" else zeros

    def step():
        now["time"] += 1
        made = update(now["parameters"], now["state"], x, float(now["time"]))
        now["loss"], now["parameters"], now["state"] = jax.block_until_ready(made)

    return step, lambda: {"loss": now["loss"], **now["parameters"]}


def hips_cross_entropy(scores, labels):
    """The mean loss, of autograd.numpy's functions."""
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    chosen = scores[anp.arange(len(labels)), labels]
    return anp.mean(logsumexp(scores, axis=1) - chosen)
