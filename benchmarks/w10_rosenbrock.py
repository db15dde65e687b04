"""W10: derivatives of derivatives, of the function of Rosenbrock 1960 in n dimensions."""

from __future__ import annotations

import numpy as np

TITLE = "Hessian of the 100-dimensional Rosenbrock function"
DTYPE = "float64"
STEPS = 1
UPDATES = False
TINY = {"n": 5}


def inputs(n=100):
    return {"x": np.random.default_rng(10).uniform(-1.5, 1.5, n)}


def _rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def reference(data):
    """The three diagonals, by formula."""
    x, last = data["x"], {}

    def step():
        beside = -400 * x[:-1]
        middle = np.zeros_like(x)
        middle[:-1] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
        middle[1:] += 200
        last["hessian"] = np.diag(middle) + np.diag(beside, 1) + np.diag(beside, -1)

    return step, lambda: last


def _running(hessian, x):
    last = {}

    def step():
        last["hessian"] = hessian(x)

    return step, lambda: last


def chainrule(data):
    from autograd import hessian

    return _running(hessian(_rosenbrock), data["x"])


hips = chainrule  # by its own import


def torch(data):
    import torch

    return _running(torch.func.hessian(_rosenbrock), torch.tensor(data["x"]))


def jax(data):
    import jax

    compiled = jax.jit(jax.hessian(_rosenbrock))
    return _running(lambda x: jax.block_until_ready(compiled(x)), jax.numpy.asarray(data["x"]))
