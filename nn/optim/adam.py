"""Adam and AdamW: steps scaled by running means of the gradient and of its square."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizer import Optimizer
from .pieces import buffer, pieces
from .settings import at_least_zero, two_betas


class Adam(Optimizer):
    """Adam: steps of about ``lr``, whatever the size of the gradients.

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
    amsgrad : bool
        Divide by the largest second mean so far.
    maximize : bool
        Climb instead.
    decoupled_weight_decay : bool
        Shrink the parameter by ``lr · weight_decay`` instead, as `AdamW` does.
    l1 : float
        Adds ``l1`` times the sign of the parameter to its gradient (an L1 penalty).
    **speed
        PyTorch's ``foreach``, ``fused`` and ``capturable``, which change nothing here.

    References
    ----------
    Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1.
    Reddi et al. 2018, "On the convergence of Adam and beyond", algorithm 2 (``amsgrad``).

    Examples
    --------
    >>> import autograd, nn
    >>> x = autograd.Value(3.0)
    >>> optimizer = nn.optim.Adam([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    2.9
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        l1: float = 0,
        **speed: Any,
    ) -> None:
        settings = dict(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
        )
        super().__init__(params, settings, l1, **speed)

    def _check(self, settings):
        super()._check(settings)
        at_least_zero(self, settings, "eps", "weight_decay")
        two_betas(self, settings)

    def _update(self, data, gradient, state, group):
        state["step"] = state.get("step", 0) + 1
        moments = [buffer(state, name, data) for name in ("exp_avg", "exp_avg_sq")]
        if group["amsgrad"]:
            moments.append(buffer(state, "max_exp_avg_sq", data))
        beta1, beta2 = group["betas"]
        # The second mean's correction is moved out of the root: one pass less over the data.
        root = math.sqrt(1 - beta2 ** state["step"])
        size = group["lr"] * root / (1 - beta1 ** state["step"])
        eps = group["eps"] * root
        for x, g, mean, square, *largest in pieces(group, data, gradient, *moments):
            work = (1 - beta1) * g
            mean *= beta1
            mean += work
            np.multiply(g, g, out=work)
            work *= 1 - beta2
            square *= beta2
            square += work
            if largest:
                square = np.maximum(largest[0], square, out=largest[0])
            np.sqrt(square, out=work)
            work += eps
            np.divide(mean, work, out=work)
            work *= size
            x -= work


class AdamW(Adam):
    """Adam that shrinks the parameters apart from the gradient's scaling.

    Parameters
    ----------
    params : iterable of Values, or of groups
    lr : float
    betas : (float, float)
        How slowly the means of the gradient and of its square follow.
    eps : float
        Added to the root of the second mean.
    weight_decay : float
        Each step first multiplies the parameter by ``1 - lr · weight_decay``.
    amsgrad : bool
        Divide by the largest second mean so far.
    maximize : bool
        Climb instead.
    l1 : float
        Adds ``l1`` times the sign of the parameter to its gradient (an L1 penalty).
    **speed
        PyTorch's ``foreach``, ``fused`` and ``capturable``, which change nothing here.

    References
    ----------
    Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        l1: float = 0,
        **speed: Any,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            decoupled_weight_decay=True,
            l1=l1,
            **speed,
        )
