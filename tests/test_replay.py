"""The same operations on other numbers, and what is no longer what it was computed from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, replay, topological
from autograd.backward import changed
from autograd.check import programs


@given(programs(), st.data())
def test_other_numbers_give_what_the_program_gives(program, data):
    values = [Value(x) for x in program.inputs]
    out = program(*values)
    index = data.draw(st.integers(0, len(values) - 1))
    other = [Value(x) for x in program.inputs]
    other[index] = Value(np.asarray(program.inputs[index]) * 0.5 + 0.25)
    if not isinstance(out, Value) or values[index] not in set(topological(out)):
        return
    expected = program(*other)
    new = replay(out, {values[index]: other[index].data})[out]
    np.testing.assert_array_equal(new.data, expected.data)


def test_an_interior_value_becomes_a_leaf():
    x = Value(2.0, name="x")
    p = x * x
    out = p + x
    new = replay(out, {p: 10.0})
    assert new[out].item() == 12.0 and new[p].op is None
    new[out].backward()
    assert new[p].grad == 1.0 and new[x].grad == 1.0 and x.grad is None


def test_names_modules_settings_and_constants_are_kept():
    model = nn.Linear(3, 2)
    image = Value(np.ones((4, 3)), requires_grad=False)
    out = model(image).sum(axis=0)
    out.name = "out"
    new = replay(out, {})
    assert new[image] is image
    assert new[out].name == "out" and new[out].params == out.params
    assert new[out.inputs[0]].module is out.inputs[0].module
    assert np.array_equal(new[out].data, out.data) and new[out] is not out


def test_float32_stays_float32():
    x = Value(np.ones(3, np.float32))
    y = x * 2
    assert replay(y, {x: np.zeros(3)})[y].dtype == np.float32


def test_refusals():
    x, other = Value([1.0, 2.0], name="x"), Value(1.0)
    y = x.sum()
    with pytest.raises(ValueError, match="no part"):
        replay(y, {other: 1.0})
    with pytest.raises(ValueError, match=r"shape \(2,\).*shape \(3,\)"):
        replay(y, {x: np.ones(3)})


# ---- data that changed since ---------------------------------------------------------------------


def test_assignments_and_changes_in_place_are_found():
    a = np.arange(4.0)
    x, w = Value(a, name="x"), Value(np.ones(4), name="w")
    product = x * w
    total = product + x
    order = topological(total)
    assert changed(order) == {}
    w.data = w.data * 2
    assert changed(order) == {product: (1,)}
    a[0] = 9.0
    assert changed(order) == {product: (0, 1), total: (1,)}
    a[0] = 0.0
    assert changed(order) == {product: (1,)}


def test_numbers_and_operations_that_read_nothing():
    x = Value(2.0)
    y = x + 3
    assert changed(topological(y)) == {}
    x.data = 5.0
    assert changed(topological(y)) == {y: (0,)}


def test_an_optimiser_step_is_found():
    model = nn.Linear(3, 2)
    loss = (model(np.ones((4, 3))) ** 2).mean()
    loss.backward()
    assert changed(topological(loss)) == {}
    nn.optim.SGD(model.parameters(), lr=0.1).step()
    (node,) = changed(topological(loss))
    assert node.op.name == "linear"
