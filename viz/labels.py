"""labels: what a picture says of a value, of the operation that made it, and along its edges."""

from __future__ import annotations

import inspect
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autograd import Line, Op, Value

from .formula import formula
from .theme import DASH, NO_GRAD, details, number

RULE = 24  # characters of a rule and a shape along an edge; the whole is told on demand

# Operations of two that give the same when their operands change places.
COMMUTE = frozenset({
    "add", "multiply", "maximum", "minimum", "fmax", "fmin", "logaddexp", "logaddexp2", "hypot",
    "beta", "betaln",
})  # fmt: skip


NAME = 40  # characters of a name in a box; the whole is told on demand


def shortened(name: str) -> str:
    """A long name without its middle: names differ at their ends.

    >>> shortened("loss"), shortened("encoder." * 10 + "attention.weight")
    ('loss', 'encoder.encoder.enc…der.attention.weight')
    """
    if len(name) <= NAME:
        return name
    return f"{name[: NAME // 2 - 1]}…{name[-NAME // 2 :]}"


def gradient(value: Value, heats: bool = False) -> str:
    """A dash where no backward pass has come, never 0."""
    if not value.requires_grad:
        return NO_GRAD
    if value.grad is None:
        return DASH
    # An array's shape is told beside its data; of its gradient the size is worth more.
    text = number(value.grad)
    if not value.ndim or (text[0] == "[" and not heats):
        return text
    return f"norm {number(np.linalg.norm(value.grad))}"


def data(x: Any, heats: bool = False) -> str:
    """A number; an array by its type and shape where a heat map shows the numbers."""
    return f"{x.dtype} {x.shape}" if heats and np.ndim(x) else number(x)


def stats(x: Any) -> str:
    """A large array in one line: range, mean, spread, share of zeros, NaNs and infinities."""
    x = np.asarray(x)
    if not x.size or x.dtype.kind not in "fiu":
        return ""
    fine = x[np.isfinite(x)] if x.dtype.kind == "f" else x
    parts = []
    if fine.size:
        low, high, mean, spread = (
            number(f(fine, dtype=np.float64) if f in (np.mean, np.std) else f(fine))
            for f in (np.min, np.max, np.mean, np.std)
        )
        parts = [f"{low} … {high}", f"mean {mean}", f"spread {spread}"]
    if zeros := np.count_nonzero(x == 0):
        parts.append(f"{zeros / x.size:.0%} zeros")
    if nans := np.count_nonzero(np.isnan(x)):
        parts.append(f"{nans:,} NaN")
    if infinite := x.size - fine.size - nans:
        parts.append(f"{infinite:,} infinite")
    return ", ".join(parts)


def detail(value: Value) -> str:
    """What is told on demand, in lines."""
    lines = [f"data: {details(value.data)}"]
    if value.grad is not None:
        lines.append(f"gradient: {details(value.grad)}")
    elif value.requires_grad:
        lines.append("gradient: no backward pass has reached it yet")
    if value.line:
        lines.append(place(value.line))
    return "\n".join(lines)


def place(line: Line) -> str:
    """A line of source, without the folders that differ from machine to machine."""
    return f"{Path(line.file).name}:{line.number}: {line.text}".rstrip(": ")


def settings(value: Value) -> str:
    """The operation that made a value, as a call, and the line that called it."""
    assert value.op is not None
    settings = {name: repr(setting) for name, setting in value.params.items()}
    given = ", ".join(f"{name}={text}" for name, text in settings.items() if text != "…")
    call = f"{value.op.name}({given})"
    return f"{call}\n{place(value.line)}" if value.line else call


class Along(NamedTuple):
    """What is written along an edge: the derivative or rule, which operand it is, and the whole."""

    label: str = ""
    order: str = ""
    detail: str = ""


def along(value: Value, derivatives: bool = True) -> list[Along]:
    """What is written along the edge of each operand slot."""
    op = value.op
    assert op is not None
    named = orders(op, len(value.inputs))
    slopes = _slopes(value) if derivatives else {}
    found = []
    for slot, x in enumerate(value.inputs):
        label = whole = ""
        if derivatives and isinstance(x, Value) and x.requires_grad and _rule(op, slot):
            rule = _formula(op, slot, tuple(value.params.items()))
            if slot in slopes:
                label, whole = f"× {slopes[slot]}", f"gradient: {rule}"
            else:
                shape = f" {x.shape}" if x.ndim else ""
                room = max(8, RULE - len(shape))
                label = (rule if len(rule) <= room else f"{rule[: room - 1]}…") + shape
                whole = f"gradient: {rule}, of shape {x.shape}" if x.ndim else f"gradient: {rule}"
        found.append(Along(label, named[slot], whole))
    return found


def _rule(op: Op, slot: int) -> Any:
    """The gradient rule of an operand."""
    return op.vjps[slot]


def _formula(op: Op, slot: int, params: tuple[tuple[str, Any], ...]) -> str:
    try:
        return _known(op, slot, params)
    except TypeError:  # a setting that cannot be a key
        return formula(op, slot, dict(params))


@lru_cache(maxsize=4096)
def _known(op: Op, slot: int, params: tuple[tuple[str, Any], ...]) -> str:
    return formula(op, slot, dict(params))


@lru_cache(maxsize=4096)
def orders(op: Op, operands: int) -> tuple[str, ...]:
    """Which operand each is, where that matters."""
    if operands < 2 or op.name in COMMUTE:
        return ("",) * operands
    if operands == 2 and not op.label.isalpha() and len(op.label) <= 2:  # written between the two
        return ("left", "right")
    numbered = [f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n, 'th') }" for n in range(1, operands + 1)]
    rule = next((rule for rule in op.vjps if rule is not None), None) if op.arity else None
    if rule is None:
        return tuple(numbered)
    called = list(inspect.signature(rule).parameters)[2 : 2 + op.arity]
    # A letter says nothing, and the rules of some families take all operands as one.
    words = called if len(called) == op.arity and "rest" not in called else []
    return tuple(
        word if len(word) > 1 else number
        for word, number in zip(words or numbered, numbered, strict=True)
    )


def _slopes(value: Value) -> dict[int, str]:
    """The local derivative by operand slot, where all are single numbers: the rule at g = 1."""
    op = value.op
    assert op is not None
    operands = [x.data if isinstance(x, Value) else x for x in value.inputs]
    numbers = (value.data, *operands)
    if not op.arity or any(x is None or np.ndim(x) or np.iscomplexobj(x) for x in numbers):
        return {}
    found = {}
    y, floats = np.float64(value.data), [np.float64(x) for x in operands]
    for slot, (x, vjp) in enumerate(zip(value.inputs, op.vjps, strict=True)):
        if isinstance(x, Value) and x.requires_grad and vjp is not None:
            with np.errstate(all="ignore"):
                found[slot] = number(vjp(np.float64(1), y, *floats, **value.params))
    return found
