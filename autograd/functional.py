"""Derivatives of plain functions: grad, jacobian, hessian and their kin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from .backward import gradients, topological
from .op import OPS
from .value import Value, apply, raw

Argnum = int | Sequence[int]


def value_and_grad(f: Callable, argnum: Argnum = 0) -> Callable:
    """A function that gives ``(f(...), gradient)``.

    Parameters
    ----------
    f : callable
        Gives one number.
    argnum : int or sequence of int
        With respect to which arguments; a sequence gives a tuple of gradients.

    Examples
    --------
    >>> from autograd import value_and_grad
    >>> value_and_grad(lambda x, y: x * y)(3.0, 4.0)
    (12.0, 4.0)
    """

    @wraps(f)
    def with_gradient(*args: Any, **kwargs: Any) -> Any:
        variables, output = _traced(f, argnum, args, kwargs)
        if np.size(raw(output)) != 1:
            raise TypeError(
                f"grad needs a function that gives one number; "
                f"{getattr(f, '__name__', 'it')} gave shape {np.shape(raw(output))}. "
                f"Use jacobian, elementwise_grad, or sum the result"
            )
        found = _gradients(output, variables)
        result = output if _is_outer(output, variables) else raw(output)
        return result, found[0] if isinstance(argnum, int) else tuple(found)

    return with_gradient


def grad(f: Callable, argnum: Argnum = 0) -> Callable:
    """A function that gives the gradient of ``f``, which gives one number.

    It nests: ``grad(grad(f))`` is the second derivative, and ``f`` may itself use gradients of
    functions that refer to its arguments.

    Parameters
    ----------
    f : callable
    argnum : int or sequence of int

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad
    >>> grad(grad(np.square))(0.5)
    2.0
    """
    both = value_and_grad(f, argnum)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def elementwise_grad(f: Callable, argnum: Argnum = 0) -> Callable:
    """The gradient of the sum of ``f``: for an elementwise function, its derivative at each place.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import elementwise_grad
    >>> elementwise_grad(np.square)(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    return grad(lambda *args, **kwargs: np.sum(f(*args, **kwargs)), argnum)


def jacobian(f: Callable, argnum: int = 0) -> Callable:
    """A function that gives the derivative of each output with respect to each input.

    Its result has the shape of the output followed by that of the argument.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jacobian
    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    @wraps(f)
    def all_derivatives(*args: Any, **kwargs: Any) -> Any:
        variables, output = _traced(f, argnum, args, kwargs)
        shape = np.shape(raw(output))
        rows = []
        for index in np.ndindex(shape):
            seed = np.zeros(shape, np.asarray(raw(output)).dtype)
            seed[index] = 1
            rows.append(_gradients(output, variables, seed if shape else None)[0])
        if not rows:
            return np.zeros(shape + np.shape(raw(args[argnum])))
        return np.reshape(np.stack(rows), shape + np.shape(rows[0]))

    return all_derivatives


def hessian(f: Callable, argnum: int = 0) -> Callable:
    """A function that gives the second derivatives of ``f``, which gives one number.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnum), argnum)


def _traced(f: Callable, argnum: Argnum, args: tuple, kwargs: dict) -> tuple[list[Value], Any]:
    """Run ``f`` on fresh Values in place of the chosen arguments."""
    chosen = [argnum] if isinstance(argnum, int) else list(argnum)
    full = list(args)
    for i in chosen:
        if i >= len(args):
            raise TypeError(f"grad with respect to argument {i}, of {len(args)} positional ones")
        full[i] = _fresh(args[i], i)
    return [full[i] for i in chosen], f(*full, **kwargs)


def _fresh(x: Any, position: int) -> Value:
    # A Value of an outer function enters as a new node made from it: this function's derivative
    # is by the new node alone, the outer one's goes on through it.
    traced = isinstance(x, Value) and x.requires_grad
    value: Value = apply(OPS[np.positive], (x,)) if traced else Value(raw(x))
    if not value.requires_grad:
        raise TypeError(
            f"argument {position} is made of {value.dtype}, and a gradient belongs to "
            f"floating-point numbers; pass x.astype(float)"
        )
    return value


def _gradients(output: Any, variables: list[Value], seed: Any = None) -> list[Any]:
    if not isinstance(output, Value) or not output.requires_grad:
        return [np.zeros(x.shape, x.dtype) if x.ndim else 0.0 for x in variables]
    return gradients(output, variables, seed, differentiable=_is_outer(output, variables))


def _is_outer(output: Any, variables: list[Value]) -> bool:
    """Whether the output also depends on Values that an enclosing computation traces."""
    if not isinstance(output, Value) or not output.requires_grad:
        return False
    inside = set(variables)
    if any(x.op is not None for x in variables):
        return True
    return any(x.op is None and x.requires_grad and x not in inside for x in topological(output))
