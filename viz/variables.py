"""variables: what the caller calls its values."""

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType, ModuleType
from typing import Any

from autograd import Value

LONGEST = 256  # of a list or dict that is looked into


def variables(frame: FrameType) -> dict[str, Value]:
    """The Values without a name of their own among a function's local variables.

    Those in lists, dicts and attributes are called as one writes it: ``ws[0]``, ``cell.bias``.
    Where two variables hold the same value, the first one names it, and a plain variable before
    what holds several.
    """
    own = [(name, held) for name, held in frame.f_locals.items() if not name.startswith("_")]
    found: dict[Value, str] = {}
    for depth in range(3):
        for name, held in own:
            for inner, value in _inside(name, held, depth):
                if not value.name:
                    found.setdefault(value, inner)
    return {name: value for value, name in found.items()}


def _inside(name: str, held: Any, depth: int) -> Iterator[tuple[str, Value]]:
    """The Values so deep in a holder, and what they are called."""
    if depth == 0:
        if isinstance(held, Value):
            yield name, held
        return
    for inner, part in _parts(name, held):
        yield from _inside(inner, part, depth - 1)


def _parts(name: str, held: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(held, (list, tuple)) and len(held) <= LONGEST:
        yield from ((f"{name}[{i}]", part) for i, part in enumerate(held))
    elif isinstance(held, dict) and len(held) <= LONGEST:
        yield from ((f"{name}[{k!r}]", part) for k, part in held.items() if isinstance(k, str))
    # The parameters of a module are called by their paths, see `calls`.
    elif not isinstance(held, (Value, ModuleType, type)) and not hasattr(held, "named_members"):
        own = getattr(held, "__dict__", {})
        if isinstance(own, dict) and len(own) <= LONGEST:
            yield from ((f"{name}.{k}", part) for k, part in own.items())
