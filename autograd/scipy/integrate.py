"""scipy.integrate, differentiable: odeint, by the adjoint method.

References
----------
Chen, Rubanova, Bettencourt & Duvenaud 2018, "Neural Ordinary Differential Equations", appendices
B and C.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.integrate as _integrate

from ..backward import gradients
from ..numpy import array
from ..op import OPS, define
from ..switches import switched
from ..tree import flatten
from ..value import Value, apply, raw
from .constant import face as _face
from .constant import is_plain as _is_plain

# What the equations of the adjoint are solved with too; the others belong to the equation given.
_SHARED = ("rtol", "atol", "h0", "hmax", "hmin", "mxstep", "mxhnil", "mxordn", "mxords")


_EXACT = {"rtol": 1e-12, "atol": 1e-12}  # for the generated tests


class _Problem:
    """An equation dy/dt = f(y, t, θ) and how it is solved, apart from all numbers."""

    def __init__(self, f: Callable, settings: dict[str, Any]) -> None:
        self.f, self.settings = f, settings

    def __repr__(self) -> str:
        return getattr(self.f, "__name__", "…")

    def adjoint(self, d: int) -> _Problem:
        """The equation of (y, λ, dL/dθ), to be solved backwards in time: dy/dt = f,
        dλ/dt = −λ·∂f/∂y, d(dL/dθ)/dt = −λ·∂f/∂θ (eqs. 46 and 51)."""

        def dynamics(state: Any, t: Any, theta: Any) -> Any:
            traced = any(isinstance(x, Value) for x in (state, t, theta))
            with switched(recording=True, anomaly=False):
                y, parameters = _variable(state[:d]), _variable(theta)
                slope = self.f(y, t, parameters)
                if not isinstance(slope, Value) or not slope.requires_grad:
                    return np.concatenate([slope, np.zeros(d + parameters.size)])
                seed = -state[d : 2 * d]
                moved = gradients(slope, [y, parameters], seed, differentiable=traced)
            return np.concatenate([slope if traced else slope.data, *moved])

        dynamics.__name__ = f"adjoint of {self!r}"
        settings = {name: s for name, s in self.settings.items() if name in _SHARED}
        for name in ("rtol", "atol"):
            if np.ndim(settings.get(name, 0)):  # one for each number: the adjoint has more of them
                settings[name] = float(np.min(settings[name]))
        return _Problem(dynamics, settings)


def _variable(x: Any) -> Value:
    """A node of its own, so that a derivative is by it alone."""
    return apply(OPS[np.positive], (x,)) if isinstance(x, Value) else Value(np.array(x))


def ode_solution(packed, sizes, problem):
    """The states at all times.

    Parameters
    ----------
    packed : (d + n + p,) array
        The first state, the times, and the parameters: one array, because one solution of the
        adjoint equation gives the gradients of them all.
    sizes : (int, int)
        d and n.
    problem : _Problem

    Returns
    -------
    (n, d) array
    """
    y0, t, theta = _unpacked(packed, sizes)

    def slope(y: Any, when: Any) -> Any:
        result = problem.f(y, when, theta)
        if isinstance(result, Value) and result.requires_grad:
            raise TypeError(
                f"odeint: {problem!r} uses a Value that takes a gradient and is none of its "
                f"arguments, so that none could flow to it; hand it on with args=(value,)"
            )
        return raw(result)

    return _integrate.odeint(slope, y0, t, **problem.settings)


def _unpacked(packed, sizes):
    d, n = sizes
    return packed[:d], packed[d : d + n], packed[d + n :]


def _rule(g, y, packed, sizes, problem):
    """Algorithm 2 of the paper; the time needs no equation of its own, because a later start
    moves the whole solution back along f (eq. 52)."""
    d, n = sizes
    _, t, theta = _unpacked(packed, sizes)
    backwards = problem.adjoint(d)
    at, by_theta = g[n - 1], np.zeros(np.shape(theta))
    by_time = []
    for i in range(n - 1, 0, -1):
        by_time.append(np.sum(g[i] * problem.f(y[i], t[i], theta)))
        start = np.concatenate([y[i], at, by_theta, np.stack([t[i], t[i - 1]]), theta])
        end = ode_solution(start, sizes=(2 * d + np.shape(theta)[0], 2), problem=backwards)[1]
        at, by_theta = end[d : 2 * d] + g[i - 1], end[2 * d :]
    by_time.append(-np.sum((at - g[0]) * problem.f(y[0], t[0], theta)))
    return np.concatenate([at, np.stack(by_time[::-1]), by_theta])


ode_solution = define(
    ode_solution,
    _rule,
    label="odeint",
    cases=[
        (
            ((5,),),
            {"sizes": (2, 2), "problem": _Problem(lambda y, t, k: k * np.sin(y) - t * y, _EXACT)},
        ),
        (((2,),), {"sizes": (1, 1), "problem": _Problem(lambda y, t, k: -y, _EXACT)}),
    ],
    formulas=("odeint of the adjoint, backwards",),
)


def odeint(func: Callable, y0: Any, t: Any, args: tuple = (), **settings: Any) -> Any:
    """The solution of dy/dt = func(y, t, *args), at the times ``t``.

    Parameters
    ----------
    func : callable
        Written with functions that take Values.
    y0 : (d,) array
        y at the first of the times.
    t : (n,) array
    args : tuple
        Numbers, arrays, and containers of them; what ``func`` takes from elsewhere takes no
        gradient.
    **settings
        SciPy's. Gradients are about as exact as ``rtol`` and ``atol`` say.

    Returns
    -------
    (n, d) array

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad
    >>> from autograd.scipy.integrate import odeint
    >>> def decayed(rate):
    ...     return odeint(lambda y, t, k: -k * y, 1.0, [0.0, 1.0], (rate,))[1, 0]
    >>> bool(np.isclose(grad(decayed)(2.0), -np.exp(-2.0)))
    True
    """
    args = args if isinstance(args, tuple) else (args,)
    leaves, rebuild = flatten(args)
    if _is_plain(y0, t, leaves):
        return _integrate.odeint(func, y0, t, args, **settings)
    if settings.get("full_output"):
        raise NotImplementedError("odeint of Values has no full_output")
    free = [i for i, x in enumerate(leaves) if isinstance(x, Value) and x.requires_grad]
    shapes = [np.shape(leaves[i]) for i in free]
    ends = np.cumsum([0, *map(math.prod, shapes)]).tolist()

    def filled(theta: Any) -> Any:
        full = [raw(x) for x in leaves]
        for i, shape, start, end in zip(free, shapes, ends, ends[1:], strict=False):
            full[i] = np.reshape(theta[start:end], shape)[()]
        return rebuild(full)

    swap = settings.pop("tfirst", False)

    def f(y: Any, when: Any, theta: Any) -> Any:
        first = (when, y) if swap else (y, when)
        return np.reshape(array(func(*first, *filled(theta))), (-1,))

    f.__name__ = getattr(func, "__name__", "…")
    if settings.get("Dfun") is not None:
        slopes, plain = settings["Dfun"], rebuild([raw(x) for x in leaves])
        settings["Dfun"] = lambda y, when: slopes(*((when, y) if swap else (y, when)), *plain)
    y0, t = (np.reshape(array(x), (-1,)) for x in (y0, t))
    packed = np.concatenate([y0, t, *(np.reshape(leaves[i], (-1,)) for i in free)])
    return ode_solution(packed, sizes=(y0.size, t.size), problem=_Problem(f, settings))


__getattr__, __dir__ = _face(_integrate, globals())
