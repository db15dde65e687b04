"""NumPy's names, differentiable: ``import autograd.numpy as np``.

NumPy's own functions already take Values. This namespace is for what NumPy cannot hand on, such
as ``np.array`` of a list that has Values in it; all other names are NumPy's.

>>> import autograd.numpy as np
>>> from autograd import Value
>>> x, y = Value(1.0), Value(2.0)
>>> print(np.array([x * y, x + y]))
[2. 3.]
"""

from __future__ import annotations

from typing import Any

import numpy as _numpy

from ..value import Value


def array(data: Any, dtype: Any = None) -> Any:
    """An array; of (nested lists of) Values a Value, still in the graph.

    Parameters
    ----------
    data : number, array, Value, or nested list of them
    dtype : NumPy dtype, optional
    """
    if isinstance(data, (list, tuple)):
        rows = [array(row) for row in data]
        if any(isinstance(row, Value) for row in rows):
            data = _numpy.stack(rows)
    if isinstance(data, Value):
        return data if dtype is None or data.dtype == dtype else data.astype(dtype)
    return _numpy.array(data, dtype)


asarray = array


def __getattr__(name: str) -> Any:
    return getattr(_numpy, name)


def __dir__() -> list[str]:
    return sorted({*dir(_numpy), "array", "asarray"})
