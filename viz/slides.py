"""slides: every step as a picture of its own, all of them on one sheet, and as an animation."""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.files import write

from .images import png
from .slide import Deck, deck, rules, slide
from .terminal import find

if TYPE_CHECKING:
    from .stepper import Stepper

FORMATS = ("svg", "png")
ZOOM = 1.5  # of PNG: 1920 pixels wide
LONG = 24  # slides; where there are more, a bar tells how far it has come
SHEET_GAP = 16.0
SHAPE = 4 / 3  # width for height
LARGEST = 0.75  # of a slide's own size
WIDEST = 4096.0  # pixels of a sheet, however many steps are on it
ANIMATION_ZOOM = 0.75  # 960 pixels wide
PACE, LAST = 1500, 4000  # milliseconds a step, and for the last one
COLOURS = 128  # of the animation


def svgs(stepper: Stepper, track: str = "backward") -> list[str]:
    """Every step as SVG: the graph in that state, with its formula, sentence and line of source."""
    every = deck(stepper, find(stepper.tracks, track))
    return [_alone(every, index) for index in range(len(every.track.frames))]


def contact_sheet(stepper: Stepper, track: str = "backward") -> str:
    """All steps on one sheet, as SVG."""
    every = deck(stepper, find(stepper.tracks, track), sheet=True)
    count = len(every.track.frames)
    across = min(count, math.ceil(math.sqrt(count * every.high / every.wide * SHAPE)))
    scale = min(LARGEST, WIDEST / (across * every.wide))
    over, down = every.wide * scale + SHEET_GAP, every.high * scale + SHEET_GAP
    wide, high = SHEET_GAP + across * over, SHEET_GAP + math.ceil(count / across) * down
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chainrule-{every.theme}" role="img" '
        f'aria-label="{count} steps" width="{wide:.0f}" height="{high:.0f}" '
        f'viewBox="0 0 {wide:.0f} {high:.0f}">',
        rules(every),
        f'<rect class="ground" width="{wide:.0f}" height="{high:.0f}"/>',
    ]
    frame = f'<rect class="rule" width="{every.wide:.0f}" height="{every.high:.0f}" rx="8"/>'
    for index in range(count):
        x, y = SHEET_GAP + index % across * over, SHEET_GAP + index // across * down
        place = f'<g transform="translate({x:.1f} {y:.1f}) scale({scale:.4f})">'
        parts.append(f"{place}{slide(every, index)}{frame}</g>")
    parts.append("</svg>")
    return "\n".join(parts)


def gif(stepper: Stepper, track: str = "backward") -> bytes:
    """An animation that begins again at its end.

    All pictures share one palette, so that no colour flickers.

    Raises
    ------
    ImportError
        Where Pillow is missing, with the command that installs it.
    """
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(
            'an animation needs one more package: pip install "chainrule[slides]"'
        ) from None
    shots = [
        np.asarray(Image.open(io.BytesIO(png(text, ANIMATION_ZOOM))).convert("RGB"))
        for text in _watched(svgs(stepper, track))
    ]
    palette = _palette(shots)
    first, *others = [Image.fromarray(_reduced(shot, palette)) for shot in shots]
    for each in (first, *others):
        each.putpalette(palette.astype(np.uint8).tobytes())
    file = io.BytesIO()
    first.save(
        file,
        "GIF",
        save_all=True,
        append_images=others,
        duration=[*([PACE] * len(others)), LAST],
        loop=0,
        optimize=False,
    )
    return file.getvalue()


def _palette(shots: Sequence[np.ndarray]) -> np.ndarray:
    """The colours that are used most: flat ones exactly, and enough of their smooth edges."""
    found: Counter[int] = Counter()
    for shot in shots:
        colours, counts = np.unique(_packed(shot), return_counts=True)
        found.update(dict(zip(colours.tolist(), counts.tolist(), strict=True)))
    most = np.array([colour for colour, _ in found.most_common(COLOURS)])
    return np.stack([most >> 16, most >> 8 & 255, most & 255], axis=1)


def _reduced(shot: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """A picture as places in the palette: of each colour the nearest."""
    colours, place = np.unique(_packed(shot), return_inverse=True)
    apart = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1)[:, None] - palette
    return np.argmin((apart**2).sum(axis=2), axis=1).astype(np.uint8)[place].reshape(shot.shape[:2])


def _packed(shot: np.ndarray) -> np.ndarray:
    return shot.astype(np.int64) @ np.array([65536, 256, 1])


def save_steps(
    stepper: Stepper, folder: str | Path, format: str = "svg", track: str = "backward"
) -> list[Path]:
    """Write every step as a numbered file: ``01.svg``, ``02.svg`` and on.

    Parameters
    ----------
    stepper : Stepper
    folder : str or Path
        Made where it is missing. Files of these names are written anew, and no other is touched.
    format : {"svg", "png"}
    track : str
        The name of one of ``stepper.tracks``.

    Returns
    -------
    list of Path

    Raises
    ------
    ValueError
        For another format, or a track that there is not.
    OSError
        Where a file cannot be written.
    """
    if format not in FORMATS:
        raise ValueError(f'slides are saved with format="svg" or format="png", not {format!r}')
    pictures = svgs(stepper, track)
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; give the name of a folder for the slides")
    folder.mkdir(parents=True, exist_ok=True)
    digits = max(2, len(str(len(pictures))))
    paths = []
    for number, text in enumerate(_watched(pictures), start=1):
        path = folder / f"{number:0{digits}}.{format}"
        write(path, text.encode() if format == "svg" else png(text, ZOOM))
        paths.append(path)
    return paths


def _alone(deck: Deck, index: int) -> str:
    """A slide that is a file of its own, and brings the rules along."""
    return re.sub(r"(<svg[^>]*>)", lambda tag: tag[0] + rules(deck), slide(deck, index), count=1)


def _watched(pictures: list[str]) -> Iterable[str]:
    """With a bar, where it takes a while and tqdm is installed."""
    if len(pictures) <= LONG:
        return pictures
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return pictures
    bar: Any = tqdm(pictures, desc="slides", unit="slide")
    return bar
