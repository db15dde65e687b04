"""Schedulers that go up and down, with the momentum going the other way."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from typing import Any, NamedTuple

from ..optimizer import Optimizer
from .base import LRScheduler, one_each


class CyclicLR(LRScheduler):
    """Goes up and down between two learning rates, batch by batch.

    Parameters
    ----------
    optimizer : Optimizer
    base_lr, max_lr : float or list of float
        The ends; a list has one for each group.
    step_size_up : int
        The batches of the way up.
    step_size_down : int, optional
        Those of the way down; as many by default.
    mode : "triangular", "triangular2" or "exp_range"
        Whether the height stays, halves with each cycle, or shrinks as ``gamma ** batch``.
    gamma : float
    scale_fn : callable, optional
        The height instead of ``mode``, from the number of the cycle or batch. It is not saved.
    scale_mode : "cycle" or "iterations"
        Which of the two ``scale_fn`` gets.
    cycle_momentum : bool
        Whether the momentum (or ``betas[0]``) goes the other way.
    base_momentum, max_momentum : float or list of float
        Its ends.
    last_epoch : int

    References
    ----------
    Smith 2017, "Cyclical learning rates for training neural networks", section 3.
    """

    _unsaved = ("optimizer", "_scale_fn")

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(
                f'CyclicLR: mode is "triangular", "triangular2" or "exp_range", not {mode!r}'
            )
        base_lrs = one_each("base_lr", base_lr, optimizer)
        self.max_lrs = one_each("max_lr", max_lr, optimizer)
        step_size_down = step_size_up if step_size_down is None else step_size_down
        self.total_size = float(step_size_up + step_size_down)
        self.step_ratio = step_size_up / self.total_size
        self.mode, self.gamma = mode, gamma
        self._scale_fn = scale_fn
        if scale_fn is None:
            scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.scale_mode = scale_mode
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = _momenta(
                optimizer, base_momentum, max_momentum, begin=last_epoch == -1
            )
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                group["lr"] = lr
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """The height of a cycle or batch, as a share of the first one's."""
        if self._scale_fn is not None:
            return self._scale_fn(x)
        if self.mode == "triangular":
            return 1.0
        return 1 / 2.0 ** (x - 1) if self.mode == "triangular2" else self.gamma**x

    def get_lr(self) -> list[float]:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        up = x <= self.step_ratio
        share = x / self.step_ratio if up else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            momenta = zip(self.base_momentums, self.max_momentums, strict=True)
            for group, (low, high) in zip(self.optimizer.param_groups, momenta, strict=True):
                _set_momentum(group, high - (high - low) * share * scale)
        return [
            low + (high - low) * share * scale
            for low, high in zip(self.base_lrs, self.max_lrs, strict=True)
        ]


class OneCycleLR(LRScheduler):
    """Goes up once and down to almost nothing, batch by batch.

    Parameters
    ----------
    optimizer : Optimizer
    max_lr : float or list of float
        The top; a list has one for each group.
    total_steps : int, optional
        The number of batches of the whole training, or
    epochs, steps_per_epoch : int, optional
        the two numbers that make it up.
    pct_start : float
        The share of the steps that go up.
    anneal_strategy : "cos" or "linear"
    cycle_momentum : bool
        Whether the momentum (or ``betas[0]``) goes the other way.
    base_momentum, max_momentum : float or list of float
        Its ends.
    div_factor : float
        The first learning rate is ``max_lr / div_factor``,
    final_div_factor : float
        and the last one the first one over this.
    three_phase : bool
        Go down as long as up, and only then to the last one.
    last_epoch : int

    References
    ----------
    Smith & Topin 2019, "Super-convergence: very fast training of neural networks using large
    learning rates".
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        max_lrs = one_each("max_lr", max_lr, optimizer)
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError("OneCycleLR takes total_steps, or epochs and steps_per_epoch")
        lengths = (epochs, steps_per_epoch) if total_steps is None else (total_steps,)
        if not all(isinstance(n, int) and n > 0 for n in lengths):
            raise ValueError(f"OneCycleLR: numbers of steps are ints above 0, not {lengths}")
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR: pct_start is a float in [0, 1], not {pct_start!r}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f'OneCycleLR: anneal_strategy is "cos" or "linear", not {anneal_strategy!r}'
            )
        self.total_steps: int = math.prod(lengths)  # type: ignore[arg-type]
        self.anneal_strategy, self.cycle_momentum = anneal_strategy, cycle_momentum
        self.pct_start, self.three_phase = pct_start, three_phase
        if cycle_momentum:
            _momenta(optimizer, base_momentum, max_momentum, begin=last_epoch == -1)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, max_lrs, strict=True):
                group["initial_lr"] = lr / div_factor
                group["max_lr"] = lr
                group["min_lr"] = group["initial_lr"] / final_div_factor
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"OneCycleLR was made for {self.total_steps} steps, and this is step "
                f"{self.last_epoch}"
            )
        phases = _phases(self.total_steps, self.pct_start, self.three_phase)
        ends = [phase.end for phase in phases]
        i = min(bisect_left(ends, self.last_epoch), len(ends) - 1)
        phase, start = phases[i], ends[i - 1] if i else 0.0
        share = (self.last_epoch - start) / (phase.end - start)
        if self.cycle_momentum:
            for group in self.optimizer.param_groups:
                _set_momentum(group, self._between(group, phase.momentum, share))
        return [self._between(group, phase.lr, share) for group in self.optimizer.param_groups]

    def _between(self, group: dict[str, Any], names: tuple[str, str], share: float) -> float:
        start, end = (group[name] for name in names)
        if self.anneal_strategy == "linear":
            return (end - start) * share + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)


class _Phase(NamedTuple):
    """The last step of a phase, and the group's numbers that it goes from and to."""

    end: float
    lr: tuple[str, str]
    momentum: tuple[str, str]


def _phases(steps: int, rising: float, three: bool) -> list[_Phase]:
    falling = "base_momentum", "max_momentum"
    up = _Phase(rising * steps - 1, ("initial_lr", "max_lr"), ("max_momentum", "base_momentum"))
    if not three:
        return [up, _Phase(steps - 1, ("max_lr", "min_lr"), falling)]
    return [
        up,
        _Phase(2 * rising * steps - 2, ("max_lr", "initial_lr"), falling),
        _Phase(steps - 1, ("initial_lr", "min_lr"), ("max_momentum", "max_momentum")),
    ]


def _momenta(optimizer: Optimizer, base: Any, most: Any, begin: bool) -> tuple[list, list]:
    """The ends of the momentum for each group, written into the groups at the beginning."""
    if not {"momentum", "betas"} & optimizer.defaults.keys():
        raise ValueError(
            f"{type(optimizer).__name__} has neither momentum nor betas; set cycle_momentum=False"
        )
    lows, highs = (
        one_each("base_momentum", base, optimizer),
        one_each("max_momentum", most, optimizer),
    )
    if begin:
        for group, low, high in zip(optimizer.param_groups, lows, highs, strict=True):
            _set_momentum(group, high)
            group["base_momentum"], group["max_momentum"] = low, high
    return lows, highs


def _set_momentum(group: dict[str, Any], momentum: float) -> None:
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum
