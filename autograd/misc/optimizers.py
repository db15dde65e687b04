"""Optimisers of plain functions of containers; those of networks are in ``nn.optim``.

``grad(x, i)`` gives the gradient at ``x`` in iteration ``i``; ``callback(x, i, g)`` is called
before each step.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from .flatten import flatten

__all__ = ["adam", "rmsprop", "sgd", "unflatten_optimizer"]


def unflatten_optimizer(optimize: Callable) -> Callable:
    """From an optimiser of vectors to one of nested tuples, lists and dicts."""

    @wraps(optimize)
    def of_containers(
        grad: Callable, x0: Any, callback: Callable | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        vector, unflatten = flatten(x0)

        def flat_grad(x: Any, i: int) -> Any:
            return flatten(grad(unflatten(x), i))[0]

        def flat_callback(x: Any, i: int, g: Any) -> None:
            callback(unflatten(x), i, unflatten(g))  # type: ignore[misc]

        found = optimize(flat_grad, vector, flat_callback if callback else None, *args, **kwargs)
        return unflatten(found)

    return of_containers


def _steps(
    grad: Callable, x: Any, callback: Callable | None, num_iters: int, step: Callable
) -> Any:
    for i in range(num_iters):
        g = grad(x, i)
        if callback:
            callback(x, i, g)
        x = x + step(g, i)
    return x


@unflatten_optimizer
def sgd(
    grad: Callable,
    x: Any,
    callback: Callable | None = None,
    num_iters: int = 200,
    step_size: float = 0.1,
    mass: float = 0.9,
) -> Any:
    """Gradient descent with momentum (Polyak 1964), the gradient weighted by 1 − mass."""
    velocity = np.zeros(len(x))

    def step(g: Any, i: int) -> Any:
        nonlocal velocity
        velocity = mass * velocity - (1.0 - mass) * g
        return step_size * velocity

    return _steps(grad, x, callback, num_iters, step)


@unflatten_optimizer
def rmsprop(
    grad: Callable,
    x: Any,
    callback: Callable | None = None,
    num_iters: int = 100,
    step_size: float = 0.1,
    gamma: float = 0.9,
    eps: float = 1e-8,
) -> Any:
    """RMSprop (Tieleman & Hinton 2012, lecture 6.5)."""
    mean_square = np.ones(len(x))

    def step(g: Any, i: int) -> Any:
        nonlocal mean_square
        mean_square = gamma * mean_square + (1 - gamma) * g**2
        return -step_size * g / (np.sqrt(mean_square) + eps)

    return _steps(grad, x, callback, num_iters, step)


@unflatten_optimizer
def adam(
    grad: Callable,
    x: Any,
    callback: Callable | None = None,
    num_iters: int = 100,
    step_size: float = 0.001,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    """Adam (Kingma & Ba 2015, algorithm 1)."""
    m, v = np.zeros(len(x)), np.zeros(len(x))

    def step(g: Any, i: int) -> Any:
        nonlocal m, v
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        return -step_size * (m / (1 - b1 ** (i + 1))) / (np.sqrt(v / (1 - b2 ** (i + 1))) + eps)

    return _steps(grad, x, callback, num_iters, step)
