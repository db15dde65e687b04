"""The curves of a training run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .panels import panels, whole_numbers
from .recording import numbers


def plot_history(history: Any, *, ax: Any = None) -> Any:
    """What training measured, epoch by epoch: one panel per measure.

    Training is a solid line with dots, validation (``val_``) a dashed one with squares. The best
    epoch, that of the lowest validation loss (or the lowest loss, without validation), is marked
    in every panel.

    Parameters
    ----------
    history : History, sequence of rows, or dict of columns
        What ``nn.fit`` gives; ``{"loss": [...], "val_loss": [...]}`` works too.
    ax : Axes, or as many as there are measures, optional

    Returns
    -------
    Axes or array of Axes
        As from ``plt.subplots``.

    Raises
    ------
    ValueError
        Where no epoch was finished, or columns differ in length.

    Examples
    --------
    >>> import viz
    >>> import matplotlib; matplotlib.use("Agg")
    >>> viz.plot_history({"loss": [0.9, 0.4, 0.2], "val_loss": [0.8, 0.5, 0.6]}).get_title()
    'best epoch 2: val_loss 0.5'
    """
    columns = _columns(history)
    measures = list(dict.fromkeys(name.removeprefix("val_") for name in columns))
    first = next((name for name in ("val_loss", "loss") if name in columns), None)
    best = _lowest(columns[first]) if first else None
    axes, used = panels("plot_history", len(measures), ax, len(measures), width=4.6, height=3.2)
    for panel, measure in zip(used, measures, strict=True):
        lines = [
            (name, label, style)
            for name, label, style in (
                (measure, "train", dict(linestyle="-", marker="o")),
                (f"val_{measure}", "validation", dict(linestyle="--", marker="s")),
            )
            if name in columns
        ]
        for name, label, style in lines:
            epochs = np.arange(1, len(columns[name]) + 1)
            size = 4 if len(epochs) <= 30 else 0
            panel.plot(epochs, columns[name], label=label, markersize=size, **style)
        if best is not None:
            panel.axvline(best + 1, color="gray", linestyle=":", zorder=0, label="best epoch")
            name = lines[-1][0]
            panel.plot(
                best + 1, columns[name][best], marker="*", markersize=14, color="#E69F00",
                markeredgecolor=panel.xaxis.label.get_color(), linestyle="none",
            )  # fmt: skip
            panel.set_title(
                f"best epoch {best + 1}: {name} {columns[name][best]:.3g}", fontsize="medium"
            )
        panel.set(xlabel="epoch", ylabel=measure)
        panel.legend(frameon=False)
        panel.grid(alpha=0.25)
        whole_numbers(panel.xaxis)
    return axes


def _columns(history: Any) -> dict[str, np.ndarray]:
    """The columns of a History, of its rows, or of a dict (Keras has one in ``.history``)."""
    given = getattr(history, "epochs", getattr(history, "history", history))
    if isinstance(given, Mapping):
        lists = {str(name): list(column) for name, column in given.items()}
    elif isinstance(given, Sequence) and all(isinstance(row, Mapping) for row in given):
        names = dict.fromkeys(str(name) for row in given for name in row)
        lists = {name: [row.get(name, math.nan) for row in given] for name in names}
    else:
        raise TypeError(
            f"plot_history takes the History that nn.fit gives, rows, or a dict of columns; this "
            f"is a {type(history).__name__}"
        )
    if not any(lists.values()):
        raise ValueError("plot_history: no epoch was finished, so there is nothing to show")
    if len({len(column) for column in lists.values()}) > 1:
        lengths = ", ".join(f"{name} {len(column)}" for name, column in lists.items())
        raise ValueError(f"plot_history: the columns differ in length: {lengths}")
    return {name: np.array([float(numbers(x)) for x in column]) for name, column in lists.items()}


def _lowest(column: np.ndarray) -> int | None:
    finite = np.where(np.isfinite(column), column, np.inf)
    return int(finite.argmin()) if np.isfinite(finite).any() else None
