"""Data sets: rows that can be asked for by number, or only one after the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from .collate import default_collate


class Dataset:
    """The base of data sets: write ``__len__`` and ``__getitem__`` for a row number.

    Any object with these two methods is data for a `DataLoader`, a list of samples too. The base
    adds ``a + b``, and `batch` for those that can do better than row by row.

    Examples
    --------
    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 5
    ...     def __getitem__(self, index):
    ...         return index, index**2
    >>> Squares().batch([1, 3])
    (array([1, 3]), array([1, 9]))
    """

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__: write it")

    def __add__(self, other: Any) -> ConcatDataset:
        return ConcatDataset([self, other])

    def batch(self, rows: Sequence[int] | np.ndarray) -> Any:
        """Several rows, put together; `DataLoader` asks for them where it has no collate_fn."""
        return default_collate([self[int(row)] for row in rows])


class IterableDataset(Dataset):
    """The base of data that comes one after the other: write ``__iter__``.

    Examples
    --------
    >>> class Counting(IterableDataset):
    ...     def __iter__(self):
    ...         return iter(range(5))
    >>> from nn.data import DataLoader
    >>> [batch.tolist() for batch in DataLoader(Counting(), batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} has no __iter__: write it")


class ArrayDataset(Dataset):
    """Arrays of as many rows each: inputs, targets, and what else belongs to a row.

    Parameters
    ----------
    *arrays : (rows, ...) arrays
    transform : callable, optional
        Applied to the first array, each time that rows are asked for: to one row of it, or to a
        batch at once. Those of `nn.transforms` take both.

    Attributes
    ----------
    arrays : tuple of arrays
    inputs, targets : array
        The first and the second, as they are stored.

    Examples
    --------
    >>> import numpy as np
    >>> data = ArrayDataset(np.zeros((4, 2)), np.arange(4))
    >>> len(data), data[1:3].targets
    (4, array([1, 2]))
    >>> data[3]
    (array([0., 0.]), np.int64(3))
    """

    def __init__(self, *arrays: Any, transform: Callable[[Any], Any] | None = None) -> None:
        self.arrays = tuple(np.asarray(array) for array in arrays)
        self.transform = transform
        if not arrays or any(array.ndim == 0 for array in self.arrays):
            raise ValueError(
                f"ArrayDataset takes one array or more, each with rows, and was given shapes "
                f"{[array.shape for array in self.arrays]}"
            )
        rows = [len(array) for array in self.arrays]
        if len(set(rows)) > 1:
            counts = (
                f"{rows[0]} inputs and {rows[1]} targets"
                if len(rows) == 2
                else f"arrays of {', '.join(map(str, rows))} rows"
            )
            raise ValueError(f"a row has a part of each array, and there are {counts}")

    @property
    def inputs(self) -> np.ndarray:
        return self.arrays[0]

    @property
    def targets(self) -> np.ndarray:
        if len(self.arrays) < 2:
            raise AttributeError("this data set has one array, so no targets")
        return self.arrays[1]

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: Any) -> Any:
        """The parts of one row; a data set again for a slice or an array of rows."""
        if isinstance(index, (int, np.integer)):
            return self.batch(index)
        return ArrayDataset(*(array[index] for array in self.arrays), transform=self.transform)

    def batch(self, rows: Any) -> tuple[Any, ...]:
        """The rows of each array, without a loop over them."""
        first, *others = (array[rows] for array in self.arrays)
        return (first if self.transform is None else self.transform(first), *others)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{array.dtype} {array.shape}" for array in self.arrays)
        return f"ArrayDataset({shapes})"


class TensorDataset(ArrayDataset):
    """An `ArrayDataset` of which slices are tuples of arrays, as PyTorch's are of tensors.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = TensorDataset(np.arange(8.0).reshape(4, 2), np.arange(4))[1:3]
    >>> x.shape, y
    ((2, 2), array([1, 2]))
    """

    def __getitem__(self, index: Any) -> Any:
        return self.batch(index)

    @property
    def tensors(self) -> tuple[np.ndarray, ...]:
        return self.arrays


class ConcatDataset(Dataset):
    """Data sets one after the other; ``a + b`` is the same.

    Parameters
    ----------
    datasets : iterable of data sets

    Examples
    --------
    >>> both = ConcatDataset([["a", "b"], ["c"]])
    >>> len(both), both[2], both[-3]
    (3, 'c', 'a')
    """

    def __init__(self, datasets: Any) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset: there are no data sets to put one after the other")
        if any(isinstance(each, IterableDataset) for each in self.datasets):
            raise TypeError("ConcatDataset: an IterableDataset has no rows to ask for by number")
        self.cumulative_sizes = list(accumulate(len(each) for each in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Any:
        row = index + len(self) if index < 0 else index
        if not 0 <= row < len(self):
            raise IndexError(f"there are {len(self)} rows, and none has the number {index}")
        which = bisect_right(self.cumulative_sizes, row)
        return self.datasets[which][row - self.cumulative_sizes[which] + len(self.datasets[which])]


class StackDataset(Dataset):
    """Data sets side by side: a row is a tuple of their rows, or a dict where they have names.

    Parameters
    ----------
    *datasets, **named : data sets of as many rows each
        Arrays too.

    Examples
    --------
    Two inputs and a target, as `fit` takes them:

    >>> import numpy as np
    >>> inputs = StackDataset(np.zeros((3, 2)), np.ones((3, 5)))
    >>> (first, second), targets = StackDataset(inputs, np.arange(3)).batch([0, 2])
    >>> first.shape, second.shape, targets
    ((2, 2), (2, 5), array([0, 2]))
    """

    def __init__(self, *datasets: Any, **named: Any) -> None:
        if bool(datasets) == bool(named):
            raise ValueError("StackDataset takes data sets, or data sets by name, and not both")
        self.datasets: Any = named or datasets
        rows = [len(each) for each in self._parts()]
        if len(set(rows)) > 1:
            raise ValueError(f"StackDataset: the data sets have {rows} rows; give as many in each")

    def _parts(self) -> list[Any]:
        return list(self.datasets.values() if isinstance(self.datasets, dict) else self.datasets)

    def _row(self, parts: list[Any]) -> Any:
        if isinstance(self.datasets, dict):
            return dict(zip(self.datasets, parts, strict=True))
        return tuple(parts)

    def __len__(self) -> int:
        return len(self._parts()[0])

    def __getitem__(self, index: int) -> Any:
        return self._row([each[index] for each in self._parts()])

    def batch(self, rows: Sequence[int] | np.ndarray) -> Any:
        return self._row([batch_of(each, rows) for each in self._parts()])


def batch_of(dataset: Any, rows: Sequence[int] | np.ndarray) -> Any:
    """Rows of a data set of any kind, put together."""
    if isinstance(dataset, Dataset):
        return dataset.batch(rows)
    if isinstance(dataset, np.ndarray):
        return dataset[rows]
    return default_collate([dataset[int(row)] for row in rows])
