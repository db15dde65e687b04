"""picture: draw, and what it returns."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import graphviz

from autograd import Value
from autograd.files import extension, write

from . import exports, images
from .describe import html, label
from .graph import build
from .layout import Layout, layout
from .paint import svg
from .passes import fit
from .records import Call, Graph
from .theme import check
from .variables import variables

FORMATS = (".svg", ".png", ".pdf", ".dot", ".html", ".json")


@dataclass(frozen=True, repr=False)
class Picture:
    """A drawn graph. A notebook shows it; ``save`` writes it; nothing in it changes any more.

    Attributes
    ----------
    graph : Graph
        What is shown, as records of text and numbers.
    layout : Layout
    theme : {"auto", "light", "dark", "high-contrast", "print"}
    legend : bool
        Whether the marks are explained at the foot.
    """

    graph: Graph
    layout: Layout
    theme: str
    legend: bool = True

    @property
    def svg(self) -> str:
        """The picture as SVG, self-contained."""
        return self._painted(self.theme)

    @property
    def png(self) -> bytes:
        """The picture as PNG, two pixels for one; "auto" is light there."""
        return images.png(self._painted(self._fixed))

    @property
    def pdf(self) -> bytes:
        """The picture as PDF, with lines and text as such; "auto" is light there.

        Raises
        ------
        ImportError
            Where the package is missing that makes it, with the command that installs it.
        """
        return images.pdf(self._painted(self._fixed))

    @property
    def digraph(self) -> graphviz.Digraph:
        """The picture for the ``graphviz`` package, to be changed or rendered by Graphviz."""
        return exports.digraph(self.graph, self.layout.direction)

    @property
    def dot(self) -> str:
        """The picture in Graphviz's language."""
        return self.digraph.source

    @property
    def json(self) -> str:
        """The records of the graph, see `viz.records`: the same graph gives the same text."""
        return exports.json(self.graph)

    @property
    def html(self) -> str:
        """A page with the picture in it, and its table for those who read it as text."""
        return exports.page(f"{self.svg}\n{html(self.graph)}", label(self.graph), self.theme)

    def save(self, path: str | Path) -> Path:
        """Write the picture; the extension says in which form.

        Parameters
        ----------
        path : str or Path
            Ending in .svg, .png, .pdf, .dot, .html or .json.

        Returns
        -------
        Path
            Where it is.

        Raises
        ------
        ValueError
            For another extension.
        ImportError
            For a form that needs a package which is not installed.
        OSError
            Where the file cannot be written; nothing is left behind then.
        """
        path = Path(path)
        content = getattr(self, extension(path, FORMATS, "a picture")[1:])
        write(path, content if isinstance(content, bytes) else content.encode())
        return path

    def __repr__(self) -> str:
        return f"<Picture: {label(self.graph)}; laid out by {self.layout.engine}>"

    def _mime_(self) -> tuple[str, str]:
        """What marimo shows."""
        return "text/html", self.svg

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """As HTML first: inside the page, the picture follows the notebook's own theme."""
        drawn = self.svg
        return {
            "text/html": f'<div style="overflow-x:auto">{drawn}</div>',
            "image/svg+xml": drawn,
            "text/plain": repr(self),
        }

    def _painted(self, theme: str) -> str:
        return svg(self.graph, self.layout, theme, ground=True, legend=self.legend)

    @property
    def _fixed(self) -> str:
        return "light" if self.theme == "auto" else self.theme


def draw(
    values: Value | Sequence[Value] | BaseException,
    *,
    names: Mapping[str, Any] | None = None,
    depth: int | None = None,
    expand: str | Collection[str] = (),
    fold: Callable[[Call], bool] | None = None,
    direction: str | None = None,
    theme: str = "auto",
    max_nodes: int = 40,
    engine: str | None = None,
    derivatives: bool = True,
    legend: bool = True,
) -> Picture:
    """Draw the graph that led to a value, with data and gradients as they are now.

    Parameters
    ----------
    values : Value, sequence of Values, or an exception
        Of an operation that raised, all that led to it is drawn, and its message.
    names : mapping of str to Value, optional
        What values are called that have no name; by default the caller's variables.
    depth : int, optional
        How many levels of ``nn`` modules are opened: 0 shows a model as one box, 1 its layers.
    expand : str or collection of str
        Dotted names of modules to open: ``"layers.0"``.
    fold : callable, optional
        ``fold(call)`` says for each module call (its ``path`` and ``kind``) whether it is one box.
    direction : {"LR", "TB"}, optional
        Inputs on the left, or on top; by default on the left, but for pictures that would be wider
        than two screens.
    theme : {"auto", "light", "dark", "high-contrast", "print"}
        "auto" follows the reader's system, and the notebook or page around the picture.
    max_nodes : int
        A larger graph is folded until it has no more nodes than this.
    engine : str, optional
        A Graphviz program to lay it out, or "plain" for chainrule's own layers; by default the
        first Graphviz that is found.
    derivatives : bool
        Write along each arrow the local derivative, or, for arrays, the gradient rule.
    legend : bool
        Explain at the foot the marks that are used.

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
    check(theme)
    names = variables(sys._getframe(1)) if names is None else names
    graph = build(
        values, names=names, window=max(max_nodes, 500), heats=True, slopes=derivatives, shared=True
    )
    graph = fit(graph, depth, expand, max_nodes, fold)
    return Picture(graph, layout(graph, engine, direction=direction), theme, legend)
