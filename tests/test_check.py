"""The checker is checked: planted errors must be found."""

import numpy as np
import pytest
from hypothesis import given, settings

import autograd
from autograd import Value
from autograd.check import GradientError, broadcastable_values, check_gradients, values


def planted(*vjps):
    """Multiplication with the given rules."""
    return autograd.define(lambda a, b: a * b, *vjps)


A, B = np.array([[0.5, -1.5, 2.0]]), np.array([[1.0], [2.0]])


def right_a(g, y, a, b):
    return g * b


def right_b(g, y, a, b):
    return g * a


def test_right_rules_pass():
    check_gradients(planted(right_a, right_b), A, B, order=3)


def test_rule_off_by_a_thousandth():
    with pytest.raises(GradientError, match=r"order 1, operand 1, index \(0, 0\)"):
        check_gradients(planted(right_a, lambda g, y, a, b: 1.001 * g * a), A, B)


def test_missing_operand():
    with pytest.raises(GradientError, match="operand 0"):
        check_gradients(planted(None, right_b), A, B)


def test_forgotten_use():
    # a * a counted once
    square = autograd.define(lambda x: x * x, lambda g, y, x: g * x)
    with pytest.raises(GradientError):
        check_gradients(square, A)


def test_lost_broadcast(monkeypatch):
    from autograd import backward

    monkeypatch.setattr(backward, "fit", lambda dx, like: dx)
    with pytest.raises(GradientError, match="gradient has shape"):
        check_gradients(planted(right_a, right_b), A, B)


def test_broadcast_summed_over_the_wrong_axis(monkeypatch):
    from autograd import backward

    wrong = lambda x, shape: np.broadcast_to(np.mean(x), shape)  # noqa: E731
    monkeypatch.setattr(backward, "sum_to_shape", wrong)
    with pytest.raises(GradientError):
        check_gradients(planted(right_a, right_b), A, B)


def test_second_order_error_needs_order_two():
    # The rule's numbers are right, but it hides x from the second derivative.
    hidden = autograd.define(
        lambda x: x * x, lambda g, y, x: 2 * g * (x.data if isinstance(x, Value) else x)
    )
    check_gradients(hidden, A)
    with pytest.raises(GradientError, match="order 2"):
        check_gradients(hidden, A, order=2)


def test_rule_that_is_not_linear_in_g():
    square_g = autograd.define(lambda x: x * 1.0, lambda g, y, x: g * g)
    with pytest.raises(GradientError):
        check_gradients(square_g, A)


def test_nan_is_not_close_to_anything():
    nan = autograd.define(lambda x: x * 1.0, lambda g, y, x: g * np.nan)
    with pytest.raises(GradientError, match="nan"):
        check_gradients(nan, A)


def test_constant_function_must_be_flat():
    check_gradients(lambda x: Value(np.ones(2)), A)
    with pytest.raises(GradientError):
        check_gradients(lambda x: Value(x.data * 2.0, requires_grad=False), A)
    with pytest.raises(TypeError, match="gives a Value"):
        check_gradients(lambda x: x.data, A)


@given(values())
@settings(max_examples=50, deadline=None)
def test_values_strategy(x):
    assert isinstance(x, Value) and x.requires_grad
    assert x.ndim or type(x.data) is float
    check_gradients(np.sin, x)


@given(broadcastable_values(2))
@settings(max_examples=50, deadline=None)
def test_broadcasting_is_undone(pair):
    check_gradients(lambda a, b: a * b + a, *pair, order=2)
