"""Convolution and pooling against their definitions, window by window, in plain NumPy."""

import numpy as np
import pytest

import nn
from autograd import Value

CONVS = [
    dict(),
    dict(stride=2, padding=1),
    dict(stride=(1, 2), padding=(2, 0), dilation=(1, 2)),
    dict(padding="same"),
    dict(padding="same", dilation=2),
    dict(padding="valid", bias=False),
    dict(groups=2, padding=1),
]
POOLS = [dict(kernel_size=2), dict(kernel_size=3, stride=2, padding=1), dict(kernel_size=(2, 1))]


def named(settings):
    return ",".join(f"{k}={v}" for k, v in settings.items()) or "plain"


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def convolve(x, w, b, stride, padding, dilation, groups):
    """The definition, window by window."""
    pads, (out, per_group, kh, kw) = [], w.shape
    for k, p, d in zip((kh, kw), padding, dilation, strict=True):
        whole = d * (k - 1)
        pads.append((whole // 2, whole - whole // 2) if p == "same" else (p, p))
    x = np.pad(x, [(0, 0), (0, 0), *pads])
    size = [
        (n - d * (k - 1) - 1) // s + 1
        for n, d, k, s in zip(x.shape[2:], dilation, (kh, kw), stride, strict=True)
    ]
    y = np.zeros((len(x), out, *size))
    for o in range(out):
        first = o // (out // groups) * per_group
        for i, j in np.ndindex(*size):
            rows = i * stride[0] + dilation[0] * np.arange(kh)
            cols = j * stride[1] + dilation[1] * np.arange(kw)
            window = x[:, first : first + per_group][:, :, rows[:, None], cols]
            y[:, o, i, j] = (window * w[o]).sum((1, 2, 3)) + b[o]
    return y


def twice(setting):
    return setting if isinstance(setting, tuple) else (setting, setting)


@pytest.mark.parametrize("settings", CONVS, ids=named)
@pytest.mark.parametrize("kernel", [3, (2, 3)])
def test_conv2d_is_its_definition(settings, kernel):
    layer = nn.Conv2d(2, 4, kernel, rng=0, dtype=float, **settings)
    x = draw(2, 2, 6, 7)
    padding = settings.get("padding", 0)
    expected = convolve(
        x,
        layer.weight.data,
        np.zeros(4) if layer.bias is None else layer.bias.data,
        twice(settings.get("stride", 1)),
        twice(0 if padding == "valid" else padding),
        twice(settings.get("dilation", 1)),
        settings.get("groups", 1),
    )
    np.testing.assert_allclose(layer(x).data, expected, atol=1e-12)


@pytest.mark.parametrize("settings", POOLS, ids=named)
@pytest.mark.parametrize("kind, reduce", [("MaxPool2d", np.max), ("AvgPool2d", np.mean)])
def test_pooling_is_its_definition(kind, reduce, settings):
    layer = getattr(nn, kind)(**settings)
    x = draw(2, 3, 5, 6)
    kernel = twice(settings["kernel_size"])
    stride, pad = twice(settings.get("stride", kernel)), settings.get("padding", 0)
    border = -np.inf if kind == "MaxPool2d" else 0.0
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], constant_values=border)
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel, (2, 3))
    expected = reduce(windows[:, :, :: stride[0], :: stride[1]], axis=(-2, -1))
    np.testing.assert_allclose(layer(Value(x)).data, expected, atol=1e-14)


@pytest.mark.parametrize(
    "layer, shape, words",
    [
        (nn.Conv2d(3, 2, 3), (2, 1, 8, 8), r"in_channels=3.* \(2, 1, 8, 8\)"),
        (nn.Conv2d(1, 2, 3), (8, 8), r"x\[:, None\] adds the axis"),
        (nn.Conv2d(1, 2, 5), (1, 1, 3, 3), "conv2d"),
        (nn.MaxPool2d(2), (8, 8), r"max_pool2d takes \(batch, channels, height, width\)"),
        (nn.AvgPool2d(4), (1, 1, 3, 3), "avg_pool2d"),
    ],
)
def test_a_wrong_shape_is_told(layer, shape, words):
    with pytest.raises(ValueError, match=words):
        layer(np.zeros(shape, np.float32))


@pytest.mark.parametrize("kernel", [(3, 3, 3), 0, -1])
def test_a_kernel_that_cannot_be_is_told(kernel):
    with pytest.raises((TypeError, ValueError), match="kernel_size"):
        nn.Conv2d(2, 4, kernel)
