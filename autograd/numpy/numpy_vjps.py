"""HIPS autograd's helpers for rules that broadcast; ours need none, the engine undoes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..backward import fit
from ..value import raw

__all__ = ["unbroadcast", "unbroadcast_f"]


def unbroadcast(x: Any, target: Any) -> Any:
    """A gradient summed to the shape of what it belongs to, and in its dtype."""
    return fit(x, raw(target))


def unbroadcast_f(target: Any, f: Callable) -> Callable:
    """``f`` with its result given to `unbroadcast`."""
    return lambda g: unbroadcast(f(g), target)
