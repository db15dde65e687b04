"""channels: what a layer looks for, its filters, and what it finds, its activations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd import Value

from .panels import caption, fault, finish, panels, scale, tiles, whole_numbers
from .recording import layer_called, layers, numbers, recorded, titled

# ---- filters -----------------------------------------------------------------------------------


def show_filters(layer_or_weight: Any, *, ax: Any = None, max_filters: int = 64) -> Any:
    """The kernels of a convolution, one panel per filter.

    All panels share one scale that is centred on 0. A filter over several input channels has one
    tile for each of them, row by row.

    Parameters
    ----------
    layer_or_weight : module with a ``weight``, Value, or array
        The kernels are (out_channels, in_channels, height, width).
    ax : Axes, or as many as there are filters, optional
    max_filters : int
        How many are shown at most; the title says how many there are.

    Returns
    -------
    Axes or array of Axes
        As from ``plt.subplots``.

    Raises
    ------
    ValueError
        For weights that are not kernels of images.

    Examples
    --------
    >>> import numpy as np, viz
    >>> import matplotlib; matplotlib.use("Agg")
    >>> viz.show_filters(np.random.default_rng(0).normal(size=(6, 1, 3, 3))).shape
    (2, 3)
    """
    title, weight = _kernels(layer_or_weight)
    shown = weight[:max_filters]
    colours = scale(weight, signed=True)
    axes, used = panels("show_filters", len(shown), ax, width=0.95, height=1.12)
    for i, (panel, kernel) in enumerate(zip(used, shown, strict=True)):
        image = panel.imshow(tiles(kernel), **colours)
        caption(panel, f"{i}{fault(kernel)}")
    title += (
        f"{_count(len(shown), len(weight))} filters of {' × '.join(map(str, weight.shape[1:]))}"
    )
    if weight.shape[1] > 1:
        title += f"\none tile for each of the {weight.shape[1]} input channels"
    finish(used, image, title, ax)
    return axes


def _kernels(given: Any) -> tuple[str, np.ndarray]:
    """The kernels of a layer, and what to call them."""
    weight = getattr(given, "weight", given)
    if hasattr(given, "named_members") and np.ndim(numbers(weight)) != 4:
        names = [
            path.removesuffix(".weight")
            for path, member in given.named_members()
            if isinstance(member, Value) and member.ndim == 4
        ]
        choices = ", ".join(map(_reached, names))
        there = f"choose one of its convolutions: {choices}" if names else "no layer in it has any"
        raise ValueError(
            f"show_filters: this {type(given).__name__} has no kernels of four axes; {there}"
        )
    array = numbers(weight)
    if array.ndim != 4 or not array.size or array.dtype.kind not in "fiub":
        raise ValueError(
            f"show_filters takes kernels of shape (out_channels, in_channels, height, width), and "
            f"got {array.dtype} {array.shape}; reshape other weights to images first, "
            f"weight.data.reshape(-1, 1, height, width)"
        )
    name = getattr(weight, "name", "")
    if not name and weight is not given:
        name = type(given).__name__
    return f"{name}: " if name else "", array


def _reached(path: str) -> str:
    """A layer of a model as one writes it.

    >>> _reached("0"), _reached("body.2.conv")
    ('model[0]', 'model.body[2].conv')
    """
    return "model" + "".join(f"[{p}]" if p.isdecimal() else f".{p}" for p in path.split("."))


# ---- activations -------------------------------------------------------------------------------


def show_activations(
    model: Any, x: Any, *, layer: str | None = None, ax: Any = None, max_channels: int = 64
) -> Any:
    """What the layers of a model make of images.

    Without ``layer`` an overview of the first image: one panel per layer, the channels side by
    side. With ``layer`` that layer's channels, one panel each and on one scale; for a batch, one
    row per image. The model runs in evaluation mode, and no gradient is touched.

    Parameters
    ----------
    model : callable
    x : (channels, height, width) or (batch, channels, height, width) array or Value
        One row of features or a batch of them (batch, features) for models of those.
    layer : str, optional
        A name as in the overview: the dotted path of a module, or the name of an operation that
        was called without one (``relu``, ``relu #2``).
    ax : Axes, or as many as there are panels, optional
    max_channels : int
        How many are shown at most; a batch shows 8 images of 16 channels at most.

    Returns
    -------
    Axes or array of Axes
        As from ``plt.subplots``.

    Raises
    ------
    ValueError
        For the name of a layer that there is none of; lists those there are.

    Examples
    --------
    >>> import numpy as np, autograd, viz
    >>> import matplotlib; matplotlib.use("Agg")
    >>> kernels = np.random.default_rng(0).normal(size=(4, 1, 3, 3))
    >>> def model(x):
    ...     return autograd.relu(autograd.conv2d(x, kernels)).mean(axis=(2, 3))
    >>> axes = viz.show_activations(model, np.eye(8)[None])
    >>> [panel.get_title(loc="left") for panel in axes]
    ['x  1 × 8 × 8', 'conv2d  4 × 6 × 6', 'relu  4 × 6 × 6', 'mean  4']
    >>> viz.show_activations(model, np.eye(8)[None], layer="relu").shape
    (2, 2)
    """
    array = numbers(x)
    if not array.ndim or not array.size:
        raise ValueError(f"show_activations takes images or rows of features, not {array.shape}")
    batch = array if array.ndim in (2, 4) else array[None]
    _, values = recorded("show_activations", model, batch)
    named = layers(values)
    if layer is None:
        return _overview(batch, named, ax, max_channels)
    found = layer_called("show_activations", layer, named)
    data, name = _batched(found, len(batch)), titled(layer, found)
    if data.ndim < 4:
        axes, used = panels("show_activations", 1, ax, width=6.0, height=2.5)
        rows = data.reshape(len(data), -1)
        image = used[0].imshow(rows, aspect="auto", **scale(rows))
        used[0].set(xlabel="unit", ylabel="image")
        whole_numbers(used[0].xaxis)
        whole_numbers(used[0].yaxis)
        finish(used, image, f"{name}: {rows.shape[1]} units", ax)
        return axes
    shown = data[:8, : min(max_channels, 16 if len(data) > 1 else max_channels)]
    columns = shown.shape[1] if len(shown) > 1 else None
    axes, used = panels(
        "show_activations", len(shown) * shown.shape[1], ax, columns, width=0.95, height=1.12
    )
    colours = scale(data)
    for i, panel in enumerate(used):
        row, channel = divmod(i, shown.shape[1])
        image = panel.imshow(shown[row, channel], **colours)
        caption(panel, f"{channel}{fault(data[row, channel])}")
        if len(shown) > 1 and channel == 0:
            panel.set_ylabel(f"image {row}", fontsize="small")
    title = f"{name}: {_count(shown.shape[1], data.shape[1])} channels of "
    title += " × ".join(map(str, data.shape[2:]))
    if len(data) > 1:
        title += f", {_count(len(shown), len(data))} images"
    finish(used, image, title, ax)
    return axes


_SAME_NUMBERS = {"reshape", "expand_dims", "squeeze", "transpose", "moveaxis", "swapaxes", "astype"}
_ROWS = 12  # panels that an overview has at most


def _overview(batch: np.ndarray, named: Mapping[str, Value], ax: Any, max_channels: int) -> Any:
    first: dict[Value, str] = {}
    for name, value in named.items():
        assert value.op is not None
        if value.op.name not in _SAME_NUMBERS and value.shape[:1] == batch.shape[:1]:
            first.setdefault(value, name)
    rows = [("x", batch[0])]
    rows += [(titled(name, value), value.data[0]) for value, name in first.items()]
    shown = [rows[i] for i in np.unique(np.linspace(0, len(rows) - 1, _ROWS).astype(int))]
    axes, used = panels("show_activations", len(shown), ax, 1, width=8.0, height=1.1)
    for panel, (name, data) in zip(used, shown, strict=True):
        data = np.asarray(data)
        title = f"{name}  {' × '.join(map(str, data.shape)) or 'one number'}{fault(data)}"
        if data.ndim == 3:
            kept = min(len(data), max_channels, 16)
            image = panel.imshow(tiles(data[:kept], columns=kept), **scale(data))
            title += f", the first {kept} channels" if kept < len(data) else ""
            panel.set(xticks=[], yticks=[], anchor="W")
            panel.set_frame_on(False)
        else:
            strip = data.reshape(-1, data.shape[-1] if data.ndim else 1)
            image = panel.imshow(strip, aspect="auto", **scale(data))
            whole_numbers(panel.xaxis)
            panel.set_yticks([])
        panel.set_title(title, fontsize="medium", loc="left")
        panel.figure.colorbar(image, ax=panel, fraction=0.02, pad=0.01, panchor=False)
    if ax is None:
        title = f"{len(shown)} of {len(rows)} layers; layer= shows any of them"
        about = [f"image 0 of {len(batch)}"] if len(batch) > 1 else []
        about += [title] if len(shown) < len(rows) else []
        used[0].figure.suptitle("; ".join(about), fontsize="medium")
    return axes


def _batched(value: Value, batch: int) -> np.ndarray:
    data = np.asarray(value.data)
    if data.ndim and len(data) == batch:
        return data
    raise ValueError(
        f"show_activations: this layer's result has shape {data.shape}, which has no axis for the "
        f"{batch} images"
    )


def _count(shown: int, there: int) -> str:
    return f"{there}" if shown == there else f"{shown} of {there}"
