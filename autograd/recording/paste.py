"""Parts that are put into zeros and added up, as one step.

Each slice of an array sends its gradient back as zeros with a part filled in. Where these are
added, they are written into one array here.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from ..op import OPS
from ..ops.index import add_in_place, is_basic, scatter
from .program import Instruction, Program, Ref

_SCATTER = OPS[scatter].forward


class Paste:
    """Zeros of a shape to which parts are added, each at its index."""

    def __init__(self, shape: tuple[int, ...], dtype: Any, indices: tuple[Any, ...]) -> None:
        self.shape, self.dtype, self.indices = shape, dtype, indices

    def __call__(self, *parts: Any) -> np.ndarray:
        y = np.zeros(self.shape, self.dtype)
        for index, part in zip(self.indices, parts, strict=True):
            add_in_place(y, index, part)
        return y


def paste(program: Program) -> None:
    """Take scatters, and sums of them, as one step."""
    uses = Counter(slot for step in program.steps for slot in step.reads)
    uses.update(x.slot for x in program.found if isinstance(x, Ref))
    where: dict[int, int] = {}  # by slot: the step that is a paste now
    for i, step in enumerate(program.steps):
        if not isinstance(step, Instruction) or len(step.results) != 1:
            continue
        if step.function is _SCATTER and _is_fixed(step):
            made: Instruction | None = _pasted(step, program)
        elif step.function is np.add:
            parts = [program.steps[where[s]] for s in step.reads if s in where and uses[s] == 1]
            made = _joined(step, parts)
            for slot in step.reads if made else ():
                program.steps[where.pop(slot)] = _NOTHING
        else:
            continue
        if made:
            program.steps[i] = made
            where[step.results[0]] = i
    program.steps = [step for step in program.steps if step is not _NOTHING]


_NOTHING = Instruction(print, (), {}, (), ())


def _is_fixed(step: Instruction) -> bool:
    index = step.params["index"]
    parts = index if isinstance(index, tuple) else (index,)
    masks = any(isinstance(part, np.ndarray) for part in parts)  # which may hold others later
    return len(step.reads) == 1 == len(step.operands) and is_basic(index) and not masks


def _pasted(step: Instruction, program: Program) -> Instruction:
    kind = program.slots[step.results[0]]
    function = Paste(kind.shape, kind.dtype, (step.params["index"],))
    return Instruction(function, step.operands, {}, step.results, step.reads)


def _joined(step: Instruction, parts: list[Any]) -> Instruction | None:
    """The sum of two, of which at most one is a sum already: so they are added in that order."""
    if len(parts) != 2 or parts[0] is parts[1]:
        return None
    first, second = sorted(parts, key=lambda part: -len(part.operands))
    if len(second.operands) > 1 or first.function.shape != second.function.shape:
        return None
    indices = first.function.indices + second.function.indices
    function = Paste(first.function.shape, first.function.dtype, indices)
    operands = (*first.operands, *second.operands)
    reads = (*first.reads, *second.reads)
    return Instruction(function, operands, {}, step.results, reads)
