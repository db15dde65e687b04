"""Hypergeometric functions, exponential integrals, elliptic integrals (DLMF 13, 15, 6, 19)."""

from __future__ import annotations

import math

import numpy as np
import scipy.special as sp

from ...op import PAIR, define
from ..constant import fixed

# Each derivative is the same function with its parameters shifted by 1.
define(
    sp.hyp0f1,
    None,
    lambda g, y, v, x: g * sp.hyp0f1(v + 1, x) / v,  # DLMF 16.3.1
    bind=fixed(sp.hyp0f1, v=0),
    shapes=PAIR,
    domain=((0.5, 3), (-2, 2)),
)
define(
    sp.hyp1f1,
    None,
    None,
    lambda g, y, a, b, x: g * a / b * sp.hyp1f1(a + 1, b + 1, x),  # DLMF 13.3.15
    bind=fixed(sp.hyp1f1, a=0, b=1),
    shapes=[((), (), ()), ((3,), (), (2, 3)), ((2, 1), (1, 3), (3,))],
    domain=((0.5, 3), (0.5, 3), (-2, 2)),
)
define(
    sp.hyperu,
    None,
    None,
    lambda g, y, a, b, x: -g * a * sp.hyperu(a + 1, b + 1, x),  # DLMF 13.3.22
    bind=fixed(sp.hyperu, a=0, b=1),
    shapes=[((), (), ()), ((3,), (), (2, 3))],
    domain=((0.5, 2), (0.5, 2), (0.5, 2)),
)
define(
    sp.hyp2f1,
    None,
    None,
    None,
    lambda g, y, a, b, c, x: g * a * b / c * sp.hyp2f1(a + 1, b + 1, c + 1, x),  # DLMF 15.5.1
    bind=fixed(sp.hyp2f1, a=0, b=1, c=2),
    shapes=[((),) * 4, ((3,), (), (), (2, 3))],
    domain=((0.5, 2), (0.5, 2), (0.5, 2), (-0.6, 0.6)),
)
# (exp(x) − 1) / x is M(1, 2, x), whose derivative is exact at 0 too.
define(sp.exprel, lambda g, y, x: g * sp.hyp1f1(2, 3, x) / 2)
define(sp.cosm1, lambda g, y, x: -g * np.sin(x))
define(sp.exp10, lambda g, y, x: g * y * math.log(10), label="10^x", formulas=("g·y·log(10)",))
define(sp.expi, lambda g, y, x: g * np.exp(x) / x, label="Ei", domain=(0.5, 2))
define(sp.exp1, lambda g, y, x: -g * np.exp(-x) / x, label="E₁", domain=(0.5, 2))

# K(m) = π/2 · F(1/2, 1/2; 1; m), E(m) = π/2 · F(−1/2, 1/2; 1; m) (DLMF 19.5.1, 19.5.2), so that
# their derivatives are exact at m = 0, where the usual ones are 0/0.
_EIGHTH = math.pi / 8
define(
    sp.ellipk,
    lambda g, y, m: g * _EIGHTH * sp.hyp2f1(1.5, 1.5, 2, m),
    label="K",
    domain=(-0.7, 0.7),
    formulas=("g·K'(m)",),
)
define(
    sp.ellipe,
    lambda g, y, m: g * -_EIGHTH * sp.hyp2f1(0.5, 1.5, 2, m),
    label="E",
    domain=(-0.7, 0.7),
    formulas=("g·E'(m)",),
)
define(
    sp.ellipkm1,
    lambda g, y, p: g * -_EIGHTH * sp.hyp2f1(1.5, 1.5, 2, 1 - p),
    label="K(1 − p)",
    domain=(0.3, 1.5),
    formulas=("−g·K'(1 − p)",),
)
