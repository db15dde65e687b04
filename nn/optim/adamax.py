"""Adamax: Adam with the largest gradient of late in place of the mean square."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizer import Optimizer
from .pieces import buffer, pieces
from .settings import at_least_zero, two_betas


class Adamax(Optimizer):
    """Adam, with steps scaled by the infinity norm of past gradients.

    Parameters
    ----------
    params : iterable of Values, or of groups
    lr : float
    betas : (float, float)
        How slowly the mean of the gradient follows, and how slowly its largest size fades.
    eps : float
        Added to the size of each gradient.
    weight_decay : float
        Adds ``weight_decay`` times the parameter to its gradient (an L2 penalty).
    maximize : bool
        Climb instead.
    l1 : float
        Adds ``l1`` times the sign of the parameter to its gradient (an L1 penalty).
    **speed
        PyTorch's ``foreach``, ``fused`` and ``capturable``, which change nothing here.

    References
    ----------
    Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 2.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        l1: float = 0,
        **speed: Any,
    ) -> None:
        settings = dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize)
        super().__init__(params, settings, l1, **speed)

    def _check(self, settings):
        super()._check(settings)
        at_least_zero(self, settings, "eps", "weight_decay")
        two_betas(self, settings)

    def _update(self, data, gradient, state, group):
        state["step"] = state.get("step", 0) + 1
        moments = [buffer(state, name, data) for name in ("exp_avg", "exp_inf")]
        beta1, beta2 = group["betas"]
        size = group["lr"] / (1 - beta1 ** state["step"])
        for x, g, mean, largest in pieces(group, data, gradient, *moments):
            mean *= beta1
            mean += (1 - beta1) * g
            largest *= beta2
            np.maximum(largest, np.abs(g) + group["eps"], out=largest)
            x -= size * mean / largest
