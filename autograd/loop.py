"""The loop of `Value.backward`: the steps of `backward`, faster and to the same bits."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from .backward import (
    backward_steps,
    call,
    check_assigned,
    check_seed,
    check_unchanged,
    each_its_own,
    fit,
    zeros,
)
from .captured import WRITES
from .data import SCALARS
from .switches import MODE
from .value import HOOKED, Raw, Value, raw

_order = attrgetter("order")
_array = np.ndarray


class _Mark:
    """Stands in ``grad`` for: found in this pass, and no contribution has come yet.

    Every pass has a mark of its own, so that none is misled by what an interrupted one left.
    """

    __slots__ = ()


def backpropagate(root: Value, seed: Any, leaves_only: bool) -> None:
    """What `Value.backward` does: the steps, with their gradients stored on the values.

    This loop does what `backward_steps` does, to the bit, without a generator, a record per step
    and a table of gradients: `benchmarks/` shows what that buys, and a test compares them.
    """
    mode = MODE.get()
    if mode.anomaly or mode.watchers or HOOKED:
        for step in list(backward_steps(root, seed)):
            if step.value.op is None:
                _accumulate(step.value, _own(step.gradient, step.gradient))
            else:
                step.value.grad = None if leaves_only else step.gradient
        return
    start = check_seed(root, raw(seed))
    if root.op is None:
        _accumulate(root, start)
        return
    for leaf, gradient in _leaves(root, start, leaves_only).items():
        _accumulate(leaf, gradient)


def leaf_gradients(root: Any, seed: Any, leaves: Sequence[Value]) -> list[Raw] | None:
    """The gradients of leaves that ``root`` was made from, stored nowhere.

    None where the steps have to be played one by one, or no gradient reaches any of the leaves.
    The other values must be nobody else's: their own gradients are forgotten.
    """
    mode = MODE.get()
    if mode.anomaly or mode.watchers or mode.recorder is not None or HOOKED:
        return None
    if not isinstance(root, Value) or root.op is None:
        return None
    found = _leaves(root, check_seed(root, seed), leaves_only=True)
    if not any(x in found for x in leaves):
        return None
    return each_its_own([found[x] if x in found else zeros(x, False) for x in leaves])


def _leaves(root: Value, start: Raw, leaves_only: bool) -> dict[Value, Raw]:
    """The gradients of all leaves that the result of an operation was made from."""
    nodes: list[Value] = []
    mark = _Mark()
    try:
        _mark(root, nodes, mark)
        nodes.sort(key=_order, reverse=True)
        if WRITES.last > nodes[-1].order:
            check_assigned(nodes, nodes[-1].order)
        root.grad = start
        return _pass(nodes, mark, leaves_only)
    except BaseException:
        for node in nodes:
            if node.grad is mark:
                node.grad = None
        raise


def _pass(nodes: list[Value], mark: _Mark, leaves_only: bool) -> dict[Value, Raw]:
    """Send gradients from value to value; gives those of the leaves.

    These are kept apart until all has gone well, and so that threads can share leaves.
    """
    leaves: dict[Value, Raw] = {}
    owned: set[Value] = set()
    clean: set[Value] = set()
    known: dict[int, int | None] = {}
    for node in nodes:
        g = node.grad
        if g is mark:
            node.grad = None
            continue
        if leaves_only:
            node.grad = None
        op: Any = node.op
        first, second, y, rules = node._first, node._second, node._data, op.vjps
        # `_send` for an operand or two, written out for Python's numbers and then for the rest:
        # where a small graph spends its time.
        if type(g) is float and op.scalar is not None:
            a = first._data if isinstance(first, Value) else first
            b = second._data if isinstance(second, Value) else second
            if first is not a and first.requires_grad and (rule := rules[0]) is not None:
                try:
                    dx = rule(g, y, a) if second is None else rule(g, y, a, b)
                except _RAISED:
                    dx = 0j
                if type(dx) is not float:
                    if type(dx) is complex:
                        dx = call(rule, g, y, (a, b)[: op.arity], {})
                    _give(first, dx, a, g, mark, leaves, owned)
                elif first.op is not None:
                    total = first.grad
                    first.grad = dx if total is mark else total + dx
                else:
                    total = leaves.get(first)
                    leaves[first] = dx if total is None else total + dx
            if second is not b and second.requires_grad and (rule := rules[1]) is not None:
                try:
                    dx = rule(g, y, a, b)
                except _RAISED:
                    dx = 0j
                if type(dx) is not float:
                    if type(dx) is complex:
                        dx = call(rule, g, y, (a, b), {})
                    _give(second, dx, b, g, mark, leaves, owned)
                elif second.op is not None:
                    total = second.grad
                    second.grad = dx if total is mark else total + dx
                else:
                    total = leaves.get(second)
                    leaves[second] = dx if total is None else total + dx
            continue
        notes = node._notes
        if type(notes) is not dict:
            notes = _NO_NOTES
        elif "seen" in notes:
            check_unchanged(node, known)
        if not 0 < op.arity < 3 or "params" in notes:
            if op.into is not None:
                _send_part(node, g, mark, leaves, owned, clean)
            else:
                _send(node, g, mark, leaves, owned)
            continue
        a = first._data if isinstance(first, Value) else first
        b = second._data if isinstance(second, Value) else second
        if first is not a and first.requires_grad and (rule := rules[0]) is not None:
            try:
                alone = second is None and op.arity == 1
                dx = rule(g, y, a) if alone else rule(g, y, a, b)
            except _RAISED:
                dx = 0j
            if (
                type(dx) is type(a) is _array
                and first.grad is mark
                and dx.shape == a.shape
                and dx.dtype is a.dtype
            ):
                first.grad = dx
            else:
                if type(dx) is complex:
                    dx = call(rule, g, y, (a, b)[: op.arity], {})
                _give(first, dx, a, g, mark, leaves, owned)
        if second is not b and second.requires_grad and (rule := rules[1]) is not None:
            try:
                dx = rule(g, y, a, b)
            except _RAISED:
                dx = 0j
            if (
                type(dx) is type(b) is _array
                and second.grad is mark
                and dx.shape == b.shape
                and dx.dtype is b.dtype
            ):
                second.grad = dx
            else:
                if type(dx) is complex:
                    dx = call(rule, g, y, (a, b), {})
                _give(second, dx, b, g, mark, leaves, owned)
    return leaves


_NO_NOTES: dict[str, Any] = {}
_RAISED = (ArithmeticError, ValueError, TypeError)  # by Python's numbers: `call` asks NumPy


def _mark(root: Value, nodes: list[Value], mark: _Mark) -> None:
    """Collect and mark the values made by an operation that ``root`` was made from."""
    nodes.append(root)  # before it is marked: whoever interrupts finds it here
    root.grad = mark
    node, stack = root, []
    while True:
        first, second = node._first, node._second
        if isinstance(second, Value) and second.op is not None and second.grad is not mark:
            nodes.append(second)
            second.grad = mark
            stack.append(second)
        if isinstance(first, Value):
            if first.op is not None and first.grad is not mark:
                nodes.append(first)
                first.grad = mark
                node = first  # along a chain without the stack
                continue
        elif isinstance(first, tuple):
            for x in first:
                if isinstance(x, Value) and x.op is not None and x.grad is not mark:
                    nodes.append(x)
                    x.grad = mark
                    stack.append(x)
        if not stack:
            return
        node = stack.pop()


def _send(node: Value, g: Raw, mark: _Mark, leaves: dict[Value, Raw], owned: set[Value]) -> None:
    """Send a value's gradient on to its inputs."""
    inputs, y, params = node.inputs, node._data, node.params
    operands = [x._data if isinstance(x, Value) else x for x in inputs]
    for x, like, vjp in zip(inputs, operands, node.op.vjps):  # type: ignore[union-attr]  # noqa: B905
        if isinstance(x, Value) and x.requires_grad and vjp is not None:
            _give(x, call(vjp, g, y, operands, params), like, g, mark, leaves, owned)


def _send_part(
    node: Value,
    g: Raw,
    mark: _Mark,
    leaves: dict[Value, Raw],
    owned: set[Value],
    clean: set[Value],
) -> None:
    """Send on the gradient of a part, into what has come to the whole where that is ours.

    ``clean`` are the sums in which there is no −0, since a part lies in zeros that are 0: adding
    zeros to them changes no bits.
    """
    x = node._first
    if x not in clean:
        _send(node, g, mark, leaves, owned)
        total = leaves.get(x) if x.op is None else x.grad
        if type(total) is _array and total.flags.c_contiguous:
            owned.add(x)
            clean.add(x)
    else:
        op: Any = node.op
        total = leaves[x] if x.op is None else x.grad
        op.into(total, g, node._data, x._data, **node.params)


def _give(
    x: Value,
    dx: Any,
    like: Raw,
    g: Raw,
    mark: _Mark,
    leaves: dict[Value, Raw],
    owned: set[Value],
) -> None:
    """Add a contribution to what has come to ``x``, whose data are ``like``, in this pass."""
    kind = type(like)
    if type(dx) is not kind or not (
        kind in SCALARS or (kind is _array and dx.shape == like.shape and dx.dtype is like.dtype)
    ):
        dx = fit(dx, like)
    interior = x.op is not None
    total = x.grad if interior else leaves.get(x, mark)
    if total is mark:
        total = dx if interior else _own(dx, g)
    elif x in owned:
        total += dx  # of an array in place: the sum was made here, and nothing else holds it
        return
    else:
        total = total + dx
        # An array in another order may be given that of C by the next sum, which rules can tell.
        if type(total) is _array and total.flags.c_contiguous:
            owned.add(x)
    if interior:
        x.grad = total
    else:
        leaves[x] = total


def _own(dx: Raw, g: Raw) -> Raw:
    """A leaf's own array: a rule may have handed on ``g`` itself, or a view of something."""
    shared = isinstance(dx, np.ndarray) and (dx is g or dx.base is not None)
    return dx.copy() if shared else dx


def _accumulate(leaf: Value, gradient: Raw) -> None:
    leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient


Value._backpropagate = backpropagate
