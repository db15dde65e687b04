"""np.random as it is: drawn numbers are plain arrays."""

import numpy as _numpy


def __getattr__(name: str) -> object:
    return getattr(_numpy.random, name)


def __dir__() -> list[str]:
    return dir(_numpy.random)
