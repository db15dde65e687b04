"""A softmax over very many classes, few of which are often right."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from .. import functional
from ..functional.reduction import reduced
from ..module import Module, floating
from ..random import Rng, generator
from .container import ModuleList, Sequential
from .linear import Linear


class AdaptiveLoss(NamedTuple):
    """What `AdaptiveLogSoftmaxWithLoss` gives: log of the probability of each target, and loss."""

    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """The log softmax of a head of frequent classes and of clusters of rarer, cheaper ones.

    input : (batch, in_features), target : (batch,) -> `AdaptiveLoss` of (batch,) and one number

    Parameters
    ----------
    in_features, n_classes : int
    cutoffs : sequence of int
        Where the clusters begin: classes are numbered from the most frequent on, and those before
        the first cutoff are the head's own.
    div_value : float
        Cluster i first makes ``in_features / div_value**i`` features of the input.
    head_bias : bool
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    References
    ----------
    Grave et al. 2017, "Efficient softmax approximation for GPUs", section 4.

    Examples
    --------
    >>> import nn
    >>> words = nn.AdaptiveLogSoftmaxWithLoss(8, 1000, [10, 100], rng=0)
    >>> output, loss = words(np.zeros((2, 8), np.float32), np.array([3, 500]))
    >>> round(loss.item(), 3)  # log 12 for one, log 12 + log 900 for the other
    5.886
    >>> words.log_prob(np.zeros((2, 8), np.float32)).shape
    (2, 1000)
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        starts = [0, *cutoffs, n_classes]
        if not len(cutoffs) or any(a >= b or b != int(b) for a, b in pairwise(starts)):
            raise ValueError(
                f"cutoffs are whole numbers that rise from at least 1 to at most n_classes - 1 = "
                f"{n_classes - 1}, not {list(cutoffs)}"
            )
        rng = generator(rng)
        self.in_features, self.n_classes = in_features, n_classes
        self.cutoffs = starts[1:]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, rng=rng, dtype=dtype)
        self.tail = ModuleList()
        for i, (low, high) in enumerate(pairwise(self.cutoffs), 1):
            inside = int(in_features // div_value**i)
            self.tail.append(
                Sequential(
                    Linear(in_features, inside, False, rng=rng, dtype=dtype),
                    Linear(inside, high - low, False, rng=rng, dtype=dtype),
                )
            )

    def forward(self, input_: Any, target_: Any) -> AdaptiveLoss:
        floating("AdaptiveLogSoftmaxWithLoss", input_)
        shape = np.shape(input_)
        classes = np.asarray(getattr(target_, "data", target_))
        if classes.dtype.kind not in "iu" or classes.ndim > 1 or classes.shape != shape[:-1]:
            raise ValueError(
                f"input is (batch, in_features) and the target (batch,) integers, or both without "
                f"the batch; got {shape} and {classes.shape} of {classes.dtype}"
            )
        if classes.size and not 0 <= classes.min() <= classes.max() < self.n_classes:
            raise ValueError(
                f"classes go from 0 to {self.n_classes - 1}, got {classes.min()} to {classes.max()}"
            )
        x, rows = np.reshape(input_, (-1, self.in_features)), np.atleast_1d(classes)
        cluster = np.searchsorted(self.cutoffs, rows, side="right")  # 0 is the head
        column = np.where(cluster > 0, self.shortlist_size + cluster - 1, rows)
        head = functional.log_softmax(self.head(x), dim=1)
        output = head[np.arange(len(rows)), column]
        for i, layers in enumerate(self.tail, 1):
            inside = np.flatnonzero(cluster == i)
            if inside.size:
                found = functional.log_softmax(layers(x[inside]), dim=1)
                within = found[np.arange(inside.size), rows[inside] - self.cutoffs[i - 1]]
                output = output.at[inside].add(within)
        loss = reduced("AdaptiveLogSoftmaxWithLoss", -output, "mean")
        return AdaptiveLoss(np.reshape(output, classes.shape), loss)

    def log_prob(self, input: Any) -> Any:
        """Log of the probability of every class: (batch, in_features) -> (batch, n_classes)."""
        head = functional.log_softmax(self.head(input), dim=1)
        parts = [head[:, : self.shortlist_size]]
        for i, layers in enumerate(self.tail, self.shortlist_size):
            parts.append(functional.log_softmax(layers(input), dim=1) + head[:, i : i + 1])
        return np.concatenate(parts, axis=1)

    def predict(self, input: Any) -> np.ndarray:
        """The most probable class of each row: (batch, in_features) -> (batch,) integers."""
        return np.argmax(self.log_prob(input).data, axis=1)

    def reset_parameters(self, rng: Rng = None) -> None:
        """Draw all weights anew."""
        rng = generator(rng)
        for layer in self.modules():
            if isinstance(layer, Linear):
                layer.reset_parameters(rng)
