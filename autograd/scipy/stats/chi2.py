"""The chi-square distribution: that of gamma with a = df / 2 and twice the scale."""

from __future__ import annotations

import numpy as _np
import scipy.stats as _stats
from scipy.special import digamma as _digamma

from ..constant import face as _face
from .family import location_scale as _location_scale

pdf, logpdf, cdf, sf, logcdf, logsf, ppf, isf = _location_scale(
    _stats.chi2,
    lambda z, df: (df / 2 - 1) / z - 0.5,
    {"df": lambda z, df: (_np.log(z / 2) - _digamma(df / 2)) / 2},
    domain=((0.5, 3), (2.2, 5)),
)

__getattr__, __dir__ = _face(_stats.chi2, globals())
