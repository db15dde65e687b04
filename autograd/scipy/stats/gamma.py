"""The gamma distribution: Γ(a)⁻¹ zᵃ⁻¹ exp(−z) for z > 0."""

from __future__ import annotations

import numpy as _np
import scipy.stats as _stats
from scipy.special import digamma as _digamma

from ..constant import face as _face
from .family import location_scale as _location_scale

pdf, logpdf, cdf, sf, logcdf, logsf, ppf, isf = _location_scale(
    _stats.gamma,
    lambda z, a: (a - 1) / z - 1,
    {"a": lambda z, a: _np.log(z) - _digamma(a)},
    domain=((0.5, 3), (1.2, 3)),
)

__getattr__, __dir__ = _face(_stats.gamma, globals())
