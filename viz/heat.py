"""heat: the numbers of a small array as cells, each as strong in colour as its number is large.

The colours are centred on 0. The sign is seen without them: a negative cell has a dash, or its
number; what is no number or infinite has a cross.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from .records import Heat
from .theme import SMALL, number, width

MOST = 64  # numbers
WRITTEN = 12  # numbers that are written into their cells
ROW = 16  # cells, and
WRITTEN_ROW = 6  # cells with numbers, after which one long row goes on in the next
TALLEST = 8  # rows of full cells
CELL, FINE_CELL = 12.0, 8.0  # of arrays with few rows and columns, and with many
TALL = 15.0  # a cell with a number
GAP = 6.0  # between the matrices of a stack


def heat(x: Any) -> Heat | None:
    """The cells of an array, or None where it is no small one.

    Of complex numbers there are cells where there is room to write them: they have no sign.

    >>> heat(np.array([[1.0, -4.0], [0.0, 2.0]]))
    Heat(rows=((1.0, -4.0), (0.0, 2.0)), scale=4.0, panel=0)
    """
    x = np.asarray(x)
    most = WRITTEN if x.dtype.kind == "c" else MOST
    if not x.ndim or not 1 <= x.size <= most or x.dtype.kind not in "fiubc":
        return None
    if x.ndim > 3:  # a stack of the matrices of its last two axes longer than 1
        x = np.squeeze(x)
        x = x.reshape(-1, *x.shape[-2:]) if x.ndim > 3 else np.atleast_1d(x)
    x = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    fine = np.abs(x[np.isfinite(x)])
    scale = float(fine.max()) if fine.size and fine.any() else 1.0
    panel = x.shape[2] if x.ndim == 3 else 0
    if panel:
        x = np.concatenate(list(x), axis=1)
    x = x.reshape(-1, x.shape[-1])
    rows = [tuple(row) for row in x.tolist()]
    longest = WRITTEN_ROW if x.size <= WRITTEN else ROW
    if len(rows) == 1 and not panel:
        rows = [rows[0][i : i + longest] for i in range(0, x.size, longest)]
    return Heat(tuple(rows), scale, panel)


def shows_numbers(heat: Heat) -> bool:
    """Whether the numbers are few enough to be written into the cells."""
    return sum(map(len, heat.rows)) <= WRITTEN


def size(heat: Heat) -> tuple[float, float]:
    """How much room the cells take, with the number that says what the strongest colour means."""
    across, down = _cell(heat)
    columns = max(map(len, heat.rows))
    gaps = (columns - 1) // heat.panel * GAP if heat.panel else 0.0
    beside = 0.0 if shows_numbers(heat) else width(scale(heat), SMALL) + GAP
    return columns * across + gaps + beside, len(heat.rows) * down


def scale(heat: Heat) -> str:
    """What the strongest colour means, where there is a colour."""
    cells = [x for row in heat.rows for x in row]
    if not any(cells):
        return "all 0"
    return f"±{number(heat.scale)}" if any(x and cmath.isfinite(x) for x in cells) else ""


def cells(heat: Heat, left: float, top: float) -> Iterator[str]:
    """SVG."""
    across, down = _cell(heat)
    written = shows_numbers(heat)
    dashes, crosses = [], []
    for i, row in enumerate(heat.rows):
        for j, x in enumerate(row):
            x0 = left + j * across + (j // heat.panel * GAP if heat.panel else 0.0)
            y0 = top + i * down
            kind, strength = strength_of(x, heat.scale)
            opacity = "" if strength == 1 else f' fill-opacity="{strength:.2g}"'
            yield (
                f'<rect class="cell {kind}" x="{x0:.1f}" y="{y0:.1f}" width="{across:g}" '
                f'height="{down:g}"{opacity}/>'
            )
            middle = (x0 + across / 2, y0 + down / 2)
            if written:
                yield (
                    f'<text class="small middle" x="{middle[0]:.1f}" '
                    f'y="{middle[1] + SMALL * 0.35:.1f}">{number(x)}</text>'
                )
            elif not cmath.isfinite(x):
                arm = across / 4
                a, b = (f"{middle[0] - arm:.1f} {middle[1] + dy:.1f}" for dy in (-arm, arm))
                crosses.append(f"M{a}l{2 * arm:g} {2 * arm:g}M{b}l{2 * arm:g} {-2 * arm:g}")
            elif kind == "negative":
                dashes.append(f"M{middle[0] - across / 4:.1f} {middle[1]:.1f}h{across / 2:g}")
    if dashes or crosses:
        yield f'<path class="sign" d="{"".join(dashes + crosses)}"/>'
    if not written:
        end = left + size(heat)[0]
        y = top + len(heat.rows) * down / 2 + SMALL * 0.35
        yield f'<text class="small caption end" x="{end:.1f}" y="{y:.1f}">{scale(heat)}</text>'


def strength_of(x: float | complex, scale: float) -> tuple[str, float]:
    """A number's colour and how strong it is, from 0 to 1; a complex number has none."""
    if isinstance(x, complex) or not math.isfinite(x) or x == 0:
        return "zero", 1.0
    return ("positive" if x > 0 else "negative"), min(1.0, max(0.02, abs(x) / scale))


def _cell(heat: Heat) -> tuple[float, float]:
    if not shows_numbers(heat):
        cell = CELL if len(heat.rows) <= TALLEST and len(heat.rows[0]) <= ROW else FINE_CELL
        return cell, cell
    return max(width(number(x), SMALL) for row in heat.rows for x in row) + 6, TALL
