"""The Dirichlet distribution: Γ(Σ αᵢ) / Π Γ(αᵢ) · Π xᵢ^(αᵢ − 1) where Σ xᵢ = 1."""

from __future__ import annotations

from typing import Any

import numpy as _np
import scipy.stats as _stats
from scipy.special import gammaln as _gammaln
from scipy.special import xlogy as _xlogy

from ...value import raw as _raw
from ..constant import face as _face
from ..constant import is_plain as _is_plain


def logpdf(x: Any, alpha: Any) -> Any:
    """The log of the density.

    Parameters
    ----------
    x : (k,) or (k, n) array, or without the last row, which is what is missing to 1
    alpha : (k,) array

    Raises
    ------
    ValueError
        What SciPy raises, for numbers that do not add up to 1 say.
    """
    plain = _stats.dirichlet.logpdf(_raw(x), _raw(alpha))
    if _is_plain(x, alpha):
        return plain
    x = _np.asarray(x) if isinstance(x, (list, tuple)) else x
    alpha = _np.asarray(alpha) if isinstance(alpha, (list, tuple)) else alpha
    if _np.shape(x)[0] == _np.shape(alpha)[0] - 1:
        x = _np.concatenate([x, 1 - _np.sum(x, axis=0, keepdims=True)])
    powers = _np.reshape(alpha - 1, (-1,) + (1,) * (_np.ndim(x) - 1))
    constants = _gammaln(_np.sum(alpha)) - _np.sum(_gammaln(alpha))
    density = _np.sum(_xlogy(powers, x), axis=0) + constants
    return density if _np.shape(density) == _np.shape(plain) else _np.squeeze(density)


def pdf(x: Any, alpha: Any) -> Any:
    """The density; see `logpdf`."""
    if _is_plain(x, alpha):
        return _stats.dirichlet.pdf(x, alpha)
    return _np.exp(logpdf(x, alpha))


__getattr__, __dir__ = _face(_stats.dirichlet, globals())
