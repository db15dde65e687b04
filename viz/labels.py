"""labels: what a picture says of a value, of the operation that made it, and along its edges."""

from __future__ import annotations

import numpy as np

from autograd import Value

from .theme import DASH, NO_GRAD, details, number


def gradient(value: Value) -> str:
    """A dash where no backward pass has come, never 0."""
    if not value.requires_grad:
        return NO_GRAD
    if value.grad is None:
        return DASH
    text = number(value.grad)
    # An array's shape is told beside its data; of its gradient the size is worth more.
    return (
        text if not value.ndim or text[0] == "[" else f"norm {number(np.linalg.norm(value.grad))}"
    )


def detail(value: Value) -> str:
    """What is told on demand, in lines."""
    lines = [f"data: {details(value.data)}"]
    if value.grad is not None:
        lines.append(f"gradient: {details(value.grad)}")
    elif value.requires_grad:
        lines.append("gradient: no backward pass has reached it yet")
    if value.line:
        lines.append(value.line)
    return "\n".join(lines)


def settings(value: Value) -> str:
    """The operation that made a value, as a call."""
    assert value.op is not None
    settings = {name: repr(setting) for name, setting in value.params.items()}
    given = ", ".join(f"{name}={text}" for name, text in settings.items() if text != "…")
    return f"{value.op.name}({given})"


def derivatives(value: Value) -> dict[int, str]:
    """The local derivative by operand slot, where all are single numbers: the rule at g = 1."""
    op = value.op
    assert op is not None
    operands = [x.data if isinstance(x, Value) else x for x in value.inputs]
    numbers = (value.data, *operands)
    if op.arity not in (1, 2) or any(np.ndim(x) or np.iscomplexobj(x) for x in numbers):
        return {}
    found = {}
    y, floats = np.float64(value.data), [np.float64(x) for x in operands]
    for slot, (x, vjp) in enumerate(zip(value.inputs, op.vjps, strict=True)):
        if isinstance(x, Value) and x.requires_grad and vjp is not None:
            with np.errstate(all="ignore"):
                found[slot] = f"× {number(vjp(np.float64(1), y, *floats, **value.params))}"
    return found
