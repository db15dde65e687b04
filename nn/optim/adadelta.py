"""Adadelta: steps in the units of the parameter, without a learning rate to tune."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizer import Optimizer
from .pieces import buffer, pieces
from .settings import at_least_zero


class Adadelta(Optimizer):
    """The gradient times the root mean square of past steps over that of past gradients.

    Parameters
    ----------
    params : iterable of Values, or of groups
    lr : float
        What the method's own step is multiplied by.
    rho : float
        How slowly the mean squares follow.
    eps : float
        Added to the mean squares; it sets the first steps.
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
    Zeiler 2012, "ADADELTA: an adaptive learning rate method", algorithm 1.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        l1: float = 0,
        **speed: Any,
    ) -> None:
        settings = dict(lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize)
        super().__init__(params, settings, l1, **speed)

    def _check(self, settings):
        super()._check(settings)
        at_least_zero(self, settings, "eps", "weight_decay")
        if not 0 <= settings["rho"] <= 1:
            raise ValueError(f"Adadelta: rho is a number in [0, 1], not {settings['rho']!r}")

    def _update(self, data, gradient, state, group):
        state["step"] = state.get("step", 0) + 1
        means = [buffer(state, name, data) for name in ("square_avg", "acc_delta")]
        lr, rho, eps = group["lr"], group["rho"], group["eps"]
        for x, g, square, moved in pieces(group, data, gradient, *means):
            square *= rho
            square += (1 - rho) * g * g
            step = np.sqrt(moved + eps) / np.sqrt(square + eps) * g
            moved *= rho
            moved += (1 - rho) * step * step
            x -= lr * step
