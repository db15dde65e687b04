"""The vector space that a number, an array or a container of them belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .tree import flatten
from .value import raw


class VSpace:
    """All values of the form of an example, with what can be done with them.

    Arithmetic takes Values too, and can be differentiated.

    Examples
    --------
    >>> space = VSpace({"w": np.ones(2), "b": 1.0})
    >>> space.size
    3
    >>> space.zeros()
    {'w': array([0., 0.]), 'b': np.float64(0.0)}
    """

    def __init__(self, value: Any) -> None:
        leaves, self._rebuild = flatten(value)
        for leaf in map(raw, leaves):
            if isinstance(leaf, (bool, int, str)) or np.asarray(leaf).dtype.kind not in "iufc":
                raise TypeError(
                    f"{leaf!r}, of type {type(leaf).__name__}, belongs to no vector space; those "
                    f"are of floating-point numbers and arrays, and containers of them"
                )
        arrays = [np.asarray(raw(leaf)) for leaf in leaves]
        self._likes = [(a.shape, a.dtype) for a in arrays]
        self.iscomplex = any(dtype.kind == "c" for _, dtype in self._likes)
        self.shape = self._likes[0][0] if len(arrays) == 1 else None

    @property
    def size(self) -> int:
        """How many real numbers make one."""
        return sum(
            int(np.prod(shape)) * (2 if dtype.kind == "c" else 1) for shape, dtype in self._likes
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VSpace) or self._likes != other._likes:
            return False
        here, there = range(len(self._likes)), range(len(other._likes))
        return bool(self._rebuild(list(here)) == other._rebuild(list(there)))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"VSpace{self._rebuild([f'{dtype}{list(shape)}' for shape, dtype in self._likes])}"

    def _filled(self, fill: Any) -> Any:
        return self._rebuild([fill(shape, dtype)[()] for shape, dtype in self._likes])

    def zeros(self) -> Any:
        """The zero."""
        return self._filled(np.zeros)

    def ones(self) -> Any:
        """The sum of the standard basis."""
        return self._filled(
            lambda shape, dtype: np.full(shape, 1 + 1j if dtype.kind == "c" else 1, dtype)
        )

    def randn(self) -> Any:
        """Normally distributed numbers, from NumPy's global generator."""

        def draw(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
            x = np.asarray(np.random.standard_normal(shape))  # noqa: NPY002
            if dtype.kind == "c":
                x = x + 1j * np.random.standard_normal(shape)  # noqa: NPY002
            return x.astype(dtype)

        return self._filled(draw)

    def standard_basis(self) -> Iterator[Any]:
        """Each vector of it; of a complex space, 1 and 1j at each place."""
        for i, (shape, dtype) in enumerate(self._likes):
            for index in np.ndindex(shape):
                for unit in (1, 1j) if dtype.kind == "c" else (1,):
                    vector = [np.zeros(s, d) for s, d in self._likes]
                    vector[i][index] = unit
                    yield self._rebuild([v[()] for v in vector])

    def _map(self, function: Any, *vectors: Any) -> Any:
        columns = [flatten(vector)[0] for vector in vectors]
        return self._rebuild([function(*row) for row in zip(*columns, strict=True)])

    def add(self, x: Any, y: Any) -> Any:
        """x + y."""
        return self._map(lambda a, b: a + b, x, y)

    def scalar_mul(self, x: Any, a: Any) -> Any:
        """a · x."""
        return self._map(lambda leaf: leaf * a, x)

    def inner_prod(self, x: Any, y: Any) -> Any:
        """The real inner product, the sum of Re(conj(x) · y)."""
        products = flatten(self._map(lambda a, b: np.sum(np.real(np.conj(a) * b)) * 1.0, x, y))[0]
        return sum(products[1:], products[0]) if products else 0.0

    def covector(self, x: Any) -> Any:
        """The gradient that stands for the linear map y -> inner_prod(x, y), and back."""
        return self._map(np.conj, x)


def vspace(value: Any) -> VSpace:
    """The vector space of a value; see `VSpace`."""
    return VSpace(value)
