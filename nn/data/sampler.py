"""Samplers: in which order, and how often, a loader asks for rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import islice
from typing import Any

import numpy as np

from ..random import Rng
from ..random import generator as drawn_from


class Sampler:
    """The base: write ``__iter__``, which gives row numbers, and ``__len__``."""

    rng: np.random.Generator | None = None

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} has no __iter__: write it")


class SequentialSampler(Sampler):
    """Rows in their order.

    Parameters
    ----------
    data_source : data set
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __len__(self) -> int:
        return len(self.data_source)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))


class RandomSampler(Sampler):
    """Rows in a new order for each pass.

    Parameters
    ----------
    data_source : data set
    replacement : bool
        Draw each row from all of them, so that one may come twice.
    num_samples : int, optional
        How many are drawn; all by default. More than there are come in several orders.
    rng : numpy.random.Generator or int, optional
        ``generator`` is PyTorch's name of it.

    Examples
    --------
    >>> sorted(RandomSampler("abc", rng=0))
    [0, 1, 2]
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Rng = None,
        *,
        rng: Rng = None,
    ) -> None:
        self.data_source, self.replacement = data_source, replacement
        self.num_samples = (
            len(data_source) if num_samples is None else count("num_samples", num_samples)
        )
        self.rng = own(one_of(rng, generator))

    def __len__(self) -> int:
        return self.num_samples

    def __iter__(self) -> Iterator[int]:
        rng, rows = drawn_from(self.rng), len(self.data_source)
        if self.replacement:
            order = rng.integers(rows, size=self.num_samples)
        elif self.num_samples <= rows:
            order = rng.permutation(rows)[: self.num_samples]
        else:
            passes = -(-self.num_samples // rows)
            order = np.concatenate([rng.permutation(rows) for _ in range(passes)])
        return iter(order[: self.num_samples].tolist())


class SubsetRandomSampler(Sampler):
    """Some rows, in a new order for each pass.

    Parameters
    ----------
    indices : sequence of int
    rng : numpy.random.Generator or int, optional
        ``generator`` is PyTorch's name of it.
    """

    def __init__(
        self, indices: Sequence[int] | np.ndarray, generator: Rng = None, *, rng: Rng = None
    ) -> None:
        self.indices = indices
        self.rng = own(one_of(rng, generator))

    def __len__(self) -> int:
        return len(self.indices)

    def __iter__(self) -> Iterator[int]:
        order = drawn_from(self.rng).permutation(len(self.indices))
        return iter(np.asarray(self.indices)[order].tolist())


class WeightedRandomSampler(Sampler):
    """Rows drawn as often as their weights say: rare classes can be seen more often.

    Parameters
    ----------
    weights : (rows,) array
        Not negative; they need not sum to 1.
    num_samples : int
    replacement : bool
        Otherwise no row is drawn twice in a pass.
    rng : numpy.random.Generator or int, optional
        ``generator`` is PyTorch's name of it.

    Examples
    --------
    >>> rows = list(WeightedRandomSampler([0, 1, 3], 1000, rng=0))
    >>> [rows.count(row) for row in range(3)]
    [0, 231, 769]
    """

    def __init__(
        self,
        weights: Any,
        num_samples: int,
        replacement: bool = True,
        generator: Rng = None,
        *,
        rng: Rng = None,
    ) -> None:
        self.weights = np.asarray(weights, dtype=np.float64)
        self.num_samples, self.replacement = count("num_samples", num_samples), replacement
        self.rng = own(one_of(rng, generator))
        if self.weights.ndim != 1 or not (self.weights >= 0).all() or not self.weights.sum() > 0:
            raise ValueError(
                f"WeightedRandomSampler: weights is one number of at least 0 for each row, and not "
                f"all are 0; given are {weights!r}"
            )
        if not replacement and num_samples > (some := np.count_nonzero(self.weights)):
            raise ValueError(
                f"WeightedRandomSampler: {num_samples} rows cannot be drawn without replacement "
                f"from {some} with a weight above 0"
            )

    def __len__(self) -> int:
        return self.num_samples

    def __iter__(self) -> Iterator[int]:
        shares = self.weights / self.weights.sum()
        drawn = drawn_from(self.rng).choice(
            len(shares), self.num_samples, replace=self.replacement, p=shares
        )
        return iter(drawn.tolist())


class BatchSampler(Sampler):
    """Lists of row numbers, a batch each.

    Parameters
    ----------
    sampler : iterable of int
    batch_size : int
    drop_last : bool
        Leave out a last batch that is not full.

    Examples
    --------
    >>> list(BatchSampler(range(5), 2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        self.sampler, self.drop_last = sampler, drop_last
        self.batch_size = count("batch_size", batch_size)

    def __len__(self) -> int:
        full, rest = divmod(len(self.sampler), self.batch_size)  # type: ignore[arg-type]
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[list[int]]:
        rows = iter(self.sampler)
        while batch := list(islice(rows, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield batch


def own(rng: Rng) -> np.random.Generator | None:
    """The generator given or made from a seed; None stays for the default one of the moment."""
    return None if rng is None else drawn_from(rng)


def one_of(rng: Rng, generator: Rng) -> Rng:
    """The generator under our name or PyTorch's."""
    if rng is not None and generator is not None:
        raise ValueError("rng and generator are two names of one setting; give one of them")
    return generator if rng is None else rng


def count(name: str, number: Any, least: int = 1) -> int:
    """A whole number of at least 1, or a message that names it."""
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least:
        raise ValueError(f"{name} is a whole number of at least {least}, not {number!r}")
    return int(number)
