"""check_gradients: the engine's derivatives against differences of the function itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backward import between, gradients
from ..data import is_complex, is_floating
from ..forward import push
from ..tree import flatten, paths
from ..value import Value, raw

_SEED = 20200221  # of the weights that make one number of several; any will do
MODES = ("reverse", "forward")
METHODS = ("central", "complex-step")


class GradientError(AssertionError):
    """A derivative that disagrees with the differences of its function.

    Attributes
    ----------
    order : int
        1 for a gradient, 2 for a gradient of a gradient.
    operand : str
        Which argument, with its place inside where that is a container.
    index : tuple of int or None
        Where in it.
    expected, found : number
    """

    def __init__(
        self,
        message: str,
        order: int,
        operand: str,
        index: tuple[int, ...] | None = None,
        expected: Any = None,
        found: Any = None,
    ) -> None:
        super().__init__(message)
        self.order, self.operand, self.index = order, operand, index
        self.expected, self.found = expected, found


def check_gradients(
    f: Callable,
    *args: Any,
    order: int = 1,
    modes: Sequence[str] = MODES,
    method: str = "central",
    step: float = 1e-4,
    rtol: float = 1e-6,
    atol: float = 1e-8,
) -> None:
    """Compare the derivatives of ``f`` with differences of ``f`` itself, in double precision.

    A second-order check differentiates the gradients themselves, with respect to the arguments
    and to the gradient that the pass starts from, and so on for higher orders.

    Parameters
    ----------
    f : callable
        Of Values, giving a Value of any shape, or a container of them.
    *args : numbers, arrays, Values, or nested tuples, lists and dicts of them
        Where to check. Not at a kink: differences straddle it. What is not made of floating-point
        or complex numbers is passed on as it is.
    order : int
        1 checks gradients, 2 also gradients of gradients, and so on.
    modes : sequence of "reverse", "forward"
        Which modes of differentiation; forward mode is checked against reverse mode.
    method : {"central", "complex-step"}
        Central differences, of order four, or Im f(x + ih) / h with h = 1e-20, which has no
        rounding error but asks for a real function that is analytic (no abs, no comparisons)
        and made of operations that take complex numbers (Squire & Trapp 1998, eq. 1).
    step : float
        Of central differences, for numbers up to 1; for larger ones in proportion. A kink within
        twice the step shows as an error.
    rtol, atol : float
        A gradient may differ by ``atol + rtol · |expected|``, and the rounding error of the
        difference.

    Raises
    ------
    GradientError
        Naming the order, the operand, the index, and the numbers expected and found.

    Examples
    --------
    >>> import numpy as np
    >>> check_gradients(lambda x, y: np.sin(x) * y, np.array([0.3, 0.8]), 2.0, order=2)
    >>> wrong = lambda x: x * x.data  # the constant hides half of the gradient
    >>> check_gradients(wrong, 3.0)
    Traceback (most recent call last):
        ...
    autograd.check.compare.GradientError: order 1, operand 0: differences give 6, the rule gives 3
      (operand there: 3)
    """
    unknown = [*set(modes) - set(MODES), *{method} - set(METHODS)]
    if unknown or not modes:
        raise ValueError(
            f"check_gradients: modes are {MODES} and methods {METHODS}, not {unknown or modes}"
        )
    leaves, rebuild = flatten(list(args))
    points = [_in_double(x) for x in leaves]
    free = [
        i
        for i, x in enumerate(points)
        if isinstance(x, (float, np.complex128, np.ndarray)) and is_floating(x)
    ]
    names = [f"operand {path[1:].replace(']', '', 1)}" for path in paths(list(args))]

    def of_free(*operands: Any) -> Any:
        full = list(points)
        for i, operand in zip(free, operands, strict=True):
            full[i] = operand
        return f(*rebuild(full))

    _check(
        of_free,
        [points[i] for i in free],
        [names[i] for i in free],
        (1, order),
        tuple(modes),
        _central(step) if method == "central" else _complex_step,
        (rtol, atol),
    )


def _check(
    f: Callable,
    points: list,
    names: list[str],
    orders: tuple[int, int],
    modes: tuple[str, ...],
    difference: Callable,
    tolerance: tuple[float, float],
) -> None:
    level, last = orders
    values = [Value(x) for x in points]
    outputs = flatten(f(*values))[0]
    if not any(isinstance(y, Value) for y in outputs):
        raise TypeError(f"check_gradients needs a function that gives a Value, not {outputs!r}")
    weights = [_weights(raw(y), i) for i, y in enumerate(outputs)]
    ends = [(y, w) for y, w in zip(outputs, weights, strict=True) if _traced(y)]
    seeds = [w for _, w in ends]
    found = gradients([y for y, _ in ends], values, seeds)

    def weighted(arrays: list) -> Any:
        results = flatten(f(*map(Value, arrays)))[0]
        return sum(np.sum(w * raw(y)) for w, y in zip(weights, results, strict=True))

    if "reverse" in modes or level > 1:
        for i, g in enumerate(found):
            _compare(weighted, points, i, g, names[i], level, difference, tolerance)
    if "forward" in modes and ends:
        directions = [_weights(x, 100 + i) for i, x in enumerate(points)]
        moves = dict(zip(values, directions, strict=True))
        tops = [y for y, _ in ends]
        pushed = push(tops, moves, between(tops, values), False)
        forward = sum(np.real(np.sum(w * t)) for w, t in zip(seeds, pushed, strict=True))
        reverse = sum(np.real(np.sum(g * v)) for g, v in zip(found, directions, strict=True))
        size = sum(np.sum(np.abs(g * v)) for g, v in zip(found, directions, strict=True))
        rtol, atol = tolerance
        if not abs(forward - reverse) <= atol + rtol * size:
            raise GradientError(
                f"order {level}: forward mode gives {forward:.9g} along a direction in which "
                f"reverse mode gives {reverse:.9g}",
                level,
                " and ".join(names),
                expected=reverse,
                found=forward,
            )
    if level < last and ends:
        gradient = _gradient_function(f, len(points), [_traced(y) for y in outputs])
        more = [f"the seed of result {i}" for i in range(len(ends))]
        _check(
            gradient,
            [*points, *seeds],
            [*names, *more],
            (level + 1, last),
            modes,
            difference,
            tolerance,
        )


def _traced(y: Any) -> bool:
    return isinstance(y, Value) and y.requires_grad


def _compare(
    f: Callable,
    points: list,
    operand: int,
    g: Any,
    name: str,
    level: int,
    difference: Callable,
    tolerance: tuple[float, float],
) -> None:
    """One operand's gradient against differences, index by index."""
    x = points[operand]
    rtol, atol = tolerance
    if np.shape(g) != np.shape(x):
        raise GradientError(
            f"order {level}, {name}: the gradient has shape {np.shape(g)}, the argument "
            f"{np.shape(x)}",
            level,
            name,
        )
    for index in np.ndindex(np.shape(x)):
        expected, error = difference(f, points, operand, index, 1.0)
        if is_complex(x):  # du/da − i·du/db
            imaginary, further = difference(f, points, operand, index, 1j)
            expected, error = expected - 1j * imaginary, error + further
        actual = np.asarray(g)[index].item()
        if not abs(actual - expected) <= atol + rtol * abs(expected) + error:
            where = f", index {index}" if index else ""
            raise GradientError(
                f"order {level}, {name}{where}: differences give {expected:.9g}, the rule gives "
                f"{actual:.9g}\n  (operand there: {np.asarray(x)[index]:.6g})",
                level,
                name,
                index,
                expected,
                actual,
            )


def _gradient_function(f: Callable, count: int, traced: list[bool]) -> Callable:
    """From the arguments and the gradients of f's results to a mix of the arguments' gradients."""

    def gradient(*args: Value) -> Value:
        values, seeds = args[:count], args[count:]
        outputs = [y for y, t in zip(flatten(f(*values))[0], traced, strict=True) if t]
        found = gradients(outputs, values, seeds, differentiable=True)
        total: Any = Value(0.0, requires_grad=False)
        for i, g in enumerate(found):
            total = total + np.sum(np.real(_weights(raw(g), i + 1) * g))
        return total

    return gradient


def _moved(points: list, operand: int, index: tuple[int, ...], by: Any) -> list:
    x = np.array(points[operand], dtype=np.result_type(type(by), np.asarray(points[operand])))
    x[index] += by
    return [*points[:operand], _in_double(x), *points[operand + 1 :]]


def _central(size: float) -> Callable:
    """The central difference of order four (Abramowitz & Stegun 1964, 25.3.24, rearranged).

    With it comes its own rounding error, of a few last digits of ``f``.
    """

    def difference(
        f: Callable, points: list, operand: int, index: Any, along: Any
    ) -> tuple[float, float]:
        step = size * max(1.0, abs(np.asarray(points[operand])[index]))

        def at(shift: float) -> float:
            return float(np.real(f(_moved(points, operand, index, shift * along))))

        right, left, far_right, far_left = at(step), at(-step), at(2 * step), at(-2 * step)
        slope = (8 * (right - left) - (far_right - far_left)) / (12 * step)
        return slope, 10 * np.finfo(float).eps * max(abs(right), abs(left)) / step

    return difference


def _complex_step(
    f: Callable, points: list, operand: int, index: Any, along: Any
) -> tuple[float, float]:
    if is_complex(points[operand]):
        raise TypeError("the complex step is for real arguments; use method='central'")
    return float(np.imag(f(_moved(points, operand, index, 1e-20j)))) / 1e-20, 0.0


def _weights(like: Any, shift: int = 0) -> Any:
    """Fixed numbers, all different, of the size of 1, in the shape of a result."""
    shape, rng = np.shape(like), np.random.default_rng(_SEED + shift)
    if not shape and not is_complex(like):
        return 1.0
    weights = rng.uniform(0.5, 1.5, shape)
    if is_complex(like):
        weights = weights + 1j * rng.uniform(0.5, 1.5, shape)
    return weights if shape else complex(weights)


def _in_double(x: Any) -> Any:
    data = raw(x)
    if isinstance(data, (bool, np.bool_)) or not isinstance(
        data, (int, float, complex, np.ndarray, np.generic)
    ):
        return data
    if isinstance(data, (int, float, complex)) and not isinstance(data, np.generic):
        return np.complex128(data) if isinstance(data, complex) else float(data)
    kind = np.asarray(data).dtype.kind
    if kind not in "fc":
        return data
    wide = np.asarray(data, np.complex128 if kind == "c" else np.float64)
    return wide if wide.ndim else float(wide) if kind == "f" else wide[()]
