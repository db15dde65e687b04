"""Matrices and convolutions: values against SciPy, gradients of both orders, refusals."""

import numpy as np
import pytest

pytest.importorskip("scipy")

import scipy.linalg
import scipy.signal

from autograd import Value, check_gradients
from autograd.scipy import linalg, signal

RNG = np.random.default_rng(7)


def _covariance(d):
    a = RNG.normal(size=(d, d))
    return a @ a.T + np.eye(d)


# ---- linalg ------------------------------------------------------------------------------------


def test_roots_of_matrices():
    a = _covariance(3)
    np.testing.assert_array_equal(linalg.sqrtm(a), scipy.linalg.sqrtm(a))
    check_gradients(lambda a: linalg.sqrtm(a), a, order=2)
    with pytest.raises(NotImplementedError, match="disp"):
        linalg.sqrtm(Value(a), disp=False)


def test_a_root_may_be_complex():
    a = np.diag([1.0, -2.0, 3.0]) + 0.1 * _covariance(3)
    root = linalg.sqrtm(Value(a)).data
    assert root.dtype == complex
    np.testing.assert_allclose(root @ root, a)
    check_gradients(lambda a: linalg.sqrtm((a + a.T) / 2), a, order=2)


def test_sylvesters_equation():
    a, b, q = (RNG.normal(size=shape) for shape in ((3, 3), (2, 2), (3, 2)))
    x = linalg.solve_sylvester(Value(a), b, q).data
    np.testing.assert_allclose(a @ x + x @ b, q)
    np.testing.assert_array_equal(x, scipy.linalg.solve_sylvester(a, b, q))


def test_exponential_of_a_matrix():
    a, e = RNG.normal(size=(2, 4, 4))
    v = Value(a)
    linalg.expm(v).backward(e)
    np.testing.assert_allclose(v.grad, scipy.linalg.expm_frechet(a.T, e, compute_expm=False))


@pytest.mark.parametrize("trans", [0, 1, 2, "N", "T", "C"])
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("unit", [False, True])
def test_triangular_systems(trans, lower, unit):
    settings = {"trans": trans, "lower": lower, "unit_diagonal": unit}
    a, b = RNG.normal(size=(3, 3)) + 3 * np.eye(3), RNG.normal(size=(3, 2))
    expected = scipy.linalg.solve_triangular(a, b, **settings)
    np.testing.assert_array_equal(linalg.solve_triangular(a, b, **settings), expected)
    np.testing.assert_allclose(linalg.solve_triangular(Value(a), b, **settings).data, expected)
    check_gradients(lambda a, b: linalg.solve_triangular(a, b, **settings), a, b, order=2)
    c = a + 1j * RNG.normal(size=(3, 3))
    np.testing.assert_allclose(
        linalg.solve_triangular(Value(c), b, **settings).data,
        scipy.linalg.solve_triangular(c, b, **settings),
    )
    check_gradients(lambda c: linalg.solve_triangular(c, b, **settings), c)


def test_systems_from_cholesky_factors():
    a, b = _covariance(3), RNG.normal(size=3)
    for lower in (False, True):
        c = np.asarray(scipy.linalg.cholesky(a, lower=lower))
        x = linalg.cho_solve((Value(c), lower), b)
        np.testing.assert_allclose(x.data, np.linalg.solve(a, b))
        np.testing.assert_allclose(linalg.cho_solve((c, lower), b), np.linalg.solve(a, b))
        check_gradients(lambda c, b, lower=lower: linalg.cho_solve((c, lower), b), c, b, order=2)


@pytest.mark.parametrize("bands", [(1, 1), (2, 1), (0, 2), (3, 0), (0, 0)])
def test_banded_systems(bands):
    ab = RNG.normal(size=(sum(bands) + 1, 5))
    ab[bands[1]] += 4
    for b in (RNG.normal(size=5), RNG.normal(size=(5, 2))):
        expected = scipy.linalg.solve_banded(bands, ab, b)
        np.testing.assert_array_equal(linalg.solve_banded(bands, ab, b), expected)
        np.testing.assert_allclose(linalg.solve_banded(bands, Value(ab), b).data, expected)
        check_gradients(lambda ab, b: linalg.solve_banded(bands, ab, b), ab, b, order=2)


# ---- signal ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["full", "valid", "same"])
@pytest.mark.parametrize("lengths", [(5, 3), (4, 4), (6, 1), (7, 2)])
def test_convolution_is_scipys(mode, lengths):
    a, b = (RNG.normal(size=n) for n in lengths)
    expected = scipy.signal.convolve(a, b, mode)
    np.testing.assert_allclose(signal.convolve(a, b, mode=mode), expected, atol=1e-14)
    plane, small = RNG.normal(size=(*lengths,)), RNG.normal(size=(2, 1))
    np.testing.assert_allclose(
        signal.convolve(plane, small, mode=mode),
        scipy.signal.convolve2d(plane, small, mode),
        atol=1e-14,
    )


@pytest.mark.parametrize("mode", ["full", "valid", "same"])
def test_convolution_by_a_longer_one(mode):
    a, b = RNG.normal(size=3), RNG.normal(size=8)
    whole = np.convolve(a, b)
    expected = {"full": whole, "valid": whole[2:8], "same": whole[3:6]}[mode]
    np.testing.assert_allclose(signal.convolve(a, b, mode=mode), expected)
    check_gradients(lambda a, b: signal.convolve(a, b, mode=mode), a, b, order=2)


@pytest.mark.parametrize("mode", ["full", "valid", "same"])
@pytest.mark.parametrize(
    "axes", [([0], [0]), ([1], [1]), ([0], [1]), ([0, 1], [0, 1]), ([1, 0], [1, 0]), ([], [])]
)
def test_convolution_along_some_axes(mode, axes):
    a, b = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))
    check_gradients(lambda a, b: signal.convolve(a, b, axes=axes, mode=mode), a, b, order=2)


@pytest.mark.parametrize("mode", ["full", "valid", "same"])
def test_convolution_summed_over_others(mode):
    a, b = RNG.normal(size=(3, 5, 2)), RNG.normal(size=(3, 4, 2))
    y = signal.convolve(a, b, axes=([1], [1]), dot_axes=([0], [0]), mode=mode)
    for i in range(2):
        for j in range(2):
            parts = [scipy.signal.convolve(a[d, :, i], b[d, :, j], mode) for d in range(3)]
            np.testing.assert_allclose(y[i, j], sum(parts))
    check_gradients(
        lambda a, b: signal.convolve(a, b, ([1], [-2]), ([2], [0]), mode),
        RNG.normal(size=(2, 3, 3)),
        RNG.normal(size=(3, 2, 2)),
        order=2,
    )
    np.testing.assert_allclose(
        signal.convolve(a, b, axes=([], []), dot_axes=([0, 2], [0, 2]), mode=mode),
        np.tensordot(a, b, ([0, 2], [0, 2])),
    )


@pytest.mark.parametrize("mode", ["full", "valid", "same"])
def test_long_convolutions_give_what_short_ones_do(mode, monkeypatch):
    a, b = RNG.normal(size=(30, 20)), RNG.normal(size=(70, 25))

    def found():
        v, w = Value(a), Value(b)
        y = signal.convolve(v, w, mode=mode)
        y.backward(np.cos(np.arange(y.size)).reshape(y.shape))
        return y.data, v.grad, w.grad

    long = found()
    monkeypatch.setattr(signal, "_LONG", np.inf)
    for x, y in zip(long, found(), strict=True):
        np.testing.assert_allclose(x, y, atol=1e-10)


def test_convolutions_that_make_no_sense():
    with pytest.raises(ValueError, match="mode is one of"):
        signal.convolve(np.ones(3), np.ones(2), mode="middle")
    with pytest.raises(ValueError, match="at least as long"):
        signal.convolve(np.ones((3, 2)), np.ones((2, 3)), mode="valid")
    with pytest.raises(ValueError, match="name the axes"):
        signal.convolve(np.ones((3, 2)), np.ones(3))
