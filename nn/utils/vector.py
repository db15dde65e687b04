"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import Value
from autograd.value import raw, written


def parameters_to_vector(parameters: Iterable[Value]) -> Value:
    """All numbers of the parameters, one parameter after the other; differentiable.

    Parameters
    ----------
    parameters : iterable of Values

    Returns
    -------
    (numbers,) Value

    Examples
    --------
    >>> import nn
    >>> model = nn.Linear(3, 2)
    >>> vector = nn.utils.parameters_to_vector(model.parameters())
    >>> vector.shape
    (8,)
    >>> penalty = 0.01 * (vector * vector).sum()
    """
    parameters = list(parameters)
    if not parameters:
        raise ValueError("there are no parameters; model.parameters() can be walked once only")
    vector: Any = np.concatenate([np.reshape(parameter, -1) for parameter in parameters])
    return vector


def vector_to_parameters(vec: Any, parameters: Iterable[Value]) -> None:
    """Set all numbers of the parameters from one vector.

    Parameters
    ----------
    vec : (numbers,) array or Value
        It is copied, in each parameter's precision.
    parameters : iterable of Values

    Raises
    ------
    ValueError
        Where there are more or fewer numbers than the parameters hold; nothing is changed.
    """
    vector, parameters = np.asarray(raw(vec)), list(parameters)
    ends = np.cumsum([parameter.size for parameter in parameters], dtype=int)
    if vector.ndim != 1 or vector.size != (ends[-1] if parameters else 0):
        raise ValueError(
            f"the parameters hold {ends[-1] if parameters else 0} numbers, and the vector has "
            f"shape {vector.shape}"
        )
    for parameter, numbers in zip(parameters, np.split(vector, ends[:-1]), strict=True):
        data = parameter._data
        if isinstance(data, np.ndarray):
            data[...] = numbers.reshape(data.shape)
            written(parameter)
        else:
            parameter.data = numbers.item() if type(data) is float else data.dtype.type(numbers[0])
