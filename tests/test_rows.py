"""Many passes at once give what the passes give one after the other."""

import numpy as np
import pytest

from autograd import Value, gradients, hessian, jacobian, rows
from autograd.backward import between
from autograd.check import all_draws
from autograd.tree import flatten


def one_by_one(y, seeds, x):
    return np.stack([gradients(y, [x], seed)[0] for seed in seeds])


@pytest.mark.parametrize("draw", all_draws(), ids=str)
def test_every_operation(draw):
    args = [Value(x) if np.asarray(x).dtype.kind == "f" else x for x in draw.args()]
    leaves = [x for x in args if isinstance(x, Value)]
    results = [y for y in flatten(draw(*args))[0] if isinstance(y, Value) and y.requires_grad]
    rng = np.random.default_rng(0)
    for y in results:
        for x in leaves:
            order = between([y], [x])
            if x not in order or not rows.can_pull_rows(order):
                continue
            seeds = rng.normal(size=(3, *y.shape))
            found = rows.pull_rows(y, seeds, x, order)
            expected = one_by_one(y, seeds, x)
            first = rows.pull_rows(y, seeds[:1], x, order)
            np.testing.assert_allclose(first, expected[:1], rtol=1e-10, atol=1e-12)
            assert found.dtype == expected.dtype
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("index", [1, slice(None, None, -2), [0, 2, 2], (..., None), (0, None), -1])
def test_indices_and_what_is_used_twice(index):
    x = Value(np.linspace(-1, 1, 4))
    y = np.reshape((x[index] * x[1:2]) ** 2 + x[0] * 3.0, -1)
    seeds = np.eye(y.size)
    np.testing.assert_allclose(
        rows.pull_rows(y, seeds, x, between([y], [x])), one_by_one(y, seeds, x)
    )


def test_indices_that_move_axes():
    x = Value(np.arange(24.0).reshape(2, 3, 4))
    y = x[0, :, [1, 2]] * x[1, 2, 3]
    seeds = np.eye(y.size).reshape(-1, *y.shape)
    found = rows.pull_rows(y, seeds, x, between([y], [x]))
    np.testing.assert_array_equal(found, one_by_one(y, seeds, x))


def test_rows_are_cut_where_values_are_large(monkeypatch):
    together = []
    pull = rows._pull
    monkeypatch.setattr(rows, "_NUMBERS", 12)
    monkeypatch.setattr(
        rows, "_pull", lambda y, s, *rest: together.append(len(s)) or pull(y, s, *rest)
    )
    x = np.linspace(-1, 1, 5)
    np.testing.assert_array_equal(jacobian(lambda x: x * x)(x), np.diag(2 * x))
    assert together == [2, 2, 1]


def test_of_numbers_and_of_float32():
    assert jacobian(lambda x: np.stack([x * 2, x**2, 1 / x]))(2.0).tolist() == [2, 4, -0.25]
    assert jacobian(lambda x: x * np.float64(3))(np.ones(2, np.float32)).dtype == np.float32


def test_a_rule_without_g_and_a_hook_on_the_way():
    x = np.array([1.5, 2.5])
    assert not jacobian(lambda x: np.floor(x))(x).any()

    def hooked(x):
        y = x * x
        y.register_hook(lambda g: 10 * g)
        return y

    np.testing.assert_array_equal(jacobian(hooked)(x), np.diag(20 * x))


def test_hessian_of_a_quadratic_form():
    q = np.array([[2.0, 1.0, 0.0], [1.0, 4.0, -1.0], [0.0, -1.0, 3.0]])
    np.testing.assert_allclose(hessian(lambda x: x @ q @ x / 2)(np.ones(3)), q)


def test_a_changed_array_is_told():
    weights = np.ones(3)

    def f(x):
        y = weights * x
        weights[0] = 5.0
        return y * y

    with pytest.raises(RuntimeError, match="changed"):
        jacobian(f)(np.ones(3))
