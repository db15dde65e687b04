"""The generated tests: every operation with each of its shapes and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..op import COMPOSED, OPS, Composed, Hermitian, Near, Op, Shape
from ..value import apply

_SEED = 20200221


@dataclass(frozen=True)
class Draw:
    """One generated test of one operation: ``f(*args)`` with arguments drawn from its domain."""

    op: Op | Composed
    shapes: tuple[Shape, ...]
    params: dict[str, Any]

    def __str__(self) -> str:
        name = self.op.function.__name__
        shapes = " ".join("x".join(map(str, shape)) or "0d" for shape in self.shapes)
        settings = ",".join(f"{name}={setting}" for name, setting in self.params.items())
        return f"{name}[{shapes}{' ' if settings else ''}{settings}]".replace("\n", "")

    def args(self, dtype: Any = np.float64) -> list:
        """The operands: reproducible, all different, none near 0.

        Complex ones have their real parts from the domain, and smaller imaginary parts.
        """
        rng = np.random.default_rng(_SEED)
        domains = self.op.domain
        if len(domains) != len(self.shapes) or isinstance(domains[0], (int, float)):
            domains = (domains,) * len(self.shapes)
        return [_draw(shape, d, rng, dtype) for shape, d in zip(self.shapes, domains, strict=True)]

    def __call__(self, *operands: Any) -> Any:
        """The operation itself."""
        if isinstance(self.op, Op):
            return apply(self.op, operands, self.params)
        return self.plain(*operands)

    def plain(self, *arrays: Any) -> Any:
        """The function itself: on arrays what NumPy gives, without this engine."""
        if isinstance(self.op, Op):
            return self.op.forward(*arrays, **self.params)
        if self.op.listed:
            return self.op.function(list(arrays), **self.params)
        return self.op.function(*arrays, **self.params)

    def prepared(self, index: int, operand: Any) -> Any:
        """An operand as the function is to be given it, when a check has moved it."""
        domain = self.op.domain[index] if len(self.op.domain) == len(self.shapes) else None
        if isinstance(domain, Hermitian):
            return (operand + np.conj(np.swapaxes(operand, -1, -2))) / 2
        return operand

    def gradient_flows(self, index: int) -> bool:
        """Whether the operand at ``index`` takes a gradient."""
        return isinstance(self.op, Composed) or self.op.vjps[index] is not None


def _draw(shape: Shape, domain: Any, rng: np.random.Generator, dtype: Any) -> Any:
    if domain is bool:
        return rng.random(shape) < 0.5
    if domain is int:
        return rng.integers(0, 2, shape)
    if isinstance(domain, (Near, Hermitian)):
        return _matrix(shape, domain, rng, dtype)
    low, high = domain
    size = int(np.prod(shape))
    numbers: Any = _spread(low, high, size, rng)
    if np.dtype(dtype).kind == "c":
        numbers = numbers + 0.2j * _spread(low, high, size, rng)
    numbers = numbers.astype(dtype).reshape(shape)
    if shape:
        return numbers
    return numbers.item() if dtype in (np.float64, np.complex128) else numbers[()]


def _matrix(shape: Shape, domain: Near | Hermitian, rng: np.random.Generator, dtype: Any) -> Any:
    x = _draw(shape, (-1.0, 1.0), rng, np.promote_types(dtype, np.float64))
    if len(shape) < 2:
        return np.asarray(x).astype(dtype)[()]
    rows, columns = shape[-2:]
    if rows * columns != x.size and isinstance(domain, Near) and len(shape) > 3:
        return x.astype(dtype)
    scale: Any = 1.0 if domain == Near("eye") else np.arange(1.0, min(rows, columns) + 1)
    x = 0.5 * x
    diagonal = np.arange(min(rows, columns))
    x[..., diagonal, diagonal] += 2 * scale
    if isinstance(domain, Hermitian):
        x = (x + np.conj(np.swapaxes(x, -1, -2))) / 2
    return x.astype(dtype)


def _spread(low: float, high: float, size: int, rng: np.random.Generator) -> np.ndarray:
    # Evenly spaced with a jitter of a quarter step: no ties, and no kink inside a difference.
    places = rng.permutation(size) + rng.uniform(0.25, 0.75, size)
    numbers = low + (high - low) * places / max(size, 1)
    return numbers + np.copysign(0.02, numbers)


def all_draws() -> list[Draw]:
    """Every operation with each of its shapes and settings, and every composed function."""
    table: list[Op | Composed] = [*OPS.values(), *COMPOSED.values()]
    return [Draw(op, shapes, params) for op in table for shapes, params in op.cases]
