"""page: frames and a picture as one piece of HTML that needs nothing else.

The picture is drawn once. The player (`static/player.js`) changes only texts and classes in it,
so that nothing moves from step to step.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np

from .frames import Frame
from .theme import number

# Drawn, because many fonts lack the characters for them.
ICONS = {
    "first": "M2 2h2v12H2zM14 2v12L5 8z",
    "previous": "M12 2v12L3 8z",
    "next": "M4 2v12l9-6z",
    "last": "M12 2h2v12h-2zM2 2v12l9-6z",
}


def fragment(frames: Sequence[Frame], svg: str, *, title: str, theme: str = "auto") -> str:
    """A player for a notebook's output or any page: no network, no kernel, no ids of its own.

    Parameters
    ----------
    frames : sequence of Frame
    svg : str
        The picture, with ``data-node``, ``data-edge`` and ``data-field`` as `paint` writes them.
    title : str
        What it shows, for screen readers and the browser's tab.
    theme : {"auto", "light", "dark"}
    """
    first = frames[0]
    widest = len(f"Step {len(frames)} of {len(frames)}")
    return f"""\
<section class="chainrule-stepper" data-theme="{escape(theme)}" aria-label="{escape(title)}"
 data-lm-suppress-shortcuts="true">
<style>{_static("player.css")}</style>
<div class="picture">{svg}</div>
<div class="controls" role="group" aria-label="Steps">
{_button("first", "First", "Home")}
{_button("previous", "Previous", "←")}
<button type="button" data-do="play" title="Play or pause (space)">Play</button>
{_button("next", "Next", "→")}
{_button("last", "Last", "End")}
<input type="range" min="0" max="{len(frames) - 1}" value="0" aria-label="Step">
<output class="count" style="min-width: {widest}ch">Step 1 of {len(frames)}</output>
</div>
<div class="words" aria-live="polite" aria-atomic="true">
<p class="formula">{escape(first.formula)}</p>
<p class="sentence">{escape(first.sentence)}</p>
<p class="detail">{escape(first.detail)}</p>
</div>
<script type="application/json">{_json([_record(frame) for frame in frames])}</script>
<script>{_static("player.js")}</script>
</section>
"""


def document(body: str, *, title: str) -> str:
    """A whole page around a fragment, to be opened from disk."""
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
</head>
<body>
{body}</body>
</html>
"""


def _button(name: str, label: str, key: str) -> str:
    return (
        f'<button type="button" data-do="{name}" aria-label="{label}" title="{label} ({key})">'
        f'<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">'
        f'<path fill="currentColor" d="{ICONS[name]}"/></svg></button>'
    )


def _record(frame: Frame) -> dict[str, Any]:
    """What the player needs of a frame."""
    operation = frame.edge.split("-")[1:2]
    return {
        "sentence": frame.sentence,
        "formula": frame.formula,
        "detail": frame.detail,
        "active": [name for name in (frame.node, frame.edge, *operation) if name],
        "sends": _sends(frame),
        "changes": frame.changes,
        "finished": frame.finished,
    }


def _sends(frame: Frame) -> str:
    """What the picture writes on the edge along which a gradient goes."""
    if frame.kind != "send":
        return ""
    return (
        number(frame.contribution)
        if np.ndim(frame.contribution) == 0
        else str(np.shape(frame.contribution))
    )


def _json(data: Any) -> str:
    """JSON that may stand in a page: nothing in it can end the script element or open another."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _static(name: str) -> str:
    return (files("viz.static") / name).read_text(encoding="utf-8").strip()
