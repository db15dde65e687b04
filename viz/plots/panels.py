"""The panels that every plot is drawn on.

matplotlib is an extra, and is imported when a plot is asked for. No plot calls ``plt.show()``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np


def pyplot(what: str) -> Any:
    """matplotlib.pyplot, or an ImportError that says how to get it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError(f'{what} draws with matplotlib: pip install "chainrule[train]"') from None
    return plt


def panels(
    what: str,
    count: int,
    ax: Any,
    columns: int | None = None,
    *,
    width: float = 1.0,
    height: float = 1.0,
) -> tuple[Any, list[Any]]:
    """Axes to give back, as from ``plt.subplots``, and as many as asked for to draw on.

    ``width`` and ``height`` are those of one panel in inches, where the figure is ours.
    """
    plt = pyplot(what)
    if ax is not None:
        used = list(np.ravel(np.asarray(ax, object)))
        if len(used) < count or not all(hasattr(panel, "imshow") for panel in used):
            raise ValueError(
                f"{what} draws {count} panel{'s' * (count > 1)}, and ax= gives {len(used)} "
                f"{type(used[0]).__name__ if used else 'Axes'}; plt.subplots makes Axes"
            )
        return ax, used[:count]
    columns = columns or math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    size = (max(columns * width + 0.8, 3.0), rows * height + 0.5)
    _, axes = plt.subplots(rows, columns, layout="constrained", figsize=size)
    made = list(np.ravel(axes))
    for panel in made[count:]:
        panel.set_axis_off()
    return axes, made[:count]


def scale(data: np.ndarray, signed: bool = False) -> dict[str, Any]:
    """Colours for the numbers: from 0 up, or centred on 0 where there are negative ones."""
    finite = data[np.isfinite(data)]
    limit = float(np.abs(finite).max(initial=0)) or 1.0
    if signed or (finite < 0).any():
        return dict(cmap="RdBu_r", vmin=-limit, vmax=limit)
    return dict(cmap="viridis", vmin=0, vmax=limit)


def tiles(images: np.ndarray, columns: int | None = None) -> np.ndarray:
    """(count, height, width) as one image, with a gap of NaN between them, which is not painted."""
    count, height, width = images.shape
    columns = columns or math.ceil(math.sqrt(count))
    gap = max(1, width // 16) if count > 1 else 0
    rows = math.ceil(count / columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for i, image in enumerate(images):
        y, x = i // columns * (height + gap), i % columns * (width + gap)
        sheet[y : y + height, x : x + width] = image
    return sheet


def caption(panel: Any, text: str) -> None:
    """A small title over an image that needs no ticks."""
    panel.set_title(text, fontsize="small", pad=3)
    panel.set(xticks=[], yticks=[])


def fault(data: np.ndarray) -> str:
    """What a reader should not overlook."""
    if not np.isfinite(data).all():
        return " (NaN)" if np.isnan(data).any() else " (inf)"
    return "" if data.any() else " (all 0)"


def whole_numbers(axis: Any) -> None:
    """Ticks at whole numbers alone."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def finish(used: Sequence[Any], image: Any, title: str, ax: Any) -> None:
    """One colour bar for all, and a title where the figure is ours."""
    figure = used[0].figure
    figure.colorbar(image, ax=list(used), fraction=0.05, pad=0.02)
    if ax is None:
        figure.suptitle(title, fontsize="medium")
