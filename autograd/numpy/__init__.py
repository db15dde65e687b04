"""NumPy's names, differentiable: ``import autograd.numpy as np``.

NumPy's own functions already take Values. This namespace is for what NumPy cannot hand on: a list
with Values in it, as in ``np.array([x * y, x + y])`` or ``np.mean([x, y])``, and ``np.r_[x, y]``;
all other names are NumPy's.

>>> import autograd.numpy as np
>>> from autograd import Value
>>> x, y = Value(1.0), Value(2.0)
>>> print(np.array([x * y, x + y]))
[2. 3.]
>>> print(np.mean([x, y]))
1.5
"""

from __future__ import annotations

from typing import Any

import numpy as _numpy

from ..value import Value, raw
from . import fft, linalg, random
from .lists import array, asarray, taking_lists
from .lists import concatenated as _concatenated

__all__ = [
    "array",
    "asarray",
    "c_",
    "fft",
    "full",
    "full_like",
    "linalg",
    "make_diagonal",
    "r_",
    "random",
    "where",
]

c_, r_ = _concatenated(_numpy.c_), _concatenated(_numpy.r_)


def make_diagonal(D: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Matrices with the vectors along the last axis of ``D`` on their diagonals.

    Parameters
    ----------
    D : (..., n) array
    offset, axis1, axis2 : int
        0, -1 and -2; other diagonals are not made.

    Returns
    -------
    (..., n, n) array
    """
    if offset != 0 or (axis1 % (D.ndim + 1), axis2 % (D.ndim + 1)) != (D.ndim, D.ndim - 1):
        raise NotImplementedError("make_diagonal makes offset=0, axis1=-1, axis2=-2")
    return D[..., None] * _numpy.eye(_numpy.shape(D)[-1])


def where(condition: Any, *choices: Any, **named: Any) -> Any:
    """np.where, which also takes ``x`` and ``y`` by name."""
    choices += tuple(named.pop(name) for name in ("x", "y")[len(choices) :] if name in named)
    if named:
        raise TypeError(f"where takes condition, x and y, not {', '.join(named)}")
    return _numpy.where(asarray(condition), *map(asarray, choices))


def full(shape: Any, fill_value: Any, dtype: Any = None, **settings: Any) -> Any:
    """np.full, which also fills with a Value."""
    fill = asarray(fill_value)
    if not isinstance(fill, Value):
        return _numpy.full(shape, fill_value, dtype, **settings)
    filled = _numpy.broadcast_to(fill, shape)
    return filled if dtype is None else filled.astype(dtype)


def full_like(a: Any, fill_value: Any, dtype: Any = None, **settings: Any) -> Any:
    """np.full_like, which also fills with a Value."""
    if not isinstance(asarray(fill_value), Value):
        return _numpy.full_like(raw(a), fill_value, dtype, **settings)
    kind = _numpy.result_type(a) if dtype is None else dtype
    return full(settings.get("shape") or _numpy.shape(a), fill_value, kind)


class _OfValues(type):
    """Of integer types: called with a Value they give plain whole numbers."""

    kind: type

    def __call__(cls, x: Any = 0) -> Any:
        return cls.kind(raw(x))

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, cls.kind)


def __getattr__(name: str) -> Any:
    found = getattr(_numpy, name)
    if isinstance(found, type) and issubclass(found, _numpy.integer):
        found = _OfValues(name, (found,), {"kind": found})
    else:
        found = taking_lists(found)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*dir(_numpy), *__all__})
