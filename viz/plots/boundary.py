"""boundary: how a model of two features divides the plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import Value
from autograd.switches import switched

from .panels import panels
from .recording import evaluating, numbers

# Okabe & Ito 2008: colours that people who see fewer of them can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#555555")
MARKERS = "osD^vPX"  # one fewer than colours, so that 56 classes look different


def decision_boundary(
    model: Any,
    X: Any,
    y: Any,
    *,
    ax: Any = None,
    threshold: float | None = None,
    resolution: int = 200,
    class_names: Sequence[str] | None = None,
) -> Any:
    """How a model of two features divides the plane, with the points it learnt from.

    The shading is the probability or score, the line is the boundary, and each class has a marker
    of its own. The model runs in evaluation mode, and nothing is recorded.

    Parameters
    ----------
    model : callable
        (points, 2) array -> one score a point, (points,) or (points, 1), or a score for each
        class, (points, classes), whose softmax is shown. What is not an `nn` module works too:
        ``lambda X: classifier.predict_proba(X)``.
    X : (points, 2) array or Value
    y : (points,) array or Value
        The classes: 0 and 1, −1 and 1 (as with the hinge loss), 0, 1, 2 ..., or names. One-hot
        rows work too.
    ax : Axes, optional
    threshold : float, optional
        Of one score. By default 0; ½ for scores of classes 0 and 1 that are probabilities, which
        is assumed where all are between 0 and 1 and the model does not end in a sum.
    resolution : int
        Points a side at which the model is asked.
    class_names : sequence of str, optional
        In the order of the classes, for the legend.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For more or fewer than two features, or scores that do not fit the classes.

    Examples
    --------
    >>> import numpy as np, viz
    >>> import matplotlib; matplotlib.use("Agg")
    >>> X = np.random.default_rng(0).normal(size=(40, 2))
    >>> axes = viz.decision_boundary(lambda X: X[:, 0] - X[:, 1], X, X[:, 0] > X[:, 1])
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['class 0 (23)', 'class 1 (17)', 'boundary']
    """
    points, labels = _points(X, y)
    sides, across, up, grid = _grid(points, resolution)
    made, ends_in_sum = _asked(model, grid)
    classes = _classes(labels, 1 if made.ndim == 1 else made.shape[1])
    names = [f"class {label}" for label in classes] if class_names is None else list(class_names)
    if len(names) != len(classes):
        raise ValueError(
            f"decision_boundary: there are {len(classes)} classes, and class_names has {len(names)}"
        )
    axes, (panel,) = panels("decision_boundary", 1, ax, width=5.6, height=4.4)
    panel.set_facecolor("white")  # the shading is made for it
    if made.ndim == 1 or made.shape[1] == 2:
        field = _field(made, classes, names, threshold, ends_in_sum)
        colours: tuple[str, ...] = ("#2166AC", "#B2182B")  # the ends of the shading
        dots: dict[str, Any] = dict(s=36, zorder=3, linewidths=0.7, edgecolors="white")
        divided = _shade_two(panel, across, up, field)
        everywhere = names[int(field.numbers[0] > field.middle)]
    else:
        colours = COLOURS
        dots = dict(s=36, zorder=3, linewidths=0.7, edgecolors="black")
        divided = _shade_many(panel, across, up, _probabilities(made))
        everywhere = names[int(made[0].argmax())]
    for i, (label, name) in enumerate(zip(classes, names, strict=True)):
        look = dict(marker=MARKERS[i % len(MARKERS)], color=colours[i % len(colours)])
        chosen = points[labels == label]
        panel.scatter(*chosen.T, label=f"{name} ({len(chosen)})", **look, **dots)
    if divided:
        panel.plot([], [], color="black", linewidth=1.5, label="boundary")
    else:
        panel.set_title(f"no boundary here: all is {everywhere}", fontsize="medium")
    panel.legend(
        fontsize="small", framealpha=0.9, facecolor="white", edgecolor="0.7", labelcolor="black"
    )
    panel.set(xlim=sides[0][[0, -1]], ylim=sides[1][[0, -1]], xlabel="x₀", ylabel="x₁")
    return axes


def _points(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """The points, and the class of each."""
    points, labels = numbers(X), numbers(y)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(
            f"decision_boundary draws points of two features, (points, 2), and X has shape "
            f"{points.shape}; of more features choose two and a model of those"
        )
    if labels.ndim == 2 and labels.shape[1] > 1:
        labels = labels.argmax(axis=1)  # one-hot
    labels = labels.reshape(-1)
    if len(labels) != len(points):
        raise ValueError(
            f"decision_boundary: X has {len(points)} points and y {len(labels)} classes"
        )
    if labels.dtype == bool or (labels.dtype.kind == "f" and (labels == np.rint(labels)).all()):
        labels = labels.astype(int)
    return points if points.dtype.kind == "f" else points.astype(float), labels


def _grid(points: np.ndarray, resolution: int) -> tuple[np.ndarray, ...]:
    """Sides, coordinates and points of a grid that has some room around the points."""
    if resolution < 2:
        raise ValueError(f"decision_boundary: resolution must be at least 2, not {resolution}")
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.08 * np.where(high > low, high - low, 1.0)
    sides = np.linspace(low - margin, high + margin, resolution, axis=1)
    across, up = np.meshgrid(*sides)
    grid = np.stack([across.ravel(), up.ravel()], axis=1).astype(points.dtype)
    return sides, across, up, grid


def _asked(model: Any, grid: np.ndarray) -> tuple[np.ndarray, bool]:
    """What the model makes of the grid, and whether a sum is the last thing it does."""
    if not callable(model):
        raise TypeError(
            f"decision_boundary needs a model that can be called, model(X); this is a "
            f"{type(model).__name__}"
        )
    with evaluating(model):
        with switched(recording=False, module=None, watchers=()):
            output = model(grid)
        if isinstance(output, Value):
            with switched(recording=True, module=None, watchers=()):
                last = model(grid[:1])
        else:
            last = None
    while isinstance(last, Value) and last.op is not None and last.op.name in _SAME_NUMBERS:
        last = last.inputs[0]
    sums = isinstance(last, Value) and last.op is not None and last.op.name in _SUMS
    made = numbers(output)
    if made.ndim not in (1, 2) or len(made) != len(grid) or made.dtype.kind not in "fiub":
        raise ValueError(
            f"decision_boundary asks the model of all points at once, model(X) of X {grid.shape}, "
            f"for (points,), (points, 1) or (points, classes) numbers; it made {made.dtype} "
            f"{made.shape}"
        )
    if not np.isfinite(made).all():
        raise ValueError("decision_boundary: the model gives NaN or infinity for some points")
    made = made.astype(float)
    return (made[:, 0] if made.ndim == 2 and made.shape[1] == 1 else made), sums


_SAME_NUMBERS = {"reshape", "squeeze", "getitem", "astype", "transpose"}
_SUMS = {"linear", "matmul", "dot", "add", "subtract", "sum", "einsum"}


def _classes(labels: np.ndarray, scores: int) -> list[Any]:
    """The classes that the scores speak of, in order."""
    there = np.unique(labels).tolist()
    if scores == 1:
        for pair in ([0, 1], [-1, 1]):
            if set(there) <= set(pair):
                return pair
        if len(there) == 2:
            return there
        raise ValueError(
            f"decision_boundary: the model gives one score a point, which tells two classes apart; "
            f"y has {len(there)}: {there[:5]}"
        )
    if labels.dtype.kind in "iu" and set(there) <= set(range(scores)):
        return list(range(scores))
    if len(there) == scores:
        return there
    raise ValueError(
        f"decision_boundary: the model gives {scores} scores a point, and y has {len(there)} "
        f"classes: {there[:5]}; they should be numbers from 0 to {scores - 1}"
    )


class _Field(NamedTuple):
    """One number a point that tells two classes apart."""

    numbers: np.ndarray
    middle: float
    limits: tuple[float, float]
    label: str


def _field(made, classes, names, threshold, ends_in_sum) -> _Field:
    if made.ndim == 2:
        shares, sure = _probabilities(made)[:, 1], True
    else:
        inside = made.min() >= 0 and made.max() <= 1 and classes == [0, 1]
        shares, sure = made, inside and not ends_in_sum
        if not sure and classes == [0, 1] and threshold is None:
            shares, sure = _sigmoid(made), True
    if sure:
        middle = 0.5 if threshold is None else threshold
        return _Field(shares, middle, (0.0, 1.0), f"probability of {names[1]}")
    middle = 0.0 if threshold is None else threshold
    reach = float(np.abs(made - middle).max()) or 1.0
    return _Field(made, middle, (middle - reach, middle + reach), "score")


def _shade_two(panel: Any, across: Any, up: Any, field: _Field) -> bool:
    """Blue and red on either side of the boundary; whether there is one."""
    surface = field.numbers.reshape(across.shape)
    low, high = field.limits
    image = panel.imshow(
        surface, extent=_extent(across, up), origin="lower", aspect="auto", cmap="RdBu_r",
        vmin=low, vmax=high, alpha=0.55, interpolation="bilinear",
    )  # fmt: skip
    divided = bool(surface.min() < field.middle < surface.max())
    if divided:
        panel.contour(across, up, surface, levels=[field.middle], colors="black", linewidths=1.5)
    bar = panel.figure.colorbar(image, ax=panel, label=field.label)
    bar.ax.set_facecolor("white")
    bar.ax.axhline(field.middle, color="black", linewidth=1.5)
    return divided


def _shade_many(panel: Any, across: Any, up: Any, shares: np.ndarray) -> bool:
    """Each place in the colour of its likeliest class, paler where that is less sure."""
    from matplotlib.colors import to_rgb

    classes = shares.shape[1]
    palette = np.array([to_rgb(COLOURS[i % len(COLOURS)]) for i in range(classes)])
    winner, best = shares.argmax(axis=1), shares.max(axis=1)
    depth = 0.1 + 0.4 * (best - 1 / classes) / (1 - 1 / classes)
    rgb = 1 - depth[:, None] * (1 - palette[winner])
    panel.imshow(
        rgb.reshape(*across.shape, 3), extent=_extent(across, up), origin="lower", aspect="auto"
    )
    for i in range(classes):
        lead = (shares[:, i] - np.delete(shares, i, axis=1).max(axis=1)).reshape(across.shape)
        if lead.min() < 0 < lead.max():
            panel.contour(across, up, lead, levels=[0], colors="black", linewidths=1.5)
    panel.set_title("paler: less sure", fontsize="small")
    return len(np.unique(winner)) > 1


def _extent(across: np.ndarray, up: np.ndarray) -> tuple[float, ...]:
    """The edges of the outermost pixels, whose centres are the grid's points."""
    half = (across[0, 1] - across[0, 0]) / 2, (up[1, 0] - up[0, 0]) / 2
    (left, right), (bottom, top) = across[0, [0, -1]], up[[0, -1], 0]
    return left - half[0], right + half[0], bottom - half[1], top + half[1]


def _probabilities(made: np.ndarray) -> np.ndarray:
    """The softmax of scores; probabilities as they are."""
    if made.min() >= 0 and np.allclose(made.sum(axis=1), 1, atol=1e-4):
        return made
    shifted = np.exp(made - made.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))  # never overflows
