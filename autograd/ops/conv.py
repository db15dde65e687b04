"""Convolution: three bilinear maps, each the derivative of the others.

``conv2d(x, w)``, the image gradient ``conv2d_input(g, w)`` and the kernel gradient
``conv2d_weight(x, g)`` all pair the same numbers: image, kernel and result. Differentiating one
with respect to either of its operands gives another of the three, so derivatives of every order
exist. In one, two and three dimensions they are the same functions.

>>> import numpy as np
>>> image, edge = np.arange(9.0).reshape(1, 1, 3, 3), np.array([[[[-1.0, 1.0]]]])
>>> conv2d(image, edge)[0, 0]
array([[1., 1.],
       [1., 1.],
       [1., 1.]])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..op import Case, define
from .convolution import convolve, correlate, spread
from .geometry import geometry
from .sum_leading import sum_of_channels
from .windows import AXES


def check_bias(name: str, bias, out: int) -> None:
    if bias is not None and np.shape(bias) != (out,):
        raise ValueError(
            f"{name}: {out} channels come out and ask for a bias of shape ({out},), got "
            f"{np.shape(bias)}"
        )


def named(function: Callable, name: str, doc: str) -> Callable:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _maps(axes: int) -> tuple[Callable, Callable, Callable]:
    """The three maps over images of so many spatial axes, as operations."""
    name, image = f"conv{axes}d", f"({AXES[axes]}) array"
    ones = ", ".join(["int"] * axes)

    def conv(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        how = geometry(name, axes, x.shape, weight.shape, stride, padding, dilation, groups)
        check_bias(name, bias, weight.shape[0])
        return convolve(x, weight, how, bias)

    def conv_input(g, weight, size, stride=1, padding=0, dilation=1, groups=1):
        shape = (len(g), weight.shape[1] * groups, *size)
        how = geometry(
            f"{name}_input", axes, shape, weight.shape, stride, padding, dilation, groups
        )
        if g.shape[1:] != (weight.shape[0], *how.size):
            raise ValueError(
                f"{name}_input: the result of that convolution has shape "
                f"{(len(g), weight.shape[0], *how.size)}, got {g.shape}"
            )
        return spread(g, weight, tuple(size), how)

    def conv_weight(x, g, size, stride=1, padding=0, dilation=1, groups=1):
        shape = (g.shape[1], x.shape[1] // groups, *size)
        how = geometry(f"{name}_weight", axes, x.shape, shape, stride, padding, dilation, groups)
        return correlate(x, g, how)

    cases = _cases(axes)
    results = [_result(name, *case) for case in cases]
    conv = define(
        named(conv, name, _CONV.format(image=image, ones=ones)),
        lambda g, y, x, weight, bias, **how: conv_input(g, weight, np.shape(x)[2:], **how),
        lambda g, y, x, weight, bias, **how: conv_weight(x, g, np.shape(weight)[2:], **how),
        lambda g, y, x, weight, bias, **how: sum_of_channels(g),
        label="conv",
        cases=cases,
        formulas=("g spread by weight", "x ∗ g", "sum(g)"),
    )
    conv_input = define(
        named(conv_input, f"{name}_input", _INPUT.format(name=name, image=image, ones=ones)),
        lambda h, y, g, weight, size, **how: conv(h, weight, None, **how),
        lambda h, y, g, weight, size, **how: conv_weight(h, g, np.shape(weight)[2:], **how),
        label="conv back",
        cases=[
            ((result, shapes[1]), {**settings, "size": shapes[0][2:]})
            for result, (shapes, settings) in zip(results, cases, strict=True)
        ],
        formulas=("h ∗ weight", "h ∗ g"),
    )
    conv_weight = define(
        named(conv_weight, f"{name}_weight", _WEIGHT.format(name=name, image=image, ones=ones)),
        lambda h, y, x, g, size, **how: conv_input(g, h, np.shape(x)[2:], **how),
        lambda h, y, x, g, size, **how: conv(x, h, None, **how),
        label="conv ∂w",
        cases=[
            ((shapes[0], result), {**settings, "size": shapes[1][2:]})
            for result, (shapes, settings) in zip(results, cases, strict=True)
        ],
        formulas=("g spread by h", "x ∗ h"),
    )
    return conv, conv_input, conv_weight


_CONV = """Slide kernels over images and take the inner product at each place.

    Parameters
    ----------
    x : {image}
    weight : (out, channels / groups, *kernel_size) array
    bias : (out,) array, optional
    stride, dilation : int or ({ones})
    padding : int, ({ones}), "same" or "valid"
        A border of zeros; also a pair (before, after) for each axis. "same" keeps the size
        (stride 1); an odd one goes to the end.
    groups : int
        Each group of channels has kernels of its own.

    Returns
    -------
    (batch, out, *out_size) array
        out_size = ⌊(size + 2 · padding − dilation · (kernel_size − 1) − 1) / stride⌋ + 1
    """

_INPUT = """The image gradient of `{name}`: each number spread over its window, times the kernel.

    Parameters
    ----------
    g : (batch, out, *out_size) array
    weight : (out, channels / groups, *kernel_size) array
    size : ({ones})
        Of the image.
    stride, padding, dilation, groups
        Those of the convolution.

    Returns
    -------
    {image}
    """

_WEIGHT = """The kernel gradient of `{name}`: every window times the number it led to, summed.

    Parameters
    ----------
    x : {image}
    g : (batch, out, *out_size) array
    size : ({ones})
        Of the kernel.
    stride, padding, dilation, groups
        Those of the convolution.

    Returns
    -------
    (out, channels / groups, *kernel_size) array
    """


def _cases(axes: int) -> list[Case]:
    """What the generated tests run."""
    if axes == 1:
        shapes: Any = ((2, 2, 6), (4, 2, 3), (4,))
        settings: list[dict] = [{}, {"stride": 2, "padding": 1}, {"padding": ((2, 0),)}]
        return [*((shapes, how) for how in settings), (((1, 2, 4), (2, 1, 2), (2,)), {"groups": 2})]
    if axes == 3:
        shapes = ((1, 2, 3, 4, 3), (2, 2, 2, 2, 1), (2,))
        return [(shapes, {}), (shapes, {"padding": 1, "stride": (1, 2, 1)})]
    shapes = ((2, 2, 5, 5), (4, 2, 3, 2), (4,))
    settings = [
        {},
        {"stride": 2},
        {"padding": 1},
        {"padding": "same"},
        {"padding": (0, 1), "stride": (1, 2)},
        {"dilation": 2},
        {"padding": "valid"},
        {"padding": ((1, -1), (0, 2))},
    ]
    return [
        *((shapes, how) for how in settings),
        (((1, 4, 3, 3), (2, 2, 2, 2), (2,)), {"groups": 2, "padding": "same"}),
        (((1, 2, 3, 3), (2, 1, 1, 1), (2,)), {"groups": 2}),
        (((0, 1, 3, 3), (1, 1, 2, 2), (1,)), {}),
    ]


def _result(name: str, shapes, settings) -> tuple[int, ...]:
    (x, w, _), defaults = shapes, {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    return (x[0], w[0], *geometry(name, len(x) - 2, x, w, **(defaults | settings)).size)


conv1d, conv1d_input, conv1d_weight = _maps(1)
conv2d, conv2d_input, conv2d_weight = _maps(2)
conv3d, conv3d_input, conv3d_weight = _maps(3)
