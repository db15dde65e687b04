"""Every colour, font, size and number format of the pictures."""

from __future__ import annotations

from collections.abc import Collection
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

DASH = "-"  # a gradient that no backward pass has reached
NO_GRAD = "no grad"

THEMES = ("auto", "light", "dark", "high-contrast", "print")

# Text has a contrast of at least 4.5 on every ground that it may stand on, the strongest cells of
# heat maps included. Orange and blue are told apart by all common kinds of colour blindness.
LIGHT = dict(
    ground="#ffffff", ink="#1f2328", muted="#59636e", line="#6e7781", raised="#f4f5f7",
    grad="#8a3a00", leaf="#e8f2ff", leaf_line="#0b5cad", value="#ffffff", op="#fff3cd",
    op_line="#7d5200", constant="#f4f5f7", module="#efe9ff", module_line="#5a32a3",
    active="#b0124f", wrong="#b3261e", right="#0b6b3a", positive="#f29d38", negative="#6aa9ee",
)  # fmt: skip
DARK = dict(
    ground="#0d1117", ink="#e6edf3", muted="#a3adb8", line="#8b949e", raised="#21262d",
    grad="#ffb77c", leaf="#0f2a47", leaf_line="#79b8ff", value="#161b22", op="#3a2d06",
    op_line="#e3b341", constant="#21262d", module="#2b1f4d", module_line="#c4a7ff",
    active="#ff7eb6", wrong="#ff938a", right="#56d68a", positive="#9a4d00", negative="#1a5fa8",
)  # fmt: skip
CONTRAST = dict(
    ground="#ffffff", ink="#000000", muted="#000000", line="#000000", raised="#ffffff",
    grad="#5c1f00", leaf="#ffffff", leaf_line="#00318a", value="#ffffff", op="#ffffff",
    op_line="#000000", constant="#ffffff", module="#ffffff", module_line="#4b0082",
    active="#9c0048", wrong="#9c0006", right="#00491f", positive="#f29d38", negative="#6aa9ee",
)  # fmt: skip
CONTRAST_DARK = dict(
    ground="#000000", ink="#ffffff", muted="#ffffff", line="#ffffff", raised="#000000",
    grad="#ffd9a8", leaf="#000000", leaf_line="#8fd0ff", value="#000000", op="#000000",
    op_line="#ffffff", constant="#000000", module="#000000", module_line="#dcc8ff",
    active="#ff9ccf", wrong="#ffb3ad", right="#7dffb0", positive="#9a4d00", negative="#1a5fa8",
)  # fmt: skip
PRINT = dict(
    ground="#ffffff", ink="#000000", muted="#333333", line="#000000", raised="#ffffff",
    grad="#000000", leaf="#ffffff", leaf_line="#000000", value="#ffffff", op="#ffffff",
    op_line="#000000", constant="#ffffff", module="#ffffff", module_line="#000000",
    active="#000000", wrong="#000000", right="#000000", positive="#b0b0b0", negative="#b0b0b0",
)  # fmt: skip
# What the reader's own choice of colours offers: https://www.w3.org/TR/css-color-4/#css-system-colors
_SYSTEM = dict.fromkeys(LIGHT, "Canvas") | dict(
    ink="CanvasText", muted="CanvasText", line="CanvasText", grad="CanvasText",
    leaf_line="LinkText", op_line="CanvasText", module_line="CanvasText", active="Highlight",
    wrong="CanvasText", right="CanvasText", positive="GrayText", negative="GrayText",
)  # fmt: skip
PALETTES = {"light": LIGHT, "dark": DARK, "high-contrast": CONTRAST, "print": PRINT}


def variables(theme: str) -> str:
    """The colours as CSS variables (``--ink``, ``--leaf-line``) on ``.chainrule-<theme>``.

    Those of "auto" follow the reader's system, and the switches of the page around them (see
    `_switched`), which win over the system's. On paper they are those of "print".

    >>> variables("print")
    '.chainrule-print{--ground:#fff;--ink:#000;...}'
    """
    check(theme)
    if theme != "auto":
        return _variables(f".chainrule-{theme}", PALETTES[theme])
    here = ".chainrule-auto"
    surely = here * 3  # counts for more than any switch of a page
    usual = _variables(f"{here},{_switched('light')}", LIGHT)
    usual += f"@media (prefers-color-scheme:dark){{{_variables(here, DARK)}}}"
    usual += _variables(_switched("dark"), DARK)
    more = _variables(f"{here},{_switched('light')}", CONTRAST)
    more += f"@media (prefers-color-scheme:dark){{{_variables(here, CONTRAST_DARK)}}}"
    more += _variables(_switched("dark"), CONTRAST_DARK)
    return (
        f"{usual}@media (prefers-contrast:more){{{more}}}"
        + _variables('body[data-vscode-theme-kind="vscode-high-contrast"] ' + here, CONTRAST_DARK)
        + _variables('body[data-vscode-theme-kind="vscode-high-contrast-light"] ' + here, CONTRAST)
        + f"@media (forced-colors:active){{{_variables(surely, _SYSTEM)}}}"
        + f"@media print{{{_variables(surely, PRINT)}}}"
    )


def _switched(to: str) -> str:
    """Pages that say of themselves that they are light or dark."""
    light = to == "light"
    scheme = {"light": "default", "dark": "slate"}[to]
    pages = (
        f'[data-jp-theme-light="{str(light).lower()}"]',  # JupyterLab, Notebook 7, nbconvert
        f'[data-vscode-theme-kind="vscode-{to}"]',
        f'[theme="{to}"]',  # Colab
        f".{to}",  # marimo
        f'[data-theme="{to}"]',  # Sphinx: Furo, PyData, Read the Docs
        f'[data-md-color-scheme="{scheme}"]',  # MkDocs Material
    )
    return ",".join(f":is(html,body){page} .chainrule-auto" for page in pages)


def _variables(selector: str, palette: dict[str, str]) -> str:
    body = ";".join(f"--{name.replace('_', '-')}:{css(c)}" for name, c in palette.items())
    return f"{selector}{{{body}}}"


def css(colour: str) -> str:
    """A colour as short as CSS allows, because pages hold many.

    >>> css("#ffffff"), css("#0b5cad"), css("Canvas")
    ('#fff', '#0b5cad', 'Canvas')
    """
    halves = colour[1::2], colour[2::2]
    return f"#{halves[0]}" if colour[0] == "#" and halves[0] == halves[1] else colour


def check(theme: str) -> None:
    """Raise ValueError for a theme that there is not."""
    if theme not in THEMES:
        raise ValueError(f"theme is one of {', '.join(THEMES)}, not {theme!r}")


def number(x: Any) -> str:
    """A number in three significant figures; an array by its numbers, or by its type and shape.

    >>> number(-3.0), number(0.123456), number(1.2e-7), number(12000.0), number(float("nan"))
    ('-3', '0.123', '1.2e-07', '12000', 'nan')
    >>> number(np.array([1.0, 0.5])), number(np.zeros((2, 3), np.float32)), number(-0.0)
    ('[1, 0.5]', 'float32 (2, 3)', '-0')
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
    return text


def span(numbers: Collection[float]) -> str:
    """From the least to the largest, or the one that all are written as.

    >>> span([0.5, 2.0]), span([1.0, 1.0001])
    ('0.5 to 2', '1')
    """
    low, high = number(min(numbers)), number(max(numbers))
    return low if low == high else f"{low} to {high}"


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
