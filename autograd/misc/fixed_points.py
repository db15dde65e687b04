"""Fixed points of functions, differentiated at the solution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..extend import defvjp, primitive
from ..functional import make_vjp
from ..vspace import vspace

__all__ = ["fixed_point"]


@primitive
def fixed_point(f: Callable, a: Any, x0: Any, distance: Callable, tol: float) -> Any:
    """The x with f(a)(x) = x, by iteration from ``x0`` until ``distance(x, previous) <= tol``.

    Its derivative with respect to ``a`` is that of the solution (the implicit function theorem),
    not of the iterations (Christianson 1994, "Reverse accumulation and attractive fixed points").

    Examples
    --------
    >>> from autograd import grad
    >>> def newton(a):
    ...     return lambda x: 0.5 * (x + a / x)
    >>> root = lambda a: fixed_point(newton, a, 1.0, lambda x, y: abs(x - y), 1e-12)
    >>> print(f"{root(2.0):.6f} {grad(root)(2.0):.6f}")
    1.414214 0.353553
    """
    step = f(a)
    x, previous = step(x0), x0
    while distance(x, previous) > tol:
        x, previous = step(x), x
    return x


def _rule(ans: Any, f: Callable, a: Any, x0: Any, distance: Callable, tol: float) -> Callable:
    vjp_a, _ = make_vjp(lambda a, x: f(a)(x))(a, ans)

    def backwards(given: Any) -> Callable:
        a, x, g = given
        vjp_x, _ = make_vjp(f(a))(x)
        space = vspace(x)
        return lambda h: space.add(vjp_x(h), g)

    def vjp(g: Any) -> Any:
        return vjp_a(fixed_point(backwards, (a, ans, g), vspace(x0).zeros(), distance, tol))

    return vjp


defvjp(fixed_point, None, _rule, None)
