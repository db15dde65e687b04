"""descend: one step of an optimiser on one batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Value

from .batches import call
from .faults import check_loss
from .module import Module
from .optim import Optimizer
from .utils import clip_grad_norm_


def descend(
    model: Module,
    loss: Callable,
    optimizer: Optimizer,
    inputs: Any,
    targets: Any,
    where: str,
    clip: float | None = None,
) -> tuple[float, Any]:
    """One step of the optimiser on a batch; the loss and the prediction that it started from.

    Raises
    ------
    FloatingPointError
        Where that loss is not finite; no step is taken then.
    """
    first: list[Any] = []

    @np.errstate(all="ignore")  # what overflows is reported, with a way out
    def closure() -> Value:
        optimizer.zero_grad()
        prediction = call(model, inputs)
        value = _one_number(loss(prediction, targets))
        if not first:  # the line search of L-BFGS may try parameters at which the loss explodes
            first.extend((value.item(), prediction))
            check_loss(value, model, loss, inputs, targets, where)
        value.backward(leaves_only=True)
        if clip is not None:
            clip_grad_norm_(model.parameters(), clip)
        return value

    optimizer.step(closure)
    number, prediction = first
    return number, prediction


def _one_number(value: Any) -> Value:
    if not isinstance(value, Value):
        raise TypeError(
            f"the loss gave a {type(value).__name__}, which nothing can be learnt from; compute it "
            f"from the prediction itself, without .data or .item()"
        )
    if value.size != 1:
        raise ValueError(
            f"the loss gave shape {value.shape}, and is to give one number: np.mean of it, or "
            f"reduction='mean'"
        )
    return value
