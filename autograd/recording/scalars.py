"""Many operations on single numbers as a few on arrays of them.

Operations that do not wait for each other are done together, in groups of one kind. A chain of
additions, each of one more number to what came before, is one operation that adds in that order.
The results have the same bits as one by one.
"""

from __future__ import annotations

import operator
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..op import OPS
from ..ops.activation import relu
from .program import Instruction, Ref, Slot

# Those that round as Python's own do. The others are computed number by number.
_EXACT: dict[Any, Callable] = {
    **{OPS[f]: f for f in (np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive)},
    OPS[np.sqrt]: np.sqrt,
    OPS[np.absolute]: np.absolute,
    OPS[relu]: lambda x: np.where(x < 0, 0.0, x),
    operator.lt: np.less,
    operator.le: np.less_equal,
    operator.gt: np.greater,
    operator.ge: np.greater_equal,
    operator.eq: np.equal,
    operator.ne: np.not_equal,
}
_ADD = OPS[np.add]


def on_numbers(step: Any, slots: Sequence[Slot]) -> bool:
    """Whether a step is an operation on single numbers."""
    return (
        isinstance(step, Instruction)
        and not step.params
        and len(step.results) == 1
        and slots[step.results[0]].kind is float
        and _kind(step) is not None
        and all(
            slots[x.slot].kind is float if isinstance(x, Ref) else type(x) in (float, int, bool)
            for x in step.operands
        )
    )


def _kind(step: Instruction) -> Any:
    """An operation of the table on Python's numbers, or a comparison of them."""
    function: Any = step.function
    op = getattr(function, "op", None)
    if op is None and OPS.get(function) in _EXACT:
        op = OPS[function]
    return op or (function if function in _EXACT else None)


@dataclass(eq=False, slots=True)
class _Node:
    """One operation, or a chain of additions."""

    kind: Any
    compute: Callable
    operands: list[Any]
    result: int


class Scalars:
    """A block of operations on single numbers, called with those that come from outside.

    Attributes
    ----------
    reads, gives : list of int
        The slots whose numbers come in, and go out.
    """

    def __init__(self, steps: Sequence[Instruction], wanted: set[int]) -> None:
        made = {step.results[0] for step in steps}
        self.reads = sorted({slot for step in steps for slot in step.reads} - made)
        self.gives = sorted(made & wanted)
        places: dict[Any, int] = {slot: i for i, slot in enumerate(self.reads)}
        numbers = [0.0] * len(places)
        groups = _groups(_chained(steps, wanted))
        for node in (node for group in groups for node in group):
            for x in node.operands:
                if not isinstance(x, Ref) and _key(x) not in places:
                    places[_key(x)] = len(numbers)
                    numbers.append(float(x))
        for i, node in enumerate(node for group in groups for node in group):
            places[node.result] = len(numbers) + i
        self._memory = np.empty(len(numbers) + sum(map(len, groups)))
        self._memory[: len(numbers)] = numbers
        self._calls = [self._call(group, places) for group in groups]
        self._out = np.array([places[slot] for slot in self.gives], np.intp)

    def __call__(self, numbers: list[float]) -> list[float]:
        self._memory[: len(numbers)] = numbers
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # as Python's numbers
            for call in self._calls:
                call()
        return self._memory[self._out].tolist()

    def _call(self, group: list[_Node], places: dict[Any, int]) -> Callable[[], None]:
        memory, start = self._memory, places[group[0].result]
        out = memory[start : start + len(group)]
        index = np.array(
            [[places[_key(x)] for x in node.operands] for node in group], np.intp
        ).T.copy()
        function = _EXACT.get(group[0].kind)
        if len(index) > 2 and function is np.add:
            rows = np.empty(index.shape)

            def chain() -> None:
                memory.take(index, out=rows, mode="clip")
                np.add.accumulate(rows, axis=0, out=rows)
                out[...] = rows[-1]

            return chain
        if function is None:
            compute = group[0].compute

            def one_by_one() -> None:
                out[...] = [*map(compute, *memory[index].tolist())]

            return one_by_one
        gathered = [(i, np.empty(len(i))) for i in index if not _in_a_row(i)]
        buffers = iter([buffer for _, buffer in gathered])
        operands = [memory[_in_a_row(i)] if _in_a_row(i) else next(buffers) for i in index]

        def together() -> None:
            for i, buffer in gathered:
                memory.take(i, out=buffer, mode="clip")
            out[...] = function(*operands)

        return together


def _in_a_row(index: np.ndarray) -> slice | None:
    """The slice that an index stands for, if it does; of one place repeated, that place."""
    if len(index) == 1 or not np.any(index != index[0]):
        return slice(index[0], index[0] + 1)
    steps = np.diff(index)
    if steps[0] > 0 and not np.any(steps != steps[0]):
        return slice(index[0], index[-1] + 1, steps[0])
    return None


def _key(x: Any) -> Any:
    """By what the place of an operand is found."""
    return x.slot if isinstance(x, Ref) else float(x).hex()  # which tells −0 from 0


def _chained(steps: Sequence[Instruction], wanted: set[int]) -> list[_Node]:
    """Operations, where additions to what nothing else reads are one with what was added before."""
    uses = Counter(slot for step in steps for slot in step.reads)
    nodes: dict[int, _Node] = {}
    for step in steps:
        (result,), operands = step.results, list(step.operands)
        if _kind(step) is _ADD:
            for x, other in (operands, operands[::-1]):
                before = nodes.get(x.slot) if isinstance(x, Ref) else None
                if before and before.kind is _ADD and uses[x.slot] == 1 and x.slot not in wanted:
                    del nodes[x.slot]
                    operands = [*before.operands, other]
                    break
        nodes[result] = _Node(_kind(step), step.function, operands, result)
    return list(nodes.values())


def _groups(nodes: list[_Node]) -> list[list[_Node]]:
    """Nodes that do not wait for each other, of one kind and number of operands, in order."""
    level: dict[int, int] = {}
    groups = defaultdict(list)
    for node in nodes:
        waits = [level.get(x.slot, 0) for x in node.operands if isinstance(x, Ref)]
        level[node.result] = 1 + max(waits, default=0)
        groups[level[node.result], id(node.kind), len(node.operands)].append(node)
    return [groups[key] for key in sorted(groups, key=lambda key: key[0])]
