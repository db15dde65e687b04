"""How the rules of optimisers walk over big arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

# Big arrays are updated in slices that stay in a core's cache through all the passes of a rule.
_SLICE = 1 << 16


def pieces(
    group: dict[str, Any], data: np.ndarray, gradient: np.ndarray, *state: np.ndarray
) -> Iterable[tuple[np.ndarray, ...]]:
    """Matching slices, small enough for the cache, with all the group adds to the gradient."""
    slices = _slices(data, gradient, *state)
    if group.get("weight_decay") or group.get("l1") or group.get("maximize"):
        return _changed(group, slices)
    return slices


def _changed(
    group: dict[str, Any], slices: Iterable[tuple[np.ndarray, ...]]
) -> Iterator[tuple[np.ndarray, ...]]:
    decay, l1, maximize = (group.get(name, 0) for name in ("weight_decay", "l1", "maximize"))
    for x, g, *buffers in slices:
        if maximize:
            g = -g
        if l1:
            g = g + l1 * np.sign(x)
        if decay and group.get("decoupled_weight_decay"):
            x *= 1 - group["lr"] * decay
        elif decay:
            g = g + decay * x
        yield x, g, *buffers


def buffer(state: dict[str, Any], name: str, data: np.ndarray) -> np.ndarray:
    """The array of that name in the state, zeros at first."""
    if name not in state:
        state[name] = np.zeros_like(data)
    return state[name]


def _slices(*arrays: np.ndarray) -> Iterable[tuple[np.ndarray, ...]]:
    if arrays[0].size <= _SLICE or not all(a.flags.c_contiguous for a in arrays):
        return [arrays]
    flat = [a.reshape(-1) for a in arrays]
    starts = range(0, flat[0].size, _SLICE)
    return (tuple(a[start : start + _SLICE] for a in flat) for start in starts)
