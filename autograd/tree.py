"""Nested containers of numbers and arrays, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Path = tuple[Any, ...]


def is_container(x: Any) -> bool:
    """Whether it is a tuple, list or dict, of which the entries are meant."""
    return isinstance(x, (tuple, list, dict))


def flatten(tree: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """The leaves of nested tuples, lists and dicts, and the function that puts others in place.

    Named tuples and subclasses of dict keep their type; anything else is a leaf.

    Examples
    --------
    >>> leaves, rebuild = flatten({"w": [1.0, 2.0], "b": (3.0,)})
    >>> leaves
    [1.0, 2.0, 3.0]
    >>> rebuild([4.0, 5.0, 6.0])
    {'w': [4.0, 5.0], 'b': (6.0,)}
    """
    leaves: list[Any] = []
    shape = _take_apart(tree, leaves)
    return leaves, lambda others: _put_together(shape, iter(others))


def paths(tree: Any, before: str = "") -> list[str]:
    """Where each leaf stands: ``['w'][0]``, in the order of `flatten`."""
    if not is_container(tree):
        return [before]
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return [path for key, entry in items for path in paths(entry, f"{before}[{key!r}]")]


_LEAF = object()


def _take_apart(tree: Any, leaves: list[Any]) -> Any:
    if isinstance(tree, dict):
        return type(tree), list(tree), [_take_apart(entry, leaves) for entry in tree.values()]
    if isinstance(tree, (tuple, list)):
        return type(tree), None, [_take_apart(entry, leaves) for entry in tree]
    leaves.append(tree)
    return _LEAF


def _put_together(shape: Any, leaves: Any) -> Any:
    if shape is _LEAF:
        return next(leaves)
    kind, keys, entries = shape
    built = [_put_together(entry, leaves) for entry in entries]
    if keys is not None:
        return kind(zip(keys, built, strict=True))
    return kind(*built) if hasattr(kind, "_fields") else kind(built)
