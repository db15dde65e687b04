"""np.fft, differentiable: NumPy's names, which also take lists with Values in them."""

import numpy as _numpy

from .lists import namespace

__getattr__, __dir__ = namespace(_numpy.fft, globals())
