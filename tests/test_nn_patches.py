"""Where maxima stand, max unpooling, windows as columns, shuffled channels."""

import numpy as np
import pytest
from beside_pytorch import beside_pytorch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import nn
import nn.functional as F
from autograd import Value, check_gradients

few = settings(max_examples=50, deadline=None, derandomize=True)
RNG = np.random.default_rng(0)


def drawn(axes, seed, most=7):
    """Few different numbers, so that there are ties; some without the batch axis."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 4, (2, 3, *rng.integers(4, most, axes))).astype(float)
    return x[0] if seed % 3 == 0 else x


def test_where_maxima_stand_by_hand():
    x = np.array([[[1.0, 9.0, 2.0], [9.0, 0.0, 9.0]]])
    y, indices = nn.MaxPool2d(2, 1, return_indices=True)(x)
    assert y.data.tolist() == [[[9, 9]]] and indices.tolist() == [[[1, 1]]]
    assert indices.dtype == np.int64
    y, indices = nn.AdaptiveMaxPool2d((2, 1), return_indices=True)(x[None])
    assert indices.ravel().tolist() == [1, 3]


@few
@given(st.integers(1, 3), st.integers(0, 1000), st.data())
def test_where_maxima_stand(axes, seed, data):
    torch = pytest.importorskip("torch")
    x = drawn(axes, seed)
    kernel = data.draw(st.integers(1, 3))
    how = dict(
        kernel_size=kernel,
        stride=data.draw(st.sampled_from([None, 1, 2])),
        padding=data.draw(st.integers(0, kernel // 2)),
        dilation=data.draw(st.integers(1, 2)),
        ceil_mode=data.draw(st.booleans()),
    )
    assume(how["dilation"] * (kernel - 1) < 4)
    out = data.draw(st.integers(1, 4))
    for name, args in (("MaxPool", how), ("AdaptiveMaxPool", {"output_size": out})):
        y, found = getattr(nn, f"{name}{axes}d")(**args, return_indices=True)(x)
        twin = getattr(torch.nn, f"{name}{axes}d")(**args, return_indices=True)
        z, expected = twin(torch.tensor(x))
        np.testing.assert_array_equal(y.data, z.numpy())
        np.testing.assert_array_equal(found, expected.numpy())


def test_unpooling_by_hand():
    y = nn.MaxUnpool1d(2)(np.array([[5.0, 7.0]]), np.array([[1, 2]]))
    assert y.data.tolist() == [[0, 5, 7, 0]]
    y = F.max_unpool1d(np.array([[5.0, 7.0]]), [[1, 2]], 2, output_size=(5,))
    assert y.data.tolist() == [[0, 5, 7, 0, 0]]
    check_gradients(lambda x: F.max_unpool1d(x, [[1, 2]], 2) ** 3, np.array([[5.0, 7.0]]), order=2)


@few
@given(st.integers(1, 3), st.integers(0, 1000), st.integers(1, 3), st.data())
def test_unpooling(axes, seed, kernel, data):
    pytest.importorskip("torch")
    x = drawn(axes, seed)
    stride = data.draw(st.integers(kernel, 3))  # no number goes where another one went
    padding = data.draw(st.integers(0, kernel // 2))
    size = x.shape[-axes:]
    pooled = [(n + 2 * padding - kernel) // stride + 1 for n in size]
    given_back = [(n - 1) * stride + kernel - 2 * padding for n in pooled]
    assume(all(abs(n - m) < stride for n, m in zip(size, given_back, strict=True)))
    pool = getattr(nn, f"MaxPool{axes}d")(kernel, stride, padding, return_indices=True)
    y, indices = pool(x)
    name, args = f"MaxUnpool{axes}d", (kernel, stride, padding)
    ours, theirs = (getattr(layers, name)(*args) for layers in (nn, nn_of_torch()))
    beside_pytorch(ours, theirs, y.data, indices=indices, output_size=list(size))
    assert repr(ours) == repr(theirs)


def nn_of_torch():
    import torch

    return torch.nn


def test_what_cannot_be_unpooled_is_told():
    x = np.ones((1, 2))
    with pytest.raises(ValueError, match=r"places 0 to 3, and the indices go from 0 to 4"):
        F.max_unpool1d(x, [[0, 4]], 2)
    with pytest.raises(ValueError, match="indices of the same shape"):
        F.max_unpool1d(x, [[0]], 2)
    with pytest.raises(ValueError, match=r"can become \(4,\), or less than a stride"):
        F.max_unpool1d(x, [[0, 1]], 2, output_size=(6,))
    with pytest.raises(ValueError, match=r"can become \(0,\)"):
        F.max_unpool1d(x[:, :1], [[0]], 2, padding=1)
    with pytest.raises(TypeError, match="takes integers"):
        F.max_unpool1d(x, x, 2)
    assert nn.MaxUnpool2d(2)(np.zeros((0, 1, 2, 2)), np.zeros((0, 1, 2, 2), int)).shape == (
        (0, 1, 4, 4)
    )


def test_windows_as_columns_by_hand():
    x = np.arange(6.0).reshape(1, 1, 2, 3)
    columns = nn.Unfold(2)(x)
    assert columns.data.tolist() == [[[0, 1], [1, 2], [3, 4], [4, 5]]]
    back = nn.Fold((2, 3), 2)(columns)  # the middle column is in both windows
    assert back.data.tolist() == [[[[0, 2, 2], [3, 8, 5]]]]
    assert nn.Unfold(1, padding=3)(x).shape == (1, 1, 8 * 9)


@few
@given(st.data(), st.integers(0, 1000))
def test_windows_as_columns(data, seed):
    torch = pytest.importorskip("torch")
    each = lambda low, high: data.draw(  # noqa: E731
        st.integers(low, high) | st.tuples(*[st.integers(low, high)] * 2)
    )
    how = (each(1, 3), each(1, 2), each(0, 3), each(1, 3))
    x = np.random.default_rng(seed).normal(size=(2, 3, 6, 5))
    x = x[0] if seed % 3 == 0 else x
    ours, theirs = nn.Unfold(*how), torch.nn.Unfold(*how)
    beside_pytorch(ours, theirs, x)
    assert repr(ours) == repr(theirs)
    ours, theirs = nn.Fold((6, 5), *how), torch.nn.Fold((6, 5), *how)
    beside_pytorch(ours, theirs, F.unfold(x, *how).data)
    assert repr(ours) == repr(theirs)


def test_a_convolution_is_a_product_with_columns():
    x, weight = RNG.normal(size=(2, 3, 5, 6)), RNG.normal(size=(4, 3, 3, 2))
    y = weight.reshape(4, -1) @ F.unfold(x, (3, 2), padding=1)
    expected = F.conv2d(x, weight, padding=1)
    np.testing.assert_allclose(y.data.reshape(expected.shape), expected.data, atol=1e-12)


def test_windows_that_cannot_be_are_told():
    with pytest.raises(ValueError, match="window of 3 does not fit into 2 pixels"):
        F.unfold(np.ones((1, 1, 2, 2)), 3)
    with pytest.raises(ValueError, match=r"images of .4, 4. have 9 of these windows, of 4 numbers"):
        F.fold(np.ones((1, 4, 8)), 4, 2)
    with pytest.raises(ValueError, match=r"unfold takes \(batch, channels, height, width\)"):
        F.unfold(np.ones((4, 4)), 2)
    assert F.unfold(np.zeros((0, 2, 4, 4)), 2).shape == (0, 8, 9)
    assert F.fold(np.zeros((0, 8, 9)), 4, 2).shape == (0, 2, 4, 4)


def test_channels_are_dealt_out():
    x = np.arange(6.0).reshape(1, 6, 1)
    assert nn.ChannelShuffle(2)(x).data.ravel().tolist() == [0, 3, 1, 4, 2, 5]
    with pytest.raises(ValueError, match="multiple of 4 channels"):
        nn.ChannelShuffle(4)(x)
    torch = pytest.importorskip("torch")
    ours, theirs = nn.ChannelShuffle(3), torch.nn.ChannelShuffle(3)
    assert repr(ours) == repr(theirs)
    x = RNG.normal(size=(2, 6, 3, 4))
    np.testing.assert_array_equal(ours(Value(x)).data, theirs(torch.tensor(x)).numpy())
    check_gradients(nn.ChannelShuffle(3), x[:1, :, :1])
