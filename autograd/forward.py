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

from .backward import call, check_unchanged, check_views, fit, gradients, zeros
from .data import is_complex
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
        if op.reads:
            check_views(value, tangents, {})
    y, operands = (value, inputs) if differentiable else (value._data, [raw(x) for x in inputs])
    if op.jvp is not None:
        moves = [tangents.get(x) if isinstance(x, Value) else None for x in inputs]
        moved = op.jvp(moves, y, *operands, **params)
        if moved is not NotImplemented:
            return fit(moved, value._data)
    entrywise = isinstance(op.function, np.ufunc) and op.function.signature is None
    if entrywise and not any(map(is_complex, (value._data, *map(raw, inputs)))):
        return _entrywise(value, tangents, y, operands, differentiable)
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


def _entrywise(
    value: Value, tangents: Mapping[Value, Any], y: Any, operands: Sequence, differentiable: bool
) -> Any:
    """`tangent` of an operation on each entry: a diagonal matrix is its own transpose."""
    op, shape, moved = value.op, value.shape, None
    assert op is not None
    for x, vjp in zip(value.inputs, op.vjps, strict=False):
        if isinstance(x, Value) and x in tangents and vjp is not None:
            move = tangents[x]
            if np.shape(move) != shape:
                move = np.broadcast_to(move, shape)
            dy = fit(call(vjp, move, y, operands, value.params), value._data)
            moved = dy if moved is None else moved + dy
    return zeros(value, differentiable) if moved is None else moved
