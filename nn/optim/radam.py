"""RAdam: Adam that waits with scaling until the mean square can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizer import Optimizer
from .pieces import buffer, pieces
from .settings import at_least_zero, two_betas


class RAdam(Optimizer):
    """Adam whose scaling comes in as its variance falls, so that it needs no warm-up.

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
    Liu et al. 2020, "On the variance of the adaptive learning rate and beyond", algorithm 2, with
    5 as the length from which on it scales, as in PyTorch.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
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
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
        )
        super().__init__(params, settings, l1, **speed)

    def _check(self, settings):
        super()._check(settings)
        at_least_zero(self, settings, "eps", "weight_decay")
        two_betas(self, settings)

    def _update(self, data, gradient, state, group):
        state["step"] = state.get("step", 0) + 1
        moments = [buffer(state, name, data) for name in ("exp_avg", "exp_avg_sq")]
        (beta1, beta2), step = group["betas"], state["step"]
        size, unbiased = group["lr"] / (1 - beta1**step), 1 - beta2**step
        # The lengths of the simple means that the running mean square is like, in the end and now.
        most = 2 / (1 - beta2) - 1
        length = most - 2 * step * beta2**step / unbiased
        if scales := length > 5:
            share = (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)
            size *= math.sqrt(share * unbiased)
        for x, g, mean, square in pieces(group, data, gradient, *moments):
            mean *= beta1
            mean += (1 - beta1) * g
            square *= beta2
            square += (1 - beta2) * g * g
            x -= size * mean / (np.sqrt(square) + group["eps"]) if scales else size * mean
