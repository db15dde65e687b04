"""What losses share: their checks, and how many losses become one."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd import Value, untraced

from ..module import floating


def traced(name: str, x: Any) -> Any:
    """An operand that has numbers, as a Value."""
    floating(name, x, lists=True)
    return x if isinstance(x, Value) else Value(np.asarray(x), requires_grad=False)


def like(x: Any, other: Any) -> Any:
    """A second operand in the dtype of the first; a traced one as it is."""
    if isinstance(other, Value) and other.requires_grad:
        return other
    return untraced(partial(np.asarray, dtype=x.dtype), other)


def same_shape(name: str, x: Any, target: Any) -> None:
    """Refuse shapes that differ: broadcasting would average over the wrong pairs."""
    if np.shape(x) != np.shape(target):
        raise ValueError(
            f"{name}: input of shape {np.shape(x)} and target of shape {np.shape(target)} must "
            f"agree; reshape the target: target.reshape({', '.join(map(str, np.shape(x)))})"
        )


def signs(name: str, target: Any) -> None:
    """Refuse targets other than −1 and 1."""
    untraced(partial(_signs, name), target)


def _signs(name: str, target: Any) -> None:
    found = np.unique(target)
    if not np.all(np.isin(found, (-1, 1))):
        raise ValueError(
            f"{name}: targets are -1 and 1, got {found[:5].tolist()}; 2 * target - 1 makes them "
            f"of 0 and 1"
        )


def above(x: Any) -> Any:
    """max(0, x), with the derivative 1 at 0, as PyTorch's losses have, where relu's is 0."""
    return np.clip(x, 0, None)


def reduced(name: str, losses: Any, reduction: str, count: Any = None) -> Any:
    """The losses themselves, their sum, or their mean (over ``count``, where that is another).

    The mean of nothing is NaN, as in PyTorch, and its gradient 0.
    """
    if reduction == "mean":
        if not isinstance(count, Value) and not (losses.size if count is None else count):
            return losses.sum() + np.nan
        return losses.mean() if count is None else losses.sum() / count
    if reduction == "sum":
        return losses.sum()
    if reduction == "none":
        return losses
    raise ValueError(f"{name}: reduction is 'mean', 'sum' or 'none', not {reduction!r}")


def hot_rows(name: str, x: Value, target: Any, ignore: int | None) -> tuple[Any, Any]:
    """A 1 among zeros for each row, zeros alone where it is ignored; and how many are not."""
    return untraced(partial(_hot_rows, name, x.shape, x.dtype, ignore), target)


def _hot_rows(name: str, shape: tuple[int, ...], dtype: Any, ignore: int | None, target: Any):
    classes = np.asarray(target)
    if classes.dtype.kind not in "iu" or classes.shape != shape[:-1]:
        raise ValueError(
            f"{name}: the target is one integer class for each of shape {shape[:-1]}, got "
            f"shape {classes.shape} of {classes.dtype}"
        )
    kept = classes != ignore if ignore is not None else np.ones(classes.shape, bool)
    named = classes[kept]
    if named.size and not 0 <= named.min() <= named.max() < shape[-1]:
        raise ValueError(
            f"{name}: classes go from 0 to {shape[-1] - 1}, got {named.min()} to {named.max()}"
        )
    hot = np.zeros((classes.size, shape[-1]), dtype)
    rows = np.flatnonzero(kept)
    hot[rows, named.reshape(-1)] = 1
    return hot.reshape(shape), rows.size


def class_weights(name: str, weight: Any, x: Value) -> Any:
    """The weight of each class in the dtype of the scores, or None."""
    if weight is None:
        return None
    weights = like(x, weight)
    if weights.shape != x.shape[-1:]:
        raise ValueError(
            f"{name}: weight has one number for each of the {x.shape[-1]} classes, got shape "
            f"{weights.shape}"
        )
    return weights


def times(x: Any, weight: Any) -> Any:
    """Losses times their weights, where there are any; these take no gradient."""
    return x if weight is None else x * untraced(partial(np.asarray, dtype=x.dtype), weight)


def all_count(total: Any, losses: Any) -> bool:
    """Whether a number of losses that count is that of all; not known while it is recorded."""
    return not isinstance(total, Value) and total == losses.size
