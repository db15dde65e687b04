"""notices: what is wrong in a graph, as marks on its nodes and as sentences under the picture."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import Value
from autograd.backward import call, changed
from autograd.value import raw

from .labels import place
from .records import MARKS

WORDS = {"nan": "NaN", "inf": "infinity"}


@dataclass
class Notices:
    """Marks by value, and by the value whose operation is meant; sentences."""

    values: dict[Value, set[str]] = field(default_factory=lambda: defaultdict(set))
    operations: dict[Value, set[str]] = field(default_factory=lambda: defaultdict(set))
    sentences: list[str] = field(default_factory=list)


def ordered(marks: set[str] | None) -> tuple[str, ...]:
    """The gravest first."""
    return tuple(mark for mark in MARKS if marks and mark in marks)


def notices(order: Sequence[Value], name: Callable[[Value], str]) -> Notices:
    """What is to be noticed among values in topological order."""
    found = Notices()
    _forward(order, name, found)
    _backward(order, name, found)
    _stale(order, name, found)
    return found


def odd(x: Any) -> str:
    """ "nan", "inf", or "" where all is finite."""
    if type(x) is float:
        return "" if math.isfinite(x) else "inf" if x == x else "nan"
    if x is None or np.asarray(x).dtype.kind not in "fc" or np.isfinite(x).all():
        return ""
    return "nan" if np.isnan(x).any() else "inf"


def _forward(order: Sequence[Value], name: Callable[[Value], str], found: Notices) -> None:
    """Data that are not finite, and the first operation that made them of finite ones."""
    odds: dict[Value, str] = {}
    first = True
    for value in order:
        mark = odd(value.data)
        if not mark:
            continue
        odds[value] = mark
        found.values[value].add(mark)
        if not first or any(_odd_operand(x, odds) for x in value.inputs):
            continue
        first = False
        if value.op is None:
            found.values[value].add("origin")
            found.sentences.append(f"{name(value)} holds {WORDS[mark]} from the start.")
        else:
            found.operations[value].add("origin")
            found.sentences.append(f"The first {WORDS[mark]} comes out of {_made(value, name)}.")


def _odd_operand(x: Any, odds: dict[Value, str]) -> bool:
    return x in odds if isinstance(x, Value) else bool(odd(x))


def _backward(order: Sequence[Value], name: Callable[[Value], str], found: Notices) -> None:
    """Gradients that are not finite, and the first rule, in the backward pass, that made one."""
    first = None
    for value in reversed(order):
        if mark := odd(value.grad):
            found.values[value].add(f"grad-{mark}")
            first = first or (value, mark)
    if first is None:
        return
    value, mark = first
    said = (
        f"The first gradient that is {'NaN' if mark == 'nan' else 'infinite'}, in the order of "
        f"the backward pass, is that of {name(value)}"
    )
    senders = [user for user in reversed(order) if _sends_odd(user, value)]
    culprit = next((user for user in senders if not _given_odd(user)), None)
    if culprit is not None:
        found.operations[culprit].add("grad-origin")
        said += f"; the rule of {_made(culprit, name)} gave it"
    elif senders:
        said += (
            f"; the rule of {_made(senders[0], name)} works with data that are not finite already"
        )
    found.sentences.append(f"{said}.")


def _sends_odd(user: Value, value: Value) -> bool:
    """Whether the rule of an operation gives what is not finite for one of its operands."""
    if user.op is None or user.grad is None or all(x is not value for x in user.inputs):
        return False
    operands = list(map(raw, user.inputs))
    with np.errstate(all="ignore"):
        return any(
            x is value
            and rule is not None
            and odd(call(rule, user.grad, user.data, operands, user.params)) != ""
            for x, rule in zip(user.inputs, user.op.vjps, strict=False)
        )


def _given_odd(user: Value) -> bool:
    """Whether an operation's operands, or the gradient that came to it, are not finite."""
    return any(map(odd, (user.grad, *map(raw, user.inputs))))


def _stale(order: Sequence[Value], name: Callable[[Value], str], found: Notices) -> None:
    """What was computed from numbers that are others now."""
    slots = changed(order)
    if not slots:
        return
    tainted: set[Value] = set()
    blamed: dict[str, None] = {}
    for value in order:
        for slot in slots.get(value, ()):
            x = value.inputs[slot]
            if isinstance(x, Value):
                found.values[x].add("stale")
                blamed[name(x)] = None
            else:
                blamed["an array"] = None
        if value in slots or any(isinstance(x, Value) and x in tainted for x in value.inputs):
            tainted.add(value)
            found.values[value].add("stale")
    found.sentences.append(
        f"Stale: the numbers of {', '.join(blamed)} were changed after they were used. What is "
        "marked stale was computed from the old ones; run the forward pass again."
    )


def _made(value: Value, name: Callable[[Value], str]) -> str:
    """An operation, what it was given, and where."""
    assert value.op is not None
    operands = ", ".join(_called(value, name))
    where = f" ({place(value.line)})" if value.line else ""
    return f"{value.op.name}({operands}){where}"


def _called(value: Value, name: Callable[[Value], str]) -> Iterator[str]:
    for x in value.inputs:
        if isinstance(x, Value):
            yield name(x)
        elif x is not None:
            yield f"{x:.3g}" if np.ndim(x) == 0 else f"array {np.shape(x)}"
