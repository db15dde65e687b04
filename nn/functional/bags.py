"""Bags of rows of a table, each summed, averaged or searched for its largest numbers.

>>> import numpy as np
>>> table = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
>>> embedding_bag([0, 2, 1], table, offsets=[0, 2])
array([[ 2., 20.],
       [ 2., 20.]])
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import autograd
from autograd import untraced
from autograd.ops import embedding as rows

from .embedding import integers, looked_up, padding_row, refuse_sparse, shorten


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """The sum, mean or largest numbers of each bag of rows of a table.

    Parameters
    ----------
    input : (bags, rows of a bag) or (rows of all bags,) array of integers
    weight : (rows, width) array or Value
    offsets : (bags,) array of integers, optional
        Where each bag starts; for the second form of the input, and only for it.
    max_norm, norm_type, scale_grad_by_freq, sparse
        As for `embedding`.
    mode : {"mean", "sum", "max"}
    per_sample_weights : array or Value like the input, optional
        By what each row is multiplied; for mode="sum".
    include_last_offset : bool
        The offsets have one number more: where the last bag ends.
    padding_idx : int, optional
        A row that is left out of every bag.

    Returns
    -------
    (bags, width) array or Value
        Zeros for a bag with nothing in it.
    """
    name = "embedding_bag"
    refuse_sparse(name, sparse)
    _check(mode, scale_grad_by_freq, per_sample_weights, input)
    indices = looked_up(name, input, weight)
    padding = padding_row(name, padding_idx, np.shape(weight)[0])
    if max_norm is not None:
        untraced(lambda found: shorten(name, weight, found, max_norm, norm_type), indices)
    given = np.shape(indices if offsets is None else offsets)
    sort = partial(_sorted, include_last_offset, -1 if padding is None else padding)
    used, bag, kept = untraced(sort, indices, offsets)
    bags = given[0] - bool(offsets is not None and include_last_offset)
    if mode == "max":
        return _largest(weight, used, bag, bags)
    found = rows.embedding(weight, used, scale_grad_by_freq=scale_grad_by_freq)
    if per_sample_weights is not None:
        found = found * np.reshape(per_sample_weights, (indices.size,))[kept][:, None]
    y = rows.add_rows(found, bag, bags)
    return y / untraced(partial(_counts, bags, y.dtype), bag) if mode == "mean" else y


def _sorted(last: bool, padding: int, indices: np.ndarray, offsets: Any) -> tuple[np.ndarray, ...]:
    """The rows that are used, the bag of each, and its place in the input."""
    bag, bags = _bags(indices, offsets, last)
    kept = np.flatnonzero((bag < bags) & (indices.ravel() != padding))
    return indices.ravel()[kept], bag[kept], kept


def _counts(bags: int, dtype: Any, bag: np.ndarray) -> np.ndarray:
    return np.maximum(np.bincount(bag, minlength=bags), 1)[:, None].astype(dtype)


def _check(mode: str, scale_grad_by_freq: bool, per_sample_weights: Any, input: Any) -> None:
    if mode not in ("mean", "sum", "max"):
        raise ValueError(f"embedding_bag: mode is 'mean', 'sum' or 'max', not {mode!r}")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("embedding_bag: scale_grad_by_freq has no meaning for mode='max'")
    if per_sample_weights is None:
        return
    if mode != "sum":
        raise ValueError(f"embedding_bag: per_sample_weights are for mode='sum', not {mode!r}")
    if np.shape(per_sample_weights) != np.shape(input):
        raise ValueError(
            f"embedding_bag: per_sample_weights have the shape of the input, {np.shape(input)}, "
            f"not {np.shape(per_sample_weights)}"
        )


def _bags(indices: np.ndarray, offsets: Any, last: bool) -> tuple[np.ndarray, int]:
    """In which bag each row is, and how many bags there are; what is past them has that number."""
    if indices.ndim not in (1, 2) or (offsets is None) != (indices.ndim == 2):
        given = "none" if offsets is None else "some"
        raise ValueError(
            f"embedding_bag takes (bags, rows of a bag) integers, or (rows of all bags,) with "
            f"offsets; got shape {indices.shape} and {given}"
        )
    if indices.ndim == 2:
        return np.repeat(np.arange(len(indices)), indices.shape[1]), len(indices)
    starts = integers("embedding_bag", offsets)
    if starts.ndim != 1 or np.any(np.diff(starts, prepend=0) < 0) or np.any(starts[:1]):
        raise ValueError(
            f"embedding_bag: offsets are where each bag starts: integers that begin with 0 and do "
            f"not go down, not {starts.tolist()}"
        )
    if np.any(starts > indices.size) or (last and not starts.size):
        raise ValueError(
            f"embedding_bag: offsets reach to {starts.tolist()[-1:]}, and the input has "
            f"{indices.size} rows"
        )
    bag = np.searchsorted(starts, np.arange(indices.size), side="right") - 1
    return bag, len(starts) - bool(last)


def _largest(weight: Any, used: np.ndarray, bag: np.ndarray, bags: int) -> Any:
    """The largest number of each column in each bag; the first of equal ones takes the gradient."""
    first, filled = untraced(_firsts, weight, used, bag)
    y = autograd.getitem(weight, (first, np.arange(np.shape(weight)[1])))
    if np.shape(filled)[0] == bags:
        return y
    return autograd.scatter(y, filled, (bags, np.shape(weight)[1]))


def _firsts(weight: np.ndarray, used: np.ndarray, bag: np.ndarray) -> tuple[np.ndarray, ...]:
    """The row of the first largest number of each column in each bag, and bags with anything."""
    found = weight[used]
    starts = np.flatnonzero(np.diff(bag, prepend=-1))
    filled = bag[starts]
    numbers = np.arange(len(used))[:, None]
    if len(used):
        top = np.repeat(
            np.maximum.reduceat(found, starts), np.diff(starts, append=len(used)), axis=0
        )
        hit = (found == top) | np.isnan(found)
        first = np.minimum.reduceat(np.where(hit, numbers, len(used)), starts)
    else:
        first = np.zeros((0, found.shape[1]), int)
    return used[first], filled
