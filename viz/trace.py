"""trace: what all tracks of a stepper tell about: a value, the engine's steps back from it, names.

The steps are the engine's own, `autograd.backward_steps`; where another order is played, each
contribution is still made by the engine's rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Line, Step, Value, backward_steps, topological
from autograd.backward import call, check_seed, fit
from autograd.value import raw

from .graph import node_ids
from .theme import number


@dataclass(frozen=True)
class Trace:
    """A value and how its gradient came to be.

    Attributes
    ----------
    root : Value
    seed : number, array or None
        As the caller gave it.
    start : number or array
        The gradient of the root, before any hook.
    names : mapping of Value to str
    order : list of Value
        Everything that root was made from, each after its operands.
    ids : dict of Value to str
    steps : list of Step
        The backward pass.
    gradients : dict of Value to number or array
        The complete ones, of all values that the pass reached.
    uses : Counter of Value
        How many contributions each receives.
    lines : tuple of Line
        The expressions of the source, each once, in the order of the source.
    hooked : frozenset of Value
        Those whose gradient a hook of the caller's changed before it was passed on.
    """

    root: Value
    seed: Any
    start: Any
    names: Mapping[Value, str]
    order: list[Value]
    ids: dict[Value, str]
    steps: list[Step]
    gradients: dict[Value, Any]
    uses: Counter[Value]
    lines: tuple[Line, ...]
    hooked: frozenset[Value]

    @property
    def asked(self) -> str:
        """What the gradients are of: ``out``, with a seed ``5 · out`` or a sum."""
        name = self.names[self.root]
        if self.seed is None or (self.root.ndim == 0 and self.start == 1):
            return name
        if self.root.ndim:
            return f"the sum of seed · {name}"
        factor = number(self.start)
        return f"({factor}) · {name}" if factor.startswith("-") else f"{factor} · {name}"

    @property
    def leaves(self) -> list[Value]:
        """Those that take a gradient, in the order they were made."""
        return [x for x in self.order if x.op is None and x.requires_grad]

    @property
    def operations(self) -> list[Value]:
        """The results through which gradients flow, in the order they were computed."""
        return [x for x in self.order if x.op is not None and x in self.gradients]

    def operation(self, y: Value) -> str:
        """The id of the operation that made a value."""
        return f"o{self.ids[y][1:]}"

    def edge(self, y: Value, slot: int) -> str:
        """The id of the edge into an operation from one of its operands."""
        x = y.inputs[slot]
        operation = self.operation(y)
        source = self.ids[x] if isinstance(x, Value) else f"c{operation[1:]}_{slot}"
        return f"{source}-{operation}-{slot}"

    def edges(self, y: Value) -> list[str]:
        """The ids of all edges into an operation."""
        return [self.edge(y, slot) for slot, x in enumerate(y.inputs) if x is not None]

    def result(self, y: Value) -> str:
        """The id of the edge from an operation to its result."""
        return f"{self.operation(y)}-{self.ids[y]}-0"

    def line(self, y: Value) -> int:
        """Which of the lines made a value, or -1."""
        return self.lines.index(y.line) if y.line in self.lines else -1

    def sent(self, step: Step) -> list[tuple[int, Value, Any]]:
        """What a step sends, with the operand slot of each: a value used twice has two."""
        return [
            (slot, x, dx)
            for slot, (x, dx) in zip(slots(step.value), step.sent, strict=True)
        ]  # fmt: skip


def trace(root: Value, seed: Any, names: Mapping[Value, str]) -> Trace:
    """Play the backward pass from ``root``; no Value is changed.

    Raises
    ------
    ValueError, RuntimeError
        As `autograd.Value.backward` does: no seed for several numbers, nothing to differentiate.
    TypeError
        For a seed that is no number and no array of numbers.
    """
    if seed is not None and np.asarray(raw(seed)).dtype.kind not in "biufc":
        raise TypeError(f"seed is a number or an array of shape {root.shape}, not {seed!r}")
    with np.errstate(all="ignore"):  # what is not finite is told, not warned of
        steps = list(backward_steps(root, seed))
    order = topological(root)
    lines = {x.line for x in order if x.line is not None and x.line.text}
    start = check_seed(root, seed)
    return Trace(
        root,
        seed,
        start,
        names,
        order,
        node_ids(root),
        steps,
        {step.value: step.gradient for step in steps},
        Counter(x for step in steps for x, _ in step.sent),
        tuple(sorted(lines)),
        _hooked(steps, start),
    )


def _hooked(steps: list[Step], start: Any) -> frozenset[Value]:
    """The values whose gradient is not the sum of what they received."""
    totals = {steps[0].value: start}
    found = set()
    for step in steps:
        if not np.array_equal(totals[step.value], step.gradient, equal_nan=True):
            found.add(step.value)
        for x, dx in step.sent:
            totals[x] = totals[x] + dx if x in totals else dx
    return frozenset(found)


def slots(y: Value) -> list[int]:
    """The operands of an operation that a gradient flows to."""
    if y.op is None:
        return []
    return [
        slot
        for slot, (x, rule) in enumerate(zip(y.inputs, y.op.vjps, strict=False))
        if isinstance(x, Value) and x.requires_grad and rule is not None
    ]


def contribution(y: Value, slot: int, g: Any) -> Any:
    """What one operand receives where the result's gradient is ``g``: the engine's rule."""
    assert y.op is not None
    with np.errstate(all="ignore"):
        given = call(y.op.vjps[slot], g, y.data, [*map(raw, y.inputs)], y.params)
        return fit(given, y.inputs[slot].data)


def slope(y: Value, slot: int) -> float:
    """The derivative of a number with respect to one operand that is a number."""
    return float(contribution(y, slot, 1.0 if type(y.data) is float else np.ones((), y.dtype)))


def slopes(told: Trace) -> dict[str, float]:
    """The local derivatives by edge, where both ends are single real numbers."""
    return {
        told.edge(y, slot): slope(y, slot)
        for y in told.operations
        for slot in slots(y)
        if is_number(y.data) and is_number(y.inputs[slot].data)
    }


def is_number(x: Any) -> bool:
    """Whether it is one real number."""
    return np.ndim(x) == 0 and not np.iscomplexobj(x)


def is_close(a: Any, b: Any) -> bool:
    """Whether two gradients differ by no more than rounding."""
    bits = max(np.finfo(np.result_type(x)).eps for x in (a, b))
    share = 1e3 * float(bits)
    scale = np.max(np.abs(b), initial=0)
    return bool(np.allclose(a, b, share, share * scale if np.isfinite(scale) else 0, True))


def unfinished(told: Trace, x: Value, arrived: Sequence[str]) -> list[tuple[Value, int]]:
    """The operations and slots from which a value has not received its share yet."""
    return [
        (step.value, slot)
        for step in told.steps
        for slot in slots(step.value)
        if step.value.inputs[slot] is x and told.edge(step.value, slot) not in arrived
    ]
