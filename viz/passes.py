"""passes: from a graph to a smaller one that a person can read.

Nothing is lost from the count: what every node of the result holds adds up to the graph's total.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace

from .graph import HIDDEN, Call, Edge, Graph, Node
from .theme import DASH, number


def fit(graph: Graph, depth: int | None, expand: Collection[str], max_nodes: int) -> Graph:
    """Fold modules, and then, if that is not enough, the middle.

    Parameters
    ----------
    graph : Graph
    depth : int, optional
        How many levels of modules are opened: 0 shows the outermost as one box, 1 the modules in
        it. By default 1, or 0 where that has more than ``max_nodes`` nodes.
    expand : collection of str
        Dotted names of modules that are opened whatever the depth.
    max_nodes : int
    """
    known = {call.path for call in graph.calls}
    for path in expand:
        if path not in known:
            names = ", ".join(repr(name) for name in sorted(known)) or "none, as no nn module ran"
            raise ValueError(f"expand: no module is called {path!r} here; there are {names}")
    if depth is None:
        folded = fold_modules(graph, 1, expand)
        if len(folded.nodes) > max_nodes and graph.calls:
            folded = fold_modules(graph, 0, expand)
    else:
        folded = fold_modules(graph, depth, expand)
    return fold_middle(folded, max_nodes)


def fold_modules(graph: Graph, depth: int, expand: Collection[str] = ()) -> Graph:
    """Each call of a module below ``depth`` as one box, with its parameters inside."""
    box_of_call = [
        _outermost_closed(graph.calls, i, depth, expand) for i in range(len(graph.calls))
    ]
    home = {n.id: box_of_call[n.module] for n in graph.nodes if n.module >= 0 and not n.leaf}
    home = {id: box for id, box in home.items() if box >= 0}
    if not home:
        return graph
    users: dict[str, set[int]] = defaultdict(set)
    slots: dict[str, set[int]] = defaultdict(set)
    for edge in graph.edges:
        users[edge.source].add(home.get(edge.target, -1))
        slots[edge.source].add(edge.slot)
    for node in graph.nodes:
        inside = users[node.id]
        # An array in the first slot is what the module was called with, and stays in sight.
        given = node.kind == "constant" and node.shape != () and slots[node.id] == {0}
        internal = node.path or (node.kind == "constant" and not given)
        if node.leaf and internal and inside and -1 not in inside:
            home[node.id] = min(inside)  # shared ones stand in the first of their boxes
    by_id = {node.id: node for node in graph.nodes}
    into: dict[str, list[Node]] = defaultdict(list)
    for edge in graph.edges:
        into[edge.target].append(by_id[edge.source])
    return _merged(graph, home, lambda box, members: _module(graph.calls[box], members, into))


def fold_middle(graph: Graph, max_nodes: int) -> Graph:
    """The beginning and the end, and one node that says how much is between them."""
    if max_nodes < 3:
        raise ValueError(f"max_nodes must be at least 3, not {max_nodes}")
    if len(graph.nodes) <= max_nodes:
        return graph
    ordered = sorted(range(len(graph.nodes)), key=lambda i: (graph.nodes[i].position, i))
    first = max_nodes // 3
    middle = ordered[first : len(ordered) - (max_nodes - 1 - first)]
    home = {graph.nodes[i].id: 0 for i in middle}

    def hidden(_: int, members: list[Node]) -> Node:
        count = sum(node.holds for node in members)
        return Node(
            HIDDEN,
            "hidden",
            f"… {count:,} more",
            "values and operations",
            position=members[0].position,
            detail=f"{count:,} values and operations between the first and the last; "
            f"max_nodes= shows more",
            holds=count,
        )

    return _merged(graph, home, hidden)


def _outermost_closed(
    calls: tuple[Call, ...], index: int, depth: int, expand: Collection[str]
) -> int:
    """The call that is drawn as the box around this one, or -1 where all around it are open."""
    chain = []
    while index >= 0:
        chain.append(index)
        index = calls[index].parent
    for level, call in enumerate(reversed(chain)):
        opened = any(_within(path, calls[call].path) for path in expand)
        if level >= depth and not opened:
            return call
    return -1


def _within(path: str, around: str) -> bool:
    return path == around or around == "" or path.startswith(f"{around}.")


def _merged(graph: Graph, home: dict[str, int], make: Callable[[int, list[Node]], Node]) -> Graph:
    """Each group of nodes as one; edges inside a group go, edges across it stay, each slot once."""
    members: dict[int, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if node.id in home:
            members[home[node.id]].append(node)
    boxes = {box: make(box, nodes) for box, nodes in members.items()}
    name = {id: boxes[box].id for id, box in home.items()}
    closed = set(name.values())
    nodes: list[Node] = []
    placed: set[int] = set()
    for node in graph.nodes:
        box = home.get(node.id)
        if box is None:
            nodes.append(node)
        elif box not in placed:
            placed.add(box)
            nodes.append(boxes[box])
    edges: dict[str, Edge] = {}
    for edge in graph.edges:
        source, target = name.get(edge.source, edge.source), name.get(edge.target, edge.target)
        if source != target:
            moved = replace(edge, source=source, target=target)
            if target in closed:
                moved = replace(moved, slot=0, label="")
            edges.setdefault(moved.id, moved)
    return Graph(tuple(nodes), tuple(edges.values()), graph.calls)


def _module(call: Call, members: list[Node], into: dict[str, list[Node]]) -> Node:
    """A module's box: its class and name, shapes, parameters and the norm of their gradient."""
    ids = {node.id for node in members}
    made = [node for node in members if not node.leaf and node.kind == "value"]
    last = made[-1]
    coming = [source for node in members for source in into[node.id] if source.id not in ids]
    parameters = [node for node in members if node.leaf and node.path]
    count = sum(_size(node.shape) for node in parameters)
    lines = [f"{_shape(coming[0].shape)} → {_shape(last.shape)}" if coming else _shape(last.shape)]
    if parameters:
        lines.append(f"{count:,} parameters")
        norms = [node.norm for node in parameters if node.norm is not None]
        norm = sum(n * n for n in norms) ** 0.5 if norms else None
    else:
        norm = last.norm
    grad = (
        f"|grad| {DASH if norm is None else number(norm)}" if parameters or norm is not None else ""
    )
    detail = [f"{call.kind} {call.path}".strip()]
    detail += [f"{node.path}: {node.detail}" for node in parameters]
    return Node(
        f"m{last.position}",
        "module",
        f"{call.kind} {call.path}".strip(),
        "\n".join(lines),
        grad,
        "\n".join(detail),
        call.path,
        last.position,
        module=call.parent,
        shape=last.shape,
        norm=norm,
        holds=sum(node.holds for node in members),
    )


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))})" if shape else "one number"
