"""paint: a graph and its layout as SVG.

Every node and edge carries its id (``data-node``, ``data-edge``) and every text its field
(``data-field``), so that a player can change them; nothing has an ``id``, so that any number of
pictures stand on one page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

from . import bars, heat
from .bundles import bundled, bundles
from .describe import describe
from .health import FINE, verdict
from .layout import Layout, Point
from .legend import Item, flow, items
from .records import Edge, Graph, Node
from .rows import BAR, Row, column, is_circle, rows, stands_for_many
from .styles import stylesheet
from .theme import ADVANCE, CAPTION, CORNER, LINE, PAD, SMALL, TEXT, width
from .wrap import wrap

MARGIN = 10.0
HEAD = 7.0
SHEET = 2.5  # how far one of a stack shows behind the next
READABLE = 470.0  # notices and legend get at least this much room


def svg(
    graph: Graph,
    layout: Layout,
    theme: str = "auto",
    *,
    ground: bool = False,
    states: Mapping[str, str] | None = None,
    legend: bool = False,
) -> str:
    """The picture.

    Parameters
    ----------
    graph : Graph
    layout : Layout
    theme : {"auto", "light", "dark", "high-contrast", "print"}
        "auto" follows the reader's system, and the page around the picture.
    ground : bool
        Paint the background, which otherwise is that of the page.
    states : mapping of node or edge id to str, optional
        Classes of one step: "active", "done", "pending", "wrong", several with spaces between.
    legend : bool
        Explain at the foot every mark that is used.
    """
    states = dict(states or {})
    for first, alike in bundles(graph).items():
        states[first] = next((states[edge.id] for edge in alike if states.get(edge.id)), "")
    graph = bundled(graph)
    explained = list(items(graph)) if legend else []
    told = READABLE if graph.notices or graph.remarks else 0.0
    least = max([told, *(item.width for item in explained)])
    engine = f"laid out by {layout.engine}"
    wide = max(layout.width, width(engine, SMALL), least) + 2 * MARGIN
    foot, high = _foot(graph, layout.height + 2 * MARGIN, wide, engine, explained)
    label, description = describe(graph)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chainrule-{theme}" role="img" '
        f'aria-label="{escape(label)}" width="{wide:.0f}" height="{high:.0f}" '
        f'viewBox="0 0 {wide:.0f} {high:.0f}">',
        f"<title>{_text(label)}</title><desc>{_text(description)}</desc>",
        f"<style>{stylesheet(theme)}</style>",
    ]
    if ground:
        parts.append(f'<rect class="ground" width="{wide:.0f}" height="{high:.0f}"/>')
    shift = (wide - layout.width) / 2
    parts.append(f'<g transform="translate({shift:.1f} {MARGIN})">')
    parts += [
        _edge(edge, layout, states.get(edge.id, ""))
        for edge in graph.edges
        if edge.id in layout.curves
    ]
    largest = _largest(graph)
    parts += [
        _node(node, layout, states.get(node.id, ""), largest)
        for node in graph.nodes
        if node.id in layout.places
    ]
    parts.append("</g>")
    return "\n".join([*parts, *foot, "</svg>"])


def _foot(
    graph: Graph, top: float, wide: float, engine: str, explained: list[Item]
) -> tuple[list[str], float]:
    """Notices, the legend, and what laid the picture out; the height of all."""
    parts = []
    y = top
    room = wide - 2 * MARGIN
    for notice in graph.notices:
        for i, line in enumerate(wrap(notice, int((room - 18) / (SMALL * ADVANCE)))):
            if not i:
                parts.append(_sign(MARGIN, y + LINE * 0.5))
            parts.append(_line(line, MARGIN + 18, y + LINE * 0.5 + SMALL * 0.35, "small mark"))
            y += LINE - 3
    for remark in graph.remarks:
        for line in wrap(remark, int(room / (SMALL * ADVANCE))):
            parts.append(_line(line, MARGIN, y + LINE * 0.5 + SMALL * 0.35, "small foot"))
            y += LINE - 3
    y += 4 if y > top else 0
    lines = flow(explained, room)
    if lines:
        parts.append('<g class="legend">')
        for row in lines:
            for x, item in row:
                middle = y + LINE / 2
                parts.append(item.mark(MARGIN + x, middle))
                after = MARGIN + x + item.room + 6
                parts.append(_line(item.meaning, after, middle + SMALL * 0.35, "small foot"))
            y += LINE
        parts.append("</g>")
    parts.append(_line(engine, wide - MARGIN, y + SMALL + 1, "small foot end"))
    return parts, y + SMALL + 6


def _largest(graph: Graph) -> float:
    """The largest norm of a module's gradient: the others are measured by it too."""
    return max(
        (n.norm for n in graph.nodes if n.kind == "module" and n.norm is not None), default=0
    )


# ---- nodes -------------------------------------------------------------------------------------


def _node(node: Node, layout: Layout, state: str, largest: float) -> str:
    (x, y), (w, h) = layout.places[node.id], layout.sizes[node.id]
    left, top = x - w / 2, y - h / 2
    if is_circle(node):
        baseline = y + TEXT * 0.35
        body = _box(left, top, w, h, h / 2) + _line(node.label, x, baseline, "name middle", "label")
    else:
        frame = _box(left, top, w, h)
        if stands_for_many(node):  # the sheets behind it
            frame = "".join(_box(left + d, top + d, w, h) for d in (2 * SHEET, SHEET)) + frame
        if node.kind == "module":  # a second frame tells it from a value without colours
            frame += _box(left + 2.5, top + 2.5, w - 5, h - 5, CORNER - 2)
        body = frame + _inside(node, left, top, w, h, largest)
    kinds = [node.kind, *state.split(), *(f"is-{mark}" for mark in node.marks)]
    if node.kind == "value" and node.leaf:
        kinds.append("leaf" if node.traced else "constantvalue")
    hover = f"{node.label}\n{node.detail}".strip()
    title = f"<title>{_text(hover)}</title>" if hover else ""
    return f'<g class="node {" ".join(kinds)}" data-node="{node.id}">{title}{body}</g>'


def _box(left: float, top: float, w: float, h: float, corner: float = CORNER) -> str:
    return (
        f'<rect class="box" x="{left:.1f}" y="{top:.1f}" width="{w:.1f}" height="{h:.1f}" '
        f'rx="{corner:.1f}"/>'
    )


def _inside(node: Node, left: float, top: float, w: float, h: float, largest: float) -> str:
    """The rows of a box, and the name of a value left of them."""
    parts, rules = [], ""
    start = left + column(node)
    if start > left:
        middle = (left + start) / 2
        parts.append(_line(node.label, middle, top + h / 2 + TEXT * 0.35, "name middle", "label"))
        rules = f"M{start:.1f} {top:.1f}V{top + h:.1f}"
    y = top if node.kind == "value" else top + PAD / 2
    for row in rows(node):
        if row.ruled:
            rules += f"M{start:.1f} {y:.1f}H{left + w:.1f}"
        parts.append(_row(row, start + PAD, y, largest))
        y += row.height
    if rules:
        parts.append(f'<path class="rule" d="{rules}"/>')
    return "".join(parts)


def _row(row: Row, x: float, top: float, largest: float) -> str:
    middle = top + row.height / 2
    if row.kind == "heat":
        assert row.heat is not None
        return f'<g class="heat">{"".join(heat.cells(row.heat, x, top))}</g>'
    if row.kind == "bar":
        assert row.norm is not None
        word = verdict(row.norm, largest)
        after = x + BAR + PAD / 2
        said = (
            "" if word == FINE else _line(word, after, middle + SMALL * 0.35, "small mark", "word")
        )
        return bars.bar(row.norm, x, middle, BAR) + said
    if row.kind == "mark":
        return _sign(x, middle) + _line(row.text, x + 16, middle + SMALL * 0.35, row.style)
    size = SMALL if "small" in row.style else TEXT
    baseline = middle + size * 0.35
    if not row.caption:
        return _line(row.text, x, baseline, row.style, row.field)
    caption = _line(row.caption, x, middle + TEXT * 0.35, "small caption")
    return caption + _line(row.text, x + CAPTION, baseline, row.style, row.field)


def _sign(x: float, y: float) -> str:
    """A triangle with an exclamation mark; drawn, because many fonts lack it."""
    return (
        f'<path class="sign warning" d="M{x + 6:.1f} {y - 5.5:.1f}l6 11h-12z'
        f'M{x + 6:.1f} {y - 1.5:.1f}v3M{x + 6:.1f} {y + 3:.1f}v1"/>'
    )


# ---- edges -------------------------------------------------------------------------------------


def _edge(edge: Edge, layout: Layout, state: str) -> str:
    points = layout.curves[edge.id]
    tip, behind = points[-1], next((p for p in reversed(points) if p != points[-1]), points[0])
    dx, dy = tip[0] - behind[0], tip[1] - behind[1]
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    base = (tip[0] - HEAD * ux, tip[1] - HEAD * uy)
    wing = HEAD * 0.45
    corners = [
        tip,
        (base[0] - wing * uy, base[1] + wing * ux),
        (base[0] + wing * uy, base[1] - wing * ux),
    ]
    curve = f"M{_at(points[0])}" + "".join(
        f"C{_at(a)} {_at(b)} {_at(c)}"
        for a, b, c in zip(points[1::3], points[2::3], points[3::3], strict=False)
    )
    head = f'<polygon class="head" points="{" ".join(_at(c).replace(" ", ",") for c in corners)}"/>'
    title = f"<title>{_text(edge.detail)}</title>" if edge.detail else ""
    kinds = " ".join(["edge", *state.split()])
    return (
        f'<g class="{kinds}" data-edge="{edge.id}">{title}<path d="{curve}"/>{head}'
        f"{_label(edge, layout)}</g>"
    )


def _label(edge: Edge, layout: Layout) -> str:
    """Which operand it is, and after that the derivative, which a player may change."""
    if edge.id not in layout.labels:
        return ""
    x, y = layout.labels[edge.id]
    baseline = y + SMALL * 0.35
    if not edge.order:
        return _line(edge.label, x, baseline, "small middle", "label")
    left = x - width(edge.text, SMALL) / 2
    if not edge.label:
        return _line(edge.order, left, baseline, "small order")
    order = _line(f"{edge.order}:", left, baseline, "small order")
    after = left + width(f"{edge.order}: ", SMALL)
    return order + _line(edge.label, after, baseline, "small", "label")


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _line(text: str, x: float, y: float, style: str, field: str = "") -> str:
    named = f' data-field="{field}"' if field else ""
    kind = f' class="{style}"' if style else ""
    return f'<text{kind}{named} x="{x:.1f}" y="{y:.1f}">{_text(text)}</text>'


def _text(text: str) -> str:
    return escape(text, quote=False)
