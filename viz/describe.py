"""describe: what a reader who cannot see the picture is told, a table of all that is in it."""

from __future__ import annotations

from collections import defaultdict
from html import escape

from .bundles import bundled, stands_for
from .records import Graph, Heat, Node
from .rows import said
from .theme import number

HEADING = ("name", "made from", "shape", "data", "gradient", "to be noticed")
NOTHING = "-"


def describe(graph: Graph) -> tuple[str, str]:
    """A line, and all that the picture says: its notices, and a table with a row on each line."""
    told = [*graph.notices, *graph.remarks]
    lines = [" | ".join(cell or NOTHING for cell in row) for row in (HEADING, *table(graph))]
    return label(graph), "\n".join([*told, *lines])


def label(graph: Graph) -> str:
    """What the picture is of, in a line."""
    values = sum(node.kind == "value" for node in graph.nodes)
    operations = sum(node.kind in ("op", "module") for node in graph.nodes)
    return f"Computation graph: {_count(values, 'value')}, {_count(operations, 'operation')}"


def html(graph: Graph) -> str:
    """The table for a page, behind a line that opens it."""
    head, *body = (
        "".join(f"<{kind}>{escape(cell)}</{kind}>" for cell in row)
        for kind, row in [("th", HEADING), *(("td", row) for row in table(graph))]
    )
    rows = "\n".join(f"<tr>{row}</tr>" for row in body)
    return (
        f"<details><summary>The picture as a table</summary>\n<table>\n<thead><tr>{head}</tr>"
        f"</thead>\n<tbody>\n{rows}\n</tbody>\n</table></details>"
    )


def table(graph: Graph) -> list[tuple[str, ...]]:
    """A row for each node, with the columns of `HEADING`.

    An operation stands in its result's row, and has one of its own only where there is something
    to say of it, or where it has no result; a constant has one where it is an array.
    """
    into: dict[str, list[str]] = defaultdict(list)
    names = {node.id: _name(node) for node in graph.nodes}
    for edge in bundled(graph).edges:
        many = f" ({edge.label})" if stands_for(edge) else ""
        into[edge.target].append(f"{edge.order} {names[edge.source]}{many}".strip())
    by_id = {node.id: node for node in graph.nodes}
    maker = {e.target: by_id[e.source] for e in graph.edges if by_id[e.target].kind == "value"}
    written = {node.id for node in maker.values()}
    rows: list[tuple[str, ...]] = []
    for node in graph.nodes:
        if node.kind == "constant" and not node.shape:
            continue
        marks = [said(mark, node) for mark in node.marks]
        if node.dead:
            marks.append(f"{node.dead:.0%} of its units are dead")
        if node.kind == "op" and node.id in written and not marks:
            continue
        made = _of(maker[node.id], into) if node.id in maker else ", ".join(into[node.id])
        shape = str(node.shape) if node.shape else ""
        data = _all(node.data.replace("\n", ", "), node.heat, node.stats)
        grad = _all(node.grad, node.grad_heat)
        rows.append((names[node.id], made, shape, data, grad, "; ".join(marks)))
    return rows


def _name(node: Node) -> str:
    if node.kind == "constant":
        return "constant array" if node.shape else node.data
    return node.label or f"value {node.position}"


def _of(maker: Node, into: dict[str, list[str]]) -> str:
    """The operation or box that made a value, with what went into it."""
    operands = ", ".join(into[maker.id]) if maker.kind == "op" else ""
    name = maker.label or "operation"
    return f"{name} of {operands}" if operands else name


def _all(text: str, heat: Heat | None, stats: str = "") -> str:
    """With the numbers of a small array, row by row."""
    if heat is None:
        return f"{text}, {stats}" if stats else text
    cells = "; ".join(" ".join(map(number, row)) for row in heat.rows)
    return f"{text} [{cells}]"


def _count(many: int, what: str) -> str:
    return f"{many} {what}{'s' * (many != 1)}"
