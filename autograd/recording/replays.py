"""Replay: one recording of a function, for arguments of certain shapes."""

from __future__ import annotations

import math
from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np

from ..captured import seen
from ..data import is_complex
from ..op import EachOperand, Op
from ..ops.shape import astype
from ..switches import MODE, switched
from ..tree import flatten
from ..value import Value, _record
from .chance import Chance
from .paste import paste
from .plan import Plan, Run
from .program import Program, Turn
from .recorder import Recorder, tracked
from .tape import Gradients
from .tracked import Tracked, guarded, numbers


class Replay:
    """Runs a function for the first time and writes down what it does; then does that again.

    Attributes
    ----------
    first : anything
        What the function returned when it ran.
    moment : int
        How often it was replayed: results are differentiated until the next time.
    """

    def __init__(self, function: Callable, given: list[Any], rebuild: Callable) -> None:
        chance = Chance(function)
        recorder = Recorder(chance=chance)
        with switched(recorder=recorder), guarded():
            inside = [recorder.argument(x) if is_data(x) else x for x in given]
            args, settings = rebuild(inside)
            found, self._rebuild = flatten(function(*args, **settings))
        chance.check()
        self._data = [i for i, x in enumerate(given) if is_data(x)]
        self._outputs = [i for i, x in enumerate(found) if isinstance(x, Value)]
        trains = any(isinstance(entry, Gradients) for entry in recorder.entries)
        self._roots = [i for i in self._outputs if found[i].requires_grad and not trains]
        self._sources: list[Value | int] = []  # leaves, and the places of arguments
        self._program = self._write(recorder, found)
        recorder.settle()
        # Leaves that the function itself gives other arrays.
        self._moving = {
            self._program.ref(x).slot for x, data in recorder.seen.items() if numbers(x) is not data
        }
        self._plan = Plan(self._program, self._moving)
        self._program.forget(self._plan.lasts)
        self._settings = recorder.settings
        self._busy, self.moment = Lock(), 0
        self.first = self._rebuild([_outside(x, trains) for x in found])
        self._found = [None if isinstance(x, Value) else x for x in found]

    def _write(self, recorder: Recorder, found: list[Any]) -> Program:
        program = Program()
        for i, x in enumerate(recorder.arguments):
            program.ref(x, argument=i)
        for entry in recorder.entries:
            program.add(entry)
        turn = Turn([program.ref(found[i]) for i in self._outputs], [])
        program.steps.append(turn)
        if not self._roots:
            paste(program)
            return program
        recorder.entries.clear()
        roots = [found[i] for i in self._roots]
        seeds = [tracked(Value(_ones(x), requires_grad=False)) for x in roots]
        turn.seeds += [program.ref(seed, argument=-1) for seed in seeds]
        with switched(recorder=recorder), guarded():
            gradients = recorder.gradients(roots, seeds)
        for entry in recorder.entries:
            program.add(entry)
        places = {x: self._data[i] for i, x in enumerate(recorder.arguments)}
        for x, gradient in gradients.items():
            self._sources.append(places.get(x, x))
            program.found.append(program.ref(gradient))
        paste(program)
        return program

    def __call__(self, given: list[Any]) -> Any:
        if not self._busy.acquire(blocking=False):
            raise RuntimeError(
                "a recorded function is already running, in another thread or within itself: its "
                "arrays serve one call at a time. Record it once for each thread"
            )
        try:
            moved = self._plan.moved()
            if moved:
                self._moving |= moved
                self._plan = Plan(self._program, self._moving)
            self.moment += 1
            arguments = [given[i] for i in self._data]
            run = self._plan.run(arguments, [numbers(x) for x in arguments])
            outputs = next(run)
        finally:
            self._busy.release()
        found = self._found.copy()
        made = dict(zip(self._outputs, outputs, strict=True))
        if self._roots and MODE.get().recording:
            made.update(self._results(given, run, [made[i] for i in self._roots]))
        for i, y in made.items():
            found[i] = y if isinstance(y, Value) else Value(y, requires_grad=False)
        return self._rebuild(found)

    def _results(self, given: list[Any], run: Run, outputs: list[Any]) -> dict[int, Value]:
        """Results that know the way back."""
        inputs = tuple(x if isinstance(x, Value) else given[x] for x in self._sources)
        back = _Back(self, run, outputs)
        if len(outputs) == 1:
            return {self._roots[0]: _node(back, outputs[0], inputs)}
        packed = _node(back, np.concatenate([np.ravel(y) for y in outputs]), inputs)
        results, start = {}, 0
        for i, y in zip(self._roots, outputs, strict=True):
            part = packed[start : start + np.size(y)]
            part = part.reshape(np.shape(y)) if np.ndim(y) else part[0]
            results[i] = _in_kind(part, y)
            start += np.size(y)
        return results

    def stale(self) -> bool:
        """Whether leaves or settings are others now than in the recording, but for numbers."""
        return self._plan.stale() or any(get() != was for get, was in self._settings.items())


def _rule(index: int, g: Any, y: Any, *operands: Any, back: _Back) -> Any:
    if isinstance(y, Value):
        raise NotImplementedError(
            "the result of a recorded function has first derivatives only; for others call the "
            "function itself"
        )
    return back.gradient(index, g)


def _not_again(*operands: Any, **_params: Any) -> Any:
    """Stands for a recorded function in a graph, which keeps no way to compute it again."""
    raise NotImplementedError(
        "a graph that holds the result of a recorded function is not computed again; call the "
        "function itself to look inside"
    )


_RECORDED = Op(
    name="recorded",
    label="recorded",
    function=_not_again,
    forward=_not_again,
    vjps=EachOperand(_rule),
    scalar=None,
    arity=0,
    settings=("back",),
    formulas=("g, replayed",),
    domain=(-2.0, 2.0),
    cases=[],
    bind=lambda *operands, **params: (operands, params),
    complex=True,
    jvp=None,
    reads=True,
)


def _node(back: _Back, y: Any, inputs: tuple[Value, ...]) -> Value:
    node = _record(_RECORDED, y, inputs, None, {"back": back}, MODE.get())
    node._seen = seen(inputs)
    return node


def _in_kind(part: Value, y: Any) -> Value:
    """A part of the packed results as the number or array that it was."""
    if is_complex(part._data) and not is_complex(y):
        part = part.real
    if part.dtype != np.asarray(y).dtype:
        part = astype(part, np.asarray(y).dtype)
    part._data = y
    return part


class _Back:
    """The rest of one run: from gradients of the results to those of what they were made from."""

    def __init__(self, replay: Replay, run: Run, outputs: list[Any]) -> None:
        self._replay, self._run, self._moment = replay, run, replay.moment
        self._outputs = [(np.shape(y), y.dtype if hasattr(y, "dtype") else None) for y in outputs]
        self._g: Any = None
        self._gradients: list[Any] = []

    def gradient(self, index: int, g: Any) -> Any:
        """The gradient of one operand."""
        if self._replay.moment != self._moment:
            raise RuntimeError(
                "the recorded function was called again since this result, and its arrays hold "
                "other numbers now; go backward before the next call"
            )
        if self._g is None:
            self._g = g
            self._gradients = self._run.send(self._seeds(g))
        elif g is not self._g and not np.array_equal(g, self._g, equal_nan=True):
            raise RuntimeError(
                "the result of a recorded function is differentiated once in each call; call it "
                "again, or call the function itself"
            )
        return self._gradients[index]

    def _seeds(self, g: Any) -> list[Any]:
        if len(self._outputs) == 1:
            return [g]
        seeds, start = [], 0
        for shape, dtype in self._outputs:
            size = math.prod(shape)
            part = g[start : start + size]
            part = part if dtype is not None and dtype.kind == "c" else part.real
            seeds.append(float(part[0]) if dtype is None else part.astype(dtype).reshape(shape)[()])
            start += size
        return seeds


def is_data(x: Any) -> bool:
    """Whether an argument's numbers may be others in the next call."""
    return isinstance(x, (Value, np.ndarray, np.generic, float, complex))


def _ones(x: Value) -> Any:
    return 1.0 if type(numbers(x)) is float else np.ones_like(numbers(x))


def _outside(x: Any, constant: bool) -> Any:
    """A result of the recording as any other."""
    if not isinstance(x, Value):
        return x
    if constant:
        return Value(numbers(x), requires_grad=False)
    if isinstance(x, Tracked):
        x.__class__ = Value  # type: ignore[assignment]
    return x
