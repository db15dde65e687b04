"""The error function of arrays: NumPy has none, and a call of `math.erf` a number is slow."""

from __future__ import annotations

import numpy as np

# Rational approximations by regions of |x|, from the numerator's and denominator's lowest power
# up: Sun Microsystems 1993, fdlibm's s_erf.c, whose comments derive them.
_NEAR = (
    (1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
     -5.77027029648944159157e-03, -2.37630166566501626084e-05),
    (1.0, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
     1.32494738004321644526e-04, -3.96022827877536812320e-06),
)  # fmt: skip
_MIDDLE = (
    (-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01,
     3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02,
     -2.16637559486879084300e-03),
    (1.0, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
     1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02),
)  # fmt: skip
_FAR = (
    (-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e01,
     -6.23753324503260060396e01, -1.62396669462573470355e02, -1.84605092906711035994e02,
     -8.12874355063065934246e01, -9.81432934416914548592e00),
    (1.0, 1.96512716674392571292e01, 1.37657754143519042600e02, 4.34565877475229228821e02,
     6.45387271733267880336e02, 4.29008140027567833386e02, 1.08635005541779435134e02,
     6.57024977031928170135e00, -6.04244152148580987438e-02),
)  # fmt: skip
_FARTHEST = (
    (-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e01,
     -1.60636384855821916062e02, -6.37566443368389627722e02, -1.02509513161107724954e03,
     -4.83519191608651397019e02),
    (1.0, 3.03380607434824582924e01, 3.25792512996573918826e02, 1.53672958608443695994e03,
     3.19985821950859553908e03, 2.55305040643316442583e03, 4.74528541206955367215e02,
     -2.24409524465858183362e01),
)  # fmt: skip
# One for all x in single precision, of x²: Eigen 3.3, generic_fast_erf_float.
_SINGLE = (
    (-1.60960333262415e-02, -2.95459980854025e-03, -7.34990630326855e-04, -5.69250639462346e-05,
     -2.10102402082508e-06, 2.77068142495902e-08, -2.72614225801306e-10),
    (-1.42647390514189e-02, -7.37332916720468e-03, -1.68282697438203e-03, -2.13374055278905e-04,
     -1.45660718464996e-05),
)  # fmt: skip
_AT_ONE = 8.45062911510467529297e-01
_BLOCK = 8192  # numbers at a time: what is computed on the way stays in the processor's cache


def erf_of(x: np.ndarray) -> np.ndarray:
    """2/√π · ∫₀ˣ exp(−t²) dt of each number, to the last digit or two.

    Parameters
    ----------
    x : array of any shape
        Of floating-point numbers; half precision is computed in single.
    """
    work = np.asarray(x, np.float32 if x.dtype == np.float16 else x.dtype)
    flat = np.ravel(work)
    compute = _single if work.dtype == np.float32 else _double
    y = np.empty_like(flat)
    for start in range(0, flat.size, _BLOCK):
        y[start : start + _BLOCK] = compute(flat[start : start + _BLOCK])
    return np.reshape(y, np.shape(x)).astype(x.dtype, copy=False)


def _single(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, -4, 4)  # beyond, it rounds to 1
    return np.clip(x * _ratio(_SINGLE, x * x), -1, 1)


def _double(x: np.ndarray) -> np.ndarray:
    size = np.abs(x)
    y = np.ones_like(x)
    for low, high, approximation in _REGIONS:
        inside = (size >= low) & (size < high)
        if inside.any():
            # Of all numbers, moved into the region: quicker than to take those within it out.
            np.copyto(y, approximation(np.clip(size, low, high)), where=inside)
    np.copyto(y, x, where=np.isnan(x))
    return np.copysign(y, x)


def _near(s: np.ndarray) -> np.ndarray:
    return s + s * _ratio(_NEAR, s * s)


def _middle(s: np.ndarray) -> np.ndarray:
    return _AT_ONE + _ratio(_MIDDLE, s - 1)


def _far(s: np.ndarray) -> np.ndarray:
    return 1 - np.exp(-s * s - 0.5625 + _ratio(_FAR, 1 / (s * s))) / s


def _farthest(s: np.ndarray) -> np.ndarray:
    return 1 - np.exp(-s * s - 0.5625 + _ratio(_FARTHEST, 1 / (s * s))) / s


_REGIONS = (
    (0.0, 0.84375, _near),
    (0.84375, 1.25, _middle),
    (1.25, 1 / 0.35, _far),
    (1 / 0.35, 6, _farthest),
)


def _ratio(coefficients: tuple, x: np.ndarray) -> np.ndarray:
    above, below = (_polynomial(each, x) for each in coefficients)
    above /= below
    return above


def _polynomial(coefficients: tuple, x: np.ndarray) -> np.ndarray:
    y = x * coefficients[-1]
    for c in coefficients[-2:0:-1]:
        y += c
        y *= x
    y += coefficients[0]
    return y
