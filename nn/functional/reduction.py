"""What losses share: their checks, and how many losses become one."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Value

from ..module import floating


def traced(name: str, x: Any) -> Any:
    """An operand that has numbers, as a Value."""
    if not np.size(x):
        raise ValueError(f"{name}: there is nothing in an input of shape {np.shape(x)}")
    floating(name, x)
    return x if isinstance(x, Value) else Value(np.asarray(x), requires_grad=False)


def like(x: Any, other: Any) -> Any:
    """A second operand in the dtype of the first; a traced one as it is."""
    if isinstance(other, Value) and other.requires_grad:
        return other
    data = other.data if isinstance(other, Value) else other
    return np.asarray(data, x.dtype)


def same_shape(name: str, x: Any, target: Any) -> None:
    """Refuse shapes that differ: broadcasting would average over the wrong pairs."""
    if np.shape(x) != np.shape(target):
        raise ValueError(
            f"{name}: input of shape {np.shape(x)} and target of shape {np.shape(target)} must "
            f"agree; reshape the target: target.reshape({', '.join(map(str, np.shape(x)))})"
        )


def reduced(name: str, losses: Any, reduction: str, count: Any = None) -> Any:
    """The losses themselves, their sum, or their mean (over ``count``, where that is another)."""
    if reduction == "mean":
        return losses.mean() if count is None else losses.sum() / count
    if reduction == "sum":
        return losses.sum()
    if reduction == "none":
        return losses
    raise ValueError(f"{name}: reduction is 'mean', 'sum' or 'none', not {reduction!r}")
