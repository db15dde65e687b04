"""Layers and losses against plain NumPy, central differences, and PyTorch."""

import numpy as np
import pytest

import nn
import nn.functional as F
from autograd import Value
from autograd.check import check_gradients

RNG = np.random.default_rng(0)

CASES = [
    ("Linear", (3, 5), {}, (4, 3)),
    ("Linear", (3, 5), {"bias": False}, (2, 4, 3)),
    ("Conv2d", (2, 4, 3), {}, (2, 2, 6, 5)),
    ("Conv2d", (4, 6, (3, 2)), {"stride": 2, "padding": (1, 0), "groups": 2}, (2, 4, 6, 5)),
    ("Conv2d", (1, 2, 3), {"padding": "same", "dilation": 2, "bias": False}, (1, 1, 7, 6)),
    ("MaxPool2d", (2,), {}, (2, 3, 6, 5)),
    ("MaxPool2d", (3,), {"stride": 2, "padding": 1}, (2, 3, 6, 5)),
    ("AvgPool2d", (2,), {"stride": 1}, (2, 3, 4, 5)),
    ("AvgPool2d", ((3, 2),), {"padding": 1}, (2, 3, 6, 5)),
    ("Flatten", (), {}, (2, 3, 4)),
    ("ReLU", (), {}, (3, 4)),
    ("LeakyReLU", (0.2,), {}, (3, 4)),
    ("Sigmoid", (), {}, (3, 4)),
    ("Tanh", (), {}, (3, 4)),
    ("GELU", (), {}, (3, 4)),
    ("GELU", (), {"approximate": "tanh"}, (3, 4)),
    ("Softplus", (), {}, (3, 4)),
    ("Softmax", (1,), {}, (3, 4)),
    ("LogSoftmax", (-1,), {}, (3, 4)),
    ("Identity", (), {}, (3, 4)),
]


@pytest.mark.parametrize(("name", "args", "settings", "shape"), CASES, ids=str)
def test_gradients_of_layers(name, args, settings, shape):
    extra = {"dtype": np.float64, "rng": 0} if name in ("Linear", "Conv2d") else {}
    layer = getattr(nn, name)(*args, **settings, **extra)
    parameters = list(layer.parameters())
    x = RNG.permutation(np.linspace(-1.9, 2.1, int(np.prod(shape)))).reshape(shape)

    def f(x, *values):
        for holder, value in zip(("weight", "bias"), values, strict=False):
            vars(layer)[holder] = value  # past the check that parameters stay parameters
        return layer(x)

    check_gradients(f, x, *[p.data for p in parameters])


@pytest.mark.parametrize(("name", "args", "settings", "shape"), CASES, ids=str)
def test_layers_like_pytorch(name, args, settings, shape):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, name)(*args, **settings).double()
    extra = {"dtype": np.float64} if name in ("Linear", "Conv2d") else {}
    ours = getattr(nn, name)(*args, **settings, **extra)
    ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    x = RNG.normal(size=shape)
    a, b = Value(x), torch.tensor(x, requires_grad=True)
    y, z = ours(a), theirs(b)
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-10, atol=1e-12)
    seed = RNG.normal(size=y.shape)
    y.backward(seed)
    z.backward(torch.tensor(seed))
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-10, atol=1e-12)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-10, atol=1e-12)


LOGITS = RNG.normal(size=(5, 3))
CLASSES = np.array([0, 2, 1, 1, 0])
PROBABILITIES = RNG.random((5, 3))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses(reduction):
    reduce = {"mean": np.mean, "sum": np.sum, "none": lambda x: x}[reduction]
    softmax = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
    sigmoid = 1 / (1 + np.exp(-LOGITS))
    bce = -PROBABILITIES * np.log(sigmoid) - (1 - PROBABILITIES) * np.log(1 - sigmoid)
    expected = {
        "cross_entropy": (CLASSES, reduce(-np.log(softmax[np.arange(5), CLASSES]))),
        "mse_loss": (PROBABILITIES, reduce((LOGITS - PROBABILITIES) ** 2)),
        "binary_cross_entropy_with_logits": (PROBABILITIES, reduce(bce)),
    }
    for name, (target, value) in expected.items():
        loss = getattr(F, name)
        got = loss(Value(LOGITS), target, reduction=reduction)
        np.testing.assert_allclose(got.data, value, rtol=1e-12)
        check_gradients(lambda x, t=target, f=loss: f(x, t, reduction=reduction), LOGITS)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses_like_pytorch(reduction):
    torch = pytest.importorskip("torch")
    for name, target in (
        ("cross_entropy", CLASSES),
        ("mse_loss", PROBABILITIES),
        ("binary_cross_entropy_with_logits", PROBABILITIES),
    ):
        theirs = getattr(torch.nn.functional, name)(
            torch.tensor(LOGITS), torch.tensor(target), reduction=reduction
        )
        got = getattr(F, name)(LOGITS, target, reduction=reduction)
        np.testing.assert_allclose(got.data, theirs.numpy(), rtol=1e-12)


def test_extreme_logits_stay_finite():
    x = Value(np.array([[1000.0, -1000.0], [-1000.0, 1000.0]]))
    loss = F.cross_entropy(x, np.array([0, 0]))
    loss.backward()
    assert loss.item() == 1000.0
    np.testing.assert_allclose(x.grad, [[0, 0], [-0.5, 0.5]])
    y = Value(np.array([1000.0, -1000.0]))
    loss = F.binary_cross_entropy_with_logits(y, np.array([1.0, 1.0]))
    loss.backward()
    assert loss.item() == 500.0
    np.testing.assert_allclose(y.grad, [0, -0.5])


def test_loss_modules():
    assert nn.MSELoss()(Value([1.0]), np.array([3.0])).item() == 4.0
    assert nn.CrossEntropyLoss(reduction="sum")(LOGITS, CLASSES).shape == ()
    assert nn.BCEWithLogitsLoss(reduction="none")(LOGITS, PROBABILITIES).shape == (5, 3)


def test_losses_refuse_what_does_not_fit():
    x = Value(np.zeros((4, 1)))
    with pytest.raises(ValueError, match=r"reshape\(4, 1\)"):
        F.mse_loss(x, np.zeros(4))
    for target, message in (
        (np.zeros(4), "integer class"),
        (np.zeros(3, int), "for each of shape"),
        (np.array([0, 1, 0, 0]), "from 0 to 0"),
    ):
        with pytest.raises(ValueError, match=message):
            F.cross_entropy(x, target)
    with pytest.raises(ValueError, match="reduction"):
        F.mse_loss(x, np.zeros((4, 1)), reduction="average")


def test_layers_say_what_they_were_given():
    with pytest.raises(ValueError, match=r"Linear\(in_features=3\) got x of shape \(5, 4\)"):
        nn.Linear(3, 2)(np.zeros((5, 4)))
    with pytest.raises(ValueError, match=r"Conv2d\(in_channels=3\) got x of shape \(5, 4, 4\)"):
        nn.Conv2d(3, 2, 3)(np.zeros((5, 4, 4)))
    with pytest.raises(TypeError, match="/ 255"):
        nn.Linear(3, 2)(np.zeros((5, 3), np.uint8))
    with pytest.raises(TypeError, match="/ 255"):
        nn.Conv2d(1, 2, 3)(np.zeros((5, 1, 4, 4), np.uint8))
    with pytest.raises(ValueError, match="no negative number of features"):
        nn.Linear(-1, 2)
    with pytest.raises(ValueError, match="groups=2 must divide"):
        nn.Conv2d(3, 2, 3, groups=2)


def test_dropout():
    x = np.ones((200, 200), np.float32)
    layer = nn.Dropout(0.3, rng=0)
    y = layer(Value(x))
    kept = y.data != 0
    assert kept.mean() == pytest.approx(0.7, abs=0.01)
    np.testing.assert_allclose(y.data[kept], 1 / 0.7, rtol=1e-6)
    assert y.dtype == np.float32
    assert not np.array_equal(kept, layer(Value(x)).data != 0)  # a new draw each time
    np.testing.assert_array_equal(nn.Dropout(0.3, rng=0)(Value(x)).data, y.data)
    assert layer.eval()(x) is x
    assert not F.dropout(x, 1.0).any()
    with pytest.raises(ValueError, match="probability"):
        nn.Dropout(1.5)


def test_random_starts():
    _ = nn.manual_seed(5)
    first = nn.Linear(100, 50).weight.data
    _ = nn.manual_seed(5)
    np.testing.assert_array_equal(first, nn.Linear(100, 50).weight.data)
    assert np.abs(first).max() <= 0.1 and np.abs(first).max() > 0.099  # 1 / sqrt(100)
    assert first.dtype == np.float32
    w = nn.Parameter(np.zeros((400, 300)))
    spreads = {
        "kaiming_normal_": np.sqrt(2 / 300),
        "kaiming_uniform_": np.sqrt(2 / 300),
        "xavier_normal_": np.sqrt(2 / 700),
        "xavier_uniform_": np.sqrt(2 / 700),
    }
    for name, spread in spreads.items():
        assert getattr(nn.init, name)(w, rng=0) is w
        assert w.data.std() == pytest.approx(spread, rel=0.02)
    nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu", rng=0)
    assert w.data.std() == pytest.approx(np.sqrt(2 / 400), rel=0.02)
    assert nn.init.constant_(w, 3.0).data.min() == 3
    with pytest.raises(ValueError, match="two axes"):
        nn.init.xavier_normal_(nn.Parameter(np.zeros(3)))
    with pytest.raises(ValueError, match="fan_in"):
        nn.init.kaiming_normal_(w, mode="fan")
    with pytest.raises(ValueError, match="no gain"):
        nn.init.calculate_gain("swish")
    with pytest.raises(TypeError, match=r"holds the number 2\.0"):
        nn.init.zeros_(Value(2.0))
    with pytest.raises(TypeError, match="Generator or a seed"):
        nn.Linear(2, 2, rng="seed")


def test_targets_that_are_values_take_gradients():
    x = np.array([0.3, -1.2])
    for loss in (F.mse_loss, F.binary_cross_entropy_with_logits):
        check_gradients(lambda x, t, f=loss: f(x, t), x, np.array([0.2, 0.9]))
