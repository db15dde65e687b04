"""Elementwise operations: arithmetic, exponentials, trigonometry, comparisons that select."""

from __future__ import annotations

import math
import operator

import numpy as np

from ..op import PAIR, SINGLE, composed, define
from .activation import sigmoid


def _scaled(unit):
    """The rule of a function that multiplies by a number."""
    return lambda g, y, x: g * unit


define(
    np.add,
    lambda g, y, a, b: g,
    lambda g, y, a, b: g,
    label="+",
    scalar=operator.add,
    shapes=PAIR,
    complex=True,
    reads=False,
)
define(
    np.subtract,
    lambda g, y, a, b: g,
    lambda g, y, a, b: -g,
    label="−",
    scalar=operator.sub,
    shapes=PAIR,
    complex=True,
    reads=False,
)
define(
    np.multiply,
    lambda g, y, a, b: g * b,
    lambda g, y, a, b: g * a,
    label="×",
    scalar=operator.mul,
    shapes=PAIR,
    complex=True,
)
define(
    np.divide,
    lambda g, y, a, b: g / b,
    lambda g, y, a, b: -g * y / b,
    label="÷",
    scalar=operator.truediv,
    shapes=PAIR,
    domain=(0.5, 2),
    complex=True,
)
define(np.negative, lambda g, y, x: -g, label="neg", scalar=operator.neg, complex=True, reads=False)
define(np.positive, lambda g, y, x: g, label="=", scalar=operator.pos, complex=True, reads=False)


def _log_of_base(y, a, b):
    # 0**b does not move with b > 0, where y is 0; it falls from infinity with b < 0.
    a = a + ((a == 0) & (y != np.inf))
    if type(b) is not float and np.iscomplexobj(b) and not np.iscomplexobj(a):
        return np.log(a + 0j)
    return np.log(a)


def _base(a, b):
    # In 0**0 the base is taken as 1, so that the derivative is 0 and not 0 · inf.
    if type(b) is float or type(b) is int:
        return a if b else a + (a == 0)
    return a + ((a == 0) & (b == 0))


_EXACT = 2**24  # below it float32 tells odd numbers from even ones


def power(a, b, out=None):
    """np.power, which is 40 times slower at whole powers where a base is negative."""
    if (
        (type(b) is not int and type(b) is not float)
        or -1 <= b <= 2  # which have ways of their own
        or not -_EXACT < b < _EXACT
        or type(a) is not np.ndarray
        or b % 1
        or a.dtype.char not in "fd"
        or not a.ndim
    ):
        return np.power(a, b, out)
    y = np.power(np.abs(a), b, out)
    return np.copysign(y, a, y) if b % 2 else y


def _raised(a, b):
    return power(a, b) if type(a) is np.ndarray else a**b


for _power, _forward, _scalar in ((np.power, power, math.pow), (np.float_power, None, None)):
    define(
        _power,
        lambda g, y, a, b: g * b * _raised(_base(a, b), b - 1),
        lambda g, y, a, b: g * y * _log_of_base(y, a, b),
        forward=_forward,
        label="^",
        scalar=_scalar,
        shapes=PAIR,
        domain=(0.5, 2),
        formulas=("g·b·a^(b − 1)", "g·y·log(a)"),
        complex=True,
    )
define(np.square, lambda g, y, x: 2 * g * x, label="x²", scalar=lambda x: x * x, complex=True)
define(
    np.sqrt, lambda g, y, x: g / (2 * y), label="√", scalar=math.sqrt, domain=(0.5, 2), complex=True
)
define(np.cbrt, lambda g, y, x: g / (3 * y * y), label="∛", domain=(0.5, 2))
define(np.reciprocal, lambda g, y, x: -g * y * y, label="1/x", domain=(0.5, 2), complex=True)

define(np.exp, lambda g, y, x: g * y, scalar=math.exp, complex=True)
define(np.exp2, lambda g, y, x: g * y * math.log(2), label="2^x", complex=True)
define(np.expm1, lambda g, y, x: g * np.exp(x), scalar=math.expm1, complex=True)
define(np.log, lambda g, y, x: g / x, scalar=math.log, domain=(0.5, 2), complex=True)
define(np.log1p, lambda g, y, x: g / (1 + x), scalar=math.log1p, domain=(-0.5, 2), complex=True)
define(
    np.log2, lambda g, y, x: g / (x * math.log(2)), scalar=math.log2, domain=(0.5, 2), complex=True
)
define(
    np.log10,
    lambda g, y, x: g / (x * math.log(10)),
    scalar=math.log10,
    domain=(0.5, 2),
    complex=True,
)

define(np.sin, lambda g, y, x: g * np.cos(x), scalar=math.sin, complex=True)
define(np.cos, lambda g, y, x: -g * np.sin(x), scalar=math.cos, complex=True)
define(np.tan, lambda g, y, x: g * (1 + y * y), scalar=math.tan, domain=(-1, 1), complex=True)
define(
    np.arcsin,
    lambda g, y, x: g / np.sqrt(1 - x * x),
    scalar=math.asin,
    domain=(-0.8, 0.8),
    complex=True,
)
define(
    np.arccos,
    lambda g, y, x: -g / np.sqrt(1 - x * x),
    scalar=math.acos,
    domain=(-0.8, 0.8),
    complex=True,
)
define(
    np.arctan, lambda g, y, x: g / (1 + x * x), scalar=math.atan, domain=(-0.8, 0.8), complex=True
)


def _squares(a, b):
    # At (0, 0) there is no direction, and the derivative is taken as 0.
    size = a * a + b * b
    return size + (size == 0)


define(
    np.arctan2,
    lambda g, y, a, b: g * b / _squares(a, b),
    lambda g, y, a, b: -g * a / _squares(a, b),
    label="atan2",
    scalar=math.atan2,
    shapes=PAIR,
    domain=(0.5, 2),
    formulas=("g·b / (a·a + b·b)", "−g·a / (a·a + b·b)"),
)
define(
    np.hypot,
    # At (0, 0), the tip of a cone, the middle of the subgradients: 0.
    lambda g, y, a, b: g * a / (y + (y == 0)),
    lambda g, y, a, b: g * b / (y + (y == 0)),
    scalar=math.hypot,
    shapes=PAIR,
    domain=(0.5, 2),
    formulas=("g·a / y", "g·b / y"),
)
define(np.sinh, lambda g, y, x: g * np.cosh(x), scalar=math.sinh, complex=True)
define(np.cosh, lambda g, y, x: g * np.sinh(x), scalar=math.cosh, complex=True)
define(np.tanh, lambda g, y, x: g * (1 - y * y), scalar=math.tanh, complex=True)
define(np.arcsinh, lambda g, y, x: g / np.sqrt(x * x + 1), scalar=math.asinh, complex=True)
define(
    np.arccosh,
    # Two roots, and not one of x·x − 1: the product has the right sign all over the complex plane.
    lambda g, y, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)),
    scalar=math.acosh,
    domain=(1.2, 3),
    complex=True,
)
define(
    np.arctanh,
    lambda g, y, x: g / (1 - x * x),
    scalar=math.atanh,
    domain=(-0.8, 0.8),
    complex=True,
)
for _angle in (np.deg2rad, np.radians, np.rad2deg, np.degrees):
    define(_angle, _scaled(float(_angle(1.0))))


def _sinc_slope(x):
    """The derivative of sin(πx) / (πx), with all its digits near 0 too, and to any order."""
    far = np.abs(x) > 0.5
    # The series of (cos u − sin u / u) / u² in u = πx; at 0.5 its 13th term is below 1e-20.
    near = math.pi * np.where(far, 0, x)
    series = 0.0
    for k in range(12, 0, -1):
        series = series * near * near + (-1) ** k * 2 * k / math.factorial(2 * k + 1)
    x = np.where(far, x, 1)
    return np.where(far, (np.cos(math.pi * x) - np.sinc(x)) / x, math.pi * near * series)


define(
    np.sinc,
    lambda g, y, x: g * _sinc_slope(x),
    formulas=("g·(cos(πx) − y) / x",),
)


def _share(g, hit, tie):
    """What an operand gets that is the result where ``hit``, and so is the other where ``tie``.

    At a tie both get half: the mean of the two one-sided derivatives. A NaN takes all of the
    gradient where it is the result, and none where the function passes it over. The larger is the
    one that is y; > would not do, since Python does not order complex numbers as NumPy does.
    """
    if type(tie) is np.ndarray and not tie.any():  # as mostly
        return g * hit
    return g * (hit - tie * 0.5)


for _extreme, _sign in ((np.maximum, ">"), (np.minimum, "<")):
    define(
        _extreme,
        lambda g, y, a, b: _share(g, (y == a) | (a != a), a == b),
        lambda g, y, a, b: _share(g, (y == b) | (b != b), a == b),
        label=_extreme.__name__.removesuffix("imum"),
        shapes=PAIR,
        formulas=(f"g·(a {_sign} b) + g·(a = b) / 2", f"g·(b {_sign} a) + g·(a = b) / 2"),
        complex=True,
    )
for _ignoring, _sign in ((np.fmax, ">"), (np.fmin, "<")):
    define(
        _ignoring,
        lambda g, y, a, b: _share(g, (y == a) | (y != y), a == b),
        lambda g, y, a, b: _share(g, (y == b) | (y != y), a == b),
        shapes=PAIR,
        formulas=(f"g·(a {_sign} b) + g·(a = b) / 2", f"g·(b {_sign} a) + g·(a = b) / 2"),
        complex=True,
    )


def _above(y, a, b):
    nothing = y == -np.inf  # of log 0 and log 0 neither has a part in the sum
    return np.where(nothing, -np.inf, a) - np.where(nothing, 0, b)


define(
    np.logaddexp,
    lambda g, y, a, b: g * sigmoid(_above(y, a, b)),
    lambda g, y, a, b: g * sigmoid(_above(y, b, a)),
    shapes=PAIR,
    formulas=("g·σ(a − b)", "g·σ(b − a)"),
)
define(
    np.logaddexp2,
    lambda g, y, a, b: g * sigmoid(_above(y, a, b) * math.log(2)),
    lambda g, y, a, b: g * sigmoid(_above(y, b, a) * math.log(2)),
    shapes=PAIR,
    formulas=("g·σ((a − b)·log 2)", "g·σ((b − a)·log 2)"),
)
# Between its jumps a remainder is a − b·n with a whole number n.
define(
    np.remainder,
    lambda g, y, a, b: g,
    lambda g, y, a, b: -g * np.floor_divide(a, b),
    label="%",
    shapes=PAIR,
    domain=((2.1, 2.9), (0.6, 1.0)),
)
define(
    np.fmod,
    lambda g, y, a, b: g,
    lambda g, y, a, b: -g * np.rint((a - y) / b),
    shapes=PAIR,
    domain=((2.1, 2.9), (0.6, 1.0)),
)
define(
    np.floor_divide,
    lambda g, y, a, b: np.zeros_like(a),
    lambda g, y, a, b: np.zeros_like(b),
    label="//",
    shapes=PAIR,
    domain=((2.1, 2.9), (0.9, 1.0)),
    formulas=("0", "0"),
)
define(
    np.copysign,
    lambda g, y, a, b: g * np.copysign(np.sign(a), b) * np.sign(a),
    None,
    shapes=PAIR,
    formulas=("g·sign(a)·sign(b)", None),
)
define(
    np.heaviside,
    lambda g, y, a, b: np.zeros_like(a),
    lambda g, y, a, b: g * (a == 0),
    shapes=PAIR,
    formulas=("0", "g·(a = 0)"),
)
define(
    np.ldexp,
    lambda g, y, a, b: np.ldexp(g, b),
    None,
    shapes=[((3,), ()), ((), (2,))],
    domain=((-2, 2), int),
)


_MANY = 1000  # numbers
_BITS = {"e": np.int16, "f": np.int32, "d": np.int64}


def _or_zero(condition, g):
    """np.where(condition, g, 0), 5 to 15 times as quick where the condition changes often.

    NumPy takes a branch for each number; here the bits of each are kept or cleared.
    """
    if (
        type(g) is type(condition) is np.ndarray
        and condition.dtype == bool
        and condition.size > _MANY
        and g.dtype.char in _BITS
        and g.dtype.isnative
    ):
        whole = _BITS[g.dtype.char]
        mask = np.negative(condition.view(np.int8)).astype(whole)  # of ones, or of zeros
        return (g.view(whole) & mask).view(g.dtype)
    return np.where(condition, g, 0)


define(
    np.where,
    None,
    lambda g, y, condition, a, b: _or_zero(condition, g),
    lambda g, y, condition, a, b: _or_zero(np.logical_not(condition), g),
    shapes=[((3,), (3,), (3,)), ((2, 3), (3,), ()), ((), (2,), (2, 2)), ((0,), (0,), (1,))],
    domain=(bool, (-2, 2), (-2, 2)),
    bind=lambda condition, x, y: ((condition, x, y), {}),
    complex=True,
)


def _kept_parts(g, x):
    """``g`` where the number stayed; of a complex one the parts are judged apart."""
    if not np.iscomplexobj(x):
        return g * np.isfinite(x)
    kept = np.isfinite(np.real(x)), np.isfinite(np.imag(x))
    return np.real(g) * kept[0] + 1j * np.imag(g) * kept[1]


define(
    np.nan_to_num,
    lambda g, y, x, nan=0.0, posinf=None, neginf=None: _kept_parts(g, x),
    forward=lambda x, nan=0.0, posinf=None, neginf=None: np.nan_to_num(
        x, nan=nan, posinf=posinf, neginf=neginf
    ),
    bind=lambda x, copy=True, nan=0.0, posinf=None, neginf=None: (
        (x,),
        {"nan": nan, "posinf": posinf, "neginf": neginf},
    ),
    formulas=("g·(x is finite)",),
    complex=True,
)

# ---- sizes and parts; for complex numbers dL = Re(g·dx) ----------------------------------------


def _abs_slope(x, y):
    # Subgradient 0 at 0: the middle of [-1, 1], and of the complex unit disc.
    if np.iscomplexobj(x):
        return np.conj(x) / (y + (y == 0))
    return np.sign(x)


def _sign_slope(g, x, y):
    if np.iscomplexobj(x):  # of x/|x|: what is left of g across the direction of x
        size = np.abs(x)
        return np.imag(g * y) * np.conj(y) * 1j / (size + (size == 0))
    return np.zeros_like(x)


define(
    np.absolute,
    lambda g, y, x: g * _abs_slope(x, y),
    label="abs",
    scalar=abs,
    formulas=("g·sign(x)",),
    complex=True,
)
define(np.fabs, lambda g, y, x: g * np.sign(x), label="abs")
define(np.sign, lambda g, y, x: _sign_slope(g, x, y), formulas=("0",), complex=True)
define(np.conjugate, lambda g, y, x: np.conjugate(g), label="conj", complex=True)
define(np.real, lambda g, y, x: g, bind=lambda val: ((val,), {}), complex=True)
define(
    np.imag,
    lambda g, y, x: -1j * g,
    bind=lambda val: ((val,), {}),
    formulas=("−i·g",),
    complex=True,
)
define(
    np.real_if_close,
    lambda g, y, x, tol=100: g,
    bind=lambda a, tol=100: ((a,), {"tol": tol} if tol != 100 else {}),
    label="real if close",
    complex=True,
)


@composed(np.angle, settings=[{}, {"deg": True}], complex=True)
def angle(z, deg=False):
    turn = np.arctan2(np.imag(z), np.real(z))
    return np.degrees(turn) if deg else turn


def _within(x, low, high):
    """1 where low <= x <= high: the bounds themselves let the gradient through, as in PyTorch."""
    return (True if low is None else x >= low) & (True if high is None else x <= high)


def _clip_bounds(a, a_min=None, a_max=None, *, min=None, max=None):
    if (a_min is not None or a_max is not None) and (min is not None or max is not None):
        raise ValueError("clip: bounds are given as a_min and a_max, or as min and max; not both")
    bounds = {"a_min": a_min if min is None else min, "a_max": a_max if max is None else max}
    if not all(
        b is None or isinstance(b, (int, float, np.ndarray, np.generic)) for b in bounds.values()
    ):
        raise TypeError(
            "clip: the bounds of a Value must be numbers or arrays; "
            "use np.minimum and np.maximum where a bound is itself traced"
        )
    return (a,), bounds


define(
    np.clip,
    lambda g, y, x, a_min=None, a_max=None: g * _within(x, a_min, a_max),
    bind=_clip_bounds,
    settings=[{"a_min": -1, "a_max": 1}, {"a_min": None, "a_max": 0.5}],
    formulas=("g·(min ≤ x ≤ max)",),
)

for _step in (np.floor, np.ceil, np.rint, np.trunc):
    define(
        _step, lambda g, y, x: np.zeros_like(x), shapes=SINGLE, domain=(0.1, 0.4), formulas=("0",)
    )


@composed(np.round, settings=[{}, {"decimals": 1}], domain=(0.11, 0.12))
def round_(a, decimals=0):
    unit = 10 ** operator.index(decimals)
    return np.rint(a * unit) / unit


composed(np.around, domain=(0.11, 0.14))(round_)


@composed(np.fix, domain=(0.1, 0.4))
def fix(x):
    return np.trunc(x)


@composed(np.divmod, shapes=PAIR, domain=((2.1, 2.9), (0.6, 1.0)))
def divmod_(a, b):
    return np.floor_divide(a, b), np.remainder(a, b)


@composed(np.modf, domain=(0.1, 0.9))
def modf(x):
    whole, endless = np.trunc(x), np.isinf(x)  # nothing is left of an infinity
    return np.where(endless, 0, x) - np.where(endless, 0, whole), whole


@composed(np.unwrap, shapes=[((4,),), ((2, 3),)], settings=[{}, {"period": 3.0}], domain=(-6, 6))
def unwrap(p, discont=None, axis=-1, *, period=2 * math.pi):
    plain = p.data
    # Whole periods are added, which no derivative sees.
    return p + (np.unwrap(plain, discont, axis, period=period) - plain)
