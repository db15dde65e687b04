"""HIPS autograd's ``autograd.test_util``, on `check_gradients`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from .check.compare import GradientError, check_gradients
from .tracing import of_chosen
from .tree import flatten
from .value import Value, raw
from .vspace import vspace

__all__ = ["check_equivalent", "check_grads", "combo_check", "scalar_close"]

_MODES = {"fwd": "forward", "rev": "reverse"}


def scalar_close(a: Any, b: Any) -> bool:
    """Whether two numbers differ by less than 1e-6, or 1e-6 of their sum."""
    return bool(abs(a - b) < 1e-6 or abs(a - b) / abs(a + b) < 1e-6)


def check_grads(
    f: Callable, argnum: Any = 0, modes: Sequence[str] = ("fwd", "rev"), order: int = 2
) -> Callable:
    """A function of the arguments of ``f`` that runs `check_gradients` there.

    Parameters
    ----------
    f : callable
    argnum : int or sequence of int
        With respect to which arguments; the first by default.
    modes : sequence of "fwd", "rev"
    order : int

    Raises
    ------
    GradientError
        An AssertionError; see `check_gradients`.

    Examples
    --------
    >>> import numpy as np
    >>> check_grads(np.arctan2, argnum=(0, 1))(0.3, 0.8)
    """
    if set(modes) - set(_MODES):
        raise ValueError(f"check_grads: modes are 'fwd' and 'rev', not {modes}")

    def check(*args: Any, **kwargs: Any) -> None:
        unary, x, _ = of_chosen(f, argnum, args, kwargs)

        def traced(x: Any) -> Any:
            # A function may give plain numbers, which do not depend on its argument.
            leaves, rebuild = flatten(unary(x))
            return rebuild([_as_value(y) for y in leaves])

        names = [_MODES[mode] for mode in modes]
        # Long steps cross the kinks of close numbers, short ones drown in rounding where a function
        # is badly conditioned; a wrong rule disagrees with both.
        for step in (1e-4, 1e-6):
            try:
                check_gradients(
                    traced, x, order=order, modes=names, step=step, rtol=1e-5, atol=1e-6
                )
                return
            except GradientError as error:
                failed = error
        kind = "VJP" if "rev" in modes else "JVP"
        name = f"{'vjp_' * (failed.order - 1)}{getattr(f, '__name__', 'the function')}"
        failed.args = (f"Derivative ({kind}) check of {name} failed: {failed}",)
        raise failed

    return check


def _as_value(y: Any) -> Any:
    if isinstance(y, (bool, int, float, complex, np.ndarray, np.generic)):
        return Value(y, requires_grad=False)
    return y


def combo_check(f: Callable, *settings: Any, **options: Any) -> Callable:
    """`check_grads` for all combinations of the arguments, given as lists of possible ones."""
    checked = check_grads(f, *settings, **options)

    def check(*args: Any, **kwargs: Any) -> None:
        for chosen in product(*args):
            for named in product(*kwargs.values()):
                checked(*chosen, **dict(zip(kwargs, named, strict=True)))

    return check


def check_equivalent(x: Any, y: Any) -> None:
    """Raise an AssertionError where two values differ in form or in numbers."""
    x_space, y_space = vspace(x), vspace(y)
    assert x_space == y_space, f"{x_space} and {y_space} are different spaces"
    for a, b in zip(flatten(x)[0], flatten(y)[0], strict=True):
        np.testing.assert_allclose(raw(a), raw(b), rtol=1e-6, atol=1e-6)
