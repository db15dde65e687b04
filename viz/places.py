"""places: one layout for all steps of all tracks, with room for the longest text of each box."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import badges
from .bundles import bundled
from .layout import Layout, Point, layout
from .records import Edge, Graph, Node
from .theme import ADVANCE, DASH, SMALL
from .tracks import Track

TIMEOUT = 3.0  # seconds: who steps waits for more than a picture
GAP = 58.0  # pixels between layers: room for a number on its way
EARLIER = "The first gradient that is "  # how `notices` tells of what is not finite
ROOM = "-0.000123"  # as long as a number gets, except for tiny and huge ones


def before(graph: Graph, tracks: Sequence[Track]) -> Graph:
    """The graph before the first step: every gradient that is to come is a dash.

    What was to be noticed of gradients is that of an earlier pass, and no part of these steps.
    """
    coming = {id for track in tracks for frame in track.frames for id in frame.changes}
    nodes = (
        replace(
            node,
            grad=DASH if node.id in coming else node.grad,
            marks=tuple(mark for mark in node.marks if not mark.startswith("grad-")),
        )
        for node in graph.nodes
    )
    notices = (said for said in graph.notices if not said.startswith(EARLIER))
    return replace(graph, nodes=tuple(nodes), notices=tuple(notices))


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

    carried = badges.widest(tracks)
    roomy = replace(
        graph,
        nodes=tuple(map(widest, graph.nodes)),
        edges=tuple(_labelled(edge, carried.get(edge.id, "")) for edge in graph.edges),
    )
    found = layout(roomy, settings["engine"], TIMEOUT, direction=settings["direction"], gap=GAP)
    written = {edge.id for edge in bundled(graph).edges if edge.text}
    labels = {id: place for id, place in found.labels.items() if id in written}
    curves = {id: _straightened(curve) for id, curve in found.curves.items()}
    return replace(found, labels=labels, curves=curves)


def _straightened(curve: list[Point]) -> list[Point]:
    """With one piece for each level stretch: a layout in layers has one for each layer."""
    kept = curve[:1]
    for start in range(0, len(curve) - 1, 3):
        piece = curve[start + 1 : start + 4]
        if len(kept) > 3 and len({y for _, y in kept[-4:] + piece}) == 1:
            kept[-2:] = piece[1:]
        else:
            kept += piece
    return kept


def _labelled(edge: Edge, badge: str) -> Edge:
    """With a label as long as the number that goes along the edge, which stands beside it."""
    short = round(badges.room(badge) / (SMALL * ADVANCE)) - len(edge.text) if badge else 0
    return replace(edge, label=edge.label + "x" * short) if short > 0 else edge


def _longest(texts: Iterable[str]) -> str:
    return max(sorted(texts), key=len)
