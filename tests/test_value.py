"""Value: what it holds, how it looks, what NumPy may do with it, and what it refuses."""

import collections
import copy
import itertools
import math
import operator
import pickle

import numpy as np
import pytest

import autograd
from autograd import OPS, Value, no_grad, remember_lines
from autograd.value import apply


def test_what_it_holds():
    assert type(Value(3).data) is float
    assert type(Value(True).data) is float
    assert Value([1, 2]).dtype == np.float64
    integers = Value(np.array([1, 2]))
    assert integers.dtype.kind == "i" and not integers.requires_grad
    assert Value([1, 2], dtype=np.float32).dtype == np.float32
    array = np.ones(3)
    assert Value(array).data is array
    assert Value(np.float32(2)).dtype == np.float32


def test_python_numbers_stay_weak():
    x = Value(np.ones(2, np.float32))
    assert (x * Value(2.0)).dtype == np.float32
    assert (x * 2.0 + 1).dtype == np.float32
    assert (x * np.float64(2)).dtype == np.float64
    y = np.exp(Value(1.0)) * 2 + 3
    assert type(y.data) is float
    assert type(np.sum(Value(1.0)).data) is float


def test_refuses_what_is_no_number():
    for bad in ("text", None, {"a": 1}, ["a"], object()):
        with pytest.raises(TypeError, match="numbers"):
            Value(bad)
    with pytest.raises(ValueError, match="equal length"):
        Value([[1, 2], [3]])
    with pytest.raises(TypeError, match="already is one"):
        Value(Value(1.0))


def test_operators_on_both_sides():
    x = Value(3.0)
    results = [x + 1, 1 + x, x - 1, 1 - x, x * 2, 2 * x, x / 2, 2 / x, x**2, 2**x, -x, abs(x), +x]
    expected = [4, 4, 2, -2, 6, 6, 1.5, 2 / 3, 9, 8, -3, 3, 3]
    assert [r.data for r in results] == expected
    array = np.array([1.0, 2.0])
    for result in (array + x, x + array, array * x, array / x, array**x, [1.0, 2.0] * x):
        assert isinstance(result, Value) and result.shape == (2,)
    m = Value(np.eye(2))
    assert isinstance(np.ones((2, 2)) @ m, Value)
    assert isinstance(np.float64(2) * x, Value)
    assert isinstance(np.float32(2) - m, Value)
    with pytest.raises(TypeError, match="unsupported operand"):
        x + "a"
    with pytest.raises(TypeError, match="unsupported operand"):
        None * x


def test_comparisons_are_plain():
    x = Value(np.array([1.0, 2.0]))
    assert isinstance(x > 1.5, np.ndarray)
    np.testing.assert_array_equal(x == np.array([1.0, 3.0]), [True, False])
    assert (Value(1.0) < Value(2.0)) is True
    assert Value(2.0)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(x)


def test_values_are_keys():
    x, y = Value(1.0), Value(1.0)
    assert len({x: 1, y: 2}) == 2


def test_text():
    x = Value(2.0, name="x")
    assert str(x) == "2.0"
    assert f"{x:.3f}" == "2.000"
    assert repr(x) == "Value(2.0, name='x')"
    (x * x).backward()
    assert repr(x) == "Value(2.0, name='x', grad=4.0)"
    assert repr(Value([1.0, 2.0])) == "Value([1., 2.])"
    assert repr(Value(np.ones(1, np.float32))) == "Value([1.], dtype=float32)"


def test_indexing_length_iteration():
    x = Value(np.arange(6.0).reshape(2, 3))
    assert len(x) == 2
    rows = list(x)
    assert rows[1].shape == (3,)
    (x[0, 1] * 2 + x[:, 2].sum() + x[[0, 0], [0, 0]].sum()).backward()
    np.testing.assert_array_equal(x.grad, [[2, 2, 1], [0, 0, 1]])
    assert x[Value(np.array([1, 0]))].shape == (2, 3)
    for scalar in (len, iter):
        with pytest.raises(TypeError, match="one number"):
            scalar(Value(1.0))


def test_methods():
    x = Value(np.arange(6.0).reshape(2, 3))
    assert x.T.shape == x.transpose().shape == x.transpose(1, 0).shape == (3, 2)
    assert x.reshape(3, 2).shape == x.reshape((3, -1)).shape == (3, 2)
    assert x.sum().item() == 15.0
    assert x.mean(axis=0, keepdims=True).shape == (1, 3)
    assert x.max().item() == 5 and x.flatten().shape == (6,)
    assert x.argmax() == 5
    assert x.astype(np.float32).dtype == np.float32
    assert Value(5.0).reshape(()).shape == ()
    assert x.clip(1, 2).data.max() == 2


def test_at():
    x, v = Value(np.arange(4.0)), Value(np.array([10.0, 20.0]))
    y = x.at[[0, 2]].set(v)
    np.testing.assert_array_equal(y.data, [10, 1, 20, 3])
    np.testing.assert_array_equal(x.data, [0, 1, 2, 3])
    (y * np.array([1.0, 2, 3, 4])).sum().backward()
    np.testing.assert_array_equal(x.grad, [0, 2, 0, 4])
    np.testing.assert_array_equal(v.grad, [1, 3])
    np.testing.assert_array_equal(x.at[[1, 1]].add(1.0).data, [0, 3, 2, 3])
    with pytest.raises(ValueError, match="more than once"):
        x.at[[1, 1]].set(v)
    with pytest.raises(TypeError, match=r"\.at\["):
        x[0] = 1.0


def test_nothing_leaves_the_graph_silently():
    x = Value(2.0, name="x")
    for leave in (float, int, math.sin, np.asarray, lambda v: np.array([v, v])):
        with pytest.raises(TypeError, match=r"\.item\(\) or \.data"):
            leave(x)
    with pytest.raises(TypeError, match="out="):
        np.add(x, 1, out=np.zeros(()))
    a = np.zeros(2)
    with pytest.raises(TypeError, match="a = a \\+ value"):
        a += Value(np.ones(2))
    constant = x.detach()
    assert float(constant) == 2.0 and not constant.requires_grad
    assert x.item() == 2.0
    assert isinstance(Value(np.ones(2)).numpy(), np.ndarray)
    with pytest.raises(ValueError, match="one number"):
        Value(np.ones(2)).item()


def test_numpy_functions():
    v, w = Value(np.ones(3)), Value(np.zeros(3))
    assert np.concatenate([v, w]).shape == (6,)
    assert np.stack([v, w], axis=1).shape == (3, 2)
    assert [p.shape for p in np.split(v, 3)] == [(1,)] * 3
    assert [p.shape for p in np.split(v, [1])] == [(1,), (2,)]
    assert np.add.reduce(v).item() == 3
    assert np.outer(v, w).shape == (3, 3)
    assert np.shape(v) == (3,)
    assert isinstance(np.isnan(v), np.ndarray)
    with pytest.raises(TypeError, match=r"np\.histogram has no gradient rule.*define"):
        np.histogram(v)
    with pytest.raises(TypeError, match=r"np\.multiply\.accumulate"):
        np.multiply.accumulate(v)
    with pytest.raises(TypeError, match="no setting 'where'"):
        np.sum(v, where=np.ones(3, bool))
    with pytest.raises(NotImplementedError, match="linear_ramp"):
        np.pad(v, 1, mode="linear_ramp")


def test_shape_errors_tell_all():
    a, b = Value(np.ones((2, 3)), name="a"), Value(np.ones(4), name="b")
    with pytest.raises(ValueError) as error:
        a + b
    text = str(error.value)
    assert "add: shapes (2, 3) and (4,) do not broadcast" in text
    assert "'a'" in text and "'b'" in text and "reshape" in text
    assert error.value.__cause__ is None
    with pytest.raises(ValueError, match=r"matmul: shapes \(2, 3\) and \(4,\) do not fit"):
        a @ b
    with pytest.raises(IndexError, match="getitem"):
        b[7]
    with pytest.raises(ValueError, match="reshape"):
        a.reshape(4, 2)


def test_conv_errors():
    x = Value(np.ones((1, 2, 5, 5)))
    cases = [
        (dict(weight=np.ones((4, 3, 3, 3))), r"2 channels and groups=1"),
        (dict(weight=np.ones((4, 2, 9, 9))), "does not fit into 5 pixels"),
        (dict(weight=np.ones((4, 2, 3, 3)), padding="some"), "'same' or 'valid'"),
        (dict(weight=np.ones((4, 2, 3, 3)), padding="same", stride=2), "needs stride 1"),
        (dict(weight=np.ones((4, 2, 3, 3)), bias=np.ones(3)), r"bias of shape \(4,\)"),
        (dict(weight=np.ones((4, 2, 3, 3)), stride=0), "stride"),
        (dict(weight=np.ones((4, 2, 3))), "images are"),
    ]
    for settings, message in cases:
        with pytest.raises(ValueError, match=message):
            autograd.conv2d(x, **settings)
    with pytest.raises(ValueError, match="batch, channels"):
        autograd.max_pool2d(Value(np.ones((5, 5))), 2)


def test_copies_and_pickles_of_leaves():
    x = Value(np.ones(2), name="x")
    x.sum().backward()
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert twin.name == "x" and twin.data is not x.data
        np.testing.assert_array_equal(twin.grad, x.grad)
    with pytest.raises(TypeError, match="result of an operation"):
        copy.deepcopy(x * 2)


def test_constants_record_nothing():
    c = Value(2.0, requires_grad=False)
    y = c * 3
    assert y.op is None and not y.requires_grad and y.inputs == ()
    x = Value(1.0)
    z = x * c
    assert z.inputs == (x, c)
    z.backward()
    assert c.grad is None and x.grad == 2.0
    with no_grad():
        assert (x * 2).op is None


def test_table_is_keyed_by_what_users_call():
    assert OPS[np.exp].name == "exp"
    assert OPS[autograd.relu].name == "relu"
    assert OPS[autograd.conv2d].arity == 3
    assert autograd.relu.__doc__.startswith("max(x, 0)")
    with pytest.raises(TypeError, match="conv2d needs x, weight"):
        autograd.conv2d(np.ones((1, 1, 2, 2)))
    with pytest.raises(TypeError, match="no setting 'strides'"):
        autograd.conv2d(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2)), strides=2)


def test_interior_nodes_know_how_they_were_made():
    x = Value(np.ones((2, 3)))
    y = np.sum(x, 1)
    assert y.op.function is np.sum and y.params == {"axis": 1} and y.inputs == (x,)
    assert np.sum(x, axis=None, keepdims=False).params == {}


def test_einsum_by_numbers_orders_its_result_as_numpy():
    x = np.arange(6.0).reshape(2, 3)
    for axes in ([26, 0], [0, 26], [1, 0], [30, 27]):
        np.testing.assert_array_equal(np.einsum(Value(x), axes).data, np.einsum(x, axes))


def test_the_zeroth_power_of_a_matrix():
    assert np.linalg.matrix_power(Value(np.full((2, 2), np.nan)), 0).data.tolist() == [
        [1, 0],
        [0, 1],
    ]
    with pytest.raises(np.linalg.LinAlgError):
        np.linalg.matrix_power(Value(np.ones((2, 3))), 0)


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.divide, np.remainder, np.arctan2])
def test_ufuncs_take_what_operators_take_on_both_sides(ufunc):
    x, a = Value([1.5, 2.5]), np.array([0.5, 3.0])
    for other in (a, 2, 0.5, [0.5, 3.0], np.float64(2), Value(a), Value(2.0)):
        plain = other.data if isinstance(other, Value) else other
        for y, expected in (
            (ufunc(x, other), ufunc(x.data, plain)),
            (ufunc(other, x), ufunc(plain, x.data)),
        ):
            np.testing.assert_array_equal(y.data, expected)
            assert y.op.function is ufunc
            y.backward(np.ones(2))
    with pytest.raises(TypeError):
        ufunc(x, "word")


SINGLE = [1.5, np.float32(1.5), np.float64(-0.7), np.float16(0.5), np.array(1.25), 3]
OTHERS = [*SINGLE, np.array([1.0, 2.0]), np.ones((1, 2), np.float32), np.int64(2), True]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("ufunc", [np.add, np.subtract, np.multiply, np.divide, np.power])
def test_operators_on_single_numbers_give_what_apply_gives(ufunc):
    for a, b in itertools.product(SINGLE, OTHERS):
        for one, other in ((Value(a), Value(b)), (Value(a), b), (b, Value(a))):
            values = [x for x in (one, other) if isinstance(x, Value)]
            found = []
            for y in (INFIX[ufunc](one, other), apply(OPS[ufunc], (one, other))):
                y.backward(np.ones(y.shape))
                found.append([y.data, *(x.grad for x in values)])
                for x in values:
                    x.grad = None
            for quick, slow in zip(*found, strict=True):
                assert type(quick) is type(slow)
                assert repr(quick) == repr(slow)


INFIX = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.power: operator.pow,
}


Pair = collections.namedtuple("Pair", "row column")
INDICES = [
    *(0, -1, (1, 2), slice(0, 2), (slice(None), None, 1), Ellipsis, (..., 0), None, ()),
    *(Pair(0, slice(1, 3)), True, np.int64(1), [0, 2], (slice(None), [0, 1]), (np.int32(1), 2)),
    *(slice(np.int64(0), np.int64(2)), (..., 0, 0)),
]


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_every_index_gives_numpys_part_and_a_node(index):
    array = np.arange(12.0).reshape(3, 4)
    for x in (Value(array), Value(array) * 1.0):
        part = x[index]
        np.testing.assert_array_equal(part.data, array[index])
        assert type(part.data) is type(array[index][()])
        assert part.inputs == (x,)
        assert part.params == {"index": index}
        expected = np.zeros((3, 4))
        np.add.at(expected, index, 1.0)
        part.sum().backward()
        np.testing.assert_array_equal(x.grad, expected)
    array[...] = 0  # a part may be a view of an array that others hold
    if isinstance(part.data, np.ndarray) and np.shares_memory(array[index], array):
        part = Value(array)[index]
        array[...] = 1
        with pytest.raises(RuntimeError, match="changed"):
            part.sum().backward()


def test_indices_that_do_not_fit_say_so():
    x = Value(np.ones((3, 4))) * 1.0
    for index in (5, (0, 9), (0, 0, 0)):
        with pytest.raises(IndexError, match="operand 0"):
            x[index]
    with pytest.raises(TypeError):
        x[slice(1.5)]
    with pytest.raises(ValueError, match="operand 0"):
        x[::0]
    for values in ([5.0, 6.0], [5.0], [[5.0]]):
        with pytest.raises(ValueError):
            autograd.scatter(np.array(values), 0, (3,))


def test_stacks_of_matrices_times_one():
    rng = np.random.default_rng(0)
    for shape in ((5, 2, 3), (2, 3, 1, 3), (1, 4, 3), (0, 2, 3), (2, 0, 3)):
        a, b = Value(rng.normal(size=shape)), Value(rng.normal(size=(3, 4)))
        for x in (a, np.moveaxis(Value(rng.normal(size=(3, *shape[:-1]))), 0, -1)):
            y = x @ b
            np.testing.assert_allclose(y.data, np.matmul(x.data, b.data), rtol=1e-14)
            seed = rng.normal(size=y.shape)
            x.grad = b.grad = None
            y.backward(seed)
            np.testing.assert_allclose(x.grad, seed @ b.data.T, rtol=1e-13)
            expected = x.data.reshape(-1, 3).T @ seed.reshape(-1, 4) if y.size else np.zeros((3, 4))
            np.testing.assert_allclose(b.grad, expected, rtol=1e-13, atol=1e-15)


def test_values_note_nothing_that_nobody_asked_for():
    before = remember_lines(False)
    x = Value(2.0)
    y = x * 3.0
    remember_lines(before)
    assert x._notes is y._notes is None
    assert (y.name, y.params, y.module, y.line) == ("", {}, None, None)
    y.name = "y"
    assert (y.name, x.name) == ("y", "")
