"""The way back from results, while a function is recorded: the rules of its operations, noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backward import call, check_assigned, check_unchanged, fit, hooked
from ..tree import flatten
from ..value import Value
from .tracked import numbers

if TYPE_CHECKING:
    from .recorder import Recorder


def way_back(
    recorder: Recorder, roots: Sequence[Value], seeds: Sequence[Any], ends: set[Value]
) -> dict[Value, Any]:
    """The gradients of leaves, and of those values at which the way ends.

    The hooks of leaves are called where the gradients are stored, in each replay.
    """
    order = _made_from(roots, ends)
    if order:
        check_assigned(order, order[0].order)
    sums: dict[Value, Any] = {}
    for root, seed in zip(roots, seeds, strict=True):
        sums[root] = sums[root] + seed if root in sums else seed
    found, known = dict[Value, Any](), dict[int, int | None]()
    for value in reversed(order):
        if value not in sums:
            continue
        g = sums.pop(value)
        if value in ends or value.op is None:
            found[value] = g
            continue
        for hook in value._hooks or ():
            g = hooked(hook, g, value)
        if type(numbers(value)) is not float and value._seen is not None:
            check_unchanged(value, known)
        for i, (x, vjp) in enumerate(zip(value.inputs, value.op.vjps, strict=False)):
            if isinstance(x, Value) and x.requires_grad and vjp is not None:
                dx = _sent(recorder, vjp, i, g, value)
                sums[x] = sums[x] + dx if x in sums else dx
    return found


def _sent(recorder: Recorder, vjp: Callable, i: int, g: Any, value: Value) -> Any:
    """What a rule sends to an operand: its operations where they give the same, or it as one."""
    before, operands, params = len(recorder.entries), (g, value, *value.inputs), value.params
    with np.errstate(all="ignore"):
        expected = _rule(vjp, i, *map(numbers, operands), **plain(params) if params else params)
    try:
        dx = fit(call(vjp, g, value, value.inputs, params), numbers(value.inputs[i]))
    except Exception:  # it looks at numbers, or does what Values cannot
        dx = None
    if dx is None or not _same(numbers(dx), expected):
        del recorder.entries[before:]
        dx = recorder.untraced(partial(_rule, vjp, i), operands, params, pure=True)
    return dx


def plain(tree: Any) -> Any:
    """A tree with the data of Values in their place."""
    leaves, rebuild = flatten(tree)
    return rebuild([numbers(x) for x in leaves])


def _rule(vjp: Callable, i: int, g: Any, y: Any, *operands: Any, **params: Any) -> Any:
    return fit(call(vjp, g, y, operands, params), operands[i])


def _same(a: Any, b: Any) -> bool:
    if type(a) is float and type(b) is float:
        return a == b or (a != a and b != b)
    return (
        np.shape(a) == np.shape(b)
        and np.asarray(a).dtype == np.asarray(b).dtype
        and np.array_equal(a, b, equal_nan=True)
    )


def _made_from(roots: Sequence[Value], ends: set[Value]) -> list[Value]:
    """The roots and all that they were made from, in order, but nothing behind the ends."""
    found, stack = set(roots), list(roots)
    while stack:
        value = stack.pop()
        for x in value.inputs if value not in ends else ():
            if isinstance(x, Value) and x not in found:
                found.add(x)
                stack.append(x)
    return sorted(found, key=attrgetter("order"))
