"""HIPS autograd's ``autograd.builtins``.

A traced tuple, list or dict is one here, with Values in it, so Python's own types serve; only
``isinstance`` and ``type`` look into Values.
"""

from __future__ import annotations

import builtins
from typing import Any

from .value import raw

__all__ = ["DictBox", "SequenceBox", "dict", "isinstance", "list", "tuple", "type"]

dict = DictBox = builtins.dict
list = builtins.list
tuple = builtins.tuple
SequenceBox = (builtins.list, builtins.tuple)


def isinstance(x: Any, types: Any) -> bool:
    """Whether it, or what is in it if it is a Value, is of one of the types."""
    return builtins.isinstance(raw(x), types) or builtins.isinstance(x, types)


def type(x: Any) -> Any:
    """The type of it, or of what is in it if it is a Value."""
    return builtins.type(raw(x))
