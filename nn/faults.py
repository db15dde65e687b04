"""faults: where the first number of a training step that is not finite came from."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Value, detect_anomaly, topological
from autograd.switches import switched

from .batches import arrays_in, call
from .module import Module
from .random import generators


def check_loss(
    value: Value, model: Module, loss: Callable, inputs: Any, targets: Any, where: str
) -> None:
    """Raise for a loss that is NaN or infinite, and say what made it so.

    Raises
    ------
    FloatingPointError
    """
    number = value.item()
    if math.isfinite(number):
        return
    raise FloatingPointError(
        f"the loss became {number} in {where}. {_cause(value, model, loss, inputs, targets)}"
    )


def check_parameters(model: Module, where: str) -> None:
    """Raise for parameters that hold NaN or infinity though every loss was finite.

    Raises
    ------
    FloatingPointError
    """
    for name, parameter in model.named_parameters():
        if not _finite(parameter):
            raise FloatingPointError(
                f"after {where} the parameter {name} holds NaN or infinity: the loss was finite "
                f"and its gradient was not. Run a step inside autograd.detect_anomaly(), which "
                f"names the operation whose rule gave it, or try fit(..., clip_grad_norm=1.0)"
            )


def _cause(value: Value, model: Module, loss: Callable, inputs: Any, targets: Any) -> str:
    for name, parameter in model.named_parameters():
        if not _finite(parameter):
            return (
                f"The parameter {name} holds NaN or infinity since an update before: try a smaller "
                f"learning rate, or fit(..., clip_grad_norm=1.0)"
            )
    for given, what in ((inputs, "inputs"), (targets, "targets")):
        if not all(map(_finite, arrays_in(given))):
            return f"The {what} of this batch hold NaN or infinity"
    for made in topological(value):
        if made.op is not None and not _finite(made):
            layer = "" if made.module is None else _layer(made)
            again = _line(model, loss, inputs, targets)
            return (
                f"The first number that is not finite came from {made.op.name}{layer}{again}. Try "
                f"a smaller learning rate, or look at its operands with autograd.detect_anomaly()"
            )
    return "Try a smaller learning rate, or run one step inside autograd.detect_anomaly()"


def _layer(made: Value) -> str:
    call = made.module
    assert call is not None
    path = call.path()
    return f" in {call.kind}{f' {path!r}' if path else ''}"


def _line(model: Module, loss: Callable, inputs: Any, targets: Any) -> str:
    """The source line, from running the batch again; all that this changes is put back."""
    state = {b: b._data.copy() for b in model.buffers()}
    random = [(g, g.bit_generator.state) for g in generators(model, None)]
    try:
        with switched(recording=True), detect_anomaly(), np.errstate(all="ignore"):
            loss(call(model, inputs), targets)
    except FloatingPointError as error:
        failed = getattr(error, "failed", None)
        return "" if failed is None else f", at {failed.line}"
    finally:
        for buffer, data in state.items():
            buffer._data = data
        for g, kept in random:
            g.bit_generator.state = kept
    return ""


def _finite(x: Any) -> bool:
    data = x._data if isinstance(x, Value) else x
    return np.asarray(data).dtype.kind not in "fc" or bool(np.all(np.isfinite(data)))
