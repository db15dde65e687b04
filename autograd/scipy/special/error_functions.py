"""The error function and its kin, and the normal distribution function (DLMF chapter 7)."""

from __future__ import annotations

import math

import numpy as np
import scipy.special as sp

from ...op import define

_ROOT_PI = math.sqrt(math.pi)
_SLOPE = 2 / _ROOT_PI

# erf' and erfc' from their integrals (DLMF 7.2.1, 7.2.2).
define(
    sp.erf,
    lambda g, y, x: g * _SLOPE * np.exp(-x * x),
    # Not the shapes of autograd.erf, so that the generated tests have names of their own.
    shapes=[((4,),), ((2, 2),), ((1, 3),), ((0, 1),)],
    formulas=("g·2/√π·exp(−x·x)",),
    complex=True,
)
define(
    sp.erfc,
    lambda g, y, x: g * -_SLOPE * np.exp(-x * x),
    formulas=("−g·2/√π·exp(−x·x)",),
    complex=True,
)
define(
    sp.erfi,
    lambda g, y, x: g * _SLOPE * np.exp(x * x),
    domain=(-1.5, 1.5),
    formulas=("g·2/√π·exp(x·x)",),
    complex=True,
)
# erfcx(x) = exp(x²) erfc(x), and Dawson's integral (DLMF 7.2.5).
define(
    sp.erfcx,
    lambda g, y, x: g * (2 * x * y - _SLOPE),
    domain=(-1.5, 1.5),
    formulas=("g·(2·x·y − 2/√π)",),
    complex=True,
)
define(sp.dawsn, lambda g, y, x: g * (1 - 2 * x * y), complex=True)
# Faddeeva's function (DLMF 7.10.2).
define(
    sp.wofz,
    lambda g, y, x: g * (1j * _SLOPE - 2 * x * y),
    domain=(-1.5, 1.5),
    formulas=("g·(2·i/√π − 2·x·y)",),
    complex=True,
)
# The inverses: one over the derivative at the result.
define(
    sp.erfinv,
    lambda g, y, x: g * (_ROOT_PI / 2) * np.exp(y * y),
    domain=(-0.9, 0.9),
    formulas=("g·√π/2·exp(y·y)",),
)
define(
    sp.erfcinv,
    lambda g, y, x: g * (-_ROOT_PI / 2) * np.exp(y * y),
    domain=(0.1, 1.8),
    formulas=("−g·√π/2·exp(y·y)",),
)

_DENSITY = 1 / math.sqrt(2 * math.pi)

define(
    sp.ndtr,
    lambda g, y, x: g * _DENSITY * np.exp(-0.5 * x * x),
    label="Φ",
    formulas=("g·φ(x)",),
)
define(
    sp.ndtri,
    lambda g, y, x: g / _DENSITY * np.exp(0.5 * y * y),
    label="Φ⁻¹",
    domain=(0.1, 0.9),
    formulas=("g / φ(y)",),
)


def normal_hazard(x):
    """φ(x) / Φ(x), the slope of log Φ: exact far out, where both are 0 or φ is.

    Parameters
    ----------
    x : array of any shape
    """
    return math.sqrt(2 / math.pi) / sp.erfcx(x * -math.sqrt(0.5))


normal_hazard = define(
    normal_hazard, lambda g, y, x: -g * y * (x + y), label="φ/Φ", formulas=("−g·y·(x + y)",)
)

define(
    sp.log_ndtr,
    lambda g, y, x: g * normal_hazard(x),
    label="log Φ",
    formulas=("g·φ(x)/Φ(x)",),
)
define(
    sp.ndtri_exp,
    lambda g, y, x: g / normal_hazard(y),
    domain=(-2, -0.2),
    formulas=("g·Φ(y)/φ(y)",),
)
