"""Every activation beside PyTorch's: values, gradients, second gradients, kinks, errors."""

import inspect

import numpy as np
import pytest
from beside_pytorch import beside_pytorch, same_arguments

import autograd
import nn
import nn.functional as F
from autograd import Value, check_gradients, gradients

CASES = [
    ("ReLU", (), {}),
    ("ReLU6", (), {}),
    ("LeakyReLU", (0.3,), {}),
    ("ELU", (), {}),
    ("ELU", (0.7,), {}),
    ("SELU", (), {}),
    ("CELU", (), {}),
    ("CELU", (2.5,), {}),
    ("CELU", (-1.5,), {}),
    ("GELU", (), {}),
    ("GELU", ("tanh",), {}),
    ("SiLU", (), {}),
    ("Mish", (), {}),
    ("Softplus", (), {}),
    ("Softplus", (2.0, 3.0), {}),
    ("Softplus", (), {"beta": 0.5, "threshold": 1.0}),
    ("Softsign", (), {}),
    ("Tanh", (), {}),
    ("Tanhshrink", (), {}),
    ("Hardtanh", (), {}),
    ("Hardtanh", (-0.5, 2.0), {}),
    ("Hardsigmoid", (), {}),
    ("Hardswish", (), {}),
    ("Hardshrink", (), {}),
    ("Hardshrink", (1.5,), {}),
    ("Softshrink", (), {}),
    ("Softshrink", (1.5,), {}),
    ("Sigmoid", (), {}),
    ("LogSigmoid", (), {}),
    ("Threshold", (0.5, -7.0), {}),
    ("RReLU", (), {}),
    ("PReLU", (), {}),
    ("PReLU", (4, 0.1), {}),
    ("GLU", (), {}),
    ("GLU", (1,), {}),
    ("Softmin", (1,), {}),
    ("Softmax", (), {"dim": 0}),
    ("Softmax", (-1,), {}),
    ("LogSoftmax", (1,), {}),
    ("Identity", (54, "anything"), {"goes": True}),
]
each_case = pytest.mark.parametrize(("name", "args", "settings"), CASES, ids=str)


def made(library, name, args, settings):
    layer = getattr(library, name)(*args, **settings)
    return layer.eval() if name == "RReLU" else layer


@each_case
@pytest.mark.parametrize("shape", [(3, 4), (2, 4, 6)], ids=str)
def test_like_pytorch(name, args, settings, shape):
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(len(name)).normal(size=shape) * 4
    # PyTorch holds the sixth of its hard sigmoid in single precision.
    rough = {"rtol": 1e-6} if name in ("Hardsigmoid", "Hardswish") else {}
    extra = {"dtype": np.float64} if name == "PReLU" else {}
    ours = made(nn, name, args, settings | extra)
    beside_pytorch(ours, made(torch.nn, name, args, settings), x, **rough)


@each_case
def test_gradients_of_both_orders(name, args, settings):
    x = np.random.default_rng(3).permutation(np.linspace(-4.1, 4.3, 24)).reshape(6, 4)
    layer = made(nn, name, args, settings)
    check_gradients(lambda x: layer.double()(x), x, order=2)


@each_case
def test_float32_and_arrays(name, args, settings):
    layer = made(nn, name, args, settings)
    x = np.random.default_rng(3).normal(size=(6, 4)).astype(np.float32)
    y = layer(Value(x))
    assert y.dtype == np.float32
    np.testing.assert_array_equal(np.asarray(getattr(layer(x), "data", layer(x))), y.data)
    assert name in repr(layer)


def test_kinks_as_pytorch():
    torch = pytest.importorskip("torch")
    x = np.array([-6.0, -3, -1, -0.5, 0, 0.5, 1, 3, 6, 20])
    names = (
        "relu relu6 leaky_relu elu selu celu hardtanh hardsigmoid hardswish hardshrink softshrink "
        "softsign softplus logsigmoid tanhshrink silu gelu mish sigmoid tanh"
    )
    for name in names.split():
        a, b = Value(x), torch.tensor(x, requires_grad=True)
        y = getattr(F, name)(a)
        z = getattr(torch.nn.functional, name)(b)
        z.sum().backward()
        (g,) = gradients(y, [a], np.ones(x.shape))
        np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-6, atol=1e-8, err_msg=name)
        np.testing.assert_allclose(g, b.grad.numpy(), rtol=1e-6, atol=1e-8, err_msg=name)


DTYPES = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])


def every_size(dtype):
    """Numbers of both signs, from the smallest of a dtype to infinity, and a NaN."""
    limits = np.finfo(dtype)
    small = np.geomspace(float(limits.smallest_normal), 1, 1000)
    size = np.concatenate(
        [[0, limits.smallest_subnormal], small, np.linspace(0, 110, 5001), [limits.max / 4, np.inf]]
    )
    return np.concatenate([size, -size, [np.nan]]).astype(dtype)


def test_sigmoid_of_unsigned_integers():
    y = autograd.sigmoid(np.array([0, 3], np.uint8))
    np.testing.assert_allclose(y, [0.5, 1 / (1 + np.exp(-3))])


@DTYPES
def test_softplus_and_log_sigmoid_to_the_last_digits(dtype):
    x = every_size(dtype)
    with np.errstate(invalid="ignore"):
        exact = np.logaddexp(x.astype(np.longdouble), 0)
    for y in (autograd.softplus(x), -F.logsigmoid(-x)):
        assert y.dtype == dtype
        finite, rounded = np.isfinite(exact), exact.astype(dtype)
        error = np.abs(y[finite] - exact[finite])
        assert np.all(error <= 3 * np.spacing(np.abs(rounded[finite])))
        np.testing.assert_array_equal(y[~finite], rounded[~finite])
    for v in (-1000.0, -30.0, -0.1, 0.0, 2.5, 1000.0):  # Python numbers go another way
        assert autograd.softplus(Value(v)).item() == pytest.approx(np.logaddexp(v, 0), rel=1e-15)
        assert F.logsigmoid(Value(v)).item() == pytest.approx(-np.logaddexp(-v, 0), rel=1e-15)


def halves(x, right, left):
    """What an activation of two pieces is by its definition."""
    with np.errstate(all="ignore"):
        return np.where(x > 0, right(x), left(x))


def one(x):
    return np.ones_like(x)


PIECES = {  # the function, and its value and slope on both sides of 0
    "leaky": (lambda x: F.leaky_relu(x, 0.2), (lambda x: 0.2 * x), (lambda x: 0.2 * one(x))),
    "steep": (lambda x: F.leaky_relu(x, 3.0), (lambda x: 3.0 * x), (lambda x: 3.0 * one(x))),
    "falling": (lambda x: F.leaky_relu(x, -0.5), (lambda x: -0.5 * x), (lambda x: -0.5 * one(x))),
    "prelu": (
        lambda x: F.prelu(x, np.full(1, 0.25, x.dtype)),
        lambda x: 0.25 * x,
        lambda x: 0.25 * one(x),
    ),
    "elu": (F.elu, np.expm1, np.exp),
    "elu 0.7": (lambda x: F.elu(x, 0.7), lambda x: 0.7 * np.expm1(x), lambda x: 0.7 * np.exp(x)),
    "elu 1.7": (lambda x: F.elu(x, 1.7), lambda x: 1.7 * np.expm1(x), lambda x: 1.7 * np.exp(x)),
    "celu": (lambda x: F.celu(x, 2.0), lambda x: 2 * np.expm1(x / 2), lambda x: np.exp(x / 2)),
}


@DTYPES
@pytest.mark.parametrize("name", PIECES)
def test_two_pieces_are_as_their_definition(name, dtype):
    function, left, slope = PIECES[name]
    x = every_size(dtype)
    a = Value(x)
    y = function(a)
    assert y.dtype == dtype
    tolerance = {"rtol": 2 * np.finfo(dtype).eps, "atol": np.finfo(dtype).smallest_subnormal}
    np.testing.assert_allclose(y.data, halves(x, np.positive, left), **tolerance)
    (g,) = gradients(y, [a], one(x))
    assert g.dtype == dtype
    known = ~np.isnan(x)
    np.testing.assert_allclose(g[known], halves(x, one, slope)[known], **tolerance)


def test_softplus_above_its_threshold():
    x = every_size(np.float64)
    for beta, threshold in ((1.0, 20.0), (3.0, 2.0), (-2.0, 1.0)):
        scaled = beta * x
        above = scaled > threshold
        with np.errstate(invalid="ignore"):
            exact = np.where(above, x, np.logaddexp(scaled, 0) / beta)
        a = Value(x)
        y = F.softplus(a, beta, threshold)
        np.testing.assert_allclose(y.data, exact, rtol=5e-16, atol=5e-324)
        (g,) = gradients(y, [a], one(x))
        np.testing.assert_array_equal(g, np.where(above, 1, autograd.sigmoid(scaled)))


def test_known_answers():
    assert F.hardswish(Value(1.0)).item() == pytest.approx(4 / 6)
    assert F.softshrink(Value(2.0)).item() == 1.5
    assert F.hardshrink(np.array([0.5, -0.6])).tolist() == [0, -0.6]
    assert F.logsigmoid(np.array([-1000.0])).tolist() == [-1000]
    assert F.softplus(np.array([-1000.0, 1000.0])).tolist() == [0, 1000]
    assert F.glu(np.array([3.0, 0.0])).tolist() == [1.5]
    assert F.relu6(np.array([7.0])).tolist() == [6]
    np.testing.assert_allclose(nn.Softmax2d()(np.zeros((2, 4, 3, 3))), 0.25)
    x = np.random.default_rng(0).normal(size=100_000)
    y = F.selu(x)  # keeps mean and variance
    assert abs(y.mean()) < 0.02 and abs(y.var() - 1) < 0.03


def test_arguments_are_pytorchs():
    torch = pytest.importorskip("torch")
    for name, args, settings in CASES:
        same_arguments(name, getattr(nn, name), getattr(torch.nn, name))
        assert repr(made(nn, name, args, settings)) == repr(made(torch.nn, name, args, settings))
    assert repr(nn.ReLU(True)) == repr(torch.nn.ReLU(True))
    assert repr(nn.ELU(inplace=True)) == repr(torch.nn.ELU(inplace=True))
    for name in nn.functional.activation.__dict__:
        theirs = getattr(torch.nn.functional, name, None)
        if inspect.isfunction(theirs):
            wanted = [k for k in inspect.signature(theirs).parameters if k[0] != "_"]
            own = inspect.signature(getattr(F, name)).parameters.values()
            given = [p.name for p in own if p.kind == p.POSITIONAL_OR_KEYWORD]
            assert given == [k for k in wanted if k != "dtype"], name
            assert (
                "dtype" not in wanted or "dtype" in inspect.signature(getattr(F, name)).parameters
            )


def test_random_slopes():
    x = np.full((100, 100), -1.0)
    layer = nn.RReLU(0.1, 0.3, rng=0)
    y = -layer(x)
    assert y.min() >= 0.1 and y.max() < 0.3 and y.mean() == pytest.approx(0.2, abs=0.002)
    np.testing.assert_array_equal(-nn.RReLU(0.1, 0.3, rng=0)(x), y)
    np.testing.assert_allclose(-layer.eval()(x), 0.2)
    a = Value(x)
    (g,) = gradients(nn.RReLU(0.1, 0.3, rng=0)(a), [a], np.ones(x.shape))
    np.testing.assert_array_equal(g, y)
    assert (F.rrelu(np.ones(5), training=True) == 1).all()


def test_gumbel_softmax():
    logits = np.log(np.broadcast_to([0.2, 0.8], (20_000, 2)))
    hard = F.gumbel_softmax(Value(logits), hard=True, rng=0)
    assert set(np.unique(hard.data.round(12))) == {0, 1}
    assert hard.data.mean(0)[1] == pytest.approx(0.8, abs=0.01)
    soft = F.gumbel_softmax(Value(logits), tau=0.5, rng=0)
    np.testing.assert_allclose(soft.data.sum(1), 1)
    check_gradients(lambda x: F.gumbel_softmax(x, tau=0.5, rng=0), logits[:3])


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
def test_another_precision_and_single_numbers(name):
    function = getattr(F, name)
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    y = function(Value(x), 1, dtype=np.float64)
    np.testing.assert_array_equal(y.data, function(x.astype(np.float64), 1))
    assert function(x, 1, dtype=np.float64).dtype == np.float64
    for dim in (None, 0, -1):
        assert function(Value(2.0), dim).item() == (0 if name == "log_softmax" else 1)
    with pytest.raises(ValueError, match="no axis 1"):
        function(Value(2.0), 1)


def test_what_is_refused():
    with pytest.raises(ValueError, match="needs dim="):
        nn.Softmax()(np.zeros((2, 3, 4)))
    with pytest.raises(ValueError, match="no axis 2"):
        nn.LogSoftmax(2)(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="even"):
        nn.GLU()(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="3 weights need"):
        nn.PReLU(3)(np.zeros((2, 4)))
    with pytest.raises(ValueError, match="below max_val"):
        nn.Hardtanh(2, 1)
    with pytest.raises(ValueError, match="at least 0"):
        nn.Softshrink(-1.0)(np.zeros(3))
    with pytest.raises(ValueError, match="Softmax2d takes"):
        nn.Softmax2d()(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="is not 0"):
        nn.CELU(0)(np.zeros(3))
    with pytest.raises(ValueError, match="lower=2"):
        F.rrelu(np.zeros(3), 2, 1)


def test_of_halves_nothing_overflows_on_the_way():
    large = np.array([20000.0, -20000.0], np.float16)
    np.testing.assert_array_equal(F.hardswish(large), np.maximum(large, 0))
    x = Value(np.array([100.0, -100.0], np.float16))
    F.gelu(x, "tanh").backward(np.ones(2, np.float16))
    np.testing.assert_array_equal(x.grad, [1, 0])


def test_softplus_with_a_threshold_below_zero():
    np.testing.assert_array_equal(F.softplus(np.array([-1.0, 2.0]), 1.0, -5.0), [-1.0, 2.0])


@pytest.mark.parametrize("name", ["sigmoid", "silu", "leaky_relu"])
def test_of_a_list(name):
    function = getattr(autograd, name)
    np.testing.assert_array_equal(function([1.0, -2.0]), function(np.array([1.0, -2.0])))
