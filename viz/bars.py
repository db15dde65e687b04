"""bars: the norm of a gradient as a bar on a logarithmic scale.

Small norms turn blue and large ones orange, as far as they are from the middle of what is fine;
the length, the number and a word say the same without colour.
"""

from __future__ import annotations

import math

from .health import EXPLODING, SCALE, VANISHING, length

HIGH = 8.0
STEPS = 14  # of the scale in the legend, one a power of ten


def bar(norm: float, x: float, y: float, long: float) -> str:
    """SVG: a bar around the height ``y`` from ``x`` on, with ticks at the two thresholds."""
    full = long if math.isnan(norm) else max(1.0, long * length(norm))
    kind, strength = _colour(norm)
    ticks = "".join(
        f"M{x + long * length(limit):.1f} {y - HIGH / 2 - 1:.1f}v{HIGH + 2:g}"
        for limit in (VANISHING, EXPLODING)
    )
    return (
        _rect("track", x, y, long)
        + _rect("bar", x, y, full)
        + _rect(kind, x, y, full, f' fill-opacity="{strength:.2g}"')
        + f'<path class="tick" d="{ticks}"/>'
    )


def scale(x: float, y: float, long: float) -> str:
    """The colours of all norms, for the legend."""
    low, high = map(math.log10, SCALE)
    step = long / STEPS
    parts = []
    for i in range(STEPS):
        kind, strength = _colour(10 ** (low + (i + 0.5) * (high - low) / STEPS))
        parts.append(_rect("bar", x + i * step, y, step))
        parts.append(_rect(kind, x + i * step, y, step, f' fill-opacity="{strength:.2g}"'))
    return "".join(parts)


def _colour(norm: float) -> tuple[str, float]:
    """Which colour, and how much of it: none in the middle of what is fine, all at its ends."""
    if math.isnan(norm) or math.isinf(norm):
        return "positive", 1.0
    if norm <= 0:
        return "negative", 1.0
    low, high = math.log10(VANISHING), math.log10(EXPLODING)
    away = (math.log10(norm) - (low + high) / 2) / ((high - low) / 2)
    return ("positive" if away > 0 else "negative"), min(1.0, abs(away))


def _rect(kind: str, x: float, y: float, long: float, more: str = "") -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y - HIGH / 2:.1f}" width="{long:.1f}" '
        f'height="{HIGH:g}"{more}/>'
    )
