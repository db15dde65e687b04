"""Random programs: a strategy for small functions made of NumPy calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .strategies import arrays, broadcastable_shapes

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Smooth, and of results of the size of 1, so that differences stay sharp.
UNARY = ("sin", "cos", "tanh", "arctan", "negative", "square")
BINARY = ("add", "subtract", "multiply", "arctan2", "logaddexp")
REDUCING = ("sum", "mean")


@dataclass(frozen=True)
class Program:
    """A function of some arrays: one NumPy call a line, each of what is already there.

    Attributes
    ----------
    inputs : tuple of arrays
        Where it was drawn to be run; calling it runs it anywhere else.
    lines : tuple of (function name, operand positions, keyword arguments)
        A position counts the inputs first, then the lines.
    """

    inputs: tuple[np.ndarray, ...]
    lines: tuple[tuple[str, tuple[int, ...], tuple[tuple[str, Any], ...]], ...]

    def __call__(self, *inputs: Any, namespace: Any = np) -> Any:
        """The last line's result; ``namespace`` may be any module with NumPy's names."""
        known = list(inputs)
        for name, operands, settings in self.lines:
            known.append(getattr(namespace, name)(*(known[i] for i in operands), **dict(settings)))
        return known[-1]

    def __str__(self) -> str:
        """Its source."""
        names = [f"x{i}" for i in range(len(self.inputs))]
        names += [f"y{i}" for i in range(len(self.lines))]
        shapes = ", ".join(f"{n}{list(x.shape)}" for n, x in zip(names, self.inputs, strict=False))
        source = [f"def program({shapes}):"]
        for i, (name, operands, settings) in enumerate(self.lines):
            given = [names[j] for j in operands] + [f"{k}={v!r}" for k, v in settings]
            source.append(f"    y{i} = np.{name}({', '.join(given)})")
        return "\n".join([*source, f"    return {names[-1]}"])


def programs(max_lines: int = 8, max_inputs: int = 3) -> SearchStrategy[Program]:
    """A strategy for `Program`: operations of one and two operands, reductions, values used again.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from autograd.check import check_gradients, programs
    >>> @settings(max_examples=5, deadline=None)
    ... @given(programs())
    ... def test_engine(program):
    ...     check_gradients(program, *program.inputs)
    >>> test_engine()
    """
    from hypothesis import strategies as st

    @st.composite
    def build(draw: Any) -> Program:
        count = draw(st.integers(1, max_inputs))
        shapes = draw(broadcastable_shapes(count, max_dims=2))
        inputs = tuple(draw(arrays(shape, low=-1.0, high=1.0)) for shape in shapes)
        results: list[Any] = list(inputs)
        lines = []
        for _ in range(draw(st.integers(1, max_lines))):
            first = draw(st.integers(0, len(results) - 1))
            kind = draw(st.sampled_from(["unary", "binary", "reduce"]))
            settings: tuple[tuple[str, Any], ...] = ()
            operands: tuple[int, ...] = (first,)
            if kind == "binary":
                fitting = [i for i, x in enumerate(results) if _broadcast(x, results[first])]
                operands = (first, draw(st.sampled_from(fitting)))
                name = draw(st.sampled_from(BINARY))
            elif kind == "reduce" and results[first].ndim and results[first].size:
                name = draw(st.sampled_from(REDUCING))
                settings = (("axis", draw(st.integers(0, results[first].ndim - 1))),)
            else:
                name = draw(st.sampled_from(UNARY))
            # arctan2 has no derivative at (0, 0), and differences straddle its cut.
            if name == "arctan2" and not _clear_of_cut(*(results[i] for i in operands)):
                name = "multiply"
            y = getattr(np, name)(*(results[i] for i in operands), **dict(settings))
            results.append(np.asarray(y))
            lines.append((name, operands, settings))
        return Program(inputs, tuple(lines))

    return build()


def _broadcast(x: np.ndarray, y: np.ndarray) -> bool:
    try:
        np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        return False
    return True


def _clear_of_cut(y: np.ndarray, x: np.ndarray) -> bool:
    return bool(np.all(x > 0.1)) and bool(np.all(np.isfinite(y)))
