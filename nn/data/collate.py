"""collate: samples put together as a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def default_collate(batch: Sequence[Any]) -> Any:
    """One batch of several samples that are alike.

    Numbers and arrays become one array with the batch as its first axis; tuples, lists and dicts
    of them keep their kind, and each of their parts becomes a batch; strings stay a list.

    Parameters
    ----------
    batch : sequence of samples

    Raises
    ------
    ValueError
        Where samples differ in shape, length or keys.
    TypeError
        For samples of another kind: give the loader a ``collate_fn`` for them.

    Examples
    --------
    >>> import numpy as np
    >>> default_collate([(np.zeros(2), 0), (np.ones(2), 1)])
    (array([[0., 0.],
           [1., 1.]]), array([0, 1]))
    >>> default_collate([{"text": "a", "length": 1}, {"text": "bc", "length": 2}])
    {'text': ['a', 'bc'], 'length': array([1, 2])}
    """
    first = batch[0]
    if isinstance(first, (str, bytes)):
        return list(batch)
    if isinstance(first, Mapping):
        _alike(batch, lambda sample: sorted(map(str, sample)), "set of keys")
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, (tuple, list)):
        _alike(batch, len, "length")
        parts = [default_collate(part) for part in zip(*batch, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    arrays = [np.asarray(sample) for sample in batch]
    if arrays[0].dtype == object:
        raise TypeError(
            f"default_collate puts numbers, arrays, tuples, lists, dicts and strings together, and "
            f"a sample is {type(first).__name__}; give the loader a collate_fn"
        )
    _alike(arrays, np.shape, "shape")
    return np.stack(arrays)


def _alike(batch: Sequence[Any], measure: Any, what: str) -> None:
    wanted = measure(batch[0])
    for number, sample in enumerate(batch):
        if measure(sample) != wanted:
            raise ValueError(
                f"default_collate: the samples of a batch are to have one {what}, and number 0 has "
                f"{wanted}, number {number} {measure(sample)}; make them alike, or give the loader "
                f"a collate_fn"
            )
