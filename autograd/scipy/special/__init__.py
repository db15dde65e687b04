"""scipy.special, differentiable: all of its names, of which most smooth ones take Values.

>>> import numpy as np
>>> from autograd import grad
>>> from autograd.scipy.special import expit, logsumexp
>>> grad(expit)(0.0)
0.25
>>> grad(logsumexp)(np.zeros(4))
array([0.25, 0.25, 0.25, 0.25])
"""

from __future__ import annotations

import scipy.special as _special

# NumPy's, which have their rules: SciPy's ufuncs of these names are others, and do the same.
from numpy import cbrt, exp2, expm1, log1p

from ..constant import face as _face
from . import bessel_functions, error_functions, integrals  # noqa: F401
from .entropies import log_softmax, logsumexp, softmax
from .gamma_functions import multigammaln, polygamma, zeta

__all__ = [
    "cbrt",
    "exp2",
    "expm1",
    "log1p",
    "log_softmax",
    "logsumexp",
    "multigammaln",
    "polygamma",
    "softmax",
    "zeta",
]

__getattr__, __dir__ = _face(_special, globals())
