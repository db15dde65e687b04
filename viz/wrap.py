"""wrap: a text broken into lines, for a terminal and for slides, where nothing else breaks it."""

from __future__ import annotations

import re

from .theme import ADVANCE, width

WORD = re.compile(r"\S+\s*|^\s+")


def columns(text: str) -> int:
    """How many characters of a monospaced font a text is wide.

    >>> columns("grad"), columns("勾配")
    (4, 4)
    """
    return round(width(text, 1 / ADVANCE))


def wrap(text: str, room: int) -> list[str]:
    """The text in lines of at most ``room`` columns; a word that is longer is cut.

    >>> wrap("gradients add where a value is used twice", 16)
    ['gradients add', 'where a value is', 'used twice']
    >>> wrap("x.grad += 1 × -3 = -3  (0 → -3)", 12)
    ['x.grad += 1', '× -3 = -3', '(0 → -3)']
    >>> wrap("abcdefgh ij", 5)
    ['abcde', 'fgh', 'ij']
    """
    lines = [""]
    for word in WORD.findall(text):
        if lines[-1] and columns(lines[-1] + word.rstrip()) > room:
            lines.append("")
        for character in word:
            if not character.isspace() and columns(lines[-1] + character) > room:
                lines.append("")
            lines[-1] += character
    return [line.rstrip() for line in lines]
