"""HIPS autograd's name for a traced array."""

from ..value import Value as ArrayBox

__all__ = ["ArrayBox"]
