"""A scheduler that looks at a number, such as the validation loss."""

from __future__ import annotations

import math
from typing import Any

from autograd.value import raw

from ..optimizer import Optimizer
from .base import LRScheduler, _checked, _lrs, anew, one_each


class ReduceLROnPlateau(LRScheduler):
    """Multiplies by ``factor`` when a number has not become better for a while.

    Parameters
    ----------
    optimizer : Optimizer
    mode : "min" or "max"
        Whether smaller or larger is better.
    factor : float
        Below 1.
    patience : int
        How many epochs without a better number are let pass.
    threshold : float
        By how much a number must be better to count.
    threshold_mode : "rel" or "abs"
        Whether that is a share of the best number.
    cooldown : int
        How many epochs after a reduction are not counted.
    min_lr : float or list of float
        The lowest learning rate; a list has one for each group.
    eps : float
        A reduction by no more than this is not made.

    Examples
    --------
    >>> import autograd, nn
    >>> optimizer = nn.optim.SGD([autograd.Value(0.0)], lr=1.0)
    >>> scheduler = nn.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
    >>> for validation_loss in [0.9, 0.8, 0.8, 0.8]:
    ...     scheduler.step(validation_loss)
    >>> scheduler.get_last_lr()
    [0.1]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        if not factor < 1:
            raise ValueError(f"ReduceLROnPlateau: factor must be below 1, not {factor!r}")
        if mode not in ("min", "max"):
            raise ValueError(f'ReduceLROnPlateau: mode is "min" or "max", not {mode!r}')
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(
                f'ReduceLROnPlateau: threshold_mode is "rel" or "abs", not {threshold_mode!r}'
            )
        self.optimizer = _checked(optimizer)
        self.mode, self.factor, self.patience = mode, factor, patience
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.cooldown, self.eps = cooldown, eps
        one_each("min_lr", min_lr, optimizer)  # refuses another number of them
        self.min_lr = min_lr
        self.best = math.inf if mode == "min" else -math.inf
        self.cooldown_counter = self.num_bad_epochs = self.last_epoch = 0
        self._last_lr = _lrs(optimizer)

    @anew
    def step(self, metrics: Any, epoch: int | None = None) -> None:
        """Go to the next epoch.

        Parameters
        ----------
        metrics : number, or Value that holds one
        epoch : int, optional
            Its number, where it is not the next: PyTorch's form of old.
        """
        current = float(raw(metrics))
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = _lrs(self.optimizer)

    def _is_better(self, current: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            limit = self.best * (1 + sign * self.threshold)
        else:
            limit = self.best + sign * self.threshold
        return sign * current > sign * limit

    def _reduce(self) -> None:
        lows = one_each("min_lr", self.min_lr, self.optimizer)
        for group, low in zip(self.optimizer.param_groups, lows, strict=True):
            lr = max(group["lr"] * self.factor, low)
            if group["lr"] - lr > self.eps:
                group["lr"] = lr
