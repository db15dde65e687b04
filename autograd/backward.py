"""The backward pass: the chain rule, in reverse topological order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from .messages import check_finite
from .ops.shape import astype
from .switches import MODE
from .value import Raw, Value, raw

_order = attrgetter("order")


class Step(NamedTuple):
    """One value's turn in a backward pass."""

    value: Value
    gradient: Any  # complete: every use of the value has sent its share
    sent: list[tuple[Value, Any]]  # what it sends on: (input, contribution), one per operand slot


def topological(root: Value) -> list[Value]:
    """All values that ``root`` was made from and itself, each after its inputs.

    The order is that of creation: the order in which the program computed them.

    Examples
    --------
    >>> x = Value(2.0, name="x")
    >>> y = x + x
    >>> [v is y or v.name for v in topological(y * y)][:2]
    ['x', True]
    """
    found = {root}
    stack = [root]
    while stack:
        for x in stack.pop().inputs:
            if isinstance(x, Value) and x not in found:
                found.add(x)
                stack.append(x)
    return sorted(found, key=_order)


def backward_steps(
    root: Value, seed: Any = None, *, differentiable: bool = False
) -> Iterator[Step]:
    """Play the backward pass, one value at a time, from ``root`` to the leaves.

    Everything else is made of these steps: `Value.backward` stores their gradients, `gradients`
    picks some, and a picture shows each.

    Parameters
    ----------
    root : Value
    seed : number, array of root's shape, or Value
        The gradient of the root; 1 by default, for a value that holds one number.
    differentiable : bool
        Run the rules on Values, so that the gradients have a graph of their own.

    Yields
    ------
    Step
        In reverse topological order; a value whose gradient is not reached is left out.

    Examples
    --------
    >>> x = Value(3.0, name="x")
    >>> for step in backward_steps(x * x):
    ...     print(step.gradient, [(v.name, d) for v, d in step.sent])
    1.0 [('x', 3.0), ('x', 3.0)]
    6.0 []
    """
    gradients: dict[Value, Any] = {root: _seed(root, seed)}
    anomaly = MODE.get().anomaly
    for value in reversed(topological(root)):
        if value not in gradients:
            continue
        g, sent = gradients.pop(value), []
        if value.op is not None:
            inputs = value.inputs
            y, operands = (
                (value, inputs) if differentiable else (value.data, [raw(x) for x in inputs])
            )
            for x, vjp in zip(inputs, value.op.vjps, strict=False):
                if isinstance(x, Value) and x.requires_grad and vjp is not None:
                    dx = _fit(_call(vjp, g, y, operands, value.params), x.data)
                    if anomaly:
                        check_finite(value.op, raw(dx), inputs, value.line, "sent back")
                    gradients[x] = gradients[x] + dx if x in gradients else dx
                    sent.append((x, dx))
        yield Step(value, g, sent)


def gradients(
    output: Value, inputs: Sequence[Value], seed: Any = None, *, differentiable: bool = False
) -> list[Any]:
    """The gradients of ``output`` with respect to ``inputs``, leaves or not; nothing is stored.

    Parameters
    ----------
    output : Value
    inputs : sequence of Values
    seed : number, array of output's shape, or Value
    differentiable : bool
        Give Values that can be differentiated again.

    Returns
    -------
    list of arrays (or Values)
        In the order of ``inputs``; zeros where the output does not depend on one.

    Examples
    --------
    >>> x = Value(3.0)
    >>> (dx,) = gradients(x * x * x, [x], differentiable=True)
    >>> gradients(dx, [x])
    [18.0]
    """
    wanted = dict.fromkeys(inputs)
    for step in backward_steps(output, seed, differentiable=differentiable):
        if step.value in wanted:
            wanted[step.value] = step.gradient
    return [_zeros(x, differentiable) if wanted[x] is None else wanted[x] for x in inputs]


def backpropagate(root: Value, seed: Any, leaves_only: bool) -> None:
    """What `Value.backward` does: the steps, with their gradients stored on the values.

    This loop does what `backward_steps` does, to the bit, without a generator, a record per step
    and a table of gradients: `benchmarks/` shows what that buys, and a test compares them.
    """
    if MODE.get().anomaly:
        for step in list(backward_steps(root, seed)):
            if step.value.op is None:
                _accumulate(step.value, _own(step.gradient, step.gradient))
            else:
                step.value.grad = None if leaves_only else step.gradient
        return
    start = _seed(root, raw(seed))
    if root.op is None:
        _accumulate(root, start)
        return
    nodes: list[Value] = []
    # Kept apart until all has gone well, and so that threads can share leaves.
    leaves: dict[Value, Raw] = {}
    owned: set[Value] = set()
    try:
        _mark(root, nodes)
        nodes.sort(key=_order, reverse=True)
        root.grad = start
        for node in nodes:
            g = node.grad
            if g is _MARK:
                continue
            if leaves_only:
                node.grad = None
            if 0 < node.op.arity <= 2 and not node.op.settings:  # type: ignore[union-attr]
                _send_few(node, g, leaves, owned)
            else:
                _send(node, g, leaves, owned)
    finally:
        for node in nodes:
            if node.grad is _MARK:
                node.grad = None
    for leaf, gradient in leaves.items():
        _accumulate(leaf, gradient)


_MARK = object()  # stands in ``grad`` for: found, and no contribution has come yet


def _mark(root: Value, nodes: list[Value]) -> None:
    """Collect and mark the values made by an operation that ``root`` was made from."""
    root.grad = _MARK
    stack = [root]
    try:
        while stack:
            node = stack.pop()
            nodes.append(node)
            x = node._first
            if isinstance(x, Value):
                if x.op is not None and x.grad is not _MARK:
                    x.grad = _MARK
                    stack.append(x)
                x = node._second
                if isinstance(x, Value) and x.op is not None and x.grad is not _MARK:
                    x.grad = _MARK
                    stack.append(x)
            else:
                for x in node.inputs:
                    if isinstance(x, Value) and x.op is not None and x.grad is not _MARK:
                        x.grad = _MARK
                        stack.append(x)
    except BaseException:  # a mark that stayed would hide the value from the next pass
        for node in stack:
            node.grad = None
        raise


def _send(node: Value, g: Raw, leaves: dict[Value, Raw], owned: set[Value]) -> None:
    """Send a value's gradient on to its inputs."""
    inputs, y, params = node.inputs, node.data, node.params
    operands = [x.data if isinstance(x, Value) else x for x in inputs]
    for x, vjp in zip(inputs, node.op.vjps):  # type: ignore[union-attr]  # noqa: B905
        if isinstance(x, Value) and x.requires_grad and vjp is not None:
            _give(x, _call(vjp, g, y, operands, params), g, leaves, owned)


def _send_few(node: Value, g: Raw, leaves: dict[Value, Raw], owned: set[Value]) -> None:
    """`_send` for one operand or two, written out: where most of a small graph's time goes."""
    first, second, y = node._first, node._second, node.data
    rules = node.op.vjps  # type: ignore[union-attr]
    total: Any
    a = first.data if isinstance(first, Value) else first
    b = second.data if isinstance(second, Value) else second
    if isinstance(first, Value) and first.requires_grad and rules[0] is not None:
        try:
            dx = rules[0](g, y, a) if second is None else rules[0](g, y, a, b)
        except (ArithmeticError, ValueError, TypeError):
            dx = _call(rules[0], g, y, (a,) if second is None else (a, b), {})
        if type(dx) is not float or type(a) is not float:
            if type(dx) is complex:
                dx = _call(rules[0], g, y, (a,) if second is None else (a, b), {})
            _give(first, dx, g, leaves, owned)
        elif first.op is None:
            total = leaves.get(first)
            leaves[first] = dx if total is None else total + dx
        else:
            total = first.grad
            first.grad = dx if total is _MARK else total + dx
    if isinstance(second, Value) and second.requires_grad and rules[1] is not None:
        try:
            dx = rules[1](g, y, a, b)
        except (ArithmeticError, ValueError, TypeError):
            dx = _call(rules[1], g, y, (a, b), {})
        if type(dx) is not float or type(b) is not float:
            if type(dx) is complex:
                dx = _call(rules[1], g, y, (a, b), {})
            _give(second, dx, g, leaves, owned)
        elif second.op is None:
            total = leaves.get(second)
            leaves[second] = dx if total is None else total + dx
        else:
            total = second.grad
            second.grad = dx if total is _MARK else total + dx


def _give(x: Value, dx: Any, g: Raw, leaves: dict[Value, Raw], owned: set[Value]) -> None:
    """Add a contribution to what has come to ``x`` in this pass."""
    like = x.data
    if not (
        type(dx) is type(like) is np.ndarray and dx.shape == like.shape and dx.dtype is like.dtype
    ):
        dx = _fit(dx, like)
    if x.op is None:
        total = leaves.get(x)
        if total is None:
            leaves[x] = _own(dx, g)
            return
    else:
        total = x.grad
        if total is _MARK:
            x.grad = dx
            return
    if x in owned:
        total += dx  # of an array in place: the sum was made here, and nothing else holds it
    else:
        total = total + dx
        if type(total) is np.ndarray:
            owned.add(x)
    if x.op is None:
        leaves[x] = total
    else:
        x.grad = total


def _own(dx: Raw, g: Raw) -> Raw:
    """A leaf's own array: a rule may have handed on ``g`` itself, or a view of something."""
    shared = isinstance(dx, np.ndarray) and (dx is g or dx.base is not None)
    return dx.copy() if shared else dx


def _accumulate(leaf: Value, gradient: Raw) -> None:
    leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient


def _call(vjp: Any, g: Any, y: Any, operands: Sequence, params: dict[str, Any]) -> Any:
    """Run a rule; where Python's numbers raise (1/0, (-8)**0.5), NumPy's answer with inf or nan."""
    try:
        dx = vjp(g, y, *operands, **params)
        if type(dx) is not complex:
            return dx
    except (ArithmeticError, ValueError, TypeError):
        if not all(type(x) in (float, int) for x in (g, y, *operands)):
            raise
    return vjp(*map(np.float64, (g, y, *operands)), **params)


def _fit(dx: Any, like: Raw) -> Any:
    """``dx`` in the shape and dtype of what it is the gradient of: here broadcasting is undone."""
    if type(like) is float:
        if type(dx) is float:
            return dx
        if isinstance(dx, Value):
            return dx if type(dx.data) is float else np.sum(dx)
        return float(np.sum(dx))
    if not isinstance(dx, (np.ndarray, np.generic, Value)):
        dx = np.asarray(dx)
    if dx.shape != like.shape:
        dx = sum_to_shape(dx, like.shape)
    if dx.dtype != like.dtype:
        dx = astype(dx, like.dtype)
    return dx


def sum_to_shape(x: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: sum over the axes along which ``shape`` was repeated.

    Parameters
    ----------
    x : array or Value
    shape : tuple of int
        One that broadcasts to the shape of ``x`` (or the other way round, then ``x`` is repeated).
    """
    extra = x.ndim - len(shape)
    axes = (
        tuple(range(extra))
        + tuple(i + extra for i, n in enumerate(shape) if n == 1 and x.shape[i + extra] != 1)
        if extra >= 0
        else ()
    )
    if axes:
        x = np.reshape(np.sum(x, axis=axes), shape) if np.ndim(x) else x
    return x if x.shape == shape else np.broadcast_to(x, shape)


def _seed(root: Value, seed: Any) -> Any:
    if not isinstance(root, Value):
        raise TypeError(f"a backward pass starts from a Value, not from {type(root).__name__}")
    if not root.requires_grad:
        raise RuntimeError(
            f"there is nothing to differentiate: this Value of shape {root.shape}, {root.dtype} "
            f"was made under no_grad, from constants, or from integer arrays. Start from "
            f"floating-point Values: Value(np.array([1.0, 2.0]))"
        )
    if seed is None:
        if root.size != 1:
            raise ValueError(
                f"a backward pass starts from one number, and this Value has shape {root.shape}. "
                f"Reduce it first, value.sum() or value.mean(), or pass seed=, an array of that "
                f"shape"
            )
        return 1.0 if type(root.data) is float else np.ones(root.shape, root.dtype)
    if np.shape(seed) != root.shape:
        raise ValueError(
            f"the seed has shape {np.shape(seed)}; it must have that of the Value, {root.shape}"
        )
    if isinstance(seed, Value):
        return seed
    return float(seed) if type(root.data) is float else np.array(seed, dtype=root.dtype)


def _zeros(x: Value, differentiable: bool) -> Any:
    zeros = 0.0 if type(x.data) is float else np.zeros(x.shape, x.dtype)
    return Value(zeros, requires_grad=False) if differentiable else zeros
