"""Split: data to learn from and data to test on."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..data import ArrayDataset
from ..random import Rng, generator


class Split(NamedTuple):
    """Data to learn from and data to test on."""

    train: ArrayDataset
    test: ArrayDataset


def split(data: ArrayDataset, test_share: float, rng: Rng) -> Split:
    """Two parts of a data set, drawn at random.

    Without a generator these are the rows of scikit-learn's
    ``train_test_split(..., test_size=test_share, random_state=0)``, which tutorials take.
    """
    if not 0 < test_share < 1:
        raise ValueError(f"test_share is above 0 and below 1, not {test_share!r}")
    drawn = np.random.RandomState(0) if rng is None else generator(rng)
    order, count = drawn.permutation(len(data)), math.ceil(len(data) * test_share)
    return Split(data[order[count:]], data[order[:count]])


def standardize(train: ArrayDataset, *others: ArrayDataset) -> tuple[ArrayDataset, ...]:
    """Inputs with mean 0 and standard deviation 1 in each column of the data to learn from.

    The others are shifted and scaled as that data is, so that nothing is learnt from them. A
    column that is constant becomes 0.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import ArrayDataset
    >>> train, test = standardize(ArrayDataset(np.array([[1.0], [3.0]])),
    ...                           ArrayDataset(np.array([[2.0]])))
    >>> train.inputs.ravel(), test.inputs.ravel()
    (array([-1.,  1.]), array([0.]))
    """
    mean, spread = train.inputs.mean(axis=0), train.inputs.std(axis=0)
    spread = np.where(spread > 0, spread, 1).astype(spread.dtype)
    return tuple(
        ArrayDataset((data.inputs - mean) / spread, *data.arrays[1:], transform=data.transform)
        for data in (train, *others)
    )
