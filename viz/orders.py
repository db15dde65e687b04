"""orders: why the backward pass goes in reverse topological order, shown by two that do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from autograd import Value

from .equations import listed
from .frames import Frame
from .sentences import through
from .theme import number
from .trace import Trace, slots, unfinished
from .wrong import WrongPass

MOST = 100  # frames


def recursive(told: Trace) -> tuple[list[Frame], str, int]:
    """The naive recursion: each value passes its gradient on as soon as it receives any part.

    ``def back(v, g): v.grad += g;  for each input x: back(x, v.grad * dv/dx)``

    Returns
    -------
    frames, about, first_wrong
    """
    played, names = WrongPass(told), told.names
    visits: list[tuple[Value, Iterator[int]]] = [(told.root, iter(slots(told.root)))]
    while visits and len(played.frames) < MOST - 1:
        y, left = visits[-1]
        slot = next(left, None)
        if slot is None:
            visits.pop()
            continue
        missing = unfinished(told, y, [*played.arrived])
        again = played.arrived[told.edge(y, slot)] > 0
        said = ""
        if missing:
            ways = listed([through(*each, names) for each in missing])
            said = (
                f"Too early: {names[y]}.grad is {_so_far(played, y)}, because the contribution "
                f"through {ways} has not come yet."
            )
        elif again:
            said = (
                f"{names[y]} has been here before: it passes on all of {names[y]}.grad, also the "
                "part that it has sent already."
            )
        played.send(y, slot, said=said, spoils=bool(missing or again))
        x = y.inputs[slot]
        visits.append((x, iter(slots(x))))
    cut = _left(told) > len(played.frames) - 2
    played.close(
        f"Stopped here, after {MOST} steps: the naive order would go along {_many(_left(told))} "
        f"edges in all."
        if cut
        else ""
    )
    return played.frames, _about_recursive(told, played, cut), played.first_wrong


def creation(told: Trace) -> tuple[list[Frame], str, int]:
    """Each value in the order in which it was created, from the inputs on.

    Returns
    -------
    frames, about, first_wrong
    """
    played, names = WrongPass(told), told.names
    for y in told.operations:
        said = ""
        if y is not told.root:
            users = dict.fromkeys(names[user] for user, _ in unfinished(told, y, ()))
            have = "have" if len(users) > 1 else "has"
            said = (
                f"Too early: {listed([*users])} {have} sent nothing yet, so {names[y]}.grad is "
                "still 0."
            )
        for slot in slots(y):
            played.send(y, slot, said=said, spoils=bool(said))
    played.close()
    root = names[told.root]
    about = (
        "The same rules, but every value is visited in the order in which it was computed, from "
        "the inputs on. "
    )
    if played.first_wrong < 0:
        about += f"Here that does no harm: {root} comes from one operation, so there is one order."
    else:
        about += (
            f"Only {root} has a gradient to pass on; everything else is asked before anything has "
            "arrived, and passes on 0."
        )
        if not played.wrong:
            about += " Here the right numbers are 0, too."
    return played.frames, about, played.first_wrong


def _about_recursive(told: Trace, played: WrongPass, cut: bool) -> str:
    about = (
        "A first idea of many: as soon as a value receives a part of its gradient, it passes its "
        "gradient on, and again when more arrives. "
    )
    edges = sum(told.uses.values())
    if played.first_wrong < 0:
        return about + (
            "Here that is right, because no value inside the graph is used more than once. "
            "Try b = a + a; c = b + b."
        )
    about += (
        "It is wrong where a value inside the graph is used more than once: the value passes on "
        "a part of its gradient, and then that part again with the rest. "
    )
    if not cut and not played.wrong:
        about += "Here the final numbers are right all the same, because what came late was 0. "
    return about + (
        f"It goes along {_many(_left(told))} edges; in reverse topological order {edges} are "
        "enough, because a value waits until its gradient is complete."
    )


def _left(told: Trace) -> int:
    """How many edges the naive order goes along: a value's operands, once for each visit."""
    visits: Counter[Value] = Counter({told.root: 1})
    count = 0
    for step in told.steps:
        y = step.value
        for slot in slots(y):
            visits[y.inputs[slot]] += visits[y]
            count += visits[y]
    return count


def _so_far(played: WrongPass, y: Value) -> str:
    return "not complete" if y.ndim else f"only {number(played.gradients[y])} so far"


def _many(count: int) -> str:
    return f"{count:,}" if count < 10**9 else f"about {number(float(count))}"
