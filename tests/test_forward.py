"""Forward mode: against reverse mode, differences, and jacobians; nested both ways."""

import numpy as np
import pytest

from autograd import (
    IndependentWarning,
    Value,
    checkpoint,
    deriv,
    grad,
    grad_and_aux,
    hessian,
    hessian_vector_product,
    holomorphic_grad,
    jacobian,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    no_grad,
    value_and_grad,
    vector_jacobian_product,
)

A = np.random.default_rng(0).normal(size=(3, 4))
X = np.random.default_rng(1).normal(size=4)
V = np.random.default_rng(2).normal(size=4)


def layer(x):
    return np.tanh(A @ x) * np.sum(x)


def test_jvp_is_the_jacobian_times_a_vector():
    value, change = make_jvp(layer)(X)(V)
    np.testing.assert_array_equal(value, layer(X))
    np.testing.assert_allclose(change, jacobian(layer)(X) @ V, rtol=1e-12)


def test_vjp_is_a_vector_times_the_jacobian():
    vjp, value = make_vjp(layer)(X)
    np.testing.assert_array_equal(value, layer(X))
    g = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(vjp(g), g @ jacobian(layer)(X), rtol=1e-12)
    np.testing.assert_allclose(vector_jacobian_product(layer)(X, g), vjp(g), rtol=1e-12)


def test_modes_nest_in_every_order():
    f = lambda x: np.sin(x) * np.exp(x)  # noqa: E731
    second = 2 * np.cos(0.7) * np.exp(0.7)
    for outer in (grad, deriv):
        for inner in (grad, deriv):
            assert abs(outer(inner(f))(0.7) - second) < 1e-12, (outer, inner)


def test_perturbations_are_told_apart():
    """d/dx of x · (d/dy of x·y at y = 1): the example of Siskind & Pearlmutter (2008)."""
    for inner in (grad, deriv):
        for outer in (grad, deriv):
            assert outer(lambda x: x * inner(lambda y: x * y)(1.0))(3.0) == 6.0  # noqa: B023


def test_hessian_products():
    f = lambda x: np.sum(np.sin(A @ x) ** 2)  # noqa: E731
    h = hessian(f)(X)
    np.testing.assert_allclose(h, h.T, atol=1e-12)
    hvp, g = make_hvp(f)(X)
    np.testing.assert_allclose(hvp(V), h @ V, rtol=1e-10)
    np.testing.assert_allclose(g, grad(f)(X))
    np.testing.assert_allclose(hessian_vector_product(f)(X, V), h @ V, rtol=1e-10)
    np.testing.assert_allclose(make_jvp(grad(f))(X)(V)[1], h @ V, rtol=1e-10)
    j = jacobian(layer)(X)
    np.testing.assert_allclose(make_ggnvp(layer)(X)(V), j.T @ (j @ V), rtol=1e-10)


def test_containers_in_and_out():
    def f(p, scale):
        return {"y": p["w"] @ p["b"][0] * scale, "z": (p["b"][1] ** 2,)}

    p = {"w": A, "b": [X, 2.0]}
    vjp, value = make_vjp(f)(p, 3.0)
    assert set(value) == {"y", "z"} and isinstance(value["z"], tuple)
    g = vjp({"y": np.ones(3), "z": (1.0,)})
    np.testing.assert_allclose(g["w"], 3 * np.outer(np.ones(3), X))
    assert type(g["b"]) is list and g["b"][1] == 4.0
    _, change = make_jvp(f)(p, 3.0)({"w": 0 * A, "b": [V, 1.0]})
    np.testing.assert_allclose(change["y"], 3 * A @ V)
    assert change["z"][0] == 4.0
    both = grad(lambda a, b: np.sum(a["x"] * b), argnum=(0, 1))({"x": X}, V)
    np.testing.assert_allclose(both[0]["x"], V)
    np.testing.assert_allclose(both[1], X)


def test_gradients_have_the_type_of_their_argument():
    square = lambda x: np.sum(np.real(x * x))  # noqa: E731
    assert type(grad(square)(2.0)) is float
    assert type(grad(square)(2.0 + 1j)) is complex
    for kind in (np.float16, np.float32, np.float64, np.longdouble, np.complex64, np.complex128):
        assert type(grad(square)(kind(2.0))) is kind
        array = grad(square)(np.ones((2, 3), kind))
        assert type(array) is np.ndarray and array.dtype == kind and array.shape == (2, 3)
    zero_d = grad(square)(np.array(2.0, np.float32))
    assert type(zero_d) is np.ndarray and zero_d.shape == () and zero_d.dtype == np.float32


def test_inside_no_grad():
    with no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert make_jvp(lambda x: x * x)(3.0)(1.0) == (9.0, 6.0)


def test_closures_over_values():
    w = Value(2.0)
    slope = grad(lambda x: w * x * x)(3.0)
    slope.backward()
    assert slope.item() == 12.0 and w.grad == 6.0


def test_aux_and_value():
    gradient, aux = grad_and_aux(lambda x: (np.sum(x**2), {"twice": 2 * x}))(X)
    np.testing.assert_allclose(gradient, 2 * X)
    np.testing.assert_allclose(aux["twice"], 2 * X)
    assert type(aux["twice"]) is np.ndarray
    assert value_and_grad(lambda x: x * x)(3.0) == (9.0, 6.0)


def test_complex_derivatives():
    f = lambda z: np.exp(z) * z  # noqa: E731
    z = 0.3 + 0.4j
    assert abs(holomorphic_grad(f)(z) - np.exp(z) * (1 + z)) < 1e-12
    assert abs(jacobian(f)(z) - np.exp(z) * (1 + z)) < 1e-12
    turn = lambda x: np.exp(1j * x)  # noqa: E731
    np.testing.assert_allclose(jacobian(turn)(0.5), 1j * np.exp(0.5j), rtol=1e-12)
    np.testing.assert_allclose(deriv(turn)(0.5), 1j * np.exp(0.5j), rtol=1e-12)
    with pytest.raises(TypeError, match="not holomorphic"):
        jacobian(lambda z: z * np.conj(z) * (1 + 1j))(z)


def test_independence_is_told():
    for derivative in (
        lambda: grad(lambda x: 3.0)(1.0),
        lambda: make_vjp(lambda x: np.ones(2))(1.0)[0](np.ones(2)),
        lambda: make_jvp(lambda x: 3.0)(1.0)(1.0)[1],
    ):
        with pytest.warns(IndependentWarning, match="does not depend"):
            assert derivative() == 0.0


def test_checkpoint_forgets_and_computes_again():
    calls = []

    def part(x, w):
        calls.append(1)
        for _ in range(20):
            x = np.tanh(x * w["a"])
        return {"out": x, "sum": np.sum(x)}

    def whole(part, x, a):
        y = part(x, {"a": a})
        return np.sum(y["out"] ** 2) + y["sum"]

    plain = grad(whole, (1, 2))(part, X, 0.9)
    calls.clear()
    again = grad(whole, (1, 2))(checkpoint(part), X, 0.9)
    assert len(calls) == 2
    np.testing.assert_allclose(again[0], plain[0], rtol=1e-13)
    np.testing.assert_allclose(again[1], plain[1], rtol=1e-13)
    np.testing.assert_allclose(
        hessian(lambda x: whole(checkpoint(part), x, 0.9))(X),
        hessian(lambda x: whole(part, x, 0.9))(X),
        rtol=1e-10,
        atol=1e-12,
    )
    x = Value(X)
    assert len(list(checkpoint(part)(x, {"a": 0.9})["sum"].inputs)) == 1


def test_checkpoints_before_something_linear():
    f = lambda x: np.sum(checkpoint(np.sin)(x)) + np.sum(x**2)  # noqa: E731
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(hessian(f)(x), np.diag(2 - np.sin(x)), rtol=1e-12)
    assert grad(grad(checkpoint(lambda x: x**3)))(2.0) == 12.0
    assert grad(grad(checkpoint(checkpoint(lambda x: x**3))))(2.0) == 12.0


def test_finished_runs_leave_no_trace():
    vjp, _ = make_vjp(lambda x: x**2)(3.0)
    assert type(grad(vjp)(1.0)) is float and grad(vjp)(1.0) == 6.0
    hvp, _ = make_hvp(lambda x: np.sum(x**3))(np.ones(2))
    assert type(jacobian(hvp)(np.ones(2))) is np.ndarray
    outer = grad(lambda x: grad(make_vjp(lambda y: x * y**2)(3.0)[0])(1.0))
    assert outer(5.0) == 6.0


def test_fixed_points_to_any_order():
    from autograd.misc.fixed_points import fixed_point

    newton = lambda a: lambda x: 0.5 * (x + a / x)  # noqa: E731
    root = lambda a: fixed_point(newton, a, 1.0, lambda x, y: abs(x - y), 1e-14)  # noqa: E731
    assert abs(grad(root)(2.0) - 0.5 / np.sqrt(2)) < 1e-12
    second = grad(grad(root))(2.0)
    assert type(second) is float and abs(second + 0.25 * 2**-1.5) < 1e-10
    assert abs(deriv(grad(root))(2.0) + 0.25 * 2**-1.5) < 1e-10


def test_gradients_are_the_callers_own():
    x = np.arange(6.0)
    for f in (np.sum, lambda x: np.sum(np.reshape(x, (2, 3)).T), lambda x: np.sum(x[:3])):
        g = grad(f)(x)
        g *= 0.5
    a, b = grad(lambda a, b: np.sum(a + b), (0, 1))(x, x)
    a += 1
    assert b[0] == 1.0
