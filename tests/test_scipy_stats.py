"""Distributions: values against SciPy, gradients of both orders, refusals."""

import warnings

import numpy as np
import pytest

pytest.importorskip("scipy")

import scipy.stats

import autograd.scipy as ag
from autograd import Value, check_gradients, elementwise_grad, grad
from autograd.scipy import stats
from autograd.scipy.stats import multivariate_normal as mvn

RNG = np.random.default_rng(7)

FAMILIES = {"norm": (), "beta": (2.5, 1.5), "gamma": (2.5,), "chi2": (3.5,), "t": (4.5,)}
METHODS = ["pdf", "logpdf", "cdf", "sf", "logcdf", "logsf", "ppf", "isf"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", FAMILIES)
def test_distributions(family, method):
    ours, plain = (getattr(getattr(m, family), method) for m in (stats, scipy.stats))
    shapes, x = FAMILIES[family], np.array([0.2, 0.4, 0.7])
    np.testing.assert_array_equal(ours(x, *shapes), plain(x, *shapes))
    np.testing.assert_array_equal(ours(x, *shapes, scale=2.0), plain(x, *shapes, scale=2.0))
    np.testing.assert_array_equal(ours([0.2], *shapes, 0.1), plain([0.2], *shapes, 0.1))
    np.testing.assert_array_equal(ours(Value(x), *shapes, loc=0.1).data, plain(x, *shapes, loc=0.1))
    check_gradients(lambda s: ours([0.2, 0.4], *shapes, scale=s), 1.3, order=2)
    check_gradients(lambda x: ours(x, *shapes), x, order=2)
    if shapes and method in ("pdf", "logpdf"):
        check_gradients(lambda *shapes: ours(x, *shapes), *shapes, order=2)
    elif shapes:
        with pytest.raises(NotImplementedError, match="no gradient rule"):
            ours(x, *(Value(p) for p in shapes))
    with pytest.raises(TypeError):
        ours(Value(x), *shapes, loc=0.1, size=3)


def test_norm_far_out():
    for f, x in ((stats.norm.logcdf, -50.0), (stats.norm.logsf, 50.0)):
        assert abs(grad(f)(x)) == pytest.approx(50.019984)
        assert grad(grad(f))(x) == pytest.approx(-1, rel=1e-3)


def test_outside_the_support_the_density_is_flat():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for f in (stats.gamma.pdf, stats.chi2.pdf):
            assert grad(f)(-1.0, 2.0) == 0
        assert grad(stats.beta.pdf)(1.5, 2.0, 3.0) == 0


@pytest.mark.parametrize("method", ["pmf", "logpmf", "cdf", "sf"])
def test_poisson(method):
    ours, plain = getattr(stats.poisson, method), getattr(scipy.stats.poisson, method)
    k, mu = np.array([0, 2, 5]), np.array([[1.5], [2.5]])
    np.testing.assert_array_equal(ours(k, mu), plain(k, mu))
    np.testing.assert_array_equal(ours(k, Value(mu), 1).data, plain(k, mu, 1))
    check_gradients(lambda mu: ours(k, mu), mu, order=2)
    check_gradients(lambda mu: ours(k + 1.0, mu, loc=1), mu, order=2)
    with pytest.raises(NotImplementedError, match="no gradient rule for k"):
        ours(Value(2.0), 1.5)


def test_dirichlet():
    alpha, x = np.array([1.5, 2.0, 3.0]), np.array([0.2, 0.3, 0.5])
    many = np.stack([x, x[::-1]], axis=1)
    for name in ("pdf", "logpdf"):
        ours, plain = getattr(stats.dirichlet, name), getattr(scipy.stats.dirichlet, name)
        for points in (x, x[:2], many):
            np.testing.assert_array_equal(ours(points, alpha), plain(points, alpha))
            np.testing.assert_allclose(ours(points, Value(alpha)).data, plain(points, alpha))
            check_gradients(lambda a, points=points, f=ours: f(points, a), alpha, order=2)
        check_gradients(lambda x, f=ours: f(x / np.sum(x), alpha), x, order=2)
        check_gradients(lambda x, f=ours: f(x, alpha), x[:2], order=2)
        with pytest.raises(ValueError, match="simplex"):
            ours(Value(2 * x), alpha)
    assert stats.dirichlet.rvs(alpha, size=2).shape == (2, 3)


def _covariance(d):
    a = RNG.normal(size=(d, d))
    return a @ a.T + np.eye(d)


@pytest.mark.parametrize("name", ["pdf", "logpdf"])
def test_multivariate_normal(name):
    ours, plain = getattr(mvn, name), getattr(scipy.stats.multivariate_normal, name)
    x, mean, cov = RNG.normal(size=(5, 3)), RNG.normal(size=3), _covariance(3)

    def symmetric(x, mean, cov):
        return ours(x, mean, (cov + np.swapaxes(cov, 0, 1)) / 2)

    for points in (x, x[0], x[None], x[:1]):
        np.testing.assert_array_equal(ours(points, mean, cov), plain(points, mean, cov))
        np.testing.assert_allclose(ours(Value(points), mean, cov).data, plain(points, mean, cov))
        check_gradients(symmetric, points, mean, cov, order=2)
    check_gradients(lambda v: ours(x, mean, v), np.array([1.0, 2.0, 3.0]), order=2)
    check_gradients(lambda v: ours(x, mean, v), 1.5, order=2)
    check_gradients(lambda x: ours(x), np.array([0.3, 0.7]), order=2)
    check_gradients(lambda x, v: ours(x, 0.5, v), 0.3, 1.5, order=2)
    np.testing.assert_allclose(
        ours(Value([0.3, 0.7]), None, 2.0).data, plain([0.3, 0.7], None, 2.0)
    )
    np.testing.assert_allclose(
        ours(Value(x), mean, [1.0, 2.0, 3.0]).data, plain(x, mean, [1.0, 2.0, 3.0])
    )


def test_multivariate_normal_with_a_singular_covariance():
    cov = np.diag([1.0, 2.0, 0.0])

    def logpdf(x, mean):
        x = np.concatenate([x, mean[2:]])
        return mvn.logpdf(x, mean, cov, allow_singular=True)

    check_gradients(logpdf, RNG.normal(size=2), RNG.normal(size=3), order=2)
    with pytest.raises(NotImplementedError, match="singular"):
        mvn.logpdf(np.zeros(3), np.zeros(3), Value(cov), allow_singular=True)


def test_entropy_of_the_multivariate_normal():
    cov = _covariance(3)
    plain = scipy.stats.multivariate_normal.entropy
    assert mvn.entropy(np.zeros(3), Value(cov)).item() == pytest.approx(plain(None, cov))
    assert mvn.entropy(None, cov) == plain(None, cov)
    check_gradients(lambda c: mvn.entropy(None, (c + c.T) / 2), cov, order=2)
    check_gradients(lambda v: mvn.entropy(np.zeros(3), v), 1.5, order=2)
    assert mvn.entropy(Value(np.zeros(3)), cov) == plain(None, cov)  # whatever the mean


def test_elementwise_gradients_of_what_hips_users_write():
    x = np.linspace(-2, 2, 5)
    np.testing.assert_allclose(elementwise_grad(stats.norm.cdf)(x), scipy.stats.norm.pdf(x))
    np.testing.assert_allclose(
        elementwise_grad(ag.special.erf)(x), 2 / np.sqrt(np.pi) * np.exp(-(x**2))
    )
