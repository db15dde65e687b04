"""Distances between vectors, and the losses made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Value

from .reduction import like, reduced, traced


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Value:
    """The cosine of the angle between vectors.

    Parameters
    ----------
    x1, x2 : arrays or Values that broadcast together
    dim : int
        The axis along which the vectors lie.
    eps : float
        Lengths count as at least this.
    """
    a, b = traced("cosine_similarity", x1), traced("cosine_similarity", x2)
    shape = np.broadcast_shapes(a.shape, b.shape)  # the axis may be one along which one is repeated
    a, b = (x if x.shape == shape else np.broadcast_to(x, shape) for x in (a, b))
    return np.sum(a * b, axis=dim) / (_length(a, dim, eps) * _length(b, dim, eps))


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
    tiny = 1e-12  # as PyTorch's
    squares = (np.sum(a * a, axis=-1) + tiny) * (np.sum(b * b, axis=-1) + tiny)
    cosine = np.sum(a * b, axis=-1) / np.sqrt(squares)
    losses = np.where(t == 1, 1 - cosine, autograd.relu(cosine - margin))
    return reduced(name, losses, reduction)


def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean"
) -> Value:
    """max(0, margin − target · (input1 − input2)): 1 where the first ranks higher, −1 lower."""
    name = "margin_ranking_loss"
    a, b = traced(name, input1), traced(name, input2)
    losses = autograd.relu(margin - like(a, target) * (a - b))
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
    near: Any = pairwise_distance(anchor, positive, p, eps)
    far: Any = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = np.minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced("triplet_margin_loss", autograd.relu(near - far + margin), reduction)


def _length(x: Any, dim: int, eps: float) -> Any:
    return np.sqrt(np.maximum(np.sum(x * x, axis=dim), eps * eps))
