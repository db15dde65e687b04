"""Tracked: the Values of a function that is being recorded, whose numbers are not to be seen.

In a replay they are others, so nothing may depend on them but through operations.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from .. import backward, captured, dispatch, value
from ..lines import here, line_at
from ..ops import shape
from ..switches import MODE
from ..value import Value

_slot: Any = Value.__dict__["_data"]
_grad: Any = Value.__dict__["grad"]


def numbers(x: Any) -> Any:
    """The data of a Value, tracked or not; anything else as it is."""
    return _slot.__get__(x) if isinstance(x, Value) else x


class Tracked(Value):
    """A Value that follows from what the function did."""

    __slots__ = ()

    def backward(self, seed: Any = None, *, leaves_only: bool = False) -> None:
        if MODE.get().recorder is None:
            super().backward(seed, leaves_only=leaves_only)
        else:
            MODE.get().recorder.backward(self, seed)

    def detach(self) -> Any:
        return _plain(_itself, self)

    def __bool__(self) -> bool:
        return bool(self._data)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self._data, dtype)

    def __float__(self) -> float:
        return float(self._data)

    def __int__(self) -> int:
        return int(self._data)

    def __index__(self) -> int:
        return int(self._data)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **settings: Any) -> Any:
        if ufunc in _LOGIC.values():
            return _plain(getattr(ufunc, method), *operands, **settings)
        return super().__array_ufunc__(ufunc, method, *operands, **settings)


def _plain(function: Callable, *args: Any, **settings: Any) -> Any:
    recorder = MODE.get().recorder
    if recorder is None:
        return function(*map(numbers, args), **settings)
    return recorder.plain(function, args, settings)


def _itself(x: Any) -> Any:
    return x


class Alias(Tracked):
    """The numbers or the gradient of a leaf, which ``-=`` changes in place."""

    __slots__ = ()


def _changing(ufunc: np.ufunc) -> Callable:
    return lambda self, other: MODE.get().recorder.change(ufunc, self, other)


Alias.__iadd__ = _changing(np.add)  # type: ignore
Alias.__isub__ = _changing(np.subtract)  # type: ignore
Alias.__imul__ = _changing(np.multiply)  # type: ignore
Alias.__itruediv__ = _changing(np.divide)  # type: ignore


def _logical(ufunc: np.ufunc, mirrored: bool = False) -> Callable:
    if mirrored:
        return lambda self, other: _plain(ufunc, other, self)
    return lambda self, *other: _plain(ufunc, self, *other)


def _in_place(operation: Callable) -> Callable:
    """``a += b`` in a rule: a new value, but in the order of memory of ``a``, as with arrays."""

    def method(self: Tracked, other: Any) -> Any:
        result = operation(self, other)
        data, like = numbers(result), numbers(self)
        if isinstance(data, np.ndarray) and data.strides != like.strides:
            ordered = np.empty_like(like)
            ordered[...] = data
            _slot.__set__(result, ordered)
        return result

    return method


for _name in ("add", "sub", "mul", "truediv"):
    setattr(Tracked, f"__i{_name}__", _in_place(getattr(operator, _name)))

# Of truth values, which a Value has not, and a comparison of tracked ones is.
_LOGIC = {
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "invert": np.invert,
}
for _name, _ufunc in _LOGIC.items():
    setattr(Tracked, f"__{_name}__", _logical(_ufunc))
    setattr(Tracked, f"__r{_name}__", _logical(_ufunc, mirrored=True))


def looked_at(x: Value) -> RuntimeError:
    """The error where the numbers of a tracked value are asked for."""
    return RuntimeError(
        f"record: {line_at(here(2))} asks for the numbers or the gradient of a value of shape "
        f"{np.shape(numbers(x))}. A recorded function is replayed without running its Python "
        f"code, so it must not depend on numbers: use np.where instead of if, "
        f"autograd.untraced(function, value) for what is done anew each time, or leave the "
        f"function unrecorded"
    )


class _Data:
    """Stands for ``Value._data`` while a function is recorded."""

    def __get__(self, x: Any, kind: type) -> Any:
        recorder = MODE.get().recorder
        if recorder is not None:
            frame = sys._getframe(1)
            if frame.f_code is type(x).data.fget.__code__:
                return recorder.data(x)
            if frame.f_code is value.raw.__code__ and frame.f_back is not None:
                frame = frame.f_back
            if frame.f_code not in _TRUSTED:
                raise looked_at(x)
        return _slot.__get__(x, kind)

    def __set__(self, x: Any, new: Any) -> None:
        if MODE.get().recorder is not None and sys._getframe(1).f_code not in _TRUSTED:
            raise looked_at(x)
        _slot.__set__(x, new)


class _Grad:
    """Stands for ``Value.grad`` while a function is recorded."""

    def __get__(self, x: Any, kind: type) -> Any:
        recorder, gradient = MODE.get().recorder, _grad.__get__(x, kind)
        if recorder is None or _is_engine(sys._getframe(1).f_code):
            return gradient
        if gradient is None:  # in a replay it may be there
            raise looked_at(x)
        return recorder.grad(x)

    def __set__(self, x: Any, new: Any) -> None:
        recorder = MODE.get().recorder
        if recorder is None or _is_engine(sys._getframe(1).f_code):
            _grad.__set__(x, new)
        else:
            recorder.set_grad(x, new)


_guards = 0
_lock = Lock()


@contextmanager
def guarded() -> Iterator[None]:
    """Notice who reads or sets the numbers or the gradient of a Value while it records."""
    global _guards
    with _lock:
        _guards += 1
        if _guards == 1:
            _put(_Data(), _Grad())
    try:
        yield
    finally:
        with _lock:
            _guards -= 1
            if _guards == 0:
                _put(_slot, _grad)


def _put(data: Any, grad: Any) -> None:
    type.__setattr__(Value, "_data", data)
    type.__setattr__(Value, "grad", grad)


def _codes(module: Any, *names: str) -> set[CodeType]:
    """The code of a module's functions, of all or of those named, methods and inner ones too."""
    found: set[CodeType] = set()
    things = [t for t in vars(module).values() if isinstance(t, FunctionType)]
    stack = [t.__code__ for t in things if t.__module__ == module.__name__]
    classes = [t for t in vars(module).values() if isinstance(t, type)]
    for kind in classes:
        for method in vars(kind).values() if kind.__module__ == module.__name__ else ():
            get = method.fget if isinstance(method, property) else method
            stack += [get.__code__] if isinstance(get, FunctionType) else []
    while stack:
        code = stack.pop()
        if not names or code.co_name in names:
            found.add(code)
        stack += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return found


# Where an operation is computed, or asked for a shape or a dtype alone.
_TRUSTED = {
    *_codes(backward),
    *_codes(captured),
    *_codes(dispatch),
    *_codes(value, "forward", "mirrored", "method", "apply", "_record", "__len__", "__iter__"),
    *_codes(value, "shape", "ndim", "size", "dtype", "__init__"),
    *_codes(shape, "_order_of"),
}
_SETS_GRAD = {*_codes(backward), *_codes(value, "__init__", "_record")}


def _is_engine(code: CodeType) -> bool:
    return code in _SETS_GRAD or code.co_filename == str(Path(__file__).with_name("recorder.py"))
