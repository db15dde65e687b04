"""page: a stepper as one piece of HTML that needs nothing else.

The picture is drawn once. The player (``static/*.js``) changes only texts and classes in it, so
that nothing moves from step to step.
"""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from importlib.resources import files
from pathlib import PurePath
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import topological
from autograd.backward import changed

from .badges import badges, sent
from .frames import Frame
from .graph import node_ids
from .marks import marks
from .paint import svg
from .theme import number, variables

if TYPE_CHECKING:
    from .stepper import Stepper
    from .tracks import Track

SCRIPTS = (
    "picture.js", "paths.js", "predict.js", "tables.js", "arrays.js", "room.js", "player.js",
)  # fmt: skip
TAG = re.compile(r"<(?:path|rect|polygon|text) [^<>]*>")
FRACTION = re.compile(r"(?<=\d)\.0(?=[^\d.])")
MOST = 150  # values, above which the page has the backward pass alone
NUMBERS = 24  # of an array that are shown


def fragment(stepper: Stepper, *, packed: bool = True) -> str:
    """A player for a notebook's output or any page: no network, no kernel, no ids of its own.

    Without scripts it shows the picture, the first words, and how to get the controls.

    Parameters
    ----------
    stepper : Stepper
    packed : bool
        With a program that starts itself, and small. Otherwise the data are plain JSON, and who
        inserts the fragment calls `player`'s ``chainruleStart(root)``.
    """
    known, style = _json(data(stepper)), _stripped(_static("player.css"))
    if packed:
        program = Template(_stripped(_static("starting.js"))).substitute(player=player())
        scripts = Template(_static("packed.html")).substitute(
            data=_packed(known),
            style=_packed(style),
            program=_packed(program),
            loader=_stripped(_static("loader.js")),
        )
    else:
        scripts = f'<style>{style}</style><script type="application/json">{known}</script>'
    # The picture of the theme "auto" brings the colours along.
    colours = variables(stepper.theme)
    picture = _picture(stepper)
    colours = "" if colours in picture else colours
    first, count = stepper.frames[0], len(stepper.frames)
    options = (
        f'<option value="{escape(track.name)}">{escape(track.title)}</option>'
        for track in played(stepper)
    )
    return Template(_static("player.html")).substitute(
        theme=escape(stepper.theme),
        title=escape(stepper.title),
        style=colours + _stripped(_static("page.css")),
        options="".join(options),
        picture=picture,
        last=count - 1,
        count=count,
        formula=escape(first.formula),
        sentence=escape(first.sentence),
        detail=escape(first.detail),
        scripts=scripts,
    )


def document(body: str, *, title: str) -> str:
    """A whole page around a fragment, to be opened from disk."""
    return Template(_static("document.html")).substitute(body=body, title=escape(title))


def player() -> str:
    """The player's program, which declares ``chainruleStart(root)`` and nothing else.

    It may stand in a script element or at the head of a module.
    """
    parts = "\n".join(_stripped(_static(name)) for name in SCRIPTS)
    return Template(_stripped(_static("scope.js"))).substitute(files=parts)


def data(stepper: Stepper) -> dict[str, Any]:
    """All that the player knows besides the picture, ready to be written as JSON.

    Frames stand in columns, one for each field: like beside like packs better than anything else
    that was tried. Numbers that JSON cannot write are the texts that JavaScript's ``Number``
    reads: "NaN", "Infinity", "-Infinity".
    """
    tracks = [
        {
            "name": track.name,
            "title": track.title,
            "about": track.about,
            "beside": track.beside,
            "first_wrong": track.first_wrong,
            "caption": track.caption,
            "columns": _columns(track.frames),
        }
        for track in played(stepper)
    ]
    values = [node for node in stepper.graph.nodes if node.kind == "value"]
    places = list(dict.fromkeys(line.file for line in stepper.lines))
    return {
        "tracks": tracks,
        "files": [_file(place) for place in places],
        "lines": [[places.index(line.file), *line[1:]] for line in stepper.lines],
        "slopes": {edge: _plain(slope) for edge, slope in stepper.slopes.items()},
        "checks": [
            [
                each.node,
                each.name,
                number(each.gradient),
                number(each.difference),
                each.agrees,
                each.note,
            ]
            for each in stepper.checks
        ],
        "names": {node.id: node.label for node in values},
        "root": values[-1].id,
        "badges": {
            edge: [round(x, 1), round(y, 1)]
            for edge, (x, y) in badges(stepper.graph, stepper.layout, played(stepper)).items()
        },
        "arrays": _arrays(stepper),
        "marks": marks(stepper.graph, stepper.theme),
    }


def played(stepper: Stepper) -> tuple[Track, ...]:
    """The tracks that the page holds: all, or of a large graph the backward pass alone."""
    values = sum(node.kind == "value" for node in stepper.graph.nodes)
    if values <= MOST or len(stepper.tracks) == 1:
        return stepper.tracks
    first = stepper.tracks[0]
    why = (
        f" Of a graph of more than {MOST} values this page has the backward pass alone; "
        "stepper.print(track=...) tells the other ways through it."
    )
    return (replace(first, about=first.about + why),)


def _arrays(stepper: Stepper) -> dict[str, list[list[float | str]]]:
    """The numbers of small arrays by node, of those that are still what was computed with."""
    order = topological(stepper._root)
    other = {y.inputs[slot] for y, slots in changed(order).items() for slot in slots}
    rows = {id: _rows(x.data) for x, id in node_ids(stepper._root).items() if x not in other}
    return {id: found for id, found in rows.items() if found is not None}


def _rows(x: Any) -> list[list[float | str]] | None:
    """The numbers of a small array in rows, or None where it is another thing."""
    x = np.asarray(x)
    if not x.ndim or not 0 < x.size <= NUMBERS or x.dtype.kind not in "fiub":
        return None
    return [[_plain(float(f"{each:.4g}")) for each in row] for row in x.reshape(-1, x.shape[-1])]


def _picture(stepper: Stepper) -> str:
    """What hovering tells is true at every step: no gradients. The lines stand beside the words."""
    nodes = tuple(
        replace(
            node,
            line=None,
            detail="\n".join(
                line for line in node.detail.split("\n") if not line.startswith("gradient: ")
            ),
        )
        for node in stepper.graph.nodes
    )
    drawn = svg(replace(stepper.graph, nodes=nodes), stepper.layout, stepper.theme)
    # Whole pixels need no fraction; texts are left as they are.
    return TAG.sub(lambda tag: FRACTION.sub("", tag[0]), drawn)


def _file(path: str) -> str:
    """Its name alone: the folders are nobody's business whom the page is sent to."""
    name = PurePath(path)
    return "the notebook" if name.parent.name.startswith("ipykernel_") else name.name


def _columns(frames: Sequence[Frame]) -> dict[str, list[Any]]:
    """What the player needs of frames, field by field."""
    fields = (
        "sentence", "formula", "detail", "node", "edge", "changes", "data", "finished", "wrong",
        "line", "touched",
    )  # fmt: skip
    columns = {field: [getattr(frame, field) for frame in frames] for field in fields}
    # Four figures are more than an answer is compared by.
    answers = (frame.answer for frame in frames)
    answered = [None if x is None else _plain(float(f"{x:.4g}")) for x in answers]
    return columns | {
        "sends": [sent(frame) for frame in frames],
        "total": [_rows(frame.total) for frame in frames],
        "answer": answered,
    }


def _plain(x: float) -> float | str:
    """A number as JSON can write it."""
    x = float(x)
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return int(x) if x.is_integer() and abs(x) < 1e6 else x


def _json(data: Any) -> str:
    """JSON that may stand in a page: nothing in it can end the script element or open another."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _packed(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _stripped(text: str) -> str:
    """Without indentation, empty lines, and lines that are a comment: half of a well-kept file."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*")))


def _static(name: str) -> str:
    return (files("viz.static") / name).read_text(encoding="utf-8").strip()
