"""bundles: one arrow for the many that lead from one node to another.

A graph keeps one edge for each operand slot; only its drawing has fewer arrows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from .records import Edge, Graph

MANY = 8  # arrows side by side that an eye still counts
WORD = " operands"


def bundles(graph: Graph) -> dict[str, list[Edge]]:
    """The edges of each arrow, by the id of the first: all of more than `MANY` between two nodes.

    >>> edges = tuple(Edge("v0", "o1", slot) for slot in range(9))
    >>> [len(edges) for edges in bundles(Graph((), edges)).values()]
    [9]
    """
    between: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        between[edge.source, edge.target].append(edge)
    found: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        alike = between[edge.source, edge.target]
        if len(alike) <= MANY:
            found[edge.id] = [edge]
        else:
            found.setdefault(alike[0].id, alike)
    return found


def bundled(graph: Graph) -> Graph:
    """The graph as it is drawn: an arrow of many edges says how many operands it stands for."""
    arrows = tuple(
        alike[0]
        if len(alike) == 1
        else replace(alike[0], label=f"{len(alike)}{WORD}", order="", detail=_details(alike))
        for alike in bundles(graph).values()
    )
    return replace(graph, edges=arrows)


def stands_for(edge: Edge) -> bool:
    """Whether an arrow stands for many edges."""
    return edge.label.endswith(WORD)


def _details(alike: list[Edge]) -> str:
    return "\n".join(dict.fromkeys(edge.detail for edge in alike if edge.detail))
