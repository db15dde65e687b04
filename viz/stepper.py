"""stepper: the backward pass of a value, one contribution at a time, and what belongs beside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO, overload

import numpy as np

from autograd import Line, Value, replay, topological
from autograd.files import extension, write

from . import framed, images, page, slides, terminal
from .check import Check, checks
from .equations import equation
from .frames import Frame
from .graph import Graph, build, node_ids
from .layout import Layout
from .naming import named
from .paint import svg
from .places import before, placed
from .trace import slopes, trace
from .tracks import Track, tracks
from .variables import variables

MAX_VALUES = 200
FORMATS = (".html", ".txt", ".svg", ".png", ".pdf", ".gif", ".json")


@dataclass(frozen=True, repr=False)
class Stepper(Sequence[Frame]):
    """A backward pass to look at step by step: a sequence of `Frame`, and a player for them.

    Attributes
    ----------
    title : str
    tracks : tuple of Track
        All that it can play, the backward pass first.
    graph : Graph
        What the picture shows, before the first step.
    layout : Layout
        Where everything is, in every step of every track.
    svg : str
        The picture before the first step.
    lines : tuple of Line
        The expressions of the source that frames point at, each once; several may stand in one
        line of it.
    slopes : dict of str to float
        The local derivative along each edge between single numbers, by the edge's id.
    checks : tuple of Check
        The gradients against central differences.
    theme : str
    """

    title: str
    tracks: tuple[Track, ...]
    graph: Graph
    layout: Layout
    svg: str
    lines: tuple[Line, ...]
    slopes: dict[str, float]
    checks: tuple[Check, ...]
    theme: str
    _root: Value = field(compare=False)
    _settings: Mapping[str, Any] = field(compare=False)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Those of the backward pass."""
        return self.tracks[0].frames

    @property
    def html(self) -> str:
        """The player as one piece of HTML: no network, no kernel, no other file."""
        return page.fragment(self)

    def save(self, path: str | Path) -> None:
        """Write the steps; the extension says how.

        Parameters
        ----------
        path : str or Path
            ``.html`` is the player as a page, ``.txt`` the steps as text, ``.svg``, ``.png`` and
            ``.pdf`` all steps on one sheet, ``.gif`` an animation, ``.json`` what the player
            knows, for other programs.

        Raises
        ------
        ValueError
            For another extension.
        ImportError
            Where the format needs a package that is missing, with the command that installs it.
        OSError
            Where the file cannot be written; nothing is left behind then.
        """
        path = Path(path)
        forms: dict[str, Callable[[], bytes]] = {
            ".html": lambda: page.document(self.html, title=self.title).encode(),
            ".txt": lambda: f"{self}\n".encode(),
            ".svg": lambda: slides.contact_sheet(self).encode(),
            ".png": lambda: images.png(slides.contact_sheet(self)),
            ".pdf": lambda: images.pdf(slides.contact_sheet(self)),
            ".gif": lambda: slides.gif(self),
            ".json": lambda: json.dumps(page.data(self), ensure_ascii=False, indent=1).encode(),
        }
        write(path, forms[extension(path, FORMATS, "a stepper")]())

    def save_steps(
        self, folder: str | Path, format: str = "svg", track: str = "backward"
    ) -> list[Path]:
        """Write each step as a picture of its own, for slides: ``01.svg``, ``02.svg`` ...

        Parameters
        ----------
        folder : str or Path
            Made if it is missing.
        format : {"svg", "png"}
        track : str
            The name of one of ``tracks``.
        """
        return slides.save_steps(self, folder, format, track)

    def print(
        self, file: TextIO | None = None, colour: bool | None = None, track: str = "backward"
    ) -> None:
        """Print the steps as text, in colour where the terminal has it.

        Parameters
        ----------
        file : text file, optional
            Standard output by default.
        colour : bool, optional
            Whether to use colour; by default, where ``file`` is a terminal.
        track : str
            The name of one of ``tracks``.
        """
        terminal.print_steps(self, file, colour, track)

    def widget(self) -> Any:
        """The player as an anywidget: Python sees and moves its step, and sliders change leaves.

        Raises
        ------
        ImportError
            Where anywidget is missing, with the command that installs it.
        """
        from .widget import widget  # it needs a package that may be missing

        return widget(self)

    def with_values(self, values: Mapping[str, Any]) -> Stepper:
        """The same operations stepped through from other numbers; nothing changes its place.

        Parameters
        ----------
        values : mapping of str to number or array
            New data of leaves, by name. What is not named keeps its data.

        Raises
        ------
        ValueError
            For a name that no leaf has, or another shape.

        Examples
        --------
        >>> x = Value(3.0, name="x")
        >>> print(step(x * x).with_values({"x": 5.0})[-1].formula)
        x.grad = 10
        """
        ids = {id: value for value, id in node_ids(self._root).items()}
        labels = {node.label: ids[node.id] for node in self.graph.nodes if node.id in ids}
        leaves = {name: x for name, x in labels.items() if x.op is None}
        for name in values:
            if name not in leaves:
                raise ValueError(f"there is no leaf {name!r}; the leaves are {', '.join(leaves)}")
        with np.errstate(all="ignore"):  # what is not finite is told, not warned of
            moved = replay(self._root, {leaves[name]: number for name, number in values.items()})
        names = {label: moved[value] for label, value in labels.items()}
        layout = self.layout if self._settings.get("room") else None
        return _stepper(moved[self._root], names, {**self._settings, "room": True}, layout)

    def __len__(self) -> int:
        return len(self.frames)

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Frame, ...]: ...
    def __getitem__(self, index: int | slice) -> Frame | tuple[Frame, ...]:
        return self.frames[index]

    def __str__(self) -> str:
        return terminal.text(self)

    def __repr__(self) -> str:
        return f"<Stepper of {len(self)} steps: {self.title}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": str(self)}

    def _mime_(self) -> tuple[str, str]:
        """What marimo shows, where programs run in a frame only."""
        return "text/html", framed.framed(self.html, title=self.title)


def step(
    value: Value,
    *,
    seed: Any = None,
    names: Mapping[str, Any] | None = None,
    direction: str = "LR",
    theme: str = "auto",
    engine: str | None = None,
    max_values: int = MAX_VALUES,
) -> Stepper:
    """Step through the backward pass from ``value``; no Value is changed.

    Parameters
    ----------
    value : Value
        Where the pass starts: it holds one number, or ``seed`` is given.
    seed : number, or array of value's shape where that holds several, optional
        The gradient to start from; 1 by default, where value holds one number.
    names : mapping of str to Value, optional
        What values are called; by default their own name, or that of the caller's variable.
    direction : {"LR", "TB"}
        From left to right or from top to bottom.
    theme : {"auto", "light", "dark", "high-contrast", "print"}
        "auto" follows the notebook or page around it.
    engine : str, optional
        The Graphviz program that lays the picture out, see `draw`.
    max_values : int
        A graph of more values than this is refused: nobody steps through thousands.

    Returns
    -------
    Stepper
        Shows a player in a notebook, prints as numbered text, and is saved as a page.

    Raises
    ------
    ValueError, RuntimeError, TypeError
        As `autograd.Value.backward` does, and for a graph that is too large.

    Examples
    --------
    >>> x, y, z = Value(1.0), Value(3.0), Value(-3.0)
    >>> p = x + y
    >>> out = p * z
    >>> print(step(out))
    Backward through out = p × z
    1  out = p × z = 4 × -3 = -12
         The forward pass has computed every number, ...
    7  x.grad = -3,  y.grad = -3,  z.grad = 4
         Done: every gradient is complete. ...
    """
    if not isinstance(value, Value):
        raise TypeError(f"step takes one Value, such as a loss, not {type(value).__name__}")
    size = len(topological(value))
    if size > max_values:
        raise ValueError(
            f"this graph has {size:,} values, and a stepper shows at most {max_values}: step "
            f"through a smaller part, see all of it with draw(), or give max_values={size}"
        )
    names = variables(sys._getframe(1)) if names is None else names
    settings = {"seed": seed, "direction": direction, "theme": theme, "engine": engine}
    return _stepper(value, names, settings)


def _stepper(
    root: Value,
    names: Mapping[str, Any],
    settings: Mapping[str, Any],
    layout: Layout | None = None,
) -> Stepper:
    ids = node_ids(root)
    graph = named(build(root, names=names), ids[root])
    labels = {node.id: node.label for node in graph.nodes}
    told = trace(root, settings["seed"], {x: labels[id] for x, id in ids.items()})
    every = tracks(told)
    empty = before(graph, every)
    layout = layout or placed(empty, every, settings)
    return Stepper(
        title=f"Backward through {equation(root, told.names)}",
        tracks=every,
        graph=empty,
        layout=layout,
        svg=svg(empty, layout, settings["theme"]),
        lines=told.lines,
        slopes=slopes(told),
        checks=checks(told),
        theme=settings["theme"],
        _root=root,
        _settings=settings,
    )
