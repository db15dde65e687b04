"""Every colour, font, size and number format of the pictures."""

from __future__ import annotations

from typing import Any
from unicodedata import east_asian_width

import numpy as np

FONT = "JetBrains Mono"
FAMILY = f"'{FONT}', ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
TEXT = 13.0  # pixels
SMALL = 10.5
ADVANCE = 0.6  # of a character's size: the width of every character of a monospaced font
LINE = 18.0
PAD = 8.0
CORNER = 5.0
CAPTION = 5 * SMALL * ADVANCE + 4  # the words data and grad, with a gap

DASH = "—"  # a gradient that no backward pass has reached
NO_GRAD = "no grad"

THEMES = ("auto", "light", "dark")

# Text on its ground has a contrast of at least 4.5 in both.
LIGHT = dict(
    ground="#ffffff", ink="#1f2328", muted="#59636e", line="#6e7781", grad="#8a3a00",
    leaf="#e8f2ff", leaf_line="#0b5cad", value="#ffffff", op="#fff3cd", op_line="#7d5200",
    constant="#f4f5f7", module="#efe9ff", module_line="#5a32a3", active="#c2185b",
)  # fmt: skip
DARK = dict(
    ground="#0d1117", ink="#e6edf3", muted="#a3adb8", line="#8b949e", grad="#ffb77c",
    leaf="#0f2a47", leaf_line="#79b8ff", value="#161b22", op="#3a2d06", op_line="#e3b341",
    constant="#21262d", module="#2b1f4d", module_line="#c4a7ff", active="#ff7eb6",
)  # fmt: skip


def number(x: Any) -> str:
    """A number in three significant figures; an array by its numbers, or by its type and shape.

    >>> number(-3.0), number(0.123456), number(1.2e-7), number(12000.0), number(float("nan"))
    ('-3', '0.123', '1.2e-07', '12000', 'nan')
    >>> number(np.array([1.0, 0.5])), number(np.zeros((2, 3), np.float32))
    ('[1, 0.5]', 'float32 (2, 3)')
    """
    if np.ndim(x):
        x = np.asarray(x)
        if x.ndim == 1 and x.size <= 4:
            return f"[{', '.join(map(number, x.tolist()))}]"
        return f"{x.dtype} {x.shape}"
    if isinstance(x, (bool, np.bool_)):
        return str(bool(x))
    x = x.item() if isinstance(x, np.generic) else x
    if not np.isfinite(x):
        return str(x)
    text = f"{x:.3g}"
    if isinstance(x, complex):
        return text
    if "e+" in text and abs(x) < 1e6:
        text = f"{float(text):.0f}"
    return "0" if text == "-0" else text


def details(x: Any) -> str:
    """What is worth knowing of an array that is not shown: range, mean, spread, zeros, NaNs."""
    x = np.asarray(x)
    if not x.ndim or not x.size or x.dtype.kind not in "fiu":
        return repr(x.item()) if x.size == 1 else number(x)
    fine = x[np.isfinite(x)] if x.dtype.kind == "f" else x
    parts = [f"{x.dtype} {x.shape}"]
    if fine.size:
        parts.append(f"from {number(fine.min())} to {number(fine.max())}")
        parts.append(f"mean {number(fine.mean())}, spread {number(fine.std())}")
    parts.append(f"{np.mean(x == 0):.0%} zeros")
    if fine.size < x.size:
        parts.append(f"{x.size - fine.size} NaN or infinite")
    if x.size <= 16:
        numbers = np.array2string(x, precision=3, separator=", ")
        parts.append(" ".join(numbers.split()))
    return ", ".join(parts)


def width(text: str, size: float = TEXT) -> float:
    """How wide a text is drawn; Chinese, Japanese and Korean characters take two columns."""
    columns = sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
    return columns * size * ADVANCE


def stylesheet(theme: str) -> str:
    """The rules of one picture. No variables: the program that makes PNGs knows none."""
    if theme == "auto":
        dark = f"@media (prefers-color-scheme:dark){{{_colours(DARK, theme)}}}"
        return _shapes(theme) + _colours(LIGHT, theme) + dark
    if theme not in THEMES:
        raise ValueError(f"theme is one of {', '.join(THEMES)}, not {theme!r}")
    return _shapes(theme) + _colours(DARK if theme == "dark" else LIGHT, theme)


_FIXED = ".constant .box,.constantvalue .box,.hidden .box"  # what takes no gradient


def _shapes(theme: str) -> str:
    rules = {
        "text": f"font-family:{FAMILY};font-size:{TEXT}px;white-space:pre",
        ".small": f"font-size:{SMALL}px",
        ".name,.head": "font-weight:700",
        ".middle": "text-anchor:middle",
        ".end": "text-anchor:end",
        ".box": "stroke-width:1.2",
        ".rule": "stroke-width:1;fill:none",
        ".edge path": "fill:none;stroke-width:1.3",
        _FIXED: "stroke-dasharray:4 3",
        ".active .box": "stroke-width:3",
        ".edge.active path": "stroke-width:2.6",
        ".pending .box": "stroke-dasharray:2 2",
    }
    return _css(rules, theme)


def _colours(c: dict[str, str], theme: str) -> str:
    rules = {
        "text": f"fill:{c['ink']}",
        ".caption,.foot,.edge text": f"fill:{c['muted']}",
        ".grad": f"fill:{c['grad']}",
        ".box": f"fill:{c['value']};stroke:{c['line']}",
        ".rule": f"stroke:{c['line']}",
        ".leaf .box": f"fill:{c['leaf']};stroke:{c['leaf_line']}",
        ".op .box": f"fill:{c['op']};stroke:{c['op_line']}",
        _FIXED: f"fill:{c['constant']};stroke:{c['line']}",
        ".module .box": f"fill:{c['module']};stroke:{c['module_line']}",
        ".edge path": f"stroke:{c['line']}",
        ".edge .head": f"fill:{c['line']}",
        ".ground": f"fill:{c['ground']}",
        ".active .box": f"stroke:{c['active']}",
        ".edge.active path": f"stroke:{c['active']}",
        ".edge.active .head": f"fill:{c['active']}",
    }
    return _css(rules, theme)


def _css(rules: dict[str, str], theme: str) -> str:
    scope = f".chainrule-{theme} "
    return "".join(
        ",".join(scope + part for part in selector.split(",")) + f"{{{body}}}"
        for selector, body in rules.items()
    )
