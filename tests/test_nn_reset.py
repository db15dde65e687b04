"""Layers that start anew, and layers that wait for their first input."""

import copy
import inspect

import numpy as np
import pytest

import nn

LAYERS = {
    "Linear": lambda rng: nn.Linear(3, 4, rng=rng),
    "Bilinear": lambda rng: nn.Bilinear(3, 2, 4, rng=rng),
    "Conv2d": lambda rng: nn.Conv2d(2, 4, 3, groups=2, rng=rng),
    "ConvTranspose1d": lambda rng: nn.ConvTranspose1d(2, 4, 3, bias=False, rng=rng),
    "RNN": lambda rng: nn.RNN(3, 4, 2, bidirectional=True, rng=rng),
    "LSTM": lambda rng: nn.LSTM(3, 4, proj_size=2, rng=rng),
    "GRU": lambda rng: nn.GRU(3, 4, bias=False, rng=rng),
    "GRUCell": lambda rng: nn.GRUCell(3, 4, rng=rng),
    "Embedding": lambda rng: nn.Embedding(5, 3, padding_idx=1, rng=rng),
}
FIXED = {
    "BatchNorm1d": lambda: nn.BatchNorm1d(3),
    "InstanceNorm2d": lambda: nn.InstanceNorm2d(3, affine=True, track_running_stats=True),
    "LayerNorm": lambda: nn.LayerNorm(3),
    "RMSNorm": lambda: nn.RMSNorm(3),
    "GroupNorm": lambda: nn.GroupNorm(1, 3),
    "PReLU": lambda: nn.PReLU(2, 0.5),
}


def same(a, b):
    return all(np.array_equal(a[name], b[name]) for name in (*a, *b))


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_a_reset_is_the_start_of_a_new_layer(make):
    start = make(0).state_dict()
    layer = make(7)
    assert not same(layer.state_dict(), start)
    layer.reset_parameters(np.random.default_rng(0))
    assert same(layer.state_dict(), start)
    nn.manual_seed(3)
    first = make(None).state_dict()
    nn.manual_seed(3)
    layer = make(None)
    assert same(layer.state_dict(), first)
    nn.manual_seed(3)
    layer.reset_parameters()
    assert same(layer.state_dict(), first)


@pytest.mark.parametrize("make", FIXED.values(), ids=FIXED)
def test_layers_that_start_without_chance(make):
    layer = make()
    start = layer.state_dict()
    layer.load_state_dict({name: array + 3 for name, array in start.items()})
    layer.reset_parameters()
    assert same(layer.state_dict(), start)


def test_a_start_of_ones_own_is_taken():
    class Own(nn.Linear):
        def reset_parameters(self):
            nn.init.normal_(self.weight)
            nn.init.ones_(self.bias)

    layer = Own(2, 2, rng=5)
    assert (layer.bias.data == 1).all()
    np.testing.assert_array_equal(
        layer.weight.data, np.random.default_rng(5).normal(size=(2, 2)).astype(np.float32)
    )


def test_all_that_pytorch_resets_is_reset_here():
    torch = pytest.importorskip("torch")
    for name in nn.__all__:
        theirs = getattr(torch.nn, name, None)
        if hasattr(theirs, "reset_parameters") and not name.startswith("Lazy"):
            assert hasattr(getattr(nn, name), "reset_parameters"), name


def test_attributes_of_recurrent_layers_and_convolutions():
    torch = pytest.importorskip("torch")
    ours, theirs = nn.LSTM(2, 3, 2, bidirectional=True), torch.nn.LSTM(2, 3, 2, bidirectional=True)
    shapes = [[p.shape for p in each] for each in ours.all_weights]
    assert shapes == [[tuple(p.shape) for p in each] for each in theirs.all_weights]
    assert ours.all_weights[1][0] is ours.weight_ih_l0_reverse and ours.flatten_parameters() is None
    for library in (nn, torch.nn):
        modes = [library.RNN(1, 1, nonlinearity=f).mode for f in ("tanh", "relu")]
        modes += [library.LSTM(1, 1).mode, library.GRU(1, 1).mode]
        assert modes == ["RNN_TANH", "RNN_RELU", "LSTM", "GRU"]
        conv, back = library.Conv2d(1, 1, 2), library.ConvTranspose2d(1, 1, 2)
        assert (conv.transposed, conv.output_padding, conv.padding_mode) == (False, (0, 0), "zeros")
        assert (back.transposed, back.output_padding) == (True, (0, 0))


def test_nothing_in_and_nothing_out():
    layer = nn.Linear(0, 4)
    assert layer(np.zeros((3, 0), np.float32)).data.tolist() == np.zeros((3, 4)).tolist()
    assert nn.Linear(4, 0)(np.zeros((3, 4), np.float32)).shape == (3, 0)
    y = nn.Linear(4, 2)(np.zeros((0, 4), np.float32))
    y.sum().backward()
    assert y.shape == (0, 2)
    norm = nn.BatchNorm2d(3).eval()
    assert norm(np.zeros((0, 3, 2, 2), np.float32)).shape == (0, 3, 2, 2)


# ---- lazy layers ---------------------------------------------------------------------------------

LAZY = [name for name in nn.__all__ if name.startswith("Lazy")]


@pytest.mark.parametrize("name", LAZY)
def test_a_lazy_layer_becomes_what_its_input_asks_for(name):
    kind = getattr(nn, name.removeprefix("Lazy"))
    images = (2, 3, *(5,) * int(name[-2])) if name[-1] == "d" else (2, 3)
    settings = {"out_features": 4} if name == "LazyLinear" else {}
    settings = {"out_channels": 4, "kernel_size": 2} if "Conv" in name else settings
    settings |= {} if "Norm" in name else {"rng": 0}
    layer, whole = getattr(nn, name)(**settings), kind(3, **settings)
    assert name in repr(layer)
    x = np.random.default_rng(1).normal(size=images).astype(np.float32)
    np.testing.assert_array_equal(layer(x).data, whole(x).data)
    assert type(layer) is kind and repr(layer) == repr(whole)
    assert list(layer.state_dict()) == list(whole.state_dict())
    assert {*vars(layer)} - {"_named"} == {*vars(whole)} - {"_named"}


def test_lazy_layers_take_pytorch_s_arguments():
    torch = pytest.importorskip("torch")
    for name in LAZY:
        ours = [n for n in inspect.signature(getattr(nn, name)).parameters if n != "rng"]
        theirs = inspect.signature(getattr(torch.nn, name)).parameters
        assert sorted(ours) == sorted(n for n in theirs if n != "device"), name
    with pytest.raises(TypeError, match="out_features"):
        nn.LazyLinear()


def test_an_optimiser_made_before_trains_what_a_lazy_layer_becomes():
    model = nn.Sequential(nn.LazyConv1d(2, 3), nn.Flatten(), nn.LazyLinear(1)).double()
    twin = copy.deepcopy(model)
    model[2].weight.requires_grad = False
    optimizer = nn.optim.Adam(model.parameters(), 0.1)
    x = np.ones((2, 1, 5))
    model(x).sum().backward()
    before = model.state_dict()
    optimizer.step()
    changed = [name for name, array in model.state_dict().items() if (array != before[name]).any()]
    assert changed == ["0.weight", "0.bias", "2.bias"]
    assert model[0].weight.dtype == np.float64 and model[0].weight.shape == (2, 1, 3)
    with pytest.raises(ValueError, match="0 is a LazyConv1d, whose shapes no input has told yet"):
        twin.load_state_dict(before)
    twin(x)
    twin.load_state_dict(before)
    with pytest.raises(ValueError, match=r"LazyLinear got an input of shape \(\)"):
        nn.LazyLinear(2)(np.float32(1))
