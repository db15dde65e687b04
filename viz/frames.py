"""frames: a backward pass as a list of steps, in words and numbers.

The steps are the engine's own, `autograd.backward_steps`; nothing is differentiated here. A frame
holds text and numbers only, so a list of frames stays true after the Values changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import Value

from . import sentences
from .equations import computed
from .theme import number
from .trace import Trace, is_number


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of a track.

    Attributes
    ----------
    index : int
        Its place in the track.
    kind : str
        "forward" (what is known before the first step), "seed" (the output's gradient is set),
        "send" (one contribution goes along one edge), "hook" (a function of the caller's changes
        a gradient), "compute" (an operation gives its result) or "done".
    sentence, formula, detail : str
        What happens: in words, as arithmetic, and the rule that it follows.
    node, edge : str
        Ids, in the picture, of the value that receives and the edge that it receives along; ""
        where there is none.
    changes : dict of str to str
        The gradient texts that are new, by node id.
    finished : tuple of str
        Ids of the nodes and edges that are complete after this step.
    contribution, total : float, array or None
        What was added to the gradient of ``node``, and what the gradient is after that.
    data : dict of str to str
        The data texts that are new, by node id.
    wrong : tuple of str
        Ids of all nodes whose gradient is a wrong number after this step.
    line : int
        The line of source that made the operation, as an index into ``Stepper.lines``, or -1.
    touched : int
        How many edges have been gone along so far.
    answer : float or None
        The one number that a learner can predict: this step's contribution or result.
    """

    index: int
    kind: str
    sentence: str
    formula: str
    detail: str = ""
    node: str = ""
    edge: str = ""
    changes: dict[str, str] = field(default_factory=dict)
    finished: tuple[str, ...] = ()
    contribution: Any = None
    total: Any = None
    data: dict[str, str] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    line: int = -1
    touched: int = 0
    answer: float | None = None

    def __str__(self) -> str:
        return f"{self.formula}\n{self.sentence}"


def backward(told: Trace) -> list[Frame]:
    """The backward pass as it is.

    Examples
    --------
    >>> from viz.trace import trace
    >>> a = Value(2.0)
    >>> b = a + a
    >>> for frame in backward(trace(b, None, {a: "a", b: "b"})):
    ...     print(frame.index, frame.kind, frame.formula)
    0 forward b = a + a = 2 + 2 = 4
    1 seed b.grad = 1
    2 send a.grad += 1 × 1 = 1  (0 → 1)
    3 send a.grad += 1 × 1 = 1  (1 → 2)
    4 done a.grad = 2
    """
    shown = [opening(told), seeding(told)]
    totals: dict[Value, Any] = {told.root: told.start}
    arrived: dict[Value, list[tuple[Value, int, Any]]] = {}
    touched = 0
    for step in told.steps:
        if step.value in told.hooked:
            shown.append(_hooked(told, step.value, totals[step.value], len(shown), touched))
        for slot, x, dx in told.sent(step):
            before = totals.get(x)
            totals[x] = dx if before is None else before + dx
            parts = arrived.setdefault(x, [])
            parts.append((step.value, slot, dx))
            turn = (len(parts), told.uses[x])
            touched += 1
            detail = sentences.rule(step, slot, told.names, dx)
            if turn[1] > 1 and turn[0] == turn[1]:
                detail += f". Complete: {sentences.contributions(x, parts, totals[x], told.names)}"
            shown.append(
                Frame(
                    len(shown),
                    "send",
                    sentences.send(step, slot, told.names, dx)
                    + sentences.joins(told.names[x], turn),
                    sentences.arithmetic(step, slot, told.names, dx, before, totals[x]),
                    detail,
                    node=told.ids[x],
                    edge=told.edge(step.value, slot),
                    changes={told.ids[x]: boxed(totals[x])},
                    finished=(
                        told.result(step.value),
                        told.operation(step.value),
                        told.edge(step.value, slot),
                        *([told.ids[x]] if turn[0] == turn[1] else []),
                    ),
                    contribution=dx,
                    total=totals[x],
                    line=told.line(step.value),
                    touched=touched,
                    answer=answer(dx) if sentences.figures(step, slot, dx) else None,
                )
            )
    shown.append(_closing(told, len(shown), touched))
    return shown


def opening(told: Trace) -> Frame:
    """Everything is computed, and no gradient is known."""
    return Frame(
        0,
        "forward",
        sentences.forward(told),
        computed(told.root, told.names),
        line=told.line(told.root),
    )


def seeding(told: Trace) -> Frame:
    """The output's own gradient."""
    root, start = told.root, told.start
    return Frame(
        1,
        "seed",
        sentences.seed(told),
        told_of(told.names[root], start),
        node=told.ids[root],
        changes={told.ids[root]: boxed(start)},
        finished=(told.ids[root],),
        contribution=start,
        total=start,
        line=told.line(root),
    )


def boxed(gradient: Any) -> str:
    """A gradient as a box shows it: the number, a few of them, or the norm of many."""
    text = number(gradient)
    if not np.ndim(gradient) or text[0] == "[":
        return text
    return f"norm {number(np.linalg.norm(gradient))}"


def told_of(name: str, gradient: Any) -> str:
    """``x.grad = 3``; of many numbers the norm."""
    text = boxed(gradient)
    if text.startswith("norm"):
        return f"norm of {name}.grad = {text.removeprefix('norm ')}"
    return f"{name}.grad = {text}"


def answer(x: Any) -> float | None:
    """What a learner can be asked for: one real number."""
    return float(x) if is_number(x) else None


def _hooked(told: Trace, x: Value, before: Any, index: int, touched: int) -> Frame:
    after, name = told.gradients[x], told.names[x]
    return Frame(
        index,
        "hook",
        f"A hook that was registered on {name} replaces its gradient before it is passed on.",
        f"{name}.grad = hook({boxed(before)}) = {boxed(after)}",
        node=told.ids[x],
        changes={told.ids[x]: boxed(after)},
        total=after,
        line=told.line(x),
        touched=touched,
        answer=answer(after),
    )


def _closing(told: Trace, index: int, touched: int) -> Frame:
    reached = [x for x in told.leaves if x in told.gradients]
    return Frame(
        index,
        "done",
        sentences.done(told),
        ",  ".join(told_of(told.names[x], told.gradients[x]) for x in reached),
        touched=touched,
    )
