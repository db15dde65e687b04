"""marks: what the marks of a stepper mean, its picture's and those of its steps."""

from __future__ import annotations

from dataclasses import replace

from .badges import HIGH
from .legend import items
from .records import Graph
from .theme import DASH, SMALL, number

DOWN = 20.0  # pixels, the height of a mark


def marks(graph: Graph, theme: str) -> list[tuple[str, str]]:
    """Each mark as SVG, and its meaning."""
    # That a gradient has not come is told in the words of a stepper.
    nodes = (replace(node, grad="" if node.grad == DASH else node.grad) for node in graph.nodes)
    of_picture = items(replace(graph, nodes=tuple(nodes)))
    found = [(item.mark(1, DOWN / 2), item.room + 2, item.meaning) for item in of_picture]
    found += [
        (_box("pending"), 24, "dotted: not complete yet"),
        (_box("active"), 24, "thick: what this step is about"),
        (_BADGE, 36, "the number on its way, with an arrow to where it goes"),
        (_CROSS, 36, "a wrong number, of a pass that is broken on purpose"),
        (_word(DASH), 24, "not known yet"),
    ]
    return [
        (
            f'<svg class="chainrule-{theme}" width="{number(wide)}" height="{DOWN:g}" '
            f'aria-hidden="true">{drawn}</svg>',
            meaning,
        )
        for drawn, wide, meaning in found
    ]


def _box(state: str) -> str:
    return f'<g class="{state}"><rect class="box" x="2" y="4" width="20" height="12" rx="3"/></g>'


def _word(word: str) -> str:
    return f'<text class="small grad" x="2" y="{DOWN / 2 + SMALL * 0.35:.1f}">{word}</text>'


_BADGE = (
    '<g class="flow"><path d="M0 10L10 4.5L10 15.5Z"/>'
    f'<rect x="11" y="1" width="24" height="{HIGH - 2:g}" rx="4"/>'
    '<text x="23" y="14.5">3</text></g>'
)
_CROSS = (
    '<g class="wrong"><rect class="box" x="10" y="7" width="24" height="11" rx="3"/></g>'
    '<g class="cross" transform="translate(10 9)"><circle r="8"/>'
    '<path d="M-3 -3L3 3M3 -3L-3 3"/></g>'
)
