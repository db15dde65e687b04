"""Time and memory for each node, as graphs grow: a straight line has the same in every row.

A node's memory is what it adds to the graph of the row above, so that what an engine takes once,
however small the graph, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from . import work as works
from .measure import Outcome, measure
from .peers import PEERS
from .table import duration

GRAPHS = {"chain": "w9_chain", "wide": "wide"}
NODES = (1_000, 10_000, 100_000, 1_000_000)


def growth(
    peers: Sequence[str],
    *,
    threads: int,
    rounds: int,
    tell: Callable[[str], None] = lambda line: None,
) -> str:
    """A Markdown table: a row for each size of each graph, time and memory for each peer."""
    lines = [
        f"| graph | nodes | {' | '.join(f'{PEERS[peer].label}, per node' for peer in peers)} |",
        f"| --- | ---: |{' ---: |' * len(peers)}",
    ]
    for graph, name in GRAPHS.items():
        work, rows = works.load(name), []
        chosen = [peer for peer in peers if hasattr(work, peer)]
        for nodes in NODES:
            tell(f"{graph} of {nodes:,} nodes")
            size = {"operations": nodes}
            found = measure(name, chosen, threads=threads, rounds=rounds, size=size)
            rows.append((nodes, {outcome.peer: outcome for outcome in found}))
        for before, (nodes, found) in zip([None, *rows], rows, strict=False):
            cells = [per_node(peer, (nodes, found), before) for peer in peers]
            lines.append(f"| {graph} | {nodes:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


Row = tuple[int, dict[str, Outcome]]


def per_node(peer: str, row: Row, before: Row | None) -> str:
    """The time of a node, and the bytes that each one more than in the row before took."""
    nodes, found = row
    if peer not in found:
        return "–"
    if found[peer].problem:
        return found[peer].problem.split(":")[0]
    time = duration(found[peer].time / nodes)
    if before is None:
        return time
    fewer, smaller = before
    added = (found[peer].memory - smaller[peer].memory) * 2**20 / (nodes - fewer)
    return f"{time}, {added:,.0f} bytes"
