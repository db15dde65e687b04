"""LRScheduler: the base of schedulers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from autograd import untraced

from ...data.sampler import count
from ..optimizer import Optimizer


def anew(step: Callable) -> Callable:
    """A method that is called in each replay of a recorded function."""

    @functools.wraps(step)
    def call(self: Any, *args: Any, **settings: Any) -> Any:
        return untraced(lambda given: step(self, *given[0], **given[1]), (args, settings))

    return call


class LRScheduler:
    """The base of schedulers; subclasses write ``get_lr``.

    Parameters
    ----------
    optimizer : Optimizer
        The learning rates that its groups have now are the ones to start from.
    last_epoch : int
        The number of the last epoch of a run that goes on; -1 starts anew.

    Attributes
    ----------
    base_lrs : list of float
        The learning rates to start from, one a group.
    last_epoch : int
        How many steps have been taken.

    Notes
    -----
    The learning rates of the groups themselves are saved by the optimiser's ``state_dict``.
    """

    _unsaved: tuple[str, ...] = ("optimizer",)

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = _checked(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"last_epoch={last_epoch} goes on with an earlier run, and group {i} has no "
                    f"'initial_lr': load the optimiser's state first"
                )
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._begin()

    def _begin(self) -> None:
        """The first step, which sets the learning rates of the first epoch."""
        self._step_count = 0
        self.step()

    def _redo(self) -> None:
        """Take the first step once more."""
        self.last_epoch -= 1
        self._begin()

    def _restart(self) -> None:
        """Start anew from the learning rates of the beginning."""
        _set_lrs(self.optimizer, self.base_lrs)
        self.last_epoch = 0
        self._redo()

    @property
    def _beginning(self) -> bool:
        return self._step_count == 1

    def get_lr(self) -> list[float]:
        """The learning rates of epoch ``last_epoch``, from those that the groups have."""
        raise NotImplementedError(f"{type(self).__name__} has no get_lr(self) yet; write one")

    def get_last_lr(self) -> list[float]:
        """The learning rates that the last step set, one a group."""
        return self._last_lr

    @anew
    def step(self, epoch: int | None = None) -> None:
        """Go to the next epoch.

        Parameters
        ----------
        epoch : int, optional
            Go to this one, as after so many steps from the beginning: PyTorch's form of old.
        """
        if epoch is not None:
            self._restart_and_walk(count("epoch", epoch, 0))
            return
        self._step_count += 1
        self.last_epoch += 1
        _set_lrs(self.optimizer, self.get_lr())
        self._last_lr = _lrs(self.optimizer)

    def _restart_and_walk(self, steps: int) -> None:
        _set_lrs(self.optimizer, self.base_lrs)
        self.last_epoch = -1
        self._begin()
        for _ in range(steps):
            self.step()

    def state_dict(self) -> dict[str, Any]:
        """All numbers of the scheduler; the optimiser, and functions, are not among them."""
        return {
            name: deepcopy(setting)
            for name, setting in vars(self).items()
            if name not in self._unsaved
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` of a scheduler of the same kind gave.

        Raises
        ------
        ValueError
            Where its entries are not those of this kind; nothing is changed.
        """
        own = self.state_dict().keys()
        if own != state_dict.keys():
            differing = ", ".join(sorted(own ^ state_dict.keys()))
            raise ValueError(
                f"the state is not one of {type(self).__name__}: {differing} is in one only"
            )
        vars(self).update(deepcopy(state_dict))


def _checked(optimizer: Any) -> Optimizer:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"a scheduler takes an optimiser, not {type(optimizer).__name__}")
    return optimizer


def _lrs(optimizer: Optimizer) -> list[float]:
    return [group["lr"] for group in optimizer.param_groups]


def _set_lrs(optimizer: Optimizer, lrs: Sequence[float]) -> None:
    if len(lrs) != len(optimizer.param_groups):
        raise ValueError(
            f"the scheduler was made for {len(lrs)} groups, and the optimiser has "
            f"{len(optimizer.param_groups)} now; make a new scheduler"
        )
    for group, lr in zip(optimizer.param_groups, lrs, strict=True):
        group["lr"] = lr


def one_each(name: str, setting: Any, optimizer: Optimizer) -> list[Any]:
    """A setting that is one for all groups, or a list with one a group, as a list."""
    groups = len(_checked(optimizer).param_groups)
    if not isinstance(setting, (list, tuple)):
        return [setting] * groups
    if len(setting) != groups:
        raise ValueError(
            f"{name} has {len(setting)} entries, and the optimiser {groups} groups of parameters"
        )
    return list(setting)
