"""nodes: the records of a value, of an operation and of what goes into it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Value
from autograd.messages import Failed
from autograd.switches import ModuleCall

from .health import is_relu, told_dead
from .heat import heat
from .labels import along, data, detail, gradient, orders, settings, shortened, stats
from .notices import Notices, ordered
from .records import Edge, Node
from .theme import details
from .wrap import wrap

MESSAGE = 46  # characters in a line of an error's message, and
LINES = 6  # lines of it


def of_value(
    value: Value, position: int, module: int, name: str, path: str, noticed: Notices, heats: bool
) -> Node:
    cells = heat(value.data) if heats and value.ndim else None
    return Node(
        f"v{position}",
        "value",
        shortened(name),
        data(value.data, heats),
        gradient(value, heats),
        detail(value) if shortened(name) == name else f"{name}\n{detail(value)}",
        path,
        position,
        leaf=value.op is None,
        traced=value.requires_grad,
        module=module,
        shape=value.shape,
        norm=None if value.grad is None else float(np.linalg.norm(value.grad)),
        heat=cells,
        grad_heat=heat(value.grad) if cells is not None and value.grad is not None else None,
        stats=stats(value.data) if heats and value.ndim and cells is None else "",
        marks=ordered(noticed.values.get(value)),
        line=value.line,
        parameters=value.size if path else 0,
    )


def of_operation(
    value: Value,
    position: int,
    module: int,
    ids: dict[Value, str],
    arrays: dict[int, str] | None,
    noticed: Notices,
    heats: bool,
    slopes: bool,
) -> tuple[list[Node], list[Edge]]:
    """An operation and its constants, the edges into it and the one to its result."""
    assert value.op is not None
    op = f"o{position}"
    nodes = [
        Node(
            op,
            "op",
            value.op.label,
            detail=settings(value),
            position=position,
            module=module,
            marks=ordered(noticed.operations.get(value)),
            line=value.line,
            dead=told_dead(value.data) if heats and is_relu(value) else None,
        )
    ]
    edges = []
    for slot, (x, written) in enumerate(zip(value.inputs, along(value, slopes), strict=True)):
        if x is None:
            continue
        if isinstance(x, Value):
            source = ids[x]
        else:
            source = _constant(slot, x, position, module, arrays, heats, nodes)
        edges.append(Edge(source, op, slot, *written))
    edges.append(Edge(op, ids[value]))
    return nodes, edges


def _constant(
    slot: int,
    x: Any,
    position: int,
    module: int,
    arrays: dict[int, str] | None,
    heats: bool,
    nodes: list[Node],
) -> str:
    """The id of an operand's node, which is added, unless its array has come before."""
    source = f"c{position}_{slot}"
    if arrays is not None and isinstance(x, np.ndarray) and x.ndim:
        known = arrays.setdefault(id(x), source)
        if known != source:
            return known
    nodes.append(of_constant(source, x, position, module, heats))
    return source


def of_constant(id: str, x: Any, position: int, module: int, heats: bool) -> Node:
    """A number or an array; of anything else only the class is told."""
    if not isinstance(x, (bool, int, float, complex, np.ndarray, np.generic)):
        kind = type(x).__name__
        return Node(id, "constant", "", kind, position=position, leaf=True, module=module)
    cells = heat(x) if heats else None
    return Node(
        id,
        "constant",
        "",
        data(x if np.ndim(x) == 0 else np.asarray(x), heats),
        "",
        details(x),
        position=position,
        leaf=True,
        traced=False,
        module=module,
        shape=np.shape(x),
        heat=cells,
        stats=stats(x) if heats and np.ndim(x) and cells is None else "",
    )


def of_failure(
    failed: Failed,
    error: Any,
    position: int,
    calls: dict[ModuleCall, int],
    ids: dict[Value, str],
    arrays: dict[int, str] | None,
    heats: bool,
) -> tuple[list[Node], list[Edge]]:
    """The operation that has no result, and the edges into it."""
    op = f"o{position}"
    module = calls[failed.module] if failed.module is not None else -1
    message = (str(error).splitlines() or [type(error).__name__])[0]
    lines = wrap(printable(message), MESSAGE)
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"{lines[LINES - 1]} …"]
    nodes = [
        Node(
            op,
            "op",
            failed.op.label if failed.op else failed.name,
            "\n".join(lines),
            detail=str(error),
            position=position,
            module=module,
            marks=("failed",),
            line=failed.line,
        )
    ]
    edges = []
    operands = given(failed)
    named = orders(failed.op, len(operands)) if failed.op else ("",) * len(operands)
    for slot, (x, order) in enumerate(zip(operands, named, strict=True)):
        if isinstance(x, Value):
            edges.append(Edge(ids[x], op, slot, order=order))
        elif x is not None:
            source = _constant(slot, x, position, module, arrays, heats, nodes)
            edges.append(Edge(source, op, slot, order=order))
    return nodes, edges


def given(failed: Failed) -> list[Any]:
    """What the operation or module was given, those in lists too."""
    found: list[Any] = []
    for x in failed.operands:
        found += x if isinstance(x, (list, tuple)) else [x]
    return found


def printable(name: str) -> str:
    """Without the control characters that neither SVG nor DOT can hold."""
    return "".join(c for c in name if c >= " ")
