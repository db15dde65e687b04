"""What a function did while it was recorded, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..lines import Place
from ..op import Op
from ..value import Value


@dataclass(eq=False, slots=True)
class Entry:
    """One thing that was done.

    Attributes
    ----------
    function : callable
        Of plain numbers and arrays: ``function(*operands, **params)``.
    operands : tuple
        Values, whose numbers may be others in a replay, and constants.
    params : dict
        May hold Values too, where numbers are used as an index.
    results : tuple of Value
        What came out; empty for what is done for its effect.
    op : Op or None
        Where it is one from the table.
    many : bool
        Whether the function gives a tuple of results.
    pure : bool
        Whether it is done for nothing but its results, where it is none from the table.
    place : Place or None
        Of the source.
    """

    function: Callable
    operands: tuple
    params: dict[str, Any]
    results: tuple[Value, ...]
    op: Op | None = None
    many: bool = False
    pure: bool = False
    place: Place | None = None


@dataclass(eq=False, slots=True)
class Gradients:
    """A backward pass within the function: the gradient, a Value or a number, of each leaf."""

    found: dict[Value, Any]
