"""Adagrad: the gradient divided by the root of the sum of all its squares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizer import Optimizer
from .pieces import pieces
from .settings import at_least_zero


class Adagrad(Optimizer):
    """Steps that shrink for the parameters that have had large gradients.

    Parameters
    ----------
    params : iterable of Values, or of groups
    lr : float
    lr_decay : float
        Step t is taken with ``lr / (1 + (t - 1) · lr_decay)``.
    weight_decay : float
        Adds ``weight_decay`` times the parameter to its gradient (an L2 penalty).
    initial_accumulator_value : float
        What the sums of squares start from.
    eps : float
        Added to the root.
    maximize : bool
        Climb instead.
    l1 : float
        Adds ``l1`` times the sign of the parameter to its gradient (an L1 penalty).
    **speed
        PyTorch's ``foreach``, ``fused`` and ``capturable``, which change nothing here.

    References
    ----------
    Duchi, Hazan & Singer 2011, "Adaptive subgradient methods for online learning and stochastic
    optimization", the diagonal form.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
        l1: float = 0,
        **speed: Any,
    ) -> None:
        settings = dict(
            lr=lr,
            lr_decay=lr_decay,
            eps=eps,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            maximize=maximize,
        )
        super().__init__(params, settings, l1, **speed)

    def _check(self, settings):
        super()._check(settings)
        at_least_zero(
            self, settings, "lr_decay", "weight_decay", "initial_accumulator_value", "eps"
        )

    def _update(self, data, gradient, state, group):
        if not state:
            state.update(step=0, sum=np.full_like(data, group["initial_accumulator_value"]))
        state["step"] += 1
        size = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        for x, g, total in pieces(group, data, gradient, state["sum"]):
            total += g * g
            x -= size * g / (np.sqrt(total) + group["eps"])
