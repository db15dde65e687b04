"""SGD: a step against the gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .optimizer import Optimizer
from .pieces import buffer, pieces
from .settings import at_least_zero


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked.

    Parameters
    ----------
    params : iterable of Values, or of groups
    lr : float
        The learning rate: the step is ``lr`` times the gradient.
    momentum : float
        How much of the last step's direction is kept.
    dampening : float
        How much of the gradient does not enter the momentum.
    weight_decay : float
        Adds ``weight_decay`` times the parameter to its gradient (an L2 penalty).
    nesterov : bool
        Look ahead along the momentum (needs momentum and no dampening).
    maximize : bool
        Climb instead.
    l1 : float
        Adds ``l1`` times the sign of the parameter to its gradient (an L1 penalty).
    **speed
        PyTorch's ``foreach``, ``fused`` and ``capturable``, which change nothing here.

    References
    ----------
    Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning",
    in PyTorch's form, which multiplies the velocity by lr at the end.

    Examples
    --------
    >>> import autograd, nn
    >>> x = autograd.Value(3.0)
    >>> optimizer = nn.optim.SGD([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    2.4

    Parameters in groups, with settings of their own:

    >>> model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    >>> optimizer = nn.optim.SGD(
    ...     [{"params": model[0].parameters(), "lr": 0.001}, {"params": model[1].parameters()}],
    ...     lr=0.1, momentum=0.9)
    >>> [group["lr"] for group in optimizer.param_groups]
    [0.001, 0.1]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        l1: float = 0,
        **speed: Any,
    ) -> None:
        settings = dict(
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
        )
        super().__init__(params, settings, l1, **speed)

    def _check(self, settings):
        super()._check(settings)
        at_least_zero(self, settings, "momentum", "weight_decay")
        if settings["nesterov"] and (settings["momentum"] <= 0 or settings["dampening"] != 0):
            raise ValueError("SGD: nesterov needs a momentum above 0 and dampening 0")

    def _update(self, data, gradient, state, group):
        lr, momentum = group["lr"], group["momentum"]
        if not momentum:
            for x, g in pieces(group, data, gradient):
                x -= lr * g
            return
        # The first gradient enters whole.
        entering = 1 - group["dampening"] if "momentum_buffer" in state else 1
        velocity = buffer(state, "momentum_buffer", data)
        for x, g, v in pieces(group, data, gradient, velocity):
            v *= momentum
            v += g if entering == 1 else entering * g
            x -= lr * (g + momentum * v if group["nesterov"] else v)
