"""Arrays that change between the operation and the backward pass."""

import numpy as np
import pytest

import nn
from autograd import Value, backward, define, detect_anomaly, grad, gradients, make_jvp
from autograd.backward import changed
from autograd.captured import fingerprint


def test_a_changed_leaf_is_named():
    a = np.ones(3)
    x = Value(a, name="weights")
    y = np.sum(x * x)
    a[0] = 5.0
    with pytest.raises(RuntimeError, match=r"multiply.*operand 0.*'weights'.*was changed"):
        y.backward()
    assert x.grad is None
    a[0] = 1.0  # as it was
    y.backward()
    np.testing.assert_array_equal(x.grad, [2, 2, 2])


@pytest.mark.parametrize(
    "use",
    [
        lambda x, c: x * c,
        lambda x, c: c * x,
        lambda x, c: np.arctan2(c, x),
        lambda x, c: x @ c,
        lambda x, c: np.where(c > 1, x, c),
        lambda x, c: np.einsum("i,i->", x, c),
        lambda x, c: np.maximum(x, c),
    ],
)
def test_a_changed_constant_is_noticed(use):
    x, c = Value(np.arange(3.0)), np.arange(1.0, 4.0)
    y = np.sum(use(x, c))
    c *= 2
    with pytest.raises(RuntimeError, match="was changed"):
        gradients(y, [x])


@pytest.mark.parametrize(
    "use",
    [
        np.sum,
        np.mean,
        np.cumsum,
        lambda x: np.concatenate([x, x]) ** 2,
        lambda x: np.stack([x, x]) ** 2,
        lambda x: x[[0, 2, 2]] ** 2,
        lambda x: x[1] ** 2,
        lambda x: np.take(x, [0, 2]) ** 2,
        lambda x: np.pad(x, 1) ** 2,
        lambda x: x[:2] ** 2,  # of which nothing changes
    ],
)
def test_what_nobody_reads_may_change(use):
    a = np.arange(4.0)
    (expected,) = gradients(np.sum(use(y := Value(a.copy()))), [y])
    x = Value(a)
    y = np.sum(use(x))
    a[2:] = 9.0
    (found,) = gradients(y, [x])
    np.testing.assert_array_equal(found, expected)
    y.backward()
    np.testing.assert_array_equal(x.grad, expected)


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x[1:],
        lambda x: x[::-2, 0],
        lambda x: x[None],
        lambda x: x.T,
        np.transpose,
        np.squeeze,
        np.flip,
        np.real,
        np.diagonal,
        lambda x: np.swapaxes(x, 0, 1),
        lambda x: np.reshape(x, (2, 8)),
        lambda x: np.broadcast_to(x, (3, 4, 4)),
        lambda x: np.expand_dims(x, 1),
    ],
)
def test_a_view_of_what_changed_is_noticed(use):
    a = np.arange(16.0).reshape(4, 4)
    x = Value(a, name="images")
    y = np.sum(use(x) ** 2)
    a[3] += 1
    with pytest.raises(RuntimeError, match=r"operand 0.*'images'.*was changed"):
        y.backward()
    with pytest.raises(RuntimeError, match="was changed"):
        gradients(y, [x])
    order = [x, use(x), y]
    a[3] += 1
    assert changed(order[:2]) == {order[1]: (0,)}


def test_through_a_view_and_in_large_arrays():
    c = np.ones((300, 400))
    x = Value(np.ones(400))
    for change in (
        lambda: c.__setitem__((299, 399), 2.0),
        lambda: c[::7].__imul__(3.0),
        lambda: np.random.default_rng(0).shuffle(c[0]),
        lambda: c.sort(),
        lambda: c.__setitem__(slice(None), c[::-1].copy()),
    ):
        c[...] = np.random.default_rng(1).normal(size=c.shape)
        y = np.sum(c[:, :] @ x)
        change()
        with pytest.raises(RuntimeError, match="was changed"):
            gradients(y, [x])


def test_assignment_to_data():
    x = Value(3.0)
    y = x * x
    x.data = 4.0
    with pytest.raises(RuntimeError, match="was changed"):
        y.backward()
    z = x * x
    z.backward()
    assert x.grad == 8.0
    with pytest.raises(TypeError, match="follows from its inputs"):
        z.data = 1.0


def test_results_are_read_only_and_so_are_settings():
    x = Value(np.arange(3.0))
    h = x * 2
    with pytest.raises(ValueError, match="read-only"):
        h.data[0] = 1.0
    places = np.array([0, 2])
    y = np.sum(x[places] * x[[0, 1]])
    places[0] = 1
    y.backward()
    np.testing.assert_array_equal(x.grad, [0, 2, 1])


def test_the_users_own_array_stays_writable():
    a = np.ones((2, 3))
    x = Value(a)
    for same in (np.real(x), np.reshape(x, (2, 3)), np.positive(x), np.squeeze(x), x.T):
        assert same.data is not a
    a += 1


def test_updates_between_steps_are_no_fault():
    w = Value(np.ones(3))
    for _ in range(3):
        loss = np.sum(w * w)
        loss.backward()
        w.data -= 0.1 * w.grad
        w.zero_grad()
    b = Value(1.0)
    for _ in range(3):
        (b * b).backward()
        b.data -= 0.1 * b.grad
        b.zero_grad()


def test_higher_orders_and_plain_functions_notice_too():
    c = np.ones(2)

    def f(x):
        y = np.sum(x * x * c)
        c[0] += 1
        return y

    with pytest.raises(RuntimeError, match="was changed"):
        grad(f)(np.ones(2))


def test_the_line_is_named_under_detect_anomaly():
    c, x = np.ones(2), Value(np.ones(2))
    with detect_anomaly():
        y = np.sum(x * c)  # this line
        c[0] = 2.0
        with pytest.raises(RuntimeError, match="this line"):
            y.backward()


def test_fingerprints_tell_contents_apart():
    rng = np.random.default_rng(0)
    for shape in ((3,), (1000,), (17, 784), (100, 100)):
        a = rng.normal(size=shape)
        first = fingerprint(a)
        assert fingerprint(a.copy()) == first
        for i in rng.integers(0, a.size, 20):
            b = a.copy()
            b.reshape(-1)[i] = np.nextafter(b.reshape(-1)[i], 9)
            assert fingerprint(b) != first
        assert fingerprint(np.asfortranarray(a)) is not None
        assert fingerprint(rng.permutation(a)) != first
    assert fingerprint(np.broadcast_to(np.ones(3), (400, 3))) is not None


def test_an_optimiser_between_forward_and_backward():
    import nn

    layer = nn.Linear(2, 1, rng=0)
    optimizer = nn.optim.SGD(layer.parameters(), lr=0.1)
    first = np.sum(layer(np.ones((1, 2))) ** 2)
    first.backward()
    second = np.sum(layer(np.ones((1, 2))) ** 2)
    optimizer.step()
    with pytest.raises(RuntimeError, match="was changed"):
        second.backward()
    third = np.sum(layer(np.ones((1, 2))) ** 2)
    layer.weight.data[0] = 5.0  # by hand, where nobody looks
    fourth = np.sum(layer(np.ones((1, 2))) ** 2)
    layer.weight.data[0] = 6.0
    with pytest.raises(RuntimeError, match="was changed"):
        fourth.backward()
    del third


def test_what_no_rule_reads_may_change():
    x, c = Value(np.ones(2)), np.ones(2)
    z = x + c
    y = np.sum(z * z - c)
    c += 5
    x.data += 1
    y.backward()
    np.testing.assert_array_equal(x.grad, [4, 4])  # at the numbers that were added


def test_subclasses_of_arrays_and_rows_that_change_places():
    class Sub(np.ndarray):
        pass

    x, c = Value(np.ones(3)), np.ones(3).view(Sub)
    y = np.sum(x * c)
    c[0] = 5.0
    with pytest.raises(RuntimeError, match="was changed"):
        gradients(y, [x])
    for shape in ((4, 381), (4, 762), (9, 127), (4, 383), (4, 766)):
        a = np.random.default_rng(0).normal(size=shape)
        before = fingerprint(a)
        for i, j in ((0, 1), (0, 3)):
            b = a.copy()
            b[[i, j]] = b[[j, i]]
            assert fingerprint(b) != before, (shape, i, j)


def test_a_dict_of_settings_is_kept():
    widths, x = {0: (1, 1)}, Value(np.array([1.0, 2.0]))
    y = np.sum(np.pad(x, widths) * np.arange(1.0, 5.0))
    widths[0] = (2, 0)
    y.backward()
    np.testing.assert_array_equal(x.grad, [2, 3])


def test_data_of_another_shape_are_refused():
    array, number = Value(np.ones(3)), Value(1.0)
    for value, new in ((array, np.ones(2)), (array, 1.0), (number, np.ones(1)), (number, [1.0])):
        with pytest.raises(ValueError, match="cannot get data of shape"):
            value.data = new
    number.data = 2
    assert type(number.data) is float
    array.data = [1, 2, 3]
    assert array.dtype == float


@pytest.mark.parametrize(
    "use",
    [lambda p: p.reshape(4), lambda p: p.T, lambda p: p[0:1].T, lambda p: np.swapaxes(p, 0, 1)],
)
def test_views_of_parameters_are_noticed(use):
    p, x = nn.Parameter(np.ones((2, 2))), Value(np.ones(()))
    y = np.sum(x * use(p))
    z = np.sum(use(p) ** 2)
    p.data -= 5.0
    for value, inputs in ((z, [p]), (y, [x])):
        with pytest.raises(RuntimeError, match="was changed"):
            value.backward()
        with pytest.raises(RuntimeError, match="was changed"):
            gradients(value, inputs)
    z = np.sum(use(p) ** 2)
    p.data = np.zeros((2, 2))  # another array: the view is as it was
    (found,) = gradients(z, [p])
    np.testing.assert_array_equal(found[found != 0], -8)


def test_a_view_off_the_path_is_noticed():
    a, w = np.array([1.0, 2.0]), Value(np.ones(2))
    y = np.sum(w * Value(a).reshape(2).T)
    a[:] = 50
    with pytest.raises(RuntimeError, match="was changed"):
        gradients(y, [w])


def test_forward_mode_notices_a_changed_view():
    a = np.array([1.0, 2.0])
    jvp = make_jvp(lambda w: w * Value(a).reshape(2).T)(np.ones(2))
    np.testing.assert_array_equal(jvp(np.ones(2))[1], a)
    a[:] = 50
    with pytest.raises(RuntimeError, match="was changed"):
        jvp(np.ones(2))


def test_views_are_looked_at_once_for_each_reading():
    # Not the sums behind them: a graph of n of these would take n² looks.
    x, w = Value(np.ones(2)), Value(np.ones(2))
    for _ in range(2000):
        x = x + 1.0
    y = np.sum(w * x)
    with pytest.MonkeyPatch.context() as patch:
        looks = []
        patch.setattr(backward, "check_unchanged", lambda node, known: looks.append(node))
        gradients(y, [w])
    assert len(looks) <= 3


class Own(np.ndarray):
    pass


def test_views_of_other_kinds_of_arrays_are_noticed():
    a = np.ones((2, 2)).view(Own)
    y = Value(a).T
    z = np.sum(np.multiply(y, y))
    a[:] = 10
    with pytest.raises(RuntimeError, match="was changed"):
        z.backward()


def test_a_view_of_the_second_operand_names_it():
    second = define(lambda x, w: w[:], lambda g, y, x, w: 0 * g, lambda g, y, x, w: g, reads=False)
    both = np.arange(12.0)
    x, w = Value(both[0:6:2]), Value(both[1:6:2], name="w")
    y = np.sum(second(x, w) ** 2)
    both[1] = 50
    with pytest.raises(RuntimeError, match="was changed"):
        y.backward()
