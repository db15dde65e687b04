"""boxes: many nodes as one.

Nothing is lost from the count: what every node of the result holds adds up to the graph's total.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .graph import MARKS, Call, Edge, Graph, Node
from .health import FINE, verdict
from .labels import shortened
from .theme import DASH, NO_GRAD, number, span

Key = Any  # hashable: what becomes one box


def merged(graph: Graph, home: Mapping[str, Key], make: Callable[[Key, list[Node]], Node]) -> Graph:
    """Each group of nodes as one; edges inside a group go, edges across it stay, each slot once.

    Parameters
    ----------
    graph : Graph
    home : dict of node id to key
        Nodes with the same key become one.
    make : callable
        ``make(key, nodes)`` gives that one.
    """
    members: dict[Key, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if node.id in home:
            members[home[node.id]].append(node)
    boxes = {key: make(key, nodes) for key, nodes in members.items()}
    name = {id: boxes[key].id for id, key in home.items()}
    closed = set(name.values())
    # A leaf in one box that another box uses too (shared weights): both boxes say so in words, and
    # an arrow would look as if a result went from one to the other.
    hidden = {node.id for node in graph.nodes if node.leaf and node.id in home}
    last = {key: nodes[-1].id for key, nodes in members.items()}
    nodes = [  # still each after what goes into it
        boxes[home[node.id]] if node.id in home else node
        for node in graph.nodes
        if node.id not in home or last[home[node.id]] == node.id
    ]
    edges: dict[str, Edge] = {}
    for edge in graph.edges:
        source, target = name.get(edge.source, edge.source), name.get(edge.target, edge.target)
        if source == target or (edge.source in hidden and target in closed):
            continue
        moved = replace(edge, source=source, target=target)
        if target in closed:
            moved = replace(moved, slot=0, label="", order="", detail="")
        edges.setdefault(moved.id, moved)
    return replace(graph, nodes=tuple(nodes), edges=tuple(edges.values()))


@dataclass(frozen=True, slots=True)
class Wiring:
    """Who uses what in a graph, whatever of it is folded.

    Attributes
    ----------
    into : dict of node id to list of Nodes
        What goes into each.
    first : dict of node id to int
        The position of the first operation that uses each.
    made : dict of int to Node
        The result of the operation at a position.
    """

    into: dict[str, list[Node]]
    first: dict[str, int]
    made: dict[int, Node]


def wiring(graph: Graph) -> Wiring:
    """Who uses what."""
    by_id = {node.id: node for node in graph.nodes}
    into: dict[str, list[Node]] = defaultdict(list)
    first: dict[str, int] = {}
    for edge in graph.edges:
        into[edge.target].append(by_id[edge.source])
        position = by_id[edge.target].position
        first[edge.source] = min(position, first.get(edge.source, position))
    made = {node.position: node for node in graph.nodes if node.kind == "value" and not node.leaf}
    return Wiring(into, first, made)


def settle(graph: Graph, home: dict[str, Key]) -> None:
    """Put parameters and constants that only boxes use into the first of these boxes."""
    users: dict[str, set[Key]] = defaultdict(set)
    slots: dict[str, set[int]] = defaultdict(set)
    first: dict[Key, int] = {}
    for node in graph.nodes:
        if node.id in home:
            first.setdefault(home[node.id], node.position)
    for edge in graph.edges:
        users[edge.source].add(home.get(edge.target))
        slots[edge.source].add(edge.slot)
    for node in graph.nodes:
        inside = users[node.id]
        # An array in the first slot is what the module was called with, and stays in sight.
        given = node.kind == "constant" and node.shape != () and 0 in slots[node.id]
        internal = node.path or (node.kind == "constant" and not given)
        if node.leaf and internal and inside and None not in inside:
            home[node.id] = min(inside, key=lambda key: first[key])


def around(calls: Sequence[Call], index: int) -> list[int]:
    """A call and those around it, the outermost last."""
    chain = []
    while index >= 0:
        chain.append(index)
        index = calls[index].parent
    return chain


def titles(calls: Sequence[Call]) -> list[str]:
    """Each call's class and dotted name, with its model's class where models share the name."""
    models: dict[str, set[str]] = defaultdict(set)
    outer = [calls[around(calls, i)[-1]].kind for i in range(len(calls))]
    for call, model in zip(calls, outer, strict=True):
        models[call.path].add(model)
    return [
        f"{call.kind} {model}.{call.path}"
        if call.path and len(models[call.path]) > 1
        else f"{call.kind} {call.path}".strip()
        for call, model in zip(calls, outer, strict=True)
    ]


def weights(members: Iterable[Node], wires: Wiring) -> list[Node]:
    """The parameters that go into some nodes, each once."""
    found = {x.id: x for node in members for x in wires.into.get(node.id, ()) if x.leaf and x.path}
    return list(found.values())


def box(
    label: str,
    members: Sequence[Node],
    wires: Wiring,
    *,
    path: str = "",
    module: int = -1,
    times: int = 1,
    repeat: str = "",
    layers: Iterable[Collection[Node]] = (),
    each: Sequence[Sequence[Node]] = (),
) -> Node:
    """The box of a module, or of something that repeats.

    Parameters
    ----------
    label : str
    members : sequence of Nodes
    wires : Wiring
        Of the whole graph.
    path, module, times
        As in `Node`.
    repeat : str
        The line that says how it repeats.
    layers : collections of Nodes, optional
        Those in it that have weights of their own: their norms are told as a range.
    each : sequence of sequences of Nodes, optional
        The operations of each time, where it stands for several.
    """
    ids = {node.id for node in members}
    operations = [node for node in members if node.kind == "op"]
    last = wires.made[operations[-1].position]  # not a member where it is the graph's result
    parameters = weights(operations, wires)
    trained = {node.id for node in parameters}
    once = each[0] if each else operations  # what one time is given, which is all times' shape
    inside = ids | trained | {wires.made[node.position].id for node in once}
    coming = {x.id: x for n in once for x in wires.into[n.id] if x.id not in inside}
    lines = [_shapes([x.shape for x in coming.values()], last.shape)]
    count = sum(math.prod(node.shape) for node in parameters)
    if parameters:
        begins = min(node.position for node in operations)
        shared = all(wires.first[node.id] < begins for node in parameters)
        lines.append(f"{count:,} parameters{', shared' if shared else ''}")
    if repeat:
        lines.append(repeat)
    results = [wires.made[nodes[-1].position] for nodes in each] or [last]
    grad, norm = _gradient(parameters, results, [weights(layer, wires) for layer in layers])
    dead = [node.dead for node in members if node.dead is not None]
    marks = {mark for node in members for mark in node.marks}
    detail = [label, *(f"{node.path}: {node.detail}" for node in parameters)]
    return Node(
        f"m{last.position}",
        "module",
        shortened(label),
        "\n".join(lines),
        grad,
        "\n".join(detail),
        path,
        last.position,
        module=module,
        shape=last.shape,
        norm=norm,
        holds=sum(node.holds for node in members),
        marks=tuple(mark for mark in MARKS if mark in marks),
        times=times,
        dead=max(dead, default=None),
        parameters=count,
    )


def _gradient(
    parameters: list[Node], results: list[Node], layers: list[list[Node]]
) -> tuple[str, float | None]:
    """What a box says of its gradient, and the norm of it.

    Of parameters where there are any, of the result otherwise, the largest of several.
    """
    if not parameters:
        sizes = [node.norm for node in results if node.norm is not None]
        if not sizes:
            return "", None
        largest = "largest " if len(results) > 1 else ""
        return f"{largest}|grad out| {number(max(sizes))}", max(sizes)
    norm = _norm(parameters)
    if norm is None:
        frozen = not any(node.traced for node in parameters)
        return f"|grad| {NO_GRAD if frozen else DASH}", None
    norms = [n for n in map(_norm, layers) if n is not None]
    if len(norms) > 1 and number(min(norms)) != number(max(norms)):
        # The bar shows the layer that is worst off, not a mean that hides it.
        worst = next((n for n in sorted(norms) if verdict(n, max(norms)) != FINE), norm)
        return f"|grad| {span(norms)}", worst
    return f"|grad| {number(norm)}", norm


def _norm(nodes: Iterable[Node]) -> float | None:
    """The norm of several gradients taken together."""
    norms = [node.norm for node in nodes if node.norm is not None]
    return math.hypot(*norms) if norms else None


def _shapes(given: list[tuple[int, ...]], result: tuple[int, ...]) -> str:
    """From what a box is given to what it gives; of more than two things only the first."""
    if not given:
        return _shape(result)
    if len(given) == 2:
        both = "two numbers" if given == [(), ()] else ", ".join(map(_shape, given))
        return f"{both} → {_shape(result)}"
    return f"{_shape(given[0])} → {_shape(result)}"


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))})" if shape else "one number"
