"""picture: draw, and what it returns."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import graphviz

from autograd import Value

from .files import extension, write
from .graph import Graph, build
from .layout import Layout, layout
from .paint import describe, svg
from .passes import fit
from .theme import FONT, THEMES
from .variables import variables

FORMATS = (".svg", ".png", ".dot", ".html")


@dataclass(frozen=True, repr=False)
class Picture:
    """A drawn graph. A notebook shows it; ``save`` writes it; nothing in it changes any more.

    Attributes
    ----------
    graph : Graph
        What is shown, as records of text and numbers.
    layout : Layout
    theme : {"auto", "light", "dark"}
    """

    graph: Graph
    layout: Layout
    theme: str

    @property
    def svg(self) -> str:
        """The picture as SVG, self-contained."""
        return svg(self.graph, self.layout, self.theme)

    @property
    def png(self) -> bytes:
        """The picture as PNG, on a ground of its own, two pixels for one."""
        import fontpkg
        import resvg_py

        theme = "dark" if self.theme == "dark" else "light"
        image = resvg_py.svg_to_bytes(
            svg_string=svg(self.graph, self.layout, theme, ground=True),
            skip_system_fonts=True,
            font_files=[str(fontpkg.path("jetbrains-mono"))],
            monospace_family=FONT,
            zoom=2,
        )
        return bytes(image)

    @property
    def digraph(self) -> graphviz.Digraph:
        """The picture for the ``graphviz`` package, to be changed or rendered by Graphviz."""
        graph = graphviz.Digraph("chainrule", graph_attr={"rankdir": "LR"})
        for node in self.graph.nodes:
            texts = [node.label, *node.data.split("\n"), node.grad]
            if node.kind == "value":
                label = "|".join(_record(text) for text in texts if text)
                graph.node(node.id, label=label, shape="record")
            else:
                shape = {"op": "ellipse", "module": "box"}.get(node.kind, "plaintext")
                text = graphviz.escape("\n".join(filter(None, texts)))
                graph.node(node.id, label=text, shape=shape)
        for edge in self.graph.edges:
            graph.edge(edge.source, edge.target, label=graphviz.escape(edge.label))
        return graph

    @property
    def dot(self) -> str:
        """The picture in Graphviz's language."""
        return self.digraph.source

    @property
    def html(self) -> str:
        """A page with the picture in it."""
        title, _ = describe(self.graph)
        return (
            f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<meta name="color-scheme" content="{_scheme(self.theme)}">\n'
            f"<title>{title}</title>\n</head>\n<body>\n{self.svg}\n</body>\n</html>\n"
        )

    def save(self, path: str | Path) -> Path:
        """Write the picture; the extension says in which form.

        Parameters
        ----------
        path : str or Path
            Ending in .svg, .png, .dot or .html.

        Returns
        -------
        Path
            Where it is.

        Raises
        ------
        ValueError
            For another extension.
        OSError
            Where the file cannot be written; nothing is left behind then.
        """
        path = Path(path)
        content = getattr(self, extension(path, FORMATS, "a picture")[1:])
        write(path, content if isinstance(content, bytes) else content.encode())
        return path

    def __repr__(self) -> str:
        label, _ = describe(self.graph)
        return f"<Picture: {label}; laid out by {self.layout.engine}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": repr(self)}


def draw(
    values: Value | Sequence[Value],
    *,
    names: Mapping[str, Any] | None = None,
    depth: int | None = None,
    expand: Collection[str] = (),
    direction: str = "LR",
    theme: str = "auto",
    max_nodes: int = 40,
    engine: str | None = None,
) -> Picture:
    """Draw the graph that led to a value, with data and gradients as they are now.

    Parameters
    ----------
    values : Value or sequence of Values
    names : mapping of str to Value, optional
        What values are called that have no name; by default the caller's variables.
    depth : int, optional
        How many levels of ``nn`` modules are opened: 0 shows a model as one box, 1 its layers.
    expand : collection of str
        Dotted names of modules to open: ``["layers.0"]``.
    direction : {"LR", "TB"}
        Inputs on the left, or on top.
    theme : {"auto", "light", "dark"}
        "auto" follows the reader's system.
    max_nodes : int
        A larger graph is folded until it has no more nodes than this.
    engine : str, optional
        A Graphviz program to lay it out; see `viz.layout`.

    Returns
    -------
    Picture

    Examples
    --------
    >>> from autograd import Value
    >>> import viz
    >>> x, y, z = Value(1.0), Value(3.0), Value(-3.0)
    >>> out = (x + y) * z
    >>> out.backward()
    >>> viz.draw(out)
    <Picture: Computation graph: 5 values, 2 operations; laid out by ...>
    """
    if theme not in THEMES:
        raise ValueError(f"theme is one of {', '.join(THEMES)}, not {theme!r}")
    names = variables(sys._getframe(1)) if names is None else names
    graph = fit(build(values, names=names, window=max_nodes), depth, expand, max_nodes)
    return Picture(graph, layout(graph, engine, direction=direction), theme)


def _record(text: str) -> str:
    """A text inside a record label, where braces and bars have a meaning."""
    return "".join(f"\\{c}" if c in "\\{}|<> " else c for c in text)


def _scheme(theme: str) -> str:
    return "light dark" if theme == "auto" else theme
