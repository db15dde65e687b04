"""np.linalg, differentiable: NumPy's names, which also take lists with Values in them."""

import numpy as _numpy

from .lists import namespace

T = _numpy.linalg.matrix_transpose
_dot = _numpy.matmul

__getattr__, __dir__ = namespace(_numpy.linalg, globals())
