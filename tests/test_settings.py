"""NumPy's settings of NumPy's functions: on Values the same results, and the same refusals."""

import warnings

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.check import check_gradients

X = np.random.default_rng(0).normal(size=(3, 4))
ENDLESS = np.array([1.0, np.inf, np.inf, -np.inf, 2.0])


SAME = [
    (lambda x: np.cov(x, rowvar=False), X[:1]),
    (lambda x: np.cov(x, ddof=7), X),
    (lambda x: np.ravel(x, order="A"), np.asfortranarray(X)),
    (lambda x: np.ravel(x, order="K"), X),
    (lambda x: np.reshape(x, (4, 3), order="F"), X),
    (lambda x: np.fft.fftn(x, axes=(0, 0)), X),
    (np.median, ENDLESS),
    (np.median, ENDLESS[1:3]),
    (np.median, ENDLESS[:2]),
    (lambda x: np.interp(x, [1.0], [3.0], left=-1.0), X),
    (lambda x: np.interp(x, [0.0, np.inf], [3.0, 4.0]), X),
    (lambda x: np.geomspace(x[0], x[1], 4), np.array([-1.0, -8.0])),
    (lambda x: np.geomspace(x[:2], x[2:], 3, axis=-1), np.array([-1.0, 2.0, -4.0, 8.0])),
    (lambda x: np.linspace(x[0], x[1], 3, axis=1), X),
    (lambda x: np.logspace(x[0], x[1], 3, dtype=np.float32), X),
    (lambda x: np.linspace(x[0], x[1], 1, retstep=True)[0], X),
    (lambda x: np.diff(x, n=0, prepend=1.0), X),
    (lambda x: np.cumulative_prod(x, include_initial=True), X[0, :0]),
    (lambda x: np.gradient(x), np.array([1.0, 2.0, np.nan, 5.0, 7.0])),
    (lambda x: np.linalg.norm(x, 0), np.array([np.inf, 0.0, 1.0])),
    (lambda x: np.bincount([0, 2, 2], weights=x, minlength=5), np.ones(3, np.float32)),
    (lambda x: np.einsum("ij,j->j", x, np.arange(4.0)), X[:, :1]),
    (lambda x: np.lexsort((x[0], x[1])), X),
    (lambda x: np.nansum(x, dtype=None), X),
    (lambda x: np.stack([x, x], dtype=None), X),
    (lambda x: np.modf(x)[0], np.array([np.inf, -2.5])),
]


@pytest.mark.parametrize(("f", "x"), SAME)
def test_same_as_numpy(f, x):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected, found = f(x), f(Value(x))
    found = found.data if isinstance(found, Value) else found
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


REFUSED = [
    lambda x: np.convolve(x[0], x[1], "reduced"),
    lambda x: np.correlate(x[0], x[1], "foo"),
    lambda x: np.sort(x, kind="foo"),
    lambda x: np.sort(x, kind="stable", stable=True),
    lambda x: np.meshgrid(x[0], x[1], indexing="foo"),
    lambda x: np.linspace(x[0], x[1], -1),
    lambda x: np.linspace(x[0], x[1], 3.0),
    lambda x: np.geomspace(x[0] * 0, x[1]),
    lambda x: np.diff(x, n=-1),
    lambda x: np.diff(x, axis=2),
    lambda x: np.gradient(x, edge_order=3),
    lambda x: np.gradient(x, axis=2),
    lambda x: np.trapezoid(x, axis=2),
    lambda x: np.cumprod(x, axis=2),
    lambda x: np.concatenate([x, x], axis=()),
    lambda x: np.vander(x),
    lambda x: np.ravel(x, order="X"),
    lambda x: np.copy(x, order="X"),
    lambda x: np.round(x, 1.0),
    lambda x: np.clip(x, -1, min=0),
    lambda x: np.fft.fft(x, n=-1),
    lambda x: np.fft.fft2(x, axes=(0, 2)),
    lambda x: np.fft.hfft(x, norm="foo"),
    lambda x: np.quantile(x, 0.5, axis=2),
    lambda x: np.median(x, axis=2),
    lambda x: np.linalg.matrix_norm(x[0]),
    lambda x: np.linalg.matrix_power(x, 1),
    lambda x: np.linalg.matrix_power(x[:, :3], 2.0),
    lambda x: np.linalg.tensorinv(x, ind=0),
    lambda x: np.linalg.outer(x, x[0]),
    lambda x: np.vecdot(x, x[:, :1]),
    lambda x: np.matvec(x[0], x[0]),
    lambda x: np.bincount([0, 1], weights=x[0]),
    lambda x: np.bincount([-1, 0, 1, 1], weights=x[0]),
    lambda x: np.compress([True], x, 0, np.zeros((1, 4))),
    lambda x: np.take(x, [0], 0, np.zeros((1, 4))),
]


@pytest.mark.parametrize("f", REFUSED)
def test_refused_as_by_numpy(f):
    if f not in REFUSED[-2:]:  # a Value cannot be written into out=, an array can
        with pytest.raises((TypeError, ValueError, IndexError)):
            f(X)
    with pytest.raises((TypeError, ValueError, IndexError)):
        f(Value(X))


DIFFERENTIABLE = [
    (lambda x: np.reshape(x, (2, 6), order="F"), X),
    (lambda x: np.ravel(x, order="F"), X),
    (lambda x: np.einsum("ij,j->j", x, np.arange(4.0)), X[:, :1]),
    (lambda x: np.einsum("ij,j,j->", x, np.arange(4.0), x[0]), X[:, :1]),
    (lambda x: np.linspace(x[0], x[1], 3, axis=-1) ** 2, X),
    (lambda x: np.geomspace(-np.exp(x[0]), -np.exp(x[1]), 3, axis=1), X),
    (lambda x: np.median(x, axis=1) ** 2, X),
    (lambda x: np.interp(x, [1.0], [3.0]), X),
    (lambda x: np.polymul(x[0], x[1]), np.array([[0.0, 2.0], [3.0, 1.0]])),
]


@pytest.mark.parametrize(("f", "x"), DIFFERENTIABLE)
def test_gradients(f, x):
    check_gradients(f, x, order=2)


def test_the_border_of_a_pool_is_never_the_maximum():
    x = Value(np.full((1, 1, 2, 2), -np.inf))
    autograd.max_pool2d(x, 3, 2, 1).sum().backward()
    assert x.grad.ravel().tolist() == [1, 0, 0, 0]
