"""The backward pass: known answers, sharing, accumulation, depth, memory, and its two loops."""

import gc
import itertools
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, backward_steps, gradients, loop, no_grad, topological
from autograd.backward import sum_to_shape
from autograd.check import broadcastable_values


def test_known_answer():
    x, y, z = Value(1.0), Value(3.0), Value(-3.0)
    p = x + y
    g = p * z
    g.backward()
    assert (p.data, g.data) == (4.0, -12.0)
    assert (x.grad, y.grad, z.grad, p.grad, g.grad) == (-3.0, -3.0, 4.0, -3.0, 1.0)


def test_a_value_used_twice_adds_up():
    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2.0
    b = Value(3.0)
    (b * b).backward()
    assert b.grad == 6.0
    assert (a + a).inputs == (a, a)


def test_leaves_accumulate_and_interior_values_do_not():
    x = Value(2.0)
    y = x * x
    z = y * y
    z.backward()
    assert (y.grad, x.grad) == (8.0, 32.0)
    z.backward()
    assert (y.grad, x.grad) == (8.0, 64.0)
    x.zero_grad()
    assert x.grad is None


def test_leaves_only_keeps_no_interior_gradient():
    x = Value(np.ones(3))
    y = x * 2
    z = y.sum()
    z.backward(leaves_only=True)
    assert (y.grad, z.grad) == (None, None)
    np.testing.assert_array_equal(x.grad, 2 * np.ones(3))


def test_seed():
    x = Value(np.array([1.0, 2.0]))
    (x * x).backward(np.array([1.0, 10.0]))
    np.testing.assert_array_equal(x.grad, [2.0, 40.0])
    y = Value(3.0)
    (y * y).backward(2)
    assert y.grad == 12.0


def test_backward_of_a_leaf():
    x = Value(2.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_gradients_of_interior_values_and_of_strangers():
    x, other = Value(2.0), Value(np.ones(3))
    y = x * x
    z = y * 3
    assert gradients(z, [y, x]) == [3.0, 12.0]
    np.testing.assert_array_equal(gradients(z, [other])[0], np.zeros(3))
    assert x.grad is None and y.grad is None


def test_topological_is_inputs_first():
    x = Value(2.0)
    y = x * 3
    z = (y + x) * y
    order = topological(z)
    assert order[0] is x and order[-1] is z
    for position, value in enumerate(order):
        for operand in value.inputs:
            if isinstance(operand, Value):
                assert any(operand is earlier for earlier in order[:position])


def test_steps_are_complete_when_they_come():
    a = Value(1.0)
    b = a + a
    c = b + b
    steps = {id(step.value): step for step in backward_steps(c)}
    assert steps[id(b)].gradient == 2.0
    assert [d for _, d in steps[id(b)].sent] == [2.0, 2.0]
    assert steps[id(a)].gradient == 4.0


def test_million_operations_deep():
    x = Value(1.0)
    y = x
    for _ in range(1_000_000):
        y = y + 1e-6
    y.backward(leaves_only=True)
    assert x.grad == 1.0


def test_sixty_doublings():
    x = Value(1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60
    assert sum(len(step.sent) for step in backward_steps(y)) == 120


def test_memory_returns_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        x = Value(np.ones(3))
        y = x
        for _ in range(100):
            y = (y * 2).tanh()
        loss = y.sum()
        loss.backward()
        watch = [weakref.ref(v) for v in topological(loss) if v is not x]
        del y, loss
        assert not any(ref() for ref in watch)
    finally:
        gc.enable()


def test_gradients_of_leaves_are_their_own_arrays():
    a, b = Value(np.ones((2, 2))), Value(np.ones((2, 2)))
    (a + b).backward(np.ones((2, 2)))
    a.grad *= 0
    np.testing.assert_array_equal(b.grad, np.ones((2, 2)))
    c = Value(np.ones(3))
    c.sum().backward()
    c.grad += 1  # not a read-only view of a broadcast number


def test_failure_leaves_gradients_as_they_were():
    def broken(g, y, x):
        raise RuntimeError("broken rule")

    op = autograd.define(lambda x: x * 1.0, broken)
    x = Value(np.ones(2))
    x.sum().backward()
    with pytest.raises(RuntimeError, match="broken rule"):
        (op(x) + x * 5).sum().backward()
    np.testing.assert_array_equal(x.grad, np.ones(2))


def test_numbers_where_python_raises():
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        y = 1 / Value(0.0)
    assert y.data == np.inf and type(y.data) is float
    x = Value(0.0)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        x.sqrt().backward()
    assert x.grad == np.inf
    with pytest.warns(RuntimeWarning):
        assert np.isnan((Value(-8.0) ** (1 / 3)).data)


def test_errors():
    with pytest.raises(ValueError, match=r"shape \(3,\).*sum"):
        Value(np.ones(3)).backward()
    with pytest.raises(ValueError, match=r"seed has shape \(2,\)"):
        Value(np.ones(3)).backward(np.ones(2))
    with pytest.raises(RuntimeError, match="integer arrays"):
        (Value(np.arange(3)) * 2).sum().backward()
    with no_grad():
        y = Value(2.0) * 3
    with pytest.raises(RuntimeError, match="no_grad"):
        y.backward()
    with pytest.raises(TypeError, match="starts from a Value"):
        list(backward_steps(3.0))


# ---- the loop that stores gradients is the loop that is shown, to the bit ----

UNARY = [np.tanh, np.sin, np.exp, np.square, autograd.relu, autograd.sigmoid, np.negative]
BINARY = [np.add, np.subtract, np.multiply, np.maximum]


def program(draw, leaves):
    """A random program over the leaves, with sharing."""
    pool = list(leaves)
    for _ in range(draw(st.integers(1, 12))):
        x, y = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
        if draw(st.booleans()):
            pool.append(draw(st.sampled_from(UNARY))(np.tanh(x)))
        else:
            pool.append(draw(st.sampled_from(BINARY))(x, y))
    return pool[-1]


@given(st.data(), broadcastable_values(3))
@settings(max_examples=150, deadline=None)
def test_same_bits_as_the_steps(data, leaves):
    y = program(data.draw, leaves)
    steps = {step.value: step.gradient for step in backward_steps(y, np.ones(y.shape))}
    y.backward(np.ones(y.shape))
    for value in topological(y):
        if value in steps:
            np.testing.assert_array_equal(value.grad, steps[value])
            assert np.shape(value.grad) == value.shape
        else:
            assert value.grad is None


@given(st.data(), st.lists(st.floats(-2, 2), min_size=2, max_size=4))
@settings(max_examples=100, deadline=None)
def test_same_bits_on_scalars(data, numbers):
    leaves = [Value(x) for x in numbers]
    y = program(data.draw, leaves)
    steps = {step.value: step.gradient for step in backward_steps(y)}
    y.backward()
    for leaf in leaves:
        assert leaf.grad == steps.get(leaf)
        assert leaf.grad is None or type(leaf.grad) is float


PARTS = [
    *(1, (0, 2), (..., -1), slice(1, 3), (slice(None), slice(0, 2)), (None, 2)),
    *([0, 0, 2], ([0, 1, 1], [2, 3, 3]), np.arange(12).reshape(3, 4) % 3 == 0),
    slice(None),  # of all
]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_parts_of_an_array_add_up_with_the_same_bits(data):
    x = Value(np.arange(12.0).reshape(3, 4))
    whole = x * 1.0 if data.draw(st.booleans()) else x
    y = np.sum(x)
    for _ in range(data.draw(st.integers(1, 6))):
        factor = data.draw(st.sampled_from([-0.0, 0.0, 0.1, -0.1, 0.7]))
        y = y + np.sum(whole[data.draw(st.sampled_from(PARTS))] * factor)
        if data.draw(st.booleans()):
            y = np.sum(whole * factor) + y
    steps = {step.value: step.gradient for step in backward_steps(y)}
    y.backward()
    for value in (x, whole):
        np.testing.assert_array_equal(value.grad, steps[value])
        np.testing.assert_array_equal(np.signbit(value.grad), np.signbit(steps[value]))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("function", [np.sum, np.mean])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (1,)])
def test_reductions_to_one_number(dtype, function, shape):
    x = Value(np.ones(shape, dtype))
    y = np.real(function(x))
    y.backward()
    assert type(y.grad) is type(y.data)
    assert x.grad.dtype == dtype
    np.testing.assert_array_equal(
        x.grad, np.full(shape, 1 if function is np.sum else 1 / x.size, dtype)
    )
    x.grad += 1  # a leaf's own


def test_the_mean_of_nothing_sends_nothing_back():
    x = Value(np.ones((0, 3)))
    with pytest.warns(RuntimeWarning):
        y = np.mean(x, axis=0)
    y.backward(np.ones(3))
    assert x.grad.shape == (0, 3)


def test_a_rule_for_all_operands_runs_once_a_pass():
    runs = []

    def rule(g, y, *operands):
        runs.append(len(operands))
        return [g * (i + 1) for i in range(len(operands))]

    weighted = autograd.define(
        lambda *xs: sum((i + 1) * x for i, x in enumerate(xs)),
        together=rule,
        bind=lambda *xs: (xs, {}),
    )
    xs = [Value(float(i)) for i in range(5)]
    y = weighted(*xs)
    assert y.data == 1 * 0 + 2 * 1 + 3 * 2 + 4 * 3 + 5 * 4
    y.backward()
    assert [x.grad for x in xs] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert runs == [5]
    assert gradients(y, [xs[3], xs[1]]) == [4.0, 2.0]
    assert runs == [5, 5]
    assert y.op.vjps[2](10.0, y.data, *(x.data for x in xs)) == 30.0
    jacobian = autograd.jacobian(lambda x: weighted(x, x * x))(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(jacobian, np.diag([1 + 4 * 1.0, 1 + 4 * 2.0]))


@pytest.mark.parametrize("join", [np.stack, np.concatenate])
def test_a_jacobian_runs_such_a_rule_once_for_all_rows(join, monkeypatch):
    rules, runs = autograd.OPS[join].vjps, []
    rule = rules.rule

    def counted(g, y, *operands, **params):
        runs.append(np.shape(g))
        return rule(g, y, *operands, **params)

    monkeypatch.setattr(rules, "rule", counted)
    found = autograd.jacobian(lambda x: join([x[i : i + 2] ** 2 for i in range(5)], axis=-1))
    x = np.arange(1.0, 7.0)
    expected = np.zeros((6, 10))
    for i in range(5):
        expected[i, 2 * i] = 2 * x[i]
        expected[i + 1, 2 * i + 1] = 2 * x[i + 1]
    if join is np.stack:
        expected = expected.reshape(6, 5, 2).swapaxes(1, 2)
    np.testing.assert_allclose(found(x), np.moveaxis(expected, 0, -1))
    assert len(runs) == 1


@pytest.mark.parametrize("orders", list(itertools.product("CFT", repeat=4)))
def test_sums_of_arrays_in_several_orders_of_memory_have_the_bits_of_the_steps(orders):
    rng = np.random.default_rng(0)
    x = Value(rng.normal(size=(7, 9)))
    shared, y = autograd.softmax(x), 0.0
    for order in orders:
        weights = np.asarray(rng.normal(size=(7, 9)), order="F" if order == "F" else "C")
        y = y + (np.sum(shared.T * weights.T) if order == "T" else np.sum(shared * weights))
    steps = {step.value: step.gradient for step in backward_steps(y)}
    y.backward()
    np.testing.assert_array_equal(x.grad, steps[x])


def test_an_operand_that_is_none_is_still_an_operand():
    scaled = autograd.define(
        lambda x, b, scale=2.0: x * scale + (0 if b is None else b),
        lambda g, y, x, b="missing", scale=2.0: g * (scale if b is None else np.nan),
        lambda g, y, x, b, scale=2.0: g,
    )
    x = Value(np.arange(3.0))
    for setting, slope in (({}, 2.0), ({"scale": 3.0}, 3.0)):
        x.grad = None
        scaled(x, None, **setting).sum().backward()
        np.testing.assert_array_equal(x.grad, [slope] * 3)


@pytest.mark.parametrize("axis", [None, 0])
def test_the_gradient_of_a_mean_can_be_written_to(axis):
    x = Value(np.ones((4, 2)))
    y = x * 2.0
    y.register_hook(lambda g: g.__setitem__(0, 0.0))
    y.mean(axis=axis).sum().backward()
    assert (x.grad[0] == 0).all() and (x.grad[1:] > 0).all()


def test_three_operands_that_are_numbers():
    a, b = Value(2.0), Value(3.0)
    np.where(True, a, b).backward()
    assert (a.grad, b.grad) == (1.0, 0.0)
    np.clip(a, 0.0, 1.0).backward()
    assert a.grad == 1.0


@pytest.mark.parametrize("shape", [(3, 4), (70_000, 5), (2, 300, 7), (4, 0), (0, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, complex])
def test_what_was_repeated_along_leading_axes_is_summed(shape, dtype):
    g = np.random.default_rng(0).integers(-3, 4, shape).astype(dtype)
    found = sum_to_shape(g, shape[-1:])
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, g.reshape(-1, shape[-1]).sum(0) if g.size else 0)


def test_a_pass_that_fails_leaves_everything_as_it_was():
    def refuse(g, y, x):
        raise RuntimeError("no")

    stubborn = autograd.define(lambda x: x + 1, refuse)
    x = Value(np.ones(2))
    h = x * 2
    y = np.sum(stubborn(h))
    with pytest.raises(RuntimeError, match="no"):
        y.backward()
    assert x.grad is None and h.grad is None
    np.sum(h).backward()
    np.testing.assert_array_equal(x.grad, [2, 2])


@pytest.mark.parametrize("x", [Value(1.5), Value(np.full(2, 1.5))], ids=["number", "array"])
def test_what_no_gradient_reaches_has_none(x):
    times = autograd.define(lambda a, b: a * b, lambda g, y, a, b: g * b, None)
    h = x * 2
    np.sum(times(x, h)).backward()
    assert h.grad is None
    np.testing.assert_array_equal(x.grad, h.data)
    x.grad = None
    np.sum(h).backward()
    np.testing.assert_array_equal(x.grad, 2)


def test_what_an_interrupted_pass_left_misleads_none():
    x = Value(np.ones(2))
    h = x * 2
    y = np.sum(h * h)
    h.grad = loop._Mark()
    y.backward()
    np.testing.assert_array_equal(x.grad, 8)
    np.testing.assert_array_equal(h.grad, 4)


def test_gradients_keep_the_order_of_bytes():
    x = Value(np.array([1.0, 2.0], ">f8"))
    np.sum(np.broadcast_to(x, (3, 2))).backward()
    assert x.grad.dtype.str == ">f8"
