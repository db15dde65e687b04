"""HIPS autograd's ``autograd.util``, for code that imports it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

__all__ = ["quick_grad_check", "subval", "subvals"]


def subvals(x: Iterable[Any], changes: Iterable[tuple[int, Any]]) -> tuple[Any, ...]:
    """A sequence as a tuple, with other entries at some positions."""
    entries = list(x)
    for i, entry in changes:
        entries[i] = entry
    return tuple(entries)


def subval(x: Iterable[Any], i: int, entry: Any) -> tuple[Any, ...]:
    """A sequence as a tuple, with another entry at one position."""
    return subvals(x, [(i, entry)])


def quick_grad_check(
    f: Callable, arg0: Any, extra_args: Sequence[Any] = (), kwargs: dict | None = None, **_: Any
) -> None:
    """The check of HIPS autograd 1.1; `autograd.check_gradients` is the way now."""
    from .test_util import check_grads

    warnings.warn(
        "quick_grad_check is of HIPS autograd 1.1; use autograd.check_gradients",
        DeprecationWarning,
        stacklevel=2,
    )
    check_grads(lambda x: f(x, *extra_args, **(kwargs or {})), modes=["rev"], order=1)(arg0)
