"""broken: the two commonest mistakes in a backward pass, played to the end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograd import Value

from .frames import Frame, boxed, told_of
from .theme import number
from .trace import Trace, slots
from .wrong import WrongPass


def assigning(told: Trace) -> tuple[list[Frame], str, int]:
    """``=`` instead of ``+=``: the last contribution takes the place of all before it.

    Returns
    -------
    frames, about, first_wrong
    """
    played, names = WrongPass(told), told.names
    for step in told.steps:
        y = step.value
        for slot in slots(y):
            x = y.inputs[slot]
            lost = x in played.gradients
            played.send(
                y,
                slot,
                said=f"Wrong: = throws away the {_short(played, x)} that {names[x]} had received "
                "before; += would have added to it."
                if lost
                else "",
                spoils=lost,
                assign=True,
            )
    played.close()
    about = "The backward pass with x.grad = ... where x.grad += ... belongs. "
    if played.first_wrong < 0:
        about += "Here nothing goes wrong, because no value is used more than once. Try x * x."
    else:
        about += (
            "A value that is used more than once keeps only its last contribution, and what is "
            "behind it is computed from the wrong number."
        )
        if not played.wrong:
            about += " Here the final numbers are right, because what was lost is 0."
    return played.frames, about, played.first_wrong


def without_zero(told: Trace) -> tuple[list[Frame], str, int]:
    """A second pass on top of the first: gradients of leaves add up over passes.

    Returns
    -------
    frames, about, first_wrong
    """
    played, names = WrongPass(told), told.names
    old = {x: told.gradients[x] for x in told.leaves if x in told.gradients}
    played.gradients |= old
    known = ",  ".join(told_of(names[x], g) for x, g in old.items())
    played.frames[0] = replace(
        played.frames[0],
        sentence="One backward pass has run already, and its gradients are still in the leaves. "
        "A second pass begins, and nobody has called zero_grad().",
        formula=known,
        changes={told.ids[x]: boxed(g) for x, g in old.items()},
        line=-1,
    )
    arrived: set[Value] = set()
    for step in told.steps:
        y = step.value
        for slot in slots(y):
            x = y.inputs[slot]
            first = x in old and x not in arrived and bool(np.any(old[x]))
            arrived.add(x)
            played.send(
                y,
                slot,
                said=f"Wrong: {names[x]}.grad still held {boxed(old[x])} from the pass before; "
                f"{names[x]}.zero_grad() would have made it start from nothing."
                if first
                else "",
                spoils=first,
            )
    played.close()
    about = (
        "A second backward pass without zero_grad() before it, as in a training loop that forgets "
        "it. "
    )
    if played.wrong:
        about += (
            "Leaves add up over passes, so each ends with the old gradient plus the new one: twice "
            "the right number here. Values inside the graph begin anew in every pass."
        )
    else:
        about += "Here that does no harm, because every gradient of a leaf is 0."
    return played.frames, about, played.first_wrong if played.wrong else -1


def _short(played: WrongPass, x: Value) -> str:
    return number(played.gradients[x]) if x.ndim == 0 else "contribution"
