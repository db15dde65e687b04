"""Normalisation that keeps a running mean and variance."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import untraced
from autograd.value import written

from .. import functional
from ..module import Module
from ..parameter import Buffer
from .norm import Normalization, check_channels


class _Running(Normalization):
    """Those that keep a running mean and variance."""

    _ndims: tuple[int, ...]

    def __init__(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        bias: bool,
        dtype: Any,
    ) -> None:
        if num_features < 1:
            raise ValueError(f"{type(self).__name__} needs at least one feature")
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.running_mean = self.running_var = self.num_batches_tracked = None
        if track_running_stats:
            self.running_mean = Buffer(np.zeros(num_features, dtype))
            self.running_var = Buffer(np.ones(num_features, dtype))
            self.num_batches_tracked = Buffer(np.array(0))
        self._start(num_features, affine, bias, dtype)

    def reset_parameters(self) -> None:
        """Start anew, and forget the batches seen."""
        self.reset_running_stats()
        super().reset_parameters()

    def _before_load(self, state: dict[str, Any], prefix: str) -> None:
        if self.num_batches_tracked is not None:  # which files of older versions lack
            state.setdefault(f"{prefix}num_batches_tracked", self.num_batches_tracked._data)

    def reset_running_stats(self) -> None:
        """Forget the batches seen."""
        if self.track_running_stats:
            for buffer, start in (
                (self.running_mean, 0),
                (self.running_var, 1),
                (self.num_batches_tracked, 0),
            ):
                assert buffer is not None
                buffer.data = np.full_like(buffer._data, start)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_Running):
    """Mean 0 and variance 1 of each channel over the batch, then · weight + bias.

    x : (batch, channels) or (batch, channels, length) -> the same

    In evaluation the running statistics take the batch's place, if there are any.

    Parameters
    ----------
    num_features : int
        The number of channels.
    eps : float
    momentum : float or None
        How far the running statistics move towards each batch's; None keeps their mean.
    affine : bool
    track_running_stats : bool
    bias : bool
    dtype : NumPy dtype

    References
    ----------
    Ioffe & Szegedy 2015, "Batch normalization", algorithms 1 and 2.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.BatchNorm1d(1)
    >>> layer(np.array([[0.0], [2.0]])).data.round(3).tolist(), layer.running_mean.data
    ([[-1.0], [1.0]], array([0.1], dtype=float32))
    """

    _ndims: tuple[int, ...] = (2, 3)

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias, dtype)

    def _counted(self) -> float:
        """Count a batch, and tell how far the running statistics go towards it."""
        count = self.num_batches_tracked
        if count is not None:
            count._data[...] += 1
            written(count)
            if self.momentum is None:  # then they are the mean of all batches
                return 1 / float(count._data)
        return self.momentum or 0.0

    def forward(self, input: Any) -> Any:
        _check_ndim(self, input, self._ndims)
        check_channels(self, input, self.num_features)
        training = self.training or self.running_mean is None
        return functional.batch_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training,
            untraced(self._counted) if self.training else 0.0,
            self.eps,
        )


class BatchNorm2d(BatchNorm1d):
    """`BatchNorm1d` of images.

    x : (batch, channels, height, width) -> the same
    """

    _ndims = (4,)


class BatchNorm3d(BatchNorm1d):
    """`BatchNorm1d` of volumes.

    x : (batch, channels, depth, height, width) -> the same
    """

    _ndims = (5,)


class InstanceNorm1d(_Running):
    """Mean 0 and variance 1 of each channel of each sample, then · weight + bias.

    x : (batch, channels, length) or (channels, length) -> the same

    Parameters
    ----------
    num_features : int
        The number of channels.
    eps : float
    momentum : float or None
    affine : bool
    track_running_stats : bool
        Keep a running mean and variance, which evaluation uses.
    bias : bool
    dtype : NumPy dtype

    References
    ----------
    Ulyanov et al. 2016, "Instance normalization", eq. 2.
    """

    _ndims: tuple[int, ...] = (2, 3)

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias, dtype)

    def forward(self, input: Any) -> Any:
        _check_ndim(self, input, self._ndims)
        single = np.ndim(input) == self._ndims[0]
        x = np.expand_dims(input, 0) if single else input
        check_channels(self, x, self.num_features)
        y = functional.instance_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            self.momentum or 0.0,
            self.eps,
        )
        return y[0] if single else y


class InstanceNorm2d(InstanceNorm1d):
    """`InstanceNorm1d` of images.

    x : (batch, channels, height, width) or (channels, height, width) -> the same
    """

    _ndims = (3, 4)


class InstanceNorm3d(InstanceNorm1d):
    """`InstanceNorm1d` of volumes.

    x : (batch, channels, depth, height, width) or (channels, depth, height, width) -> the same
    """

    _ndims = (4, 5)


def _check_ndim(layer: Module, x: Any, ndims: tuple[int, ...]) -> None:
    if np.ndim(x) not in ndims:
        wanted = " or ".join(map(str, ndims))
        raise ValueError(
            f"{type(layer).__name__} takes {wanted} axes, and got x of shape {np.shape(x)}"
        )
