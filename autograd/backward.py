"""The backward pass: the chain rule, in reverse topological order."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from .captured import WRITES, fingerprint, shows
from .data import SCALARS, is_complex
from .messages import changed_in_place, check_finite
from .op import OPS
from .ops.shape import astype
from .ops.sum_leading import sum_leading
from .switches import MODE
from .value import HOOKED, Raw, Value, raw

_order = attrgetter("order")
_sum_leading = OPS[sum_leading]


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
    return _made_from([root])


def _made_from(roots: Iterable[Value], since: int = -1) -> list[Value]:
    """The roots and all that they were made from, but nothing created before ``since``."""
    found = {root for root in roots if root.order >= since}
    stack = list(found)
    while stack:
        for x in stack.pop().inputs:
            if isinstance(x, Value) and x.order >= since and x not in found:
                found.add(x)
                stack.append(x)
    return sorted(found, key=_order)


def between(roots: Sequence[Value], inputs: Sequence[Value]) -> list[Value]:
    """The values on the ways from ``inputs`` to ``roots``, both included, in topological order."""
    kept = set(inputs)
    made = _made_from(roots, since=min(x.order for x in inputs)) if inputs else []
    for value in made:
        if value.requires_grad and any(isinstance(x, Value) and x in kept for x in value.inputs):
            kept.add(value)
    return [value for value in made if value in kept]


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

    Raises
    ------
    RuntimeError
        Where an array that an operation was given has been changed in place since.

    Examples
    --------
    >>> x = Value(3.0, name="x")
    >>> for step in backward_steps(x * x):
    ...     print(step.gradient, [(v.name, d) for v, d in step.sent])
    1.0 [('x', 3.0), ('x', 3.0)]
    6.0 []
    """
    return steps([root], [check_seed(root, seed)], topological(root), differentiable)


def steps(
    roots: Sequence[Value], seeds: Sequence[Any], order: Sequence[Value], differentiable: bool
) -> Iterator[Step]:
    """`backward_steps` from several roots at once, of the values in ``order`` alone."""
    gradients: dict[Value, Any] = {}
    for root, seed in zip(roots, seeds, strict=True):
        gradients[root] = gradients[root] + seed if root in gradients else seed
    mode, kept = MODE.get(), set(order)
    known: dict[int, int | None] = {}
    if order:
        check_assigned(order, order[0].order)
    for value in reversed(order):
        if value not in gradients:
            continue
        g, sent = gradients.pop(value), []
        if HOOKED:
            for hook in value._hooks or ():
                g = hooked(hook, g, value)
        if value.op is not None:
            inputs, params = value.inputs, value.params
            y: Any
            operands: Any
            if type(value._data) is not float:
                check_unchanged(value, known)
                if value.op.reads:
                    check_views(value, kept, known)
            if differentiable:
                y, operands = value, inputs
            else:
                y, operands = value._data, [x._data if isinstance(x, Value) else x for x in inputs]
            for x, vjp in zip(inputs, value.op.vjps, strict=False):
                if isinstance(x, Value) and x.requires_grad and vjp is not None and x in kept:
                    dx = fit(call(vjp, g, y, operands, params), x._data)
                    if mode.anomaly:
                        check_finite(value.op, raw(dx), inputs, params, value.line, "sent back")
                    gradients[x] = gradients[x] + dx if x in gradients else dx
                    sent.append((x, dx))
        step = Step(value, g, sent)
        for watch in mode.watchers:
            watch(step)
        yield step


def gradients(
    output: Value | Sequence[Value],
    inputs: Sequence[Value],
    seed: Any = None,
    *,
    differentiable: bool = False,
) -> list[Any]:
    """The gradients of ``output`` with respect to ``inputs``, leaves or not; nothing is stored.

    Parameters
    ----------
    output : Value, or sequence of Values
        Of several, the gradients are added.
    inputs : sequence of Values
    seed : number, array of output's shape, or Value; a sequence of them for several outputs
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
    roots = [output] if isinstance(output, Value) else list(output)
    given = [seed] if isinstance(output, Value) else list(seed or [None] * len(roots))
    seeds = [check_seed(root, s) for root, s in zip(roots, given, strict=True)]
    return pull(roots, seeds, inputs, between(roots, inputs), differentiable)


def pull(
    roots: Sequence[Value],
    seeds: Sequence[Any],
    inputs: Sequence[Value],
    order: Sequence[Value],
    differentiable: bool,
) -> list[Any]:
    """`gradients` with the seeds checked and the values `between` known."""
    recorded = MODE.get().recorder is not None and not differentiable
    if recorded:  # numbers that a replay computes anew
        found = pull(roots, seeds, inputs, order, differentiable=True)
        return [x.detach() for x in found]
    wanted = dict.fromkeys(inputs)
    for step in steps(roots, seeds, order, differentiable):
        if step.value in wanted:
            wanted[step.value] = step.gradient
    found = [zeros(x, differentiable) if wanted[x] is None else wanted[x] for x in inputs]
    return found if differentiable else each_its_own(found)


def each_its_own(found: list[Any]) -> list[Any]:
    """Arrays that the caller may write into: a rule may have handed on a view, or one for two."""
    taken: set[int] = set()
    for i, g in enumerate(found):
        if isinstance(g, np.ndarray):
            if g.base is not None or not g.flags.writeable or id(g) in taken:
                found[i] = g = g.copy()
            taken.add(id(g))
    return found


# ---- one rule ----------------------------------------------------------------------------------


def check_unchanged(node: Value, known: dict[int, int | None]) -> None:
    """Raise where an array that the operation was given is no longer what it was.

    ``known`` holds the fingerprints that this pass has taken already, by id.
    """
    for x, seen in node._seen or ():
        if _now(x, known) != seen:
            _raise_changed(node, x)


def _now(x: Any, known: dict[int, int | None]) -> int | None:
    """The fingerprint of an operand as it is now."""
    found = known.get(id(x))
    if found is None:
        data = x._data if isinstance(x, Value) else x
        found = known[id(x)] = fingerprint(data) if isinstance(data, np.ndarray) else None
    return found


def check_assigned(order: Iterable[Value], oldest: int) -> None:
    """Raise where the data of an input were assigned after an operation had used them."""
    if WRITES.last < oldest:
        return
    for node in order:
        for x in node.inputs:
            if isinstance(x, Value) and x._written > node.order:
                assert node.op is not None
                if node.op.reads or shows(node._data, x):
                    _raise_changed(node, x)


def check_views(node: Value, kept: Container[Value], known: dict[int, int | None]) -> None:
    """`check_unchanged` of the views that an operation was given, but for those in ``kept``.

    For passes that do not come to them; what others made does not change.
    """
    given = list(node.inputs)
    while given:
        x = given.pop()
        if not isinstance(x, Value) or x.op is None or x.op.reads or x in kept:
            continue
        if getattr(x._data, "base", None) is not None and any(shows(x._data, a) for a in x.inputs):
            check_unchanged(x, known)
            check_assigned([x], x.order)
            given += x.inputs


def changed(order: Iterable[Value]) -> dict[Value, tuple[int, ...]]:
    """The results among values whose operands are no longer what they were computed from.

    Parameters
    ----------
    order : iterable of Values

    Returns
    -------
    dict of Value to tuple of int
        The operand slots that changed; what is made from such a result is not listed itself.

    Examples
    --------
    >>> x = Value([1.0, 2.0])
    >>> y = x + 1
    >>> changed([x, y])
    {}
    >>> x.data += 5
    >>> list(changed([x, y]).values())
    [(0,)]
    """
    known: dict[int, int | None] = {}
    found = {}
    for node in order:
        if node.op is None:
            continue
        slots = {
            i for i, x in enumerate(node.inputs) if isinstance(x, Value) and x._written > node.order
        }
        if type(node._data) is not float:
            others = {id(x) for x, seen in node._seen or () if _now(x, known) != seen}
            if id(node._data) in others:
                others |= {id(x) for x in node.inputs if shows(node._data, x)}
            slots |= {i for i, x in enumerate(node.inputs) if id(x) in others}
        if not slots and not node.op.reads:  # nothing was noted: look whether it gives the same
            slots = _computes_another(node)
        if slots:
            found[node] = tuple(sorted(slots))
    return found


def _computes_another(node: Value) -> set[int]:
    """The operands that others hold, where the operation gives another result from them now."""
    assert node.op is not None
    held = {
        i
        for i, x in enumerate(node.inputs)
        if isinstance(raw(x), np.ndarray) and (not isinstance(x, Value) or x.op is None)
    }
    if not held:
        return held
    again = node.op.forward(*map(raw, node.inputs), **node.params)
    return set() if np.array_equal(again, node._data, equal_nan=True) else held


def _raise_changed(node: Value, operand: Any) -> None:
    assert node.op is not None
    index = next((i for i, x in enumerate(node.inputs) if x is operand), 0)
    raise changed_in_place(node.op, node.inputs, node.params, index, node.line)


def hooked(hook: Any, g: Any, value: Value) -> Any:
    """What a hook makes of a gradient: something of the same shape, or None for no change."""
    new = hook(g)
    if new is None:
        return g
    if np.shape(raw(new)) != value.shape:
        raise ValueError(
            f"a hook on a Value of shape {value.shape} gave a gradient of shape "
            f"{np.shape(raw(new))}; it must keep the shape, or return None for no change"
        )
    return fit(new, value._data)


def call(vjp: Any, g: Any, y: Any, operands: Sequence, params: dict[str, Any]) -> Any:
    """Run a rule; where Python's numbers raise (1/0, (-8)**0.5), NumPy's answer with inf or nan."""
    try:
        dx = vjp(g, y, *operands, **params)
        if type(dx) is not complex:
            return dx
        if any(type(x) is not float and type(x) is not int for x in (g, y, *operands)):
            return dx
    except (ArithmeticError, ValueError, TypeError):
        if not any(type(x) in (float, int) for x in (g, y, *operands)):
            raise
    numbers = (np.float64(x) if type(x) in (float, int) else x for x in (g, y, *operands))
    return vjp(*numbers, **params)


def fit(dx: Any, like: Raw) -> Any:
    """``dx`` in the shape and dtype of what it is the gradient of: here broadcasting is undone."""
    if type(dx) is type(like) is np.ndarray and dx.dtype is like.dtype:
        if dx.shape == like.shape:
            return dx
        dx = sum_to_shape(dx, like.shape)
        return dx if dx.dtype == like.dtype else dx.astype(like.dtype)
    if type(like) is float:
        if type(dx) is float:
            return dx
        if is_complex(raw(dx)):
            dx = np.real(dx)
        if isinstance(dx, Value):
            return dx if type(dx._data) is float else np.sum(dx)
        return float(np.sum(dx))
    if not isinstance(dx, (np.ndarray, np.generic, Value)):
        dx = np.asarray(dx)
    if dx.dtype.kind == "c" and like.dtype.kind != "c":
        dx = np.real(dx)  # a real operand cannot move along the imaginary axis
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
    if extra > 0 and x.shape[extra:] == shape:
        if type(x) is np.ndarray:
            return _sum_leading.forward(x, len(shape))
        return sum_leading(x, ndim=len(shape))
    axes = (
        tuple(range(extra))
        + tuple(i + extra for i, n in enumerate(shape) if n == 1 and x.shape[i + extra] != 1)
        if extra >= 0
        else ()
    )
    if axes:
        x = np.reshape(np.sum(x, axis=axes), shape) if np.ndim(x) else x
    if x.shape == shape:
        return x
    try:
        return np.broadcast_to(x, shape)
    except ValueError:
        raise ValueError(
            f"a rule gave a gradient of shape {x.shape} for an operand of shape {shape}"
        ) from None


def check_seed(root: Value, seed: Any) -> Any:
    """The gradient that a pass starts from, in the shape and dtype of ``root``."""
    if not isinstance(root, Value):
        raise TypeError(f"a backward pass starts from a Value, not from {type(root).__name__}")
    if not root.requires_grad:
        raise RuntimeError(
            f"there is nothing to differentiate: this Value of shape {root.shape}, {root.dtype} "
            f"was made under no_grad, from constants, or from integer arrays. Start from "
            f"floating-point Values: Value(np.array([1.0, 2.0]))"
        )
    if seed is None:
        data = root._data
        if type(data) is float or type(data) in SCALARS:
            return type(data)(1)
        if data.size != 1:
            raise ValueError(
                f"a backward pass starts from one number, and this Value has shape {root.shape}. "
                f"Reduce it first, value.sum() or value.mean(), or pass seed=, an array of that "
                f"shape"
            )
        if is_complex(data):
            raise ValueError(
                "a backward pass starts from a real number, and this Value is complex. Take "
                "np.real(value), or np.abs(value), or pass seed="
            )
        return np.ones(data.shape, data.dtype)
    if np.shape(seed) != root.shape:
        raise ValueError(
            f"the seed has shape {np.shape(seed)}; it must have that of the Value, {root.shape}"
        )
    if is_complex(raw(seed)) and not is_complex(root._data):
        raise ValueError(f"the seed is complex; it must be real, as the Value ({root.dtype}) is")
    if isinstance(seed, Value):
        return fit(seed, root._data)
    if type(root._data) is float:
        return float(seed)
    return np.array(seed, dtype=root.dtype)


def zeros(x: Value, differentiable: bool) -> Any:
    """The gradient of what the output does not depend on."""
    nothing = 0.0 if type(x._data) is float else np.zeros(x.shape, x.dtype)
    return Value(nothing, requires_grad=False) if differentiable else nothing
