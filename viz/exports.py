"""exports: a graph in other programs' languages."""

from __future__ import annotations

import json as encoder
import math
from dataclasses import fields
from html import escape
from pathlib import Path
from typing import Any

import graphviz

from autograd import Line

from .records import Call, Edge, Graph, Heat, Node
from .rows import said
from .theme import FAMILY, TEXT


def digraph(graph: Graph, direction: str = "LR") -> graphviz.Digraph:
    """For the ``graphviz`` package, to be changed or rendered by Graphviz."""
    drawn = graphviz.Digraph("chainrule", graph_attr={"rankdir": direction})
    for node in graph.nodes:
        marks = [said(mark, node) for mark in node.marks]
        texts = [node.label, *node.data.split("\n"), node.stats, node.grad, *marks]
        if node.kind == "value":
            label = "|".join(_record(text) for text in texts if text)
            drawn.node(node.id, label=label, shape="record")
        else:
            shape = {"op": "ellipse", "module": "box"}.get(node.kind, "plaintext")
            text = graphviz.escape("\n".join(filter(None, texts)))
            drawn.node(node.id, label=text, shape=shape)
    for edge in graph.edges:
        drawn.edge(edge.source, edge.target, label=graphviz.escape(edge.text))
    return drawn


def json(graph: Graph) -> str:
    """The records as JSON: fields that have their default are left out, NaN and infinities are
    texts, a line has its file's name without folders."""
    return encoder.dumps(_plain(graph), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def page(svg: str, title: str, theme: str) -> str:
    """An HTML page with one picture."""
    scheme = {"auto": "light dark", "dark": "dark"}.get(theme, "light")
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="{scheme}">\n'
        f"<title>{escape(title)}</title>\n"
        f"<style>body{{font:{TEXT}px {FAMILY}}}th,td{{text-align:left;padding:2px 16px 2px 0}}"
        f"</style>\n</head>\n<body>\n{svg}\n</body>\n</html>\n"
    )


def _plain(x: Any) -> Any:
    if isinstance(x, Line):
        return {
            "file": Path(x.file).name,
            "number": x.number,
            "text": x.text,
            "expression": x.text[x.start : x.end],
        }
    if isinstance(x, (Graph, Node, Edge, Call, Heat)):
        pairs = [(field, getattr(x, field.name)) for field in fields(x)]
        return {f.name: _plain(held) for f, held in pairs if held != f.default}
    if isinstance(x, (tuple, list)):
        return [_plain(each) for each in x]
    if isinstance(x, complex) or (isinstance(x, float) and not math.isfinite(x)):
        return str(x)
    return x


def _record(text: str) -> str:
    """A text inside a record label, where braces and bars have a meaning."""
    return "".join(f"\\{c}" if c in "\\{}|<> " else c for c in text)
