"""Sums of products along axes, without an array of the products: what several rules need."""

from __future__ import annotations

from functools import cache

import numpy as np

# As NumPy's einsum numbers them; importing `string` for them takes a millisecond.
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def sums(*factors, axis):
    """The product of arrays of one shape, summed along one axis or several, which stay as 1."""
    shape = np.shape(factors[0])
    subscripts, gone = _subscripts(len(factors), len(shape), axis)
    total = np.einsum(subscripts, *factors)
    return np.reshape(total, [1 if i in gone else n for i, n in enumerate(shape)])


def sums_to(shape, *factors):
    """The product of arrays of one shape, summed to a shape that broadcasts to theirs."""
    extra = np.ndim(factors[0]) - len(shape)
    short = (i + extra for i, n in enumerate(shape) if n == 1)
    return np.reshape(sums(*factors, axis=(*range(extra), *short)), shape)


@cache
def _subscripts(count, ndim, axis):
    """What einsum is told, and the axes that are summed."""
    gone = {i % ndim for i in (axis if isinstance(axis, tuple) else (axis,))}
    letters = LETTERS[:ndim]
    kept = "".join(letters[i] for i in range(ndim) if i not in gone)
    return f"{','.join([letters] * count)}->{kept}", gone
