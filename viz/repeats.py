"""repeats: what a graph does again and again, found and folded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from .boxes import Key, Wiring, box, merged, titles, weights
from .graph import Call, Graph, Node
from .theme import span

PERIOD = 16  # how many units a pattern may have
REPEATS = 3  # how often it must come: two are read faster than "×2"

Unit = int | str  # a call by its index; an operation outside of calls by its node's id


@dataclass(frozen=True, slots=True)
class Part:
    """One unit of a pattern: what it is called, and the module's name, or None for an operation."""

    name: str
    path: str | None
    chained: bool  # whether each time is fed by the time before


@dataclass(frozen=True, slots=True)
class Run:
    """A pattern that comes several times in a row.

    Attributes
    ----------
    scope : int
        The open call in which it comes, or -1.
    periods : tuple of tuples of lists of Nodes
        Each time, unit by unit, the unit's operations.
    parts : tuple of Parts
        One for each unit of the pattern.
    own : bool
        Whether its modules have weights of their own each time.
    keeps : bool
        Whether the first ones stay in sight: those with weights of their own, and those that the
        reader asked to see.
    split : bool
        Whether each unit of the pattern makes a box of its own.
    """

    scope: int
    periods: tuple[tuple[list[Node], ...], ...]
    parts: tuple[Part, ...]
    own: bool
    keeps: bool
    split: bool


def runs(graph: Graph, closed: Sequence[int], asked: Set[int], wires: Wiring) -> list[Run]:
    """What repeats among the calls and operations of each open scope, the outermost first.

    Parameters
    ----------
    graph : Graph
    closed : list of int
        For each call the closed one around it, or -1.
    asked : set of int
        The calls that the reader asked to see: they are no part of a run of others.
    wires : Wiring
    """
    shapes = {position: node.shape for position, node in wires.made.items()}
    content: dict[Unit, list[Node]] = defaultdict(list)
    scopes: dict[int, dict[Unit, None]] = defaultdict(dict)
    for node in graph.nodes:
        if node.kind == "op":
            unit: Unit = node.id
            call = node.module
            while call >= 0:
                content[unit].append(node)
                if closed[call] < 0:
                    scopes[call][unit] = None
                unit, call = call, graph.calls[call].parent
            content[unit].append(node)
            scopes[-1][unit] = None

    def signature(unit: Unit) -> Key:
        if any("failed" in node.marks for node in content[unit]):
            return unit
        made = tuple((node.label, shapes[node.position]) for node in content[unit])
        if isinstance(unit, str):
            return made
        trained = tuple(node.shape for node in weights(content[unit], wires))
        return graph.calls[unit].kind, unit in asked, trained, made

    called = titles(graph.calls)
    found = []
    for scope in sorted(scopes):
        units = list(scopes[scope])
        for start, period, count in patterns([signature(unit) for unit in units]):
            times = [units[i : i + period] for i in range(start, start + period * count, period)]
            found.append(_run(graph.calls, called, scope, times, content, asked, wires))
    return found


def patterns(signatures: Sequence[Key]) -> list[tuple[int, int, int]]:
    """The repeats in a sequence, from left to right, as (start, period, count).

    >>> patterns("xababababyzzz")
    [(1, 2, 4), (10, 1, 3)]
    """
    n = len(signatures)
    # same[p][i]: how many entries from i on equal the one p places later.
    same = {}
    for p in range(1, min(PERIOD, n // REPEATS) + 1):
        same[p] = counts = [0] * (n + 1)
        for i in range(n - p - 1, -1, -1):
            counts[i] = counts[i + 1] + 1 if signatures[i] == signatures[i + p] else 0
    found, i = [], 0
    while i < n:
        best = (0, 0, 1)
        for p, counts in same.items():
            count = counts[i] // p + 1
            if count >= REPEATS and count * p > best[0]:
                best = (count * p, p, count)
        if best[0]:
            found.append((i, best[1], best[2]))
        i += best[0] or 1
    return found


def _run(
    calls: tuple[Call, ...],
    called: list[str],
    scope: int,
    times: list[list[Unit]],
    content: Mapping[Unit, list[Node]],
    asked: Set[int],
    wires: Wiring,
) -> Run:
    """What a pattern of units is, with its parts and how they feed each other."""
    modules = [unit for units in times for unit in units if not isinstance(unit, str)]
    own = any(
        len({(calls[u].path, *(w.id for w in weights(content[u], wires))) for u in units}) > 1
        for units in zip(*times, strict=True)
        if not isinstance(units[0], str)
    )
    keeps = own or any(u in asked for u in modules)
    periods = tuple(tuple(content[u] for u in units) for units in times)
    feeds = _feeds(periods, wires)
    parts = tuple(
        Part(content[unit][0].label, None, (i, i) in feeds)
        if isinstance(unit, str)
        else Part(calls[unit].kind if keeps else called[unit], calls[unit].path, (i, i) in feeds)
        for i, unit in enumerate(times[0])
    )
    # Where a unit feeds one before it, next time, boxes for each would stand in a cycle.
    split = not keeps and all(source <= target for source, target in feeds)
    return Run(scope, periods, parts, own, keeps, split)


def _feeds(periods: tuple[tuple[list[Node], ...], ...], wires: Wiring) -> set[tuple[int, int]]:
    """Which unit of a pattern feeds which, itself only from one time to the next."""
    place = {
        node.position: (time, i)
        for time, units in enumerate(periods)
        for i, nodes in enumerate(units)
        for node in nodes
    }
    found = set()
    for position, (time, i) in place.items():
        for x in wires.into[f"o{position}"]:
            if not x.leaf and x.position in place and place[x.position] != (time, i):
                found.add((place[x.position][1], i))
    return found


def folded_runs(found: Sequence[Run], keep: int) -> dict[int, tuple[int, int]]:
    """For the positions that runs hide, the run and the unit: the key of their box.

    Parameters
    ----------
    found : sequence of Runs, the outermost first
    keep : int
        How many of the modules with weights of their own stay in sight.
    """
    hidden: dict[int, tuple[int, int]] = {}
    for index, run in enumerate(found):
        for units in run.periods[keep if run.keeps else 0 :]:
            for i, nodes in enumerate(units):
                for node in nodes:
                    hidden.setdefault(node.position, (index, i if run.split else 0))
    return hidden


def run_box(run: Run, unit: int, keep: int, members: list[Node], wires: Wiring) -> Node:
    """The box of a run, or of one unit of its pattern."""
    parts = (run.parts[unit],) if run.split else run.parts
    names = [part.name for part in parts]
    label = ", ".join(names if len(names) <= 5 else [*names[:4], "…"])
    modules = [part for part in parts if part.path is not None]
    weight = weights([node for node in members if node.kind == "op"], wires)
    same = "own weights" if run.own else "same weights"
    if run.keeps:
        hidden = run.periods[keep:]
        label = f"+{len(hidden)} more {label}{f' ({same})' if weight else ''}"
        layers = [nodes for units in hidden for nodes in units] if run.own else []
        return box(label, members, wires, module=run.scope, times=len(hidden), layers=layers)
    times = len(run.periods)
    each = [
        [node for i, nodes in enumerate(units) if not run.split or i == unit for node in nodes]
        for units in run.periods
    ]
    # Several units in one box are fed by the time before: that is why they are in one.
    chain = ", in a chain" if len(parts) > 1 or parts[0].chained else ""
    if not modules:
        made = box(
            label,
            members,
            wires,
            module=run.scope,
            times=times,
            repeat=f"{times} times{chain}",
            each=each,
        )
        return replace(made, kind="hidden")
    path = modules[0].path if len(parts) == 1 else None
    repeat = f"×{times}{f' {same}' if weight else ''}{chain}"
    return box(
        label,
        members,
        wires,
        path=path or "",
        module=run.scope,
        times=times,
        repeat=repeat,
        each=each,
    )


def fold_leaves(graph: Graph) -> Graph:
    """Leaves of one shape that go to the same nodes as one: 50 arrays that a box is fed."""
    targets: dict[str, set[str]] = defaultdict(set)
    for edge in graph.edges:
        targets[edge.source].add(edge.target)
    alike: dict[Key, list[str]] = defaultdict(list)
    for node in graph.nodes:
        if node.leaf and node.id in targets:
            key = (node.kind, node.shape, node.traced, frozenset(targets[node.id]))
            alike[key].append(node.id)
    home = {id: ids[0] for ids in alike.values() if len(ids) >= REPEATS for id in ids}
    return merged(graph, home, _leaves) if home else graph


def _leaves(_: Key, members: list[Node]) -> Node:
    first, count = members[0], len(members)
    shape = f"{count:,} × {first.shape}" if first.shape else f"{count:,} numbers"
    holds = sum(node.holds for node in members)
    if first.kind == "constant":
        told = f"{shape}\nthe first of them:" if first.heat or first.stats else shape
        return replace(first, data=told, detail=f"{shape}, constant", holds=holds, times=count)
    names = [node.label for node in members if node.label]
    label = f"{names[0]} … {names[-1]}" if len(names) > 1 else "leaves"
    norms = [node.norm for node in members if node.norm is not None]
    grad = f"|grad| {span(norms)}" if norms else members[0].grad
    return Node(
        first.id, "hidden", label, shape, grad, ", ".join(names),
        position=first.position, leaf=True, traced=first.traced, shape=first.shape,
        holds=holds, times=count,
    )  # fmt: skip
