"""Data sets of arrays, and batches of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .random import Rng, generator


@dataclass(frozen=True)
class ArrayDataset:
    """Inputs and targets, row by row.

    Parameters
    ----------
    inputs : (rows, ...) array
    targets : (rows, ...) array

    Examples
    --------
    >>> import numpy as np
    >>> data = ArrayDataset(np.zeros((4, 2)), np.arange(4))
    >>> len(data), data[1:3].targets
    (4, array([1, 2]))
    """

    inputs: np.ndarray
    targets: np.ndarray

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.targets):
            raise ValueError(
                f"a data set pairs inputs with targets, and there are {len(self.inputs)} inputs "
                f"and {len(self.targets)} targets"
            )

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, index: Any) -> Any:
        """One (input, target) pair; a data set again for a slice or an array of rows."""
        if isinstance(index, (int, np.integer)):
            return self.inputs[index], self.targets[index]
        return ArrayDataset(self.inputs[index], self.targets[index])


class DataLoader:
    """Batches of a data set, as tuples of arrays.

    Parameters
    ----------
    dataset : ArrayDataset, (inputs, targets), or a sequence of tuples
    batch_size : int
    shuffle : bool
        A new order for each pass over the data.
    drop_last : bool
        Leave out a last batch that is not full.
    rng : numpy.random.Generator or int, optional
        Of the orders; the default generator otherwise.

    Examples
    --------
    >>> import numpy as np
    >>> loader = DataLoader((np.zeros((5, 2)), np.arange(5)), batch_size=2)
    >>> [targets.tolist() for inputs, targets in loader]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        *,
        rng: Rng = None,
    ) -> None:
        if isinstance(dataset, tuple) and len(dataset) == 2:
            dataset = ArrayDataset(*map(np.asarray, dataset))
        if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
            raise ValueError(
                f"DataLoader: batch_size is an integer of at least 1, not {batch_size!r}"
            )
        if not len(dataset):
            raise ValueError("DataLoader: the data set has no rows")
        self.dataset, self.batch_size = dataset, int(batch_size)
        self.shuffle, self.drop_last = shuffle, drop_last
        self._rng = generator(rng) if rng is not None else None

    def __len__(self) -> int:
        """How many batches one pass has."""
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[np.ndarray, ...]]:
        rows = len(self.dataset)
        rng = self._rng or generator()
        order = rng.permutation(rows) if self.shuffle else np.arange(rows)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            yield self._batch(order[start : start + self.batch_size])

    def _batch(self, rows: np.ndarray) -> tuple[np.ndarray, ...]:
        if isinstance(self.dataset, ArrayDataset):
            return self.dataset.inputs[rows], self.dataset.targets[rows]
        samples: Sequence = [self.dataset[int(row)] for row in rows]
        return tuple(np.stack(column) for column in zip(*samples, strict=True))
