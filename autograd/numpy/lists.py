"""Lists with Values in them, where NumPy takes lists of numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from ..op import COMPOSED, OPS
from ..value import Value


def array(data: Any, dtype: Any = None, **settings: Any) -> Any:
    """An array; of (nested lists of) Values a Value, still in the graph.

    Parameters
    ----------
    data : number, array, Value, or nested list of them
    dtype : NumPy dtype, optional
    **settings
        np.array's others; of Values only ``ndmin`` and ``copy``.
    """
    if isinstance(data, (list, tuple)) and _holds_values(data):
        rows = [array(row) if isinstance(row, (list, tuple)) else row for row in data]
        data = np.stack(np.broadcast_arrays(*rows) if _mixed(rows) else rows)
    if not isinstance(data, Value):
        return np.array(data, dtype, **settings)
    unknown = set(settings) - {"ndmin", "copy", "order", "subok"}
    if unknown:
        raise TypeError(f"array of Values has no settings {', '.join(unknown)}")
    missing = settings.get("ndmin", 0) - data.ndim
    if missing > 0:
        data = np.reshape(data, (1,) * missing + data.shape)
    return data if dtype is None or data.dtype == dtype else data.astype(dtype)


asarray = array


def _mixed(rows: list[Any]) -> bool:
    """Whether there are shapes () and (1,), say, which np.array puts together too."""
    return (
        False
        if len({np.shape(row) for row in rows}) == 1
        else all(np.size(row) == 1 for row in rows)
    )


def _holds_values(data: Any) -> bool:
    if isinstance(data, (list, tuple)):
        return any(map(_holds_values, data))
    return isinstance(data, Value)


# Their first argument is a sequence of arrays anyway.
_SEQUENCES = {
    *(np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.block),
    *(np.linalg.multi_dot, np.select),
}


def taking_lists(function: Any) -> Any:
    """NumPy's function, given a Value where it was given a list with Values."""
    known = function in OPS or function in COMPOSED if callable(function) else False
    if not known or isinstance(function, np.ufunc):
        return function
    if function in _SEQUENCES:
        return _taking_iterables(function)

    @wraps(function)
    def called(*args: Any, **settings: Any) -> Any:
        return function(*(array(x) if _is_list(x) else x for x in args), **settings)

    return called


def _taking_iterables(function: Any) -> Any:
    """NumPy's function of a sequence, given one for ``dict.values()`` and generators too."""

    @wraps(function)
    def called(first: Any, *args: Any, **settings: Any) -> Any:
        if not isinstance(first, (list, tuple, str, Value, np.ndarray)) and hasattr(
            first, "__iter__"
        ):
            first = list(first)
        if isinstance(first, (list, tuple)):
            first = [array(x) if _is_list(x) else x for x in first]
        return function(first, *args, **settings)

    return called


def _is_list(x: Any) -> bool:
    return isinstance(x, (list, tuple)) and _holds_values(x)


class concatenated:
    """np.r_ or np.c_ for Values too."""

    def __init__(self, plain: Any) -> None:
        self._plain = plain

    def __getitem__(self, key: Any) -> Any:
        parts = key if isinstance(key, tuple) else (key,)
        if not any(map(_holds_values, parts)):
            return self._plain[key]
        # NumPy lays out positions in place of the numbers; strings are its directives.
        arrays: list[Any] = []
        places: list[Any] = []
        total = 0
        for part in parts:
            if isinstance(part, str):
                places.append(part)
                continue
            part = self._plain[part] if isinstance(part, slice) else array(part)
            size = int(np.size(part))
            arrays.append(np.reshape(part, (-1,)))
            places.append(np.arange(total, total + size).reshape(np.shape(part)))
            total += size
        return np.concatenate(arrays)[self._plain[tuple(places)]]


def namespace(plain: Any, ours: dict[str, Any]) -> tuple[Callable, Callable]:
    """``__getattr__`` and ``__dir__`` of a module that stands for one of NumPy's."""

    def getattribute(name: str) -> Any:
        found = ours[name] = taking_lists(getattr(plain, name))
        return found

    return getattribute, lambda: sorted({*dir(plain), *ours})
