"""Parts of data sets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from ..random import Rng
from ..random import generator as drawn_from
from .dataset import Dataset, batch_of
from .sampler import one_of


class Subset(Dataset):
    """Some rows of a data set.

    Parameters
    ----------
    dataset : data set
    indices : sequence of int
        Row numbers of it, in the order that is wanted.
    """

    def __init__(self, dataset: Any, indices: Sequence[int] | np.ndarray) -> None:
        self.dataset, self.indices = dataset, indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Any:
        return self.dataset[int(self.indices[index])]

    def batch(self, rows: Sequence[int] | np.ndarray) -> Any:
        return batch_of(self.dataset, [self.indices[row] for row in rows])


def random_split(
    dataset: Any, lengths: Sequence[float], generator: Rng = None, *, rng: Rng = None
) -> list[Subset]:
    """Parts of a data set that have no row in common, drawn at random.

    Parameters
    ----------
    dataset : data set
    lengths : sequence of int, or of float
        How many rows each part has, or which shares of all: shares sum to 1 and are rounded down,
        and the rows left over go to the parts in turn, as in PyTorch.
    rng : numpy.random.Generator or int, optional
        ``generator`` is PyTorch's name of it.

    Examples
    --------
    >>> [len(part) for part in random_split(range(10), [0.75, 0.25], rng=0)]
    [8, 2]
    """
    rows = len(dataset)
    sizes = [int(length) for length in lengths]
    if math.isclose(sum(lengths), 1) and all(0 <= length <= 1 for length in lengths):
        sizes = [math.floor(rows * share) for share in lengths]
        for i in range(rows - sum(sizes)):
            sizes[i % len(sizes)] += 1
    if (
        sum(sizes) != rows
        or min(sizes, default=-1) < 0
        or any(size != length for size, length in zip(sizes, lengths, strict=True) if length > 1)
    ):
        raise ValueError(
            f"random_split: the lengths are whole numbers that sum to the {rows} rows, or shares "
            f"that sum to 1, not {list(lengths)}"
        )
    order = drawn_from(one_of(rng, generator)).permutation(rows)
    ends = list(accumulate(sizes))
    return [Subset(dataset, order[end - size : end]) for size, end in zip(sizes, ends, strict=True)]
