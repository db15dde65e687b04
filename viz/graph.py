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

from .labels import derivatives, detail, gradient, settings
from .theme import details, number

HIDDEN = "h0"  # the id of the node that stands for the middle of a large graph


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


def build(
    values: Value | Sequence[Value],
    *,
    names: Mapping[str, Any] | None = None,
    window: int | None = None,
) -> Graph:
    """The graph of one value or several.

    Parameters
    ----------
    values : Value or sequence of Values
    names : mapping of str to Value, optional
        What values are called that have no name of their own.
    window : int, optional
        Where no ``nn`` module is part of it, only so many values at the beginning and at the end
        are written out, and one hidden node stands for the rest. The pass that folds the middle
        gives the same with or without, and a million values take seconds.

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
    calls, records, parameters = _modules(order)
    middle = range(0) if window is None or calls else range(window, len(order) - window)
    ids = {
        value: HIDDEN if position in middle else f"v{position}"
        for position, value in enumerate(order)
    }
    nodes: list[Node] = []
    edges: list[Edge] = []
    for position, value in enumerate(order):
        if position in middle:
            if position == middle[0]:
                hidden, into = _hidden(order, middle, ids)
                nodes.append(hidden)
                edges += into
            continue
        module = calls[value.module] if value.module is not None else -1
        if value.op is not None:
            op = f"o{position}"
            told = settings(value)
            nodes.append(
                Node(op, "op", value.op.label, detail=told, position=position, module=module)
            )
            slopes = derivatives(value)
            for slot, x in enumerate(value.inputs):
                if x is None:
                    continue
                if isinstance(x, Value):
                    source = ids[x]
                else:
                    source = f"c{position}_{slot}"
                    nodes.append(_constant(source, x, position, module))
                edges.append(Edge(source, op, slot, slopes.get(slot, "")))
            edges.append(Edge(op, ids[value]))
        path = parameters.get(value, "")
        nodes.append(
            Node(
                ids[value],
                "value",
                _printable(value.name or called.get(value) or path),
                number(value.data),
                gradient(value),
                detail(value),
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


def _hidden(order: list[Value], middle: range, ids: dict[Value, str]) -> tuple[Node, list[Edge]]:
    """One node for all values of the middle, and the edges that come into it."""
    holds = 0
    sources: dict[str, None] = {}
    for position in middle:
        value = order[position]
        holds += 1 + (value.op is not None)
        for x in value.inputs:
            if not isinstance(x, Value):
                holds += x is not None
            elif ids[x] != HIDDEN:
                sources[ids[x]] = None
    node = Node(HIDDEN, "hidden", position=middle[0], holds=holds)
    return node, [Edge(source, HIDDEN) for source in sources]


def _modules(
    order: list[Value],
) -> tuple[dict[ModuleCall, int], list[Call], dict[Value, str]]:
    """The calls of modules that values were made in, numbered, and the names of parameters."""
    calls: dict[ModuleCall, int] = {}
    records: list[Call] = []
    parameters: dict[Value, str] = {}
    members: dict[ModuleCall, dict[Any, str]] = {}
    for value in order:
        if value.module is not None and value.module not in calls:
            outermost = value.module.outermost
            if outermost not in members:
                members[outermost] = outermost.members()
                parameters |= {p: n for p, n in members[outermost].items() if isinstance(p, Value)}
            _register(value.module, members[outermost], calls, records)
    return calls, records, parameters


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
