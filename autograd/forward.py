"""Forward mode from the same rules: the transpose of a transpose is the map itself.

A rule takes the gradient of a result to the gradient of an operand, and is linear in it. Its own
derivative with respect to that gradient is therefore the other way round: it takes a change of
the operand to the change of the result (J. Townsend, "A new trick for calculating Jacobian vector
products", 2017). No second table of rules is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .backward import call, check_unchanged, fit, gradients, zeros
from .switches import switched
from .value import Value, raw


def push(
    outputs: Sequence[Value],
    tangents: Mapping[Value, Any],
    order: Sequence[Value],
    differentiable: bool,
) -> list[Any]:
    """How ``outputs`` change with the Values in ``tangents``, along the values in ``order``."""
    found = dict(tangents)
    for value in order:
        if value not in found:
            found[value] = tangent(value, found, differentiable)
    return [found[y] if y in found else zeros(y, differentiable) for y in outputs]


def tangent(value: Value, tangents: Mapping[Value, Any], differentiable: bool) -> Any:
    """How a value changes when its operands change by their ``tangents``; one step forward."""
    op, inputs, params = value.op, value.inputs, value.params
    assert op is not None
    if type(value._data) is not float:
        check_unchanged(value, {})
    y, operands = (value, inputs) if differentiable else (value._data, [raw(x) for x in inputs])
    if op.jvp is not None:
        moves = [tangents.get(x) if isinstance(x, Value) else None for x in inputs]
        moved = op.jvp(moves, y, *operands, **params)
        if moved is not NotImplemented:
            return fit(moved, value._data)
    sent, moves = [], []
    with switched(recording=True, anomaly=False):
        g = Value(np.zeros_like(value._data) if np.ndim(value._data) else value._data * 0)
        for x, vjp in zip(inputs, op.vjps, strict=False):
            if isinstance(x, Value) and x in tangents and vjp is not None:
                dx = fit(call(vjp, g, y, operands, params), x._data)
                if isinstance(dx, Value) and dx.requires_grad:
                    sent.append(dx)
                    moves.append(tangents[x])
        if not sent:
            return zeros(value, differentiable)
        return gradients(sent, [g], moves, differentiable=differentiable)[0]
