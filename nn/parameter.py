"""Parameter and Buffer: the arrays that a module owns."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Value
from autograd.switches import MODE
from autograd.value import raw


class _Owned(Value):
    """A leaf whose array is a copy of its own."""

    __slots__ = ("handed_out",)

    def __init__(
        self, data: Any, requires_grad: bool = True, *, dtype: Any = None, name: str = ""
    ) -> None:
        super().__init__(np.array(data, dtype), name=name, requires_grad=requires_grad)
        self.handed_out = False  # the copy is nobody else's

    @property
    def data(self) -> Any:
        """The array itself; whoever asks for it may change it."""
        self.handed_out = True
        return self._data

    @data.setter
    def data(self, new: Any) -> None:
        Value.data.fset(self, new)  # type: ignore[attr-defined]
        self.handed_out = True


class Parameter(_Owned):
    """A Value that training changes: a leaf, float32 unless asked otherwise.

    Parameters
    ----------
    data : array or nested list of numbers
    requires_grad : bool
    dtype : NumPy dtype
    name : str, optional
        The first call of a model gives its parameters their dotted names.
    """

    __slots__ = ()

    def __init__(
        self, data: Any, requires_grad: bool = True, *, dtype: Any = np.float32, name: str = ""
    ) -> None:
        super().__init__(data, requires_grad, dtype=dtype, name=name)

    def requires_grad_(self, requires_grad: bool = True) -> Parameter:
        """Let it take gradients, or freeze it; returns it."""
        self.requires_grad = requires_grad
        return self


def _in_place(operation: Callable) -> Callable[[Parameter, Any], Parameter]:
    def change(self: Parameter, other: Any) -> Parameter:
        if MODE.get().recording:
            raise RuntimeError(
                f"parameter {self.name!r} is changed in place while operations are recorded; write "
                f"it inside `with autograd.no_grad():`, or make a new value, p = p - step"
            )
        if MODE.get().recorder is not None:  # written down, and done again in each replay
            self.data = operation(self.data, other)
        else:
            self.data = operation(self._data, raw(other)).astype(self.dtype, copy=False)
        return self

    return change


# As in PyTorch's hand-written updates: with no_grad(): p -= lr * p.grad
for _name in ("add", "sub", "mul", "truediv"):
    setattr(Parameter, f"__i{_name}__", _in_place(getattr(operator, _name)))


class Buffer(_Owned):
    """An array that belongs to a module's state and is not trained: a running mean.

    Parameters
    ----------
    data : array or nested list of numbers
        Of any dtype.
    persistent : bool
        Part of the state dict.
    """

    __slots__ = ("persistent",)

    def __init__(self, data: Any, *, persistent: bool = True) -> None:
        super().__init__(data, False)
        self.persistent = persistent
