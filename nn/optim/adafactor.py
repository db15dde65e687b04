"""Adafactor: mean squares kept as one number for each row and column."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizer import Optimizer
from .pieces import buffer
from .settings import at_least_zero, is_number


class Adafactor(Optimizer):
    """Steps scaled as Adam's, with a memory of the rows and columns of a matrix alone.

    It takes real parameters.

    Parameters
    ----------
    params : iterable of Values, or of groups
    lr : float
        The longest step, relative to the size of the parameter.
    beta2_decay : float
        At most 0: the mean squares take in ``step ** beta2_decay`` of the new one.
    eps : (float or None, float)
        The least mean square's root (None: the dtype's precision), and the least size that a
        parameter is taken to have.
    d : float
        At least 1: scaled gradients whose root mean square is larger are shortened to it.
    weight_decay : float
        Each step first multiplies the parameter by ``1 - lr · weight_decay``.
    maximize : bool
        Climb instead.
    l1 : float
        Adds ``l1`` times the sign of the parameter to its gradient (an L1 penalty).
    **speed
        PyTorch's ``foreach``, ``fused`` and ``capturable``, which change nothing here.

    References
    ----------
    Shazeer & Stern 2018, "Adafactor: adaptive learning rates with sublinear memory cost",
    algorithms 4 and 5, with ``lr`` and the first ``eps`` as PyTorch has them.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        l1: float = 0,
        **speed: Any,
    ) -> None:
        settings = dict(
            lr=lr,
            beta2_decay=beta2_decay,
            eps=eps,
            d=d,
            weight_decay=weight_decay,
            maximize=maximize,
        )
        super().__init__(params, settings, l1, **speed)

    def _check(self, settings):
        super()._check(settings)
        at_least_zero(self, settings, "weight_decay")
        decay, eps, d = (settings[name] for name in ("beta2_decay", "eps", "d"))
        if not (is_number(decay) and decay <= 0):
            raise ValueError(f"Adafactor: beta2_decay is a number of at most 0, not {decay!r}")
        if not (is_number(d) and d >= 1):
            raise ValueError(f"Adafactor: d is a number of at least 1, not {d!r}")
        if not (
            isinstance(eps, (tuple, list))
            and len(eps) == 2
            and all(is_number(e) and e >= 0 for e in (eps[0] or 0, eps[1]))
        ):
            raise ValueError(
                f"Adafactor: eps are two numbers of at least 0, the first one or None, not {eps!r}"
            )

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        super().add_param_group(param_group)
        if any(np.iscomplexobj(p._data) for p in self.param_groups[-1]["params"]):
            self.param_groups.pop()
            raise TypeError(
                "Adafactor takes real parameters; the other optimisers take complex ones"
            )

    def _update(self, data, gradient, state, group):
        step = state["step"] = state.get("step", 0) + 1
        new, lr, (least, small) = step ** group["beta2_decay"], group["lr"], group["eps"]
        least = np.finfo(data.dtype).eps if least is None else least
        size = min(lr, 1 / math.sqrt(step)) * max(small, _root_mean_square(data))
        g = -gradient if group["maximize"] else gradient
        if group.get("l1"):
            g = g + group["l1"] * np.sign(data)
        data *= 1 - lr * group["weight_decay"]
        square = g * g
        if g.ndim > 1:
            rows, columns = (
                buffer(state, name, square.mean(axis, keepdims=True))
                for name, axis in (("row_var", -1), ("col_var", -2))
            )
            rows += new * (square.mean(-1, keepdims=True) - rows)
            columns += new * (square.mean(-2, keepdims=True) - columns)
            square = rows @ columns / np.maximum(rows.mean(-2, keepdims=True), least)
        else:
            mean = buffer(state, "variance", data)
            mean += new * (square - mean)
            square = mean
        scaled = g / np.sqrt(np.maximum(square, least * least))
        data -= size / max(1.0, _root_mean_square(scaled) / group["d"]) * scaled

    def _state_shape(self, name, shape):
        if name == "row_var":
            return (*shape[:-1], 1)
        return (*shape[:-2], 1, shape[-1]) if name == "col_var" else shape


def _root_mean_square(x: np.ndarray) -> float:
    return float(np.linalg.norm(x)) / math.sqrt(x.size)
