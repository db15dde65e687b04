"""chart: gradient health as a picture, a bar for each layer on a logarithmic scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from . import bars
from .health import EXPLODING, FINE, SCALE, VANISHING, length
from .measures import Row
from .styles import stylesheet
from .theme import ADVANCE, DASH, LINE, SMALL, TEXT, number, width
from .wrap import wrap

MARGIN = 12.0
GAP = 16.0
BAR = 14 * 20.0  # twenty pixels a power of ten
NUMBER = width("1.23e-10")
NAME = 36  # characters of a name; more are cut in the middle
MARKS = (SCALE[0], VANISHING, 1e-4, 1e-1, EXPLODING)  # numbers written over the bars


def chart(layers: Sequence[Row], problems: Sequence[str], theme: str) -> str:
    """The picture as SVG.

    Parameters
    ----------
    layers : sequence of Rows
        Healthy relus are not drawn.
    problems : sequence of str
        Written under it.
    theme : {"auto", "light", "dark", "high-contrast", "print"}
    """
    shown = [row for row in layers if row.kind == "parameter" or row.dead or row.verdict != FINE]
    updates = any(row.update is not None for row in shown)
    names = max(width(_name(row)) for row in shown)
    sizes = max(width(_size(row), SMALL) for row in shown)
    bar = MARGIN + names + GAP + sizes + GAP
    value = bar + BAR + GAP
    update = value + NUMBER + GAP
    word = update + (max(NUMBER, width("update/weight", SMALL)) + GAP if updates else 0)
    wide = word + max(width(f"! {_word(row)}", SMALL) for row in shown) + MARGIN
    top = MARGIN + 3 * LINE
    parts = [_text("Gradient health", MARGIN, MARGIN + LINE * 0.7, "name")]
    parts += _axis(bar, top)
    parts.append(_text("|grad|", value, top - 6, "small caption"))
    if updates:
        parts.append(_text("update/weight", update, top - 6, "small caption"))
    y = top + LINE / 2
    for row in shown:
        baseline, small = y + TEXT * 0.35, y + SMALL * 0.35
        parts.append(f'<g class="layer"><title>{escape(_told(row))}</title>')
        parts.append(_text(_name(row), MARGIN, baseline, "name"))
        parts.append(_text(_size(row), bar - GAP, small, "small caption end"))
        parts.append(_bar(row, bar, y))
        if row.kind == "parameter":
            parts.append(_text(_number(row), value, baseline, "grad"))
        if row.update is not None:
            parts.append(_text(number(row.update), update, baseline, ""))
        fine = row.verdict == FINE
        said = _word(row) if fine else f"! {_word(row)}"
        parts.append(_text(said, word, small, "small foot" if fine else "small mark"))
        parts.append("</g>")
        y += LINE + 2
    y += 8
    for problem in problems:
        for i, line in enumerate(wrap(problem, int((wide - 2 * MARGIN) / (SMALL * ADVANCE)) - 2)):
            parts.append(_text(f"{'!' if not i else ' '} {line}", MARGIN, y, "small"))
            y += LINE - 3
    high = y + MARGIN - 6
    label = _summary(layers)
    told = escape(" ".join([*map(_told, layers), *problems]), quote=False)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chainrule-{theme}" role="img" '
            f'aria-label="{escape(label)}" width="{wide:.0f}" height="{high:.0f}" '
            f'viewBox="0 0 {wide:.0f} {high:.0f}">',
            f"<title>{escape(label, quote=False)}</title><desc>{told}</desc>",
            f"<style>{stylesheet(theme)}</style>",
            f'<rect class="ground" width="{wide:.0f}" height="{high:.0f}" rx="4"/>',
            *parts,
            "</svg>",
        ]
    )


def _axis(x: float, top: float) -> list[str]:
    """The scale over the bars, and what its ends mean."""
    ends = (
        ("vanishing", 0.0, length(VANISHING)),
        ("fine", length(VANISHING), length(EXPLODING)),
        ("exploding", length(EXPLODING), 1.0),
    )
    parts = []
    for word, left, right in ends:
        middle = x + BAR * (left + right) / 2
        parts.append(_text(word, middle, top - LINE - 6, "small caption middle"))
    return parts + [
        _text(f"{limit:.0e}", x + BAR * length(limit), top - 6, "small foot middle")
        for limit in MARKS
    ]


def _bar(row: Row, x: float, y: float) -> str:
    """The norm of a gradient; of a relu, the dead units among all."""
    if row.kind == "relu":
        share = row.dead or 0.0
        track = f'<rect class="track" x="{x:.1f}" y="{y - 3:.1f}" width="{BAR:g}" height="6"/>'
        return (
            f'{track}<rect class="bar" x="{x:.1f}" y="{y - 3:.1f}" width="{BAR * share:.1f}" '
            f'height="6"/>'
        )
    if row.norm is None:
        return f'<rect class="track" x="{x:.1f}" y="{y - 4:.1f}" width="{BAR:g}" height="8"/>'
    return bars.bar(row.norm, x, y, BAR)


def _word(row: Row) -> str:
    if row.kind == "relu" and row.dead:
        return f"{row.dead:.0%} of units dead"
    return row.verdict


def _number(row: Row) -> str:
    return DASH if row.norm is None else number(row.norm)


def _size(row: Row) -> str:
    return str(row.shape) if row.shape else "one number"


def _name(row: Row) -> str:
    """Class and dotted name; a long one by its beginning and its end."""
    name = f"{row.module} {row.path}".strip()
    return name if len(name) <= NAME else f"{name[: NAME // 2 - 1]}…{name[-NAME // 2 :]}"


def _told(row: Row) -> str:
    """All that is known of a layer."""
    parts = [f"{row.module} {row.path}".strip() + f" {_size(row)}: {_word(row)}"]
    if row.kind == "parameter":
        parts.append(f"gradient norm {_number(row)}")
        if row.mean is not None:
            parts.append(f"mean size {number(row.mean)}")
        if row.weight is not None:
            parts.append(f"weight norm {number(row.weight)}")
        if row.update is not None:
            parts.append(f"update/weight {number(row.update)}")
    if row.why:
        parts.append(row.why)
    return ", ".join(parts) + "."


def _summary(layers: Sequence[Row]) -> str:
    """One line for those who cannot see the picture."""
    words = Counter(row.verdict for row in layers)
    told = ", ".join(f"{count} {word}" for word, count in words.items())
    return f"Gradient health of {len(layers)} layers: {told}"


def _text(text: str, x: float, y: float, style: str) -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}">{escape(text, quote=False)}</text>'
