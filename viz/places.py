"""places: one layout for all steps of all tracks, with room for the longest text of each box."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .graph import Graph, Node
from .layout import Layout, layout
from .theme import DASH
from .tracks import Track

GAP = 58.0  # pixels between layers: room for a number on its way
ROOM = "-0.000123"  # as long as a number gets, except for tiny and huge ones


def before(graph: Graph, tracks: Sequence[Track]) -> Graph:
    """The graph before the first step: every gradient that is to come is a dash."""
    coming = {id for track in tracks for frame in track.frames for id in frame.changes}
    nodes = (replace(node, grad=DASH) if node.id in coming else node for node in graph.nodes)
    return replace(graph, nodes=tuple(nodes))


def placed(graph: Graph, tracks: Sequence[Track], settings: Mapping[str, Any]) -> Layout:
    """Where everything goes; with ``room`` in the settings, other numbers fit there as well."""
    texts: dict[tuple[str, str], set[str]] = {}
    for track in tracks:
        for frame in track.frames:
            for field, changes in (("grad", frame.changes), ("data", frame.data)):
                for id, text in changes.items():
                    texts.setdefault((id, field), set()).add(text)

    def widest(node: Node) -> Node:
        if node.kind != "value":
            return node
        room = [ROOM] if settings.get("room") and not node.shape else []
        return replace(
            node,
            data=_longest([node.data, *room, *texts.get((node.id, "data"), ())]),
            grad=_longest([node.grad, *room, *texts.get((node.id, "grad"), ())]),
        )

    roomy = replace(graph, nodes=tuple(map(widest, graph.nodes)))
    return layout(roomy, settings["engine"], direction=settings["direction"], gap=GAP)


def _longest(texts: Iterable[str]) -> str:
    return max(sorted(texts), key=len)
