"""The Poisson distribution, with respect to its mean mu; k and loc are counts."""

from __future__ import annotations

from typing import Any

import numpy as _np
import scipy.stats as _stats

from ...op import PAIR as _PAIR
from ...op import define as _define
from ..constant import constant as _constant
from ..constant import face as _face
from ..constant import is_plain as _is_plain


def poisson_logpmf(k, mu):
    return _stats.poisson.logpmf(k, mu)


def poisson_pmf(k, mu):
    return _stats.poisson.pmf(k, mu)


def poisson_cdf(k, mu):
    return _stats.poisson.cdf(k, mu)


def poisson_sf(k, mu):
    return _stats.poisson.sf(k, mu)


def _is_count(k):
    """Where the mass is not 0 for every mean."""
    return (k == _np.floor(k)) & (k >= 0)


# log p = k log μ − μ − log k!; of a distribution function the sum collapses to its last term
# (DLMF 8.11.10).
_recorded_logpmf = _define(
    poisson_logpmf,
    None,
    lambda g, y, k, mu: g * (k / mu - 1) * _is_count(k),
    label="poisson logpmf",
    formulas=(None, "g·(k / μ − 1)"),
    shapes=_PAIR,
    domain=(int, (0.5, 3)),
)
_recorded_pmf = _define(
    poisson_pmf,
    None,
    lambda g, y, k, mu: g * y * (k / mu - 1),
    label="poisson pmf",
    formulas=(None, "g·y·(k / μ − 1)"),
    shapes=_PAIR,
    domain=(int, (0.5, 3)),
)
_recorded_cdf = _define(
    poisson_cdf,
    None,
    lambda g, y, k, mu: -g * _recorded_pmf(_np.floor(k), mu),
    label="poisson cdf",
    formulas=(None, "−g·pmf(k)"),
    shapes=_PAIR,
    domain=(int, (0.5, 3)),
)
_recorded_sf = _define(
    poisson_sf,
    None,
    lambda g, y, k, mu: g * _recorded_pmf(_np.floor(k), mu),
    label="poisson sf",
    formulas=(None, "g·pmf(k)"),
    shapes=_PAIR,
    domain=(int, (0.5, 3)),
)


def _face_of(recorded: Any, plain: Any) -> Any:
    def call(k: Any, mu: Any, loc: Any = 0) -> Any:
        if _is_plain(k, mu, loc):
            return plain(k, mu, loc)
        k = _np.subtract(_constant(k, "k", plain.__name__), _constant(loc, "loc", plain.__name__))
        return recorded(k, mu)

    call.__name__ = call.__qualname__ = plain.__name__
    call.__doc__ = f"scipy.stats.poisson.{plain.__name__}, with respect to mu."
    return call


pmf = _face_of(_recorded_pmf, _stats.poisson.pmf)
logpmf = _face_of(_recorded_logpmf, _stats.poisson.logpmf)
cdf = _face_of(_recorded_cdf, _stats.poisson.cdf)
sf = _face_of(_recorded_sf, _stats.poisson.sf)

__getattr__, __dir__ = _face(_stats.poisson, globals())
