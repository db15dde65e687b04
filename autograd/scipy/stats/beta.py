"""The beta distribution: B(a, b)⁻¹ zᵃ⁻¹ (1 − z)ᵇ⁻¹ for 0 < z < 1."""

from __future__ import annotations

import numpy as _np
import scipy.stats as _stats
from scipy.special import digamma as _digamma

from ..constant import face as _face
from .family import location_scale as _location_scale

pdf, logpdf, cdf, sf, logcdf, logsf, ppf, isf = _location_scale(
    _stats.beta,
    lambda z, a, b: (a - 1) / z - (b - 1) / (1 - z),
    {
        "a": lambda z, a, b: _np.log(z) - _digamma(a) + _digamma(a + b),
        "b": lambda z, a, b: _np.log1p(-z) - _digamma(b) + _digamma(a + b),
    },
    domain=((0.1, 0.5), (1.2, 3), (1.2, 3)),
)

__getattr__, __dir__ = _face(_stats.beta, globals())
