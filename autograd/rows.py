"""Many backward passes over one graph at once: a Jacobian's rows, or as many as fit in the cache.

Gradients have an axis more in front, along which the passes lie. The rules of elementwise
operations take such gradients as they are, since operands broadcast from the last axis. Some
others take them where operands and settings get that axis too. What is left goes row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .backward import call, check_assigned, check_unchanged, fit
from .data import is_complex
from .op import OPS, Op
from .ops.activation import relu, sigmoid
from .ops.index import getitem, is_sliced, scatter
from .switches import MODE
from .value import HOOKED, Raw, Value

_NUMBERS = 2**18  # of a value's gradients in all passes that go at once: 2 MiB of float64


def pull_rows(root: Value, seeds: np.ndarray, x: Value, order: Sequence[Value]) -> np.ndarray:
    """The gradients of ``x``, one for each seed, along ``order``, the values `between` them.

    Parameters
    ----------
    root, x : Value
    seeds : (rows, *root's shape) array
    """
    some = max(1, _NUMBERS // max(1, *(value.size for value in order)))
    check_assigned(order, order[0].order)
    return np.concatenate(
        [_pull(root, seeds[i : i + some], x, order) for i in range(0, len(seeds), some)]
    )


def can_pull_rows(order: Sequence[Value]) -> bool:
    """Whether no step of a pass is watched, and all numbers are real."""
    mode = MODE.get()
    watched = mode.anomaly or mode.watchers or HOOKED
    return not watched and not any(is_complex(value._data) for value in order)


def _pull(root: Value, seeds: np.ndarray, x: Value, order: Sequence[Value]) -> np.ndarray:
    gradients: dict[Value, np.ndarray] = {root: seeds}
    kept = set(order)
    known: dict[int, int | None] = {}
    for value in reversed(order):
        if value is x or value not in gradients:
            continue
        g, op, inputs = gradients.pop(value), value.op, value.inputs
        assert op is not None
        if type(value._data) is not float and value._seen is not None:
            check_unchanged(value, known)
        operands = [i._data if isinstance(i, Value) else i for i in inputs]
        sent = _sender(op, g, value._data, operands, value.params)
        for operand, vjp in zip(inputs, op.vjps, strict=False):
            if isinstance(operand, Value) and vjp is not None and operand in kept:
                dx = sent(vjp, operand._data)
                gradients[operand] = gradients[operand] + dx if operand in gradients else dx
    if x in gradients:
        return gradients[x]
    return np.zeros((len(seeds), *x.shape), x.dtype)  # no rule leads to it


def _sender(
    op: Op, g: np.ndarray, y: Raw, operands: list[Any], params: dict[str, Any]
) -> Callable[[Callable, Raw], np.ndarray]:
    """What tells, of a rule and its operand's data, what a value sends there for each row."""

    def to_all(vjp: Callable, like: Raw) -> np.ndarray:
        dx = call(vjp, g, y, operands, params)
        # A rule that does not look at g gives 0, being linear.
        return _fit_rows(dx if np.ndim(dx) > np.ndim(y) else np.zeros_like(g), len(g), like)

    def to_each(vjp: Callable, like: Raw) -> np.ndarray:
        one = float if type(y) is float else lambda row: row
        return np.stack([fit(call(vjp, one(row), y, operands, params), like) for row in g])

    if _is_elementwise(op, operands):
        return to_all
    change = _SETTINGS.get(op)
    settings = change(params, len(g), np.ndim(operands[0])) if change else None
    if settings is None:
        return to_each
    each = [np.broadcast_to(x, (len(g), *np.shape(x))) for x in operands]
    above = np.broadcast_to(y, (len(g), *np.shape(y)))
    return lambda vjp, like: _fit_rows(call(vjp, g, above, each, settings), len(g), like)


def _fit_rows(dx: np.ndarray, rows: int, like: Raw) -> np.ndarray:
    """`fit`, for each row."""
    shape = (rows, *np.shape(like))
    extra = dx.ndim - len(shape)
    stretched = (i + extra for i, n in enumerate(shape) if i and n == 1 != dx.shape[i + extra])
    axes = (*range(1, 1 + extra), *stretched)
    if axes:
        dx = np.add.reduce(dx, axis=axes).reshape(shape)
    return dx.astype(float if type(like) is float else like.dtype, copy=False)


# ---- which rules take several gradients at once ------------------------------------------------

_ELEMENTWISE = {OPS[function] for function in (np.where, np.broadcast_to, relu, sigmoid)}


def _is_elementwise(op: Op, operands: Sequence[Any]) -> bool:
    if op.function is np.matmul:  # of its stacks of matrices
        return max(map(np.ndim, operands)) > 1
    is_ufunc = isinstance(op.function, np.ufunc) and op.function.signature is None
    return is_ufunc or op in _ELEMENTWISE


Settings = dict[str, Any]


def _later(axis: Any, ndim: int) -> Any:
    """An axis, or several, of arrays that have one more in front."""
    if isinstance(axis, (int, np.integer)):
        return axis % ndim + 1
    return tuple(_later(a, ndim) for a in (range(ndim) if axis is None else axis))


def _reduced(params: Settings, rows: int, ndim: int) -> Settings:
    return {**params, "axis": _later(params.get("axis"), ndim)}


def _indexed(params: Settings, rows: int, ndim: int) -> Settings | None:
    index = params["index"]
    parts = index if isinstance(index, tuple) else (index,)
    if not is_sliced(index) and (isinstance(index, tuple) or type(index) is bool):
        return None  # NumPy may put the axes of several arrays first
    shape = {"shape": (rows, *params["shape"])} if "shape" in params else {}
    return {**params, "index": (slice(None), *parts), **shape}


def _permuted(params: Settings, rows: int, ndim: int) -> Settings:
    axes = params.get("axes")
    order = reversed(range(ndim)) if axes is None else axes
    return {"axes": (0, *_later(tuple(order), ndim))}


def _joined(params: Settings, rows: int, ndim: int) -> Settings:
    return {"axis": _later(params.get("axis", 0), ndim)}


def _layered(params: Settings, rows: int, ndim: int) -> Settings:
    return _joined(params, rows, ndim + 1)


def _reshaped(params: Settings, rows: int, ndim: int) -> Settings:
    return params  # the rules read the operand's shape; an axis in front stays there in any order


_SETTINGS: dict[Op, Callable[[Settings, int, int], Settings | None]] = {
    OPS[np.sum]: _reduced,
    OPS[np.mean]: _reduced,
    OPS[getitem]: _indexed,
    OPS[scatter]: _indexed,
    OPS[np.transpose]: _permuted,
    OPS[np.concatenate]: _joined,
    OPS[np.stack]: _layered,
    OPS[np.reshape]: _reshaped,
    OPS[np.expand_dims]: _reshaped,
    OPS[np.squeeze]: _reshaped,
}
"""How an operation's settings change where its operand has one more axis in front; None if not."""
