"""stepper: the backward pass of a value, one contribution at a time."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, overload

from autograd import Value, topological

from . import page, sentences
from .files import extension, write
from .frames import Frame, frames
from .graph import Graph, build, node_ids
from .layout import layout
from .paint import svg
from .variables import variables

MAX_VALUES = 200
GAP = 58.0  # pixels between layers: room for a gradient on its way
DASH = "—"  # a gradient that has not arrived
FORMATS = (".html", ".txt")


@dataclass(frozen=True, repr=False)
class Stepper(Sequence[Frame]):
    """A backward pass to look at step by step: a sequence of `Frame`, and a player for them.

    Attributes
    ----------
    frames : tuple of Frame
    title : str
    svg : str
        The picture before the first step.
    theme : str
    """

    frames: tuple[Frame, ...]
    title: str
    svg: str
    theme: str

    @property
    def html(self) -> str:
        """The player as one piece of HTML: no network, no kernel, no other file."""
        return page.fragment(self.frames, self.svg, title=self.title, theme=self.theme)

    def save(self, path: str | Path) -> None:
        """Write the player as a page (``.html``) or the steps as text (``.txt``).

        Raises
        ------
        ValueError
            For another extension.
        OSError
            Where the file cannot be written; nothing is left behind then.
        """
        path = Path(path)
        if extension(path, FORMATS, "a stepper") == ".txt":
            text = f"{self}\n"
        else:
            text = page.document(self.html, title=self.title)
        write(path, text.encode())

    def __len__(self) -> int:
        return len(self.frames)

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Frame, ...]: ...
    def __getitem__(self, index: int | slice) -> Frame | tuple[Frame, ...]:
        return self.frames[index]

    def __str__(self) -> str:
        digits = len(str(len(self)))
        lines = [self.title]
        for frame in self:
            lines.append(f"{frame.index + 1:>{digits}}  {frame.formula}")
            for text in filter(None, (frame.sentence, frame.detail)):
                lines += textwrap.wrap(
                    text,
                    100,
                    initial_indent=" " * (digits + 4),
                    subsequent_indent=" " * (digits + 4),
                )
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Stepper of {len(self)} steps: {self.title}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": str(self)}


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
    seed : number or array of value's shape, optional
        The gradient to start from; 1 by default.
    names : mapping of str to Value, optional
        What values are called; by default their own name, or that of the caller's variable.
    direction : {"LR", "TB"}
        From left to right or from top to bottom.
    theme : {"auto", "light", "dark"}
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
    ValueError, RuntimeError
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
    ids = node_ids(value)
    names = variables(sys._getframe(1)) if names is None else names
    graph = _named(build(value, names=names), ids[value])
    labels = {node.id: node.label for node in graph.nodes}
    called = {x: labels[name] for x, name in ids.items()}
    shots = frames(value, seed, names=called)
    before = {id: DASH for frame in shots for id in frame.changes}
    widest = dict(before)
    for frame in shots:
        widest.update((id, max(text, widest[id], key=len)) for id, text in frame.changes.items())
    drawn = svg(
        _with_gradients(graph, before),
        layout(_with_gradients(graph, widest), engine=engine, direction=direction, gap=GAP),
        theme,
    )
    title = f"Backward through {sentences.equation(value, called)}"
    return Stepper(tuple(shots), title, drawn, theme)


def _named(graph: Graph, root: str) -> Graph:
    """A name for every value, because sentences need one: out for the root, t1, t2 ... inside."""
    taken = {node.label for node in graph.nodes}
    free = (name for name in (f"t{i}" for i in count(1)) if name not in taken)
    nodes = []
    for node in graph.nodes:
        if node.kind == "value" and not node.label:
            own = "out" if node.id == root and "out" not in taken else next(free)
            node = replace(node, label=own)
        nodes.append(node)
    return replace(graph, nodes=tuple(nodes))


def _with_gradients(graph: Graph, texts: Mapping[str, str]) -> Graph:
    nodes = tuple(replace(node, grad=texts.get(node.id, node.grad)) for node in graph.nodes)
    return replace(graph, nodes=nodes)
