"""Derivatives checked against what does not know the rules, and strategies to check them with.

>>> import numpy as np
>>> from autograd.check import check_gradients
>>> check_gradients(lambda x, y: np.sin(x) * y, np.array([0.3, 0.8]), 2.0, order=2)
"""

from .compare import GradientError, check_gradients
from .draws import Draw, all_draws
from .programs import Program, programs
from .strategies import arrays, broadcastable_shapes, broadcastable_values, values

__all__ = [
    "Draw",
    "GradientError",
    "Program",
    "all_draws",
    "arrays",
    "broadcastable_shapes",
    "broadcastable_values",
    "check_gradients",
    "programs",
    "values",
]
