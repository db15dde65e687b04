"""symbols: a gradient rule's own letters, and what they stand for in a learner's program."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from autograd import Op, Step
from autograd.value import raw

from .equations import Names, called, figure
from .formula import formula

WORD = re.compile(r"[^\W\d]\w*")
OPAQUE = "vjp of "  # how a rule begins that is code and no formula

# What a letter is called where the learner has a value of that name.
IN_WORDS = {"g": "gradient", "y": "result", "a": "left", "b": "right", "x": "operand"}


def used(step: Step, slot: int, names: Names) -> dict[str, tuple[str, Any]]:
    """The letters that stand in the rule as it is written: a name of the learner's, and data."""
    words = WORD.findall(_written(step, slot))
    return {letter: meaning for letter, meaning in _all(step, slot, names).items()
            if letter in words}  # fmt: skip


def named(text: str, step: Step, slot: int, names: Names) -> str:
    """A rule in the learner's names; a constant array, which has none, keeps the rule's letter."""
    meanings = _all(step, slot, names)
    letters = _letters(meanings, names)
    return _replaced(
        text,
        {
            letter: letters[letter] if name.startswith("array") else name
            for letter, (name, _) in meanings.items()
        },
    )


def rule(step: Step, slot: int, names: Names) -> str:
    """The rule in letters, and what each stands for."""
    meanings = used(step, slot, names)
    letters = _letters(meanings, names)
    said = f"rule: {_replaced(_written(step, slot), letters)}"
    where = ", ".join(_stands_for(letters[each], *meanings[each]) for each in meanings)
    return f"{said}, where {where}" if where else said


def _written(step: Step, slot: int) -> str:
    assert step.value.op is not None
    return formula(step.value.op, slot, step.value.params)


def _all(step: Step, slot: int, names: Names) -> dict[str, tuple[str, Any]]:
    y, op = step.value, step.value.op
    assert op is not None
    found = {"g": (f"{names[y]}.grad", step.gradient), "y": (names[y], y.data)}
    for letter, x in zip(_parameters(op, slot), y.inputs, strict=False):
        if x is not None:  # an operand left out
            found[letter] = (called(x, names), raw(x))
    if "n" not in found and op.arity == 1 and y.size:  # of a mean: how many numbers are in one
        count = y.inputs[0].size // y.size - y.params.get("ddof", 0)
        found["n"] = (str(count), count)
    return found


@lru_cache(maxsize=4096)
def _parameters(op: Op, slot: int) -> list[str]:
    """What the rule calls the operands."""
    vjp = op.vjps[slot]
    assert vjp is not None
    return list(inspect.signature(vjp).parameters)[2 : 2 + op.arity]


def _letters(meanings: Mapping[str, tuple[str, Any]], names: Names) -> dict[str, str]:
    """What each letter is called, so that none is the name of another of the learner's values."""
    taken = set(names.values())
    found = {}
    for letter, (name, _) in meanings.items():
        word = letter
        if letter in taken and letter != name:
            word = IN_WORDS.get(letter, letter)
            while word in taken:
                word += "′"
        found[letter] = word
    return found


def _replaced(text: str, words: Mapping[str, str]) -> str:
    return WORD.sub(lambda word: words.get(word[0], word[0]), text)


def _stands_for(letter: str, name: str, data: Any) -> str:
    if np.ndim(data):
        constant = name.startswith("array")
        return f"{letter} = {name}" if constant else f"{letter} = {name} {np.shape(data)}"
    return " = ".join(dict.fromkeys((letter, name, figure(data))))
