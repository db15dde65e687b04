"""RMSprop: the gradient divided by the root of its running mean square."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizer import Optimizer
from .pieces import buffer, pieces
from .settings import at_least_zero


class RMSprop(Optimizer):
    """Steps of the gradient over the root of its running mean square.

    Parameters
    ----------
    params : iterable of Values, or of groups
    lr : float
    alpha : float
        How slowly the mean square follows.
    eps : float
        Added to the root.
    weight_decay : float
        Adds ``weight_decay`` times the parameter to its gradient (an L2 penalty).
    momentum : float
        How much of the last step is kept.
    centered : bool
        Divide by the standard deviation: the mean is taken off.
    maximize : bool
        Climb instead.
    l1 : float
        Adds ``l1`` times the sign of the parameter to its gradient (an L1 penalty).
    **speed
        PyTorch's ``foreach``, ``fused`` and ``capturable``, which change nothing here.

    References
    ----------
    Tieleman & Hinton 2012, "Neural networks for machine learning", lecture 6.5; centred as in
    Graves 2013, "Generating sequences with recurrent neural networks", equations 38 to 40, with
    ``eps`` outside of the root as in PyTorch.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        *,
        maximize: bool = False,
        l1: float = 0,
        **speed: Any,
    ) -> None:
        settings = dict(
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
            maximize=maximize,
        )
        super().__init__(params, settings, l1, **speed)

    def _check(self, settings):
        super()._check(settings)
        at_least_zero(self, settings, "alpha", "eps", "weight_decay", "momentum")

    def _update(self, data, gradient, state, group):
        lr, alpha, eps, momentum = (group[name] for name in ("lr", "alpha", "eps", "momentum"))
        state["step"] = state.get("step", 0) + 1
        means = [buffer(state, "square_avg", data)]
        if momentum:
            means.append(buffer(state, "momentum_buffer", data))
        if group["centered"]:
            means.append(buffer(state, "grad_avg", data))
        for x, g, square, *others in pieces(group, data, gradient, *means):
            square *= alpha
            square += (1 - alpha) * g * g
            if group["centered"]:
                mean = others[-1]
                mean += (1 - alpha) * (g - mean)
                variance = np.maximum(square - mean * mean, 0)  # rounding can leave it below 0
                g = g / (np.sqrt(variance) + eps)
            else:
                g = g / (np.sqrt(square) + eps)
            if momentum:
                velocity = others[0]
                velocity *= momentum
                velocity += g
                g = velocity
            x -= lr * g
