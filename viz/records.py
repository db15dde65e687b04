"""records: a graph as text and numbers.

The records hold no Values, so a picture stays true after the data changed, and every stage can be
compared as text. Ids are topological positions: the same graph gives the same ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd import Line

MARKS = ("failed", "stale", "origin", "nan", "inf", "grad-origin", "grad-nan", "grad-inf")
"""What is to be noticed of a node, the gravest first.

"nan" and "inf" are in the data, "origin" is the first operation that made one; the same with
"grad-" in the gradient, in the order of the backward pass. "stale": data changed since it was
computed. "failed": the operation that raised.
"""


@dataclass(frozen=True, slots=True)
class Heat:
    """The numbers of a small array, to be painted as cells.

    Attributes
    ----------
    rows : tuple of rows of numbers
        Complex ones only where all can be written. One row for a list of numbers, and for a
        single number; the matrices of a stack stand side by side.
    scale : float
        The number of the strongest colour: the largest size of a finite one, 1 where all are 0.
    panel : int
        How many columns each matrix of a stack has; 0 where there is no stack.
    """

    rows: tuple[tuple[float | complex, ...], ...]
    scale: float
    panel: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """One thing in the picture.

    Attributes
    ----------
    id : str
        ``v3`` is the value at topological position 3, ``o3`` the operation that made it, ``c3_1``
        its constant operand in slot 1, ``m3`` a folded module whose first value is there.
    kind : str
        "value", "op", "constant", "module" or "hidden".
    label, data, grad : str
        What is written.
    detail : str
        What is told on demand.
    path : str
        The dotted name of a parameter or module.
    position : int
        The topological position.
    leaf, traced : bool
        Made by no operation; taking a gradient.
    module : int
        The innermost module call that it was made in, as an index into `Graph.calls`, or -1.
    shape : tuple of int
    norm : float or None
        Of the gradient.
    holds : int
        How many values and operations stand behind it.
    heat, grad_heat : Heat or None
        The numbers of a small array and of its gradient.
    stats : str
        A large array in one line: range, mean, spread, share of zeros, NaNs.
    marks : tuple of str
        What is to be noticed, some of `MARKS`.
    line : Line or None
        The line of Python that made it.
    times : int
        How often it repeats.
    dead : float or None
        Of a relu: the share of its units that are zero for every example of the batch (axis 0).
    parameters : int
        How many numbers are trained in it.
    """

    id: str
    kind: str
    label: str = ""
    data: str = ""
    grad: str = ""
    detail: str = ""
    path: str = ""
    position: int = 0
    leaf: bool = False
    traced: bool = True
    module: int = -1
    shape: tuple[int, ...] = ()
    norm: float | None = None
    holds: int = 1
    heat: Heat | None = None
    grad_heat: Heat | None = None
    stats: str = ""
    marks: tuple[str, ...] = ()
    line: Line | None = None
    times: int = 1
    dead: float | None = None
    parameters: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """One operand slot of an operation, or an operation's result.

    Attributes
    ----------
    source, target : str
        Node ids.
    slot : int
        Which operand: ``a + a`` has two edges, with the slots 0 and 1.
    label : str
        What is written along it: the local derivative, or the rule where arrays are concerned.
    order : str
        Which operand it is, where the order matters: "left", "weight", "2nd".
    detail : str
        What is told on demand.
    """

    source: str
    target: str
    slot: int = 0
    label: str = ""
    order: str = ""
    detail: str = ""

    @property
    def text(self) -> str:
        """All that is written along it."""
        return (
            f"{self.order}: {self.label}" if self.order and self.label else self.order + self.label
        )

    @property
    def id(self) -> str:
        return f"{self.source}-{self.target}-{self.slot}"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a module: its dotted name, class, and the call around it (an index, or -1)."""

    path: str
    kind: str
    parent: int


@dataclass(frozen=True, slots=True)
class Graph:
    """What a picture shows.

    Attributes
    ----------
    nodes, edges, calls : tuple
    notices : tuple of str
        Sentences under the picture: what is wrong.
    remarks : tuple of str
        What is good to know.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    calls: tuple[Call, ...] = ()
    notices: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
