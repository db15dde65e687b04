"""describe: what a reader who cannot see the picture is told."""

from __future__ import annotations

from collections import defaultdict

from .records import Graph, Heat, Node
from .rows import said
from .theme import number


def describe(graph: Graph) -> tuple[str, str]:
    """A line, and all that the picture says: a sentence for every node, tables of numbers."""
    values = sum(node.kind == "value" for node in graph.nodes)
    operations = sum(node.kind in ("op", "module") for node in graph.nodes)
    label = f"Computation graph: {values} values, {operations} operations"
    into: dict[str, list[str]] = defaultdict(list)
    names = {n.id: n.label or n.data.replace("\n", ", ") for n in graph.nodes}
    for edge in graph.edges:
        into[edge.target].append(f"{edge.order} {names[edge.source]}".strip())
    lines = [*graph.notices, *graph.remarks]
    lines += [_sentence(node, into.get(node.id, [])) for node in graph.nodes]
    return label, " ".join(filter(None, lines))


def _sentence(node: Node, sources: list[str]) -> str:
    marks = "".join(f"; {said(mark, node)}" for mark in node.marks)
    if node.kind == "value":
        made = f" (from {sources[0]})" if sources else ""
        data = _all(node.data, node.heat, node.stats)
        return (
            f"{node.label or 'value'}{made}: data {data}, "
            f"gradient {_all(node.grad, node.grad_heat)}{marks}."
        )
    if node.kind == "constant":
        return f"constant: {_all(node.data, node.heat, node.stats)}{marks}." if node.heat else ""
    told = node.label + (f" of {', '.join(sources)}" if sources else "")
    if node.kind != "op":
        told += f": {', '.join(filter(None, [*node.data.split(chr(10)), node.grad]))}"
    if node.dead:
        marks = f"; {node.dead:.0%} of its units are dead{marks}"
    return f"{told}{marks}." if sources or marks or node.kind != "op" else ""


def _all(text: str, heat: Heat | None, stats: str = "") -> str:
    """With the numbers of a small array, row by row."""
    if heat is None:
        return f"{text}, {stats}" if stats else text
    table = "; ".join(" ".join(map(number, row)) for row in heat.rows)
    return f"{text} [{table}]"
