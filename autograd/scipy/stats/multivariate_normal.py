"""The multivariate normal distribution.

References
----------
Petersen & Pedersen 2012, "The Matrix Cookbook", section 8.1: with u = Σ⁻¹(x − μ) the derivative
of the log density by x is −u, by μ it is u, and by Σ it is (u uᵀ − Σ⁻¹) / 2.
"""

from __future__ import annotations

from typing import Any

import numpy as _np
import scipy.stats as _stats

from ...op import Hermitian as _Hermitian
from ...op import define as _define
from ...value import raw as _raw
from ..constant import constant as _constant
from ..constant import face as _face
from ..constant import is_plain as _is_plain

_normal = _stats.multivariate_normal


def normal_logpdf(x, mean, cov, allow_singular=False):
    """Of points along the last axis of ``x``."""
    return _np.reshape(_normal.logpdf(x, mean, cov, allow_singular), _np.shape(x)[:-1])


def _whitened(x, mean, cov, allow_singular):
    """Σ⁻¹(x − μ); of a singular Σ, which is constant then, the pseudo-inverse."""
    inverse = _np.linalg.pinv(_raw(cov)) if allow_singular else _np.linalg.inv(cov)
    return (x - mean) @ inverse


def _by_covariance(g, x, mean, cov):
    inverse = _np.linalg.inv(cov)
    u = (x - mean) @ inverse
    outer = _np.expand_dims(u, -1) * _np.expand_dims(u, -2) - inverse
    return _np.reshape(g, (*_np.shape(g), 1, 1)) * outer / 2


normal_logpdf = _define(
    normal_logpdf,
    lambda g, y, x, mean, cov, allow_singular=False: (
        -_np.expand_dims(g, -1) * _whitened(x, mean, cov, allow_singular)
    ),
    lambda g, y, x, mean, cov, allow_singular=False: (
        _np.expand_dims(g, -1) * _whitened(x, mean, cov, allow_singular)
    ),
    lambda g, y, x, mean, cov, allow_singular=False: _by_covariance(g, x, mean, cov),
    label="normal logpdf",
    shapes=[((2,), (2,), (2, 2)), ((5, 3), (3,), (3, 3)), ((2, 2, 2), (2,), (2, 2))],
    domain=((-2, 2), (-1, 1), _Hermitian(definite=True)),
    formulas=("−g·u, u = Σ⁻¹(x − μ)", "g·u, u = Σ⁻¹(x − μ)", "g·(u uᵀ − Σ⁻¹)/2"),
)


def normal_entropy(cov):
    return _normal.entropy(None, cov)


# log det(2πe Σ) / 2
normal_entropy = _define(
    normal_entropy,
    lambda g, y, cov: g / 2 * _np.transpose(_np.linalg.inv(cov)),
    label="normal entropy",
    shapes=[((3, 3),), ((1, 1),)],
    domain=(_Hermitian(definite=True),),
    formulas=("g·Σ⁻ᵀ/2",),
)


def _array(x: Any) -> Any:
    return _np.asarray(x) if isinstance(x, (list, tuple, int, float)) else x


def _dimension(mean: Any, cov: Any) -> int:
    if mean is not None:
        return _np.size(_raw(mean))
    shape = _np.shape(_raw(cov))
    return shape[-1] if shape else 1


def _matrix(cov: Any, dimension: int) -> Any:
    """A covariance as a matrix: a number stands for equal variances, a vector for the diagonal."""
    cov = _array(cov)
    if _np.ndim(cov) == 2:
        return cov
    return _np.reshape(cov, (-1, 1)) * _np.eye(dimension)


def logpdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    """The log of the density at points along the last axis of ``x``.

    Parameters
    ----------
    x : (..., d) array; for d = 1 an array of numbers too
    mean : (d,) array, optional
    cov : (d, d) array, (d,) array of variances, or one variance
        Its gradient is that of a matrix that stays symmetric.
    allow_singular : bool
        Then ``cov`` takes no gradient.
    """
    if _is_plain(x, mean, cov):
        return _normal.logpdf(x, mean, cov, allow_singular)
    if allow_singular:
        _constant(cov, "a covariance that may be singular", "multivariate_normal.logpdf")
    x, mean, cov = _array(x), _array(mean), _array(cov)
    dimension = _dimension(mean, cov)
    mean = _np.zeros(dimension) if mean is None else _np.reshape(mean, (dimension,))
    if _np.ndim(x) == 0 or (_np.ndim(x) == 1 and dimension == 1):
        x = _np.reshape(x, (-1, 1))
    settings = {"allow_singular": True} if allow_singular else {}
    density = normal_logpdf(x, mean, _matrix(cov, dimension), **settings)
    return _np.squeeze(density) if 1 in _np.shape(density) else density


def pdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    """The density; see `logpdf`."""
    if _is_plain(x, mean, cov):
        return _normal.pdf(x, mean, cov, allow_singular)
    return _np.exp(logpdf(x, mean, cov, allow_singular))


def entropy(mean: Any = None, cov: Any = 1) -> Any:
    """log det(2πe Σ) / 2, which does not depend on the mean.

    Parameters
    ----------
    mean : (d,) array, optional
    cov : (d, d) array, (d,) array of variances, or one variance
    """
    if _is_plain(mean, cov):
        return _normal.entropy(mean, cov)
    return normal_entropy(_matrix(cov, _dimension(mean, cov)))


__getattr__, __dir__ = _face(_normal, globals())
