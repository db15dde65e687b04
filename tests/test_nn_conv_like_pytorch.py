"""Convolutions against PyTorch: random shapes and settings, all gradients, the second order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
import nn.functional as F
from autograd import Value, gradients

torch = pytest.importorskip("torch", reason="compares with PyTorch")
few = settings(max_examples=40, deadline=None, derandomize=True)


def close(ours, theirs, tolerance=1e-9):
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    ours = ours.data if isinstance(ours, Value) else ours
    assert np.shape(ours) == np.shape(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def compare(layer, twin, x, seed=0):
    """Forward, every gradient, and the gradient of a function of the gradients."""
    layer.load_state_dict({name: p.numpy() for name, p in twin.state_dict().items()})
    assert list(layer.state_dict()) == list(twin.state_dict())
    a, b = Value(x), torch.tensor(x, requires_grad=True)
    y, z = layer(a), twin(b)
    close(y, z)
    g = np.random.default_rng(seed).normal(size=y.shape)
    ours, theirs = [a, *layer.parameters()], [b, *twin.parameters()]
    found = gradients(y, ours, g, differentiable=True)
    expected = torch.autograd.grad(z, theirs, torch.tensor(g), create_graph=True)
    for p, q in zip(found, expected, strict=True):
        close(p, q)
    again = gradients(sum((p * p).sum() for p in found), ours)
    expected = torch.autograd.grad(
        sum((q * q).sum() for q in expected), theirs, allow_unused=True, materialize_grads=True
    )
    for p, q in zip(again, expected, strict=True):
        close(p, q, 1e-8)


@st.composite
def convolutions(draw, transposed=False):
    axes = draw(st.integers(1, 3))
    most = (7, 5, 3)[axes - 1]

    def each(low, high):
        one = st.integers(low, high)
        return draw(one | st.tuples(*[one] * axes))

    def whole(setting):
        return setting if isinstance(setting, tuple) else (setting,) * axes

    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels, out = (groups * draw(st.integers(1, 2)) for _ in range(2))
    kernel, dilation, stride = each(1, 3), each(1, 2), each(1, 3)
    how = dict(kernel_size=kernel, dilation=dilation, stride=stride, groups=groups)
    how["bias"] = draw(st.booleans())
    reach = [d * (k - 1) + 1 for k, d in zip(whole(kernel), whole(dilation), strict=True)]
    size = [n + draw(st.integers(0, most)) for n in reach]
    if transposed:
        how["padding"] = tuple(draw(st.integers(0, (n - 1) // 2)) for n in reach)
        pairs = zip(whole(stride), whole(dilation), strict=True)
        how["output_padding"] = tuple(draw(st.integers(0, max(p) - 1)) for p in pairs)
        size = [draw(st.integers(1, most)) for _ in reach]
    else:
        how["padding"] = draw(
            st.just("valid") | st.tuples(*[st.integers(0, 2)] * axes) | st.just("same")
        )
        if how["padding"] == "same":
            how["stride"] = 1
        how["padding_mode"] = draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"]))
        if how["padding_mode"] == "reflect":
            size = [n + 2 for n in size]
        elif how["padding_mode"] == "circular":
            size = [max(n, 2) for n in size]
    batch = draw(st.sampled_from([(), (1,), (2,), (3,)]))
    return axes, channels, out, how, (*batch, channels, *size)


@few
@given(convolutions(), st.integers(0, 1000))
def test_convolution(drawn, seed):
    axes, channels, out, how, shape = drawn
    layer = getattr(nn, f"Conv{axes}d")(channels, out, **how, dtype=np.float64)
    twin = getattr(torch.nn, f"Conv{axes}d")(channels, out, **how).double()
    compare(layer, twin, np.random.default_rng(seed).normal(size=shape), seed)
    assert repr(layer) == repr(twin)


@few
@given(convolutions(transposed=True), st.integers(0, 1000))
def test_transposed_convolution(drawn, seed):
    axes, channels, out, how, shape = drawn
    layer = getattr(nn, f"ConvTranspose{axes}d")(channels, out, **how, dtype=np.float64)
    twin = getattr(torch.nn, f"ConvTranspose{axes}d")(channels, out, **how).double()
    compare(layer, twin, np.random.default_rng(seed).normal(size=shape), seed)
    assert repr(layer) == repr(twin)


def test_the_size_of_a_transposed_convolution():
    layer = nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, dtype=np.float64)
    twin = torch.nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1).double()
    layer.load_state_dict({name: p.numpy() for name, p in twin.state_dict().items()})
    x = np.random.default_rng(0).normal(size=(1, 2, 4, 5))
    for size in ([7, 9], [8, 10], (1, 3, 7, 10)):
        close(layer(x, output_size=size), twin(torch.tensor(x), output_size=size))
    with pytest.raises(ValueError, match=r"can become \[7, 9\] to \[8, 10\]"):
        layer(x, output_size=(6, 9))


def test_positional_arguments_are_pytorchs():
    rng = np.random.default_rng(1)
    x, w, b = rng.normal(size=(2, 4, 7, 6)), rng.normal(size=(6, 2, 3, 2)), rng.normal(size=6)
    args = ((2, 1), (1, 0), (1, 2), 2)
    tensors = [torch.tensor(a) for a in (x, w, b)]
    close(F.conv2d(x, w, b, *args), torch.nn.functional.conv2d(*tensors, *args))
    w, args = rng.normal(size=(4, 3, 3, 2)), ((2, 1), (1, 0), (1, 0), 2, (1, 2))
    tensors[1] = torch.tensor(w)
    close(F.conv_transpose2d(x, w, b, *args), torch.nn.functional.conv_transpose2d(*tensors, *args))


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_float32_stays_float32(axes):
    x = np.random.default_rng(0).normal(size=(2, 2, *(5,) * axes)).astype(np.float32)
    for name in ("Conv", "ConvTranspose"):
        layer = getattr(nn, f"{name}{axes}d")(2, 3, 2, stride=2, rng=0)
        twin = getattr(torch.nn, f"{name}{axes}d")(2, 3, 2, stride=2)
        twin.load_state_dict({k: torch.tensor(v) for k, v in layer.state_dict().items()})
        a, b = Value(x), torch.tensor(x, requires_grad=True)
        y, z = layer(a), twin(b)
        assert y.dtype == np.float32
        close(y, z, 1e-5)
        y.sum().backward()
        z.sum().backward()
        assert a.grad.dtype == np.float32
        close(a.grad, b.grad, 1e-5)


def test_blocks_give_what_one_piece_gives():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(5, 8, 80, 90)), rng.normal(size=(4, 8, 3, 3))  # a block is one image
    layer = nn.Conv2d(8, 4, 3, padding=1, dtype=np.float64)
    twin = torch.nn.Conv2d(8, 4, 3, padding=1).double()
    twin.weight.data = torch.tensor(w)
    compare(layer, twin, x)
