"""layers: a layout of our own, for machines where no Graphviz is found.

Every node stands one layer after its furthest input (Sugiyama, Tagawa & Toda 1981). Between two
layers of nodes is one of stops; an arrow has a stop in every layer that it passes, and its label
lies at the first. So arrows and labels have room of their own, and nothing overlaps.

All is worked out from left to right; from top to bottom the two coordinates change places.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple

from .records import Edge, Graph
from .theme import SMALL, width

Point = tuple[float, float]
SIDE = 8.0  # pixels kept free on both sides of a node
APART = 5.0  # and of an arrow
SWEEPS = 4


class Room(NamedTuple):
    """What a node or stop takes: along the arrows, and to both sides of the line through it."""

    along: float
    before: float
    after: float


class Layers(NamedTuple):
    """The two coordinates of everything, as in `Layout`."""

    places: dict[str, Point]
    curves: dict[str, list[Point]]
    labels: dict[str, Point]
    width: float
    height: float


def layered(graph: Graph, sizes: dict[str, Point], direction: str, gap: float) -> Layers:
    """Place a graph's nodes, arrows and labels.

    Parameters
    ----------
    graph : Graph
    sizes : dict of node id to (width, height)
    direction : {"LR", "TB"}
    gap : float
        Pixels between a layer of nodes and one of stops.
    """
    turn = direction == "TB"
    layer = _numbers(graph)
    rooms: dict[str, Room] = {}
    columns: dict[int, list[str]] = defaultdict(list)
    for node in graph.nodes:
        w, h = reversed(sizes[node.id]) if turn else sizes[node.id]
        rooms[node.id] = Room(w, h / 2 + SIDE, h / 2 + SIDE)
        columns[2 * layer[node.id]].append(node.id)
    chains = {}
    slots: dict[str, int] = {}
    for edge in graph.edges:
        chain = [edge.source]
        for column in range(2 * layer[edge.source] + 1, 2 * layer[edge.target]):
            stop = f"{edge.id}@{column}"
            rooms[stop] = _stop(edge.text if len(chain) == 1 else "", turn)
            slots[stop] = edge.slot
            columns[column].append(stop)
            chain.append(stop)
        chains[edge.id] = [*chain, edge.target]
    lines = _lines(columns, chains, rooms, slots)
    ends: dict[str, Point] = {}
    offset = 0.0
    for column in sorted(columns):
        thick = max(rooms[id].along for id in columns[column])
        ends.update((id, (offset, offset + thick)) for id in columns[column])
        offset += thick + gap
    places = {node.id: (sum(ends[node.id]) / 2, lines[node.id]) for node in graph.nodes}
    curves = _curves(graph, chains, rooms, ends, lines)
    labels = {
        edge.id: _beside(edge, sum(ends[chains[edge.id][1]]) / 2, lines[chains[edge.id][1]], turn)
        for edge in graph.edges
        if edge.text and len(chains[edge.id]) > 2
    }
    across = max((lines[id] + room.after for id, room in rooms.items()), default=0.0)
    if not turn:
        return Layers(places, curves, labels, offset - gap, across)
    return Layers(
        {id: (y, x) for id, (x, y) in places.items()},
        {id: [(y, x) for x, y in curve] for id, curve in curves.items()},
        {id: (y, x) for id, (x, y) in labels.items()},
        across,
        offset - gap,
    )


def _numbers(graph: Graph) -> dict[str, int]:
    """Each node's layer."""
    into: dict[str, list[str]] = defaultdict(list)
    out: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        into[edge.target].append(edge.source)
        out[edge.source].append(edge.target)
    layer: dict[str, int] = {}
    remaining = list(graph.nodes)
    while remaining:  # the records come in topological order but for folded ones
        later = []
        for node in remaining:
            if all(source in layer for source in into[node.id]):
                layer[node.id] = max((layer[s] + 1 for s in into[node.id]), default=0)
            else:
                later.append(node)
        if len(later) == len(remaining):  # folding made a circle: end it at the first node
            layer[later[0].id] = max((layer.get(s, 0) + 1 for s in into[later[0].id]), default=0)
            later = later[1:]
        remaining = later
    for node in reversed(graph.nodes):  # leaves stand next to their first use
        if not into[node.id] and out[node.id]:
            layer[node.id] = min(layer[target] for target in out[node.id]) - 1
    return layer


def _stop(label: str, turn: bool) -> Room:
    """Where an arrow passes a layer: under its label, or to the left of it."""
    if not label:
        return Room(0.0, APART, APART)
    if turn:
        return Room(SMALL, APART, width(label, SMALL) + 2 * APART)
    return Room(width(label, SMALL), SMALL + APART, APART)


def _beside(edge: Edge, along: float, line: float, turn: bool) -> Point:
    """The middle of a label."""
    away = APART + width(edge.text, SMALL) / 2 if turn else -(SMALL / 2 + 2)
    return along, line + away


def _lines(
    columns: dict[int, list[str]],
    chains: dict[str, list[str]],
    rooms: dict[str, Room],
    slots: dict[str, int],
) -> dict[str, float]:
    """How far across everything lies: each near the middle of its neighbours, by a few sweeps.

    The last sweep goes against the arrows, where those into one operation wish for the same place;
    their operand slots then decide, so that the ``a`` of ``a - b`` comes first.
    """
    left: dict[str, list[str]] = defaultdict(list)
    right: dict[str, list[str]] = defaultdict(list)
    for chain in chains.values():
        for a, b in pairwise(chain):
            left[b].append(a)
            right[a].append(b)
    lines = {id: float(i) for ids in columns.values() for i, id in enumerate(ids)}
    order = sorted(columns)
    for sweep in range(2 * SWEEPS):
        forward = sweep % 2 == 0
        near = left if forward else right
        for column in order if forward else reversed(order):
            wish = {}
            for id in columns[column]:
                around = [lines[other] for other in near[id]] or [lines[id]]
                wish[id] = sum(around) / len(around)
            columns[column].sort(key=lambda id: (wish[id], slots.get(id, 0)))
            lines.update(_spread(columns[column], wish, rooms))
    first = min((lines[id] - room.before for id, room in rooms.items()), default=0.0)
    return {id: line - first for id, line in lines.items()}


def _spread(ids: list[str], wish: dict[str, float], rooms: dict[str, Room]) -> dict[str, float]:
    """As near to the wishes as the room of each allows: neighbours that collide move as one."""
    offsets, cursor = [], 0.0
    for id in ids:
        offsets.append(cursor + rooms[id].before)
        cursor += rooms[id].before + rooms[id].after
    blocks: list[tuple[float, int]] = []  # (mean, how many), the means ascending
    for id, offset in zip(ids, offsets, strict=True):
        mean, count = wish[id] - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        blocks.append((mean, count))
    starts = [mean for mean, count in blocks for _ in range(count)]
    return {id: start + o for id, start, o in zip(ids, starts, offsets, strict=True)}


def _curves(
    graph: Graph,
    chains: dict[str, list[str]],
    rooms: dict[str, Room],
    ends: dict[str, Point],
    lines: dict[str, float],
) -> dict[str, list[Point]]:
    """Arrows: straight through layers, curved between them, side by side at their tips."""
    coming: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        coming[edge.target].append(edge.id)
    curves = {}
    for target, ids in coming.items():
        ids.sort(key=lambda id: lines[chains[id][-2]])
        apart = min(2 * APART, (rooms[target].after - SIDE) / len(ids))
        for i, id in enumerate(ids):
            tip = lines[target] + apart * (i - (len(ids) - 1) / 2)
            source, *stops = chains[id][:-1]
            middle = sum(ends[source]) / 2 + rooms[source].along / 2
            points = [(middle, lines[source]), (max(ends[source][1], middle), lines[source])]
            for stop in stops:
                points += [(x, lines[stop]) for x in ends[stop]]
            entry = sum(ends[target]) / 2 - rooms[target].along / 2
            points += [(ends[target][0], tip), (entry, tip)]
            curve = [points[0]]
            for (x0, y0), (x1, y1) in pairwise(points):
                half = (x1 - x0) / 2
                curve += [(x0 + half, y0), (x1 - half, y1), (x1, y1)]
            curves[id] = curve
    return curves
