"""forward: the computation itself, and forward mode, which carries rates of change along with it.

Forward mode is the engine's `autograd.forward.tangent`, made from the same rules as the backward
pass, one edge at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Value
from autograd.forward import tangent
from autograd.value import apply

from .equations import Names, computed, equals, equation, figures, listed
from .formula import formula
from .frames import Frame, answer, boxed
from .sentences import operand
from .theme import DASH, number
from .trace import Trace, is_number, slope, slots


def computing(told: Trace) -> list[Frame]:
    """Every operation in the order of the program: operands in, result out."""
    inputs = [x for x in told.order if x.op is None]
    made = [x for x in told.order if x.op is not None]
    given = ",  ".join(f"{told.names[x]} = {number(x.data)}" for x in inputs)
    shown = [
        Frame(
            0,
            "forward",
            "Before the program runs, only what it is given is known. Each operation then takes "
            "numbers that are known already and gives one more.",
            given,
            data={told.ids[x]: DASH for x in made},
            finished=tuple(told.ids[x] for x in inputs),
        )
    ]
    touched = 0
    for y in made:
        edges = told.edges(y)
        touched += len(edges)
        shown.append(
            Frame(
                len(shown),
                "compute",
                _ready(y, told.names),
                computed(y, told.names),
                node=told.ids[y],
                data={told.ids[y]: number(y.data)},
                finished=(*edges, told.operation(y), told.result(y), told.ids[y]),
                line=told.line(y),
                touched=touched,
                answer=answer(y.data) if figures(y) else None,
            )
        )
    root = told.root
    shown.append(
        Frame(
            len(shown),
            "done",
            f"Done: {told.names[root]} is known, and so is every number on the way. The backward "
            "pass needs them all.",
            f"{told.names[root]} = {number(root.data)}",
            touched=touched,
        )
    )
    return shown


def pushing(told: Trace, leaf: Value) -> list[Frame]:
    """Forward mode: how fast every value changes while one leaf changes."""
    name = told.names[leaf]
    start = 1.0 if leaf.ndim == 0 else np.ones(leaf.shape, leaf.dtype)
    rates: dict[Value, Any] = {leaf: start}
    shown = [
        Frame(
            0,
            "forward",
            f"Forward mode asks about one input at a time: if {name} changes, how fast does every "
            "other value change?",
            computed(told.root, told.names),
            line=told.line(told.root),
        ),
        Frame(
            1,
            "seed",
            f"Start at the input: let {name} grow at the rate 1."
            if leaf.ndim == 0
            else f"Start at the input: let every number of {name} grow at the rate 1.",
            f"d{name} = {boxed(start)}" if leaf.ndim == 0 else f"d{name} = 1 everywhere",
            node=told.ids[leaf],
            changes={told.ids[leaf]: boxed(start)},
            finished=(told.ids[leaf],),
            contribution=start,
            total=start,
        ),
    ]
    touched = 0
    for y in told.order:
        moving = [slot for slot, x in enumerate(y.inputs) if _moves(y, slot, x, rates)]
        for slot in moving:
            x, before = y.inputs[slot], rates.get(y)
            part = along(y, slot, rates[x])
            rates[y] = part if before is None else before + part
            touched += 1
            ready = (told.ids[y],) if slot == moving[-1] else ()
            shown.append(
                Frame(
                    len(shown),
                    "send",
                    _pushes(y, slot, rates[x], part, moving, told.names),
                    _product(told, y, slot, rates[x], part, before, rates[y]),
                    _rule(told, y, slot),
                    node=told.ids[y],
                    edge=told.edge(y, slot),
                    changes={told.ids[y]: boxed(rates[y])},
                    finished=(told.edge(y, slot), told.operation(y), told.result(y), *ready),
                    contribution=part,
                    total=rates[y],
                    line=told.line(y),
                    touched=touched,
                    answer=answer(part),
                )
            )
    shown.append(_arrived(told, leaf, rates.get(told.root), len(shown), touched))
    return shown


def edges_from(told: Trace, leaf: Value) -> int:
    """How many edges forward mode goes along for one leaf."""
    moving, count = {leaf}, 0
    for y in told.order:
        hit = sum(_moves(y, slot, x, moving) for slot, x in enumerate(y.inputs))
        if hit:
            moving.add(y)
            count += hit
    return count


def along(y: Value, slot: int, rate: Any) -> Any:
    """How fast a value changes through one of its operands alone.

    The engine's rule for the operation made anew, with every operand a leaf of its own, so that
    a value used twice moves in one place at a time.
    """
    assert y.op is not None
    operands = [
        Value(x.data, requires_grad=x.requires_grad) if isinstance(x, Value) else x
        for x in y.inputs
    ]
    with np.errstate(all="ignore"):
        again = apply(y.op, tuple(operands), y.params)
        return tangent(again, {operands[slot]: rate}, False)


def _moves(y: Value, slot: int, x: Any, moving: Any) -> bool:
    return isinstance(x, Value) and x in moving and slot in slots(y)


def _ready(y: Value, names: Names) -> str:
    operands = [*dict.fromkeys(names[x] for x in y.inputs if isinstance(x, Value))]
    are = "are" if len(operands) > 1 else "is"
    return f"{listed(operands)} {are} known, so {equation(y, names)} can be computed."


def _pushes(y: Value, slot: int, rate: Any, part: Any, moving: Sequence[int], names: Names) -> str:
    """How a value changes through one of its operands."""
    x = y.inputs[slot]
    made, name, output = equation(y, names), names[x], names[y]
    one = operand(y, slot)
    through = f" through {one}" if one else ""
    if is_number(y.data) and is_number(x.data):
        factor = slope(y, slot)
        fast = "just as fast" if factor == 1 else f"{number(factor)} times as fast"
        fast = f"{fast}, at the rate {number(part)}" if factor else "not at all"
        moves = f"{output}{through and f',{through},'}"
        said = f"In {made}, {name} changes at the rate {number(rate)}, and {moves} {fast}."
    else:
        given = f"{output}{_of(y)}{through}"
        said = f"In {made}, the rates of {name}{_of(x)} give those of {given}."
    uses = len(moving)
    if uses == 1:
        return said
    values = {y.inputs[each] for each in moving}
    if len(values) == 1:
        adds = f"{name} is {uses} of its operands, and what it does to {output} as each adds up"
    else:
        adds = f"{uses} of its operands change, and what each does to {output} adds up"
    return f"{said} {adds}: this is part {moving.index(slot) + 1} of {uses}."


def _of(x: Value) -> str:
    return f" {x.shape}" if x.ndim else ""


def _product(
    told: Trace, y: Value, slot: int, rate: Any, part: Any, before: Any, after: Any
) -> str:
    """``dp = dx·(∂p/∂x)``, with its numbers where these are single ones."""
    x, result = told.names[y.inputs[slot]], told.names[y]
    said = f"d{result} += d{x} · {_slope_of(told, y, slot)}"
    if not (is_number(y.data) and is_number(y.inputs[slot].data)):
        return f"{said}  shape {np.shape(part)}" if np.ndim(part) else f"{said} = {number(part)}"
    factor = slope(y, slot)
    start = "0" if before is None else number(before)
    sign = equals(part, rate, factor)
    product = f"{number(rate)} × {number(factor)} {sign} {number(part)}"
    return f"{said} = {product}  ({start} → {number(after)})"


def _rule(told: Trace, y: Value, slot: int) -> str:
    if not (is_number(y.data) and is_number(y.inputs[slot].data)):
        assert y.op is not None
        return f"the rule of the backward pass, {formula(y.op, slot, y.params)}, transposed"
    told_as = _slope_of(told, y, slot)
    return f"{told_as} = {number(slope(y, slot))}, the same number as in the backward pass"


def _slope_of(told: Trace, y: Value, slot: int) -> str:
    """``∂y/∂x``; where x is several of its operands, ``∂y/∂(its first operand)``."""
    one = operand(y, slot)
    return f"∂{told.names[y]}/∂{f'({one})' if one else told.names[y.inputs[slot]]}"


def _arrived(told: Trace, leaf: Value, rate: Any, index: int, touched: int) -> Frame:
    name, root = told.names[leaf], told.names[told.root]
    if rate is None:
        said = f"Done: {root} does not change with {name}."
        rate = 0.0
    elif told.root.ndim == 0:
        said = f"Done: {root} changes at the rate {number(rate)}"
        gradient = np.sum(told.gradients[leaf])
        if told.hooked:
            said += ". The backward pass finds another number, because a hook changes gradients."
        elif np.iscomplexobj(gradient):
            said += f", which is the real part of what the backward pass finds as {name}.grad."
        else:
            times = "" if told.asked == root else f"times the seed {number(told.start)} "
            which = "which is " if not times else f"and {times}that is "
            if leaf.ndim == 0:
                said += f", {which}the number that the backward pass finds as {name}.grad."
            else:
                said += f", {which}the sum over all numbers of {name}.grad."
        if leaf.size > 1:
            said += f" To find each of them, forward mode needs {leaf.size} passes."
        elif len(told.leaves) > 1:
            said += " Every other input needs a pass of its own."
    else:
        said = f"Done: this is how fast every number of {root} changes."
        if not told.hooked and not np.iscomplexobj(rate):
            total = number(np.sum(rate * told.start))
            found = f"{name}.grad" if leaf.ndim == 0 else f"the sum over all numbers of {name}.grad"
            said += f" Times the seed and summed, that is {total}, as {found} is."
    return Frame(
        index, "done", said, f"d{root}/d{name} = {boxed(rate)}", touched=touched
    )  # fmt: skip
