"""ASGD: SGD that keeps the mean of the parameters it went through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .optimizer import Optimizer
from .pieces import buffer, pieces
from .settings import at_least_zero


class ASGD(Optimizer):
    """Averaged SGD: ``state[parameter]["ax"]`` is the mean of the parameter from step ``t0`` on.

    Parameters
    ----------
    params : iterable of Values, or of groups
    lr : float
    lambd : float
        Each step first shrinks the parameter by ``lambd`` times the step's size.
    alpha : float
        Step t has the size ``lr / (1 + lambd · lr · t) ** alpha``.
    t0 : float
        From which step on the mean is taken.
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
    Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging", with the sizes
    of Bottou 2010, "Large-scale machine learning with stochastic gradient descent", section 5.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        l1: float = 0,
        **speed: Any,
    ) -> None:
        settings = dict(
            lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay, maximize=maximize
        )
        super().__init__(params, settings, l1, **speed)

    def _check(self, settings):
        super()._check(settings)
        at_least_zero(self, settings, "lambd", "alpha", "t0", "weight_decay")

    def _update(self, data, gradient, state, group):
        lr, shrinking = group["lr"], group["lambd"]
        size, share = state.get("eta", lr), state.get("mu", 1.0)
        step = state["step"] = state.get("step", 0) + 1
        for x, g, mean in pieces(group, data, gradient, buffer(state, "ax", data)):
            x *= 1 - shrinking * size
            x -= size * g
            mean += share * (x - mean)
        state["eta"] = lr / (1 + shrinking * lr * step) ** group["alpha"]
        state["mu"] = 1 / max(1, step - group["t0"])
