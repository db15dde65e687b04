"""weight_norm, spectral_norm and parametrizations, beside PyTorch's and by their definitions."""

import copy
import warnings

import numpy as np
import pytest
from beside_pytorch import beside_pytorch

import nn
from autograd import Value, check_gradients
from nn.utils import parametrizations, parametrize

RNG = np.random.default_rng(0)
LAYERS = {
    "Linear": ((4, 3), (5, 4)),
    "Conv1d": ((4, 2, 3), (2, 4, 7)),
    "Conv2d": ((3, 4, 2), (2, 3, 5, 5)),
    "ConvTranspose2d": ((3, 4, 2), (2, 3, 5, 5)),
}
WAYS = [("weight_norm", {"dim": dim}) for dim in (0, 1, None)]
WAYS += [("spectral_norm", more) for more in ({}, {"n_power_iterations": 3}, {"dim": 1})]
each_way = pytest.mark.parametrize(("way", "settings"), WAYS, ids=str)
each_place = pytest.mark.parametrize("new", [False, True], ids=["hooks", "parametrizations"])


def changed(library, layer, way, settings, new):
    utils = library.utils.parametrizations if new else library.utils
    with warnings.catch_warnings(action="ignore"):  # PyTorch's, of the newer way
        return getattr(utils, way)(layer, **settings)


def restored(library, layer, way, new):
    if new:
        return library.utils.parametrize.remove_parametrizations(layer, "weight")
    return getattr(library.utils, f"remove_{way}")(layer)


@each_way
@each_place
@pytest.mark.parametrize("name", LAYERS)
def test_like_pytorch(name, way, settings, new):
    torch = pytest.importorskip("torch")
    args, shape = LAYERS[name]
    ours, theirs = (
        changed(lib, getattr(lib, name)(*args), way, settings, new).double()
        for lib in (nn, torch.nn)
    )
    for _ in range(3):
        beside_pytorch(ours, theirs, RNG.normal(size=shape))
    beside_pytorch(ours.eval(), theirs.eval(), RNG.normal(size=shape))
    weight = ours.weight.data
    restored(nn, ours, way, new)
    restored(torch.nn, theirs, way, new)
    np.testing.assert_array_equal(ours.weight.data, weight)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    np.testing.assert_allclose(weight, theirs.weight.detach().numpy(), rtol=1e-12)


@each_way
@each_place
def test_copies_and_what_is_restored(way, settings, new):
    layer = changed(nn, nn.Linear(4, 3, rng=0, dtype=np.float64), way, settings, new)
    assert isinstance(layer, nn.Linear) and repr(layer).startswith("Linear(")
    x = Value(RNG.normal(size=(5, 4)))
    layer(x).sum().backward()
    layer.eval()
    other, y = copy.deepcopy(layer), layer(x).data
    np.testing.assert_array_equal(other(x).data, y)
    for parameter in other.parameters():
        parameter.data[...] = 2.0
    np.testing.assert_array_equal(layer(x).data, y)
    with pytest.raises(TypeError, match="computed from other parameters"):
        layer.weight = nn.Parameter(np.zeros((3, 4)))
    restored(nn, layer, way, new)
    assert type(layer) is nn.Linear and list(layer.state_dict()) == ["bias", "weight"]
    np.testing.assert_array_equal(layer(x).data, y)
    assert layer.weight.dtype == np.float64


@each_place
def test_gradients_of_both_orders(new):
    for way, settings in WAYS:
        layer = changed(nn, nn.Linear(2, 2, rng=0, dtype=np.float64), way, settings, new).eval()
        check_gradients(layer, RNG.normal(size=(3, 2)), order=2)


def test_known_answers():
    layer = nn.Linear(2, 2, bias=False, dtype=np.float64)
    layer.weight.data[...] = [[3.0, 4.0], [0.0, 2.0]]
    nn.utils.weight_norm(layer)
    np.testing.assert_allclose(layer.weight_g.data, [[5.0], [2.0]])
    layer.weight_g.data[...] = 1.0
    np.testing.assert_allclose(layer.weight.data, [[0.6, 0.8], [0.0, 1.0]])


@each_place
def test_the_largest_singular_value_becomes_one(new):
    layer = changed(nn, nn.Linear(30, 20, rng=0, dtype=np.float64), "spectral_norm", {}, new)
    x = RNG.normal(size=(2, 30))
    for _ in range(300):
        layer(x)
    assert np.linalg.norm(layer.weight.data, 2) == pytest.approx(1, rel=1e-6)
    layer.eval()
    before = layer.state_dict()
    layer(x)
    for key, kept in before.items():
        np.testing.assert_array_equal(layer.state_dict()[key], kept)


def test_the_start_follows_the_seed():
    for module in (nn.utils, parametrizations):
        a, b, c = (module.spectral_norm(nn.Linear(4, 3, rng=0), rng=seed) for seed in (1, 1, 2))
        np.testing.assert_array_equal(a.eval().weight.data, b.eval().weight.data)
        assert any(
            not np.array_equal(p.data, q.data)
            for p, q in zip(a.buffers(), c.buffers(), strict=True)
        )


def test_recurrent_weights_and_training():
    layer = nn.utils.weight_norm(nn.LSTM(3, 4, rng=0), "weight_hh_l0")
    layer = nn.utils.spectral_norm(layer, "weight_ih_l0", rng=0)  # two in one layer
    optimizer = nn.optim.Adam(layer.parameters(), lr=0.05)
    x = RNG.normal(size=(6, 8, 3)).astype(np.float32)
    losses = []
    for _ in range(40):
        loss = nn.functional.mse_loss(layer(x)[0][-1], np.full((8, 4), 0.3, np.float32))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]
    nn.utils.remove_weight_norm(layer, "weight_hh_l0")
    nn.utils.remove_spectral_norm(layer, "weight_ih_l0")
    assert type(layer) is nn.LSTM
    assert set(layer.state_dict()) == set(nn.LSTM(3, 4).state_dict())


class Symmetric(nn.Module):
    def forward(self, x):
        return np.triu(x) + np.triu(x, 1).T


class Twice(nn.Module):
    def forward(self, x):
        return x * 2.0

    def right_inverse(self, y):
        return y / 2.0


@pytest.mark.parametrize("leave", [True, False])
@pytest.mark.parametrize("names", ["S", "T", "ST", "TS"])
def test_parametrizations_of_ones_own_like_pytorch(names, leave):
    torch = pytest.importorskip("torch")

    class TorchSymmetric(torch.nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).T

    class TorchTwice(torch.nn.Module):
        def forward(self, x):
            return x * 2.0

        def right_inverse(self, y):
            return y / 2.0

    kinds = {"S": (Symmetric, TorchSymmetric), "T": (Twice, TorchTwice)}
    ours, theirs = nn.Linear(3, 3, dtype=np.float64), torch.nn.Linear(3, 3).double()
    ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    for name in names:
        for layer, kind, library in zip((ours, theirs), kinds[name], (nn, torch.nn), strict=True):
            library.utils.parametrize.register_parametrization(layer, "weight", kind())
    for key, kept in theirs.state_dict().items():  # the start, before anything is loaded
        np.testing.assert_allclose(ours.state_dict()[key], kept.numpy())
    beside_pytorch(ours, theirs, RNG.normal(size=(2, 3)))
    parametrize.remove_parametrizations(ours, "weight", leave)
    torch.nn.utils.parametrize.remove_parametrizations(theirs, "weight", leave)
    np.testing.assert_allclose(ours.weight.data, theirs.weight.detach().numpy())
    beside_pytorch(ours, theirs, RNG.normal(size=(2, 3)))


def test_parametrizations_are_told():
    layer = nn.Linear(3, 3)
    assert not parametrize.is_parametrized(layer)
    parametrize.register_parametrization(layer, "weight", Symmetric())
    assert parametrize.is_parametrized(layer) and parametrize.is_parametrized(layer, "weight")
    assert not parametrize.is_parametrized(layer, "bias")
    original = layer.parametrizations.weight.original
    parametrize.remove_parametrizations(layer, "weight")
    assert layer.weight is original and not parametrize.is_parametrized(layer)


class Longer(nn.Module):
    def forward(self, x):
        return np.concatenate([x, x])


def test_what_is_refused():
    layer = nn.Linear(3, 3)
    for function in (nn.utils.weight_norm, nn.utils.spectral_norm):
        with pytest.raises(ValueError, match="no parameter 'weights' of its own"):
            function(layer, "weights")
    for function in (nn.utils.remove_weight_norm, nn.utils.remove_spectral_norm):
        with pytest.raises(ValueError, match=r"there is no .* of 'weight'"):
            function(layer)
    for module in (nn.utils, parametrizations):
        with pytest.raises(ValueError, match="at least 1, not 0"):
            module.spectral_norm(layer, n_power_iterations=0)
    with pytest.raises(ValueError, match=r"gave shape \(6, 3\)"):
        parametrize.register_parametrization(layer, "weight", Longer())
    with pytest.raises(ValueError, match="is not parametrized"):
        parametrize.remove_parametrizations(layer, "weight")
    assert set(layer.state_dict()) == {"weight", "bias"}  # nothing was half done
    nn.utils.weight_norm(layer)
    with pytest.raises(ValueError, match="no parameter 'weight' of its own"):
        nn.utils.weight_norm(layer)
    other = parametrizations.weight_norm(nn.Linear(3, 3))
    with pytest.raises(ValueError, match="2 originals"):
        parametrize.remove_parametrizations(other, "weight", leave_parametrized=False)
    longer = nn.Linear(3, 3, bias=False)
    parametrize.register_parametrization(longer, "weight", Longer(), unsafe=True)
    assert longer(np.zeros((1, 3), np.float32)).shape == (1, 6)
