"""Every operation, each of its shapes and settings: first and second order, and float32."""

import inspect

import numpy as np
import pytest

from autograd import OPS, Value, gradients
from autograd.check import all_draws, check_gradients

DRAWS = all_draws()


def differentiable(draw):
    """The draw as a function of the operands that a gradient flows to, and those operands."""
    args = draw.args()
    free = [
        i
        for i, (_, vjp) in enumerate(zip(args, draw.op.vjps, strict=False))
        if vjp is not None and np.asarray(args[i]).dtype.kind == "f"
    ]

    def f(*operands):
        full = list(args)
        for i, operand in zip(free, operands, strict=True):
            full[i] = operand
        return draw(*full)

    return f, [args[i] for i in free]


@pytest.mark.parametrize("draw", DRAWS, ids=str)
def test_gradient_and_gradient_of_gradient(draw):
    f, args = differentiable(draw)
    check_gradients(f, *args, order=2)


@pytest.mark.parametrize("draw", DRAWS, ids=str)
def test_float32_stays_float32(draw):
    args = draw.args(np.float32)
    args = [Value(x) if np.asarray(x).dtype.kind == "f" else x for x in args]
    y = draw(*args)
    expected = draw.params.get("dtype", np.float32)
    assert y.dtype == expected
    y.backward(np.ones(y.shape, y.dtype))
    for x, vjp in zip(args, draw.op.vjps, strict=False):
        if isinstance(x, Value) and vjp is not None:
            assert x.grad.dtype == np.float32
            assert x.grad.shape == x.shape


@pytest.mark.parametrize("draw", DRAWS, ids=str)
def test_same_on_arrays_and_values(draw):
    args = draw.args()
    plain = draw.op.forward(*args, **draw.params)
    traced = draw(*[Value(x) for x in args])
    np.testing.assert_array_equal(plain, traced.data)


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.scalar], ids=lambda op: op.name)
def test_python_floats_give_what_arrays_give(op):
    draw = next(d for d in DRAWS if d.op is op and not any(d.shapes))
    args = draw.args()
    value = op.scalar(*args)
    assert type(value) is float
    np.testing.assert_allclose(value, op.forward(*map(np.float64, args)), rtol=1e-15)
    scalars = [Value(x) for x in args]
    ones = [Value(np.array([x])) for x in args]
    for x, g in zip(args, gradients(draw(*scalars), scalars), strict=True):
        assert type(g) is float, (x, g)
    got = gradients(draw(*scalars), scalars)
    expected = gradients(draw(*ones), ones)
    np.testing.assert_allclose(got, np.ravel(expected), rtol=1e-14)


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_record_is_complete(op):
    assert op.cases
    assert op.label
    assert not op.arity or len(op.vjps) == op.arity
    if op.formulas and op.arity:
        assert len(op.formulas) == op.arity
    for vjp in op.vjps if op.arity else [op.vjps.rule]:
        if vjp is not None:
            assert list(inspect.signature(vjp).parameters)[0 if op.arity else 1] in "gh"


def test_domain_keeps_away_from_kinks():
    for draw in DRAWS:
        for x in draw.args():
            if np.asarray(x).dtype.kind == "f" and np.size(x):
                assert np.abs(x).min() > 0.01
                assert np.unique(x).size == np.size(x)
