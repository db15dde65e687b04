"""badges: the numbers that go along edges, and where they stand, clear of labels and boxes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from .bundles import bundled
from .frames import Frame
from .layout import Layout, Point
from .records import Graph
from .theme import SMALL, number, width
from .tracks import Track

HIGH = 20.0
STEP = 12.0  # pixels at most from one point of a curve to the next
SHARES = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)  # of the way along the edge
ASIDE = (0, 9, -9, 13, -13, 17, -17, 21, -21, 26, -26, 31, -31)  # pixels from it
EDGE = 8.0  # how far beyond the outermost boxes a badge may reach, and
FOOT = 22.0  # below them


def sent(frame: Frame) -> str:
    """What is written on the edge along which a number goes: it, or the shape of an array."""
    if not frame.edge or frame.contribution is None:
        return ""
    shape = np.shape(frame.contribution)
    return str(shape) if shape else number(frame.contribution)


def room(text: str) -> float:
    """How wide the badge of a text is."""
    return width(text) + 10


def widest(tracks: Sequence[Track]) -> dict[str, str]:
    """The longest text that each edge carries, in all steps of all tracks."""
    found: dict[str, str] = {}
    for track in tracks:
        for frame in track.frames:
            text = sent(frame)
            if len(text) > len(found.get(frame.edge, "")):
                found[frame.edge] = text
    return found


def badges(graph: Graph, layout: Layout, tracks: Sequence[Track]) -> dict[str, Point]:
    """The middle of each edge's badge.

    It stands on the edge, half way, or near that where a label (its own, which is what the number
    was multiplied by, or a neighbour's), a box or another edge would be hidden.
    """
    boxes = [(*layout.places[id], *layout.sizes[id]) for id in layout.places]
    boxes += [
        (*layout.labels[edge.id], width(edge.text, SMALL) + 4, SMALL + 4)
        for edge in bundled(graph).edges
        if edge.id in layout.labels and edge.text
    ]
    taken = np.array(boxes)
    curves = {id: along(curve) for id, curve in layout.curves.items()}
    owners = np.repeat(np.arange(len(curves)), [len(points) for points in curves.values()])
    lines = np.concatenate([*curves.values(), np.empty((0, 2))]).T.copy()
    texts = widest(tracks)
    return {
        edge: _best(points, room(texts[edge]), taken, (lines, owners != index), layout)
        for index, (edge, points) in enumerate(curves.items())
        if edge in texts
    }


def _best(
    points: np.ndarray,
    wide: float,
    taken: np.ndarray,
    others: tuple[np.ndarray, np.ndarray],
    layout: Layout,
) -> Point:
    """Of the places along and beside an edge, the one where least is hidden.

    To lie on another edge, or nearer to it, is worst: the number would seem to go along that one.
    """
    x, y, aside, moved = np.array([*_candidates(points)]).T[:, :, None]
    half = np.array([wide, HIGH]) / 2
    low, high = (np.array([side(x), side(y)]) for side in (np.min, np.max))
    # What is nowhere near needs no look.
    reach = half + taken[:, 2:] / 2
    near = taken[((taken[:, :2] > low - reach) & (taken[:, :2] < high + reach)).all(axis=1)]
    (across, up), other = others
    reached = np.maximum(half, max(ASIDE))
    beside = (abs(across - (low[0] + high[0]) / 2) < (high[0] - low[0]) / 2 + reached[0]) & other
    level = abs(up - (low[1] + high[1]) / 2) < (high[1] - low[1]) / 2 + reached[1]
    line_x, line_y = across[beside & level], up[beside & level]
    over = half[0] + near[:, 2] / 2 - abs(near[:, 0] - x)
    down = half[1] + near[:, 3] / 2 - abs(near[:, 1] - y)
    hidden = (np.clip(over, 0, None) * np.clip(down, 0, None)).sum(axis=1)
    crossed = ((abs(line_x - x) < half[0]) & (abs(line_y - y) < half[1])).sum(axis=1)
    nearer = (np.hypot(line_x - x, line_y - y) < aside).any(axis=1)
    outside = sum(
        np.clip(each - EDGE - at, 0, None) + np.clip(at + each - end, 0, None)
        for at, each, end in ((x, half[0], layout.width + EDGE), (y, half[1], layout.height + FOOT))
    )
    best = np.argmin(5 * hidden + 50 * crossed + 200 * nearer + (40 * outside + moved)[:, 0])
    return float(x[best, 0]), float(y[best, 0])


def _candidates(points: np.ndarray) -> Iterator[tuple[float, float, float, float]]:
    """Places for a badge, how far each is from the edge, and from its middle."""
    steps = np.diff(points, axis=0)
    far = np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))])
    length = far[-1]
    for share in SHARES:
        i = min(int(np.searchsorted(far, share * length, "right")), len(steps)) - 1
        (dx, dy), step = steps[i], (far[i + 1] - far[i]) or 1.0
        x, y = points[i] + (share * length - far[i]) / step * steps[i]
        for aside in ASIDE:
            moved = abs(share - 0.5) * length / 2 + abs(aside)
            yield x - dy / step * aside, y + dx / step * aside, abs(aside), moved


def along(curve: list[Point]) -> np.ndarray:
    """Points along Bézier curves that are joined: B(t) = Σ (3 choose k) (1 - t)^(3-k) t^k P_k."""
    found = [np.array(curve[:1])]
    for start in range(0, len(curve) - 1, 3):
        a, b, c, d = np.array(curve[start : start + 4])
        parts = max(8, int(math.dist(a, d) / STEP))
        t = np.linspace(0, 1, parts + 1)[1:, None]
        u = 1 - t
        found.append(u**3 * a + 3 * u * u * t * b + 3 * u * t * t * c + t**3 * d)
    return np.concatenate(found)
