"""Distances between vectors, and the losses made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Value

from .reduction import above, like, reduced, signs, traced


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Value:
    """The cosine of the angle between vectors.

    Parameters
    ----------
    x1, x2 : arrays or Values that broadcast together
    dim : int
        The axis along which the vectors lie.
    eps : float
        Lengths count as at least this; their gradients are as if they did not.
    """
    a, b = traced("cosine_similarity", x1), traced("cosine_similarity", x2)
    shape = np.broadcast_shapes(a.shape, b.shape)  # the axis may be one along which one is repeated
    a, b = (x if x.shape == shape else np.broadcast_to(x, shape) for x in (a, b))
    return np.sum(a / _length(a, dim, eps) * (b / _length(b, dim, eps)), axis=dim)


def pairwise_distance(
    x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Value:
    """The p-norm of the difference (plus ``eps``) along the last axis.

    Parameters
    ----------
    x1, x2 : (batch, size) arrays or Values, or (size,)
    p : float
    eps : float
    keepdim : bool
    """
    difference = traced("pairwise_distance", x1) - traced("pairwise_distance", x2) + eps
    return np.linalg.norm(difference, ord=p, axis=-1, keepdims=keepdim)


def pdist(input: Any, p: float = 2.0) -> Value:
    """The p-norms of the differences of all pairs of rows: 0 and 1, 0 and 2, ..., 1 and 2, ...

    Parameters
    ----------
    input : (rows, size) array or Value
    p : float

    Returns
    -------
    (rows · (rows − 1) / 2,) Value
    """
    x = traced("pdist", input)
    if x.ndim != 2:
        raise ValueError(f"pdist: input is (rows, size), got shape {x.shape}")
    first, second = np.triu_indices(len(x), 1)
    return np.linalg.norm(x[first] - x[second], ord=p, axis=-1)


def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean"
) -> Value:
    """1 − cosine of pairs that are alike (1), max(0, cosine − margin) of others (−1).

    Parameters
    ----------
    input1, input2 : (batch, size) arrays or Values, or (size,)
    target : (batch,) array, or one number
        1 or −1.
    margin : float
    reduction : {"mean", "sum", "none"}
    """
    name = "cosine_embedding_loss"
    a, b = traced(name, input1), traced(name, input2)
    t = like(a, target)
    if a.shape != b.shape or t.shape != a.shape[:-1]:
        raise ValueError(
            f"{name}: inputs are both (batch, size) and the target (batch,), or (size,) and one "
            f"number; got {a.shape}, {b.shape} and {t.shape}"
        )
    signs(name, t)
    tiny = 1e-12  # as PyTorch's
    squares = (np.sum(a * a, axis=-1) + tiny) * (np.sum(b * b, axis=-1) + tiny)
    cosine = np.sum(a * b, axis=-1) / np.sqrt(squares)
    losses = np.where(t == 1, 1 - cosine, above(cosine - margin))
    return reduced(name, losses, reduction)


def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean"
) -> Value:
    """max(0, margin − target · (input1 − input2)): 1 where the first ranks higher, −1 lower."""
    name = "margin_ranking_loss"
    a, b = traced(name, input1), traced(name, input2)
    losses = above(margin - like(a, target) * (a - b))
    return reduced(name, losses, reduction)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    *,
    reduction: str = "mean",
) -> Value:
    """max(0, distance to the positive − distance to the negative + margin).

    Parameters
    ----------
    anchor, positive, negative : (batch, size) arrays or Values, or (size,)
    margin : float
    p, eps : float
        Of `pairwise_distance`.
    swap : bool
        Take the negative's distance from the positive, where that is smaller.
    reduction : {"mean", "sum", "none"}

    References
    ----------
    Balntas et al. 2016, "Learning local feature descriptors with triplets", section 3.
    """
    return _triplet(
        "triplet_margin_loss",
        (anchor, positive, negative),
        lambda a, b: pairwise_distance(a, b, p, eps),
        margin,
        swap,
        reduction,
    )


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Value:
    """`triplet_margin_loss` with a distance of your own.

    Parameters
    ----------
    anchor, positive, negative : arrays or Values
        What the distance takes.
    distance_function : callable, optional
        The distance of two of these; `pairwise_distance` by default.
    margin, swap, reduction
        As in `triplet_margin_loss`.
    """
    name = "triplet_margin_with_distance_loss"
    triplet = traced(name, anchor), traced(name, positive), traced(name, negative)
    distance = distance_function or pairwise_distance
    return _triplet(name, triplet, distance, margin, swap, reduction)


def _triplet(
    name: str, triplet: tuple, distance: Callable, margin: float, swap: bool, reduction: str
) -> Value:
    if margin <= 0:
        raise ValueError(f"{name}: margin must be greater than 0, got {margin}")
    anchor, positive, negative = triplet
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = np.minimum(far, distance(positive, negative))
    return reduced(name, above(near - far + margin), reduction)


def _length(x: Any, dim: int, eps: float) -> Any:
    length = np.linalg.norm(x, axis=dim, keepdims=True)
    return length + np.maximum(eps - length.detach(), 0)
