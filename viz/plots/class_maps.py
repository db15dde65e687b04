"""class_maps: where in an image a network sees a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd import Value, gradients
from autograd.backward import between
from autograd.switches import switched

from .panels import caption, fault, panels, scale
from .recording import layer_called, layers, numbers, recorded, titled

METHODS = ("grad", "gap")


class Maps(NamedTuple):
    """Class-activation maps of a batch."""

    maps: np.ndarray  # (batch, height, width), of the size of the feature maps
    targets: np.ndarray  # (batch,) the class of each
    scores: np.ndarray  # (batch,) before the softmax
    layer: str
    channels: int


def cam(
    model: Any,
    image: Any,
    target: Any = None,
    *,
    layer: str | None = None,
    method: str = "grad",
    ax: Any = None,
) -> Any:
    """A class-activation map over its image: where a convolutional network sees a class.

    With A the feature maps of a layer and S the score of the class, before the softmax:

    - ``"grad"`` (Grad-CAM): relu(Σₖ αₖ Aₖ), with αₖ the mean over the places of ∂S/∂Aₖ. It shows
      what speaks for the class.
    - ``"gap"`` (CAM): Σₖ wₖ Aₖ, with wₖ the weight of the class in the one Linear that follows
      global average pooling. The mean over the places is the score without its bias, so the map
      shows what speaks for the class and, below 0, against it.

    The map is enlarged to the image's size by bilinear interpolation, and the image is shown in
    grey, so that the colours are the map's. The model runs in evaluation
    mode, and no gradient of its parameters is touched.

    Parameters
    ----------
    model : callable
        (batch, channels, height, width) -> (batch, classes)
    image : (channels, height, width) or (batch, channels, height, width) array or Value
    target : int, or one for each image, optional
        The class; by default the one with the highest score.
    layer : str, optional
        Whose feature maps, by a name as in `show_activations`. By default for ``"grad"`` those of
        the last convolution, after its normalisation and activation; for ``"gap"`` what is pooled.
    method : "grad" or "gap"
    ax : Axes, or as many as there are images, optional

    Returns
    -------
    Axes or array of Axes
        As from ``plt.subplots``; ``axes.images[-1].get_array()`` is the map.

    Raises
    ------
    ValueError
        For a model without a convolution; for ``"gap"``, where what follows the feature maps is
        more than global average pooling and one Linear.

    References
    ----------
    Zhou et al. 2016, "Learning deep features for discriminative localization", eq. 2.
    Selvaraju et al. 2017, "Grad-CAM: visual explanations from deep networks via gradient-based
    localization", eq. 1 and 2.

    Examples
    --------
    >>> import numpy as np, autograd, viz
    >>> import matplotlib; matplotlib.use("Agg")
    >>> kernels = np.random.default_rng(0).normal(size=(4, 1, 3, 3))
    >>> def model(x):
    ...     return autograd.relu(autograd.conv2d(x, kernels)).mean(axis=(2, 3))
    >>> axes = viz.cam(model, np.eye(8)[None], target=2, method="gap")
    >>> axes.images[-1].get_array().shape
    (8, 8)
    """
    images = _images(image)
    found = class_maps(model, images, target, layer, method)
    axes, used = panels("cam", len(images), ax, width=3.4, height=2.9)
    for i, panel in enumerate(used):
        colours = scale(found.maps[i], signed=method == "gap")
        enlarged = bilinear(found.maps[i], images.shape[2:])
        strength = np.clip(np.abs(np.nan_to_num(enlarged)) / colours["vmax"], 0, 1)
        panel.imshow(_picture(images[i]), cmap="gray", vmin=0, vmax=1)
        # What the map says nothing about stays clear.
        overlay = panel.imshow(enlarged, **colours, alpha=0.75 * strength**0.7)
        bar = panel.figure.colorbar(overlay, ax=panel, fraction=0.046, pad=0.03)
        bar.solids.set_alpha(1)
        chosen = "predicted class" if target is None else "class"
        text = f"{chosen} {found.targets[i]}, score {found.scores[i]:.3g}"
        caption(panel, text + fault(found.maps[i]))
    if ax is None:
        shape = " × ".join(map(str, (found.channels, *found.maps.shape[1:])))
        title = f"{'CAM' if method == 'gap' else 'Grad-CAM'} of {found.layer}, {shape}"
        used[0].figure.suptitle(title, fontsize="medium")
    return axes


def class_maps(model: Any, images: np.ndarray, target: Any, layer: str | None, method: str) -> Maps:
    """The maps themselves, as large as the feature maps they are made of."""
    if method not in METHODS:
        raise ValueError(f"cam: method is 'grad' or 'gap', not {method!r}")
    output, values = recorded("cam", model, images)
    scores = output
    while scores.op is not None and scores.op.name in ("softmax", "log_softmax"):
        scores = scores.inputs[0]  # both papers take the score before it
    table = np.asarray(scores.data)
    if table.ndim not in (1, 2) or len(table) != len(images):
        raise ValueError(
            f"cam needs a score for each class, (batch, classes); of images {images.shape} the "
            f"model made {table.shape}"
        )
    table = table.reshape(len(table), -1)
    targets = _targets(target, table)
    named = layers(values)
    features = _features(values, scores, named, layer, method)
    maps = np.asarray(features.data)
    seed = np.zeros_like(table)
    seed[np.arange(len(table)), targets] = 1
    with switched(watchers=()):  # this pass is ours, and none of the caller's
        (slopes,) = gradients(scores, [features], seed.reshape(scores.shape))
    if method == "gap":
        _check_head(scores, features, slopes, _name(features, named))
        summed = (slopes.sum(axis=(2, 3), keepdims=True) * maps).sum(axis=1)
    else:
        summed = (slopes.mean(axis=(2, 3), keepdims=True) * maps).sum(axis=1)
        summed = np.maximum(summed, 0)
    scored = table[np.arange(len(table)), targets]
    return Maps(summed, targets, scored, _name(features, named), maps.shape[1])


def bilinear(image: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """(height, width) enlarged or reduced to another size, pixels taken as small squares.

    >>> bilinear(np.array([[0.0, 1.0]]), (1, 4)).tolist()
    [[0.0, 0.25, 0.75, 1.0]]
    """
    rows, columns = (_weights(n, m) for n, m in zip(image.shape, size, strict=True))
    return rows @ image @ columns.T


def _weights(given: int, wanted: int) -> np.ndarray:
    """(wanted, given): how much of each pixel is in each new one."""
    centres = (np.arange(wanted) + 0.5) * given / wanted - 0.5
    places = np.arange(given)
    return np.stack([np.interp(centres, places, unit) for unit in np.eye(given)], axis=1)


def _images(image: Any) -> np.ndarray:
    array = numbers(image)
    if array.ndim not in (3, 4) or not array.size:
        raise ValueError(
            f"cam takes an image (channels, height, width) or a batch of them, and got "
            f"{array.shape}; image[None] adds the axis of one channel"
        )
    if array.dtype.kind != "f":
        raise TypeError(
            f"cam got an image of {array.dtype}; give the floating-point numbers that the model "
            f"learnt from, as in image.astype(np.float32) / 255"
        )
    return array if array.ndim == 4 else array[None]


def _targets(target: Any, table: np.ndarray) -> np.ndarray:
    """The class of each image."""
    if target is None:
        return table.argmax(axis=1)
    targets = numbers(target)
    classes = table.shape[1]
    if targets.dtype.kind not in "iu" or targets.shape not in ((), (len(table),)):
        raise ValueError(
            f"cam: target is the number of a class, or one for each of the {len(table)} images, "
            f"not {target!r}"
        )
    if targets.min() < 0 or targets.max() >= classes:
        raise ValueError(f"cam: target {target} is none of the model's classes, 0 to {classes - 1}")
    return np.broadcast_to(targets, len(table))


def _features(
    values: list[Value], scores: Value, named: Mapping[str, Value], layer: str | None, method: str
) -> Value:
    """The value whose channels are the feature maps."""
    if layer is not None:
        found = layer_called("cam", layer, named)
        if found.ndim != 4 or not between([scores], [found])[1:]:
            fit = [repr(name) for name, value in named.items() if value.ndim == 4]
            raise ValueError(
                f"cam: {layer!r} makes no feature maps (batch, channels, height, width) that the "
                f"scores follow from, but {found.shape}; feature maps are made by "
                f"{', '.join(fit) or 'no layer'}"
            )
        return found
    convolutions = [v for v in values if v.op is not None and v.op.name == "conv2d"]
    if not convolutions:
        raise ValueError(
            "cam: no convolution (conv2d) stands between the image and the scores, so there are no "
            f"feature maps; the model's layers are {', '.join(map(repr, named))}"
        )
    last = convolutions[-1]
    maps = [v for v in values if v.order >= last.order and v.ndim == 4]
    if method == "grad":
        return [v for v in maps if v.shape == last.shape][-1]
    return [v for v in maps if v is last or v.shape[2:] != (1, 1)][-1]


def _name(value: Value, named: Mapping[str, Value]) -> str:
    """A layer by its name, and by its operation where the name is but a number."""
    assert value.op is not None
    name = next((name for name, other in named.items() if other is value), value.op.name)
    return titled(name, value)


_LINEAR = {
    "add", "astype", "avg_pool2d", "divide", "dot", "einsum", "expand_dims", "getitem", "linear",
    "matmul", "mean", "moveaxis", "multiply", "negative", "positive", "resample", "reshape",
    "squeeze", "subtract", "sum", "swapaxes", "tensordot", "transpose",
}  # fmt: skip


def _check_head(scores: Value, features: Value, slopes: np.ndarray, name: str) -> None:
    """Refuse all but global average pooling and one Linear.

    Then and only then the scores are linear in the features, with one slope for all places.
    """
    after = between([scores], [features])[1:]
    known = {features, *after}
    for value in after:
        assert value.op is not None
        used = [isinstance(x, Value) and x in known for x in value.inputs]
        divides = value.op.name == "divide" and used[1]
        if value.op.name not in _LINEAR or sum(used) != 1 or divides:
            raise ValueError(
                f"cam: method='gap' needs global average pooling and one Linear after the feature "
                f"maps, and after those of {name} comes {value.op.name}; choose another layer=, "
                f"or method='grad', which takes any head"
            )
    spread = np.ptp(slopes, axis=(2, 3)).max()
    if spread > 1e-5 * np.abs(slopes).max():
        raise ValueError(
            f"cam: method='gap' needs global average pooling and one Linear after the feature "
            f"maps, and here the places of {name} have different weights, as where the maps are "
            f"flattened; use method='grad', which takes any head"
        )


def _picture(image: np.ndarray) -> np.ndarray:
    """(channels, height, width) in grey from 0 to 1: the colours are the map's."""
    finite = image[np.isfinite(image)]
    low, high = finite.min(initial=0.0), finite.max(initial=1.0)
    # Luma of red, green and blue by ITU-R BT.601; any other channels count alike.
    weights = (0.299, 0.587, 0.114) if len(image) == 3 else np.full(len(image), 1 / len(image))
    return (np.tensordot(weights, image, axes=1) - low) / (high - low)
