"""Student's t distribution: Γ((df + 1)/2) / (√(π df) Γ(df/2)) · (1 + z²/df)^(−(df + 1)/2)."""

from __future__ import annotations

import numpy as _np
import scipy.stats as _stats
from scipy.special import digamma as _digamma

from ..constant import face as _face
from .family import location_scale as _location_scale


def _by_df(z, df):
    constants = _digamma((df + 1) / 2) - _digamma(df / 2) - 1 / df
    square = z * z
    return (constants - _np.log1p(square / df) + square * (df + 1) / (df * (df + square))) / 2


pdf, logpdf, cdf, sf, logcdf, logsf, ppf, isf = _location_scale(
    _stats.t,
    lambda z, df: -z * (df + 1) / (df + z * z),
    {"df": _by_df},
    domain=((-2, 2), (2, 5)),
)

__getattr__, __dir__ = _face(_stats.t, globals())
