"""Bessel functions by their recurrences (DLMF 10.6.1, 10.29.1), with respect to the argument.

With respect to the order they have no derivative in closed form: there a gradient is refused. The
recurrences hold at 0 too, where the shorter rules would divide by the argument.
"""

from __future__ import annotations

import numpy as np
import scipy.special as sp

from ...op import PAIR, define
from ..constant import fixed

_AWAY = (0.5, 5)
_ORDERS = ((0.5, 3), _AWAY)

define(sp.j0, lambda g, y, x: -g * sp.j1(x), domain=_AWAY)
define(sp.j1, lambda g, y, x: g * (sp.j0(x) - sp.jv(2, x)) / 2, domain=_AWAY)
define(sp.y0, lambda g, y, x: -g * sp.y1(x), domain=_AWAY)
define(sp.y1, lambda g, y, x: g * (sp.y0(x) - sp.yv(2, x)) / 2, domain=_AWAY)
define(sp.i0, lambda g, y, x: g * sp.i1(x))
define(sp.i1, lambda g, y, x: g * (sp.i0(x) + sp.iv(2, x)) / 2)
define(sp.k0, lambda g, y, x: -g * sp.k1(x), domain=_AWAY)
define(sp.k1, lambda g, y, x: -g * (sp.k0(x) + sp.kv(2, x)) / 2, domain=_AWAY)

# Iᵥ exp(−|x|) and Kᵥ exp(x); at 0 the slope of |x| is taken as 0.
define(sp.i0e, lambda g, y, x: g * (sp.i1e(x) - np.sign(x) * y))
define(sp.i1e, lambda g, y, x: g * ((sp.i0e(x) + sp.ive(2, x)) / 2 - np.sign(x) * y))
define(sp.k0e, lambda g, y, x: g * (y - sp.k1e(x)), domain=_AWAY)
define(sp.k1e, lambda g, y, x: g * (y - (sp.k0e(x) + sp.kve(2, x)) / 2), domain=_AWAY)

for _oscillating in (sp.jv, sp.yv):
    define(
        _oscillating,
        None,
        lambda g, y, v, x, f=_oscillating: g * (f(v - 1, x) - f(v + 1, x)) / 2,
        bind=fixed(_oscillating, v=0),
        shapes=PAIR,
        domain=_ORDERS,
        formulas=(
            None,
            f"g·({_oscillating.__name__}(v − 1, x) − {_oscillating.__name__}(v + 1, x)) / 2",
        ),
    )
define(
    sp.yn,  # of whole numbers n
    None,
    lambda g, y, n, x: g * (sp.yn(n - 1, x) - sp.yn(n + 1, x)) / 2,
    bind=fixed(sp.yn, n=0),
    shapes=PAIR,
    domain=(int, _AWAY),
)
define(
    sp.iv,
    None,
    lambda g, y, v, x: g * (sp.iv(v - 1, x) + sp.iv(v + 1, x)) / 2,
    bind=fixed(sp.iv, v=0),
    shapes=PAIR,
    domain=_ORDERS,
)
define(
    sp.kv,
    None,
    lambda g, y, v, x: -g * (sp.kv(v - 1, x) + sp.kv(v + 1, x)) / 2,
    bind=fixed(sp.kv, v=0),
    shapes=PAIR,
    domain=_ORDERS,
)
define(
    sp.ive,
    None,
    lambda g, y, v, x: g * ((sp.ive(v - 1, x) + sp.ive(v + 1, x)) / 2 - np.sign(x) * y),
    bind=fixed(sp.ive, v=0),
    shapes=PAIR,
    domain=_ORDERS,
)
define(
    sp.kve,
    None,
    lambda g, y, v, x: g * (y - (sp.kve(v - 1, x) + sp.kve(v + 1, x)) / 2),
    bind=fixed(sp.kve, v=0),
    shapes=PAIR,
    domain=_ORDERS,
)
