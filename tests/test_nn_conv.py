"""Convolution and pooling against their definitions, window by window, in plain NumPy."""

import numpy as np
import pytest

import nn
import nn.functional as F
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


def test_a_transposed_convolution_by_hand():
    layer = nn.ConvTranspose1d(1, 1, 2, stride=2, dtype=float)
    layer.weight.data, layer.bias.data = np.array([[[1.0, 5.0]]]), np.array([0.5])
    y = layer(np.array([[[1.0, 0.0, 2.0]]]))
    np.testing.assert_array_equal(y.data, [[[1.5, 5.5, 0.5, 0.5, 2.5, 10.5]]])


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_one_implementation_for_all_axes(axes):
    """A convolution along one axis is the same along the last of two or three."""
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(2, 3, 7)), rng.normal(size=(4, 3, 3)), rng.normal(size=4)
    more = (slice(None), slice(None), *[None] * (axes - 1))
    how = dict(stride=2, padding=(0,) * (axes - 1) + (1,))
    y = getattr(F, f"conv{axes}d")(x[more], w[more], b, **how)
    expected = F.conv1d(x, w, b, stride=2, padding=1)
    np.testing.assert_allclose(y.data.reshape(expected.shape), expected.data, atol=1e-12)


def test_padding_modes_by_hand():
    kernel, x = np.array([[[1.0, 10.0, 100.0]]]), np.array([[[1.0, 2.0, 3.0]]])
    expected = {
        "zeros": [210, 321, 32],
        "reflect": [212, 321, 232],
        "replicate": [211, 321, 332],
        "circular": [213, 321, 132],
    }
    for mode, numbers in expected.items():
        for padding in (1, "same"):
            layer = nn.Conv1d(1, 1, 3, padding=padding, padding_mode=mode, bias=False, dtype=float)
            layer.weight.data = kernel
            np.testing.assert_array_equal(layer(x).data, [[numbers]])


def test_what_is_cut_off_does_not_come_round():
    x = np.array([[[0.0, 1.0, 2.0, 3.0]]])
    assert F.pad(x, (2, -1), "circular").data.tolist() == [[[1, 2, 0, 1, 2]]]
    assert F.pad(x, (2, -1), "reflect").data.tolist() == [[[2, 1, 0, 1, 2]]]
    assert F.pad(x, (-1, 1), "replicate").data.tolist() == [[[1, 2, 3, 3]]]
    with pytest.raises(ValueError, match=r"1 pixels cannot have a border of \(3, -3\)"):
        F.pad(x, (3, -3), "circular")


def test_an_image_without_its_batch_axis():
    layer = nn.Conv2d(2, 3, 3, rng=0)
    x = draw(2, 5, 5).astype(np.float32)
    np.testing.assert_array_equal(layer(x).data, layer(x[None]).data[0])
    with pytest.raises(ValueError, match="one image without the batch axis"):
        layer(x[0])


def test_arrays_come_out_as_values_that_record_only_for_parameters():
    x = np.ones((1, 1, 4, 4), np.float32)
    assert nn.MaxPool2d(2)(x).op is None and nn.MaxPool2d(2)(x).dtype == np.float32
    layer = nn.Conv2d(1, 1, 3, rng=0)
    assert layer(x).requires_grad
    assert not layer.requires_grad_(False)(x).requires_grad


def test_pooling_by_hand():
    x = np.array([[[1.0, 2.0, 4.0, 8.0, 16.0]]])
    np.testing.assert_array_equal(F.max_pool1d(x, 2, ceil_mode=True).data, [[[2, 8, 16]]])
    np.testing.assert_array_equal(F.avg_pool1d(x, 2, ceil_mode=True).data, [[[1.5, 6, 16]]])
    np.testing.assert_array_equal(F.avg_pool1d(x, 3, 2, 1).data, [[[1, 14 / 3, 8]]])
    counted = F.avg_pool1d(x, 3, 2, 1, count_include_pad=False)
    np.testing.assert_array_equal(counted.data, [[[1.5, 14 / 3, 12]]])
    np.testing.assert_allclose(F.adaptive_avg_pool1d(x, 2).data, [[[7 / 3, 28 / 3]]])
    np.testing.assert_array_equal(F.adaptive_max_pool1d(x, (2,)).data, [[[4, 16]]])
    np.testing.assert_allclose(F.lp_pool1d(x[..., 1:3], 2, 2).data, [[[np.sqrt(20)]]])


def test_where_the_gradient_of_a_maximum_goes():
    def slope(numbers, *how):
        x = Value(np.array([[numbers]]))
        F.max_pool1d(x, *how).sum().backward()
        return x.grad[0, 0].tolist()

    assert slope([2.0, 2.0, 1.0, 2.0], 2) == [1, 0, 0, 1]  # the first of equal ones
    assert slope([1.0, np.nan, 3.0, 0.0], 2) == [0, 1, 1, 0]  # a NaN wins
    assert slope([-np.inf, -np.inf, 1.0], 2, 2, 1) == [1, 0, 1]  # never the border
    x = Value(np.array([[[3.0, 1.0, 3.0, 0.0]]]))
    F.adaptive_max_pool1d(x, 1).sum().backward()
    assert x.grad[0, 0].tolist() == [1, 0, 0, 0]


def test_windows_of_zeros_have_no_slope_in_lp_pooling():
    x = Value(np.array([[[0.0, 0.0, 3.0, 4.0]]]))
    F.lp_pool1d(x, 2, 2).sum().backward()
    np.testing.assert_allclose(x.grad, [[[0, 0, 0.6, 0.8]]])


def test_a_nan_stays_where_it_is():
    x = np.zeros((1, 1, 6, 6))
    x[0, 0, 0, 0] = np.nan
    for y in (F.interpolate(x, scale_factor=2), F.adaptive_avg_pool2d(x, 4), F.pad(x, (0, 1))):
        assert 0 < np.isnan(y.data).sum() <= 4
    y = Value(np.zeros((1, 1, 3, 3)))
    g = np.zeros((1, 1, 6, 6))
    g[0, 0, 5, 5] = np.inf
    F.interpolate(y, scale_factor=2).backward(g)
    assert np.isinf(y.grad).sum() == 1 and not np.isnan(y.grad).any()
    y = Value(np.zeros((1, 1, 3)))
    F.interpolate(y, size=4).backward(np.array([[[np.inf, 0, 1, 2]]]))
    np.testing.assert_array_equal(y.grad, [[[np.inf, 1, 2]]])


def test_interpolation_by_hand():
    x = np.array([[[0.0, 4.0]]])
    line = F.interpolate(x, size=4, mode="linear")
    np.testing.assert_array_equal(line.data, [[[0, 1, 3, 4]]])
    corners = F.interpolate(x, size=5, mode="linear", align_corners=True)
    np.testing.assert_array_equal(corners.data, [[[0, 1, 2, 3, 4]]])
    np.testing.assert_array_equal(F.interpolate(x, scale_factor=1.5).data, [[[0, 0, 4]]])
    up = nn.PixelShuffle(2)(np.arange(4.0).reshape(1, 4, 1, 1))
    np.testing.assert_array_equal(up.data, [[[[0, 1], [2, 3]]]])
    np.testing.assert_array_equal(nn.PixelUnshuffle(2)(up).data.ravel(), [0, 1, 2, 3])


def test_global_pooling():
    x = draw(2, 3, 4, 5)
    np.testing.assert_allclose(nn.GlobalAvgPool2d()(x).data, x.mean((2, 3)))
    np.testing.assert_array_equal(nn.GlobalMaxPool2d()(x).data, x.max((2, 3)))
    assert nn.Sequential(nn.Conv2d(3, 4, 3, rng=0), nn.GlobalAvgPool2d())(x).shape == (2, 4)


REFUSED = [
    (lambda: nn.MaxPool2d(2, padding=2)(draw(1, 1, 4, 4)), "more than half"),
    (lambda: nn.AvgPool1d(5)(draw(1, 1, 4)), "window of 5 does not fit into 4"),
    (lambda: nn.Conv1d(2, 3, 9)(draw(1, 2, 4)), "window of 9 does not fit into 4"),
    (lambda: nn.Conv2d(1, 1, 3, padding_mode="mirror"), "'zeros', 'reflect'"),
    (lambda: nn.Conv2d(1, 1, 3, padding="full"), "'same' or 'valid'"),
    (lambda: nn.Conv2d(1, 1, 3, padding="same", stride=2), "needs stride 1"),
    (lambda: nn.Conv2d(4, 6, 3, groups=4), "must divide"),
    (lambda: nn.ConvTranspose2d(1, 1, 3, padding="same"), "cuts off"),
    (lambda: nn.ConvTranspose1d(1, 1, 2, output_padding=1)(draw(1, 1, 4)), "smaller than"),
    (lambda: nn.ConvTranspose1d(1, 1, 2, padding=3)(draw(1, 1, 2)), "nothing is left"),
    (lambda: nn.Conv2d(1, 1, 3, padding=9, padding_mode="reflect")(draw(1, 1, 4, 4)), "at most 3"),
    (lambda: nn.LPPool2d(0, 2)(draw(1, 1, 4, 4)), "norm_type"),
    (lambda: nn.AvgPool2d(2, divisor_override=0)(draw(1, 1, 4, 4)), "divisor_override"),
    (lambda: nn.AdaptiveAvgPool2d(0)(draw(1, 1, 4, 4)), "output_size"),
    (lambda: nn.Upsample()(draw(1, 1, 4)), "either size or scale_factor"),
    (lambda: nn.Upsample(3, mode="bilinear")(draw(1, 1, 4)), "do not go together"),
    (lambda: nn.Upsample((3, 4))(draw(1, 1, 4)), "for 2 axes"),
    (lambda: nn.Upsample(3, align_corners=True)(draw(1, 1, 4)), "align_corners has no meaning"),
    (lambda: nn.PixelShuffle(2)(draw(1, 3, 4, 4)), "multiple of 2² channels"),
    (lambda: F.pad(draw(1, 4), (1,)), "two integers"),
    (lambda: F.pad(draw(1, 4), (-3, -2)), "cuts more off"),
    (lambda: F.pad(draw(1, 4), (1, 1), "mirror"), "mode is 'constant'"),
    (lambda: nn.ZeroPad2d((1, 2)), "4 of them"),
    (lambda: nn.MaxPool2d(2)(np.zeros((1, 1, 4, 4), np.uint8)), "/ 255"),
]


@pytest.mark.parametrize("call, words", REFUSED)
def test_what_cannot_be_is_told(call, words):
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=words):
        call()
