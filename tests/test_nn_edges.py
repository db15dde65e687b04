"""What is seldom met: nothing half done, nothing in silence."""

import numpy as np
import pytest

import nn
from autograd import Value

MSE = nn.functional.mse_loss
DATA = (np.zeros((6, 1), np.float32), np.ones((6, 1), np.float32))


@pytest.mark.parametrize("last", [np.array(["a", "b"]), np.array([object(), object()])])
def test_a_state_that_is_no_numbers_changes_nothing(last):
    layer = nn.Linear(3, 2, rng=0)
    before = layer.state_dict()
    with pytest.raises((TypeError, ValueError), match="bias"):
        layer.load_state_dict({"weight": np.ones((2, 3)), "bias": last})
    np.testing.assert_array_equal(layer.weight.data, before["weight"])


def test_a_state_of_another_precision_is_taken_over():
    layer = nn.Linear(3, 2, rng=0)
    layer.load_state_dict({"weight": np.full((2, 3), 0.5), "bias": np.zeros(2)})
    assert layer.weight.dtype == np.float32 and (layer.weight.data == 0.5).all()


@pytest.mark.parametrize("dims, shape", [((1, 5), (2, 3)), ((2, 1), (2, 3, 4)), ((1, -1), ())])
def test_flatten_refuses_axes_that_are_not_there(dims, shape):
    with pytest.raises(ValueError, match=r"Flatten\(start_dim="):
        nn.Flatten(*dims)(np.zeros(shape))


@pytest.mark.parametrize("dims", [(1, -1), (0, -1), (1, 2), (2, 3), (-2, -1), (0, 0), (-3, 2)])
def test_flatten_joins_the_axes_asked_for(dims):
    x = np.arange(120.0).reshape(2, 3, 4, 5)
    start, end = (d % 4 for d in dims)
    expected = x.reshape(*x.shape[:start], -1, *x.shape[end + 1 :])
    np.testing.assert_array_equal(nn.Flatten(*dims)(Value(x)).data, expected)
    assert nn.Flatten()(np.zeros((0, 3, 4))).shape == (0, 12)


def test_dropout_refuses_integers():
    # as an integer the scale 1 / (1 - p) would be another one, and so would the mean
    with pytest.raises(TypeError, match="floating-point"):
        nn.Dropout(0.4)(np.ones(4, int))


def test_dropout_sends_gradients_through_what_it_kept():
    x = Value(np.ones(100))
    y = nn.Dropout(0.3, rng=0)(x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.data)


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_a_step_does_not_write_into_gradients(kind):
    x = nn.Parameter(np.ones(3), dtype=float)
    x.grad = gradient = np.arange(3.0)
    settings = dict(momentum=0.9, weight_decay=0.1) if kind == "SGD" else dict(weight_decay=0.1)
    optimizer = getattr(nn.optim, kind)([x], lr=0.1, **settings)
    for _ in range(3):
        optimizer.step()
    np.testing.assert_array_equal(gradient, np.arange(3.0))


def test_the_momentum_is_not_the_gradient_itself():
    x = nn.Parameter(np.zeros(2), dtype=float)
    optimizer = nn.optim.SGD([x], lr=1.0, momentum=0.5)
    x.grad = np.ones(2)
    optimizer.step()
    x.grad[:] = 0  # reused by its owner
    optimizer.step()
    np.testing.assert_array_equal(x.data, [-1.5, -1.5])


def test_training_on_no_batches_is_told():
    model = nn.Linear(1, 1, rng=0)
    optimizer = nn.optim.SGD(model.parameters())
    loader = nn.DataLoader(DATA, batch_size=10, drop_last=True)
    assert len(loader) == 0
    with pytest.raises(ValueError, match=r"no batch"):
        nn.fit(model, MSE, optimizer, loader, epochs=2, progress=False)
    with pytest.raises(ValueError, match=r"no batch"):
        nn.evaluate(model, MSE, loader)


def test_a_metric_that_fails_gives_the_mode_back():
    def broken(prediction, target):
        raise ZeroDivisionError("the metric's own")

    model = nn.Sequential(nn.Linear(1, 1, rng=0), nn.Dropout(0.1)).eval()
    optimizer = nn.optim.SGD(model.parameters())
    with pytest.raises(ZeroDivisionError, match="own"):
        nn.fit(model, MSE, optimizer, DATA, epochs=1, metrics=[broken], progress=False)
    assert not any(module.training for module in model.modules())
    model.train()
    with pytest.raises(ZeroDivisionError):
        nn.evaluate(model, MSE, DATA, [broken])
    assert all(module.training for module in model.modules())


def test_ctrl_c_within_an_epoch_keeps_the_whole_epochs(capsys):
    calls = []

    def impatient(prediction, target):
        calls.append(len(prediction))
        if len(calls) == 5:  # the second of three batches, second epoch
            raise KeyboardInterrupt
        return 0.0

    model = nn.Linear(1, 1, rng=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    history = nn.fit(
        model, MSE, optimizer, DATA, epochs=9, batch_size=2, metrics=[impatient], progress=False
    )
    assert history.interrupted and len(history) == 1
    assert "1 whole epoch" in capsys.readouterr().err


def test_parts_in_another_mode_stay_in_it():
    frozen = nn.Dropout(0.5)
    model = nn.Sequential(nn.Linear(1, 1, rng=0), frozen)
    frozen.eval()
    nn.evaluate(model, MSE, DATA, ())
    assert model.training and not frozen.training
