"""The gamma and beta functions, complete and incomplete, polygamma and zeta (DLMF 5, 8, 25)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from ...op import PAIR, define
from ...value import raw
from ..constant import constant, fixed, is_plain

_POSITIVE = (0.5, 3)
_MARK = {1: "", -1: "−"}  # of the complement of a function

define(sp.gamma, lambda g, y, x: g * y * sp.digamma(x), label="Γ", domain=_POSITIVE)
define(sp.gammaln, lambda g, y, x: g * sp.digamma(x), label="log Γ", domain=_POSITIVE)
define(sp.loggamma, lambda g, y, x: g * sp.digamma(x), label="log Γ", domain=_POSITIVE)
define(sp.rgamma, lambda g, y, x: -g * y * sp.digamma(x), label="1/Γ", domain=_POSITIVE)
define(sp.gammasgn, lambda g, y, x: np.zeros_like(x), domain=_POSITIVE, formulas=("0",))
define(
    sp.digamma,
    lambda g, y, x: g * polygamma_of(x, n=1),
    label="ψ",
    domain=_POSITIVE,
    formulas=("g·polygamma(1, x)",),
)


def polygamma_of(x, n):
    """The n-th derivative of ψ: (−1)ⁿ⁺¹ n! ζ(n + 1, x) (DLMF 25.11.12), n a number or an array."""
    y = sp.polygamma(n, x)
    return y.astype(np.result_type(x.dtype, np.float32)) if isinstance(x, np.ndarray) else y[()]


polygamma_of = define(
    polygamma_of,
    lambda g, y, x, n: g * polygamma_of(x, n=np.add(n, 1)),
    label="polygamma",
    settings=[{"n": 1}, {"n": 0}],
    domain=_POSITIVE,
    formulas=("g·polygamma(n + 1, x)",),
)


def polygamma(n: Any, x: Any) -> Any:
    """The n-th derivative of the digamma function.

    Parameters
    ----------
    n : int or array of int
        Takes no gradient.
    x : array
    """
    if is_plain(n, x):
        return sp.polygamma(n, x)
    return polygamma_of(x, n=raw(constant(n, "n", "polygamma")))


def hurwitz_zeta(q, x):
    return sp.zeta(x, q)


# d/dq ζ(x, q) = −x ζ(x + 1, q) (DLMF 25.11.17)
hurwitz_zeta = define(
    hurwitz_zeta,
    lambda g, y, q, x: -g * x * hurwitz_zeta(q, x=x + 1),
    label="ζ",
    settings=[{"x": 2.0}, {"x": 3.5}],
    domain=_POSITIVE,
    formulas=("−g·x·ζ(x + 1, q)",),
)


def zeta(x: Any, q: Any = None, out: Any = None) -> Any:
    """Hurwitz' zeta function Σ (k + q)⁻ˣ, and Riemann's where no q is given.

    Parameters
    ----------
    x : array
        Takes no gradient.
    q : array, optional
    """
    if is_plain(x, q, out):
        return sp.zeta(x, q, out)
    x = raw(constant(x, "x", "zeta"))
    return sp.zeta(x) if q is None else hurwitz_zeta(q, x=x)


def multigammaln_of(a, d):
    return sp.multigammaln(a, d)


# log Γ_d(a) is a constant and Σ log Γ(a − j/2), j < d (DLMF 35.3.4).
multigammaln_of = define(
    multigammaln_of,
    lambda g, y, a, d: g * sum(sp.digamma(a - j / 2) for j in range(d)),
    label="log Γd",
    settings=[{"d": 1}, {"d": 3}],
    domain=(2, 4),
    formulas=("g·Σ ψ(a − j/2)",),
)


def multigammaln(a: Any, d: int) -> Any:
    """The log of the multivariate gamma function of dimension d.

    Parameters
    ----------
    a : array
    d : int
    """
    return multigammaln_of(a, d=raw(constant(d, "d", "multigammaln")))


define(
    sp.beta,
    lambda g, y, a, b: g * y * (sp.digamma(a) - sp.digamma(a + b)),
    lambda g, y, a, b: g * y * (sp.digamma(b) - sp.digamma(a + b)),
    shapes=PAIR,
    domain=_POSITIVE,
)
define(
    sp.betaln,
    lambda g, y, a, b: g * (sp.digamma(a) - sp.digamma(a + b)),
    lambda g, y, a, b: g * (sp.digamma(b) - sp.digamma(a + b)),
    label="log B",
    shapes=PAIR,
    domain=_POSITIVE,
)
# Γ(n + 1) / (Γ(k + 1) Γ(n − k + 1)), and Γ(z + m) / Γ(z) (DLMF 5.2.5)
define(
    sp.binom,
    lambda g, y, n, k: g * y * (sp.digamma(n + 1) - sp.digamma(n - k + 1)),
    lambda g, y, n, k: g * y * (sp.digamma(n - k + 1) - sp.digamma(k + 1)),
    shapes=PAIR,
    domain=((3, 5), (0.5, 2)),
)
define(
    sp.poch,
    lambda g, y, z, m: g * y * (sp.digamma(z + m) - sp.digamma(z)),
    lambda g, y, z, m: g * y * sp.digamma(z + m),
    shapes=PAIR,
    domain=_POSITIVE,
)


def gamma_density(x, a):
    """xᵃ⁻¹ exp(−x) / Γ(a), by logarithms, because Γ(172) is beyond the largest float."""
    return np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a))


def beta_density(x, a, b):
    """xᵃ⁻¹ (1 − x)ᵇ⁻¹ / B(a, b)."""
    return np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b))


# The integrands of DLMF 8.2.4 and 8.17.1; the inverses have one over them.
define(
    sp.gammainc,
    None,
    lambda g, y, a, x: g * gamma_density(x, a),
    bind=fixed(sp.gammainc, a=0),
    shapes=PAIR,
    domain=_POSITIVE,
    formulas=(None, "g·xᵃ⁻¹·exp(−x)/Γ(a)"),
)
define(
    sp.gammaincc,
    None,
    lambda g, y, a, x: -g * gamma_density(x, a),
    bind=fixed(sp.gammaincc, a=0),
    shapes=PAIR,
    domain=_POSITIVE,
    formulas=(None, "−g·xᵃ⁻¹·exp(−x)/Γ(a)"),
)
for _inverse, _sign in ((sp.gammaincinv, 1), (sp.gammainccinv, -1)):
    define(
        _inverse,
        None,
        lambda g, y, a, p, sign=_sign: sign * g / gamma_density(y, a),
        bind=fixed(_inverse, a=0),
        shapes=PAIR,
        domain=((1, 3), (0.2, 0.8)),
        formulas=(None, f"{_MARK[_sign]}g·Γ(a)·exp(y)/yᵃ⁻¹"),
    )

_TRIPLE = [((),) * 3, ((3,), (), (2, 3)), ((2, 1), (3,), (1,)), ((0,), (1,), ())]
_INSIDE = ((0.5, 3), (0.5, 3), (0.2, 0.8))

for _incomplete, _sign in ((sp.betainc, 1), (sp.betaincc, -1)):
    define(
        _incomplete,
        None,
        None,
        lambda g, y, a, b, x, sign=_sign: sign * g * beta_density(x, a, b),
        bind=fixed(_incomplete, a=0, b=1),
        shapes=_TRIPLE,
        domain=_INSIDE,
        formulas=(None, None, f"{_MARK[_sign]}g·xᵃ⁻¹·(1 − x)ᵇ⁻¹/B(a, b)"),
    )
for _inverse, _sign in ((sp.betaincinv, 1), (sp.betainccinv, -1)):
    define(
        _inverse,
        None,
        None,
        lambda g, y, a, b, p, sign=_sign: sign * g / beta_density(y, a, b),
        bind=fixed(_inverse, a=0, b=1),
        shapes=_TRIPLE,
        domain=_INSIDE,
        formulas=(None, None, f"{_MARK[_sign]}g·B(a, b)/(yᵃ⁻¹·(1 − y)ᵇ⁻¹)"),
    )

# Distribution functions: of chi-square, Poisson (DLMF 8.11.10) and Student's t.
define(
    sp.chdtr,
    None,
    lambda g, y, v, x: g * gamma_density(x / 2, v / 2) / 2,
    bind=fixed(sp.chdtr, v=0),
    shapes=PAIR,
    domain=_POSITIVE,
    formulas=(None, "g·density(x)"),
)
define(
    sp.chdtrc,
    None,
    lambda g, y, v, x: g * gamma_density(x / 2, v / 2) / -2,
    bind=fixed(sp.chdtrc, v=0),
    shapes=PAIR,
    domain=_POSITIVE,
    formulas=(None, "−g·density(x)"),
)
define(
    sp.pdtr,
    None,
    lambda g, y, k, m: -g * gamma_density(m, np.floor(k) + 1),
    bind=fixed(sp.pdtr, k=0),
    shapes=PAIR,
    domain=((0, 4), (0.5, 3)),
    formulas=(None, "−g·exp(−m)·mᵏ/k!"),
)
define(
    sp.pdtrc,
    None,
    lambda g, y, k, m: g * gamma_density(m, np.floor(k) + 1),
    bind=fixed(sp.pdtrc, k=0),
    shapes=PAIR,
    domain=((0, 4), (0.5, 3)),
    formulas=(None, "g·exp(−m)·mᵏ/k!"),
)


def t_density(t, df):
    """The density of Student's t: Γ((n + 1)/2) / (√(nπ) Γ(n/2)) (1 + t²/n)^(−(n + 1)/2)."""
    scale = sp.gammaln((df + 1) / 2) - sp.gammaln(df / 2) - 0.5 * np.log(df * math.pi)
    return np.exp(scale - (df + 1) / 2 * np.log1p(t * t / df))


define(
    sp.stdtr,
    None,
    lambda g, y, df, t: g * t_density(t, df),
    bind=fixed(sp.stdtr, df=0),
    shapes=PAIR,
    domain=((1, 5), (-2, 2)),
    formulas=(None, "g·density(t)"),
)
define(
    sp.stdtrit,
    None,
    lambda g, y, df, p: g / t_density(y, df),
    bind=fixed(sp.stdtrit, df=0),
    shapes=PAIR,
    domain=((1, 5), (0.2, 0.8)),
    formulas=(None, "g / density(y)"),
)
