"""Plan: a program bound to memory, and whether it still fits the leaves."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from .code import Code
from .program import Program
from .shapes import kind_of

Run = Generator[list[Any], list[Any], None]


class Plan:
    """A program bound to memory.

    Parameters
    ----------
    program : Program
    moving : set of int
        Slots of leaves whose arrays were replaced once, and are copied in every run.
    """

    def __init__(self, program: Program, moving: set[int]) -> None:
        code = Code(program, moving)
        self._run, self._arrays = code.run, code.arrays
        leaves = [slot.leaf for slot in program.slots if slot.leaf is not None]
        self._leaves = [(x, x.requires_grad, x._data, kind_of(x._data)) for x in leaves]

    @property
    def lasts(self) -> bool:
        """Whether it never has to be made again."""
        return not self._arrays

    def moved(self) -> set[int]:
        """The slots of leaves that have another array now."""
        return {i for i, (leaf, array) in self._arrays.items() if leaf._data is not array}

    def stale(self) -> bool:
        """Whether a leaf takes a gradient now and did not, or holds data of another kind."""
        return any(
            x.requires_grad is not before or (x._data is not data and kind_of(x._data) != kind)
            for x, before, data, kind in self._leaves
        )

    def run(self, given: list[Any], data: list[Any]) -> Run:
        """Give the outputs; then, sent their gradients, those of what they were made from."""
        return self._run(given, data)
