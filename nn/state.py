"""States of modules: their arrays by dotted name, given out and taken over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd import Value
from autograd.value import written

from .parameter import Buffer, Parameter

if TYPE_CHECKING:
    from .module import Module


class Keys(NamedTuple):
    """Which names did not fit when a state was loaded."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def state_of(module: Module, prefix: str, keep_vars: bool) -> dict[str, Any]:
    """What `Module.state_dict` gives."""
    modules = [(each, prefix + before) for each, before in _modules(module)]
    for each, before in modules:
        for hook in each._hooks_of("before_state"):
            hook(each, before, keep_vars)
    found = {
        prefix + name: thing if keep_vars else thing._data.copy() for name, thing in _owned(module)
    }
    for each, before in reversed(modules):  # what is inside comes first
        for hook in each._hooks_of("after_state"):
            hook(each, found, before, {})
    return found


def load(module: Module, given: Mapping[str, Any], strict: bool, assign: bool) -> Keys:
    """What `Module.load_state_dict` does."""
    if not isinstance(given, Mapping):
        raise TypeError(f"a state is a mapping of names to arrays, not {type(given).__name__}")
    new, keys, faults = dict(given), Keys([], []), list[str]()
    modules = list(_modules(module))
    for each, before in modules:
        each._before_load(new, before)
        for hook in each._hooks_of("before_load"):
            hook(each, new, before, {}, strict, *keys, faults)
    own = dict(_owned(module))
    keys.missing_keys.extend(name for name in own if name not in new)
    keys.unexpected_keys.extend(name for name in new if name not in own)
    after = [(each, hook) for each, _ in reversed(modules) for hook in each._hooks_of("after_load")]
    if not after:  # nothing can change the names any more
        _check(module, keys, faults, strict)
    arrays = {name: _fitting(name, new[name], own[name], assign) for name in own if name in new}
    before_all = {name: own[name]._data.copy() for name in arrays} if after else {}
    _put(own, arrays, assign)
    try:
        for each, hook in after:
            hook(each, keys)
        _check(module, keys, faults, strict)
    except BaseException:
        _put(own, before_all, assign)
        raise
    return keys


def _modules(module: Module) -> Iterator[tuple[Module, str]]:
    """Every module under each of its names, with what stands before the names of its arrays."""
    for path, thing in module._everything():
        if not isinstance(thing, (Parameter, Buffer)):
            yield thing, f"{path}." if path else ""


def _owned(module: Module) -> Iterator[tuple[str, Parameter | Buffer]]:
    for name, thing in module._everything():
        if isinstance(thing, Parameter) or (isinstance(thing, Buffer) and thing.persistent):
            yield name, thing


def _check(module: Module, keys: Keys, faults: list[str], strict: bool) -> None:
    if faults:
        raise ValueError(
            f"the state does not fit this {type(module).__name__}: {'; '.join(faults)}"
        )
    if strict and any(keys):
        raise ValueError(
            f"the state does not fit this {type(module).__name__}: missing {keys.missing_keys}, "
            f"unexpected {keys.unexpected_keys}; load_state_dict(state, strict=False) takes "
            f"what fits"
        )


def _fitting(name: str, given: Any, own: Value, assign: bool) -> np.ndarray:
    """The array under a name, of the shape that is wanted."""
    try:
        array = np.asarray(given._data if isinstance(given, Value) else given)
        array = array.astype(array.dtype if assign else own.dtype)
        if array.dtype.kind not in "biufc":
            raise TypeError(f"it is of dtype {array.dtype}")
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name} in the state is no array of numbers: {error}") from None
    if array.shape != own.shape:
        raise ValueError(f"{name} has shape {own.shape} here and {array.shape} in the state")
    return array


def _put(own: dict[str, Any], arrays: dict[str, np.ndarray], assign: bool) -> None:
    for name, array in arrays.items():
        if assign:
            own[name]._data = array
        else:
            own[name]._data[...] = array
        written(own[name])
