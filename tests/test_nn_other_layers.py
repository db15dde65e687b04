"""Embedding, Bilinear, Unflatten, dropout of channels, Residual and MLP."""

import numpy as np
import pytest
from beside_pytorch import beside_pytorch, same_arguments

import nn
import nn.functional as F
from autograd import Value, check_gradients, gradients

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (0,), (60,)], ids=str)
@pytest.mark.parametrize("padding", [None, 2, -1])
def test_embedding_like_pytorch(shape, padding):
    torch = pytest.importorskip("torch")
    ours, theirs = (lib.Embedding(6, 3, padding_idx=padding) for lib in (nn, torch.nn))
    x = RNG.integers(0, 6, shape)
    beside_pytorch(ours.double(), theirs, np.asarray(x))
    assert repr(ours) == repr(theirs)


def test_embedding_starts_normal_with_a_row_of_zeros():
    table = nn.Embedding(400, 50, padding_idx=3, rng=0).weight.data
    assert not table[3].any() and table.std() == pytest.approx(1, abs=0.02)
    assert table.dtype == np.float32
    kept = nn.Embedding.from_pretrained(np.eye(3, dtype=np.float32))
    assert kept(np.array([1])).data.tolist() == [[0, 1, 0]] and not kept.weight.requires_grad
    assert nn.Embedding.from_pretrained(np.eye(3), freeze=False).weight.requires_grad


def test_embedding_adds_up_what_is_looked_up_twice():
    layer = nn.Embedding(4, 2)
    layer(np.array([1, 1, 3])).sum().backward()
    assert layer.weight.grad.tolist() == [[0, 0], [2, 2], [0, 0], [1, 1]]


def test_embedding_refuses():
    with pytest.raises(IndexError, match="rows 0 to 3, and the input goes from 0 to 4"):
        nn.Embedding(4, 2)(np.array([0, 4]))
    with pytest.raises(IndexError, match="from -1"):
        nn.Embedding(4, 2)(np.array([-1]))
    with pytest.raises(TypeError, match="takes integers"):
        nn.Embedding(4, 2)(np.array([0.0]))
    with pytest.raises(NotImplementedError, match="no sparse gradients here"):
        nn.Embedding(4, 2, sparse=True)
    with pytest.raises(ValueError, match="padding_idx=4"):
        nn.Embedding(4, 2, padding_idx=4)


def test_one_hot():
    torch = pytest.importorskip("torch")
    x = RNG.integers(0, 4, (3, 2))
    for count in (-1, 6):
        expected = torch.nn.functional.one_hot(torch.tensor(x), count).numpy()
        np.testing.assert_array_equal(F.one_hot(x, count), expected)
        assert F.one_hot(x, count).dtype == expected.dtype
    with pytest.raises(ValueError, match="classes go from 0 to 1"):
        F.one_hot([2], 2)


@pytest.mark.parametrize("lead", [(), (4,), (2, 3)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_bilinear_like_pytorch(lead, bias):
    torch = pytest.importorskip("torch")
    ours, theirs = (lib.Bilinear(2, 3, 4, bias) for lib in (nn, torch.nn))
    assert repr(ours) == repr(theirs)
    x = [RNG.normal(size=(*lead, n)) for n in (2, 3)]
    beside_pytorch(ours.double(), theirs, *x)
    check_gradients(ours, *x, order=2)


def test_bilinear_start_and_errors():
    layer = nn.Bilinear(16, 50, 20, rng=0)
    for parameter in layer.parameters():
        assert 0.2 < np.abs(parameter.data).max() <= 0.25
    with pytest.raises(ValueError, match="features got inputs of shapes"):
        layer(np.zeros((2, 16)), np.zeros((3, 50)))


@pytest.mark.parametrize(
    ("dim", "size", "shape"),
    [(1, (2, 3), (4, 6)), (-1, (2, -1), (4, 6)), (0, (1, 4, 1), (4, 6)), (1, [3, 2], (2, 6, 5))],
)
def test_unflatten_like_pytorch(dim, size, shape):
    torch = pytest.importorskip("torch")
    ours, theirs = nn.Unflatten(dim, size), torch.nn.Unflatten(dim, tuple(size))
    assert repr(ours) == repr(theirs)
    beside_pytorch(ours, theirs, RNG.normal(size=shape))


def test_unflatten_refuses():
    with pytest.raises(ValueError, match="does not split so"):
        nn.Unflatten(1, (2, 2))(np.zeros((3, 6)))
    with pytest.raises(ValueError, match="no such axis"):
        nn.Unflatten(2, (2, 2))(np.zeros((3, 6)))


@pytest.mark.parametrize(
    ("name", "shape", "kept"),
    [
        ("Dropout", (40, 50), (40, 50)),
        ("Dropout1d", (40, 50, 3), (40, 50, 1)),
        ("Dropout1d", (2000, 3), (2000, 1)),
        ("Dropout2d", (40, 50, 3, 2), (40, 50, 1, 1)),
        ("Dropout2d", (40, 50, 3), (40, 50, 1)),
        ("Dropout3d", (40, 50, 3, 2, 2), (40, 50, 1, 1, 1)),
        ("Dropout3d", (2000, 3, 2, 2), (2000, 1, 1, 1)),
    ],
)
def test_dropout_drops_together(name, shape, kept):
    layer = getattr(nn, name)(0.3, rng=0)
    x = Value(np.ones(shape, np.float32))
    y = layer(x)
    part = y.data[tuple(slice(n) for n in kept)]
    np.testing.assert_array_equal(np.broadcast_to(part, shape), y.data)
    assert set(np.unique(y.data)) == {0, np.float32(1 / 0.7)}
    assert (part == 0).mean() == pytest.approx(0.3, abs=0.04)
    (g,) = gradients(y, [x], np.ones_like(y.data))
    np.testing.assert_array_equal(g, y.data)
    assert layer.eval()(x) is x
    np.testing.assert_array_equal(getattr(nn, name)(0.3, rng=0)(x).data, y.data)


def test_alpha_dropout_keeps_mean_and_variance():
    x = np.random.default_rng(0).normal(size=200_000)
    for p in (0.1, 0.5):
        y = nn.AlphaDropout(p, rng=0)(x)
        assert abs(y.mean()) < 0.01 and y.var() == pytest.approx(1, abs=0.02)
        _, counts = np.unique(y.round(12), return_counts=True)
        assert counts.max() / y.size == pytest.approx(p, abs=0.01)  # all dropped ones are alike
    assert not nn.AlphaDropout(1.0)(x).any()
    torch = pytest.importorskip("torch")
    theirs = torch.nn.functional.alpha_dropout(torch.ones(1000, dtype=torch.float64), 0.3, True)
    ours = F.alpha_dropout(np.ones(1000), 0.3, True)
    np.testing.assert_allclose(np.unique(ours), np.unique(theirs.numpy()), rtol=1e-12)


def test_alpha_dropout_of_whole_channels():
    layer = nn.FeatureAlphaDropout(0.3, rng=0)
    x = np.random.default_rng(0).normal(size=(500, 40, 2, 3))
    y = layer(x)
    dropped = np.ptp(y, axis=(2, 3)) == 0
    assert dropped.mean() == pytest.approx(0.3, abs=0.02)
    assert len(np.unique(y[dropped].round(12))) == 1
    assert abs(y.mean()) < 0.01 and y.var() == pytest.approx(1, abs=0.02)
    assert layer.eval()(x) is x
    with pytest.raises(ValueError, match=r"takes \(batch, channels, ...\)"):
        nn.FeatureAlphaDropout()(np.ones(3))


DROPOUTS = ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout"]
DROPOUTS += ["FeatureAlphaDropout"]
FUNCTIONS = ["dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "embedding"]
FUNCTIONS += ["feature_alpha_dropout"]


def test_arguments_are_pytorchs():
    torch = pytest.importorskip("torch")
    for name in ["Bilinear", "Unflatten", "Flatten", "Linear", "Embedding", *DROPOUTS]:
        same_arguments(name, getattr(nn, name), getattr(torch.nn, name))
    for name in FUNCTIONS:
        same_arguments(name, getattr(F, name), getattr(torch.nn.functional, name))


def test_residual():
    inner = nn.Linear(3, 3, dtype=np.float64)
    layer, x = nn.Residual(inner), RNG.normal(size=(2, 3))
    np.testing.assert_allclose(layer(x).data, x + inner(x).data)
    assert list(layer.state_dict()) == ["module.weight", "module.bias"]
    check_gradients(layer, x)
    with pytest.raises(ValueError, match="must agree"):
        nn.Residual(nn.Linear(3, 1))(x)


def test_mlp():
    model = nn.MLP([4, 8, 6, 2], nn.Tanh, rng=0)
    assert list(model.state_dict()) == [
        f"{i}.{part}" for i in (0, 2, 4) for part in ("weight", "bias")
    ]
    assert model(np.zeros((5, 4), np.float32)).shape == (5, 2)
    assert type(model[1]) is nn.Tanh and len(model) == 5
    np.testing.assert_array_equal(
        nn.MLP([4, 8], rng=3)[0].weight.data, nn.MLP([4, 8], rng=3)[0].weight.data
    )
    with pytest.raises(ValueError, match="input and its output"):
        nn.MLP([4])
    with pytest.raises(TypeError, match=r"MLP\(sizes, nn.ReLU\)"):
        nn.MLP([4, 2], nn.ReLU())
