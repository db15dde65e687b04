"""untraced: functions of plain numbers, which recorded functions call anew in every replay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .switches import MODE
from .value import raw


def untraced(function: Callable, *args: Any) -> Any:
    """Call a function of plain numbers and arrays, which no gradient flows through.

    The same as calling it, with the data of Values. But a recorded function (see `record`) calls
    it anew in every replay: use it for what is drawn at random, for checks of numbers, for what
    is counted or printed.

    Parameters
    ----------
    function : callable
    *args
        Values come in as their data.

    Returns
    -------
    what the function returns
        In a recorded function, arrays and numbers as constant Values.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> rng = np.random.default_rng(0)
    >>> @autograd.record
    ... def noisy(x):
    ...     return x + autograd.untraced(rng.normal)
    >>> noisy(1.0).item() == noisy(1.0).item()
    False
    """
    recorder = MODE.get().recorder
    if recorder is None:
        return function(*map(raw, args))
    return recorder.untraced(function, args, {})
