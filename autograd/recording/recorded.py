"""record: a function whose operations are kept and replayed."""

from __future__ import annotations

import functools
import gc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MethodType
from typing import Any

import numpy as np

from ..lines import callers_level
from ..switches import MODE
from ..tree import flatten, paths
from ..value import Value
from .replays import Replay
from .shapes import kind_of
from .tracked import numbers

_MANY = 64  # recordings of one function, each with memory of its own, that something is wrong with


def record(function: Callable) -> Recorded:
    """Run a function once, and from then on replay its operations without its Python code.

    Parameters
    ----------
    function : callable
        Of Values, arrays and numbers, or nested tuples, lists and dicts of them. Its operations
        must not depend on their numbers. It may end with a result, or be a whole training step,
        with ``loss.backward()`` and ``optimizer.step()`` in it.

    Returns
    -------
    Recorded
        Called like the function. It gives the same results and the same gradients.

    Raises
    ------
    RuntimeError
        While it is recorded: where the function asks for the numbers of a value, as
        ``if loss > 1:`` or ``loss.item()`` do. The message names the line.

    Notes
    -----
    The first call with arguments of some shapes and dtypes runs the function and writes down each
    operation, forward and backward. Later calls run what was written down, over arrays that were
    allocated once. Arguments of other shapes are recorded anew.

    - Values from outside, such as parameters, are read in each call, and so are the contents of
      arrays that the function uses. Where a parameter is frozen or gets another dtype, or a module
      goes from training to evaluation or gets a hook, the function is recorded anew. Everything
      else is what it was at the recording: Python variables, lists that it appends to.
    - What is drawn or done anew each time goes through `untraced`, as in nn's dropout, batch
      normalisation and optimisers.
    - Gradients of parameters are written into the same arrays in every call. A result can be
      differentiated until the next call, once, and interior values have no gradients.
    - Operations within can be shown by calling the function itself.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> w = autograd.Value(np.array([1.0, 2.0]))
    >>> @autograd.record
    ... def loss(x):
    ...     return ((x * w) ** 2).sum()
    >>> for x in ([1.0, 1.0], [3.0, 0.0]):
    ...     w.zero_grad()
    ...     y = loss(np.array(x))
    ...     y.backward()
    ...     print(y, w.grad)
    5.0 [2. 4.]
    9.0 [18.  0.]
    """
    return Recorded(function)


class Recorded:
    """A function that is replayed; see `record`."""

    def __init__(self, function: Callable) -> None:
        if not callable(function):
            raise TypeError(f"record takes a function, not {function!r}")
        functools.update_wrapper(self, function)
        self._function = function
        self._replays: dict[Any, Replay] = {}

    def __call__(self, *args: Any, **settings: Any) -> Any:
        mode = MODE.get()
        if mode.recorder is not None:  # part of another that is recorded
            return self._function(*args, **settings)
        if mode.anomaly or mode.watchers:  # which look at each operation
            return self._function(*args, **settings)
        given, rebuild = flatten((args, settings))
        kinds = tuple(map(_kind, given))
        nested = any(isinstance(x, (tuple, list, dict)) for x in (*args, *settings.values()))
        shape = nested and tuple(paths((args, settings)))
        key = (kinds, len(args), tuple(settings), shape, mode.recording)
        replay = self._replays.get(key)
        if replay is None or replay.stale():
            with _uncollected():
                replay = Replay(self._function, given, rebuild)
            self._replays[key] = replay
            if len(self._replays) == _MANY:
                warnings.warn(
                    f"{self!r} was recorded {_MANY} times, for arguments of other shapes, integers "
                    f"or texts. If a number is another one in each call, pass it as a float or as "
                    f"an array; fill arrays up to a few shapes",
                    RuntimeWarning,
                    stacklevel=callers_level(),
                )
            first, replay.first = replay.first, None
            return first
        return replay(given)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a method: recorded for each object."""
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<recorded {getattr(self, '__name__', self._function)!r}>"


@contextmanager
def _uncollected() -> Iterator[None]:
    """A recording makes many objects that stay: looking for lost ones takes a third of its time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _kind(x: Any) -> Any:
    """What an argument must have in common with that of the recording."""
    if isinstance(x, Value):
        return Value, kind_of(numbers(x)), x.requires_grad
    if isinstance(x, np.ndarray):
        return type(x), kind_of(x)
    if isinstance(x, (np.generic, float, complex)):
        return kind_of(x)
    try:
        hash(x)
    except TypeError:
        raise TypeError(
            f"record: an argument is a Value, an array, a number, or nested tuples, lists and "
            f"dicts of them; {type(x).__name__} is none, and cannot be compared with later ones"
        ) from None
    return type(x), x
