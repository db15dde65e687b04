"""A function of each number of an array, computed some numbers at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_BLOCK = 32768  # numbers at a time: what is computed on the way stays in the processor's cache


def by_blocks(compute: Callable, x):
    """What ``compute`` gives for all of ``x``.

    Parameters
    ----------
    compute : callable
        ``compute(x, out)`` of two arrays with one axis; it writes its result into ``out``.
    x : number or array of any shape
        Integers are computed as float64, half precision in single.
    """
    x = np.asarray(x)
    if x.dtype.kind not in "buif":
        raise TypeError(f"takes real numbers, not {x.dtype}")
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(float)
    flat = np.ravel(x).astype(np.float32 if dtype == np.float16 else dtype, copy=False)
    y = np.empty_like(flat)
    for start in range(0, flat.size, _BLOCK):
        compute(flat[start : start + _BLOCK], y[start : start + _BLOCK])
    return np.reshape(y, x.shape).astype(dtype, copy=False)[()]  # a number for a number


def polynomial(coefficients: tuple, x: np.ndarray) -> np.ndarray:
    """A polynomial of each number, a new array; the lowest power's coefficient comes first."""
    y = x * coefficients[-1]
    for c in coefficients[-2:0:-1]:
        y += c
        y *= x
    y += coefficients[0]
    return y
