"""Rules that write themselves."""

import numpy as np
import pytest

import autograd
from autograd import OPS
from viz.formula import Symbol, formula, numbers

RULES = [
    (op, slot, params)
    for op in OPS.values()
    for slot, vjp in enumerate(op.vjps if op.arity else [op.vjps[0]])
    if vjp is not None
    if op.cases
    for params in [op.cases[0][1]]
]


@pytest.mark.parametrize(("op", "slot", "params"), RULES, ids=lambda x: str(x)[:40])
def test_every_rule_writes_itself(op, slot, params):
    text = formula(op, slot, params)
    assert text
    assert " at 0x" not in text and "lambda" not in text and "Symbol" not in text
    assert text.count("(") == text.count(")")


KNOWN = [
    (np.add, 0, "g"),
    (np.subtract, 1, "−g"),
    (np.multiply, 0, "g·b"),
    (np.divide, 0, "g / b"),
    (np.divide, 1, "−g·y / b"),
    (np.tanh, 0, "g·(1 − y·y)"),
    (np.exp, 0, "g·y"),
    (np.sqrt, 0, "g / (2·y)"),
    (np.sin, 0, "g·cos(x)"),
    (np.cos, 0, "−g·sin(x)"),
    (np.arctan2, 0, "g·b / (a·a + b·b)"),
    (np.arcsin, 0, "g / sqrt(1 − x·x)"),
    (np.square, 0, "2·g·x"),
    (np.power, 0, "g·b·a^(b − 1)"),
    (np.sign, 0, "0"),
    (np.matmul, 1, "a.T @ g"),
    (autograd.relu, 0, "g·(x > 0)"),
    (autograd.sigmoid, 0, "g·y·(1 − y)"),
    (autograd.softplus, 0, "g·σ(x)"),
]


@pytest.mark.parametrize(("function", "slot", "text"), KNOWN, ids=lambda x: str(x)[:30])
def test_known_formulas(function, slot, text):
    assert formula(OPS[function], slot, {}) == text


WITH_NUMBERS = [
    (np.multiply, 0, (1.0, -12.0, [4.0, -3.0]), "1 × -3"),
    (np.add, 1, (-3.0, 4.0, [1.0, 3.0]), "1 × -3"),
    (np.subtract, 1, (2.0, 4.0, [1.0, 3.0]), "-1 × 2"),
    (np.tanh, 0, (1.0, 0.5, [0.549]), "1 × (1 − 0.5 × 0.5)"),
    (np.tanh, 0, (1.0, -0.5, [-0.549]), "1 × (1 − (-0.5) × (-0.5))"),
    (np.square, 0, (1.0, 9.0, [-3.0]), "2 × 1 × -3"),
    (np.cos, 0, (-1.0, 0.5, [1.0]), "−(-1) × sin(1)"),
    (np.multiply, 0, (2.0, 4.0, [2.0, np.True_]), "2 × 1"),
    (np.power, 0, (1.0, -8.0, [-2.0, 3.0]), "1 × 3 × (-2)^(3 − 1)"),
    (autograd.relu, 0, (2.0, 3.0, [3.0]), "2 × (3 > 0)"),
]


@pytest.mark.parametrize(("function", "slot", "given", "text"), WITH_NUMBERS)
def test_known_numbers(function, slot, given, text):
    assert numbers(OPS[function], slot, {}, *given) == text


def test_brackets_only_where_they_are_needed():
    a, b, c = Symbol("a"), Symbol("b"), Symbol("c")
    assert str((a + b) * c) == "(a + b)·c"
    assert str(a + b * c) == "a + b·c"
    assert str(a - (b - c)) == "a − (b − c)"
    assert str(a - b - c) == "a − b − c"
    assert str(a / (b * c)) == "a / (b·c)"
    assert str((a * b) ** 2) == "(a·b)^2"
    assert str(2 - a) == "2 − a"
    assert str(-(a + b)) == "−(a + b)"
    assert str(np.float64(2) * a) == "2·a"
    assert str((a > 0) * b) == "(a > 0)·b"


def test_no_gradient_no_formula():
    with pytest.raises(ValueError, match="no gradient flows to operand 0 of where"):
        formula(OPS[np.where], 0, {})
