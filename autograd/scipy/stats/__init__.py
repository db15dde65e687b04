"""scipy.stats, differentiable: a module for each distribution that has rules.

>>> import autograd.scipy.stats as stats
>>> from autograd import Value
>>> rate = Value(2.0)
>>> stats.poisson.logpmf(3, rate).backward()
>>> rate.grad
0.5
"""

from __future__ import annotations

import scipy.stats as _stats

from ..constant import face as _face
from . import beta, chi2, dirichlet, gamma, multivariate_normal, norm, poisson, t

__all__ = ["beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t"]

__getattr__, __dir__ = _face(_stats, globals())
