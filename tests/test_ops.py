"""Every operation, each of its shapes and settings: both orders, both modes, every dtype."""

import inspect
import itertools

import numpy as np
import pytest

import autograd
from autograd import OPS, Value, gradients
from autograd.check import all_draws, check_gradients
from autograd.op import COMPOSED, Hermitian, Op
from autograd.ops.sum_leading import sum_leading
from autograd.tree import flatten

DRAWS = all_draws()
# Complex vectors have phases that no derivative knows; test_known_answers has functions without.
PHASES = (np.linalg.eigh, np.linalg.svd)
COMPLEX = [draw for draw in DRAWS if draw.op.complex and draw.op.function not in PHASES]


def differentiable(draw, dtype=np.float64):
    """The draw as a function of the operands that a gradient flows to, and those operands."""
    args = draw.args(dtype)
    free = [
        i for i, x in enumerate(args) if draw.gradient_flows(i) and np.asarray(x).dtype.kind in "fc"
    ]

    def f(*operands):
        full = list(args)
        for i, operand in zip(free, operands, strict=True):
            full[i] = draw.prepared(i, operand)
        # A composed function may give plain numbers beside Values.
        return [y for y in flatten(draw(*full))[0] if isinstance(y, Value)]

    return f, [args[i] for i in free]


@pytest.mark.parametrize("draw", DRAWS, ids=str)
def test_gradient_and_gradient_of_gradient(draw):
    f, args = differentiable(draw)
    check_gradients(f, *args, order=2)


@pytest.mark.parametrize("draw", COMPLEX, ids=str)
def test_complex_gradient_and_gradient_of_gradient(draw):
    f, args = differentiable(draw, np.complex128)
    check_gradients(f, *args, order=2)


@pytest.mark.parametrize("draw", COMPLEX, ids=str)
def test_real_and_complex_operands_mix(draw):
    args = [
        real if i % 2 else imaginary
        for i, (real, imaginary) in enumerate(zip(draw.args(), draw.args(complex), strict=True))
    ]
    if len(args) < 2 or not any(np.iscomplexobj(x) for x in args):
        return
    values = [Value(x) for x in args]
    results = [y for y in flatten(draw(*values))[0] if isinstance(y, Value) and y.requires_grad]
    found = gradients(results, values, [np.ones(y.shape, y.dtype) for y in results])
    for x, g in zip(args, found, strict=True):
        assert np.asarray(g).dtype == np.asarray(x).dtype or np.asarray(x).dtype.kind in "bui"


@pytest.mark.parametrize(
    "draw", [d for d in DRAWS if isinstance(d.op, Op) and not d.op.reads], ids=str
)
def test_rules_that_read_no_numbers_read_none(draw):
    args, params = draw.args(), draw.params
    y = draw.plain(*args)
    others = [np.full(np.shape(x), np.nan) for x in args]
    for i, rule in enumerate(itertools.islice(draw.op.vjps, len(args))):
        if rule is None:
            continue
        g = np.arange(float(np.size(y))).reshape(np.shape(y))
        expected = rule(g, y, *args, **params)
        np.testing.assert_array_equal(rule(g, y, *others, **params), expected, err_msg=f"{i}")


@pytest.mark.parametrize("draw", DRAWS, ids=str)
def test_float32_stays_float32(draw):
    args = draw.args(np.float32)
    args = [Value(x) if np.asarray(x).dtype.kind == "f" else x for x in args]
    expected = [np.asarray(y).dtype for y in flatten(draw.plain(*[raw(x) for x in args]))[0]]
    results = flatten(draw(*args))[0]
    assert [y.dtype for y in results] == expected
    results = [y for y in results if isinstance(y, Value) and y.requires_grad]
    values = [x for x in args if isinstance(x, Value)]
    seeds = [np.ones(y.shape, y.dtype) for y in results]
    for x, g in zip(values, gradients(results, values, seeds), strict=True):
        assert g.dtype == np.float32
        assert g.shape == x.shape


def raw(x):
    return x.data if isinstance(x, Value) else x


@pytest.mark.parametrize("draw", DRAWS, ids=str)
def test_same_on_arrays_and_values(draw):
    args = draw.args()
    plain = flatten(draw.plain(*args))[0]
    traced = flatten(draw(*[Value(x) for x in args]))[0]
    assert len(plain) == len(traced)
    for x, y in zip(plain, traced, strict=True):
        if isinstance(draw.op, type(next(iter(COMPOSED.values())))):
            np.testing.assert_allclose(raw(y), x, rtol=1e-12, atol=1e-14)
        else:
            np.testing.assert_array_equal(raw(y), x)


@pytest.mark.parametrize("draw", [d for d in DRAWS if not d.op.complex], ids=str)
def test_real_rules_refuse_complex_operands(draw):
    args = [Value(x) for x in draw.args(np.complex128)]
    if not any(np.iscomplexobj(x.data) for x in args):
        return
    with pytest.raises((TypeError, ValueError)):
        draw(*args)


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.scalar], ids=lambda op: op.name)
def test_python_floats_give_what_arrays_give(op):
    draw = next(d for d in DRAWS if d.op is op and not any(d.shapes))
    args = draw.args()
    value = op.scalar(*args)
    assert type(value) is float
    np.testing.assert_allclose(value, op.forward(*map(np.float64, args)), rtol=1e-15)
    scalars = [Value(x) for x in args]
    several = [Value(np.array([x])) for x in args]
    for x, g in zip(args, gradients(draw(*scalars), scalars), strict=True):
        assert type(g) is float, (x, g)
    got = gradients(draw(*scalars), scalars)
    expected = gradients(draw(*several), several)
    np.testing.assert_allclose(got, np.ravel(expected), rtol=1e-14)


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_record_is_complete(op):
    assert op.cases or op.function.__name__.endswith("_packed")
    assert op.label
    assert not op.arity or len(op.vjps) == op.arity
    if op.formulas and op.arity:
        assert len(op.formulas) == op.arity
    for vjp in op.vjps if op.arity else [op.vjps[0]]:
        if vjp is not None:
            assert next(iter(inspect.signature(vjp).parameters)) in "gh"


def test_domain_keeps_away_from_kinks():
    for draw in DRAWS:
        for x in draw.args():
            if np.asarray(x).dtype.kind == "f" and np.size(x):
                assert np.abs(x).min() > 0.01
                if not any(isinstance(domain, Hermitian) for domain in draw.op.domain):
                    assert np.unique(x).size == np.size(x)


@pytest.mark.parametrize(
    ("x", "index", "shape", "error"),
    [
        (np.ones(2), [0, 7], (4,), IndexError),
        (np.ones(2), [0, -5], (4,), IndexError),
        (np.ones(2), ([0, 1], [0, 1], [0, 1]), (4, 3), IndexError),
        (np.ones((3, 2)), [0, 1], (4, 3), ValueError),
        (np.ones(6), [0, 1], (4, 3), ValueError),
    ],
)
def test_scatter_refuses_what_does_not_fit(x, index, shape, error):
    with pytest.raises(error):
        autograd.scatter(x, index, shape)


@pytest.mark.parametrize("x", [np.arange(3.0), np.arange(2.0)[:, None], 2.0])
def test_scatter_broadcasts_as_numpy_does(x):
    expected = np.zeros((4, 3))
    np.add.at(expected, [1, -1], x)
    np.testing.assert_array_equal(autograd.scatter(x, [1, -1], (4, 3)), expected)


def test_gradient_of_a_mask_beside_a_list():
    x = Value(np.zeros((3, 4)))
    x[np.array([True, False, True]), [1, 1]].backward(np.array([2.0, 3.0]))
    np.testing.assert_array_equal(np.argwhere(x.grad), [[0, 1], [2, 1]])


@pytest.mark.parametrize("shape", [(3,), (2, 3)])
def test_sum_of_no_leading_axes(shape):
    x = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    np.testing.assert_array_equal(sum_leading(x, len(shape)), x)
