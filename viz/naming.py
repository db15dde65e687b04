"""naming: sentences need one name for every value, and no name for two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from .graph import Graph


def named(graph: Graph, root: str) -> Graph:
    """A graph in which every value has a label of its own.

    Without a name, the root is out and what is inside t1, t2 and on; where several have one name,
    the later ones are told apart as w_2, w_3.
    """
    taken = {node.label for node in graph.nodes if node.kind == "value"}
    free = _free("t", taken, 1)
    given: set[str] = set()
    nodes = []
    for node in graph.nodes:
        if node.kind == "value":
            own = node.label
            if not own:
                own = "out" if node.id == root and "out" not in taken else next(free)
            elif own in given:
                own = next(_free(f"{own}_", taken, 2))
                taken.add(own)
            given.add(own)
            node = replace(node, label=own)
        nodes.append(node)
    return replace(graph, nodes=tuple(nodes))


def _free(stem: str, taken: set[str], start: int) -> Iterator[str]:
    return (name for name in (f"{stem}{i}" for i in count(start)) if name not in taken)
