"""How NumPy's functions find their way from a Value to the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .data import is_complex
from .messages import no_complex_rule, no_rule, not_so_called
from .op import COMPOSED, OPS
from .switches import MODE
from .tree import flatten

# They ask for shapes and dtypes alone.
OF_SHAPES = {
    *(np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like),
    *(np.result_type, np.can_cast, np.min_scalar_type, np.iscomplexobj, np.isrealobj),
    *(np.shares_memory, np.may_share_memory),
}
# Their results have no derivative: plain numbers and arrays come out.
PLAIN = {
    *OF_SHAPES,
    *(np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal),
    *(np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.signbit),
    *(np.isnan, np.isinf, np.isfinite, np.isclose, np.allclose, np.array_equal, np.any, np.all),
    *(np.isposinf, np.isneginf, np.iscomplex, np.isreal, np.array_equiv, np.isin),
    *(np.argmax, np.argmin, np.argsort, np.argpartition, np.nanargmax, np.nanargmin, np.lexsort),
    *(np.searchsorted, np.digitize, np.nonzero, np.flatnonzero, np.argwhere, np.count_nonzero),
    np.linalg.matrix_rank,
    *(np.array2string, np.array_repr, np.array_str),
}

_REDUCTIONS: dict[np.ufunc, Callable] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}


def call_ufunc(apply: Callable, raw: Callable, ufunc: np.ufunc, method: str, operands, settings):
    """What ``__array_ufunc__`` answers."""
    if settings.get("out") is not None:
        raise TypeError(
            f"{ufunc.__name__}: a Value cannot be written into an array (out=, or an array on the "
            f"left of +=), because the graph would lose it; write a = a + value"
        )
    if method == "reduce" and ufunc in _REDUCTIONS:
        settings.setdefault("axis", 0)
        return call_function(apply, raw, _REDUCTIONS[ufunc], operands, settings)
    if method != "__call__":
        raise TypeError(f"np.{ufunc.__name__}.{method} of a Value has no gradient rule")
    return call_function(apply, raw, ufunc, operands, settings)


def call_function(apply: Callable, raw: Callable, function: Callable, args: Any, settings: Any):
    """What ``__array_function__`` answers."""
    op = OPS.get(function)
    if op is not None:
        try:
            operands, params = op.bind(*args, **settings) if settings else op.bind(*args)
        except TypeError as error:
            if error.__traceback__.tb_next is not None:  # type: ignore[union-attr]
                raise
            raise not_so_called(function, error) from None
        return apply(op, operands, params)
    composed = COMPOSED.get(function)
    if composed is not None:
        if not composed.complex:
            given = [x for x in flatten(args)[0] if hasattr(x, "requires_grad")]
            if any(is_complex(raw(x)) for x in given):
                raise no_complex_rule(composed.function.__name__, tuple(given))
        # What NumPy's wrappers hand on, not given: of no weight to a function that lacks it.
        settings = {
            name: setting
            for name, setting in settings.items()
            if setting is not None or name not in ("dtype", "out")
        }
        try:
            return composed.implementation(*args, **settings)
        except TypeError as error:
            if error.__traceback__.tb_next is not None:  # type: ignore[union-attr]
                raise
            raise not_so_called(function, error) from None
    if function in PLAIN:
        recorder = MODE.get().recorder
        if recorder is not None:
            return recorder.plain(function, args, settings)
        args = [tuple(map(raw, x)) if type(x) in (tuple, list) else raw(x) for x in args]
        return function(*args, **{name: raw(x) for name, x in settings.items()})
    raise no_rule(function)
