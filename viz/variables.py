"""variables: what the caller calls its values."""

from __future__ import annotations

from types import FrameType

from autograd import Value


def variables(frame: FrameType) -> dict[str, Value]:
    """The Values without a name of their own among a function's local variables.

    Where two variables hold the same value, the first one names it.
    """
    found: dict[Value, str] = {}
    for name, held in frame.f_locals.items():
        if isinstance(held, Value) and not held.name and not name.startswith("_"):
            found.setdefault(held, name)
    return {name: value for value, name in found.items()}
