"""slide: one step as a picture of its own, with what happens in words over and under the graph.

The graph is drawn once and only its texts and classes change, as in the player, so nothing moves
from slide to slide.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from .badges import HIGH, along, badges, room, sent
from .frames import Frame
from .layout import Point
from .paint import svg
from .styles import stylesheet
from .theme import ADVANCE, DASH, TEXT, width
from .wrap import wrap

if TYPE_CHECKING:
    from .stepper import Stepper
    from .tracks import Track

WIDE, TALL = 1280.0, 720.0  # 16:9, as projectors have it
SHEET = 840.0  # the width of a step among many, which is seen smaller: larger type for its size
MARGIN = 44.0
TITLE, FORMULA, SENTENCE, SOURCE = 28.0, 30.0, 23.0, 19.0  # sizes of type, in pixels
LEADING = 1.4
GAP = 16.0
PICTURE = 220.0  # what is left for the graph at least; a slide of more words is higher
LARGEST = 2.4  # a small graph is not blown up more than this
ARROW = 10.0  # the length of its head, in the graph's own pixels


@dataclass(frozen=True)
class Deck:
    """What the slides of one track have in common.

    Attributes
    ----------
    stepper : Stepper
    track : Track
    theme : str
        A fixed one: a slide is seen on a ground of its own.
    picture : Element
        The graph before the first step.
    badges : dict of str to Point
        Where the number on its way along an edge stands.
    wide, high, words : float
        The size of a slide, and where the words under its graph begin.
    """

    stepper: Stepper
    track: Track
    theme: str
    picture: Element
    badges: dict[str, Point]
    wide: float
    high: float
    words: float


def deck(stepper: Stepper, track: Track, *, sheet: bool = False) -> Deck:
    """Everything that is measured once, over all steps.

    Parameters
    ----------
    stepper : Stepper
    track : Track
    sheet : bool
        For a place among others: narrow, and no higher than needed.
    """
    theme = "light" if stepper.theme == "auto" else stepper.theme
    drawn = svg(stepper.graph, stepper.layout, theme)
    # Without its name space, which would be written before every tag.
    picture = fromstring(drawn.replace(' xmlns="http://www.w3.org/2000/svg"', "", 1))
    for rules in picture.findall("style"):  # the slide has them
        picture.remove(rules)
    across = SHEET if sheet else WIDE
    lines = [[size for _, _, size in _words(stepper, frame, across)] for frame in track.frames]
    needed = LEADING * max(map(sum, lines))
    wide, high = (float(picture.get(side, 1)) for side in ("width", "height"))
    space = high * min((across - 2 * MARGIN) / wide, LARGEST) if sheet else PICTURE
    least = MARGIN + TITLE + GAP + space + GAP + needed + MARGIN
    down = least if sheet else max(TALL, least)
    places = badges(stepper.graph, stepper.layout, [track])
    return Deck(stepper, track, theme, picture, places, across, down, down - MARGIN - needed)


def slide(deck: Deck, index: int) -> str:
    """One step as SVG, without the `rules` that it is drawn by."""
    track = deck.track
    frame = track.frames[index]
    count = f"Step {index + 1} of {len(track.frames)}"
    title = deck.stepper.title if track.name == "backward" else track.title
    title, *more = wrap(
        title, int((deck.wide - 2 * MARGIN - width(count, SENTENCE)) / _advance(TITLE)) - 3
    )
    title += "…" if more else ""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chainrule-{deck.theme}" role="img" '
        f'aria-label="{escape(f"{title}. {count}")}" width="{deck.wide:.0f}" '
        f'height="{deck.high:.0f}" viewBox="0 0 {deck.wide:.0f} {deck.high:.0f}">',
        f"<desc>{escape(f'{frame.formula}. {frame.sentence}')}</desc>",
        f'<rect class="ground" width="{deck.wide:.0f}" height="{deck.high:.0f}"/>',
        _line(title, MARGIN, MARGIN + TITLE, TITLE, "name"),
        _line(count, deck.wide - MARGIN, MARGIN + TITLE, SENTENCE, "foot end"),
        _fitted(_state(deck, index), deck),
    ]
    y = deck.words
    for text, kind, size in _words(deck.stepper, frame, deck.wide):
        y += size * LEADING
        parts.append(_line(text, MARGIN, y, size, kind))
    parts.append("</svg>")
    return "\n".join(parts)


def rules(deck: Deck) -> str:
    """The style sheet of every slide: once in a file, and first."""
    return f"<style>{stylesheet(deck.theme)}</style>"


def _words(stepper: Stepper, frame: Frame, wide: float) -> Iterator[tuple[str, str, float]]:
    """Lines under the graph: the text, its class and its size."""
    source = ""
    if frame.line >= 0:
        line = stepper.lines[frame.line]
        source = f"line {line.number}:  {line.text}"
    wrong = [node.label for node in stepper.graph.nodes if node.id in frame.wrong]
    sign = f"Wrong now: {', '.join(f'{name}.grad' for name in wrong)}" if wrong else ""
    for text, kind, size in (
        (frame.formula, "name", FORMULA),
        (sign, "name grad", SENTENCE),
        (frame.sentence, "", SENTENCE),
        (source, "foot", SOURCE),
    ):
        if text:
            for line_of_text in wrap(text, int((wide - 2 * MARGIN) / _advance(size))):
                yield line_of_text, kind, size


def _state(deck: Deck, index: int) -> Element:
    """The graph after a step: its texts and classes, and what is on its way along an edge."""
    picture = deepcopy(deck.picture)
    found = ((part.get("data-node") or part.get("data-edge"), part) for part in picture.iter("g"))
    parts = {id: part for id, part in found if id}
    frames, frame = deck.track.frames, deck.track.frames[index]
    past = frames[: index + 1]
    computed = {id: DASH for each in frames for id in each.data}
    data = computed | {id: text for each in past for id, text in each.data.items()}
    gradients = {id: text for each in past for id, text in each.changes.items()}
    for field, texts in (("data", data), ("grad", gradients)):
        for id, text in texts.items():
            _write(parts.get(id), field, text)
    for part in picture.iter("text"):
        if "caption" in part.get("class", "").split() and part.text == "grad":
            part.text = deck.track.caption
    finishing = {id for each in frames for id in each.finished}
    done = {id for each in past for id in each.finished}
    active = _active(frame, parts)
    for id, part in parts.items():
        states = {
            "active": id in active,
            "done": id in done,
            "pending": id in finishing - done,
            "wrong": id in frame.wrong,
        }
        kinds = [part.get("class", ""), *(state for state, holds in states.items() if holds)]
        part.set("class", " ".join(filter(None, kinds)))
        if id in frame.wrong:
            _cross(part)
    if frame.edge in parts and (sends := sent(frame)):
        edge = parts[frame.edge]
        around = next(group for group in picture.iter("g") if edge in group)
        backward = not deck.track.name.startswith("tangent")
        if backward:  # its own arrow points the other way
            for head in edge.findall("polygon"):
                edge.remove(head)
        curve = deck.stepper.layout.curves[frame.edge]
        _flow(around, curve, deck.badges[frame.edge], sends, backward)
    return picture


def _active(frame: Frame, parts: Mapping[str, Element]) -> set[str]:
    """The frame's value and edge, and the operation that it is about."""
    if frame.edge:
        return {frame.node, frame.edge, frame.edge.split("-")[1]}
    if not frame.data:
        return {frame.node}
    operation = f"o{frame.node[1:]}"
    return {frame.node, operation, *(id for id in parts if id.split("-")[1:2] == [operation])}


def _write(node: Element | None, field: str, text: str) -> None:
    for part in [] if node is None else node.iter("text"):
        if part.get("data-field") == field:
            part.text = text


def _cross(node: Element) -> None:
    """The sign of a wrong number, which does not need colour: a cross in a disc on the corner."""
    box = next(part for part in node if part.get("class") == "box")
    x, y = (float(box.get(name, 0)) for name in ("x", "y"))
    sign = SubElement(node, "g", {"transform": f"translate({x:.1f} {y:.1f})"})
    solid = {"class": "box", "style": "stroke-width:2;stroke-dasharray:none"}
    SubElement(sign, "circle", {"r": "8", **solid})
    SubElement(sign, "path", {"d": "M-3 -3L3 3M3 -3L-3 3", **solid})


def _flow(around: Element, curve: list[Point], at: Point, text: str, backward: bool) -> None:
    """A number on its way along an edge, and for a gradient an arrow at the edge's beginning."""
    flow = SubElement(around, "g", {"class": "edge active"})
    if backward:
        (x, y), (behind_x, behind_y) = along(curve)[:2]
        angle = math.degrees(math.atan2(y - behind_y, x - behind_x))
        turned = f"translate({x:.1f} {y:.1f}) rotate({angle:.1f})"
        corners = f"0,0 {-ARROW},{-ARROW * 0.55} {-ARROW},{ARROW * 0.55}"
        SubElement(flow, "polygon", {"class": "head", "points": corners, "transform": turned})
    (x, y), wide = at, room(text)
    plate = {"x": x - wide / 2, "y": y - HIGH / 2, "width": wide, "height": HIGH, "rx": 4.0}
    box = {key: f"{each:.1f}" for key, each in plate.items()}
    node = SubElement(around, "g", {"class": "active"})
    SubElement(node, "rect", {"class": "box", **box})
    place = {"x": f"{x:.1f}", "y": f"{y + TEXT * 0.35:.1f}"}
    SubElement(node, "text", {"class": "grad name middle", **place}).text = text


def _fitted(picture: Element, deck: Deck) -> str:
    """The graph between the title and the words, as large as there is room."""
    top = MARGIN + TITLE + GAP
    room_wide, room_high = deck.wide - 2 * MARGIN, deck.words - GAP - top
    wide, high = float(picture.get("width", 1)), float(picture.get("height", 1))
    scale = min(room_wide / wide, room_high / high, LARGEST)
    picture.set("x", f"{(deck.wide - wide * scale) / 2:.1f}")
    picture.set("y", f"{top + (room_high - high * scale) / 2:.1f}")
    picture.set("width", f"{wide * scale:.1f}")
    picture.set("height", f"{high * scale:.1f}")
    return tostring(picture, encoding="unicode")


def _advance(size: float) -> float:
    """The width of one character."""
    return size * ADVANCE


def _line(text: str, x: float, y: float, size: float, kind: str) -> str:
    style = f'xml:space="preserve" style="font-size:{size:g}px"'
    return (
        f'<text class="{kind}" {style} x="{x:.1f}" y="{y:.1f}">{escape(text, quote=False)}</text>'
    )
