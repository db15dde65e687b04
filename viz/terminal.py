"""terminal: steps as numbered text, in colour where the terminal has it.

Colour only supports: without it not a character is missing.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from .frames import Frame
from .wrap import wrap

if TYPE_CHECKING:
    from .stepper import Stepper
    from .tracks import Track

WIDTH = 100  # columns, where the text is not for a terminal
NARROWEST = 40
WRONG = "✗"
BOLD, DIM, UNDERLINE, RED, GREEN, YELLOW, CYAN = 1, 2, 4, 31, 32, 33, 36
# A name with .grad, a number that is no part of a name, or another name.
PART = re.compile(
    r"(?P<grad>[^\W\d][\w.\[\]]*\.grad)\b"
    r"|(?P<number>(?<![\w.])-?(?:\d+\.?\d*(?:e[+-]?\d+)?|inf|nan)(?!\w))"
    r"|(?P<name>[^\W\d][\w.]*)"
)

Paint = Callable[[str, int], str]  # a text and what it is to look like


def text(stepper: Stepper, colour: bool = False, track: str = "backward", room: int = WIDTH) -> str:
    """The steps of one track, numbered.

    Parameters
    ----------
    stepper : Stepper
    colour : bool
        With the terminal's codes for colours.
    track : str
        The name of one of ``stepper.tracks``.
    room : int
        Columns of a line.

    Raises
    ------
    ValueError
        For the name of a track that this stepper does not have.
    """
    chosen = find(stepper.tracks, track)
    paint: Paint = (lambda said, code: f"\033[{code}m{said}\033[0m") if colour else _plain
    lines = [paint(stepper.title if track == "backward" else chosen.title, BOLD)]
    if track != "backward":
        lines += wrap(chosen.about, room)
    digits = len(str(len(chosen.frames)))
    names = {node.id: node.label for node in stepper.graph.nodes}
    for index, frame in enumerate(chosen.frames):
        first = index == chosen.first_wrong
        head = f"{index + 1:>{digits}}{WRONG if first else ' '} "
        told = [_formula(line, frame, paint) for line in wrap(frame.formula, room - len(head))]
        told += [f"  {line}" for line in _words(stepper, frame, names, room - len(head) - 2, paint)]
        lines.append(paint(head, RED if first else BOLD) + told[0])
        lines += [" " * len(head) + line for line in told[1:]]
    return "\n".join(lines)


def print_steps(
    stepper: Stepper,
    file: TextIO | None = None,
    colour: bool | None = None,
    track: str = "backward",
) -> None:
    """Print the steps of one track.

    Parameters
    ----------
    stepper : Stepper
    file : text file, optional
        ``sys.stdout`` by default.
    colour : bool, optional
        By default as the terminal and the variables NO_COLOR and FORCE_COLOR say.
    track : str
        The name of one of ``stepper.tracks``.
    """
    file = sys.stdout if file is None else file
    terminal = bool(getattr(file, "isatty", lambda: False)())
    room = max(min(shutil.get_terminal_size().columns, WIDTH), NARROWEST) if terminal else WIDTH
    said = text(stepper, _wanted(terminal) if colour is None else colour, track, room)
    encoding = getattr(file, "encoding", None) or "utf-8"
    # A console of another age gets a question mark for what it cannot write, and no traceback.
    print(said.encode(encoding, "replace").decode(encoding), file=file)


def find(tracks: Sequence[Track], name: str) -> Track:
    """The track of that name, or a ValueError that lists those there are."""
    for track in tracks:
        if track.name == name:
            return track
    known = ", ".join(track.name for track in tracks)
    raise ValueError(f"there is no track {name!r}; this stepper has {known}")


def _wanted(terminal: bool) -> bool:
    """Python's own order of precedence: NO_COLOR, FORCE_COLOR, TERM, and what the file is."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return terminal and os.environ.get("TERM") != "dumb"


def _plain(said: str, code: int) -> str:
    return said


def _formula(line: str, frame: Frame, paint: Paint) -> str:
    codes = {"grad": YELLOW, "number": GREEN if frame.kind == "seed" else CYAN, "name": BOLD}
    return PART.sub(lambda part: paint(part[0], codes[str(part.lastgroup)]), line)


def _words(
    stepper: Stepper, frame: Frame, names: dict[str, str], room: int, paint: Paint
) -> Iterator[str]:
    if frame.wrong:
        wrong = ", ".join(f"{names[id]}.grad" for id in frame.wrong)
        yield from (paint(line, RED) for line in wrap(f"{WRONG} wrong now: {wrong}", room))
    yield from wrap(frame.sentence, room)
    if frame.detail:
        yield from (paint(line, DIM) for line in wrap(frame.detail, room))
    if frame.line >= 0:
        line = stepper.lines[frame.line]
        marked = paint(line.text[line.start : line.end], UNDERLINE)
        yield f"line {line.number}: {line.text[: line.start]}{marked}{line.text[line.end :]}"
