"""replay: the same operations on other numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .backward import topological
from .value import Value, apply


def replay(root: Value, changes: Mapping[Value, Any]) -> dict[Value, Value]:
    """Compute a value again, with other data for some of those that it was made from.

    The operations are those that were recorded, in their order; a program that would have branched
    another way is not asked. The old graph stays as it is.

    Parameters
    ----------
    root : Value
    changes : mapping of Value to number or array
        Of the shape of what they take the place of. Where that was a result, it is a leaf now.

    Returns
    -------
    dict of Value to Value
        For every value that ``root`` was made from, its new one. Constants stay themselves; names,
        modules and lines of source are kept.

    Raises
    ------
    ValueError
        Where a shape differs, or a value is no part of the graph.

    Examples
    --------
    >>> x, y = Value(2.0), Value(3.0)
    >>> p = x * y
    >>> out = p + y
    >>> replay(out, {x: 10.0})[out].item(), replay(out, {p: 0.0})[out].item()
    (33.0, 3.0)
    """
    order = topological(root)
    if unknown := [x for x in changes if x not in set(order)]:
        raise ValueError(
            f"replay: {unknown[0]!r} has no part in the graph of {root!r}; give other data for "
            f"values that it was made from"
        )
    new: dict[Value, Value] = {}
    for value in order:
        if value in changes:
            new[value] = _leaf(value, changes[value])
        elif value.op is not None:
            operands = [new[x] if isinstance(x, Value) else x for x in value.inputs]
            new[value] = made = apply(value.op, tuple(operands), value.params)
            own = {"params": made.params, "seen": made._seen}
            made._notes = own | {"name": value.name, "module": value.module, "line": value._line}
        else:
            new[value] = _leaf(value, value._data) if value.requires_grad else value
    return new


def _leaf(like: Value, data: Any) -> Value:
    if np.shape(data) != like.shape:
        raise ValueError(
            f"replay: {like!r} has shape {like.shape}, and data of shape {np.shape(data)} were "
            f"given for it"
        )
    dtype = None if type(like._data) is float else like.dtype
    return Value(data, name=like.name, requires_grad=like.requires_grad, dtype=dtype)
