"""Hypothesis strategies: arrays, Values and shapes to check functions with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..op import Shape
from ..value import Value

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def arrays(
    shape: Any = None, *, low: float = -2.0, high: float = 2.0, dtype: Any = np.float64
) -> SearchStrategy[np.ndarray]:
    """A strategy for arrays, small by default and with size-1 and empty axes among them.

    Parameters
    ----------
    shape : tuple of int, or strategy for one, optional
    low, high : float
        The range of the numbers; of both parts of complex ones.
    dtype : NumPy dtype
        Floating or complex.
    """
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as npst

    shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    kind = np.dtype(dtype)
    numbers: SearchStrategy[Any]
    if kind.kind == "c":
        width = kind.itemsize * 4
        part = st.floats(low, high, width=width, allow_subnormal=False)
        numbers = st.builds(complex, part, part)
    else:
        numbers = st.floats(low, high, width=kind.itemsize * 8, allow_subnormal=False)
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
        lambda x: Value(
            x if x.ndim else x.item() if dtype in (np.float64, np.complex128) else x[()]
        )
    )


def broadcastable_shapes(count: int = 2, *, max_dims: int = 3) -> SearchStrategy[tuple[Shape, ...]]:
    """A strategy for tuples of shapes that broadcast against each other, empty ones among them."""
    from hypothesis.extra import numpy as npst

    drawn = npst.mutually_broadcastable_shapes(
        num_shapes=count, max_dims=max_dims, min_side=0, max_side=4
    )
    return drawn.map(lambda shapes: shapes.input_shapes)


def broadcastable_values(
    count: int = 2, *, low: float = -2.0, high: float = 2.0, dtype: Any = np.float64
) -> SearchStrategy[Sequence[Value]]:
    """A strategy for tuples of Values whose shapes broadcast against each other."""
    from hypothesis import strategies as st

    return broadcastable_shapes(count).flatmap(
        lambda shapes: st.tuples(
            *(values(shape, low=low, high=high, dtype=dtype) for shape in shapes)
        )
    )
