"""SciPy's names, differentiable: ``autograd.scipy.special``, ``stats``, ``linalg`` and others.

SciPy's special functions are NumPy ufuncs, so importing this package makes SciPy's own take
Values; the modules here add the functions that are not ufuncs. What they have no rule for is
SciPy's as it is.

>>> import scipy.special
>>> import autograd.scipy
>>> from autograd import grad
>>> round(grad(scipy.special.gammaln)(1.0), 6)  # minus Euler's constant
-0.577216
"""

from __future__ import annotations

try:
    import scipy as _scipy  # noqa: F401
except ImportError as error:
    raise ImportError("autograd.scipy needs SciPy: python -m pip install scipy") from error

from . import integrate, linalg, signal, special, stats

__all__ = ["integrate", "linalg", "signal", "special", "stats"]
