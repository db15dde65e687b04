"""Derivatives of plain functions, nested and over closures."""

import contextlib

import numpy as np
import pytest

import autograd
import autograd.numpy as anp
from autograd import (
    Value,
    define,
    elementwise_grad,
    grad,
    hessian,
    jacobian,
    no_grad,
    value_and_grad,
)


def test_nested_to_order_five():
    f = np.tanh
    for _ in range(5):
        f = grad(f)
    x, h = 0.3, 1e-3
    f4 = np.tanh
    for _ in range(4):
        f4 = grad(f4)
    expected = (8 * (f4(x + h) - f4(x - h)) - (f4(x + 2 * h) - f4(x - 2 * h))) / (12 * h)
    assert f(x) == pytest.approx(expected, rel=1e-8)


def test_inner_derivative_is_by_its_own_argument():
    # d/dx of x · d/dy (x + y) is 1; an engine that mixes up the two levels says 2
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0


def test_closure_over_a_value():
    w = Value(2.0)
    d = grad(lambda x: x * x * w)(3.0)
    d.backward()
    assert (d.item(), w.grad) == (12.0, 6.0)


def test_gradient_has_shape_and_dtype_of_argument():
    x = np.ones((2, 3), np.float32)
    d = grad(lambda x: np.sum(x * np.float64(2)))(x)
    assert d.dtype == np.float32
    assert d.shape == (2, 3)
    assert type(grad(np.sin)(1.0)) is float


def test_several_arguments():
    assert grad(lambda x, y: x * y, (0, 1))(3.0, 4.0) == (4.0, 3.0)
    assert value_and_grad(lambda x, y: x * y, 1)(3.0, 4.0) == (12.0, 3.0)


def test_jacobian_and_hessian():
    a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    np.testing.assert_array_equal(jacobian(lambda x: a @ x)(np.ones(2)), a)
    q = np.array([[2.0, 1.0], [1.0, 4.0]])
    np.testing.assert_allclose(hessian(lambda x: x @ q @ x / 2)(np.ones(2)), q)
    np.testing.assert_allclose(elementwise_grad(np.exp)(np.zeros(3)), np.ones(3))


def test_independent_function_gives_zero():
    with pytest.warns(autograd.IndependentWarning, match="does not depend"):
        assert grad(lambda x: 3.0)(2.0) == 0.0
    with pytest.warns(autograd.IndependentWarning):
        np.testing.assert_array_equal(grad(lambda x: 3.0)(np.ones(2)), [0, 0])


def test_errors_name_the_way_out():
    with pytest.raises(TypeError, match="jacobian"):
        grad(lambda x: x * 2)(np.ones(3))
    with pytest.raises(TypeError, match=r"argument 0 is the integer 3.*pass 3\.0"):
        grad(lambda x: x * x)(3)
    with pytest.warns(autograd.IntegerWarning, match="astype"):
        assert grad(lambda x: np.sum(x * x))(np.arange(3)).tolist() == [0, 2, 4]
    with pytest.raises(TypeError, match="argument 1 is a str"):
        grad(lambda x, y: x, 1)(1.0, "a")
    with pytest.raises(TypeError, match="argument 2"):
        grad(lambda x: x, 2)(1.0)


def test_array_of_values_stays_in_the_graph():
    x, y = Value(2.0), Value(3.0)
    a = anp.array([[x, y], [1.0, x * y]])
    assert a.shape == (2, 2)
    a.sum().backward()
    assert (x.grad, y.grad) == (4.0, 3.0)
    assert anp.sin is np.sin


@pytest.mark.parametrize("recording", [True, False])
def test_what_a_function_refers_to_keeps_its_gradient(recording):
    w = Value(2.0)
    h = w * 3.0
    h.backward()
    for f, slope in ((lambda x: x * x * w, 8.0), (lambda x: x * x * h, 24.0)):
        with contextlib.nullcontext() if recording else no_grad():
            found = grad(f)(2.0)
        assert float(found.data if recording else found) == slope
        assert (w.grad, h.grad) == (3.0, 1.0)


def test_a_function_that_fails_in_its_rule_can_be_asked_again():
    fails = [True]

    def rule(g, y, x):
        if fails.pop():
            raise RuntimeError("once")
        return 2 * g * x

    square = define(lambda x: x * x, rule)
    with pytest.raises(RuntimeError, match="once"):
        grad(square)(3.0)
    fails.append(False)
    assert grad(square)(3.0) == 6.0


@pytest.mark.parametrize("shared", [False, True])
def test_gradients_of_one_function_are_apart(shared):
    ones = np.ones(3)
    both = define(lambda a, b: a + b, lambda g, y, a, b: ones, lambda g, y, a, b: ones)
    add = both if shared else np.add
    first, second = grad(lambda a, b: np.sum(add(a, b)), (0, 1))(np.ones(3), np.ones(3))
    first += 1
    np.testing.assert_array_equal(second, 1)
