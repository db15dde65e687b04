"""Code: a program written as a Python function over arrays that stay."""

from __future__ import annotations

import math
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np

from ..ops.index import place
from ..tree import flatten, is_container
from .memory import REDUCE, Memory, needed, writes
from .paste import Paste
from .program import Instruction, Program, Ref, Step, Stores, Turn, takes_out
from .recorder import data_of, grad_of, into, set_grad, store
from .scalars import Scalars, on_numbers
from .shapes import again, refuse

_WRITTEN_OUT = {
    data_of: "{0}._data",
    grad_of: "{0}.grad",
    set_grad: "{0}.grad = {1}",
    into: "{0}({1}, {2}, out={1})",
}
_MANY = 100  # operations on single numbers that are worth an array
_PLAIN = (float, int, bool, str, type(None))


class Code:
    """Writes a program as a function, and is no longer needed then.

    Parameters
    ----------
    program : Program
    moving : set of int
        Slots of leaves whose arrays were replaced once, and are copied in every run.

    Attributes
    ----------
    run : generator function
        Of the arguments and their numbers: it gives the outputs; then, sent their gradients, those
        of what they were made from.
    arrays : dict of int to (Value, ndarray)
        The leaves whose own arrays it reads.
    """

    def __init__(self, program: Program, moving: set[int]) -> None:
        steps = needed(program)
        self._memory = memory = Memory(program, steps, moving)
        self._slots = program.slots
        self._names: dict[str, Any] = {
            "copyto": np.copyto,
            "store": store,
            "number": _number,
            "again": again,
            "refuse": refuse,
        }
        self._lines: list[str] = []
        self._late: set[int] = set()  # leaves that are taken before they are first read
        self._taken: set[int] = set()
        self._start(moving)
        blocks = self._blocks(steps, program)
        for i, step in enumerate(steps):
            self._take_leaves(i, step, blocks)
            if i in blocks:
                self._block(blocks[i])
            elif i in self._within:
                continue
            elif isinstance(step, Instruction):
                self._instruction(i, step)
            elif isinstance(step, Stores):
                self._stores(step)
            else:
                self._turn(step)
            gone = memory.done(i, step)
            if gone:
                self._lines.append(f"del {', '.join(f'v{slot}' for slot in gone)}")
        self._lines.append(f"yield [{', '.join(map(self._expression, program.found))}]")
        source = "def run(given, data):\n " + "\n ".join(self._lines)
        exec(compile(source, "<recorded>", "exec"), self._names)
        self.run, self.arrays = self._names["run"], memory.leaves

    def _start(self, moving: set[int]) -> None:
        for i, slot in enumerate(self._slots):
            if slot.argument is not None and slot.argument >= 0:
                self._take(i, f"data[{slot.argument}]")
            elif i in moving or (slot.leaf is not None and i not in self._memory.arrays):
                self._late.add(i)

    def _take_leaves(self, i: int, step: Step, blocks: dict[int, Scalars]) -> None:
        """Read what leaves hold now; what is done anew each time may change it."""
        for slot in blocks[i].reads if i in blocks else () if i in self._within else step.reads:
            if slot in self._late and slot not in self._taken:
                self._taken.add(slot)
                self._take(slot, f"{self._constant(self._slots[slot].leaf)}._data")
        if isinstance(step, Instruction) and not step.pure:
            self._taken.clear()

    def _take(self, slot: int, source: str) -> None:
        if slot in self._memory.arrays:
            self._lines.append(f"copyto({self._expression(Ref(slot))}, {source})")
        else:
            self._lines.append(f"v{slot} = {source}")

    def _instruction(self, i: int, step: Instruction) -> None:
        operands = [self._tree(x) for x in step.operands]
        if not step.pure and not _is_ours(step.function):  # it may keep what it is given
            operands = [
                self._lent(x, given) for x, given in zip(step.operands, operands, strict=True)
            ]
        array = self._memory.place(i, step)
        if array is not None and not writes(step):
            return  # a view of memory that stays
        if array is not None:
            (result,) = step.results
            self._guard(result)
            if isinstance(step.function, Paste):
                self._paste(step.function, array, operands, f"s{result}")
            elif takes_out(step.function):
                # NumPy wants the word where a third operand could be meant.
                word = "out=" if step.function in (np.maximum, np.minimum) else ""
                call = [*operands, f"{word}s{result}"]
                self._lines.append(f"{self._constant(step.function)}({', '.join(call)})")
            else:
                axis = self._expression(step.params.get("axis"))
                kept = step.params.get("keepdims", False)
                reduce = self._constant(REDUCE[step.function])
                call = [*operands, axis, "None", f"s{result}", repr(bool(kept))]
                self._lines.append(f"{reduce}({', '.join(call)})")
            self._names[f"s{result}"] = array
            return
        infix = getattr(step.function, "infix", None)
        if infix:
            value = f" {infix} ".join(operands)
        elif isinstance(step.function, partial) and step.function.func in _WRITTEN_OUT:
            names = map(self._constant, step.function.args)
            value = _WRITTEN_OUT[step.function.func].format(*names, *operands)
        else:
            value = (
                f"{self._constant(step.function)}({', '.join([*operands, *self._settings(step)])})"
            )
            kinds = [self._slots[result].kind for result in step.results]
            if not step.pure:
                pass
            elif kinds == [float] and not hasattr(step.function, "op"):
                value = f"float({value})"
            elif (
                len(kinds) == 1
                and issubclass(kinds[0], np.generic)
                and not isinstance(step.function, np.ufunc)
            ):
                value = f"number({value})"
        targets = ", ".join(f"v{result}" for result in step.results)
        if step.many:
            targets += ","
        self._lines.append(f"{targets} = {value}" if step.results else value)
        for result in step.results:
            self._check(result, step)

    def _lent(self, x: Any, given: str) -> str:
        """An operand, copied where its memory serves the next replay too."""
        lasts = isinstance(x, Ref) and x.slot in self._memory.arrays
        return f"{given}.copy('K')" if lasts and self._slots[x.slot].leaf is None else given

    def _check(self, result: int, step: Instruction) -> None:
        """Before the shape of a result is relied on: it must be that of the recording."""
        slot = self._slots[result]
        known = self._constant((slot.kind, slot.shape, slot.dtype))
        place = self._constant(step.place)
        if not step.pure:
            v = f"v{result}"
            other = f"type({v}) is not {self._constant(slot.kind)}"
            if slot.kind is np.ndarray:
                dtype = self._constant(slot.dtype)
                other += f" or {v}.shape != {slot.shape} or {v}.dtype is not {dtype}"
            self._lines.append(f"if {other}: {v} = again({v}, {known}, {place})")
        elif slot.kind is np.ndarray:
            self._lines.append(
                f"if v{result}.shape != {slot.shape}: refuse(v{result}, {known}, {place})"
            )

    def _blocks(self, steps: list[Step], program: Program) -> dict[int, Scalars]:
        """Stretches of many operations on single numbers, by where they begin."""
        self._within: set[int] = set()
        readers: dict[int, int] = {}  # the last step that reads a slot
        for i, step in enumerate(steps):
            readers.update(dict.fromkeys(step.reads, i))
        kept = {x.slot for x in program.found if isinstance(x, Ref)}
        blocks, start = {}, 0
        for number, stretch in groupby(steps, lambda step: on_numbers(step, self._slots)):
            part = list(stretch)
            end = start + len(part)
            if number and len(part) >= _MANY:
                made = (step.results[0] for step in part if isinstance(step, Instruction))
                wanted = {slot for slot in made if readers.get(slot, -1) >= end or slot in kept}
                blocks[start] = Scalars([s for s in part if isinstance(s, Instruction)], wanted)
                self._within.update(range(start, end))
            start = end
        return blocks

    def _block(self, block: Scalars) -> None:
        given = ", ".join(f"v{slot}" for slot in block.reads)
        made = "".join(f"v{slot}, " for slot in block.gives)
        self._lines.append(f"{made or '_'} = {self._constant(block)}([{given}])")

    def _paste(self, paste: Paste, array: np.ndarray, operands: list[str], name: str) -> None:
        places = [place(array, index) for index in paste.indices]
        covered = np.zeros(array.shape, np.int32)
        for index in paste.indices:
            covered[index] += 1
        overlap = covered.size and covered.max() > 1
        if not covered.all() or overlap:
            self._lines.append(f"{name}.fill(0)")
        add = self._constant(np.add)
        for part_of, part in zip(map(self._constant, places), operands, strict=True):
            if overlap:
                self._lines.append(f"{add}({part_of}, {part}, {part_of})")
            else:  # which makes 0 of −0, as adding zeros does
                self._lines.append(f"{add}({part}, 0.0, {part_of})")

    def _settings(self, step: Instruction) -> list[str]:
        return [f"{name}={self._tree(setting)}" for name, setting in step.params.items()]

    def _tree(self, tree: Any) -> str:
        """An operand or a setting: where there are slots in it, it is put together anew."""
        if type(tree) is Ref or not is_container(tree):
            return self._expression(tree)
        leaves, rebuild = flatten(tree)
        if not any(isinstance(x, Ref) for x in leaves):
            return self._expression(tree)
        given = ", ".join(map(self._expression, leaves))
        return f"{self._constant(rebuild)}([{given}])"

    def _guard(self, slot: int) -> None:
        """Before a gradient's array is written over: a leaf that adds up gets one of its own."""
        if slot not in self._memory.kept:
            return
        for step in self._memory.steps:
            for leaf, found in step.found.items() if isinstance(step, Stores) else ():
                if isinstance(found, Ref) and found.slot == slot:
                    name = self._leaf(leaf)
                    self._lines.append(f"if {name}.grad is s{slot}: {name}.grad = s{slot}.copy()")

    def _stores(self, step: Stores) -> None:
        taken: set[int] = set()
        for leaf, found in step.found.items():
            gradient = self._expression(found)
            if isinstance(found, np.ndarray):
                gradient += ".copy()"
            elif isinstance(found, Ref) and self._slots[found.slot].kind is np.ndarray:
                if found.slot in taken | self._memory.views:
                    gradient += ".copy()"
                taken.add(found.slot)
            self._lines.append(f"store({self._leaf(leaf)}, {gradient})")

    def _turn(self, step: Turn) -> None:
        outputs = []
        for x in step.outputs:
            array = isinstance(x, Ref) and self._slots[x.slot].kind is np.ndarray
            outputs.append(self._expression(x) + (".copy('K')" if array else ""))
        self._lines.append(f"data = yield [{', '.join(outputs)}]")
        for i, seed in enumerate(step.seeds):
            self._take(seed.slot, f"data[{i}]")

    def _leaf(self, slot: int) -> str:
        known = self._slots[slot]
        return f"given[{known.argument}]" if known.leaf is None else self._constant(known.leaf)

    def _expression(self, x: Any) -> str:
        if isinstance(x, Ref):
            array = self._memory.arrays.get(x.slot)
            if array is None:
                return f"v{x.slot}"
            self._names[f"s{x.slot}"] = array
            return f"s{x.slot}"
        if type(x) in _PLAIN and not (type(x) is float and not math.isfinite(x)):
            return repr(x) if not isinstance(x, (float, int)) or x >= 0 else f"({x!r})"
        return self._constant(x)

    def _constant(self, x: Any) -> str:
        name = f"k{id(x)}"
        self._names[name] = x  # which keeps it alive, so that the name stays its own
        return name


def _is_ours(function: Any) -> bool:
    while isinstance(function, partial):
        function = function.func
    module = getattr(function, "__module__", None) or ""
    return module.partition(".")[0] in ("autograd", "nn")


def _number(x: Any) -> Any:
    return x[()] if isinstance(x, np.ndarray) else x
