"""table: gradient health as text, with bars of block characters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .health import FINE, SCALE, length
from .measures import Row
from .theme import DASH, number
from .wrap import columns, wrap

BAR = 14  # characters: one a power of ten
WIDE = 100  # of the sentences under the table
_EIGHTHS = " ▏▎▍▌▋▊▉"

Column = tuple[str, Callable[[Row], str]]


def text(rows: Sequence[Row], problems: Sequence[str]) -> str:
    """The table, aligned, and what is wrong under it.

    Parameters
    ----------
    rows : sequence of Rows
    problems : sequence of str
    """
    shown = [(head, show) for head, show, wanted in _columns() if any(map(wanted, rows))]
    cells = [[head for head, _ in shown], *([show(row) for _, show in shown] for row in rows)]
    room = [max(columns(line[i]) for line in cells) for i in range(len(shown))]
    lines = [
        "  ".join(
            _pad(cell, size, i) for i, (cell, size) in enumerate(zip(line, room, strict=True))
        )
        for line in cells
    ]
    low, high = (f"{limit:.0e}" for limit in SCALE)
    lines.append(f"bars: |grad| from {low} to {high}, one character a power of ten")
    for problem in problems:
        lines += [
            f"{'! ' if not i else '  '}{part}" for i, part in enumerate(wrap(problem, WIDE - 2))
        ]
    return "\n".join(line.rstrip() for line in lines)


def blocks(share: float, size: int = BAR) -> str:
    """A bar of block characters.

    >>> blocks(0.5, 4), blocks(0.3, 4)
    ('██  ', '█▎  ')
    """
    eighths = round(share * size * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()).ljust(size)


def _columns() -> list[tuple[str, Callable[[Row], str], Callable[[Row], bool]]]:
    """Each column's head, what it shows, and for which rows it is worth its room."""
    return [
        ("", _name, lambda row: True),
        ("shape", lambda row: str(row.shape) if row.shape else "()", lambda row: True),
        ("|grad|", lambda row: _told(row, row.norm), lambda row: True),
        (" " * BAR, lambda row: blocks(length(row.norm)), lambda row: row.norm is not None),
        ("mean |grad|", lambda row: _told(row, row.mean), lambda row: row.mean is not None),
        ("|weight|", lambda row: _told(row, row.weight), lambda row: row.weight is not None),
        ("update/weight", lambda row: _told(row, row.update), lambda row: row.update is not None),
        ("dead", lambda row: _share(row.dead), lambda row: row.dead is not None),
        ("NaN", lambda row: _share(row.nan), lambda row: row.nan > 0),
        (
            "verdict",
            lambda row: row.verdict if row.verdict == FINE else f"! {row.verdict}",
            lambda row: True,
        ),
    ]


def _name(row: Row) -> str:
    return f"{row.module} {row.path}".strip() if row.kind == "relu" else row.path


def _told(row: Row, x: float | None) -> str:
    """A dash for what is not known yet, nothing where there is nothing to know."""
    if x is not None:
        return number(x)
    return DASH if row.kind == "parameter" else ""


def _share(x: float | None) -> str:
    return "" if x is None else f"{x:.0%}"


def _pad(cell: str, size: int, column: int) -> str:
    return cell + " " * (size - columns(cell))
