"""Operands that have no gradient rule: asked for a gradient they refuse, and never give 0."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from ..op import PLAIN
from ..switches import MODE
from ..value import Value


def constant(x: Any, name: str, function: str) -> Any:
    """``x`` itself, where no gradient is asked of it.

    Raises
    ------
    NotImplementedError
        Where ``x`` takes a gradient and operations are being recorded.
    """
    if isinstance(x, Value) and x.requires_grad and MODE.get().recording:
        raise NotImplementedError(
            f"{function} has no gradient rule for {name}; give {name} as a number or an array, "
            f"or as value.detach() where no gradient is to flow through it"
        )
    return x


def fixed(function: np.ufunc, **slots: int) -> Callable:
    """The bind of a ufunc of which the operands named, in their ``slots``, take no gradient."""

    def bind(*operands: Any, **settings: Any) -> tuple[tuple, dict]:
        asked = [name for name, setting in settings.items() if setting is not None]
        if asked or len(operands) != function.nin:
            raise TypeError(
                f"{function.__name__} of a Value takes {function.nin} operands and no settings, "
                f"not {len(operands)} and {asked}"
            )
        for name, slot in slots.items():
            constant(operands[slot], name, function.__name__)
        return operands, {}

    return bind


def is_plain(*operands: Any) -> bool:
    """Whether all are numbers, arrays, and lists of them: nothing that is traced."""
    return all(
        is_plain(*x) if isinstance(x, (list, tuple)) else isinstance(x, PLAIN) or _untraced(x)
        for x in operands
    )


def _untraced(x: Any) -> bool:
    return not hasattr(type(x), "__array_function__")


def face(scipy_module: ModuleType, ours: dict[str, Any]) -> tuple[Callable, Callable]:
    """``__getattr__`` and ``__dir__`` of a module that stands for one of SciPy's."""

    def getattribute(name: str) -> Any:
        return getattr(scipy_module, name)

    return getattribute, lambda: sorted({*dir(scipy_module), *ours})
