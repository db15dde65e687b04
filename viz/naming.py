"""naming: sentences need one name for every value, and no name for two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from .graph import Graph


def named(graph: Graph, root: str) -> Graph:
    """A graph in which every value has a label of its own.

    Without a name, the root is out and what is inside t1, t2 and on; where several have one name,
    they are told apart as w_1, w_2, so that w alone does not mean the first of them.
    """
    shared = Counter(node.label for node in graph.nodes if node.kind == "value")
    taken = {node.label for node in graph.nodes if node.kind == "value"}
    free = _free("t", taken, 1)
    nodes = []
    for node in graph.nodes:
        if node.kind == "value":
            own = node.label
            if not own:
                own = "out" if node.id == root and "out" not in taken else next(free)
            elif shared[own] > 1:
                own = next(_free(f"{own}_", taken, 1))
                taken.add(own)
            node = replace(node, label=own)
        nodes.append(node)
    return replace(graph, nodes=tuple(nodes))


def _free(stem: str, taken: set[str], start: int) -> Iterator[str]:
    return (name for name in (f"{stem}{i}" for i in count(start)) if name not in taken)
