"""rows: what stands in a node's box, row by row; layout asks for the room, paint for the rows."""

from __future__ import annotations

from dataclasses import dataclass

from . import heat as heats
from .health import DEAD, VERDICTS
from .records import Heat, Node
from .theme import CAPTION, LINE, PAD, SMALL, TEXT, number, width

BAR = 96.0  # how long the bar of a norm is
ICON = 16.0  # the warning sign and a gap
CIRCLE = 34.0

WORDS = {
    "failed": "failed, no result",
    "stale": "stale: made from old numbers",
    "origin": "made the first NaN or infinity in the data",
    "nan": "NaN in the data",
    "inf": "infinity in the data",
    "grad-origin": "its rule made the first NaN or infinity in a gradient",
    "grad-nan": "NaN in the gradient",
    "grad-inf": "infinity in the gradient",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a box.

    Attributes
    ----------
    kind : str
        "text", "heat", "bar" or "mark".
    text, style, field, caption : str
        What is written, its classes, what a player calls it, and the small word before it.
    height : float
    heat : Heat or None
    norm : float or None
        What a bar shows.
    ruled : bool
        A line above it.
    """

    kind: str
    text: str = ""
    style: str = ""
    field: str = ""
    caption: str = ""
    height: float = LINE
    heat: Heat | None = None
    norm: float | None = None
    ruled: bool = False

    @property
    def width(self) -> float:
        if self.kind == "heat":
            assert self.heat is not None
            return heats.size(self.heat)[0]
        if self.kind == "bar":
            return BAR + PAD / 2 + max(width(word, SMALL) for word in VERDICTS)
        if self.kind == "mark":
            return ICON + width(self.text, SMALL)
        size = SMALL if "small" in self.style else TEXT
        return (CAPTION if self.caption else 0.0) + width(self.text, size)


def rows(node: Node) -> list[Row]:
    """The rows of a box, the first on top. A value's name stands to the left of them."""
    found = _value(node) if node.kind == "value" else _lines(node)
    if node.dead:
        grave = node.dead >= DEAD
        words = f"dead: {node.dead:.0%} of units"
        found.append(Row("mark" if grave else "text", words, "small mark" if grave else "small"))
    found += [Row("mark", said(mark, node), "small mark") for mark in node.marks]
    return found


def said(mark: str, node: Node) -> str:
    """What a mark says of a node."""
    if mark == "stale" and node.leaf:
        return "changed after it was used"
    if mark == "origin" and node.leaf:
        return "holds NaN or infinity from the start"
    return WORDS[mark]


def is_circle(node: Node) -> bool:
    """An operation of which there is nothing to say but what it is."""
    return node.kind == "op" and len(rows(node)) == 1


def stands_for_many(node: Node) -> bool:
    """Whether it is drawn as a stack: what is hidden, and what repeats."""
    return node.kind == "hidden" or node.times > 1


def column(node: Node) -> float:
    """The room of a value's name, left of its rows."""
    return width(node.label) + 2 * PAD if node.kind == "value" and node.label else 0.0


def size(node: Node) -> tuple[float, float]:
    """How much room a node takes."""
    if is_circle(node):
        return max(CIRCLE, width(node.label) + 2 * PAD + 4), CIRCLE
    inside = rows(node)
    high = sum(row.height for row in inside) + (0 if node.kind == "value" else PAD)
    return column(node) + max(row.width for row in inside) + 2 * PAD, high


def _value(node: Node) -> list[Row]:
    """Data above gradient."""
    one = LINE + PAD / 2
    found = [Row("text", node.data, "", "data", "data", one), *_numbers(node.heat, node.stats)]
    found.append(Row("text", node.grad, "grad", "grad", "grad", one, ruled=True))
    return found + _numbers(node.grad_heat)


def _lines(node: Node) -> list[Row]:
    found = [Row("text", node.label, "name", "label")] if node.label else []
    style = "small" if node.kind == "op" else ""
    found += [Row("text", line, style, "data") for line in node.data.split("\n") if line]
    found += _numbers(node.heat, node.stats)
    if node.grad:
        found.append(Row("text", node.grad, "grad", "grad"))
    if node.kind == "module" and node.norm is not None:
        found.append(Row("bar", number(node.norm), height=LINE - 4, norm=node.norm))
    return found


def _numbers(heat: Heat | None, stats: str = "") -> list[Row]:
    if heat is not None:
        return [Row("heat", height=heats.size(heat)[1] + PAD / 2, heat=heat)]
    return [Row("text", stats, "small", height=LINE - 4)] if stats else []
