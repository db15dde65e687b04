"""Max pooling the other way: each number back to where the maximum stood.

>>> import numpy as np
>>> from nn.functional import max_pool1d
>>> y, indices = max_pool1d(np.array([[1.0, 5.0, 7.0, 2.0]]), 2, return_indices=True)
>>> max_unpool1d(y, indices, 2).data
array([[0., 5., 7., 0.]])
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import autograd
from autograd import untraced
from autograd.ops.windows import AXES, per_axis

from .embedding import integers
from .images import as_value, titled


def _max_unpool(axes: int) -> Callable:
    name = f"max_unpool{axes}d"

    def max_unpool(
        input: Any,
        indices: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        output_size: Sequence[int] | None = None,
    ) -> Any:
        x, places = as_value(name, input), untraced(partial(integers, name), indices)
        if x.ndim not in (axes + 1, axes + 2) or places.shape != x.shape:
            raise ValueError(
                f"{name} takes ({AXES[axes]}), or one image without the batch axis, and indices "
                f"of the same shape; got shapes {x.shape} and {places.shape}"
            )
        size = _size(name, x.shape[-axes:], kernel_size, stride, padding, output_size)
        pixels = math.prod(size)
        untraced(partial(_check_places, name, size), places)
        # Of numbers that go to one place the last one stays, and it alone takes the gradient.
        found, last = untraced(partial(_last, pixels, x.shape[:-axes]), places)
        kept = np.reshape(x, (x.size,))[last]
        spread = autograd.scatter(kept, found, (pixels * math.prod(x.shape[:-axes]),))
        return np.reshape(spread, (*x.shape[:-axes], *size))

    doc = f"""Zeros, with each number where `max_pool{axes}d` found it.

    Parameters
    ----------
    input : (batch, channels, *size) array or Value, or (channels, *size)
    indices : integers of the same shape
        What `max_pool{axes}d` with ``return_indices`` says. Where windows overlap, several
        numbers may go to one place: the last one stays, and takes the gradient.
    kernel_size, stride, padding : int, or one for each axis
        Those of the pooling.
    output_size : sequence of int, optional
        The size of the images, where several lead to the same pooled ones; also their shape.

    Returns
    -------
    (batch, channels, *out_size) Value
        out_size = (size − 1) · stride − 2 · padding + kernel_size
    """
    return titled(max_unpool, name, doc)


def _check_places(name: str, size: tuple[int, ...], places: np.ndarray) -> None:
    pixels = math.prod(size)
    if places.size and not 0 <= places.min() <= places.max() < pixels:
        raise ValueError(
            f"{name}: images of {size} have the places 0 to {pixels - 1}, and the indices go "
            f"from {places.min()} to {places.max()}"
        )


def _last(
    pixels: int, images: tuple[int, ...], places: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The places of all images that something goes to, and the last number that goes there."""
    axes = places.ndim - len(images)
    starts = pixels * np.arange(math.prod(images)).reshape(*images, *(1,) * axes)
    to = (starts + places).ravel()
    found, last = np.unique(to[::-1], return_index=True)
    return found, to.size - 1 - last


def _size(
    name: str, given: Sequence[int], kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> tuple[int, ...]:
    """The size of the result."""
    axes = len(given)
    kernel = per_axis(name, "kernel_size", kernel_size, axes)
    strides = kernel if stride is None else per_axis(name, "stride", stride, axes)
    pads = per_axis(name, "padding", padding, axes, least=0)
    each = zip(given, kernel, strides, pads, strict=True)
    usual = tuple((n - 1) * s + k - 2 * p for n, k, s, p in each)
    asked = usual if output_size is None else tuple(output_size)
    asked = asked[2:] if len(asked) == axes + 2 else asked
    near = len(asked) == axes and all(
        abs(out - n) < s for out, n, s in zip(asked, usual, strides, strict=True)
    )
    if not near or min(asked) < 1:
        raise ValueError(
            f"{name}: images of {tuple(given)} can become {usual}, or less than a stride of "
            f"{strides} more or less, and at least 1, not {output_size}"
        )
    return asked


max_unpool1d, max_unpool2d, max_unpool3d = map(_max_unpool, (1, 2, 3))
