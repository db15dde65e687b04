"""passes: from a graph to a smaller one that a person can read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from .boxes import Key, Wiring, around, box, merged, settle, titles, wiring
from .graph import HIDDEN, Call, Graph, Node
from .repeats import Run, fold_leaves, folded_runs, run_box, runs

ENOUGH = 0.6  # a picture with this share of the nodes that it may have is not opened further
SMALL = 12  # nodes: a network is read by its layers, and only in one so small are they opened


def fit(
    graph: Graph,
    depth: int | None,
    expand: str | Collection[str],
    max_nodes: int,
    fold: Callable[[Call], bool] | None = None,
) -> Graph:
    """Fold modules; if that is not enough, what repeats; and then the middle.

    Parameters
    ----------
    graph : Graph
    depth : int, optional
        How many levels of modules are opened: 0 shows the outermost as one box, 1 the modules in
        it. By default as many as ``max_nodes`` allows.
    expand : str or collection of str
        Dotted names of modules that are opened whatever the depth. Where there are several models,
        ``Generator.0`` is the module 0 of the outermost one of class Generator.
    max_nodes : int
        What repeats, and then the middle, is folded until there are no more nodes than this.
    fold : callable, optional
        ``fold(call)`` is True for modules that are one box whatever the depth; ``expand`` opens
        them all the same.

    Returns
    -------
    Graph
        With a remark of how much its boxes stand for.

    Raises
    ------
    ValueError
        Where no module is called as ``expand`` says, or a number makes no sense.
    """
    if max_nodes < 3:
        raise ValueError(f"max_nodes must be at least 3, not {max_nodes}")
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int) or depth < 0):
        raise ValueError(f"depth is how many levels are opened: None, 0, 1, 2 ..., not {depth!r}")
    if fold is not None and not callable(fold):
        raise TypeError(f"fold is a function of a Call that gives True or False, not {fold!r}")
    asked = _asked(graph.calls, [expand] if isinstance(expand, str) else expand) | _failed(graph)
    shut = {i for i, call in enumerate(graph.calls) if fold is not None and fold(call)}
    wires = wiring(graph)
    if depth is None:
        folded = _deepest(graph, asked, shut, max_nodes, wires)
    else:
        closed = _closed(graph.calls, depth, asked, shut)
        folded = _within(graph, closed, asked, max_nodes, wires)
    folded = fold_middle(folded, max_nodes)
    return replace(folded, remarks=(*folded.remarks, *_total(folded)))


def fold_modules(graph: Graph, depth: int, expand: Collection[str] = ()) -> Graph:
    """Each call of a module below ``depth`` as one box, with its parameters inside."""
    closed = _closed(graph.calls, depth, _asked(graph.calls, expand), set())
    return _folded(graph, closed, wiring(graph))


def fold_middle(graph: Graph, max_nodes: int) -> Graph:
    """The beginning and the end, and one node that says how much is between them."""
    if len(graph.nodes) <= max_nodes:
        return graph
    # Each after what goes into it, so that no way leads out of the middle and back.
    ordered = sorted(graph.nodes, key=lambda node: (node.position, not node.leaf))
    first = max_nodes // 3
    home = {node.id: 0 for node in ordered[first : len(ordered) - (max_nodes - 1 - first)]}

    def hidden(_: Key, members: list[Node]) -> Node:
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

    return merged(graph, home, hidden)


# ---- which modules are open --------------------------------------------------------------------


def _closed(calls: Sequence[Call], depth: int, opened: set[int], shut: set[int]) -> list[int]:
    """For each call the outermost closed one around it, itself perhaps, or -1."""
    closed: list[int] = []
    level: list[int] = []
    for i, call in enumerate(calls):  # the ones around it come first
        level.append(level[call.parent] + 1 if call.parent >= 0 else 0)
        outer = closed[call.parent] if call.parent >= 0 else -1
        if outer < 0 and i not in opened and (level[i] >= depth or i in shut):
            outer = i
        closed.append(outer)
    return closed


def _asked(calls: Sequence[Call], expand: Collection[str]) -> set[int]:
    """The calls that are called so, and those around them."""
    names: dict[str, set[int]] = {}
    for i in range(len(calls)):
        chain = around(calls, i)
        outermost = calls[chain[-1]].kind
        for name in {calls[i].path, f"{outermost}.{calls[i].path}".rstrip(".")}:
            names.setdefault(name, set()).update(chain)
    for name in expand:
        if name not in names:
            known = sorted({call.path for call in calls})
            told = ", ".join(map(repr, known[:20])) or "none, as no nn module ran"
            more = f" and {len(known) - 20} more" if len(known) > 20 else ""
            raise ValueError(f"expand: no module is called {name!r} here; there are {told}{more}")
    return {i for name in expand for i in names[name]}


def _failed(graph: Graph) -> set[int]:
    """The calls around an operation that failed: it is never hidden."""
    return {i for n in graph.nodes if "failed" in n.marks for i in around(graph.calls, n.module)}


def _deepest(graph: Graph, asked: set[int], shut: set[int], max_nodes: int, wires: Wiring) -> Graph:
    """As many levels open as fit; then single kinds of modules, where much room is left."""
    levels = max((len(around(graph.calls, i)) for i in range(len(graph.calls))), default=0)
    best, closed = graph, []
    for level in range(levels + 1):
        trial = _closed(graph.calls, level, asked, shut)
        folded = _folded(graph, trial, wires)
        if level == levels > 0 and len(folded.nodes) > SMALL:
            break
        if len(folded.nodes) > max_nodes:
            if level and len(best.nodes) >= ENOUGH * max_nodes:
                return best
            folded = _within(graph, trial, asked, max_nodes, wires)
        if level and len(folded.nodes) > max_nodes:
            break
        best, closed = folded, trial
    return _opened_singly(graph, best, closed, shut, max_nodes, wires)


def _opened_singly(
    graph: Graph,
    best: Graph,
    closed: list[int],
    shut: set[int],
    max_nodes: int,
    wires: Wiring,
) -> Graph:
    """Open what holds modules, one class after the other.

    A layer is not: beside closed ones of other classes its operations would look like something
    special.
    """
    holders = {call.parent for call in graph.calls} - shut
    tried: set[str] = set()
    while len(best.nodes) < ENOUGH * max_nodes:
        boxes = [i for i in dict.fromkeys(closed) if i in holders]
        kind = next((graph.calls[i].kind for i in boxes if graph.calls[i].kind not in tried), None)
        if kind is None:
            break
        tried.add(kind)
        opened = {i for i, outer in enumerate(closed) if outer < 0}
        opened |= {i for i in boxes if graph.calls[i].kind == kind}
        trial = _closed(graph.calls, 0, opened, shut)
        folded = _folded(graph, trial, wires)
        if len(folded.nodes) <= max_nodes:
            best, closed = folded, trial
    return best


# ---- what fits ---------------------------------------------------------------------------------


def _within(
    graph: Graph, closed: list[int], asked: set[int], max_nodes: int, wires: Wiring
) -> Graph:
    """Closed modules as boxes; if these are too many, what repeats too, as little as will do."""

    def few(graph: Graph) -> bool:
        return len(graph.nodes) <= max_nodes

    plain = _folded(graph, closed, wires)
    if few(plain) or any(node.kind == "hidden" for node in graph.nodes):
        return plain
    found = runs(graph, closed, asked, wires)
    by_size = sorted(range(len(found)), key=lambda i: -sum(map(len, found[i].periods)))

    def trial(count: int, keep: int) -> Graph:
        chosen = [found[i] for i in sorted(by_size[:count])]
        return fold_leaves(_folded(graph, closed, wires, chosen, keep))

    count = _first(lambda count: few(trial(count, 1)), 0, len(found))
    longest = max((len(found[i].periods) for i in by_size[:count]), default=1)
    # The more is left out, the fewer nodes: the least that fits.
    left = _first(lambda left: few(trial(count, longest - left)), 1, longest - 1)
    return trial(count, longest - left)


def _first(fits: Callable[[int], bool], low: int, high: int) -> int:
    """The first number from low to high that fits, by bisection; high where none does."""
    while low < high:
        middle = (low + high) // 2
        if fits(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _folded(
    graph: Graph, closed: list[int], wires: Wiring, found: Sequence[Run] = (), keep: int = 1
) -> Graph:
    """Closed calls and the runs found, each as its box."""
    hidden = folded_runs(found, keep)
    home: dict[str, Key] = {}
    for node in graph.nodes:
        result = node.kind == "value" and node.id not in wires.first  # what the graph is about
        if not node.leaf and node.kind in ("op", "value") and not result:
            if node.position in hidden:
                home[node.id] = ("run", *hidden[node.position])
            elif node.module >= 0 and closed[node.module] >= 0:
                home[node.id] = ("call", closed[node.module])
    if not home:
        return graph
    settle(graph, home)
    called = titles(graph.calls)

    def make(key: Key, members: list[Node]) -> Node:
        kind, index, *unit = key
        if kind == "run":
            return run_box(found[index], unit[0], keep, members, wires)
        call = graph.calls[index]
        return box(called[index], members, wires, path=call.path, module=call.parent)

    return merged(graph, home, make)


def _total(graph: Graph) -> list[str]:
    """How much stands behind the boxes."""
    held = [node.holds for node in graph.nodes if node.holds > 1]
    if not held:
        return []
    stand = "box stands" if len(held) == 1 else "boxes stand"
    return [f"{len(held)} {stand} for {sum(held):,} values and operations"]
