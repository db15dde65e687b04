"""Switches of recording: no_grad and detect_anomaly, per thread and per async task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class ModuleCall:
    """One call of an ``nn`` module: what values made during it carry, and pictures fold by.

    Names are looked up when somebody asks, so that a call costs next to nothing.

    Attributes
    ----------
    module : Module
        Any object whose ``named_members()`` gives (dotted name, module or parameter) pairs of all
        that is in it, itself first.
    parent : ModuleCall or None
        The call that this one is part of.
    """

    module: Any
    parent: ModuleCall | None = None

    @property
    def kind(self) -> str:
        """The module's class name."""
        return type(self.module).__name__

    @property
    def outermost(self) -> ModuleCall:
        """The call around all others."""
        call = self
        while call.parent is not None:
            call = call.parent
        return call

    def members(self) -> dict[Any, str]:
        """The dotted name of every module and parameter below the outermost module called."""
        return {member: name for name, member in self.outermost.module.named_members()}

    def path(self, members: Mapping[Any, str] | None = None) -> str:
        """The module's dotted name under the outermost module called, "" for that one itself."""
        if self.parent is None:
            return ""
        found = (self.members() if members is None else members).get(self.module)
        # One that is no part of the outermost module was made on the way, or borrowed.
        return found or f"{self.parent.path(members)}.{self.kind}".lstrip(".")


@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """How operations are recorded just now.

    One frozen record in one context variable, so that an operation asks once.
    """

    recording: bool = True
    anomaly: bool = False
    module: ModuleCall | None = None  # the call of a module that values made now belong to
    active: float = float("inf")  # when the outermost function that is differentiated was called
    watchers: tuple[Callable, ...] = ()  # called with every step of a backward pass
    recorder: Any = None  # the `Recorder` of the function that is being recorded


DEFAULT = Mode()
MODE: ContextVar[Mode] = ContextVar("mode", default=DEFAULT)


@contextmanager
def switched(**changes: Any) -> Iterator[None]:
    """Record in another mode inside a ``with`` block."""
    token = MODE.set(replace(MODE.get(), **changes))
    try:
        yield
    finally:
        MODE.reset(token)


def no_grad() -> Any:
    """Record nothing: results are plain constants and memory is not kept.

    Use it as ``with no_grad():`` or to decorate a function, ``@no_grad()``.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.Value(2.0)
    >>> with autograd.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """
    return switched(recording=False)


def detect_anomaly() -> Any:
    """Stop at the first NaN or infinity, forward or backward, and name the line that made it.

    Each value remembers the source line that recorded it, which costs time: switch it on to
    look for a fault.

    Raises
    ------
    FloatingPointError
        With the source line, the operation, and the shapes and ranges of its operands.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> with autograd.detect_anomaly(), np.errstate(all="ignore"):
    ...     np.log(autograd.Value(-1.0))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FloatingPointError: log gave NaN at ...
    """
    return switched(anomaly=True)


def watch_backward(function: Callable) -> Any:
    """Call ``function(step)`` with every `Step` of the backward passes inside a ``with`` block.

    Parameters
    ----------
    function : callable
        Gets the value, its complete gradient and what it sends on; its result is not used.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.Value(3.0, name="x")
    >>> with autograd.watch_backward(lambda step: print(step.value.data, step.gradient)):
    ...     (x * x).backward()
    9.0 1.0
    3.0 6.0
    """
    return switched(watchers=(*MODE.get().watchers, function))
