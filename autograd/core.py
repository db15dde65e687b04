"""HIPS autograd's ``autograd.core``: functions of one argument, and its older interface."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

from .extend import defvjp, primitive_jvps, primitive_vjps
from .extend import primitive as _primitive
from .functional import make_jvp_of_one as make_jvp
from .functional import make_vjp_of_one as make_vjp
from .vspace import VSpace, vspace

__all__ = [
    "VSpace",
    "make_jvp",
    "make_vjp",
    "primitive",
    "primitive_jvps",
    "primitive_vjps",
    "vspace",
]


def primitive(function: Callable) -> Callable:
    """`extend.primitive`, with the methods of HIPS autograd 1.1 to give its rules by.

    ``f.defvjp(lambda g, ans, vs, gvs, *args: ..., argnum=0)``,
    ``f.defgrad(lambda ans, *args: lambda g: ..., argnum=0)`` and ``f.defvjp_is_zero(argnums)``.
    They warn that they are old; `extend.defvjp` is the way now.
    """
    traced: Any = _primitive(function)
    rules: dict[int, Callable | None] = {}

    def add(changes: dict[int, Callable | None]) -> None:
        warnings.warn(
            "rules as methods of a primitive are the interface of HIPS autograd 1.1; use "
            "autograd.extend.defvjp(function, lambda ans, *args: lambda g: ...)",
            DeprecationWarning,
            stacklevel=3,
        )
        rules.update(changes)
        defvjp(traced, *rules.values(), argnums=list(rules))

    def of_g_first(rule: Callable, argnum: int) -> Callable:
        return lambda ans, *args, **kwargs: (
            lambda g: rule(g, ans, vspace(args[argnum]), vspace(g), *args, **kwargs)
        )

    def defvjp_is_zero(argnums: Iterable[int] = (0,)) -> None:
        add(dict.fromkeys(argnums))

    traced.defvjp = lambda rule, argnum=0: add({argnum: of_g_first(rule, argnum)})
    traced.defgrad = lambda rule, argnum=0: add({argnum: rule})
    traced.defvjp_is_zero = defvjp_is_zero
    return traced
