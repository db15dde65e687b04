"""framed: HTML with a program in it, for notebooks that run programs in a frame only."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from . import page

HEIGHT = 700  # pixels, until the frame knows better


def framed(body: str, *, title: str) -> str:
    """The fragment in an ``iframe`` that takes over the theme around it and its own height.

    marimo is such a notebook: https://docs.marimo.io/api/html/#marimo.iframe
    """
    program = (files("viz.static") / "framed.js").read_text(encoding="utf-8")
    document = page.document(f"<script>{program}</script>\n{body}", title=title)
    style = f"width:100%;height:{HEIGHT}px;border:0"
    return f'<iframe title="{escape(title)}" style="{style}" srcdoc="{escape(document)}"></iframe>'
