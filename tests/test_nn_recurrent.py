"""Recurrent networks beside PyTorch's, against their cells step by step, and learning."""

import numpy as np
import pytest
from beside_pytorch import beside_pytorch, same_arguments

import nn
from autograd import Value, check_gradients, gradients

RNG = np.random.default_rng(0)
KINDS = ("RNN", "LSTM", "GRU")
each_kind = pytest.mark.parametrize("kind", KINDS)
SETTINGS = [
    {},
    {"bias": False},
    {"num_layers": 2},
    {"bidirectional": True},
    {"num_layers": 3, "bidirectional": True, "batch_first": True},
    {"batch_first": True, "bias": False, "num_layers": 2},
]
CASES = [(kind, settings) for kind in KINDS for settings in SETTINGS]
CASES += [("LSTM", settings | {"proj_size": 2}) for settings in SETTINGS]
CASES += [("RNN", {"nonlinearity": "relu", "num_layers": 2})]
each_case = pytest.mark.parametrize(("kind", "settings"), CASES, ids=str)


def states(kind, settings, batch, hidden):
    layers = settings.get("num_layers", 1) * (1 + settings.get("bidirectional", False))
    lead = (layers,) if batch is None else (layers, batch)
    one = RNG.normal(size=(*lead, settings.get("proj_size", hidden)))
    return (one, RNG.normal(size=(*lead, hidden))) if kind == "LSTM" else one


@each_case
@pytest.mark.parametrize("start", ["zeros", "given"])
@pytest.mark.parametrize("shape", [(4, 3, 2), (1, 1, 3), (6, 2, 1), (3, 0, 2)], ids=str)
def test_like_pytorch(kind, settings, start, shape):
    torch = pytest.importorskip("torch")
    steps, batch, width = shape
    ours, theirs = (getattr(lib, kind)(width, 4, **settings) for lib in (nn, torch.nn))
    x = RNG.normal(size=(batch, steps, width) if settings.get("batch_first") else shape)
    hx = [states(kind, settings, batch, 4)] if start == "given" else []
    beside_pytorch(ours.double(), theirs, x, *hx)


@each_case
def test_one_sequence_like_pytorch(kind, settings):
    torch = pytest.importorskip("torch")
    ours, theirs = (getattr(lib, kind)(3, 4, **settings) for lib in (nn, torch.nn))
    x = RNG.normal(size=(5, 3))
    beside_pytorch(ours.double(), theirs, x)
    beside_pytorch(ours.double(), theirs, x, states(kind, settings, None, 4))


CELLS = [(kind + "Cell", {"bias": bias}) for kind in KINDS for bias in (True, False)]
CELLS += [("RNNCell", {"nonlinearity": "relu"})]


@pytest.mark.parametrize(("kind", "settings"), CELLS, ids=str)
def test_cells_like_pytorch(kind, settings):
    torch = pytest.importorskip("torch")
    for shape in ((3, 2), (2,)):
        ours, theirs = (getattr(lib, kind)(2, 4, **settings) for lib in (nn, torch.nn))
        state = RNG.normal(size=(*shape[:-1], 4))
        hx = (state, RNG.normal(size=state.shape)) if kind == "LSTMCell" else state
        beside_pytorch(ours.double(), theirs, RNG.normal(size=shape))
        beside_pytorch(ours.double(), theirs, RNG.normal(size=shape), hx)
        assert repr(ours) == repr(theirs)


@each_kind
def test_sequence_is_its_cell_step_by_step(kind):
    layer = getattr(nn, kind)(3, 4, rng=0, dtype=np.float64)
    cell = getattr(nn, kind + "Cell")(3, 4, dtype=np.float64)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(cell, name, getattr(layer, name + "_l0"))
    x = Value(RNG.normal(size=(6, 2, 3)))
    outputs, last = layer(x)
    state, found = None, []
    for t in range(6):
        state = cell(x[t], state)
        found.append(state[0] if kind == "LSTM" else state)
    steps = np.stack(found)
    np.testing.assert_allclose(outputs.data, steps.data, rtol=1e-12)
    ends = zip(last, state, strict=True) if kind == "LSTM" else [(last, state)]
    for a, b in ends:
        np.testing.assert_allclose(a.data[0], b.data, rtol=1e-12)
    leaves = [x, *layer.parameters()]
    seed = RNG.normal(size=outputs.shape)
    for g, h in zip(gradients(outputs, leaves, seed), gradients(steps, leaves, seed), strict=True):
        np.testing.assert_allclose(g, h, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("kind", "projection"), [("RNN", 0), ("LSTM", 0), ("LSTM", 1), ("GRU", 0)])
def test_gradients_of_both_orders(kind, projection):
    more = {"proj_size": projection} if kind == "LSTM" else {}
    layer = getattr(nn, kind)(2, 2, bidirectional=True, rng=0, dtype=np.float64, **more)

    def f(x):
        outputs, last = layer(x)
        return [outputs, *(last if kind == "LSTM" else [last])]

    check_gradients(f, RNG.normal(size=(3, 1, 2)), order=2)


@each_kind
def test_starts_evenly_within_one_over_the_root(kind):
    layer = getattr(nn, kind)(8, 100, rng=0)
    for name, parameter in layer.named_parameters():
        assert np.abs(parameter.data).max() <= 0.1, name
        assert np.abs(parameter.data).max() > 0.095, name
        assert parameter.data.std() == pytest.approx(0.1 / np.sqrt(3), rel=0.1), name
        assert parameter.dtype == np.float32


@each_kind
def test_float32_arrays_and_frozen_parameters(kind):
    layer = getattr(nn, kind)(3, 4, num_layers=2)
    x = RNG.normal(size=(5, 2, 3)).astype(np.float32)
    outputs, _ = layer(x)
    assert outputs.dtype == np.float32 and outputs.requires_grad
    outputs.sum().backward()
    assert all(p.grad.dtype == np.float32 for p in layer.parameters())
    outputs, _ = layer.requires_grad_(False)(x)
    assert not outputs.requires_grad


@each_kind
def test_dropout_between_layers(kind):
    x = RNG.normal(size=(5, 2, 3)).astype(np.float32)
    layer = getattr(nn, kind)(3, 4, num_layers=2, dropout=0.5, rng=0)
    again = getattr(nn, kind)(3, 4, num_layers=2, dropout=0.5, rng=0)
    first, second = layer(x)[0].data, layer(x)[0].data
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(again(x)[0].data, first)
    layer.eval()
    np.testing.assert_array_equal(layer(x)[0].data, layer(x)[0].data)
    single = getattr(nn, kind)(3, 4, dropout=0.5, rng=0)  # there is no layer after the last
    np.testing.assert_array_equal(single(x)[0].data, single(x)[0].data)


def test_arguments_are_pytorchs():
    torch = pytest.importorskip("torch")
    for kind in KINDS:
        same_arguments(kind, getattr(nn, kind + "Cell"), getattr(torch.nn, kind + "Cell"))
        for settings in SETTINGS:
            pair = [getattr(lib, kind)(3, 4, **settings) for lib in (nn, torch.nn)]
            assert repr(pair[0]) == repr(pair[1])
    ours, theirs = nn.RNN(3, 4, 2, "relu", False), torch.nn.RNN(3, 4, 2, "relu", False)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours = nn.LSTM(3, 4, 2, False, True, 0.5, True, 2)
    theirs = torch.nn.LSTM(3, 4, 2, False, True, 0.5, True, 2)
    assert repr(ours) == repr(theirs)


def test_known_answer():
    layer = nn.RNN(1, 1, dtype=np.float64)
    for parameter in layer.parameters():
        parameter.data[...] = 0.5
    outputs, last = layer(np.array([[[1.0]], [[2.0]]]))
    first = np.tanh(0.5 + 1.0)
    second = np.tanh(0.5 * 2 + 1.0 + 0.5 * first)
    np.testing.assert_allclose(outputs.data.ravel(), [first, second])
    np.testing.assert_allclose(last.data, [[[second]]])


def test_known_answer_of_a_projection():
    layer = nn.LSTM(1, 2, proj_size=1, dtype=np.float64)
    for parameter in layer.parameters():
        parameter.data[...] = 0.5
    outputs, (h, c) = layer(np.array([[[1.0]]]))
    gate = 1 / (1 + np.exp(-1.5))
    cell = gate * np.tanh(1.5)
    np.testing.assert_allclose(c.data, [[[cell, cell]]])
    np.testing.assert_allclose(h.data, [[[gate * np.tanh(cell)]]])  # 0.5 of each of two
    np.testing.assert_array_equal(outputs.data, h.data)


def test_what_is_refused():
    with pytest.raises(ValueError, match="RNN has no proj_size"):
        nn.RNN(3, 4, proj_size=2)
    for size in (4, -1):
        with pytest.raises(ValueError, match=f"proj_size={size} must be below hidden_size=4"):
            nn.LSTM(3, 4, proj_size=size)
    with pytest.raises(TypeError, match=r"whole numbers, not 4\.0"):
        nn.GRU(3, 4.0)
    with pytest.raises(ValueError, match="'tanh' or 'relu'"):
        nn.RNN(3, 4, nonlinearity="sigmoid")
    with pytest.raises(ValueError, match=r"takes \(time, batch, 3\)"):
        nn.GRU(3, 4)(np.zeros((5, 2, 4)))
    with pytest.raises(ValueError, match=r"takes \(batch, time, 3\)"):
        nn.GRU(3, 4, batch_first=True)(np.zeros((5, 0, 3)))
    with pytest.raises(ValueError, match="with at least one step"):
        nn.GRU(3, 4)(np.zeros((0, 3)))
    with pytest.raises(ValueError, match=r"states of shape \(1, 2, 4\), not \(2, 4\)"):
        nn.GRU(3, 4)(np.zeros((5, 2, 3)), np.zeros((2, 4)))
    with pytest.raises(TypeError, match=r"\(h_0, c_0\)"):
        nn.LSTM(3, 4)(np.zeros((5, 2, 3)), np.zeros((1, 2, 4)))
    with pytest.raises(TypeError, match="floating-point"):
        nn.LSTM(3, 4)(np.zeros((5, 2, 3), int))
    with pytest.raises(TypeError, match="a pair of states"):
        nn.LSTMCell(3, 4)(np.zeros((2, 3)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="goes on from a state"):
        nn.GRUCell(3, 4)(np.zeros((2, 3)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match="at least one"):
        nn.LSTM(0, 4)
    with pytest.raises(ValueError, match="probability"):
        nn.LSTM(3, 4, dropout=2)


@each_kind
def test_learns_to_remember(kind):
    """Say at the end which of two numbers a sequence of noise began with."""
    rng = np.random.default_rng(1)
    layer, head = getattr(nn, kind)(1, 16, rng=rng), nn.Linear(16, 1, rng=rng)
    optimizer = nn.optim.Adam([*layer.parameters(), *head.parameters()], lr=0.01)
    losses = []
    for _ in range(120):
        x = rng.normal(size=(8, 64, 1)).astype(np.float32)
        x[0] = np.sign(x[0])
        loss = nn.functional.binary_cross_entropy_with_logits(head(layer(x)[0][-1]), x[0] > 0)
        optimizer.zero_grad()
        loss.backward(leaves_only=True)
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[:5]) > 0.6 and np.mean(losses[-10:]) < 0.2
