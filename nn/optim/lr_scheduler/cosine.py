"""Schedulers along a cosine."""

from __future__ import annotations

import math

from ..optimizer import Optimizer
from .base import LRScheduler, anew


class CosineAnnealingLR(LRScheduler):
    """Goes down to ``eta_min`` along half a cosine, and up again, and so on.

    Parameters
    ----------
    optimizer : Optimizer
    T_max : int
        How many epochs it goes down.
    eta_min : float
        The lowest learning rate.
    last_epoch : int

    References
    ----------
    Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", equation 5,
    as a recursion, which can be chained with other schedulers.
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if T_max <= 0:
            raise ValueError(f"CosineAnnealingLR: T_max is a number of epochs, not {T_max!r}")
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        groups, low, angle = self.optimizer.param_groups, self.eta_min, math.pi / self.T_max
        if self._beginning:
            return [group["lr"] for group in groups]
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # leaving the lowest point
            return [
                group["lr"] + (lr - low) * (1 - math.cos(angle)) / 2
                for group, lr in zip(groups, self.base_lrs, strict=True)
            ]
        now, before = (
            1 + math.cos(math.pi * epoch / self.T_max)
            for epoch in (self.last_epoch, self.last_epoch - 1)
        )
        return [now / before * (group["lr"] - low) + low for group in groups]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Goes down to ``eta_min`` along half a cosine, and jumps up to start again.

    Parameters
    ----------
    optimizer : Optimizer
    T_0 : int
        The epochs of the first descent.
    T_mult : int
        How many times longer each descent is than the one before.
    eta_min : float
        The lowest learning rate.
    last_epoch : int

    References
    ----------
    Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", equation 5.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if not isinstance(T_0, int) or T_0 <= 0:
            raise ValueError(f"CosineAnnealingWarmRestarts: T_0 is an int above 0, not {T_0!r}")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(
                f"CosineAnnealingWarmRestarts: T_mult is an int from 1, not {T_mult!r}"
            )
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        self.T_i: int = T_0  # the epochs of this descent
        self.T_cur: float = last_epoch  # how many of them are over
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        share = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (lr - self.eta_min) * share for lr in self.base_lrs]

    @anew
    def step(self, epoch: float | None = None) -> None:
        """Go to the next epoch, or to any.

        Parameters
        ----------
        epoch : float, optional
            ``epoch + batch / batches`` sets the learning rate of a batch within an epoch.
        """
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if epoch == 0:
                self.T_cur = 0
            elif self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur % self.T_i, self.T_i * self.T_mult
        elif epoch < 0:
            raise ValueError(f"epoch must be at least 0, not {epoch!r}")
        else:
            self.T_cur, self.T_i = epoch, self.T_0
            while self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur - self.T_i, self.T_i * self.T_mult
        self.last_epoch = math.floor(epoch) - 1
        super().step()
