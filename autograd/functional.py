"""Derivatives of plain functions: grad, jacobian, hessian and their kin.

Arguments and results may be numbers, arrays, and nested tuples, lists and dicts of them. Everything
here is made of `make_vjp` (reverse mode) and `make_jvp` (forward mode).
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .backward import check_seed, pull
from .data import is_complex
from .forward import push
from .lines import callers_level
from .loop import leaf_gradients
from .rows import can_pull_rows, pull_rows
from .tracing import (
    IndependentWarning,
    Run,
    like,
    name_of,
    nary,
    of_chosen,
    run,
)
from .tree import flatten
from .value import Value, raw

# ---- the two modes -----------------------------------------------------------------------------


def make_vjp_of_one(f: Callable, x: Any, _name: str = "the argument") -> tuple[Callable, Any]:
    """`make_vjp` of a function of one argument, at once: ``(vjp, value)``."""
    traced = run(f, x, _name)
    return _pullback(f, traced), traced.result


def _pullback(f: Callable, traced: Run) -> Callable:
    ends = [y for y, reached in zip(traced.outputs, traced.reached, strict=True) if reached]
    if not ends:
        warnings.warn(
            f"{name_of(f)} does not depend on what it is differentiated by: the derivative is zero",
            IndependentWarning,
            stacklevel=callers_level(),
        )

    def vjp(g: Any) -> Any:
        """The gradient of the inputs, given that of the outputs."""
        given, _ = flatten(g)
        if len(given) != len(traced.outputs):
            raise ValueError(
                f"the function gave {len(traced.outputs)} numbers or arrays, and there are "
                f"{len(given)} gradients for them"
            )
        kept = [s for s, reached in zip(given, traced.reached, strict=True) if reached]
        seeds = [check_seed(y, s) for y, s in zip(ends, kept, strict=True)]
        outer = traced.outer or any(isinstance(s, Value) and s.requires_grad for s in kept)
        found = pull(ends, seeds, traced.variables, traced.order, outer)
        return traced.like_input([like(g, x) for g, x in zip(found, traced.inputs, strict=True)])

    return vjp


@nary
def make_vjp(f: Callable, x: Any, _name: str = "the argument") -> tuple[Callable, Any]:
    """A function that runs ``f`` and gives ``(vjp, value)``.

    Reverse mode: ``vjp(g)`` is the gradient of the argument, given the gradient ``g`` of the
    value. It can be called many times, and differentiated.

    Parameters
    ----------
    f : callable
        Gives a number, an array, or nested tuples, lists and dicts of them.
    argnum : int or sequence of int

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import make_vjp
    >>> vjp, y = make_vjp(lambda x: x * x)(np.array([1.0, 2.0]))
    >>> vjp(np.array([1.0, 10.0]))
    array([ 2., 40.])
    """
    return make_vjp_of_one(f, x, _name)


@nary
def make_jvp(f: Callable, x: Any, _name: str = "the argument") -> Callable:
    """A function that runs ``f`` and gives ``jvp``, with ``jvp(v) = (value, change)``.

    Forward mode: how the value changes when the argument changes by ``v``, which has the
    argument's form.

    Parameters
    ----------
    f : callable
        Gives a number, an array, or nested tuples, lists and dicts of them.
    argnum : int or sequence of int

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import make_jvp
    >>> make_jvp(lambda x: x * x)(np.array([1.0, 2.0]))(np.array([1.0, 0.5]))
    (array([1., 4.]), array([2., 2.]))
    """
    return make_jvp_of_one(f, x, _name)


def make_jvp_of_one(f: Callable, x: Any, _name: str = "the argument") -> Callable:
    """`make_jvp` of a function of one argument, at once: ``jvp``."""
    traced = run(f, x, _name)

    def jvp(v: Any) -> tuple[Any, Any]:
        """The value, and how it changes when the argument changes by ``v``."""
        given, _ = flatten(v)
        if len(given) != len(traced.variables):
            raise ValueError(
                f"the argument holds {len(traced.variables)} numbers or arrays, and there are "
                f"{len(given)} changes for them"
            )
        if not any(traced.reached):
            warnings.warn(
                "the function does not depend on what it is differentiated by: the derivative is "
                "zero",
                IndependentWarning,
                stacklevel=callers_level(),
            )
        moves = {x: check_seed(x, t) for x, t in zip(traced.variables, given, strict=True)}
        outer = traced.outer or any(isinstance(t, Value) and t.requires_grad for t in given)
        ends = [
            y if isinstance(y, Value) else Value(y, requires_grad=False) for y in traced.outputs
        ]
        found = push(ends, moves, traced.order, outer)
        changes = [like(t, raw(y)) for t, y in zip(found, traced.outputs, strict=True)]
        return traced.result, traced.like_output(changes)

    return jvp


# ---- gradients of one number -------------------------------------------------------------------


def _value_and_grad(f: Callable, x: Any, _name: str) -> tuple[Any, Any]:
    traced = run(f, x, _name)
    y = traced.outputs[0] if len(traced.outputs) == 1 else None
    data = raw(y)
    if (
        y is None
        or getattr(data, "size", 1) != 1
        or is_complex(data)
        or isinstance(data, (bool, np.bool_))
        or not isinstance(data, (int, float, np.ndarray, np.generic))
    ):
        raise TypeError(
            f"grad needs a function that gives one real number, and {name_of(f)} gave "
            f"{_described(traced.outputs)}. Use jacobian for all derivatives, elementwise_grad for "
            f"an elementwise function, holomorphic_grad for a complex one, or reduce the result "
            f"(np.sum, np.mean, np.abs)"
        )
    ones = np.ones(np.shape(data), np.asarray(data).dtype)
    found = _leaf_gradients(traced, ones)
    if found is None:
        found = _pullback(f, traced)(traced.like_output([ones]))
    return traced.result, found


def _leaf_gradients(traced: Run, seed: Any) -> Any:
    """The gradient of the only output by the loop of `Value.backward`, or None; see there."""
    if traced.outer or not traced.alone:
        return None
    found = leaf_gradients(traced.outputs[0], seed, traced.variables)
    return None if found is None else traced.like_input(list(map(like, found, traced.inputs)))


def _described(outputs: list[Any]) -> str:
    if len(outputs) != 1:
        return f"{len(outputs)} results (grad_and_aux takes the gradient of the first of two)"
    if outputs[0] is None:
        return "None (is there a return?)"
    data = raw(outputs[0])
    if isinstance(data, (bool, np.bool_)):
        return "a truth value, which has no derivative"
    if not isinstance(data, (int, float, complex, np.ndarray, np.generic)):
        return f"a {type(data).__name__}"
    if is_complex(data):
        return "a complex result"
    return f"shape {np.shape(data)}"


@nary
def value_and_grad(f: Callable, x: Any, _name: str = "the argument") -> tuple[Any, Any]:
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
    return _value_and_grad(f, x, _name)


@nary
def grad(f: Callable, x: Any, _name: str = "the argument") -> Any:
    """A function that gives the gradient of ``f``, which gives one number.

    It nests: ``grad(grad(f))`` is the second derivative, and ``f`` may itself use gradients of
    functions that refer to its arguments. A gradient has the type, shape and dtype of its
    argument. That of a complex argument a + ib is du/da - i·du/db, for f = u.

    Parameters
    ----------
    f : callable
    argnum : int or sequence of int

    Raises
    ------
    TypeError
        Where ``f`` gives anything but one real number, or the argument is an integer.

    Warns
    -----
    IntegerWarning
        Where the argument is an array of integers; it is taken as one of float64.
    IndependentWarning
        Where the result does not depend on the argument; the gradient is zero.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad
    >>> grad(grad(np.square))(0.5)
    2.0
    >>> grad(lambda p: p["w"] * p["b"])({"w": 2.0, "b": 3.0})
    {'w': 3.0, 'b': 2.0}
    """
    return _value_and_grad(f, x, _name)[1]


def grad_named(f: Callable, argname: str) -> Callable:
    """`grad` with respect to the positional argument of that name.

    Examples
    --------
    >>> grad_named(lambda x, scale: x * scale, "scale")(3.0, 2.0)
    3.0
    """
    return grad(f, list(inspect.signature(f).parameters).index(argname))


@nary
def grad_and_aux(f: Callable, x: Any, _name: str = "the argument") -> tuple[Any, Any]:
    """Of a function that gives two results: the gradient of the first, and the second as it is.

    Examples
    --------
    >>> grad_and_aux(lambda x: (x * x, {"doubled": 2 * x}))(3.0)
    (6.0, {'doubled': 6.0})
    """
    aux = []

    def first(x: Any) -> Any:
        y, other = f(x)
        aux.append(other)
        return y

    first.__name__ = name_of(f)
    gradient = _value_and_grad(first, x, _name)[1]
    leaves, rebuild = flatten(aux[0])
    outer = isinstance(flatten(gradient)[0][0], Value) if flatten(gradient)[0] else False
    return gradient, rebuild([y if outer else raw(y) for y in leaves])


@nary
def elementwise_grad(f: Callable, x: Any, _name: str = "the argument") -> Any:
    """The gradient of the sum of ``f``: for an elementwise function, its derivative at each place.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import elementwise_grad
    >>> elementwise_grad(np.square)(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    traced = run(f, x, _name)
    if any(is_complex(raw(y)) for y in traced.outputs):
        raise TypeError(
            f"elementwise_grad needs a function that gives real numbers, and {name_of(f)} gave "
            f"complex ones; use holomorphic_grad, or np.real"
        )
    ones = [np.ones(np.shape(raw(y)), np.asarray(raw(y)).dtype) for y in traced.outputs]
    if len(ones) == 1 and (found := _leaf_gradients(traced, ones[0])) is not None:
        return found
    return _pullback(f, traced)(traced.like_output(ones))


@nary
def holomorphic_grad(f: Callable, x: Any, _name: str = "the argument") -> Any:
    """The complex derivative of a holomorphic function of one complex number.

    Examples
    --------
    >>> holomorphic_grad(lambda z: z * z)(1.0 + 2.0j)
    (2+4j)
    """
    if not all(is_complex(raw(leaf)) for leaf in flatten(x)[0]):
        warnings.warn("the argument of holomorphic_grad is real", UserWarning, callers_level())
    return _value_and_grad(lambda z: np.real(f(z)), x, _name)[1]


@nary
def deriv(f: Callable, x: Any, _name: str = "the argument") -> Any:
    """The derivative of a function of one number by forward mode, of any shape of result.

    For an array it is the change along (1, 1, ..., 1).

    Examples
    --------
    >>> import numpy as np
    >>> deriv(lambda t: np.array([1.0, 2.0]) * t * t)(3.0)
    array([ 6., 12.])
    """
    leaves, rebuild = flatten(x)
    ones = [np.ones(np.shape(raw(leaf)), np.asarray(raw(leaf)).dtype) for leaf in leaves]
    return make_jvp_of_one(f, x, _name)(rebuild(ones))[1]


# ---- Jacobians, Hessians and their products ----------------------------------------------------


@nary
def jacobian(f: Callable, x: Any, _name: str = "the argument") -> Any:
    """A function that gives the derivative of each output with respect to each input.

    Its result has the shape of the output followed by that of the argument. For a complex
    argument of a complex result ``f`` must be holomorphic.

    Parameters
    ----------
    f : callable
        Of a number or an array, giving a number or an array.
    argnum : int

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jacobian
    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    traced = run(f, x, _name)
    if len(traced.variables) != 1 or len(traced.outputs) != 1:
        raise TypeError(
            "jacobian is of one number or array with respect to one; for containers use make_vjp, "
            "or autograd.misc.flatten"
        )
    y = raw(traced.outputs[0])
    shape, dtype = np.shape(y), np.asarray(y).dtype
    like = np.shape(raw(traced.inputs[0]))
    vjp = _pullback(f, traced)
    if np.size(y) > 1 and not traced.outer and all(traced.reached) and can_pull_rows(traced.order):
        seeds = np.eye(np.size(y), dtype=dtype).reshape(-1, *shape)
        found = pull_rows(traced.outputs[0], seeds, traced.variables[0], traced.order)
        return found.reshape(shape + like)
    rows = []
    for index in np.ndindex(shape):
        seed = np.zeros(shape, dtype)
        seed[index] = 1
        row = vjp(traced.like_output([seed]))
        if dtype.kind == "c":
            turned = vjp(traced.like_output([-1j * seed]))
            if not is_complex(raw(x)):
                row = row + 1j * turned
            elif not np.allclose(raw(turned), -1j * raw(row)):
                raise TypeError(
                    f"jacobian: {name_of(f)} is not holomorphic, so its derivative is no complex "
                    f"number; take the jacobian of np.real(...) and of np.imag(...)"
                )
        rows.append(row)
    if not rows:
        return np.zeros(shape + like)
    return np.reshape(np.stack(rows) if len(rows) > 1 else rows[0], shape + like)


@nary
def hessian(f: Callable, x: Any, _name: str = "the argument") -> Any:
    """A function that gives the second derivatives of ``f``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return jacobian(jacobian(f))(x)


@nary
def make_hvp(f: Callable, x: Any, _name: str = "the argument") -> tuple[Callable, Any]:
    """A function that gives ``(hvp, gradient)``: ``hvp(v)`` is the Hessian of ``f`` times ``v``.

    Examples
    --------
    >>> import numpy as np
    >>> hvp, g = make_hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    >>> hvp(np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    return make_vjp_of_one(grad(f), x, _name)


def hessian_vector_product(f: Callable, argnum: int = 0) -> Callable:
    """A function of the arguments of ``f`` and then an array: its Hessian times that array.

    The array has the shape of the argument, and every axis of it is summed over.

    Examples
    --------
    >>> import numpy as np
    >>> hessian_vector_product(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    gradient = grad(f, argnum)

    def along(*args: Any, **kwargs: Any) -> Any:
        *inputs, v = args
        return np.tensordot(gradient(*inputs, **kwargs), v, np.ndim(v))

    return grad(along, argnum)


def vector_jacobian_product(f: Callable, argnum: int = 0) -> Callable:
    """A function of the arguments of ``f`` and then an array: that array times the Jacobian.

    Examples
    --------
    >>> import numpy as np
    >>> vector_jacobian_product(np.square)(np.array([1.0, 2.0]), np.array([1.0, 10.0]))
    array([ 2., 40.])
    """

    def weighted(*args: Any, **kwargs: Any) -> Any:
        *inputs, v = args
        return np.tensordot(v, f(*inputs, **kwargs), np.ndim(v))

    return jacobian(weighted, argnum)


def make_ggnvp(
    f: Callable, g: Callable = lambda y: 0.5 * np.sum(y**2, axis=-1), f_argnum: int = 0
) -> Callable:
    """A function that gives ``v -> Jᵀ H J v``, the generalised Gauss-Newton product of g(f(x)).

    J is the Jacobian of ``f`` and H the Hessian of ``g`` (Schraudolph 2002, "Fast curvature
    matrix-vector products for second-order gradient descent").

    Examples
    --------
    >>> import numpy as np
    >>> make_ggnvp(lambda x: x**2)(np.array([1.0, 2.0]))(np.array([1.0, 1.0]))
    array([ 4., 16.])
    """

    def of_arguments(*args: Any, **kwargs: Any) -> Callable:
        unary, x, name = of_chosen(f, f_argnum, args, kwargs)
        vjp, y = make_vjp_of_one(unary, x, name)
        jvp = make_jvp_of_one(unary, x, name)
        hvp, _ = make_vjp_of_one(grad(g), y)
        return lambda v: vjp(hvp(jvp(v)[1]))

    return of_arguments
