"""NAdam: Adam that looks ahead along its first mean."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizer import Optimizer
from .pieces import buffer, pieces
from .settings import at_least_zero, two_betas


class NAdam(Optimizer):
    """Adam with Nesterov's momentum.

    Parameters
    ----------
    params : iterable of Values, or of groups
    lr : float
    betas : (float, float)
        How slowly the means of the gradient and of its square follow.
    eps : float
        Added to the root of the second mean.
    weight_decay : float
        Adds ``weight_decay`` times the parameter to its gradient (an L2 penalty).
    momentum_decay : float
        How fast the look-ahead grows from half to the whole of ``betas[0]``.
    decoupled_weight_decay : bool
        Shrink the parameter by ``lr · weight_decay`` instead, as `AdamW` does.
    maximize : bool
        Climb instead.
    l1 : float
        Adds ``l1`` times the sign of the parameter to its gradient (an L1 penalty).
    **speed
        PyTorch's ``foreach``, ``fused`` and ``capturable``, which change nothing here.

    References
    ----------
    Dozat 2016, "Incorporating Nesterov momentum into Adam", with the schedule of its section 3.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        l1: float = 0,
        **speed: Any,
    ) -> None:
        settings = dict(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
        )
        super().__init__(params, settings, l1, **speed)

    def _check(self, settings):
        super()._check(settings)
        at_least_zero(self, settings, "eps", "weight_decay", "momentum_decay")
        two_betas(self, settings)

    def _update(self, data, gradient, state, group):
        state["step"] = state.get("step", 0) + 1
        moments = [buffer(state, name, data) for name in ("exp_avg", "exp_avg_sq")]
        lr, (beta1, beta2), step = group["lr"], group["betas"], state["step"]
        now, ahead = (
            beta1 * (1 - 0.5 * 0.96 ** (t * group["momentum_decay"])) for t in (step, step + 1)
        )
        state["mu_product"] = state.get("mu_product", 1.0) * now
        of_gradient = lr * (1 - now) / (1 - state["mu_product"])
        of_mean = lr * ahead / (1 - state["mu_product"] * ahead)
        root = math.sqrt(1 - beta2**step)
        for x, g, mean, square in pieces(group, data, gradient, *moments):
            mean *= beta1
            mean += (1 - beta1) * g
            square *= beta2
            square += (1 - beta2) * g * g
            x -= (of_gradient * g + of_mean * mean) / (np.sqrt(square) / root + group["eps"])
