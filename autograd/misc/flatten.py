"""Containers of numbers as one vector, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..tree import flatten as _take_apart

__all__ = ["flatten", "flatten_func"]


def flatten(value: Any) -> tuple[Any, Callable[[Any], Any]]:
    """All numbers of nested tuples, lists and dicts in one vector, and the way back.

    Dicts go by their sorted keys. Both directions can be differentiated.

    Returns
    -------
    vector : (n,) array
    unflatten : callable
        From such a vector to a container like ``value``.

    Examples
    --------
    >>> vector, unflatten = flatten({"w": np.ones(2), "b": 3.0})
    >>> vector
    array([3., 1., 1.])
    >>> unflatten(2 * vector)
    {'w': array([2., 2.]), 'b': 6.0}
    """
    leaves, rebuild = _take_apart(value)
    order = [i for _, i in sorted(zip(_sorting(value), range(len(leaves)), strict=True))]
    sizes = [int(np.size(leaves[i])) for i in order]
    rows = [np.reshape(leaves[i], (-1,)) for i in order]
    vector = np.concatenate(rows) if rows else np.zeros(0)

    def unflatten(vector: Any) -> Any:
        parts: list[Any] = [None] * len(leaves)
        start = 0
        for i, size in zip(order, sizes, strict=True):
            like = leaves[i]
            part = np.reshape(vector[start : start + size], np.shape(like))
            parts[i] = (
                part.item()
                if isinstance(like, float)
                and hasattr(part, "item")
                and not hasattr(part, "requires_grad")
                else part
            )
            start += size
        return rebuild(parts)

    return vector, unflatten


def _sorting(value: Any, before: tuple = ()) -> list[tuple]:
    """For each leaf, in `tree.flatten`'s order, what to sort it by: dict keys, list positions."""
    if isinstance(value, dict):
        rank = {key: i for i, key in enumerate(sorted(value))}
        items: Any = ((rank[key], entry) for key, entry in value.items())
    elif isinstance(value, (tuple, list)):
        items = enumerate(value)
    else:
        return [before]
    return [place for i, entry in items for place in _sorting(entry, (*before, i))]


def flatten_func(f: Callable, example: Any) -> tuple[Callable, Callable, Any]:
    """``f`` of containers as a function of vectors, with `unflatten` and the example's vector."""
    vector, unflatten = flatten(example)

    def flat(x: Any, *args: Any) -> Any:
        return flatten(f(unflatten(x), *args))[0]

    return flat, unflatten, vector
