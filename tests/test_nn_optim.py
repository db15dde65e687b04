"""Optimisers against their formulas, written out, and against PyTorch."""

import itertools

import numpy as np
import pytest

import nn
from autograd import Value
from nn.optim import SGD, Adam

SHAPES = [(3,), (2, 5), (1,), (300, 301)]  # the last is longer than one slice of the update


def gradients(step, arrays):
    """Any gradients will do, as long as all take the same."""
    return [np.cos(step + 3 * a) + 0.1 * a for a in arrays]


def start():
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in SHAPES]


def trajectory(make, steps=100):
    parameters = [Value(a.copy()) for a in start()]
    optimizer = make(parameters)
    for step in range(steps):
        for p, g in zip(parameters, gradients(step, [p.data for p in parameters]), strict=True):
            p.grad = g
        optimizer.step()
    return [p.data for p in parameters]


def sgd_by_hand(lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, steps=100):
    arrays, velocity = start(), [None] * len(SHAPES)
    for step in range(steps):
        for i, g in enumerate(gradients(step, arrays)):
            g = g + weight_decay * arrays[i]
            if momentum:
                v = velocity[i]
                velocity[i] = g if v is None else momentum * v + (1 - dampening) * g
                g = g + momentum * velocity[i] if nesterov else velocity[i]
            arrays[i] = arrays[i] - lr * g
    return arrays


def adam_by_hand(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, steps=100):
    arrays = start()
    m, v = [np.zeros(s) for s in SHAPES], [np.zeros(s) for s in SHAPES]
    for step in range(steps):
        for i, g in enumerate(gradients(step, arrays)):
            g = g + weight_decay * arrays[i]
            m[i] = betas[0] * m[i] + (1 - betas[0]) * g
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g
            mean = m[i] / (1 - betas[0] ** (step + 1))
            square = v[i] / (1 - betas[1] ** (step + 1))
            arrays[i] = arrays[i] - lr * mean / (np.sqrt(square) + eps)
    return arrays


SGD_SETTINGS = [
    dict(lr=0.1),
    dict(lr=0.01, momentum=0.9),
    dict(lr=0.01, momentum=0.9, nesterov=True),
    dict(lr=0.01, momentum=0.8, dampening=0.3),
    dict(lr=0.01, momentum=0.9, weight_decay=0.1, nesterov=True),
    dict(lr=0.1, weight_decay=0.2),
]
ADAM_SETTINGS = [
    dict(lr=0.01),
    dict(lr=0.01, betas=(0.8, 0.95), eps=1e-3),
    dict(lr=0.01, weight_decay=0.1),
]


@pytest.mark.parametrize("settings", SGD_SETTINGS, ids=str)
def test_sgd(settings):
    for got, expected in zip(
        trajectory(lambda p: SGD(p, **settings)), sgd_by_hand(**settings), strict=True
    ):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("settings", ADAM_SETTINGS, ids=str)
def test_adam(settings):
    for got, expected in zip(
        trajectory(lambda p: Adam(p, **settings)), adam_by_hand(**settings), strict=True
    ):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("SGD", s) for s in SGD_SETTINGS] + [("Adam", s) for s in ADAM_SETTINGS],
    ids=str,
)
def test_same_trajectory_as_pytorch(name, settings):
    torch = pytest.importorskip("torch")
    theirs = [torch.tensor(a, requires_grad=True) for a in start()]
    optimizer = getattr(torch.optim, name)(theirs, **settings)
    for step in range(100):
        arrays = [p.detach().numpy() for p in theirs]
        for p, g in zip(theirs, gradients(step, arrays), strict=True):
            p.grad = torch.tensor(g)
        optimizer.step()
    ours = trajectory(lambda p: getattr(nn.optim, name)(p, **settings))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b.detach().numpy(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("make", [SGD, Adam])
def test_plain_numbers_and_float32(make):
    x = Value(3.0)
    optimizer = make([x], lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        (x * x).backward()
        optimizer.step()
    assert type(x.data) is float
    assert abs(x.data) < 0.05
    w = nn.Parameter(np.ones(3))
    array = w.data
    w.grad = np.ones(3, np.float32)
    make([w], lr=0.1).step()
    assert w.data is array and w.dtype == np.float32  # changed in place


def test_a_transposed_parameter_is_updated_too():
    data = np.ones((300, 400)).T
    w = Value(data)
    w.grad = np.arange(120000.0).reshape(400, 300)
    SGD([w], lr=1.0).step()
    np.testing.assert_array_equal(w.data, 1 - np.arange(120000.0).reshape(400, 300))


def test_parameters_without_gradient_stay():
    a, b = Value(1.0), Value(1.0)
    optimizer = SGD([a, b], lr=0.5)
    a.grad = 1.0
    optimizer.step()
    assert (a.data, b.data) == (0.5, 1.0)


def test_groups_and_settings_that_change():
    a, b = Value(1.0), Value(1.0)
    optimizer = SGD([{"params": [a]}, {"params": [b], "lr": 0.5}], lr=0.1)
    for p in (a, b):
        p.grad = 1.0
    optimizer.step()
    assert (a.data, b.data) == (0.9, 0.5)
    optimizer.param_groups[0]["lr"] = 0.0
    optimizer.step()
    assert a.data == 0.9


def test_errors():
    model = nn.Linear(2, 2, rng=0)
    parameters = model.parameters()
    SGD(parameters)
    with pytest.raises(ValueError, match="call it anew"):
        Adam(parameters)  # a generator that has been walked
    with pytest.raises(TypeError, match="list of parameters"):
        SGD(model.weight)
    with pytest.raises(TypeError, match="leaf Values"):
        SGD([Value(1.0) * 2])
    with pytest.raises(ValueError, match="twice"):
        SGD([model.weight, model.weight])
    for bad in (dict(lr=-1), dict(lr=float("nan")), dict(momentum=-0.1), dict(nesterov=True)):
        with pytest.raises(ValueError, match="SGD"):
            SGD(model.parameters(), **bad)
    with pytest.raises(ValueError, match="betas"):
        Adam(model.parameters(), betas=(0.9, 1.0))


def test_every_setting_matters():
    results = [trajectory(lambda p, s=s: SGD(p, **s))[0] for s in SGD_SETTINGS]
    for a, b in itertools.combinations(results, 2):
        assert not np.allclose(a, b)
