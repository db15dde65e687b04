"""The normal distribution.

>>> import autograd.scipy.stats.norm as norm
>>> from autograd import grad
>>> grad(norm.logpdf)(1.0, 0.0, 2.0)
-0.25
"""

from __future__ import annotations

import scipy.stats as _stats

from ..constant import face as _face
from ..special.error_functions import normal_hazard as _normal_hazard
from .family import location_scale as _location_scale

pdf, logpdf, cdf, sf, logcdf, logsf, ppf, isf = _location_scale(
    _stats.norm, lambda z: -z, {}, domain=((-2, 2),), hazard=_normal_hazard
)

__getattr__, __dir__ = _face(_stats.norm, globals())
