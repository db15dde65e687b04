"""odeint: values against SciPy, gradients by the adjoint method, refusals."""

import numpy as np
import pytest

pytest.importorskip("scipy")

import scipy.integrate

import autograd.numpy as anp
from autograd import Value, check_gradients, grad, no_grad
from autograd.scipy import integrate

RNG = np.random.default_rng(7)

EXACT = {"rtol": 1e-11, "atol": 1e-11}


def test_odeint_of_plain_arrays_is_scipys():
    t = np.linspace(0, 1, 4)
    f = lambda y, t, k: -k * y  # noqa: E731
    expected = scipy.integrate.odeint(f, [1.0, 2.0], t, (3.0,))
    np.testing.assert_array_equal(integrate.odeint(f, [1.0, 2.0], t, (3.0,)), expected)
    np.testing.assert_array_equal(integrate.odeint(f, [1.0, 2.0], t, (Value(3.0),)).data, expected)


def test_odeint_against_the_exact_solution():
    def last(y0, t, k):  # y0 exp(−k (t1 − t0))
        return integrate.odeint(lambda y, t, k: -k * y, y0, t, (k,), **EXACT)[-1, 0]

    y0, t, k = 1.5, np.array([0.3, 0.8, 1.1]), 2.0
    y = y0 * np.exp(-k * 0.8)
    np.testing.assert_allclose(grad(last, 0)(y0, t, k), y / y0, rtol=1e-8)
    np.testing.assert_allclose(grad(last, 1)(y0, t, k), [k * y, 0, -k * y], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(grad(last, 2)(y0, t, k), -0.8 * y, rtol=1e-8)
    second = grad(lambda k: grad(last, 2)(y0, t, k))
    np.testing.assert_allclose(second(k), 0.64 * y, rtol=1e-7)


def _swing(y, t, shift, force):
    return [y[1] - shift, force * np.cos(t) - np.sin(y[0])]


def test_odeint_gradients_of_both_orders():
    def f(y0, t, shift, force):
        return integrate.odeint(_swing, y0, t, (shift, force), **EXACT)

    args = (np.array([0.3, 0.1]), np.array([0.1, 0.3, 0.4]), 0.2, 1.1)
    check_gradients(f, *args, order=2, rtol=1e-5, atol=1e-7)


def test_odeint_with_nested_arguments_and_settings():
    def slope(t, y, parameters, power, weights):
        return -(parameters["rate"] * y**power) + anp.dot(weights, y)

    weights = 0.1 * RNG.normal(size=(2, 2))

    def f(rate):
        settings = {"tfirst": True, "rtol": [1e-11] * 2, "atol": [1e-11] * 2, "mxstep": 5000}
        args = ({"rate": rate}, 2, weights)
        return integrate.odeint(slope, [1.0, 0.5], [0.0, 0.2], args, **settings)

    check_gradients(f, np.array([0.3, 0.8]), rtol=1e-5)


def test_odeint_with_its_derivative():
    def f(k):
        return integrate.odeint(
            lambda y, t, k: -k * y, [1.0], [0.0, 1.0], (k,), Dfun=lambda y, t, k: [[-k]], **EXACT
        )

    check_gradients(f, 2.0, rtol=1e-5)


def test_odeint_of_a_constant_slope():
    y0 = Value([1.0, 2.0])
    integrate.odeint(lambda y, t: np.ones(2), y0, [0.0, 1.0]).sum().backward()
    np.testing.assert_allclose(y0.grad, 2)


def test_odeint_at_one_time_only():
    y0 = Value([1.0, 2.0])
    integrate.odeint(lambda y, t: -y, y0, [0.5]).sum().backward()
    np.testing.assert_allclose(y0.grad, 1)


def test_odeint_refuses_what_it_would_lose():
    k = Value(2.0)
    with pytest.raises(TypeError, match="none of its arguments"):
        integrate.odeint(lambda y, t: -k * y, Value(1.0), [0.0, 1.0])
    with pytest.raises(NotImplementedError, match="full_output"):
        integrate.odeint(lambda y, t: -y, Value(1.0), [0.0, 1.0], full_output=True)
    with no_grad():
        y = integrate.odeint(lambda y, t: -k * y, Value(1.0), [0.0, 1.0])
    assert y.data[1, 0] == pytest.approx(np.exp(-2), rel=1e-6)
