"""layout: where everything goes. Graphviz is asked for coordinates and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .graph import Graph, Node
from .theme import CAPTION, LINE, PAD, SMALL, width

Point = tuple[float, float]
TIMEOUT = 10.0  # seconds
GAP = 23.0
OURS = "chainrule's own layers"  # where no Graphviz is found


@dataclass(frozen=True, slots=True)
class Layout:
    """Coordinates in pixels, from the top left.

    Attributes
    ----------
    places : dict of node id to (x, y)
        Centres.
    sizes : dict of node id to (width, height)
    curves : dict of edge id to list of points
        Cubic Bézier control points: 3n + 1 of them, ending at the arrow's tip.
    labels : dict of edge id to (x, y)
        Centres of edge labels.
    width, height : float
    engine : str
        What found them.
    """

    places: dict[str, Point]
    sizes: dict[str, Point]
    curves: dict[str, list[Point]]
    labels: dict[str, Point]
    width: float
    height: float
    engine: str


def size(node: Node) -> Point:
    """How much room a node takes."""
    if node.kind == "op":
        across = max(34.0, width(node.label) + 2 * PAD + 4)
        return across, 34.0
    if node.kind in ("module", "hidden"):
        lines = [node.label, *node.data.split("\n"), *filter(None, [node.grad])]
        return max(map(width, lines)) + 2 * PAD, LINE * len(lines) + PAD
    if node.kind == "constant":
        return width(node.data) + 2 * PAD, LINE + PAD
    column = width(node.label) + 2 * PAD if node.label else 0.0
    return column + CAPTION + max(map(width, (node.data, node.grad))) + 2 * PAD, 2 * LINE + PAD


def layout(
    graph: Graph,
    engine: str | None = None,
    timeout: float = TIMEOUT,
    direction: str = "LR",
    gap: float = GAP,
) -> Layout:
    """Place a graph's nodes.

    Parameters
    ----------
    graph : Graph
    engine : str, optional
        A Graphviz program to use; otherwise the variable ``GRAPHVIZ_DOT``, ``dot``, or
        ``graphviz-pure``, whichever is found first.
    timeout : float
        Seconds after which a plain layout in layers is drawn instead, with a warning.
    direction : {"LR", "TB"}
        Inputs left or on top.
    gap : float
        Pixels between a node and the next layer's.
    """
    if direction not in ("LR", "TB"):
        raise ValueError(
            f"direction is 'LR' (left to right) or 'TB' (top to bottom), not {direction!r}"
        )
    source = dot(graph, direction, gap)
    problems = []
    for program, origin in _programs(engine):
        try:
            done = subprocess.run(
                [program, "-Tjson0"], input=source.encode(), capture_output=True, timeout=timeout
            )
            if done.returncode == 0:
                return _read(graph, json.loads(done.stdout), Path(program).stem)
            problems.append(
                f"{origin} failed: {done.stderr.decode(errors='replace').strip()[:200]}"
            )
        except subprocess.TimeoutExpired:
            problems.append(f"{origin} took longer than {timeout:g} s")
            break
        except (OSError, ValueError) as error:
            problems.append(f"{origin} could not be used ({error})")
    else:
        problems.append("no Graphviz program was found: pip install graphviz-pure")
    placed = _layers(graph, direction, gap)
    warnings.warn(f"the picture is laid out plainly, because {'; '.join(problems)}", stacklevel=3)
    return placed


def dot(graph: Graph, direction: str = "LR", gap: float = GAP) -> str:
    """The graph in Graphviz's language, with sizes and without a text that could be misread."""
    lines = [
        f"digraph {{rankdir={direction};nodesep=0.22;ranksep={gap / 72:.3f};",
        "node[shape=box,fixedsize=true];",
    ]
    for node in graph.nodes:
        w, h = size(node)
        extra = ",ordering=in" if node.kind == "op" else ""
        lines.append(f"{node.id}[width={w / 72:.4f},height={h / 72:.4f}{extra}];")
    for i, edge in enumerate(graph.edges):
        # A stand-in of the label's width: Graphviz then leaves room for it.
        label = (
            f',label="{"x" * len(edge.label)}",fontname=Courier,fontsize={SMALL}'
            if edge.label
            else ""
        )
        lines.append(f'{edge.source}->{edge.target}[id="{i}"{label}];')
    return "\n".join([*lines, "}"])


def _programs(engine: str | None) -> Iterator[tuple[str, str]]:
    """Where a layout program may be, the first choice first: (program, what to call it)."""
    for asked, origin in (
        (engine, "the engine asked for"),
        (os.environ.get("GRAPHVIZ_DOT"), "GRAPHVIZ_DOT"),
    ):
        if asked:
            yield shutil.which(asked) or asked, f"{origin}, {asked},"
    beside = os.pathsep.join({str(Path(sys.executable).parent), sysconfig.get_path("scripts")})
    for name, path in (("dot", None), ("graphviz-pure", None), ("graphviz-pure", beside)):
        found = shutil.which(name, path=path)
        if found:
            yield found, name


def _read(graph: Graph, answer: dict[str, Any], engine: str) -> Layout:
    """Graphviz's answer: points of 1/72 inch from the bottom left."""
    left, bottom, right, top = map(float, answer["bb"].split(","))

    def point(text: str) -> Point:
        x, y = map(float, text.split(","))
        return x - left, top - y

    places = {each["name"]: point(each["pos"]) for each in answer["objects"] if "pos" in each}
    curves, labels = {}, {}
    for each in answer.get("edges", []):
        edge = graph.edges[int(each["id"])]
        tip, points = None, []
        for part in each["pos"].split():
            if part.startswith("e,"):
                tip = point(part[2:])
            elif not part.startswith("s,"):
                points.append(point(part))
        if tip is not None:
            points += [points[-1], tip, tip]
        curves[edge.id] = points
        if "lp" in each:
            labels[edge.id] = point(each["lp"])
    sizes = {node.id: size(node) for node in graph.nodes}
    return Layout(places, sizes, curves, labels, right - left, top - bottom, engine)


def _layers(graph: Graph, direction: str, gap: float) -> Layout:
    """A plain layout: every node one layer after its furthest input, in the order of its inputs."""
    into: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        into[edge.target].append(edge.source)
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
    out: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        out[edge.source].append(edge.target)
    for node in reversed(graph.nodes):  # leaves stand next to their first use
        if not into[node.id] and out[node.id]:
            layer[node.id] = min(layer[target] for target in out[node.id]) - 1
    columns: dict[int, list[str]] = defaultdict(list)
    for node in graph.nodes:
        columns[layer[node.id]].append(node.id)
    sizes = {node.id: size(node) for node in graph.nodes}
    across, along = (1, 0) if direction == "LR" else (0, 1)
    rank: dict[str, float] = {}
    spread = {}
    for column in sorted(columns):
        ids = columns[column]
        ids.sort(key=lambda id: sum(rank.get(s, 0) for s in into[id]) / max(len(into[id]), 1))
        rank.update({id: i - len(ids) / 2 for i, id in enumerate(ids)})
        spread[column] = sum(sizes[id][across] + 16 for id in ids)
    extent, offset = max(spread.values(), default=0.0), 0.0
    places: dict[str, Point] = {}
    for column in sorted(columns):
        thick = max(sizes[id][along] for id in columns[column])
        cursor = (extent - spread[column]) / 2
        for id in columns[column]:
            deep = sizes[id][across]
            spot = (offset + thick / 2, cursor + deep / 2 + 8)
            places[id] = spot if direction == "LR" else (spot[1], spot[0])
            cursor += deep + 16
        offset += thick + 2 * gap
    curves, labels = {}, {}
    used: dict[tuple[str, str], int] = defaultdict(int)
    for edge in graph.edges:
        pair = (edge.source, edge.target)
        shift = 8.0 * used[pair] - 4.0 * (
            sum(e.source == pair[0] and e.target == pair[1] for e in graph.edges) - 1
        )
        used[pair] += 1
        (x0, y0), (x1, y1) = places[edge.source], places[edge.target]
        if direction == "LR":
            x0, x1 = x0 + sizes[edge.source][0] / 2, x1 - sizes[edge.target][0] / 2
            y0, y1 = y0 + shift, y1 + shift
            bend = max((x1 - x0) / 2, 12)
            curves[edge.id] = [(x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1)]
        else:
            y0, y1 = y0 + sizes[edge.source][1] / 2, y1 - sizes[edge.target][1] / 2
            x0, x1 = x0 + shift, x1 + shift
            bend = max((y1 - y0) / 2, 12)
            curves[edge.id] = [(x0, y0), (x0, y0 + bend), (x1, y1 - bend), (x1, y1)]
        if edge.label:
            labels[edge.id] = ((x0 + x1) / 2, (y0 + y1) / 2 - 8)
    total = (offset, extent) if direction == "LR" else (extent, offset)
    return Layout(places, sizes, curves, labels, total[0], total[1], OURS)
