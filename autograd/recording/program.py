"""Program: a tape without its numbers, in functions that can write into arrays that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..lines import Place
from ..op import OPS
from ..switches import switched
from ..tree import flatten
from ..value import Value
from .recorder import Recorder, tracked
from .tape import Entry, Gradients
from .tracked import numbers

_TAKE_OUT = {OPS[function].forward for function in (np.matmul, np.power)}


@dataclass(frozen=True, slots=True)
class Ref:
    """The number of a slot, where the result of an instruction or a leaf stands."""

    slot: int


@dataclass(eq=False, slots=True)
class Slot:
    """What is known of a value: its kind, and where it comes from.

    Attributes
    ----------
    kind : type
        ``float``, ``np.ndarray``, or a NumPy scalar's.
    shape, strides : tuple of int
        Of an array.
    dtype : NumPy dtype or None
    leaf : Value or None
        The Value outside the function whose numbers these are.
    argument : int or None
    """

    kind: type
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype | None
    leaf: Value | None = None
    argument: int | None = None


@dataclass(eq=False, slots=True)
class Instruction:
    """``slots[results] = function(*operands, **params)``; operands and params may hold a `Ref`."""

    function: Callable
    operands: tuple
    params: dict[str, Any]
    results: tuple[int, ...]
    reads: tuple[int, ...]  # the slots that it needs
    many: bool = False
    pure: bool = True  # done for nothing but its results
    shares: bool = False  # whether results may show the memory of operands
    place: Place | None = None


@dataclass(eq=False, slots=True)
class Stores:
    """Gradients that leaves are given: slots or numbers, by the slot of the leaf."""

    found: dict[int, Any]

    @property
    def reads(self) -> tuple[int, ...]:
        """The slots that it needs."""
        return _slots(self.found.values())


@dataclass(eq=False, slots=True)
class Turn:
    """Here the results are handed out; what follows goes back from them, with their gradients."""

    outputs: list[Any]
    seeds: list[Any]

    @property
    def reads(self) -> tuple[int, ...]:
        """The slots that it needs."""
        return _slots(self.outputs)


Step = Instruction | Stores | Turn


@dataclass(eq=False, slots=True)
class Program:
    """All instructions, and the slots that they work on."""

    slots: list[Slot] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    found: list[Any] = field(default_factory=list)  # the gradients that the way back gives
    _of: dict[Value, int] = field(default_factory=dict)

    def ref(self, x: Any, argument: int | None = None) -> Any:
        """Where a Value's numbers stand; anything else as it is."""
        if not isinstance(x, Value):
            return x
        if x not in self._of:
            self._of[x] = len(self.slots)
            data, made = numbers(x), x.op is not None or argument is not None
            array = isinstance(data, np.ndarray)
            self.slots.append(
                Slot(
                    type(data),
                    data.shape if array else (),
                    data.strides if array else (),
                    data.dtype if isinstance(data, (np.ndarray, np.generic)) else None,
                    None if made else x,
                    argument,
                )
            )
        return Ref(self._of[x])

    def add(self, entry: Entry | Gradients) -> None:
        """Write down an entry of a tape, an operation as the NumPy functions it is made of."""
        if isinstance(entry, Gradients):
            found = entry.found.items()
            self.steps.append(Stores({self.ref(x).slot: self.ref(g) for x, g in found}))
        elif not self._taken_apart(entry):
            operands, params = self._refs(entry.operands), entry.params
            reads = _slots(operands if _flat(operands) else _leaves(operands))
            if params:
                params = self._refs(params)
                reads += _slots(_leaves(params))
            results = tuple(self._result(x) for x in entry.results)
            pure = entry.pure or entry.op is not None
            self.steps.append(
                Instruction(
                    *(entry.function, operands, params, results, reads),
                    *(entry.many, pure, not pure or _shares(entry), entry.place),
                )
            )

    def forget(self, everything: bool) -> None:
        """Let go of the Values of the recording, or of all."""
        self._of.clear()
        if everything:
            self.steps.clear()
            self.slots.clear()

    def _refs(self, tree: Any) -> Any:
        if _flat(tree):
            return tuple(map(self.ref, tree))
        leaves, rebuild = flatten(tree)
        return rebuild([self.ref(x) for x in leaves])

    def _result(self, x: Value) -> int:
        slot = self.ref(x).slot
        self.slots[slot].leaf = None
        return slot

    def _taken_apart(self, entry: Entry) -> bool:
        """Whether the operation's function could be recorded too, and then was."""
        op, made = entry.op, None
        if op is None or entry.function is not op.forward:
            return False
        if takes_out(op.forward) or any(isinstance(x, Value) for x in _leaves(entry.params)):
            return False
        recorder, (result,) = Recorder(np.geterr()), entry.results
        inside = [
            tracked(Value(numbers(x), requires_grad=False)) if isinstance(x, Value) else x
            for x in entry.operands
        ]
        try:
            with switched(recorder=recorder, recording=False):
                made = op.forward(*inside, **entry.params)
        except Exception:  # it does what cannot be recorded: it stays one function
            return False
        parts = recorder.entries
        last = parts[-1] if parts else None
        if recorder.silenced or not isinstance(last, Entry) or not isinstance(made, Value):
            return False
        if made not in last.results or any(getattr(part, "op", None) is op for part in parts):
            return False
        if not _alike(numbers(made), numbers(result)):
            return False
        for x, outside in zip(inside, entry.operands, strict=True):
            if isinstance(x, Value):
                self._of[x] = self.ref(outside).slot
        for part in parts:
            self.add(part)
        self._of[result] = self._of[made]
        return True


def takes_out(function: Any) -> bool:
    """Whether it can be given an array for its result, after its operands."""
    return isinstance(function, np.ufunc) or function in _TAKE_OUT


def _alike(a: Any, b: Any) -> bool:
    """Whether two results have the same bits, kind and order in memory."""
    return (
        type(a) is type(b)
        and np.shape(a) == np.shape(b)
        and getattr(a, "dtype", None) == getattr(b, "dtype", None)
        and getattr(a, "strides", ()) == getattr(b, "strides", ())
        and np.array_equal(a, b, equal_nan=True)
    )


def _shares(entry: Entry) -> bool:
    """Whether results of the recording show the memory of what they were made from."""
    made = [y for y in map(numbers, entry.results) if isinstance(y, np.ndarray)]
    if not made:
        return False
    given = [numbers(x) for x in _leaves((entry.operands, entry.params)) if isinstance(x, Value)]
    return any(isinstance(x, np.ndarray) and np.may_share_memory(x, y) for x in given for y in made)


def _slots(things: Iterable[Any]) -> tuple[int, ...]:
    return tuple([x.slot for x in things if isinstance(x, Ref)])


def _flat(tree: Any) -> bool:
    return type(tree) is tuple and not any(type(x) in (tuple, list, dict) for x in tree)


def _leaves(tree: Any) -> list[Any]:
    return flatten(tree)[0]
