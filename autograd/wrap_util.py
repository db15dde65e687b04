"""HIPS autograd's ``autograd.wrap_util``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps as _wraps
from typing import Any

from .tracing import of_chosen

__all__ = ["get_name", "unary_to_nary", "wraps"]

wraps = _wraps


def get_name(f: Any) -> str:
    """The function's name, for messages."""
    return getattr(f, "__name__", "[unknown name]")


def unary_to_nary(operator: Callable) -> Callable:
    """From ``operator(f of one argument, x, ...)`` to ``operator(f, argnum=0, ...)(*args)``."""

    @_wraps(operator)
    def of_function(f: Callable, argnum: Any = 0, *settings: Any, **options: Any) -> Callable:
        def of_arguments(*args: Any, **kwargs: Any) -> Any:
            unary, x, _ = of_chosen(f, argnum, args, kwargs)
            return operator(unary, x, *settings, **options)

        of_arguments.__name__ = f"{get_name(operator)}_of_{get_name(f)}_wrt_argnum_{argnum}"
        return of_arguments

    return of_function
