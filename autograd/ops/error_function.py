"""The error function of arrays: NumPy has none, and a call of `math.erf` a number is slow."""

from __future__ import annotations

import math

import numpy as np

from .blocks import by_blocks, polynomial

# erf(x) / x − 1 of x², a quotient of polynomials: Sun Microsystems 1993, fdlibm's s_erf.c.
_NEAR = (
    (1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
     -5.77027029648944159157e-03, -2.37630166566501626084e-05),
    (1.0, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
     1.32494738004321644526e-04, -3.96022827877536812320e-06),
)  # fmt: skip
# One for all x in single precision, of x²: Eigen 3.3, generic_fast_erf_float.
_SINGLE = (
    (-1.60960333262415e-02, -2.95459980854025e-03, -7.34990630326855e-04, -5.69250639462346e-05,
     -2.10102402082508e-06, 2.77068142495902e-08, -2.72614225801306e-10),
    (-1.42647390514189e-02, -7.37332916720468e-03, -1.68282697438203e-03, -2.13374055278905e-04,
     -1.45660718464996e-05),
)  # fmt: skip
_NEAR_END = 0.84375
# Φ(−s) = exp(−s²/2) · P(v), v = s / (s + 5), for s ≥ 0: the form of Zelen & Severo 1964 (Abramowitz
# & Stegun, 26.2.17) with more terms. P has the coefficients of least squares in 40 digits, weighted
# by exp(−s²/2) and, in turns, by the error itself, which is below 2e-9 and 8e-18 in the end.
_SHIFT = 5.0
_TAIL_SINGLE = (
    0.5, -1.9947117925161508, 4.255319760261291, -6.118139091025438, 5.9604248591636875,
    -3.6621348015454256, 1.0969319456386475,
)  # fmt: skip
_TAIL_DOUBLE = (
    0.5, -1.994711402007158, 4.25528859799155, -6.117306418629336, 5.9500035435776875,
    -3.5932564847822634, 0.8498781317841565, 0.45219912366477444, -0.3152724640904122,
    -0.0723123197838916, 0.08637452106591004, 0.02899880996619225, -0.02880412055564611,
    -0.00988140552372158, 0.008976396598279191,
)  # fmt: skip


def erf_of(x: np.ndarray) -> np.ndarray:
    """2/√π · ∫₀ˣ exp(−t²) dt of each number, to the last digit or two.

    Parameters
    ----------
    x : array of any shape
        Of floating-point numbers; half precision is computed in single.
    """
    return by_blocks(_single if x.dtype in (np.float16, np.float32) else _double, x)


def _single(x: np.ndarray, out: np.ndarray) -> None:
    np.clip(x, -4, 4, out=out)  # beyond, it rounds to 1
    ratio = _ratio(_SINGLE, out * out)
    out *= ratio
    np.clip(out, -1, 1, out=out)


def _double(x: np.ndarray, out: np.ndarray) -> None:
    size = np.abs(x)
    # Both of all numbers, moved to where they hold: quicker than to take some out.
    near = np.minimum(size, _NEAR_END)
    near += near * _ratio(_NEAR, near * near)
    far = np.clip(size, _NEAR_END, 6)
    np.multiply(far, -far, out=out)
    np.exp(out, out=out)
    far *= math.sqrt(2)
    out *= normal_tail(far)
    out *= -2
    out += 1
    inside = size < _NEAR_END
    near *= inside
    out *= ~inside
    out += near
    np.copysign(out, x, out=out)


def normal_tail(s: np.ndarray) -> np.ndarray:
    """Φ(−s) · exp(s²/2) of numbers from 0 on: Φ(−s) itself is then exact to the last digit of 1."""
    v = s + _SHIFT
    np.divide(s, v, out=v)
    return polynomial(_TAIL_SINGLE if s.dtype == np.float32 else _TAIL_DOUBLE, v)


def _ratio(coefficients: tuple, x: np.ndarray) -> np.ndarray:
    above, below = (polynomial(each, x) for each in coefficients)
    above /= below
    return above
