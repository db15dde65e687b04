"""frames: a backward pass as a list of steps, in words and numbers.

The steps are the engine's own, `autograd.backward_steps`; nothing is differentiated here. A frame
holds text and numbers only, so a list of frames stays true after the Values changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autograd import Step, Value, backward_steps

from . import sentences
from .graph import node_ids
from .theme import number


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of the backward pass.

    Attributes
    ----------
    index : int
        Its place in the list.
    kind : str
        "forward" (all data known, no gradient), "seed" (the output's gradient is set), "send" (one
        contribution goes along one edge) or "done".
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

    def __str__(self) -> str:
        return f"{self.formula}\n{self.sentence}"


def frames(root: Value, seed: Any = None, *, names: Mapping[Value, str]) -> list[Frame]:
    """The backward pass from ``root`` as frames; no Value is changed.

    Parameters
    ----------
    root : Value
    seed : number or array of root's shape, optional
    names : mapping of Value to str
        What each value that root was made from is called.

    Raises
    ------
    ValueError, RuntimeError
        As `autograd.Value.backward` does: no seed for several numbers, nothing to differentiate.

    Examples
    --------
    >>> a = Value(2.0)
    >>> b = a + a
    >>> for frame in frames(b, names={a: "a", b: "b"}):
    ...     print(frame.index, frame.kind, frame.formula)
    0 forward b = a + a = 2 + 2 = 4
    1 seed b.grad = 1
    2 send a.grad += 1 × 1 = 1  (0 → 1)
    3 send a.grad += 1 × 1 = 1  (1 → 2)
    4 done a.grad = 2
    """
    steps = list(backward_steps(root, seed))
    ids = node_ids(root)
    uses = Counter(x for step in steps for x, _ in step.sent)
    shown = [
        Frame(
            0,
            "forward",
            sentences.forward(root, names),
            sentences.computed(root, names),
        ),
        Frame(
            1,
            "seed",
            sentences.seed(root, names, given=seed is not None),
            f"{names[root]}.grad = {number(steps[0].gradient)}",
            node=ids[root],
            changes={ids[root]: number(steps[0].gradient)},
            finished=(ids[root],),
            contribution=steps[0].gradient,
            total=steps[0].gradient,
        ),
    ]
    totals: dict[Value, Any] = {}
    arrived: Counter[Value] = Counter()
    for step in steps:
        for slot, x, dx in _sent(step):
            before = totals.get(x)
            totals[x] = dx if before is None else before + dx
            arrived[x] += 1
            operation = f"o{ids[step.value][1:]}"
            edge = f"{ids[x]}-{operation}-{slot}"
            shown.append(
                Frame(
                    len(shown),
                    "send",
                    sentences.send(step, slot, names, dx, (arrived[x], uses[x])),
                    sentences.arithmetic(step, slot, names, dx, before, totals[x]),
                    sentences.rule(step, slot, names, dx),
                    node=ids[x],
                    edge=edge,
                    changes={ids[x]: number(totals[x])},
                    finished=(
                        f"{operation}-{ids[step.value]}-0",
                        operation,
                        edge,
                        *([ids[x]] if arrived[x] == uses[x] else []),
                    ),
                    contribution=dx,
                    total=totals[x],
                )
            )
    reached = {step.value: step.gradient for step in steps}
    leaves = [x for x in ids if x.op is None and x.requires_grad]
    shown.append(
        Frame(
            len(shown),
            "done",
            sentences.done(root, names, [x for x in leaves if x not in reached]),
            ",  ".join(f"{names[x]}.grad = {number(reached[x])}" for x in leaves if x in reached),
        )
    )
    return shown


def _sent(step: Step) -> list[tuple[int, Value, Any]]:
    """What a step sends, with the operand slot of each: a value that is used twice has two."""
    if step.value.op is None:
        return []
    slots = [
        slot
        for slot, (x, rule) in enumerate(zip(step.value.inputs, step.value.op.vjps, strict=False))
        if isinstance(x, Value) and x.requires_grad and rule is not None
    ]
    return [(slot, x, dx) for slot, (x, dx) in zip(slots, step.sent, strict=True)]
