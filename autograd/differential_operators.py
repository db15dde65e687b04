"""HIPS autograd's ``autograd.differential_operators``: its names for what `functional` has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .checkpointing import checkpoint
from .functional import (
    deriv,
    elementwise_grad,
    grad,
    grad_and_aux,
    grad_named,
    hessian,
    hessian_vector_product,
    holomorphic_grad,
    jacobian,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    value_and_grad,
    vector_jacobian_product,
)

__all__ = [
    "checkpoint",
    "deriv",
    "elementwise_grad",
    "grad",
    "grad_and_aux",
    "grad_named",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "holomorphic_grad",
    "jacobian",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_jvp_reversemode",
    "make_vjp",
    "multigrad_dict",
    "tensor_jacobian_product",
    "value_and_grad",
    "vector_jacobian_product",
]

hessian_tensor_product = hessian_vector_product
tensor_jacobian_product = vector_jacobian_product


def make_jvp_reversemode(f: Callable, argnum: int = 0) -> Callable:
    """`make_jvp` whose ``jvp(v)`` gives the change alone.

    Examples
    --------
    >>> make_jvp_reversemode(lambda x: x * x)(3.0)(1.0)
    6.0
    """
    forward = make_jvp(f, argnum)

    def of_arguments(*args: Any, **kwargs: Any) -> Callable:
        jvp = forward(*args, **kwargs)
        return lambda v: jvp(v)[1]

    return of_arguments


def multigrad_dict(f: Callable) -> Callable:
    """The gradients with respect to all arguments, by name.

    Examples
    --------
    >>> multigrad_dict(lambda x, scale=2.0: x * scale)(3.0)
    {'x': 2.0, 'scale': 3.0}
    """
    import inspect

    signature = inspect.signature(f)

    def gradients(*args: Any, **kwargs: Any) -> dict[str, Any]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()

        def of_names(named: dict[str, Any]) -> Any:
            bound.arguments.update(named)
            return f(*bound.args, **bound.kwargs)

        return grad(of_names)(dict(bound.arguments))

    return gradients
