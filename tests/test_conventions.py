"""What is a matter of choice, and what was chosen: each row of CONVENTIONS.md, and paddings."""

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd import Value
from autograd.check import check_gradients
from nn import functional


def slope(f, x):
    value = Value(x)
    f(value).sum().backward()
    return value.grad


def test_subgradients_at_kinks():
    assert slope(autograd.relu, 0.0) == 0
    assert slope(np.abs, 0.0) == 0
    assert slope(lambda x: autograd.leaky_relu(x, 0.2), np.zeros(1))[0] == 0.2
    np.testing.assert_array_equal(
        slope(lambda x: np.clip(x, -1, 1), [-1.0, 0.0, 1.0, 2.0]), [1, 1, 1, 0]
    )
    assert slope(np.std, np.ones(3)).tolist() == [0, 0, 0]


def test_activations_at_their_kinks_take_the_side_pytorch_takes():
    zero = np.zeros(1)
    assert slope(lambda x: F.prelu(x, np.array([0.3])), zero) == 0.3
    assert slope(lambda x: F.rrelu(x, 0.1, 0.3), zero) == 0.2
    assert slope(lambda x: F.elu(x, 0.7), zero) == 0.7
    assert slope(F.celu, zero) == 1
    assert slope(F.selu, zero) == F.activation.SELU_ALPHA * F.activation.SELU_SCALE
    assert not slope(F.hardtanh, [-1.0, 1.0]).any()
    assert not slope(F.relu6, [0.0, 6.0]).any()
    assert not slope(F.hardsigmoid, [-3.0, 3.0]).any()
    assert not slope(lambda x: F.threshold(x, 0.5, 2.0), [0.5]).any()
    assert not slope(lambda x: F.hardshrink(x, 0.5), [-0.5, 0.5]).any()
    assert not slope(lambda x: F.softshrink(x, 0.5), [-0.5, 0.5]).any()


def test_margins_and_floors_of_losses():
    one, sign = np.ones(1), -np.ones(1)
    assert slope(lambda x: F.margin_ranking_loss(x, x.data, one), np.zeros(1)) == -1
    assert slope(lambda x: F.hinge_embedding_loss(x, sign), one) == -1
    low = slope(lambda var: F.gaussian_nll_loss(one, 0 * one, var, eps=0.5), np.array([0.1]))
    np.testing.assert_allclose(low, 0.5 * (1 / 0.5 - 1 / 0.5**2))  # of log(var) + 1 / var, at eps
    x, y = np.array([[0.1, 0.0]]), np.array([[1.0, 1.0]])
    cosine = slope(lambda x: F.cosine_similarity(x, y, eps=0.5), x)
    length = np.sqrt(2)
    np.testing.assert_allclose(cosine, [[(1 / 0.5 - 0.1 / 0.5**2) / length, 1 / 0.5 / length]])


def test_a_row_of_nans_beside_a_row_of_ties():
    nan = np.nan
    x = np.array([[1.0, nan, 0.0], [2.0, 2.0, 1.0], [3.0, 1.0, 2.0]])  # as many hits as rows
    expected = [[0, 1, 0], [0.5, 0.5, 0], [1, 0, 0]]
    np.testing.assert_array_equal(slope(lambda v: np.max(v, axis=1), x), expected)
    np.testing.assert_array_equal(slope(lambda v: np.max(v, axis=1), x[2:]), expected[2:])
    b = np.array([[1.0, 1.0, 1.0], [2.0, nan, 0.0], [1.0, 1.0, 1.0]])
    taken = [[0.5, 1, 0], [0.5, 0, 1], [1, 0.5, 1]]
    np.testing.assert_array_equal(slope(lambda v: np.maximum(v, b), x), taken)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4", complex])
@pytest.mark.parametrize("shape", [(60, 40), (1, 40), (3,)])
def test_where_sends_nothing_to_what_was_not_chosen(dtype, shape):
    rng = np.random.default_rng(0)
    condition = rng.random((60, 40) if len(shape) > 1 else shape) < 0.5
    a, b = (Value(rng.normal(size=shape).astype(dtype)) for _ in range(2))
    y = np.where(condition, a, b)
    seed = rng.normal(size=y.shape).astype(y.dtype)
    seed.flat[::3], seed.flat[1::7], seed.flat[2::11] = np.nan, np.inf, -0.0
    y.backward(seed)
    for x, chosen in ((a, condition), (b, ~condition)):
        sent = np.where(chosen, seed, np.zeros((), y.dtype))
        expected = sent if shape != (1, 40) else sent.sum(0, keepdims=True)
        np.testing.assert_allclose(x.grad, expected, rtol=1e-2 if dtype == np.float16 else 1e-5)
        if shape != (1, 40):
            np.testing.assert_array_equal(np.signbit(x.grad.real), np.signbit(expected.real))


def test_ties_share_evenly():
    a, b = Value(2.0), Value(2.0)
    np.maximum(a, b).backward()
    assert (a.grad, b.grad) == (0.5, 0.5)
    assert slope(np.max, [3.0, 1.0, 3.0]).tolist() == [0.5, 0, 0.5]
    assert slope(np.min, [3.0, 1.0, 1.0]).tolist() == [0, 0.5, 0.5]


def test_the_first_of_equal_pixels_wins():
    x = np.array([[[[5.0, 5.0], [5.0, 1.0]]]])
    assert slope(lambda v: autograd.max_pool2d(v, 2), x).tolist() == [[[[1, 0], [0, 0]]]]
    overlapping = slope(lambda v: autograd.max_pool2d(v, 2, 1), np.ones((1, 1, 3, 3)))
    assert overlapping.tolist() == [[[[1, 1, 0], [1, 1, 0], [0, 0, 0]]]]


def test_borders_of_pooling_take_no_gradient():
    x = np.full((1, 1, 2), -np.inf)
    assert slope(lambda v: autograd.max_pool1d(v, 3, 1, 1), x).tolist() == [[[2, 0]]]
    x = np.array([[[0.0, 0.0, 3.0, 4.0]]])
    np.testing.assert_allclose(
        slope(lambda v: autograd.lp_pool1d(v, 2, 2), x), [[[0, 0, 0.6, 0.8]]]
    )


def test_of_numbers_for_one_place_the_last_stays():
    x = Value(np.array([[5.0, 6.0, 7.0]]))
    y = functional.max_unpool1d(x, [[1, 1, 0]], 1)
    assert y.data.tolist() == [[7, 6, 0]]
    y.backward(np.ones((1, 3)))
    assert x.grad.tolist() == [[0, 1, 1]]


def test_places_on_pixels():
    x = np.array([[[[0.0, 1.0, 5.0]]]])

    def slopes(padding):
        places = np.array([[[[-1.0, 0], [0, 0], [1, 0], [2, 0]]]])
        return slope(lambda v: functional.grid_sample(x, v, "bilinear", padding, True), places)

    assert slopes("border")[0, 0, :, 0].tolist() == [0, 4, 0, 0]
    assert slopes("reflection")[0, 0, :, 0].tolist() == [0, 4, 0, -4]
    assert slopes("zeros")[0, 0, :, 0].tolist() == [1, 4, -5, 0]


def test_a_nan_keeps_its_gradient():
    x = np.array([[[[np.nan, 1.0], [2.0, np.nan]]]])
    assert slope(lambda v: autograd.max_pool2d(v, 2), x).tolist() == [[[[1, 0], [0, 0]]]]
    assert slope(np.max, [np.nan, 1.0]).tolist() == [1, 0]


def test_same_padding_of_an_even_kernel_is_larger_at_the_end():
    x = np.arange(1.0, 5.0).reshape(1, 1, 1, 4)
    kernel = np.array([[[[1.0, 10.0]]]])
    y = autograd.conv2d(x, kernel, padding="same")
    assert y.ravel().tolist() == [21, 32, 43, 4]


def test_powers_at_zero():
    assert slope(lambda x: x**2, 0.0) == 0
    assert slope(lambda x: x**1, 0.0) == 1
    assert slope(lambda x: x**0, 0.0) == 0
    assert slope(lambda b: 0.0**b, 2.0) == 0


def test_products_with_zeros():
    assert slope(np.prod, [0.0, 2.0, 3.0]).tolist() == [6, 0, 0]
    assert slope(np.prod, [0.0, 0.0, 3.0]).tolist() == [0, 0, 0]
    check_gradients(np.prod, np.array([0.0, 2.0, 3.0, 0.0, 1.5]), order=2)


def test_no_overflow_where_none_is_due():
    assert slope(autograd.sigmoid, [-1000.0, 1000.0]).tolist() == [0, 0]
    assert slope(autograd.softplus, [-1000.0, 1000.0]).tolist() == [0, 1]
    assert slope(autograd.logsumexp, [1000.0, -1000.0]).tolist() == [1, 0]
    assert autograd.softmax(np.array([1e4, 0.0])).tolist() == [1, 0]
    assert autograd.logsumexp(np.array([-np.inf, -np.inf])) == -np.inf
    assert autograd.sigmoid(Value(-1000.0)).item() == 0
    far = np.linspace(-87, 0, 50, dtype=np.float32)
    exact = np.exp(far, dtype=float) / (1 + np.exp(far, dtype=float))
    np.testing.assert_allclose(autograd.sigmoid(far), exact, rtol=5e-7)


def test_a_mask_reads_and_writes():
    x = Value(np.arange(4.0))
    x[np.array([True, False, True, False])].sum().backward()
    assert x.grad.tolist() == [1, 0, 1, 0]
    y = x.at[x.data > 1].set(0.0)
    assert y.data.tolist() == [0, 1, 0, 0]


COMPOSED = [
    (lambda x: np.split(x, 2)[1] * np.split(x, 2)[0], (4, 2)),
    (lambda x: np.split(x, [1, 3], axis=1)[1], (2, 4)),
    (lambda x: np.outer(x, x), (3,)),
    (lambda x: np.outer(x, np.ones((2, 2))), (2, 2)),
    (np.ravel, (2, 3)),
    (np.add.reduce, (3, 2)),
    (np.maximum.reduce, (3, 2)),
    (lambda x: x.at[[0, 2]].set(x[[1, 1]] * 2.0), (3,)),
    (lambda x: x[::-1] @ x, (4,)),
    (lambda x: x[None, :, 0] * x[1], (2, 2)),
]


@pytest.mark.parametrize(("f", "shape"), COMPOSED)
def test_composed_functions(f, shape):
    x = np.random.default_rng(0).permutation(np.linspace(-2, 2, int(np.prod(shape))) + 0.1)
    check_gradients(f, x.reshape(shape), order=2)


def test_complex_gradients_follow_the_convention():
    """du/da − i·du/db, for a real result u of a + ib."""
    z = Value(3.0 + 4.0j)
    np.abs(z).backward()
    assert abs(z.grad - (0.6 - 0.8j)) < 1e-15
    z = Value([1.0 + 2.0j])
    np.sum(np.real(z * z)).backward()  # holomorphic before the real part: its derivative
    np.testing.assert_array_equal(z.grad, [2.0 + 4.0j])


@pytest.mark.parametrize(
    "f, x, expected",
    [
        (np.abs, 0.0, 0.0),
        (np.fabs, 0.0, 0.0),
        (lambda x: np.hypot(x, 0.0 * x), 0.0, 0.0),
        (np.floor, 1.3, 0.0),
        (np.sign, 2.0, 0.0),
        (lambda x: x // 0.3, 1.0, 0.0),
        (lambda x: x % 0.3, 1.0, 1.0),
        (lambda x: 1.0 % x, 0.3, -3.0),
        (lambda x: np.fmod(-1.0, x), 0.3, 3.0),
        (lambda x: x**0.0, 0.0, 0.0),
        (lambda x: 0.0**x, 2.0, 0.0),
        (lambda x: np.clip(x, 0.0, 1.0), 1.0, 1.0),
        (autograd.relu, 0.0, 0.0),
        (lambda x: np.maximum(x, 1.0), 1.0, 0.5),
        (lambda x: np.fmin(x, 1.0), 1.0, 0.5),
        (lambda x: np.fmax(x, np.nan), 1.0, 1.0),
        (lambda x: np.sinc(x), 0.0, 0.0),
    ],
)
def test_kinks_of_numbers(f, x, expected):
    np.testing.assert_allclose(slope(f, x), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "f, x, expected",
    [
        (np.linalg.norm, [0.0, 0.0], [0, 0]),
        (np.linalg.vector_norm, [0.0, 0.0], [0, 0]),
        (lambda x: np.linalg.norm(x, 3), [0.0, 0.0], [0, 0]),
        (np.std, [2.0, 2.0], [0, 0]),
        (np.nanstd, [2.0, 2.0, np.nan], [0, 0, 0]),
        (np.max, [3.0, 1.0, 3.0], [0.5, 0, 0.5]),
        (np.ptp, [3.0, 1.0, 3.0], [0.5, -1, 0.5]),
        (lambda x: np.linalg.norm(x, np.inf), [3.0, -3.0], [0.5, -0.5]),
        (np.max, [3.0, np.nan], [0, 1]),
        (np.nanmax, [3.0, np.nan], [1, 0]),
        (lambda x: np.sort(x)[0], [1.0, 2.0, 1.0], [1, 0, 0]),
        (np.median, [1.0, 1.0, 1.0], [0, 1, 0]),
        (np.prod, [0.0, 2.0, 3.0], [6, 0, 0]),
        (np.prod, [0.0, 0.0, 3.0], [0, 0, 0]),
        (lambda x: np.cumprod(x)[2], [2.0, 0.0, 3.0], [0, 6, 0]),
        (np.sqrt, [0.0], [np.inf]),
        (np.cbrt, [0.0], [np.inf]),
    ],
)
def test_kinks_of_arrays(f, x, expected):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(slope(lambda x: np.sum(f(x)), np.array(x)), expected)


def test_singular_matrices():
    rank_one = np.outer([1.0, 2.0], [3.0, 4.0])
    np.testing.assert_allclose(slope(np.linalg.det, rank_one), [[8, -6], [-4, 3]], atol=1e-12)
    np.testing.assert_allclose(slope(np.linalg.det, np.zeros((3, 3))), np.zeros((3, 3)))
    with pytest.raises(np.linalg.LinAlgError):
        autograd.hessian(np.linalg.det)(np.zeros((2, 2)))


def test_equal_eigenvalues_and_singular_values():
    same = np.diag([2.0, 2.0, 5.0])
    trace = slope(lambda a: np.sum(np.linalg.eigh(a)[0] ** 2), same)
    np.testing.assert_allclose(trace, 2 * same, atol=1e-12)
    nuclear = slope(lambda a: np.linalg.norm(a, "nuc"), np.eye(3))
    np.testing.assert_allclose(nuclear, np.eye(3), atol=1e-12)
    flat = slope(lambda a: np.sum(np.linalg.svd(a, full_matrices=False)[1]), np.ones((3, 2)))
    assert np.all(np.isfinite(flat))


def test_zero_entries_in_norms():
    x = np.array([3.0, -4.0, 0.0])
    for order in (0.5, -1, -2, -0.5):
        with np.errstate(all="ignore"):
            norm = np.linalg.norm(x, order)
            value = np.linalg.norm(Value(x), order)
        np.testing.assert_allclose(value.data, norm)
        g = slope(lambda x, order=order: np.linalg.norm(x, order), x)
        assert g[2] == 0 and np.all(np.isfinite(g))


def test_equal_but_for_rounding():
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    same = turn @ np.diag([2.0, 2.0, 2.0, 5.0]) @ turn.T
    cubes = slope(lambda a: np.sum(np.linalg.eigh((a + a.T) / 2)[0] ** 3), same)
    np.testing.assert_allclose(cubes, 3 * same @ same, atol=1e-10)
    largest = slope(lambda a: np.sum(np.linalg.eigh((a + a.T) / 2)[1][:, 3] ** 4), same)
    assert np.all(np.isfinite(largest))
    rebuilt = lambda w, v: np.sum((v * w**2) @ v.T * turn)  # noqa: E731
    for vectors in (
        lambda a: rebuilt(*np.linalg.eigh((a + a.T) / 2)),
        lambda a: rebuilt(*np.linalg.svd(a)[:2][::-1]),
        lambda a: np.sum(np.abs(np.linalg.eig(a)[1]) ** 4 * turn),
    ):
        with pytest.raises(np.linalg.LinAlgError, match="are equal"):
            slope(vectors, same)
    with pytest.raises(np.linalg.LinAlgError, match="linearly dependent"):
        slope(lambda a: np.linalg.qr(a)[0], np.ones((3, 2)))
    for refused in (np.linalg.svd, np.linalg.pinv):
        with pytest.raises(NotImplementedError, match="hermitian"):
            refused(Value(np.eye(2)), hermitian=True)


def test_parts_of_complex_numbers_that_are_not_finite():
    z = Value(np.array([complex(1.0, np.nan), complex(np.inf, 2.0)]))
    np.sum(np.real(np.nan_to_num(z, posinf=1.0) * (3 - 1j))).backward()
    np.testing.assert_array_equal(z.grad, [3, -1j])


def test_triangles():
    a = np.array([[2.0, 0.5], [0.5, 3.0]])
    lower = slope(lambda a: np.linalg.eigvalsh(a)[0], a)
    upper = slope(lambda a: np.linalg.eigvalsh(a, "U")[0], a)
    assert lower[0, 1] == 0 and upper[1, 0] == 0
    np.testing.assert_allclose(lower, upper.T)
    shared = slope(lambda a: np.sum(np.linalg.cholesky(a)), a)
    np.testing.assert_allclose(shared, shared.T)


def test_complex_decompositions_without_phases():
    rng = np.random.default_rng(3)
    z = rng.normal(size=(4, 3)) + 1j * rng.normal(size=(4, 3))
    h = z @ np.conj(z.T)
    weights = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))

    def of_eigh(x):
        w, v = np.linalg.eigh((x + np.conj(x.T)) / 2 + np.diag(np.arange(4.0)))
        return np.sum(np.real((v * np.sin(w)) @ np.conj(v.T) * weights))

    def of_svd(x):
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        return np.sum(np.real((u * np.sin(s)) @ vh * weights[: x.shape[0], : x.shape[1]])) + np.sum(
            np.abs(u * s) ** 2 * np.abs(weights[: x.shape[0], :3])
        )

    def of_eig(x):
        w, v = np.linalg.eig(x)
        return np.sum(np.real((v * w**2) @ np.linalg.inv(v) * weights)) + np.sum(
            np.abs(v) ** 4 * np.abs(weights[:1])
        )

    check_gradients(of_eigh, h, rtol=1e-5, atol=1e-6)
    check_gradients(of_svd, z, rtol=1e-5, atol=1e-6)
    check_gradients(of_svd, np.conj(z[:3]), rtol=1e-5, atol=1e-6)
    check_gradients(of_eig, h + weights, rtol=1e-5, atol=1e-6)
    check_gradients(of_eig, np.real(h + 3 * weights), rtol=1e-5, atol=1e-6)
    check_gradients(of_svd, z, order=2, rtol=1e-4, atol=1e-5)


def test_types():
    assert slope(lambda x: np.sum(x**2), np.ones(2, np.float16)).dtype == np.float16
    assert (np.ones(2, np.float32) * Value(2.0)).dtype == np.float32


def slopes(f, a, b):
    with np.errstate(all="ignore"):
        return slope(lambda a: f(a, b), a), slope(lambda b: f(a, b), b)


def test_zeros_and_infinities_of_two_operands():
    assert slopes(np.arctan2, 0.0, 0.0) == (0, 0)
    assert slope(np.angle, np.array(0j)) == 0
    assert slopes(np.power, np.array(0.0), np.array(-1.0)) == (-np.inf, -np.inf)
    for add in (np.logaddexp, np.logaddexp2):
        assert slopes(add, np.inf, 1.0) == (1, 0)
        assert slopes(add, 1.0, -np.inf) == (1, 0)
        assert slopes(add, -np.inf, -np.inf) == (0, 0)
    assert slope(autograd.logsumexp, [-np.inf, -np.inf]).tolist() == [0, 0]
    a, b = np.array(-2.0), np.array(1 + 2j)
    check_gradients(lambda a, b: np.real(a**b), a, b, order=2)
    x = Value(np.array([1.0, 2.0]))
    np.sum(np.real(np.maximum(x, 1.5j))).backward()
    assert x.grad.tolist() == [1, 1]


def test_extremes_that_are_infinite():
    assert slope(np.nanmax, [-np.inf, np.nan]).tolist() == [1, 0]
    assert slope(np.nanmin, [np.inf, np.nan, np.inf]).tolist() == [0.5, 0, 0.5]
    whole, part = slope(lambda x: np.modf(x)[1], [np.inf]), np.modf(Value([np.inf, 2.5]))[0]
    assert whole == 0 and part.data.tolist() == [0, 0.5]


def test_spreads_of_too_few_numbers():
    for spread in (np.var, np.std):
        with pytest.warns(RuntimeWarning):
            y = spread(Value([1.0, 2.0]), ddof=2)
        assert y.item() == np.inf
        with pytest.warns(RuntimeWarning):
            assert np.all(np.isnan(slope(lambda x: spread(x, ddof=3), [1.0, 2.0])))  # noqa: B023


def test_what_an_attack_found():
    np.testing.assert_allclose(
        autograd.hessian(lambda x: x[0] ** x[1])(np.array([2.0, 0.0])),
        [[0, 0.5], [0.5, np.log(2) ** 2]],
    )
    assert slope(lambda b: np.fmod(1.0, b), 0.1) == -9
    a = np.array([[2.0, 1.0], [1.0, 5.0]])
    lower = [slope(lambda a, u=u: np.linalg.eigvalsh(a, UPLO=u)[0], a) for u in "lL"]
    np.testing.assert_array_equal(*lower)
    half = slope(np.mean, np.ones(70_000, np.float16))
    assert half[0] == np.float16(1 / 70_000)
    with pytest.raises(TypeError, match="order takes no gradient"):
        np.linalg.norm(Value(np.ones(2)), Value(2.0))
    with pytest.raises(TypeError, match="would cut"):
        Value(np.array([1, 2])).at[0].set(Value(2.5))
