"""Convolution: three bilinear maps, each the derivative of the others.

``conv2d(x, w)``, the image gradient ``conv2d_input(g, w)`` and the kernel gradient
``conv2d_weight(x, g)`` all pair the same numbers: image, kernel and result. Differentiating one
with respect to either of its operands gives another of the three, so derivatives of every order
exist and each is computed by one matrix product.

Inside, images are channels last, so that the windows are copied in runs of whole pixels.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np

from ..op import define


def pair(name: str, setting: str, value: Any, least: int = 1) -> tuple[int, int]:
    """A setting that is a number or a pair of them, as a pair."""
    both = (value, value) if isinstance(value, (int, np.integer)) else value
    if (
        not isinstance(both, (tuple, list))
        or len(both) != 2
        or not all(isinstance(v, (int, np.integer)) and v >= least for v in both)
    ):
        raise ValueError(
            f"{name}: {setting} is a number or a pair of them, each at least {least}, not {value!r}"
        )
    return int(both[0]), int(both[1])


def spatial_size(
    name: str, size: int, kernel: int, stride: int, pad: tuple[int, int], dilation: int
) -> int:
    """How many windows fit along one axis."""
    free = size + sum(pad) - dilation * (kernel - 1) - 1
    if free < 0:
        raise ValueError(
            f"{name}: a window of {dilation * (kernel - 1) + 1} does not fit into {size} pixels "
            f"with a border of {pad[0]} and {pad[1]}; use a smaller kernel or more padding"
        )
    return free // stride + 1


class _Geometry(NamedTuple):
    """One convolution's settings, checked and spelled out."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    pads: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    groups: int
    size: tuple[int, int]  # of the result

    def places(self):
        """For each place in a window, its offset and the slice of all padded pixels there."""
        for offset in itertools.product(*map(range, self.kernel)):
            yield (
                offset,
                tuple(
                    slice(o * d, o * d + s * (n - 1) + 1, s)
                    for o, d, s, n in zip(
                        offset, self.dilation, self.stride, self.size, strict=True
                    )
                ),
            )


def _geometry(name, x_shape, w_shape, stride, padding, dilation, groups) -> _Geometry:
    if len(x_shape) != 4 or len(w_shape) != 4:
        raise ValueError(
            f"{name}: images are (batch, channels, height, width) and kernels (out, in / groups, "
            f"height, width); got shapes {tuple(x_shape)} and {tuple(w_shape)}"
        )
    if groups < 1 or w_shape[0] % groups or x_shape[1] != w_shape[1] * groups:
        raise ValueError(
            f"{name}: {x_shape[1]} channels and groups={groups} ask for kernels of shape "
            f"(out, {x_shape[1] / max(groups, 1):g}, height, width) with out a multiple of groups; "
            f"got {tuple(w_shape)}"
        )
    kernel = (w_shape[2], w_shape[3])
    stride, dilation = pair(name, "stride", stride), pair(name, "dilation", dilation)
    if padding == "same":
        if stride != (1, 1):
            raise ValueError(
                f"{name}: padding='same' keeps the size, which needs stride 1, not {stride}"
            )
        whole = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        pads = tuple((n // 2, n - n // 2) for n in whole)
    elif padding == "valid":
        pads = ((0, 0), (0, 0))
    elif isinstance(padding, str):
        raise ValueError(f"{name}: padding is a number, a pair, 'same' or 'valid', not {padding!r}")
    else:
        pads = tuple((p, p) for p in pair(name, "padding", padding, least=0))
    size = tuple(
        spatial_size(name, *axis)
        for axis in zip(x_shape[2:], kernel, stride, pads, dilation, strict=True)
    )
    return _Geometry(kernel, stride, pads, dilation, groups, size)  # type: ignore[arg-type]


def _columns(x, geometry: _Geometry):
    """Every window as a row: (groups, batch · windows, kernel · channels of a group)."""
    n, c, h, w = x.shape
    groups, (kh, kw), (oh, ow) = geometry.groups, geometry.kernel, geometry.size
    (top, bottom), (left, right) = geometry.pads
    padded = np.zeros((n, h + top + bottom, w + left + right, c), x.dtype)
    padded[:, top : top + h, left : left + w] = x.transpose(0, 2, 3, 1)
    columns = np.empty((groups, n, oh, ow, kh, kw, c // groups), x.dtype)
    for (i, j), (rows, cols) in geometry.places():
        window = padded[:, rows, cols]
        for k in range(groups):
            columns[k, :, :, :, i, j] = window[..., k * (c // groups) : (k + 1) * (c // groups)]
    return columns.reshape(groups, n * oh * ow, kh * kw * (c // groups))


def _kernel_matrix(w, groups: int):
    """(groups, kernel · channels of a group, out of a group), rows in the order of `_columns`."""
    o, c, kh, kw = w.shape
    return (
        w.reshape(groups, o // groups, c, kh, kw)
        .transpose(0, 3, 4, 2, 1)
        .reshape(groups, -1, o // groups)
    )


def _pixels(g, groups: int):
    """(groups, batch · windows, out of a group)."""
    n, o, h, w = g.shape
    return g.transpose(0, 2, 3, 1).reshape(n * h * w, groups, o // groups).transpose(1, 0, 2)


def _images(rows, n: int, size: tuple[int, int]):
    """The inverse of `_pixels`."""
    groups, _, o = rows.shape
    return rows.transpose(1, 0, 2).reshape(n, *size, groups * o).transpose(0, 3, 1, 2)


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Slide kernels over images and take the inner product at each place.

    Parameters
    ----------
    x : (batch, channels, height, width) array
    weight : (out, channels / groups, kernel_height, kernel_width) array
    bias : (out,) array, optional
    stride, dilation : int or (int, int)
    padding : int, (int, int), "same" or "valid"
        A border of zeros. "same" keeps the size (stride 1); an odd row goes below and right.
    groups : int
        Each group of channels has kernels of its own.

    Returns
    -------
    (batch, out, out_height, out_width) array

    Examples
    --------
    >>> import numpy as np, autograd
    >>> image, edge = np.arange(9.0).reshape(1, 1, 3, 3), np.array([[[[-1.0, 1.0]]]])
    >>> autograd.conv2d(image, edge)[0, 0]
    array([[1., 1.],
           [1., 1.],
           [1., 1.]])
    """
    geometry = _geometry("conv2d", x.shape, weight.shape, stride, padding, dilation, groups)
    if bias is not None and bias.shape != (weight.shape[0],):
        raise ValueError(
            f"conv2d: {weight.shape[0]} kernels ask for a bias of shape ({weight.shape[0]},), "
            f"got {bias.shape}"
        )
    rows = _columns(x, geometry) @ _kernel_matrix(weight, groups)
    y = _images(rows, x.shape[0], geometry.size)
    return y if bias is None else y + bias[:, None, None]


def conv2d_input(g, weight, size, stride=1, padding=0, dilation=1, groups=1):
    """The image gradient of `conv2d`: each number spread over its window, times the kernel.

    Parameters
    ----------
    g : (batch, out, out_height, out_width) array
    weight : (out, channels / groups, kernel_height, kernel_width) array
    size : (int, int)
        Height and width of the image.
    stride, padding, dilation, groups
        Those of the convolution.

    Returns
    -------
    (batch, channels, height, width) array
    """
    n, channels = g.shape[0], weight.shape[1] * groups
    shape = (n, channels, *size)
    geometry = _geometry("conv2d_input", shape, weight.shape, stride, padding, dilation, groups)
    if g.shape[1:] != (weight.shape[0], *geometry.size):
        raise ValueError(
            f"conv2d_input: the result of that convolution has shape "
            f"{(n, weight.shape[0], *geometry.size)}, got {g.shape}"
        )
    columns = _pixels(g, groups) @ _kernel_matrix(weight, groups).transpose(0, 2, 1)
    columns = columns.reshape(groups, n, *geometry.size, *geometry.kernel, channels // groups)
    (top, bottom), (left, right) = geometry.pads
    padded = np.zeros((n, size[0] + top + bottom, size[1] + left + right, channels), columns.dtype)
    for (i, j), (rows, cols) in geometry.places():
        target = padded[:, rows, cols]
        for k in range(groups):
            target[..., k * (channels // groups) : (k + 1) * (channels // groups)] += columns[
                k, :, :, :, i, j
            ]
    return padded[:, top : top + size[0], left : left + size[1]].transpose(0, 3, 1, 2)


def conv2d_weight(x, g, size, stride=1, padding=0, dilation=1, groups=1):
    """The kernel gradient of `conv2d`: every window times the number it led to, summed.

    Parameters
    ----------
    x : (batch, channels, height, width) array
    g : (batch, out, out_height, out_width) array
    size : (int, int)
        Height and width of the kernel.
    stride, padding, dilation, groups
        Those of the convolution.

    Returns
    -------
    (out, channels / groups, kernel_height, kernel_width) array
    """
    out, channels = g.shape[1], x.shape[1] // groups
    geometry = _geometry(
        "conv2d_weight", x.shape, (out, channels, *size), stride, padding, dilation, groups
    )
    rows = _columns(x, geometry).transpose(0, 2, 1) @ _pixels(g, groups)
    return (
        rows.reshape(groups, *size, channels, out // groups)
        .transpose(0, 4, 3, 1, 2)
        .reshape(out, channels, *size)
    )


_SETTINGS = [
    {},
    {"stride": 2},
    {"padding": 1},
    {"padding": "same"},
    {"padding": (0, 1), "stride": (1, 2)},
    {"dilation": 2},
    {"padding": "valid"},
]
_IMAGES = ((2, 2, 5, 5), (4, 2, 3, 2), (4,))
_CASES: list = [(_IMAGES, settings) for settings in _SETTINGS]
_CASES += [(((1, 4, 3, 3), (2, 2, 2, 2), (2,)), {"groups": 2, "padding": "same"})]
_CASES += [
    (((1, 2, 3, 3), (2, 1, 1, 1), (2,)), {"groups": 2}),
    (((0, 1, 3, 3), (1, 1, 2, 2), (1,)), {}),
]


def _result(case):
    (x, w, _), settings = case
    geometry = _geometry(
        "conv2d", x, w, **({"stride": 1, "padding": 0, "dilation": 1, "groups": 1} | settings)
    )
    return (x[0], w[0], *geometry.size)


conv2d = define(
    conv2d,
    lambda g, y, x, weight, bias, **how: conv2d_input(g, weight, np.shape(x)[2:], **how),
    lambda g, y, x, weight, bias, **how: conv2d_weight(x, g, np.shape(weight)[2:], **how),
    lambda g, y, x, weight, bias, **how: np.sum(g, axis=(0, 2, 3)),
    label="conv",
    cases=_CASES,
    formulas=("g spread by weight", "x ∗ g", "sum(g)"),
)
conv2d_input = define(
    conv2d_input,
    lambda h, y, g, weight, size, **how: conv2d(h, weight, None, **how),
    lambda h, y, g, weight, size, **how: conv2d_weight(h, g, np.shape(weight)[2:], **how),
    label="conv back",
    cases=[((_result(case), case[0][1]), {**case[1], "size": case[0][0][2:]}) for case in _CASES],
    formulas=("h ∗ weight", "h ∗ g"),
)
conv2d_weight = define(
    conv2d_weight,
    lambda h, y, x, g, size, **how: conv2d_input(g, h, np.shape(x)[2:], **how),
    lambda h, y, x, g, size, **how: conv2d(x, h, None, **how),
    label="conv ∂w",
    cases=[((case[0][0], _result(case)), {**case[1], "size": case[0][1][2:]}) for case in _CASES],
    formulas=("g spread by h", "x ∗ h"),
)
