"""Schedulers made of schedulers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ..optimizer import Optimizer
from .base import LRScheduler, _lrs, _set_lrs, anew
from .plateau import ReduceLROnPlateau


class _CombinedLR(LRScheduler):
    _unsaved = ("optimizer", "_schedulers")

    def _take(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> None:
        """Check the schedulers and keep them."""
        name = type(self).__name__
        if not schedulers:
            raise ValueError(f"{name} takes at least one scheduler")
        self._schedulers = list(schedulers)
        for scheduler in self._schedulers:
            if not isinstance(scheduler, LRScheduler):
                raise TypeError(f"{name} takes schedulers, not {type(scheduler).__name__}")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{name} cannot hold ReduceLROnPlateau, whose step needs a number; step it by "
                    f"itself"
                )
            if scheduler.optimizer is not (optimizer or self._schedulers[0].optimizer):
                raise ValueError(f"{name}: all schedulers must be of the same optimiser")
        self.optimizer = self._schedulers[0].optimizer
        self.base_lrs = [group["initial_lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """All numbers of the schedulers."""
        states = [scheduler.state_dict() for scheduler in self._schedulers]
        return {**super().state_dict(), "_schedulers": states}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` of the same schedulers gave.

        Raises
        ------
        ValueError
            Where the entries are not those of these schedulers.
        """
        states = state_dict.get("_schedulers", [])
        if len(states) != len(self._schedulers):
            raise ValueError(
                f"the state is of {len(states)} schedulers, and this {type(self).__name__} has "
                f"{len(self._schedulers)}"
            )
        for scheduler, state in zip(self._schedulers, states, strict=True):
            scheduler.load_state_dict(state)
        vars(self).update({k: v for k, v in state_dict.items() if k != "_schedulers"})


class SequentialLR(_CombinedLR):
    """One scheduler after the other.

    Parameters
    ----------
    optimizer : Optimizer
    schedulers : list of LRScheduler
    milestones : list of int
        The epochs at which the second one starts, the third, and so on.
    last_epoch : int
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: list[LRScheduler],
        milestones: list[int],
        last_epoch: int = -1,
    ) -> None:
        self._take(schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR: {len(schedulers)} schedulers take over from each other at "
                f"{len(schedulers) - 1} milestones, not {len(milestones)}"
            )
        self._milestones = list(milestones)
        self.last_epoch = last_epoch + 1
        _set_lrs(optimizer, self.base_lrs)  # each scheduler changed them when it was made
        self._redo()

    @anew
    def step(self) -> None:
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            self._schedulers[i]._restart()
        else:
            self._schedulers[i].step()
        self._last_lr = _lrs(self.optimizer)

    def _redo(self) -> None:
        self._schedulers[bisect_right(self._milestones, 0)]._redo()
        self._last_lr = _lrs(self.optimizer)


class ChainedScheduler(_CombinedLR):
    """Several schedulers at once: their factors multiply.

    Parameters
    ----------
    schedulers : sequence of LRScheduler
    optimizer : Optimizer, optional
        The one that they are of.
    """

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        self._take(schedulers, optimizer)
        self.last_epoch = 0
        self._last_lr = _lrs(self.optimizer)

    @anew
    def step(self) -> None:
        self.last_epoch += 1
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = _lrs(self.optimizer)

    def _redo(self) -> None:
        for scheduler in self._schedulers:
            scheduler._redo()
        self._last_lr = _lrs(self.optimizer)
