"""legend: what the marks of a picture mean, those that it uses and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import heat as heats
from .bars import scale
from .bundles import stands_for
from .health import EXPLODING, UNEVEN, VANISHING
from .records import Graph
from .rows import is_circle, stands_for_many
from .theme import DASH, NO_GRAD, SMALL, number, width

GAP = 18.0
SWATCH = 20.0
SCALE = 78.0  # the colours of heat maps
NORMS = 96.0  # and of bars


@dataclass(frozen=True, slots=True)
class Item:
    """A mark, as SVG from its left end and middle, how wide it is, and what it means."""

    mark: Callable[[float, float], str]
    room: float
    meaning: str

    @property
    def width(self) -> float:
        return self.room + 6 + width(self.meaning, SMALL)


def flow(items: list[Item], room: float) -> list[list[tuple[float, Item]]]:
    """Items in lines, each with its left end."""
    lines: list[list[tuple[float, Item]]] = []
    x = room + 1
    for item in items:
        if x + item.width > room:
            lines.append([])
            x = 0.0
        lines[-1].append((x, item))
        x += item.width + GAP
    return lines


def items(graph: Graph) -> Iterator[Item]:
    """What is explained, boxes first."""
    kinds = {node.kind for node in graph.nodes}
    values = [node for node in graph.nodes if node.kind == "value"]
    if any(node.leaf and node.traced for node in values):
        yield _box("value leaf", "leaf, takes a gradient")
    if any(not node.leaf for node in values):
        yield _box("value", "result")
    if "constant" in kinds or any(node.leaf and not node.traced for node in values):
        yield _box("constant", "takes no gradient")
    if any(is_circle(node) for node in graph.nodes):
        yield _box("op", "operation", round_ends=True)
    if "module" in kinds:
        yield _box("module", "module, its parameters inside")
    if any(map(stands_for_many, graph.nodes)):
        yield _box("hidden", "stands for many")
    if any(map(stands_for, graph.edges)):
        yield _word("9 operands", "one arrow for all of them")
    single = [edge for edge in graph.edges if not stands_for(edge)]
    if any(edge.label.startswith("× ") for edge in graph.edges):
        yield _word("× 2", "derivative along the arrow")
    if any(edge.label and not edge.label.startswith("× ") for edge in single):
        yield _word(
            "g·b (3,)",
            "rule and shape; g: gradient of the result y; a, b: operands",
        )
    if any(edge.order for edge in graph.edges):
        orders = list(dict.fromkeys(edge.order for edge in graph.edges if edge.order))
        yield _word(", ".join(orders[:2]), "which operand")
    grads = {node.grad for node in values}
    if DASH in grads:
        yield _word(DASH, "no backward pass has come", "grad")
    if NO_GRAD in grads:
        yield _word(NO_GRAD, "none is wanted", "grad")
    if any(grad.startswith("norm") for grad in grads):
        yield _word("norm", "length of the gradient as one vector", "grad")
    shown = [
        heat
        for node in graph.nodes
        for heat in (node.heat, node.grad_heat)
        if heat and not isinstance(heat.rows[0][0], complex)
    ]
    if any(not heats.shows_numbers(heat) for heat in shown):
        yield Item(_colours, SCALE, "cells: ±s is beside them; – negative, × not finite")
    elif shown:
        yield Item(_colours, SCALE, "cells: s is the largest number of the array")
    if any(node.kind == "module" and node.norm is not None for node in graph.nodes):
        yield Item(
            _norms,
            NORMS,
            f"|grad|, in powers of ten; vanishing below {number(VANISHING)} or {number(UNEVEN)} of "
            f"the largest, exploding above {number(EXPLODING)}",
        )
    if any(node.dead for node in graph.nodes):
        yield _word("dead", "units that are 0 for every example of the batch")


def _box(kind: str, meaning: str, *, round_ends: bool = False) -> Item:
    def mark(x: float, y: float) -> str:
        corner = 6 if round_ends else 3
        frames = {"module": ((0, 0), (2.5, 2.5)), "hidden": ((4, 0), (2, 2), (0, 4))}
        boxes = [
            f'<rect class="box" x="{x + before:.1f}" y="{y - 6 + before:.1f}" '
            f'width="{SWATCH - before - after:g}" height="{12 - before - after:g}" rx="{corner}"/>'
            for before, after in frames.get(kind, ((0, 0),))
        ]
        return f'<g class="{kind}">{"".join(boxes)}</g>'

    return Item(mark, SWATCH, meaning)


def _word(word: str, meaning: str, style: str = "name") -> Item:
    def mark(x: float, y: float) -> str:
        return f'<text class="small {style}" x="{x:.1f}" y="{y + SMALL * 0.35:.1f}">{word}</text>'

    return Item(mark, width(word, SMALL), meaning)


def _colours(x: float, y: float) -> str:
    """−s … 0 … +s."""
    cell = 10.0
    left = x + 2 * SMALL * 0.6 + 2
    parts = [f'<text class="small" x="{x:.1f}" y="{y + SMALL * 0.35:.1f}">-s</text>']
    for i, level in enumerate((-1, -0.5, 0, 0.5, 1)):
        kind, strength = heats.strength_of(level, 1.0)
        parts.append(
            f'<rect class="cell {kind}" x="{left + i * cell:.1f}" y="{y - 5:.1f}" '
            f'width="{cell:g}" height="10" fill-opacity="{strength:g}"/>'
        )
    end = left + 5 * cell + 2
    parts.append(f'<text class="small" x="{end:.1f}" y="{y + SMALL * 0.35:.1f}">+s</text>')
    return "".join(parts)


def _norms(x: float, y: float) -> str:
    return scale(x, y, NORMS)
