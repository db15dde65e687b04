"""What a replay relies on: that all has the shapes, dtypes and layouts of the recording."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data import as_data
from ..lines import Place, line_at


def kind_of(data: Any) -> Any:
    """What data must have in common for a program to hold: all but the numbers.

    The layout is part of it, because sums are added up in the order of memory.
    """
    if isinstance(data, np.ndarray):
        return data.shape, data.strides, data.dtype
    return type(data)


def again(given: Any, known: tuple[type, tuple[int, ...], Any], place: Place) -> Any:
    """What a function of the user's gave now, if it is what it gave in the recording."""
    if not isinstance(given, (np.ndarray, np.generic, float, int)):
        raise _other(f"{given!r}", known, place)
    data = as_data(given)
    if (type(data), np.shape(data), getattr(data, "dtype", None)) != known:
        raise _other(_told(type(data), np.shape(data), getattr(data, "dtype", None)), known, place)
    return data


def refuse(given: Any, known: tuple[type, tuple[int, ...], Any], place: Place) -> None:
    """Raise where a result has another shape than in the recording."""
    raise _other(_told(type(given), np.shape(given), given.dtype), known, place)


def _other(given: str, known: Any, place: Place) -> RuntimeError:
    return RuntimeError(
        f"record: {line_at(place)} gave {given}, and {_told(*known)} when it was recorded. A "
        f"replay keeps all shapes and dtypes: use np.where(mask, x, 0) instead of x[mask], or "
        f"leave the function unrecorded"
    )


def _told(kind: type, shape: tuple[int, ...], dtype: Any) -> str:
    if not shape:
        return f"one number, {dtype or kind.__name__}"
    return f"an array of shape {shape}, {dtype}"
