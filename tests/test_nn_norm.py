"""Normalisation beside PyTorch's: outputs, gradients, running statistics, errors."""

import numpy as np
import pytest
from beside_pytorch import beside_pytorch, same_arguments

import nn
import nn.functional as F
from autograd import Value, check_gradients, gradients, no_grad

RNG = np.random.default_rng(0)
CASES = [
    ("LayerNorm", (5,), {}, (3, 5)),
    ("LayerNorm", ((4, 5),), {"eps": 0.1}, (2, 3, 4, 5)),
    ("LayerNorm", ([5],), {"elementwise_affine": False}, (2, 3, 5)),
    ("LayerNorm", (5,), {"bias": False}, (5,)),
    ("RMSNorm", (5,), {}, (3, 5)),
    ("RMSNorm", ((4, 5), 0.1), {}, (2, 4, 5)),
    ("RMSNorm", (5,), {"elementwise_affine": False}, (3, 5)),
    ("GroupNorm", (2, 6), {}, (3, 6)),
    ("GroupNorm", (3, 6, 0.1), {}, (2, 6, 5)),
    ("GroupNorm", (1, 4), {"affine": False}, (2, 4, 3, 3)),
    ("GroupNorm", (4, 4), {"bias": False}, (2, 4, 3, 3)),
    ("BatchNorm1d", (4,), {}, (6, 4)),
    ("BatchNorm1d", (4, 0.1, 0.3), {}, (3, 4, 5)),
    ("BatchNorm1d", (4,), {"affine": False}, (6, 4)),
    ("BatchNorm1d", (4,), {"track_running_stats": False}, (6, 4)),
    ("BatchNorm1d", (4,), {"momentum": None}, (6, 4)),
    ("BatchNorm1d", (4,), {"bias": False}, (6, 4)),
    ("BatchNorm2d", (4,), {}, (3, 4, 5, 2)),
    ("BatchNorm3d", (2,), {}, (2, 2, 3, 2, 2)),
    ("InstanceNorm1d", (4,), {}, (3, 4, 5)),
    ("InstanceNorm1d", (4,), {"affine": True}, (4, 5)),
    ("InstanceNorm2d", (4,), {"affine": True, "track_running_stats": True}, (3, 4, 5, 2)),
    ("InstanceNorm3d", (2,), {"affine": True, "momentum": 0.4}, (2, 2, 3, 2, 2)),
    ("LocalResponseNorm", (3,), {}, (2, 5, 4)),
    ("LocalResponseNorm", (2, 0.1, 0.5, 2.0), {}, (2, 5, 4, 3)),
    ("LocalResponseNorm", (5,), {"alpha": 1.0}, (2, 3, 4)),
]
each_case = pytest.mark.parametrize(("name", "args", "settings", "shape"), CASES, ids=str)


def made(library, name, args, settings):
    return getattr(library, name)(*args, **settings)


def started(layer):
    """The layer with other weights than ones and zeros."""
    for parameter in layer.parameters():
        parameter.data.copy_(
            parameter.data
            + 0.5 * parameter.data.new_tensor(RNG.normal(size=tuple(parameter.shape)))
        )
    return layer


@each_case
@pytest.mark.parametrize("training", [True, False])
def test_like_pytorch(name, args, settings, shape, training):
    torch = pytest.importorskip("torch")
    theirs = started(made(torch.nn, name, args, settings)).double()
    ours = made(nn, name, args, settings).double()
    for _ in range(2):  # so that there are running statistics
        before = RNG.normal(2, 3, shape)
        ours(before), theirs(torch.tensor(before))
    ours.train(training), theirs.train(training)
    beside_pytorch(ours, theirs, RNG.normal(2, 3, shape))


@each_case
def test_running_statistics_without_pytorchs_help(name, args, settings, shape):
    torch = pytest.importorskip("torch")
    ours, theirs = made(nn, name, args, settings).double(), made(torch.nn, name, args, settings)
    theirs = theirs.double()
    for _ in range(3):
        x = RNG.normal(2, 3, shape)
        ours(x), theirs(torch.tensor(x))
    state = ours.state_dict()
    assert list(state) == list(theirs.state_dict())
    for key, kept in theirs.state_dict().items():
        np.testing.assert_allclose(state[key], kept.numpy(), rtol=1e-12)
        assert state[key].dtype == kept.numpy().dtype


@each_case
@pytest.mark.parametrize("training", [True, False])
def test_gradients_of_both_orders(name, args, settings, shape, training):
    layer = made(nn, name, args, settings).double().train(training)
    check_gradients(lambda x: layer(x), RNG.normal(size=shape), order=2)


@each_case
def test_float32_stays(name, args, settings, shape):
    layer = made(nn, name, args, settings)
    x = Value(RNG.normal(size=shape).astype(np.float32))
    assert layer(x).dtype == layer.eval()(x).dtype == np.float32
    assert name in repr(layer)


def test_arguments_are_pytorchs():
    torch = pytest.importorskip("torch")
    for name in {case[0] for case in CASES}:
        same_arguments(name, getattr(nn, name), getattr(torch.nn, name))
    for name, args, settings, _ in CASES:
        assert repr(made(nn, name, args, settings)) == repr(made(torch.nn, name, args, settings))


def test_known_answers():
    x = np.array([[1.0, 2.0, 3.0], [-5.0, 0.0, 5.0]])
    y = F.layer_norm(Value(x), 3, eps=0).data
    np.testing.assert_allclose(y.mean(1), 0, atol=1e-15)
    np.testing.assert_allclose(y.var(1), 1)
    np.testing.assert_allclose((F.rms_norm(x, 3, eps=0.0) ** 2).mean(1), 1)
    layer = nn.BatchNorm1d(3, momentum=None, dtype=np.float64)
    for _ in range(4):
        layer(x)
    np.testing.assert_allclose(layer.running_mean.data, x.mean(0))
    np.testing.assert_allclose(layer.running_var.data, x.var(0, ddof=1))
    assert layer.num_batches_tracked.data == 4
    layer.reset_running_stats()
    assert not layer.running_mean.data.any() and layer.num_batches_tracked.data == 0
    np.testing.assert_allclose(np.linalg.norm(F.normalize(x), axis=1), 1)


def test_evaluation_changes_nothing_and_can_be_repeated():
    layer = nn.BatchNorm2d(3, dtype=np.float64)
    layer(RNG.normal(size=(4, 3, 2, 2)))
    layer.eval()
    state = layer.state_dict()
    x = RNG.normal(size=(1, 3, 2, 2))
    np.testing.assert_array_equal(layer(x).data, layer(x).data)
    for key, kept in state.items():
        np.testing.assert_array_equal(layer.state_dict()[key], kept)
    with no_grad():
        assert not layer(x).requires_grad


def test_backward_after_another_batch():
    layer = nn.BatchNorm1d(2)
    a, b = (Value(RNG.normal(size=(3, 2)).astype(np.float32)) for _ in range(2))
    y = layer(a).sum() + (layer(b) ** 2).sum()  # two batches in one graph
    y.backward()
    assert a.grad is not None and b.grad is not None


def test_statistics_given_as_arrays_move_in_place():
    mean, var = np.zeros(2), np.ones(2)
    x = RNG.normal(3, 2, (50, 2))
    F.batch_norm(x, mean, var, training=True, momentum=1.0)
    np.testing.assert_allclose(mean, x.mean(0))
    np.testing.assert_allclose(var, x.var(0, ddof=1))


def test_functions_like_pytorchs():
    torch = pytest.importorskip("torch")
    x = RNG.normal(size=(3, 4, 5))
    for p, dim in ((2.0, 1), (1.0, -1), (3.0, 0)):
        a, b = Value(x), torch.tensor(x, requires_grad=True)
        y, z = F.normalize(a, p, dim), torch.nn.functional.normalize(b, p, dim)
        seed = RNG.normal(size=x.shape)
        (g,) = gradients(y, [a], seed)
        z.backward(torch.tensor(seed))
        np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-12)
        np.testing.assert_allclose(g, b.grad.numpy(), rtol=1e-10, atol=1e-12)


EMPTY = [
    ("BatchNorm1d", (0, 4)),
    ("BatchNorm1d", (2, 4, 0)),
    ("BatchNorm2d", (0, 4, 3, 3)),
    ("InstanceNorm1d", (2, 4, 0)),
    ("InstanceNorm2d", (0, 4, 3, 3)),
    ("LayerNorm", (0, 4)),
    ("RMSNorm", (0, 4)),
    ("GroupNorm", (0, 4)),
    ("GroupNorm", (2, 4, 0)),
]


@pytest.mark.parametrize(("name", "shape"), EMPTY, ids=str)
def test_nothing_gives_nothing(name, shape):
    args = (2, 4) if name == "GroupNorm" else (4,)
    tracked = {"track_running_stats": True} if name.startswith(("Batch", "Inst")) else {}
    layer = getattr(nn, name)(*args, **tracked, dtype=np.float64)
    x = Value(np.zeros(shape))
    before = layer.state_dict()
    y = layer(x)
    assert y.shape == shape
    leaves = [x, *layer.parameters()]
    for g, leaf in zip(gradients(y, leaves, np.zeros(shape)), leaves, strict=True):
        assert g.shape == leaf.shape and not g.any()
    for key, kept in before.items():  # an empty batch says nothing of means and variances
        if key != "num_batches_tracked":
            np.testing.assert_array_equal(layer.state_dict()[key], kept)


def test_normalize_over_several_axes():
    x = RNG.normal(size=(3, 4))
    np.testing.assert_allclose(F.normalize(x, dim=(0, 1)), x / np.sqrt((x * x).sum()))
    np.testing.assert_allclose(F.normalize(np.array([[3.0, -4.0]]), float("inf")), [[0.75, -1]])


def test_what_is_refused():
    with pytest.raises(ValueError, match="more than one number for each channel"):
        nn.BatchNorm1d(3)(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="takes 4 axes"):
        nn.BatchNorm2d(3)(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="axis 1 must be 3"):
        nn.BatchNorm1d(3)(np.zeros((5, 4)))
    with pytest.raises(ValueError, match="must divide"):
        nn.GroupNorm(3, 4)
    with pytest.raises(ValueError, match=r"last axes \(3,\) got an input of shape \(2, 4\)"):
        nn.LayerNorm(3)(np.zeros((2, 4)))
    with pytest.raises(TypeError, match="floating-point"):
        nn.LayerNorm(3)(np.zeros((2, 3), int))
    for shape, size in (((2, 3), 2), ((2, 3, 4), 0)):
        with pytest.raises(ValueError, match="a size of at least 1"):
            F.local_response_norm(np.zeros(shape), size)
    with pytest.raises(ValueError, match="needs running_mean"):
        F.batch_norm(np.zeros((2, 3)), None, None)


def test_single_precision_far_from_zero():
    """The mean is a thousand times the spread: what is lost is in the input already."""
    x = 1000 + RNG.normal(size=(64, 200))
    x32 = x.astype(np.float32)
    g = RNG.normal(size=x.shape)
    results = []
    for data in (x32.astype(float), x32):
        value = Value(data)
        y = F.layer_norm(value, 200)
        y.backward(g.astype(data.dtype))
        results.append((y.data, value.grad))
    for single, double in zip(results[1], results[0], strict=True):
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, double, atol=5e-4)


def test_weights_of_another_dtype_widen_the_result():
    x = RNG.normal(size=(3, 4)).astype(np.float32)
    weight, bias = Value(np.full(4, 2.0, np.float32)), Value(np.full(4, 1 / 3))
    y = F.layer_norm(Value(x), 4, weight, bias)
    assert y.dtype == np.float64
    y.backward(np.ones(y.shape))
    assert weight.grad.dtype == np.float32 and bias.grad.tolist() == [3, 3, 3, 3]


def test_short_rows_of_halves_do_not_overflow():
    x = np.full((2, 1000), 200, np.float16)
    x[:, ::2] = 201
    np.testing.assert_allclose(F.layer_norm(Value(x), (1000,)).data[:, :2], [[1, -1]] * 2)
