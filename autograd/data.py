"""What a Value may hold, and how it is read from what users give."""

from __future__ import annotations

from typing import Any

import numpy as np

SCALARS = {np.float16, np.float32, np.float64}
"""The types of NumPy's single numbers that take gradients, but for complex ones."""


def as_data(data: Any, dtype: Any = None) -> Any:
    """A Python number, a NumPy scalar or an array; see `Value` for the conventions."""
    if isinstance(data, (bool, int, float, complex)) and not isinstance(data, np.generic):
        if dtype is not None:
            return np.dtype(dtype).type(data)
        return np.complex128(data) if isinstance(data, complex) else float(data)
    if hasattr(data, "requires_grad"):
        raise TypeError(
            "Value(value): it already is one. Use it as it is, or .detach() for a constant with "
            "the same data"
        )
    if not isinstance(data, (np.ndarray, np.generic)):
        try:
            data = np.array(data)
        except ValueError as error:
            raise ValueError(
                f"Value takes numbers, or lists with rows of equal length: {error}"
            ) from None
        if data.dtype.kind in "bui":
            data = data.astype(float)
    if dtype is not None:
        data = data.astype(dtype)
    if data.dtype.kind not in "buifc":
        raise TypeError(
            f"Value takes numbers, arrays of numbers or lists of numbers, not data of type "
            f"{data.dtype}"
        )
    return data


def is_floating(data: Any) -> bool:
    """Whether a gradient can belong to it."""
    return type(data) is float or data.dtype.kind in "fc"


def is_complex(data: Any) -> bool:
    """Whether it is made of complex numbers."""
    return type(data) is complex or (
        isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind == "c"
    )


def of_python_numbers(y: Any, operands: list) -> Any:
    """A result: as a Python float where all operands are Python numbers, and only there."""
    if isinstance(y, (np.floating, float)):
        for x in operands:
            if type(x) not in _PYTHON:
                return np.float64(y) if type(y) is float else y
        return float(y)
    return y


_PYTHON = {float, int, bool}
