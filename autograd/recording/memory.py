"""Memory: which results of a program have an array that stays, and which share one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..op import OPS
from ..ops.index import getitem
from .paste import Paste
from .program import Instruction, Program, Ref, Slot, Step, Stores, takes_out

REDUCE = {
    OPS[np.sum].forward: np.add.reduce,
    OPS[np.max].forward: np.maximum.reduce,
    OPS[np.min].forward: np.minimum.reduce,
}
_VIEWS = {
    OPS[function].forward
    for function in (
        *(np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze),
        *(np.broadcast_to, np.flip, np.rollaxis, getitem),
    )
}


def needed(program: Program) -> list[Step]:
    """The steps without those that nothing needs."""
    wanted = {x.slot for x in program.found if isinstance(x, Ref)}
    kept = []
    for step in reversed(program.steps):
        if not isinstance(step, Instruction) or not step.pure or wanted & set(step.results):
            wanted.update(step.reads)
            kept.append(step)
    return kept[::-1]


class Memory:
    """The arrays of a program's slots.

    Attributes
    ----------
    arrays : dict of int to ndarray
        By slot, of those whose array is the same in every run. The others are computed anew.
    leaves : dict of int to (Value, ndarray)
        The leaves whose own arrays are read.
    kept : set of int
        Gradients that are handed out: nothing else is written over them.
    views : set of int
        Results that show the memory of others.
    """

    def __init__(self, program: Program, steps: list[Step], moving: set[int]) -> None:
        self.slots, self.steps = program.slots, steps
        self.arrays: dict[int, np.ndarray] = {}
        self.leaves: dict[int, tuple[Any, np.ndarray]] = {}
        self._root: dict[int, int] = {}  # of a view: the slot whose memory it shows
        self._bytes: dict[int, np.ndarray] = {}  # what a slot's array is made over
        self._free: dict[int, list[np.ndarray]] = {}
        for i, slot in enumerate(self.slots):
            if slot.kind is not np.ndarray or not slot.shape:
                continue
            if slot.leaf is not None and i not in moving:
                self.arrays[i] = slot.leaf._data
                self.leaves[i] = (slot.leaf, slot.leaf._data)
            elif slot.leaf is not None or slot.argument is not None:
                self.arrays[i] = _like(slot)
        self.kept = self._gradients(program)
        self._last = self._uses(program)

    def place(self, i: int, step: Instruction) -> np.ndarray | None:
        """The array that a step's result stands in, where it has one that stays."""
        if len(step.results) != 1:
            return None
        (result,) = step.results
        slot = self.slots[result]
        if slot.kind is not np.ndarray or not slot.shape:
            return None
        if self._is_view(step):
            return self._view(result, step)
        if not writes(step):
            return None
        mine = None
        if isinstance(step.function, np.ufunc) and step.function.signature is None:
            mine = self._passed_on(i, step, slot)
        if mine is None:
            size = _size(slot)
            free = self._free.get(size) if result not in self.kept else None
            mine = free.pop() if free else np.empty(size, np.uint8)
        self._bytes[result] = mine
        self.arrays[result] = _over(mine, slot)
        return self.arrays[result]

    def done(self, i: int, step: Step) -> list[int]:
        """Give back the memory of what was used for the last time; name what has none."""
        gone = []
        results = step.results if isinstance(step, Instruction) else ()
        for used in {*step.reads, *results}:
            root = self._root.get(used, used)
            if self._last.get(root, -1) > i or root in self.kept:
                continue
            if root in self._bytes:
                mine = self._bytes.pop(root)
                self._free.setdefault(mine.nbytes, []).append(mine)
            elif used not in self.arrays and self.slots[used].kind is np.ndarray:
                gone.append(used)
        return gone

    def _uses(self, program: Program) -> dict[int, int]:
        """By root: the last step that reads it."""
        last: dict[int, int] = {}
        root: dict[int, int] = {}
        for i, step in enumerate(self.steps):
            if isinstance(step, Instruction) and len(step.results) == 1 and self._views(step):
                (of,) = [x.slot for x in step.operands if isinstance(x, Ref)]
                root[step.results[0]] = root.get(of, of)
            for used in step.reads:
                last[used] = last[root.get(used, used)] = i
        for x in program.found:
            if isinstance(x, Ref):
                last[x.slot] = last[root.get(x.slot, x.slot)] = len(self.steps)
        self.views = set(root)
        for i, step in reversed([*enumerate(self.steps)]):
            if isinstance(step, Instruction) and step.shares and step.results:
                self.views.update(step.results)
                until = max(last.get(root.get(x, x), i) for x in step.results)
                for used in step.reads:
                    of = root.get(used, used)
                    last[used] = last[of] = max(last[of], until)
        return last

    def _gradients(self, program: Program) -> set[int]:
        """Slots of the gradients that are handed to leaves, and are not written over meanwhile."""
        stored = [x for step in self.steps if isinstance(step, Stores) for x in step.found.values()]
        return {x.slot for x in (*stored, *program.found) if isinstance(x, Ref)}

    @staticmethod
    def _views(step: Instruction) -> bool:
        refs = [x for x in step.operands if isinstance(x, Ref)]
        return step.function in _VIEWS and len(refs) == 1 == len(step.reads)

    def _is_view(self, step: Instruction) -> bool:
        return self._views(step) and step.operands[0].slot in self.arrays

    def _view(self, result: int, step: Instruction) -> np.ndarray | None:
        of = step.operands[0].slot
        view = step.function(self.arrays[of], *step.operands[1:], **step.params)
        if not isinstance(view, np.ndarray) or not np.may_share_memory(view, self.arrays[of]):
            return None
        self._root[result] = self._root.get(of, of)
        self.arrays[result] = view
        return view

    def _passed_on(self, i: int, step: Instruction, slot: Slot) -> np.ndarray | None:
        """The memory of an operand that is read here for the last time."""
        for used in step.reads:
            other = self.slots[used]
            if (
                used in self._bytes
                and used not in self.kept
                and self._last.get(used) == i
                and step.results[0] not in self.kept
                and (other.shape, other.strides, other.dtype)
                == (slot.shape, slot.strides, slot.dtype)
            ):
                return self._bytes.pop(used)
        return None


def writes(step: Instruction) -> bool:
    """Whether the function can write its result into an array."""
    if isinstance(step.function, Paste):
        return True
    if takes_out(step.function):
        return len(step.results) == 1 and not step.params
    return (
        step.function in REDUCE
        and len(step.operands) == 1
        and step.params.keys() <= {"axis", "keepdims"}
    )


def _size(slot: Slot) -> int:
    assert slot.dtype is not None
    return math.prod(slot.shape) * slot.dtype.itemsize


def _like(slot: Slot) -> np.ndarray:
    """An array with the strides that the recorded one had, gaps and repetitions too."""
    steps = [(n - 1) * s for n, s in zip(slot.shape, slot.strides, strict=True)]
    start = -sum(step for step in steps if step < 0) if _size(slot) else 0
    end = sum(step for step in steps if step > 0) if _size(slot) else 0
    memory = np.empty(start + end + slot.dtype.itemsize, np.uint8)  # type: ignore[union-attr]
    return np.ndarray(slot.shape, slot.dtype, memory, start, slot.strides)


def _over(memory: np.ndarray, slot: Slot) -> np.ndarray:
    """An array over some bytes, in the order of memory that the recorded one had."""
    order = sorted(range(len(slot.shape)), key=lambda axis: (-slot.strides[axis], axis))
    strides, step = [0] * len(order), slot.dtype.itemsize  # type: ignore[union-attr]
    for axis in reversed(order):
        strides[axis] = step
        step *= slot.shape[axis]
    return np.ndarray(slot.shape, slot.dtype, memory, strides=strides)
