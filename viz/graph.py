"""graph: Values as a graph of frozen records of text and numbers.

The records hold no Values, so a picture stays true after the data changed, and every stage can be
compared as text. Ids are topological positions: the same graph gives the same ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Value, topological
from autograd.switches import ModuleCall

from .theme import DASH, NO_GRAD, details, number


@dataclass(frozen=True, slots=True)
class Node:
    """One thing in the picture.

    Attributes
    ----------
    id : str
        ``v3`` is the value at topological position 3, ``o3`` the operation that made it, ``c3_1``
        its constant operand in slot 1, ``m3`` a folded module whose first value is there.
    kind : str
        "value", "op", "constant", "module" or "hidden".
    label, data, grad : str
        What is written.
    detail : str
        What is told on demand.
    path : str
        The dotted name of a parameter or module.
    position : int
        The topological position.
    leaf, traced : bool
        Made by no operation; taking a gradient.
    module : int
        The innermost module call that it was made in, as an index into `Graph.calls`, or -1.
    shape : tuple of int
    norm : float or None
        Of the gradient.
    holds : int
        How many values and operations stand behind it.
    """

    id: str
    kind: str
    label: str = ""
    data: str = ""
    grad: str = ""
    detail: str = ""
    path: str = ""
    position: int = 0
    leaf: bool = False
    traced: bool = True
    module: int = -1
    shape: tuple[int, ...] = ()
    norm: float | None = None
    holds: int = 1


@dataclass(frozen=True, slots=True)
class Edge:
    """One operand slot of an operation, or an operation's result.

    Attributes
    ----------
    source, target : str
        Node ids.
    slot : int
        Which operand: ``a + a`` has two edges, with the slots 0 and 1.
    label : str
        What is written along it: the local derivative.
    """

    source: str
    target: str
    slot: int = 0
    label: str = ""

    @property
    def id(self) -> str:
        return f"{self.source}-{self.target}-{self.slot}"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a module: its dotted name, class, and the call around it (an index, or -1)."""

    path: str
    kind: str
    parent: int


@dataclass(frozen=True, slots=True)
class Graph:
    """What a picture shows."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    calls: tuple[Call, ...] = ()


def node_ids(values: Value | Sequence[Value]) -> dict[Value, str]:
    """The id of every value that the given ones were made from."""
    return {value: f"v{position}" for position, value in enumerate(_all(values))}


def build(values: Value | Sequence[Value], *, names: Mapping[str, Any] | None = None) -> Graph:
    """The graph of one value or several.

    Parameters
    ----------
    values : Value or sequence of Values
    names : mapping of str to Value, optional
        What values are called that have no name of their own.

    Examples
    --------
    >>> a = Value(2.0)
    >>> graph = build(a + a, names={"a": a})
    >>> [(node.id, node.label) for node in graph.nodes]
    [('v0', 'a'), ('o1', '+'), ('v1', '')]
    >>> [(edge.source, edge.target, edge.slot) for edge in graph.edges]
    [('v0', 'o1', 0), ('v0', 'o1', 1), ('o1', 'v1', 0)]
    """
    order = _all(values)
    called = _names(names or {})
    calls: dict[ModuleCall, int] = {}
    records: list[Call] = []
    nodes: list[Node] = []
    edges: list[Edge] = []
    ids = {value: f"v{position}" for position, value in enumerate(order)}
    parameters: dict[Value, str] = {}
    members: dict[ModuleCall, dict[Any, str]] = {}
    for value in order:
        if value.module is not None and value.module not in calls:
            outermost = value.module.outermost
            if outermost not in members:
                members[outermost] = outermost.members()
                parameters |= {p: n for p, n in members[outermost].items() if isinstance(p, Value)}
            _register(value.module, members[outermost], calls, records)
    for position, value in enumerate(order):
        module = calls[value.module] if value.module is not None else -1
        if value.op is not None:
            op = f"o{position}"
            nodes.append(
                Node(
                    op,
                    "op",
                    value.op.label,
                    detail=_settings(value),
                    position=position,
                    module=module,
                )
            )
            derivatives = _derivatives(value)
            for slot, x in enumerate(value.inputs):
                if x is None:
                    continue
                if isinstance(x, Value):
                    source = ids[x]
                else:
                    source = f"c{position}_{slot}"
                    nodes.append(_constant(source, x, position, module))
                edges.append(Edge(source, op, slot, derivatives.get(slot, "")))
            edges.append(Edge(op, ids[value]))
        path = parameters.get(value, "")
        nodes.append(
            Node(
                ids[value],
                "value",
                _printable(value.name or called.get(value) or path),
                number(value.data),
                _gradient(value),
                _detail(value),
                path,
                position,
                leaf=value.op is None,
                traced=value.requires_grad,
                module=module,
                shape=value.shape,
                norm=None if value.grad is None else float(np.linalg.norm(value.grad)),
            )
        )
    return Graph(tuple(nodes), tuple(edges), tuple(records))


def _all(values: Value | Sequence[Value]) -> list[Value]:
    roots: list[Any] = list(values) if isinstance(values, (list, tuple)) else [values]
    for root in roots:
        if not isinstance(root, Value):
            raise TypeError(
                f"a picture is drawn of a Value or a list of Values, not of {type(root).__name__}; "
                f"autograd.Value(...) makes one"
            )
    if not roots:
        raise ValueError("a picture needs at least one Value")
    if len(roots) == 1:
        return topological(roots[0])
    found = {value for root in roots for value in topological(root)}
    return sorted(found, key=lambda value: value.order)


def _names(names: Mapping[str, Any]) -> dict[Value, str]:
    called: dict[Value, str] = {}
    for name, value in names.items():
        if isinstance(value, Value):
            called.setdefault(value, str(name))
    return called


def _printable(name: str) -> str:
    """Without the control characters that neither SVG nor DOT can hold."""
    return "".join(c for c in name if c >= " ")


def _register(
    call: ModuleCall,
    members: dict[Any, str],
    calls: dict[ModuleCall, int],
    records: list[Call],
) -> None:
    """Give a call and those around it their numbers, the outermost first."""
    chain: list[ModuleCall] = []
    around: ModuleCall | None = call
    while around is not None and around not in calls:
        chain.append(around)
        around = around.parent
    for one in reversed(chain):
        calls[one] = len(records)
        parent = -1 if one.parent is None else calls[one.parent]
        records.append(Call(one.path(members), one.kind, parent))


def _constant(id: str, x: Any, position: int, module: int) -> Node:
    return Node(
        id, "constant", "", number(x), "", details(x), position=position, leaf=True, traced=False,
        module=module, shape=np.shape(x),
    )  # fmt: skip


def _gradient(value: Value) -> str:
    if not value.requires_grad:
        return NO_GRAD
    if value.grad is None:
        return DASH
    text = number(value.grad)
    # An array's shape is told beside its data; of its gradient the size is worth more.
    return (
        text if not value.ndim or text[0] == "[" else f"norm {number(np.linalg.norm(value.grad))}"
    )


def _detail(value: Value) -> str:
    lines = [f"data: {details(value.data)}"]
    if value.grad is not None:
        lines.append(f"gradient: {details(value.grad)}")
    elif value.requires_grad:
        lines.append("gradient: no backward pass has reached it yet")
    if value.line:
        lines.append(value.line)
    return "\n".join(lines)


def _settings(value: Value) -> str:
    assert value.op is not None
    settings = ", ".join(f"{name}={setting!r}" for name, setting in value.params.items())
    return f"{value.op.name}({settings})"


def _derivatives(value: Value) -> dict[int, str]:
    """The local derivative by operand slot, where all are single numbers: the rule at g = 1."""
    op = value.op
    assert op is not None
    operands = [x.data if isinstance(x, Value) else x for x in value.inputs]
    if op.arity not in (1, 2) or any(np.ndim(x) for x in (value.data, *operands)):
        return {}
    found = {}
    y, floats = np.float64(value.data), [np.float64(x) for x in operands]
    for slot, (x, vjp) in enumerate(zip(value.inputs, op.vjps, strict=True)):
        if isinstance(x, Value) and x.requires_grad and vjp is not None:
            with np.errstate(all="ignore"):
                found[slot] = f"× {number(vjp(np.float64(1), y, *floats, **value.params))}"
    return found
