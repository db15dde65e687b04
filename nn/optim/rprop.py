"""Rprop: a step of its own for each number, from the signs of its gradients alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizer import Optimizer
from .pieces import buffer, pieces
from .settings import is_pair


class Rprop(Optimizer):
    """Resilient propagation: steps grow while the gradient keeps its sign, for whole batches.

    Parameters
    ----------
    params : iterable of Values, or of groups
    lr : float
        The first step of each number.
    etas : (float, float)
        What a step is multiplied by where the sign changed, and where it did not.
    step_sizes : (float, float)
        The shortest and the longest step.
    maximize : bool
        Climb instead.
    l1 : float
        Adds ``l1`` times the sign of the parameter to its gradient (an L1 penalty).
    **speed
        PyTorch's ``foreach``, ``fused`` and ``capturable``, which change nothing here.

    References
    ----------
    Riedmiller & Braun 1993, "A direct adaptive method for faster backpropagation learning: the
    RPROP algorithm", where a number whose gradient changed its sign waits for one step: iRprop− of
    Igel & Hüsken 2000.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        maximize: bool = False,
        l1: float = 0,
        **speed: Any,
    ) -> None:
        settings = dict(lr=lr, etas=etas, step_sizes=step_sizes, maximize=maximize)
        super().__init__(params, settings, l1, **speed)

    def _check(self, settings):
        super()._check(settings)
        etas, sizes = settings["etas"], settings["step_sizes"]
        if not (is_pair(etas) and 0 < etas[0] < 1 < etas[1]):
            raise ValueError(
                f"Rprop: etas are a number between 0 and 1 and one above 1, not {etas!r}"
            )
        if not (is_pair(sizes) and 0 <= sizes[0] <= sizes[1]):
            raise ValueError(
                f"Rprop: step_sizes are the shortest and the longest step, not {sizes!r}"
            )

    def _update(self, data, gradient, state, group):
        if not state:
            state.update(step=0, step_size=np.full_like(data, group["lr"]))
        state["step"] += 1
        (slower, faster), (least, most) = group["etas"], group["step_sizes"]
        before = buffer(state, "prev", data)
        for x, g, size, last in pieces(group, data, gradient, state["step_size"], before):
            turned = g * last
            size *= np.where(turned > 0, faster, np.where(turned < 0, slower, 1)).astype(x.dtype)
            np.clip(size, least, most, out=size)
            last[...] = np.where(turned < 0, 0, g)
            x -= np.sign(last) * size
