"""Pooling, interpolation and borders against PyTorch: random shapes and settings."""

import inspect

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import nn
import nn.functional as F
from autograd import Value

torch = pytest.importorskip("torch", reason="compares with PyTorch")
few = settings(max_examples=60, deadline=None, derandomize=True)


def close(ours, theirs, tolerance=1e-10):
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=tolerance, atol=tolerance)


def compare(ours, theirs, x, tolerance=1e-10):
    """Forward and gradient."""
    a, b = Value(x), torch.tensor(x, requires_grad=True)
    y, z = ours(a), theirs(b)
    close(y.data, z, tolerance)
    g = np.random.default_rng(0).normal(size=y.shape).astype(x.dtype)
    y.backward(g)
    z.backward(torch.tensor(g))
    close(a.grad, b.grad, tolerance)
    assert y.dtype == a.grad.dtype == x.dtype


def numbers(shape, seed, ties=False):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 3, shape).astype(float) if ties else rng.normal(size=shape)


@st.composite
def images(draw, axes, least=(1, 1, 1), most=8):
    batch = draw(st.sampled_from([(), (1,), (2,)]))
    size = (draw(st.integers(n, max(n, most // axes + 2))) for n in least[:axes])
    return (*batch, draw(st.integers(1, 3)), *size)


@st.composite
def windows(draw):
    """Axes, the settings that all poolings share, the shape of the images."""
    axes = draw(st.integers(1, 3))
    each = lambda low, high: draw(  # noqa: E731
        st.integers(low, high) | st.tuples(*[st.integers(low, high)] * axes)
    )
    how = dict(kernel_size=each(1, 3), ceil_mode=draw(st.booleans()))
    stride = each(1, 3)
    if draw(st.booleans()):
        how["stride"] = stride
    return axes, how, draw(images(axes, (3, 3, 3)))


def padded(draw, axes, how):
    kernel = how["kernel_size"]
    kernel = kernel if isinstance(kernel, tuple) else (kernel,) * axes
    return tuple(draw.draw(st.integers(0, k // 2)) for k in kernel)


@few
@given(windows(), st.data(), st.booleans(), st.integers(0, 1000))
def test_max_pooling(drawn, data, ties, seed):
    axes, how, shape = drawn
    how["padding"] = padded(data, axes, how)
    how["dilation"] = data.draw(st.integers(1, 2))
    name = f"MaxPool{axes}d"
    x = numbers(shape, seed, ties)
    kernel = how["kernel_size"] if isinstance(how["kernel_size"], tuple) else (how["kernel_size"],)
    reach = how["dilation"] * (max(kernel) - 1) + 1
    assume(min(shape[-axes:]) >= reach)
    compare(getattr(nn, name)(**how), getattr(torch.nn, name)(**how), x)


@few
@given(windows(), st.data(), st.integers(0, 1000))
def test_average_pooling(drawn, data, seed):
    axes, how, shape = drawn
    how["padding"] = padded(data, axes, how)
    how["count_include_pad"] = data.draw(st.booleans())
    if axes > 1:
        how["divisor_override"] = data.draw(st.sampled_from([None, 1, 5]))
    name = f"AvgPool{axes}d"
    compare(getattr(nn, name)(**how), getattr(torch.nn, name)(**how), numbers(shape, seed))


@few
@given(windows(), st.sampled_from([1, 2, 3.0, 1.5, 4, float("inf")]), st.integers(0, 1000))
def test_lp_pooling(drawn, norm, seed):
    axes, how, shape = drawn
    name = f"LPPool{axes}d"
    if axes == 1:  # PyTorch itself refuses tuples there
        how = {k: v[0] if isinstance(v, tuple) else v for k, v in how.items()}
    x = numbers(shape, seed) if norm in (2, 4, float("inf")) else np.abs(numbers(shape, seed)) + 0.1
    compare(getattr(nn, name)(norm, **how), getattr(torch.nn, name)(norm, **how), x)


@few
@given(st.data(), st.sampled_from(["Avg", "Max"]), st.integers(1, 3), st.booleans())
def test_adaptive_pooling(data, kind, axes, ties):
    shape = data.draw(images(axes))
    one = st.integers(1, 5)
    out = data.draw(st.just(1) | one | st.tuples(*[one] * axes))
    if axes > 1 and data.draw(st.booleans()):
        out = (None, *[data.draw(one)] * (axes - 1))
    name = f"Adaptive{kind}Pool{axes}d"
    x = numbers(shape, 0, ties)
    compare(getattr(nn, name)(out), getattr(torch.nn, name)(out), x)


MODES = {
    1: ["nearest", "nearest-exact", "linear", "area"],
    2: ["nearest", "nearest-exact", "bilinear", "bicubic", "area"],
    3: ["nearest", "nearest-exact", "trilinear", "area"],
}


@few
@given(st.data(), st.integers(1, 3))
def test_interpolation(data, axes):
    mode = data.draw(st.sampled_from(MODES[axes]))
    shape = (2, 1, *(data.draw(st.integers(1, 6)) for _ in range(axes)))
    how = dict(mode=mode)
    if data.draw(st.booleans()):
        one = st.integers(1, 9)
        how["size"] = data.draw(one | st.tuples(*[one] * axes))
    else:
        one = st.sampled_from([0.5, 0.7, 1.0, 1.5, 2, 2.4, 3])
        how["scale_factor"] = data.draw(one | st.tuples(*[one] * axes))
        how["recompute_scale_factor"] = data.draw(st.sampled_from([None, False, True]))
        factors = how["scale_factor"]
        factors = factors if isinstance(factors, tuple) else (factors,) * axes
        assume(all(n * f >= 1 for n, f in zip(shape[2:], factors, strict=True)))
    if mode in ("linear", "bilinear", "bicubic", "trilinear"):
        how["align_corners"] = data.draw(st.sampled_from([None, False, True]))
    compare(
        lambda x: F.interpolate(x, **how),
        lambda x: torch.nn.functional.interpolate(x, **how),
        numbers(shape, 0),
    )


@few
@given(st.data(), st.sampled_from(["constant", "reflect", "replicate", "circular"]))
def test_borders(data, mode):
    axes = data.draw(st.integers(1, 3))
    shape = data.draw(images(axes, (3, 3, 3)))
    low = data.draw(st.sampled_from([0, -1]))
    most = {"reflect": 2, "circular": 3 + 2 * low}.get(mode, 4)
    pad = tuple(data.draw(st.integers(low, most)) for _ in range(2 * axes))
    value = data.draw(st.sampled_from([None, 0.0, 2.5])) if mode == "constant" else None
    compare(
        lambda x: F.pad(x, pad, mode, value),
        lambda x: torch.nn.functional.pad(x, pad, mode, value),
        numbers(shape, 0),
    )


LAYERS = [
    ("ZeroPad1d", (2,), (2, 5)),
    ("ZeroPad2d", ((1, 2, 0, -1),), (2, 3, 5, 4)),
    ("ZeroPad3d", (1,), (2, 3, 2, 2, 2)),
    ("ConstantPad1d", ((1, 3), 2.0), (1, 2, 3)),
    ("ConstantPad2d", (1, -1.5), (2, 3, 4)),
    ("ConstantPad3d", (1, 7.0), (1, 1, 2, 3, 2)),
    ("ReflectionPad1d", (2,), (2, 3, 4)),
    ("ReflectionPad2d", ((1, 0, 2, 1),), (2, 3, 4, 5)),
    ("ReflectionPad3d", (1,), (1, 2, 2, 3, 2)),
    ("ReplicationPad1d", ((0, 3),), (2, 3)),
    ("ReplicationPad2d", (2,), (1, 2, 3, 2)),
    ("ReplicationPad3d", (1,), (1, 2, 2, 3, 2)),
    ("CircularPad1d", (2,), (1, 2, 3)),
    ("CircularPad2d", ((1, 2, 0, 1),), (1, 2, 3, 3)),
    ("CircularPad3d", (1,), (1, 2, 2, 3, 2)),
    ("PixelShuffle", (2,), (2, 8, 3, 2)),
    ("PixelUnshuffle", (2,), (3, 4, 6)),
    ("Upsample", ((5, 3),), (1, 2, 3, 4)),
    ("Upsample", (None, 2), (1, 2, 3)),
    ("Upsample", (None, (1, 2.0), "bilinear", True), (1, 2, 3, 4)),
    ("UpsamplingNearest2d", (None, 3), (1, 2, 3, 4)),
    ("UpsamplingBilinear2d", (None, 2), (1, 2, 3, 4)),
    ("UpsamplingBilinear2d", (7,), (1, 2, 3, 4)),
    ("AdaptiveAvgPool2d", (1,), (2, 3, 5, 4)),
    ("AdaptiveMaxPool2d", ((None, 2),), (2, 3, 5, 4)),
    ("MaxPool2d", (3, 2, 1), (2, 3, 6, 5)),
    ("AvgPool2d", ((3, 2), None, 1), (2, 3, 6, 5)),
    ("LPPool2d", (2, 2), (2, 3, 6, 5)),
]


@pytest.mark.parametrize("name, args, shape", LAYERS, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layers(name, args, shape, dtype):
    layer, twin = getattr(nn, name)(*args), getattr(torch.nn, name)(*args)
    compare(layer, twin, numbers(shape, 3).astype(dtype), 1e-10 if dtype == np.float64 else 1e-5)
    assert repr(layer) == repr(twin)


NAMES = [
    f"{kind}{axes}d"
    for kind in (
        *("Conv", "ConvTranspose", "MaxPool", "AvgPool", "LPPool", "AdaptiveAvgPool"),
        *("AdaptiveMaxPool", "ZeroPad", "ConstantPad", "ReflectionPad", "ReplicationPad"),
        "CircularPad",
    )
    for axes in (1, 2, 3)
]
NAMES += ["MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "Fold", "Unfold", "ChannelShuffle"]
NAMES += ["PixelShuffle", "PixelUnshuffle", "Upsample"]
NAMES += ["UpsamplingNearest2d", "UpsamplingBilinear2d"]


@pytest.mark.parametrize("name", NAMES)
def test_arguments_are_pytorchs(name):
    def arguments(layer):
        every = list(inspect.signature(layer.__init__).parameters.values())[1:]
        return [
            (p.name, p.default)
            for p in every
            if p.kind != p.KEYWORD_ONLY and p.name not in ("device", "dtype")
        ]

    assert arguments(getattr(nn, name)) == arguments(getattr(torch.nn, name))


def test_windows_of_infinities():
    x = np.full((1, 1, 4, 4), -np.inf)
    x[0, 0, :2, 2:] = [[np.inf, 1.0], [0.0, -2.0]]
    compare(nn.MaxPool2d(2), torch.nn.MaxPool2d(2), x)
    compare(nn.MaxPool2d(3, 2, 1), torch.nn.MaxPool2d(3, 2, 1), x)


def test_empty_batches():
    for name, args in (("MaxPool2d", (2,)), ("AvgPool2d", (2,)), ("Conv2d", (1, 2, 3))):
        x = np.zeros((0, 1, 6, 6), np.float32)
        y, z = getattr(nn, name)(*args)(Value(x)), getattr(torch.nn, name)(*args)(torch.tensor(x))
        assert y.shape == z.shape
