"""Lines of source: which of the caller's expressions made a value."""

from __future__ import annotations

import ast
import linecache
import os
import sys
from itertools import islice
from types import CodeType
from typing import NamedTuple

# os.path, since importing pathlib takes a tenth of the time that importing the engine does.
_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_OURS = tuple(os.path.join(_ROOT, name, "") for name in ("autograd", "nn", "viz"))


class _ByFile(dict[str, bool]):
    """Whether a file belongs to this project's packages."""

    def __missing__(self, file: str) -> bool:
        self[file] = file.startswith(_OURS)
        return self[file]


ours_by_file = _ByFile()

Place = tuple[CodeType, int]  # an instruction: cheap to note, and told as a line when asked for

# One object for all that is made at a place. It keeps its code, so no other code gets that id.
_places: dict[tuple[int, int], Place] = {}
_MOST = 10_000  # then it starts anew: notebooks make code again and again


class Line(NamedTuple):
    """A line of source, and the expression in it.

    Attributes
    ----------
    file : str
    number : int
        From 1.
    text : str
        Without the indentation; several lines of one expression are joined; "" where the source
        is not at hand.
    start, end : int
        The expression is ``text[start:end]``.
    """

    file: str
    number: int
    text: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.text}"


def here(level: int = 1) -> Place:
    """The innermost place in the caller's code, which is not ours, from ``level`` frames up."""
    frame = sys._getframe(level)
    code = frame.f_code
    while ours_by_file[code.co_filename] and frame.f_back is not None:
        frame = frame.f_back
        code = frame.f_code
    instruction = frame.f_lasti
    place = _places.get((id(code), instruction))
    if place is None:
        if len(_places) >= _MOST:
            _places.clear()
        place = _places[id(code), instruction] = code, instruction
    return place


def line_at(place: Place) -> Line:
    """The source of an instruction."""
    code, instruction = place
    position = next(islice(code.co_positions(), instruction // 2, None), (None,) * 4)
    first, last, left, right = position
    number = first or code.co_firstlineno
    source = linecache.getline(code.co_filename, number).rstrip()
    text = source.strip()
    indent = len(source) - len(source.lstrip())
    if last is None or left is None or right is None:
        return Line(code.co_filename, number, text, 0, len(text))
    if last != first:
        return _of_several(code.co_filename, number, last, left, right)
    for line, before in ((source, indent), (text, 0)):  # marimo compiles cells without theirs
        start, end = _column(line, left) - before, _column(line, right) - before
        if start >= 0 and _is_expression(text[start:end]):
            return Line(code.co_filename, number, text, start, end)
    return Line(code.co_filename, number, text, 0, len(text))


def _of_several(file: str, first: int, last: int, left: int, right: int) -> Line:
    """The lines of an expression as one; of a long one the beginning."""
    lines = [linecache.getline(file, n).rstrip() for n in range(first, min(last, first + 9) + 1)]
    indents = [len(line) - len(line.lstrip()) for line in lines]
    text = " ".join(line.strip() for line in lines)
    start = max(0, _column(lines[0], left) - indents[0])
    if last > first + 9:
        return Line(file, first, text, start, len(text))
    end = len(text) - len(lines[-1].strip()) + _column(lines[-1], right) - indents[-1]
    return Line(file, first, text, start, max(end, start))


def _column(line: str, octets: int) -> int:
    """How many characters so many bytes are, in which Python counts."""
    return len(line.encode()[:octets].decode(errors="ignore"))


def _is_expression(text: str) -> bool:
    try:
        statements = ast.parse(text.strip()).body
    except SyntaxError:
        return False
    return len(statements) == 1 and isinstance(statements[0], (ast.Expr, ast.AugAssign))


def callers_level() -> int:
    """The ``stacklevel`` by which a warning names the caller's line, not one of ours."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and ours_by_file[frame.f_code.co_filename]:
        frame, level = frame.f_back, level + 1
    return level
