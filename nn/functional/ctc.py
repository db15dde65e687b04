"""Connectionist temporal classification."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd import Value, untraced

from .reduction import traced

_NEVER = -1e30  # log of a probability of 0, with which sums stay finite


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Value:
    """−log of the probability of a sequence, summed over all ways to lay it out in time.

    Parameters
    ----------
    log_probs : (time, batch, classes) array or Value, or (time, classes)
        Logarithms of probabilities, from `log_softmax`.
    targets : (batch, length) integer array, or all targets one after the other
    input_lengths, target_lengths : (batch,) integer arrays, or one number
    blank : int
        The class that stands for nothing.
    reduction : {"mean", "sum", "none"}
        "mean" divides each loss by the length of its target first.
    zero_infinity : bool
        Count a target that does not fit into its time as 0 instead of infinite.

    Notes
    -----
    The gradient is that of the formula; PyTorch's holds only behind a `log_softmax`, after which
    the two agree.

    References
    ----------
    Graves et al. 2006, "Connectionist temporal classification", eq. 6 to 8.

    Examples
    --------
    >>> import numpy as np
    >>> even = np.log(np.full((2, 1, 2), 0.5))  # "a": as a-, -a or aa
    >>> round(float(np.exp(-ctc_loss(even, np.array([[1]]), [2], [1]).item())), 4)
    0.75
    """
    x = traced("ctc_loss", log_probs)
    if single := x.ndim == 2:
        x = x[:, None]
    if x.ndim != 3:
        raise ValueError(f"ctc_loss: log_probs are (time, batch, classes), got shape {x.shape}")
    if not x.size:
        raise ValueError(f"ctc_loss: there is nothing in log_probs of shape {x.shape}")
    time, batch, _ = x.shape
    path, skips, times, lengths = untraced(
        partial(_paths, x.shape, blank), targets, input_lengths, target_lengths
    )
    scores = x[:, np.arange(batch)[:, None], path]
    states = np.arange(np.shape(path)[1])
    start = np.where(states < 2, 0.0, _NEVER).astype(x.dtype)
    never = np.full((batch, 2), _NEVER, x.dtype)
    alpha = np.maximum(scores[0], _NEVER) + start
    # Of no time at all, only the empty target is certain.
    alpha = np.where(times[:, None] > 0, alpha, np.where(states < 1, 0.0, _NEVER))
    for t in range(1, time):
        moved = np.concatenate([never, alpha], axis=1)
        arriving = np.logaddexp(alpha, moved[:, 1:-1])
        arriving = np.logaddexp(arriving, np.where(skips, moved[:, :-2], _NEVER))
        alive = (t < times)[:, None]
        alpha = np.where(alive, np.maximum(arriving + scores[t], _NEVER), alpha)
    each = np.arange(batch)
    losses: Any = -np.where(
        lengths > 0,
        np.logaddexp(alpha[each, 2 * lengths], alpha[each, np.maximum(2 * lengths - 1, 0)]),
        alpha[each, 2 * lengths],
    )
    losses = np.where(losses < -0.5 * _NEVER, losses, 0.0 if zero_infinity else np.inf)
    if reduction == "mean":
        return (losses / np.maximum(lengths, 1).astype(x.dtype)).mean()
    if reduction == "sum":
        return losses.sum()
    if reduction != "none":
        raise ValueError(f"ctc_loss: reduction is 'mean', 'sum' or 'none', not {reduction!r}")
    return losses[0] if single else losses


def _paths(
    shape: tuple[int, ...], blank: int, targets: Any, input_lengths: Any, target_lengths: Any
) -> tuple[np.ndarray, ...]:
    """The labels with blanks between them, which may be left out, and the two lengths."""
    time, batch, classes = shape
    times = _lengths("input_lengths", input_lengths, batch, time)
    rows = np.asarray(targets)
    lengths = _lengths("target_lengths", target_lengths, batch, rows.size)
    labels = _laid_out(rows, lengths, batch)
    inside = np.arange(labels.shape[1]) < lengths[:, None]
    if np.any((labels[inside] < 0) | (labels[inside] >= classes) | (labels[inside] == blank)):
        raise ValueError(f"ctc_loss: targets are classes from 0 to {classes - 1} without {blank}")
    # A blank before, between and after the labels (section 4.1).
    path = np.full((batch, 2 * labels.shape[1] + 1), blank)
    path[:, 1::2] = np.where(inside, labels, blank)
    skips = np.zeros(path.shape, bool)
    skips[:, 2:] = (path[:, 2:] != blank) & (path[:, 2:] != path[:, :-2])
    return path, skips, times, lengths


def _lengths(name: str, given: Any, batch: int, most: int) -> np.ndarray:
    lengths = np.atleast_1d(np.asarray(given))
    if lengths.shape != (batch,) or lengths.dtype.kind not in "iu":
        raise ValueError(
            f"ctc_loss: {name} has one integer for each of {batch} sequences, got shape "
            f"{lengths.shape} of {lengths.dtype}"
        )
    if lengths.min() < 0 or lengths.max() > most:
        raise ValueError(f"ctc_loss: {name} go from 0 to {most}, got {lengths.tolist()}")
    return lengths.astype(int)


def _laid_out(rows: np.ndarray, lengths: np.ndarray, batch: int) -> np.ndarray:
    """Targets as (batch, length), also those that came one after the other."""
    if rows.ndim == 2 and len(rows) == batch and lengths.max() <= rows.shape[1]:
        return rows
    if rows.ndim != 1 or rows.size != lengths.sum():
        raise ValueError(
            f"ctc_loss: targets are (batch, length), or all {lengths.sum()} one after the other; "
            f"got shape {rows.shape} for target_lengths {lengths.tolist()}"
        )
    laid = np.zeros((batch, lengths.max(initial=0)), rows.dtype)
    laid[np.arange(laid.shape[1]) < lengths[:, None]] = rows
    return laid
