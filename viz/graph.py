"""graph: Values as records of text and numbers, see `records`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd import Value, topological
from autograd.messages import Failed

from .calls import modules
from .labels import place
from .nodes import given, of_failure, of_operation, of_value, printable
from .notices import notices
from .records import MARKS, Call, Edge, Graph, Heat, Node

__all__ = ["HIDDEN", "MARKS", "Call", "Edge", "Graph", "Heat", "Node", "build", "node_ids"]

HIDDEN = "h0"  # the id of the node that stands for the middle of a large graph


def node_ids(values: Value | Sequence[Value]) -> dict[Value, str]:
    """The id of every value that the given ones were made from."""
    return {value: f"v{position}" for position, value in enumerate(_all(values))}


@np.errstate(all="ignore")  # a picture of NaNs and infinities is no fault of its own
def build(
    values: Value | Sequence[Value] | BaseException,
    *,
    names: Mapping[str, Any] | None = None,
    window: int | None = None,
    heats: bool = False,
    slopes: bool = True,
    shared: bool = False,
) -> Graph:
    """The graph of one value or several, or of an operation that failed.

    Parameters
    ----------
    values : Value, sequence of Values, or an exception that an operation raised
    names : mapping of str to Value, optional
        What values are called that have no name of their own.
    window : int, optional
        Where no ``nn`` module is part of it, only so many values at the beginning and at the end
        are written out, and one hidden node stands for the rest. The pass that folds the middle
        gives the same with or without, and a million values take seconds.
    heats : bool
        Tell the numbers of small arrays, and large ones in a line.
    slopes : bool
        Write the local derivative, or the rule, along each edge.
    shared : bool
        An array that several operations are given is one node, and not one for each of them.

    Examples
    --------
    >>> a = Value(2.0)
    >>> graph = build(a + a, names={"a": a})
    >>> [(node.id, node.label) for node in graph.nodes]
    [('v0', 'a'), ('o1', '+'), ('v1', '')]
    >>> [(edge.source, edge.target, edge.slot) for edge in graph.edges]
    [('v0', 'o1', 0), ('v0', 'o1', 1), ('o1', 'v1', 0)]
    """
    failed = _failed(values) if isinstance(values, BaseException) else None
    if failed is None:
        order = _all(values)  # type: ignore[arg-type]
    else:
        order = _sorted([x for x in given(failed) if isinstance(x, Value)])
    made_in = [value.module for value in order]
    calls, records, parameters = modules([*made_in, failed.module if failed else None])
    known = _names(names or {})
    called = {x: printable(x.name or known.get(x) or parameters.get(x, "")) for x in order}
    noticed = notices(order, lambda value: called[value] or f"a value of shape {value.shape}")
    middle = range(0) if window is None or calls else range(window, len(order) - window)
    ids = {
        value: HIDDEN if position in middle else f"v{position}"
        for position, value in enumerate(order)
    }
    nodes: list[Node] = []
    edges: list[Edge] = []
    arrays: dict[int, str] | None = {} if shared else None
    for position, value in enumerate(order):
        module = calls[value.module] if value.module is not None else -1
        if position in middle:
            if position == middle[0]:
                hidden, into = _hidden(order, middle, ids)
                nodes.append(hidden)
                edges += into
            continue
        if value.op is not None:
            made, into = of_operation(value, position, module, ids, arrays, noticed, heats, slopes)
            nodes += made
            edges += into
        path = parameters.get(value, "")
        nodes.append(of_value(value, position, module, called[value], path, noticed, heats))
    sentences = noticed.sentences
    if failed is not None:
        made, into = of_failure(failed, values, len(order), calls, ids, arrays, heats)
        nodes += made
        edges += into
        sentences = [_why(failed), *sentences]
    return Graph(tuple(nodes), tuple(edges), tuple(records), tuple(map(printable, sentences)))


def _failed(error: BaseException) -> Failed:
    failed = getattr(error, "failed", None)
    if not isinstance(failed, Failed):
        raise TypeError(
            f"this {type(error).__name__} does not tell of an operation on Values that failed, so "
            "there is no graph to draw; draw the last Value before it"
        ) from error
    return failed


def _why(failed: Failed) -> str:
    where = f" at {place(failed.line)}" if failed.line else ""
    return f"{failed.name} failed{where}; it has no result."


def _hidden(order: list[Value], middle: range, ids: dict[Value, str]) -> tuple[Node, list[Edge]]:
    """One node for all values of the middle, and the edges that come into it."""
    holds = 0
    sources: dict[str, None] = {}
    for position in middle:
        value = order[position]
        holds += 1 + (value.op is not None)
        for x in value.inputs:
            if not isinstance(x, Value):
                holds += x is not None
            elif ids[x] != HIDDEN:
                sources[ids[x]] = None
    node = Node(HIDDEN, "hidden", position=middle[0], holds=holds)
    return node, [Edge(source, HIDDEN) for source in sources]


def _all(values: Value | Sequence[Value]) -> list[Value]:
    roots: list[Any] = list(values) if isinstance(values, (list, tuple)) else [values]
    for root in roots:
        if not isinstance(root, Value):
            raise TypeError(
                f"a picture is drawn of a Value or a list of Values, not of {type(root).__name__}; "
                f"autograd.Value(...) makes one"
            )
    if not roots:
        raise ValueError("a picture needs at least one Value")
    return _sorted(roots)


def _sorted(roots: list[Value]) -> list[Value]:
    if len(roots) == 1:
        return topological(roots[0])
    found = {value for root in roots for value in topological(root)}
    return sorted(found, key=lambda value: value.order)


def _names(names: Mapping[str, Any]) -> dict[Value, str]:
    called: dict[Value, str] = {}
    for name, value in names.items():
        if isinstance(value, Value):
            called.setdefault(value, str(name))
    return called
