"""Checks: the gradients of a stepper against central differences, and why the two may differ."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, relu
from autograd.extend import defvjp, primitive
from viz import step
from viz.check import Check


def checked(out: Value) -> dict[str, Check]:
    return {check.name: check for check in step(out, names={"out": out}).checks}


def test_every_number_with_a_gradient_is_checked() -> None:
    x, y = Value(1.0, name="x"), Value(3.0, name="y")
    found = checked((x + y).tanh() * y)
    assert [*found] == ["x", "y", "t1", "t2", "out"]
    for check in found.values():
        assert check.agrees
        assert math.isclose(check.gradient, check.difference, rel_tol=1e-6)
        assert check.note == ""


@settings(max_examples=60, deadline=None)
@given(st.floats(0.1, 3), st.floats(-3, -0.1), st.integers(0, 4))
def test_smooth_programs_agree(a, b, which) -> None:
    x, y = Value(a, name="x"), Value(b, name="y")
    make = [
        lambda: (x * y).exp() + x**3,
        lambda: (x / y).tanh() * 1e6,
        lambda: np.sin(100 * x) * y,
        lambda: x * 1e-9 + y * 1e-9,
        lambda: ((x - y) * (x - y)).log(),
    ][which]
    assert all(check.agrees for check in checked(make()).values())


MEAN = "The central difference is the mean of the two."
KINKS = [
    (
        lambda x: x.relu() * 3.0,
        False,
        f"relu at 0: slope 0 on the left, 1 on the right; the engine takes 0. {MEAN}",
    ),
    (
        lambda x: abs(x),
        True,
        f"abs at 0: slope -1 on the left, 1 on the right; the engine takes 0. {MEAN}",
    ),
    (
        lambda x: -(-x).relu(),
        False,
        f"relu at 0: slope 0 on the left, 1 on the right; the engine takes 0. {MEAN}",
    ),
    (
        lambda x: np.maximum(x, 0.0),
        True,
        "max at a tie of two 0s: slope 0 on the left, 1 on the right; the engine takes 0.5. "
        f"{MEAN}",
    ),
    (
        lambda x: np.sign(x) + x,
        False,
        "sign jumps at 0, from -1 to 1: no slope describes that.",
    ),
    (
        lambda x: np.floor(x) + x,
        False,
        "floor jumps at 0, from -1 to 0: no slope describes that.",
    ),
    (
        lambda x: (x - 1e-7).relu(),  # a smaller step does not reach the kink
        True,
        "",
    ),
    (
        lambda x: (x + 1e10) - 1e10,
        True,
        "Rounding alone moves the difference by 0.367: too much to tell.",
    ),
]


@pytest.mark.parametrize(("make", "agrees", "note"), KINKS)
def test_where_the_two_may_differ_it_says_why(make, agrees, note) -> None:
    check = checked(make(Value(0.0, name="x")))["x"]
    assert (check.agrees, check.note) == (agrees, note)


SCALES = [
    (1e8, lambda x: np.sin(x)),
    (1e6, lambda x: np.sin(x)),
    (1e-6, lambda x: np.tanh(x * 1e6)),
    (1e-6, lambda x: 1 / x),
    (1e-6, lambda x: x**-1),
    (1e-12, lambda x: np.sqrt(x)),
    (1e-8, lambda x: np.log(x)),
    (1e-3, lambda x: np.exp(-((x - 2e-3) ** 2) * 1e9)),
    (1.01e-3, lambda x: np.exp(-((x - 1e-3) ** 2) * 1e9)),
    (0.0, lambda x: np.cos(x * 1e6)),
]


@pytest.mark.parametrize(("number", "make"), SCALES)
def test_the_step_becomes_as_small_as_the_function_needs(number, make) -> None:
    found = checked(make(Value(number, name="x")))
    assert all(check.agrees and not check.note for check in found.values()), found


@pytest.mark.parametrize(("number", "make"), SCALES[:7])
def test_a_rule_that_is_off_is_found_at_every_scale(number, make) -> None:
    @primitive
    def same(x):
        return 1.0 * x

    defvjp(same, lambda ans, x: lambda g: 1.001 * g)
    check = checked(same(make(Value(number, name="x"))))["x"]
    assert not check.agrees
    assert "rule of same" in check.note


def test_where_no_step_tells_anything_nobody_is_accused() -> None:
    check = checked(np.sin(Value(1e12, name="x")))["x"]
    assert not check.agrees
    assert check.note.startswith("The difference cannot be trusted here: it is between")


def test_numbers_that_are_not_finite_are_traced_to_where_they_come_from() -> None:
    with np.errstate(all="ignore"):
        outs = [np.sqrt(Value(0.0, name="x")), np.log(Value(0.0, name="x")) * 2.0]
        outs += [np.exp(Value(1.0, name="x") * 800.0), Value(1e300, name="x") ** 2]
    root, log, huge, power = (checked(out)["x"] for out in outs)  # without a warning
    assert not power.agrees
    assert not root.agrees
    assert root.note == "out = sqrt(x) is NaN a small step away, where sqrt is not defined."
    assert log.note == "t1 = log(x) is not a finite number here."
    assert huge.note == "out = exp(t1) is not a finite number here."


def test_a_wrong_rule_is_found_and_named() -> None:
    @primitive
    def cube(x):
        return x**3

    defvjp(cube, lambda ans, x: lambda g: g * 2 * x**2)
    x, y = Value(2.0, name="x"), Value(1.0, name="y")
    found = checked(abs(cube(x.tanh() + x)) * y)
    assert not found["x"].agrees
    assert "The gradient rule of cube sends" in found["x"].note
    assert found["y"].agrees


def test_a_wrong_rule_beside_a_kink_is_not_excused_by_it() -> None:
    @primitive
    def triple(x):
        return 3 * x

    defvjp(triple, lambda ans, x: lambda g: 50 * g)
    check = checked(triple(Value(0.0, name="x").relu() + abs(Value(1.0, name="y"))))
    assert "rule of triple" in check["y"].note
    both = Value(0.0, name="both")
    assert "rule of triple" in checked(triple(both) + abs(both))["both"].note


def test_of_an_array_the_worst_entry_is_told() -> None:
    x = Value([1.0, 0.0, 2.0], name="x")
    check = checked((relu(x) * np.array([1.0, 5.0, 1.0])).sum())["x"]
    assert (check.gradient, check.agrees) == (0.0, False)
    assert math.isclose(check.difference, 2.5, rel_tol=1e-9)
    assert check.note.startswith("Entry [1]: relu at 0: slope 0 on the left, 1 on the right")
    assert "x" not in checked(Value(np.ones(17), name="x").sum())


def test_single_precision_is_checked_in_double() -> None:
    x = Value(np.float32(1.7), name="x")
    W = Value(np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3), name="W")
    found = checked(((W * x).tanh() ** 2).sum())
    assert found["x"].agrees
    assert found["W"].agrees
    assert abs(found["x"].gradient - found["x"].difference) > 0


def test_a_seed_weighs_the_outputs() -> None:
    x = Value([1.0, 2.0], name="x")
    out = x * x
    check = step(out, seed=[1.0, 10.0], names={"out": out}).checks[0]
    assert check.agrees
    assert math.isclose(check.difference, 40.0, rel_tol=1e-6)
    assert check.note.endswith("The difference is that of the sum of seed · out.")


def test_an_operation_that_fails_a_small_step_away_says_so() -> None:
    @primitive
    def careful(x):
        if x != 2.0:
            raise ValueError("only 2")
        return x

    defvjp(careful, lambda ans, x: lambda g: g)
    check = checked(careful(Value(2.0, name="x")) * 1.0)["x"]
    assert not check.agrees
    assert check.note.startswith("A small step of 1.21e-05 away the program fails: only 2")


def test_values_are_not_changed_and_large_graphs_are_not_checked() -> None:
    x = Value(1.0, name="x")
    y = x
    for _ in range(250):
        y = y + 1.0
    assert step(y, max_values=300).checks == ()
    assert x.grad is None
    assert x.data == 1.0
