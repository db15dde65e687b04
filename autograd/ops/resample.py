"""Linear maps along axes: interpolation, padding by reflection, adaptive averages.

Each number of the result is a weighted sum of a few numbers along the axis, its taps. The transpose
of such a map is such a map, so one operation is its own derivative.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..op import define


@dataclass(frozen=True, eq=False)
class Taps:
    """A linear map along one axis: ``y[i] = Σₜ weight[i, t] · x[index[i, t]]``.

    Attributes
    ----------
    size : int
        How many numbers it reads.
    index : (out, taps) array of int
    weight : (out, taps) array
        A tap of weight 0 is there to fill the row and reads what another tap of its row reads, so
        that a NaN goes no further than it should.
    """

    size: int
    index: np.ndarray
    weight: np.ndarray

    @cached_property
    def transposed(self) -> Taps:
        """The map of the gradients."""
        out, taps = self.index.shape
        used = self.weight.ravel() != 0
        to = np.repeat(np.arange(out), taps)[used]
        source, weights = self.index.ravel()[used], self.weight.ravel()[used]
        order = np.argsort(source, kind="stable")
        to, source, weights = to[order], source[order], weights[order]
        counts = np.bincount(source, minlength=self.size)
        starts = np.cumsum(counts) - counts
        index = np.zeros((self.size, max(1, counts.max(initial=0))), int)
        weight = np.zeros(index.shape)
        index[counts > 0] = to[starts[counts > 0], None]
        tap = np.arange(len(to)) - starts[source]
        index[source, tap], weight[source, tap] = to, weights
        return Taps(out, index, weight)

    def along(self, x: np.ndarray, axis: int) -> np.ndarray:
        """The map, applied."""
        shape = (-1, *(1,) * (x.ndim - axis - 1))
        y = None
        for index, weight in zip(self.index.T, self.weight.T, strict=True):
            part = np.take(x, index, axis)
            if np.any(weight != 1):
                part *= weight.astype(x.dtype).reshape(shape)
            y = part if y is None else np.add(y, part, out=y)
        return y  # type: ignore[return-value]


def resample(x, taps):
    """A linear map along each of the last axes.

    Parameters
    ----------
    x : (..., *size) array
    taps : tuple of Taps, one for each of the last axes

    Returns
    -------
    (..., *out_size) array
    """
    for axis, each in sorted(
        enumerate(taps, x.ndim - len(taps)), key=lambda pair: len(pair[1].index) - pair[1].size
    ):
        x = each.along(x, axis)  # first where most is gained
    return x


_TAPS = (
    Taps(
        3,
        np.array([[0, 0], [0, 1], [1, 2], [2, 2]]),
        np.array([[1, 0], [0.5, 0.5], [2, -1], [1, 0]]),
    ),
    Taps(4, np.array([[0, 1], [3, 3]]), np.array([[0.3, 0.7], [1.0, 0.0]])),
)
resample = define(
    resample,
    lambda g, y, x, taps: resample(g, tuple(each.transposed for each in taps)),
    label="resample",
    cases=[
        (((1, 2, 3, 4),), {"taps": _TAPS}),
        (((2, 1, 3),), {"taps": _TAPS[:1]}),
        (((0, 1, 4),), {"taps": _TAPS[1:]}),
    ],
    formulas=("g, weighed the other way",),
)
