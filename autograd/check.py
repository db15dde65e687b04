"""Gradients checked against finite differences, and hypothesis strategies to check them with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .backward import gradients
from .op import OPS, Op, Shape
from .value import Value

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_SEED = 20200221  # of the weights that make one number of several; any will do


class GradientError(AssertionError):
    """A gradient that disagrees with finite differences."""


def check_gradients(
    f: Callable, *args: Any, order: int = 1, rtol: float = 1e-6, atol: float = 1e-8
) -> None:
    """Compare the gradients of ``f`` with central differences, in float64.

    A second-order check differentiates the gradients themselves, with respect to the arguments
    and to the gradient that the pass starts from, and so on for higher orders.

    Parameters
    ----------
    f : callable
        Of Values, giving a Value of any shape.
    *args : arrays, numbers or Values
        Where to check. Not at a kink: differences straddle it.
    order : int
        1 checks gradients, 2 also gradients of gradients, and so on.
    rtol, atol : float
        A gradient may differ by ``atol + rtol · |expected|``.

    Raises
    ------
    GradientError
        Naming the order, the operand, the index, and the numbers expected and found.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.check import check_gradients
    >>> check_gradients(lambda x, y: np.sin(x) * y, np.array([0.3, 0.8]), 2.0, order=2)
    """
    points = [_as_float64(x) for x in args]
    _check(f, points, order, 1, rtol, atol)


def _check(f: Callable, points: list, order: int, level: int, rtol: float, atol: float) -> None:
    values = [Value(x) for x in points]
    output = f(*values)
    if not isinstance(output, Value):
        raise TypeError(f"check_gradients needs a function that gives a Value, not {output!r}")
    weights = _weights(output.shape)

    def weighted(arrays: list) -> float:
        return float(np.sum(weights * f(*map(Value, arrays)).data))

    if output.requires_grad:
        found = gradients(output, values, weights)
    else:  # a constant: no gradient is the same as zero
        found = [np.zeros(np.shape(x)) for x in points]
    for operand, (x, g) in enumerate(zip(points, found, strict=True)):
        if np.shape(g) != np.shape(x):
            raise GradientError(
                f"order {level}, operand {operand}: the gradient has shape {np.shape(g)}, "
                f"the operand {np.shape(x)}"
            )
        for index in np.ndindex(np.shape(x)):
            expected = _difference(weighted, points, operand, index)
            actual = float(np.asarray(g)[index])
            if not abs(actual - expected) <= atol + rtol * abs(expected):
                raise GradientError(
                    f"order {level}, operand {operand}, index {index}: central differences give "
                    f"{expected:.9g}, the rule gives {actual:.9g} "
                    f"(operand there: {np.asarray(x)[index]:.6g})"
                )
    if order > 1 and output.requires_grad:
        _check(
            _gradient_function(f, len(points)), [*points, weights], order - 1, level + 1, rtol, atol
        )


def _gradient_function(f: Callable, count: int) -> Callable:
    """From the arguments and the gradient of f's result to a mix of the arguments' gradients."""

    def gradient(*args: Value) -> Value:
        values, seed = args[:count], args[count]
        found = gradients(f(*values), values, seed, differentiable=True)
        parts = [np.sum(_weights(np.shape(g), shift=i + 1) * g) for i, g in enumerate(found)]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total if isinstance(total, Value) else Value(total, requires_grad=False)

    return gradient


def _difference(f: Callable, points: list, operand: int, index: tuple[int, ...]) -> float:
    """The central difference of order four (Abramowitz & Stegun 1964, 25.3.24, rearranged)."""
    x = np.array(points[operand], dtype=np.float64)
    step = 1e-3 * max(1.0, abs(float(x[index])))

    def at(shift: float) -> float:
        moved = x.copy()
        moved[index] += shift
        return f([*points[:operand], moved if moved.ndim else float(moved), *points[operand + 1 :]])

    near, far = at(step) - at(-step), at(2 * step) - at(-2 * step)
    return (8 * near - far) / (12 * step)


def _weights(shape: Shape, shift: int = 0) -> Any:
    """Fixed numbers, all different, of the size of 1."""
    weights = np.random.default_rng(_SEED + shift).uniform(0.5, 1.5, shape)
    return weights if shape else float(weights)


def _as_float64(x: Any) -> Any:
    data = x.data if isinstance(x, Value) else x
    if isinstance(data, (int, float)):
        return float(data)
    array = np.asarray(data)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


# ---- every operation --------------------------------------------------------------------------


@dataclass(frozen=True)
class Draw:
    """One generated test of one operation: ``f(*args)`` with arguments drawn from its domain."""

    op: Op
    shapes: tuple[Shape, ...]
    params: dict[str, Any]

    def __str__(self) -> str:
        shapes = " ".join("x".join(map(str, shape)) or "0d" for shape in self.shapes)
        settings = ",".join(f"{name}={setting}" for name, setting in self.params.items())
        return f"{self.op.name}[{shapes}{' ' if settings else ''}{settings}]".replace("\n", "")

    def args(self, dtype: Any = np.float64) -> list:
        """The operands: reproducible, all different, none near 0."""
        rng = np.random.default_rng(_SEED)
        domains = self.op.domain
        if not isinstance(domains[0], (tuple, type)):
            domains = (domains,) * len(self.shapes)
        return [_draw(shape, d, rng, dtype) for shape, d in zip(self.shapes, domains, strict=True)]

    def __call__(self, *operands: Any) -> Any:
        """The operation itself."""
        from .value import apply

        return apply(self.op, operands, self.params)


def _draw(shape: Shape, domain: Any, rng: np.random.Generator, dtype: Any) -> Any:
    if domain is bool:
        return rng.random(shape) < 0.5
    low, high = domain
    size = int(np.prod(shape))
    # Evenly spaced with a jitter of a quarter step: no ties, and no kink inside a difference.
    places = rng.permutation(size) + rng.uniform(0.25, 0.75, size)
    numbers = low + (high - low) * places / max(size, 1)
    numbers = (numbers + np.copysign(0.02, numbers)).astype(dtype).reshape(shape)
    return numbers if shape else (float(numbers) if dtype == np.float64 else numbers[()])


def all_draws() -> list[Draw]:
    """Every operation with each of its shapes and settings."""
    return [Draw(op, shapes, params) for op in OPS.values() for shapes, params in op.cases]


# ---- hypothesis strategies ----------------------------------------------------------------------


def arrays(
    shape: Any = None, *, low: float = -2.0, high: float = 2.0, dtype: Any = np.float64
) -> SearchStrategy[np.ndarray]:
    """A strategy for arrays, small by default and with size-1 and empty axes among them.

    Parameters
    ----------
    shape : tuple of int, or strategy for one, optional
    low, high : float
        The range of the numbers.
    dtype : NumPy dtype
    """
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as npst

    shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    width = np.dtype(dtype).itemsize * 8
    numbers = st.floats(low, high, width=width, allow_subnormal=False)
    return npst.arrays(dtype, shapes if shape is None else shape, elements=numbers)


def values(
    shape: Any = None, *, low: float = -2.0, high: float = 2.0, dtype: Any = np.float64
) -> SearchStrategy[Value]:
    """A strategy for leaf Values: of Python numbers where the shape is (), else of `arrays`.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(values(low=0.1))
    ... def test_log(x):
    ...     np.log(x).sum().backward()
    ...     assert np.allclose(x.grad, 1 / x.data)
    >>> test_log()
    """
    return arrays(shape, low=low, high=high, dtype=dtype).map(
        lambda x: Value(x) if x.ndim else Value(x.item() if dtype == np.float64 else x[()])
    )


def broadcastable_values(
    count: int = 2, *, low: float = -2.0, high: float = 2.0, dtype: Any = np.float64
) -> SearchStrategy[Sequence[Value]]:
    """A strategy for tuples of Values whose shapes broadcast against each other."""
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as npst

    shapes = npst.mutually_broadcastable_shapes(
        num_shapes=count, max_dims=3, min_side=0, max_side=4
    )
    return shapes.flatmap(
        lambda drawn: st.tuples(
            *(values(shape, low=low, high=high, dtype=dtype) for shape in drawn.input_shapes)
        )
    )
