"""tracks: what a stepper can play, each a list of frames."""

from __future__ import annotations

from dataclasses import dataclass

from autograd import Value

from .broken import assigning, without_zero
from .forward import computing, edges_from, pushing
from .frames import Frame, backward
from .orders import creation, recursive
from .trace import Trace


@dataclass(frozen=True, slots=True)
class Track:
    """One way through the graph, step by step.

    Attributes
    ----------
    name : str
        "backward", "forward", "tangent:<leaf>", "recursive", "assign", "no-zero-grad" or
        "wrong-order".
    title : str
        What a list of tracks calls it.
    about : str
        What it shows, and what to look for.
    frames : tuple of Frame
    beside : str
        The name of the track to be played beside it, "" for none.
    first_wrong : int
        The first frame at which something goes wrong, or -1.
    caption : str
        What the second line of a box holds: "grad", or "rate" in forward mode.
    """

    name: str
    title: str
    about: str
    frames: tuple[Frame, ...]
    beside: str = ""
    first_wrong: int = -1
    caption: str = "grad"


LEAVES = 6  # whose forward mode can be played


def tracks(told: Trace) -> tuple[Track, ...]:
    """Every track of a graph, the backward pass first."""
    root = told.names[told.root]
    found = [
        Track(
            "backward",
            "Backward pass",
            f"What the engine does: from {root} back to the inputs, each value after everything "
            "that it was used in, so that its gradient is complete before it is passed on.",
            tuple(backward(told)),
        ),
        Track(
            "forward",
            "Forward pass",
            f"The program itself, from its inputs to {root}: the numbers that the backward pass "
            "starts from.",
            tuple(computing(told)),
        ),
    ]
    if not told.uses:  # nothing is passed on
        return tuple(found)
    leaves = [x for x in told.leaves if x in told.gradients]
    for leaf in leaves[:LEAVES]:
        name = told.names[leaf]
        found.append(
            Track(
                f"tangent:{name}",
                f"Forward mode from {name}",
                _compared(told, leaf, leaves),
                tuple(pushing(told, leaf)),
                "backward",
                caption="rate",
            )
        )
    if told.hooked:  # the other passes know of no hooks, and would be compared with what these made
        return tuple(found)
    for name, title, play in (
        ("recursive", "Why this order?", recursive),
        ("assign", "Break it: = instead of +=", assigning),
        ("no-zero-grad", "Break it: no zero_grad", without_zero),
        ("wrong-order", "Break it: wrong order", creation),
    ):
        frames, about, first_wrong = play(told)
        found.append(Track(name, title, about, tuple(frames), "backward", first_wrong))
    return tuple(found)


def _compared(told: Trace, leaf: Value, leaves: list[Value]) -> str:
    """Forward mode beside reverse mode, by the edges that they go along."""
    name = told.names[leaf]
    one = edges_from(told, leaf)
    every = sum(x.size * edges_from(told, x) for x in leaves)
    back = sum(told.uses.values())
    what = "the second line of a box is how fast its number changes"
    if leaf.ndim == 0:
        about = f"Forward mode: {name} grows at the rate 1, and {what}. "
    else:
        about = f"Forward mode: every number of {name} grows at the rate 1, and {what}. "
    about += f"It goes along {one} {_edges(one)} for {name} alone"
    inputs = sum(x.size for x in leaves)
    reverse = f"Reverse mode, the backward pass, goes along {back} {_edges(back)}"
    if inputs == 1:
        return f"{about}. {reverse} as well: with one input, neither saves anything."
    kind = "inputs" if all(x.ndim == 0 for x in leaves) else "numbers of the inputs"
    all_of = "both" if inputs == 2 else f"all {inputs:,}"
    return (
        f"{about}, and along {every:,} for {all_of} {kind}, one pass for each. {reverse}, "
        f"once, and finds how {told.asked} changes with every one of them."
    )


def _edges(count: int) -> str:
    return "edge" if count == 1 else "edges"
