"""wrong: passes that go wrong, and which of their numbers are wrong.

The rules are the engine's; only the order, or the way of adding up, is not.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from autograd import Step, Value
from autograd.backward import zeros

from . import sentences
from .equations import listed
from .frames import Frame, answer, boxed, opening, seeding, told_of
from .theme import number
from .trace import Trace, contribution, is_close


class WrongPass:
    """A pass told while it runs.

    Attributes
    ----------
    gradients : dict of Value to number or array
        What each value has at the moment.
    spoilt : set of Value
        Those that something wrong went into; by accident their number may be right.
    wrong : set of Value
        Those whose number is wrong.
    first_wrong : int
        The frame in which something went wrong first, or -1.
    """

    def __init__(self, told: Trace) -> None:
        self.told = told
        self.gradients: dict[Value, Any] = {told.root: told.gradients[told.root]}
        self.spoilt: set[Value] = set()
        self.wrong: set[Value] = set()
        self.arrived: Counter[str] = Counter()  # by edge
        self.frames = [opening(told), seeding(told)]
        self.first_wrong = -1

    def send(
        self, y: Value, slot: int, *, said: str = "", spoils: bool = False, assign: bool = False
    ) -> None:
        """One contribution along one edge, from what the sender has at the moment.

        Parameters
        ----------
        y : Value
            The sender.
        slot : int
            Which of its operands receives.
        said : str
            What is wrong with it, in a sentence.
        spoils : bool
            Whether it is wrong where the sender's number is right.
        assign : bool
            Put it in the place of what was there, instead of adding.
        """
        told, x = self.told, y.inputs[slot]
        g = self.gradients[y] if y in self.gradients else zeros(y, False)
        dx = contribution(y, slot, g)
        before = self.gradients.get(x)
        after = dx if before is None or assign else before + dx
        self.gradients[x] = after
        handed_on = y in self.wrong
        if spoils or handed_on:
            self.spoilt.add(x)
        if x in self.spoilt and not is_close(after, told.gradients[x]):
            self.wrong.add(x)
        else:
            self.wrong.discard(x)
        edge = told.edge(y, slot)
        self.arrived[edge] += 1
        step = Step(y, g, [(x, dx)])
        if handed_on and not said:
            said = f"But {told.names[y]}.grad is wrong, and so is what it passes on."
        if spoils and x not in self.wrong:
            said += f" {told.names[x]}.grad is right at this moment, by accident."
        if spoils and self.first_wrong < 0:
            self.first_wrong = len(self.frames)
        self.frames.append(
            Frame(
                len(self.frames),
                "send",
                f"{sentences.send(step, slot, told.names, dx)} {said}".rstrip(),
                sentences.arithmetic(step, slot, told.names, dx, before, after, assign=assign),
                node=told.ids[x],
                edge=edge,
                changes={told.ids[x]: boxed(after)},
                finished=(told.result(y), told.operation(y), edge),
                contribution=dx,
                total=after,
                wrong=self._ids(),
                line=told.line(y),
                touched=self.arrived.total(),
                answer=answer(dx) if sentences.figures(step, slot, dx) else None,
            )
        )

    def close(self, said: str = "") -> None:
        """The end: which numbers are wrong, beside the right ones."""
        told = self.told
        leaves = [x for x in told.leaves if x in told.gradients]
        shown = []
        for x in leaves:
            if x in self.gradients:  # a pass that was cut short may not have come to it
                right = self._beside(x) if x in self.wrong else ""
                shown.append(told_of(told.names[x], self.gradients[x]) + right)
        if not said:
            wrong = [f"{told.names[x]}.grad" for x in told.order if x in self.wrong]
            said = f"Done, and wrong: {listed(wrong)}." if wrong else "Done. Every number is right."
        self.frames.append(
            Frame(
                len(self.frames),
                "done",
                said,
                ",  ".join(shown),
                wrong=self._ids(),
                touched=self.arrived.total(),
            )
        )

    def _beside(self, x: Value) -> str:
        right, wrong = self.told.gradients[x], self.gradients[x]
        if boxed(right) != boxed(wrong):
            return f" (right: {boxed(right)})"
        return f" (off by {number(np.max(np.abs(wrong - right)))})"

    def _ids(self) -> tuple[str, ...]:
        return tuple(self.told.ids[x] for x in self.told.order if x in self.wrong)
