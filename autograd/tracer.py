"""HIPS autograd's ``autograd.tracer``: what is traced, and the number inside."""

from __future__ import annotations

from typing import Any

from .extend import notrace_primitive, primitive
from .value import Value, raw

__all__ = ["Box", "getval", "isbox", "notrace_primitive", "primitive"]

Box = Value


def isbox(x: Any) -> bool:
    """Whether it is traced."""
    return isinstance(x, Value)


def getval(x: Any) -> Any:
    """The number or array in a Value; anything else as it is."""
    return raw(x)
