"""What a Value may hold, and how it is read from what users give."""

from __future__ import annotations

from typing import Any

import numpy as np


def as_data(data: Any, dtype: Any = None) -> Any:
    """A Python float, a NumPy scalar or an array; see `Value` for the conventions."""
    if isinstance(data, (bool, int, float)) and not isinstance(data, np.generic):
        return float(data) if dtype is None else np.dtype(dtype).type(data)
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
    if data.dtype.kind == "c":
        raise TypeError(
            "Value takes real numbers; complex ones have no gradient rules here yet. Use the real "
            "and the imaginary part as two Values"
        )
    if data.dtype.kind not in "buif":
        raise TypeError(
            f"Value takes numbers, arrays of numbers or lists of numbers, not data of type "
            f"{data.dtype}"
        )
    return data


def is_floating(data: Any) -> bool:
    """Whether a gradient can belong to it."""
    return type(data) is float or data.dtype.kind == "f"


def of_python_numbers(y: Any, operands: list) -> Any:
    """A result as a Python float where all operands are Python numbers, as without NumPy."""
    if isinstance(y, np.floating) and all(type(x) in (float, int, bool) for x in operands):
        return float(y)
    return y
