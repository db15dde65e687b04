"""paint: a graph and its layout as SVG.

Every node and edge carries its id (``data-node``, ``data-edge``) and every text its field
(``data-field``), so that a player can change them; nothing has an ``id``, so that any number of
pictures stand on one page.
"""

from __future__ import annotations

import math
from html import escape

from .graph import Edge, Graph, Node
from .layout import Layout, Point
from .theme import CAPTION, CORNER, LINE, PAD, SMALL, TEXT, stylesheet, width

MARGIN = 10.0
HEAD = 7.0


def svg(graph: Graph, layout: Layout, theme: str = "auto", *, ground: bool = False) -> str:
    """The picture.

    Parameters
    ----------
    graph : Graph
    layout : Layout
    theme : {"auto", "light", "dark"}
        "auto" follows the reader's system.
    ground : bool
        Paint the background, which otherwise is that of the page.
    """
    foot = f"laid out by {layout.engine}"
    wide = max(layout.width, width(foot, SMALL)) + 2 * MARGIN
    high = layout.height + 2 * MARGIN + SMALL + 6
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
    parts += [_edge(edge, layout) for edge in graph.edges if edge.id in layout.curves]
    parts += [_node(node, layout) for node in graph.nodes if node.id in layout.places]
    parts.append("</g>")
    parts.append(_line(foot, wide - MARGIN, high - 5, "small foot end"))
    parts.append("</svg>")
    return "\n".join(parts)


def describe(graph: Graph) -> tuple[str, str]:
    """What a reader who cannot see the picture is told: a line, and all that it says."""
    values = [node for node in graph.nodes if node.kind == "value"]
    operations = sum(node.kind in ("op", "module") for node in graph.nodes)
    label = f"Computation graph: {len(values)} values, {operations} operations"
    into: dict[str, list[str]] = {}
    names = {n.id: n.label or n.data.replace("\n", ", ") for n in graph.nodes}
    for edge in graph.edges:
        into.setdefault(edge.target, []).append(names[edge.source])
    lines = []
    for node in graph.nodes:
        if node.kind == "value":
            made = f" (from {into[node.id][0]})" if node.id in into else ""
            lines.append(f"{node.label or 'value'}{made}: data {node.data}, gradient {node.grad}.")
        elif node.id in into:
            lines.append(f"{node.label} of {', '.join(into[node.id])}.")
    return label, " ".join(lines)


def _node(node: Node, layout: Layout) -> str:
    (x, y), (w, h) = layout.places[node.id], layout.sizes[node.id]
    left, top = x - w / 2, y - h / 2
    body = {
        "op": _operation,
        "constant": _constant,
        "module": _lines,
        "hidden": _lines,
        "value": _value,
    }[node.kind](node, left, top, w, h)
    kinds = [node.kind]
    if node.kind == "value" and node.leaf:
        kinds.append("leaf" if node.traced else "constantvalue")
    title = f"<title>{_text(_hover(node))}</title>"
    return f'<g class="node {" ".join(kinds)}" data-node="{node.id}">{title}{body}</g>'


def _hover(node: Node) -> str:
    return f"{node.label}\n{node.detail}".strip()


def _box(left: float, top: float, w: float, h: float, corner: float = CORNER) -> str:
    return (
        f'<rect class="box" x="{left:.1f}" y="{top:.1f}" width="{w:.1f}" height="{h:.1f}" '
        f'rx="{corner:.1f}"/>'
    )


def _operation(node: Node, left: float, top: float, w: float, h: float) -> str:
    middle = _line(node.label, left + w / 2, top + h / 2 + TEXT * 0.35, "name middle", "label")
    return _box(left, top, w, h, h / 2) + middle


def _constant(node: Node, left: float, top: float, w: float, h: float) -> str:
    return _box(left, top, w, h) + _line(
        node.data, left + w / 2, top + h / 2 + TEXT * 0.35, "middle", "data"
    )


def _lines(node: Node, left: float, top: float, w: float, h: float) -> str:
    parts = [_box(left, top, w, h)]
    texts = [(node.label, "name", "label")]
    texts += [(line, "", "data") for line in node.data.split("\n")]
    if node.grad:
        texts.append((node.grad, "grad", "grad"))
    for i, (text, style, field) in enumerate(texts):
        baseline = top + PAD / 2 + LINE * (i + 0.72)
        parts.append(_line(text, left + PAD, baseline, style, field))
    return "".join(parts)


def _value(node: Node, left: float, top: float, w: float, h: float) -> str:
    """label | data over gradient."""
    parts = [_box(left, top, w, h)]
    column = width(node.label) + 2 * PAD if node.label else 0.0
    if node.label:
        middle = top + h / 2 + TEXT * 0.35
        parts.append(_line(node.label, left + column / 2, middle, "name middle", "label"))
        parts.append(
            f'<path class="rule" d="M{left + column:.1f} {top:.1f}V{top + h:.1f}'
            f'M{left + column:.1f} {top + h / 2:.1f}H{left + w:.1f}"/>'
        )
    else:
        parts.append(f'<path class="rule" d="M{left:.1f} {top + h / 2:.1f}H{left + w:.1f}"/>')
    for caption, text, style, y in (
        ("data", node.data, "", top + h / 4),
        ("grad", node.grad, "grad", top + 3 * h / 4),
    ):
        baseline = y + TEXT * 0.35
        parts.append(_line(caption, left + column + PAD, baseline, "small caption"))
        parts.append(_line(text, left + column + PAD + CAPTION, baseline, style, caption))
    return "".join(parts)


def _edge(edge: Edge, layout: Layout) -> str:
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
    label = ""
    if edge.label and edge.id in layout.labels:
        x, y = layout.labels[edge.id]
        label = _line(edge.label, x, y + SMALL * 0.35, "small middle", "label")
    head = f'<polygon class="head" points="{" ".join(_at(c).replace(" ", ",") for c in corners)}"/>'
    return f'<g class="edge" data-edge="{edge.id}"><path d="{curve}"/>{head}{label}</g>'


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _line(text: str, x: float, y: float, style: str, field: str = "") -> str:
    named = f' data-field="{field}"' if field else ""
    kind = f' class="{style}"' if style else ""
    return f'<text{kind}{named} x="{x:.1f}" y="{y:.1f}">{_text(text)}</text>'


def _text(text: str) -> str:
    return escape(text, quote=False)
