"""Distributions with a location and a scale: their functions and all rules from few slopes.

With z = (x − loc) / scale, a density f(z) / scale has d log f/dz, which is all that the rules of
x, loc and scale need, and d log f/dθ for each parameter θ of its shape:

====== ======================= ============== ==========================
.      x                       loc            scale
====== ======================= ============== ==========================
logpdf slope / scale           −slope / scale −(1 + z·slope) / scale
cdf    pdf                     −pdf           −z·pdf
ppf    1 / pdf(y)              1              z(y)
====== ======================= ============== ==========================
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

from ...op import PAIR, Case, define
from ..constant import constant, is_plain


class Family(NamedTuple):
    """The differentiable functions of one distribution."""

    pdf: Callable
    logpdf: Callable
    cdf: Callable
    sf: Callable
    logcdf: Callable
    logsf: Callable
    ppf: Callable
    isf: Callable


def location_scale(
    distribution: Any,
    slope: Callable,
    shapes: dict[str, Callable],
    domain: tuple,
    hazard: Callable | None = None,
) -> Family:
    """The functions of a SciPy distribution of z, with rules.

    Parameters
    ----------
    distribution : scipy.stats continuous distribution
    slope : callable
        ``slope(z, *shapes)``, the derivative of log f with respect to z.
    shapes : dict
        For each parameter of the shape ``rule(z, *shapes)``, the derivative of log f with
        respect to it. Distribution functions refuse a gradient with respect to them.
    domain : tuple
        From where the tests draw x and the parameters of the shape, as in `Op`.
    hazard : callable, optional
        ``hazard(z)``, the derivative of log F, of a symmetric distribution without parameters of
        its shape; where not given, it is exp(log f − log F).
    """
    n = len(shapes)
    names = [*shapes, "loc", "scale"]
    last = (*domain[1:], (-0.2, -0.1), (0.8, 1.2))
    cases = _cases(n)

    def entry(method: str, rules: Sequence[Callable | None], first: str = "x") -> Callable:
        return _entry(
            distribution, method, [first, *names], rules, cases,
            ((0.1, 0.9) if first == "q" else domain[0], *last),
        )  # fmt: skip

    def log_slopes(x: Any, rest: Sequence[Any]) -> list[Callable[[], Any]]:
        """d log pdf by each operand, as functions of nothing, because a rule wants one of them."""
        shape, loc, scale = rest[:n], rest[n], rest[n + 1]
        z = (x - loc) / scale
        return [
            lambda: slope(z, *shape) / scale,
            *(lambda rule=rule: rule(z, *shape) for rule in shapes.values()),
            lambda: -slope(z, *shape) / scale,
            lambda: -(1 + z * slope(z, *shape)) / scale,
        ]

    slots = range(n + 3)
    logpdf = entry(
        "logpdf", [lambda g, y, x, *rest, i=i: g * log_slopes(x, rest)[i]() for i in slots]
    )
    pdf = entry(
        "pdf", [lambda g, y, x, *rest, i=i: g * y * log_slopes(x, rest)[i]() for i in slots]
    )

    def below(density: Callable) -> list[Callable | None]:
        """The rules of a function with derivative ``density(y, x, *rest)``."""
        return [
            lambda g, y, x, *rest: g * density(y, x, *rest),
            *[None] * n,
            lambda g, y, x, *rest: -g * density(y, x, *rest),
            lambda g, y, x, *rest: -g * density(y, x, *rest) * (x - rest[n]) / rest[n + 1],
        ]

    def inverse(sign: int) -> list[Callable | None]:
        return [
            lambda g, y, q, *rest: sign * g / pdf(y, *rest),
            *[None] * n,
            lambda g, y, q, *rest: g,
            lambda g, y, q, *rest: g * (y - rest[n]) / rest[n + 1],
        ]

    def log_slope(y: Any, x: Any, *rest: Any) -> Any:
        if hazard is None:
            return np.exp(logpdf(x, *rest) - y)
        return hazard((x - rest[0]) / rest[1]) / rest[1]

    def log_slope_above(y: Any, x: Any, *rest: Any) -> Any:
        if hazard is None:
            return -np.exp(logpdf(x, *rest) - y)
        return -hazard((rest[0] - x) / rest[1]) / rest[1]

    return Family(
        pdf=pdf,
        logpdf=logpdf,
        cdf=entry("cdf", below(lambda y, *xs: pdf(*xs))),
        sf=entry("sf", below(lambda y, *xs: -pdf(*xs))),
        logcdf=entry("logcdf", below(log_slope)),
        logsf=entry("logsf", below(log_slope_above)),
        ppf=entry("ppf", inverse(1), "q"),
        isf=entry("isf", inverse(-1), "q"),
    )


def _cases(n: int) -> list[Case]:
    """Shapes of x, the n parameters, loc and scale; few, because there are many rules."""
    chosen = [PAIR[0], PAIR[1], PAIR[3], PAIR[8]]
    return [((a, *([b] if n else []), *[()] * (n - 1), () if n else b, ()), {}) for a, b in chosen]


def _entry(
    distribution: Any,
    method: str,
    names: list[str],
    rules: Sequence[Callable | None],
    cases: list[Case],
    domain: tuple,
) -> Callable:
    """One function of a distribution as an operation; SciPy's own where nothing is traced."""
    plain = getattr(distribution, method)
    kinds = inspect.Parameter
    signature = inspect.Signature([
        kinds(name, kinds.POSITIONAL_OR_KEYWORD, default=_DEFAULTS.get(name, kinds.empty))
        for name in names
    ])  # fmt: skip

    def forward(*operands: Any) -> Any:
        return plain(*operands)

    forward.__name__ = forward.__qualname__ = f"{distribution.name}_{method}"
    forward.__doc__ = f"scipy.stats.{distribution.name}.{method}."
    forward.__signature__ = signature  # type: ignore[attr-defined]
    recorded = define(
        forward,
        *rules,
        label=f"{distribution.name} {method}",
        formulas=tuple(
            None if rule is None else f"g·∂{method}/∂{name}"
            for name, rule in zip(names, rules, strict=True)
        ),
        cases=cases,
        domain=domain,
    )
    fixed = [name for name, rule in zip(names, rules, strict=True) if rule is None]

    @wraps(forward)
    def call(*args: Any, **kwargs: Any) -> Any:
        if is_plain(*args, *kwargs.values()):
            return plain(*args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        for name in fixed:
            constant(bound.arguments[name], name, forward.__name__)
        return recorded(*(np.asarray(x) if isinstance(x, (list, tuple)) else x for x in bound.args))

    return call


_DEFAULTS = {"loc": 0, "scale": 1}
