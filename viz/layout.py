"""layout: where everything goes. Graphviz is asked for coordinates and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .bundles import bundled, bundles
from .layers import Point, layered
from .records import Graph
from .rows import is_circle, size
from .theme import ADVANCE, SMALL, width

TIMEOUT = 10.0  # seconds
GAP = 23.0
WIDE = 2000.0  # pixels: two screens of a notebook
CLEAR = 2.0  # between an arrow and its label
PLAIN = "plain"
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
    direction : {"LR", "TB"}
        Where the inputs are: left, or on top.
    """

    places: dict[str, Point]
    sizes: dict[str, Point]
    curves: dict[str, list[Point]]
    labels: dict[str, Point]
    width: float
    height: float
    engine: str
    direction: str = "LR"


def layout(
    graph: Graph,
    engine: str | None = None,
    timeout: float = TIMEOUT,
    direction: str | None = "LR",
    gap: float = GAP,
) -> Layout:
    """Place a graph's nodes.

    Parameters
    ----------
    graph : Graph
    engine : str, optional
        A Graphviz program to use; otherwise the variable ``GRAPHVIZ_DOT``, ``dot``, or
        ``graphviz-pure``, whichever is found first. "plain" is chainrule's own layout in layers.
    timeout : float
        Seconds after which a plain layout in layers is drawn instead, with a warning.
    direction : {"LR", "TB"} or None
        Inputs left or on top; None takes the left, and the top where that is so wide that nobody
        would see all of it.
    gap : float
        Pixels between a node and the next layer's.
    """
    if direction not in ("LR", "TB", None):
        raise ValueError(
            f"direction is 'LR' (left to right) or 'TB' (top to bottom), not {direction!r}"
        )
    placed: Layout | None
    problems: list[str] = []
    whole, graph = graph, bundled(graph)
    if engine == PLAIN:
        placed = _by_layers(graph, direction or "LR", gap)
    else:
        placed, problems = _by_graphviz(graph, engine, timeout, direction or "LR", gap)
    if placed is None:
        warnings.warn(
            f"the picture is laid out plainly, because {'; '.join(problems)}", stacklevel=3
        )
        placed = _by_layers(graph, direction or "LR", gap)
    elif engine not in (None, PLAIN) and problems:
        warnings.warn(
            f"the picture is laid out by {placed.engine}, because {'; '.join(problems)}",
            stacklevel=3,
        )
    if direction is None and placed.width > WIDE:
        down = None
        if placed.engine != OURS:
            down, _ = _by_graphviz(graph, engine, timeout, "TB", gap)
        down = down or _by_layers(graph, "TB", gap)
        placed = down if down.width < placed.width / 2 else placed
    for first, alike in bundles(whole).items():  # a player asks for the curve of any
        placed.curves.update({edge.id: placed.curves[first] for edge in alike})
    return placed


def _by_graphviz(
    graph: Graph, engine: str | None, timeout: float, direction: str, gap: float
) -> tuple[Layout | None, list[str]]:
    """By the first program that answers; what went wrong with those that did not."""
    source = dot(graph, direction, gap)
    problems: list[str] = []
    for program, origin in _programs(engine):
        try:
            done = subprocess.run(
                [program, "-Tjson0"], input=source.encode(), capture_output=True, timeout=timeout
            )
            if done.returncode == 0:
                answer = json.loads(done.stdout)
                return _read(graph, answer, Path(program).stem, direction), problems
            problems.append(
                f"{origin} failed: {done.stderr.decode(errors='replace').strip()[:200]}"
            )
        except subprocess.TimeoutExpired:
            problems.append(f"{origin} took longer than {timeout:g} s")
            return None, problems
        except (OSError, ValueError) as error:
            problems.append(f"{origin} could not be used ({error})")
    return None, [*problems, "no Graphviz program was found: pip install graphviz-pure"]


def _by_layers(graph: Graph, direction: str, gap: float) -> Layout:
    sizes = {node.id: size(node) for node in graph.nodes}
    places, curves, labels, wide, high = layered(graph, sizes, direction, gap)
    return Layout(places, sizes, curves, labels, wide, high, OURS, direction)


def dot(graph: Graph, direction: str = "LR", gap: float = GAP) -> str:
    """The graph in Graphviz's language, with sizes and without a text that could be misread."""
    lines = [
        f"digraph {{rankdir={direction};nodesep=0.22;ranksep={gap / 72:.3f};",
        "node[shape=box,fixedsize=true];",
    ]
    for node in graph.nodes:
        w, h = size(node)
        # A round one, so that arrows end on the circle; longer labels make a box with round ends.
        extra = ",ordering=in" if node.kind == "op" else ""
        extra += ",shape=ellipse" if w == h and is_circle(node) else ""
        lines.append(f"{node.id}[width={w / 72:.4f},height={h / 72:.4f}{extra}];")
    constants = {node.id for node in graph.nodes if node.kind == "constant"}
    for i, edge in enumerate(graph.edges):
        # A stand-in a little wider than the label: Graphviz then leaves room for it.
        label = (
            f',label="{"x" * round(width(edge.text, 1 / ADVANCE) + 1)}",'
            f"fontname=Courier,fontsize={SMALL}"
            if edge.text
            else ""
        )
        # Constants make way for what flows: its arrows are kept straight.
        weight = 1 if edge.source in constants else 8
        lines.append(f'{edge.source}->{edge.target}[id="{i}",weight={weight}{label}];')
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


def _read(graph: Graph, answer: dict[str, Any], engine: str, direction: str) -> Layout:
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
            x, y = point(each["lp"])  # moved clear of the arrow below it, or left of it
            labels[edge.id] = (x, y - CLEAR) if direction == "LR" else (x + CLEAR, y)
    sizes = {node.id: size(node) for node in graph.nodes}
    wide, high = right - left, top - bottom
    return Layout(places, sizes, curves, labels, wide, high, engine, direction)
