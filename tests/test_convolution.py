"""Convolution beside its definition, for few and many channels, which are computed otherwise."""

import numpy as np
import pytest

import autograd
from autograd.ops.sum_leading import sum_of_channels

SETTINGS = [
    {"padding": 1},
    {"padding": (2, 0), "dilation": (1, 2)},
    {"padding": (8, 1), "dilation": (8, 1)},  # the other rows of the kernel see the border alone
    {"stride": 2, "padding": 1},
    {"stride": 2, "padding": ((-1, 2), (1, -2))},  # a negative border is cut off
    {"groups": 2, "padding": 1},
]


def _defined(x, w, stride=1, padding=0, dilation=1, groups=1):
    """The sum over the places of a window, one at a time."""
    (s, t), (d, e) = (np.broadcast_to(n, 2) for n in (stride, dilation))
    pads = padding if np.ndim(padding) == 2 else [(p, p) for p in np.broadcast_to(padding, 2)]
    (top, bottom), (left, right) = pads
    x = x[:, :, max(-top, 0) : x.shape[2] + min(bottom, 0)]
    x = x[:, :, :, max(-left, 0) : x.shape[3] + min(right, 0)]
    x = np.pad(x, ((0, 0), (0, 0), *((max(b, 0), max(a, 0)) for b, a in pads)))
    rows = (x.shape[2] - d * (w.shape[2] - 1) - 1) // s + 1
    columns = (x.shape[3] - e * (w.shape[3] - 1) - 1) // t + 1
    parts = []
    for xs, ws in zip(np.split(x, groups, axis=1), np.split(w, groups), strict=True):
        y = 0
        for i, j in np.ndindex(w.shape[2:]):
            there = xs[:, :, i * d :: s, j * e :: t][:, :, :rows, :columns]
            y = y + np.einsum("nchw,oc->nohw", there, ws[:, :, i, j])
        parts.append(y)
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("channels, out", [(2, 4), (2, 2), (4, 20), (18, 6), (34, 16)])
def test_the_three_maps(channels, out, settings):
    rng = np.random.default_rng(0)
    x, b = rng.normal(size=(3, channels, 7, 6)), rng.normal(size=out)
    w = rng.normal(size=(out, channels // settings.get("groups", 1), 3, 2))
    y = autograd.conv2d(x, w, **settings)
    np.testing.assert_allclose(y, _defined(x, w, **settings), atol=1e-12)
    moved = autograd.conv2d(x, w, b, **settings)
    np.testing.assert_allclose(moved, y + b[:, None, None], atol=1e-12)
    g = rng.normal(size=y.shape)
    # The other two are its transposes: all three pair the same numbers.
    image = autograd.conv2d_input(g, w, (7, 6), **settings)
    kernel = autograd.conv2d_weight(x, g, (3, 2), **settings)
    np.testing.assert_allclose([np.sum(image * x), np.sum(kernel * w)], np.sum(y * g), rtol=1e-10)
    other, stranger = rng.normal(size=x.shape), rng.normal(size=w.shape)
    np.testing.assert_allclose(
        np.sum(image * other), np.sum(_defined(other, w, **settings) * g), rtol=1e-9
    )
    np.testing.assert_allclose(
        np.sum(kernel * stranger), np.sum(_defined(x, stranger, **settings) * g), rtol=1e-9
    )


@pytest.mark.parametrize("shape", [(3, 4, 5), (2, 3, 4, 5), (2, 1, 3, 3), (0, 2, 3)])
def test_the_sum_of_channels_in_both_orders_of_memory(shape):
    g = np.random.default_rng(0).normal(size=shape)
    last = np.moveaxis(np.ascontiguousarray(np.moveaxis(g, 1, -1)), -1, 1)
    one_by_one = [g[:, channel].sum() for channel in range(shape[1])]
    for each in (g, last):
        np.testing.assert_allclose(sum_of_channels(each), one_by_one, atol=1e-12)
