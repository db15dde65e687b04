"""Callbacks of ``fit``: what happens after each epoch besides training."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import files

if TYPE_CHECKING:
    from .train import Run

# Where more is better; all else is to be small.
_RISING = ("accuracy", "top", "precision", "recall", "f1", "r2", "auc")


class Callback:
    """The base: write the methods that are wanted. Each gets the `Run`.

    A plain function of the `History` is a callback too; one that gives True stops the training.
    """

    def on_train_begin(self, run: Run) -> None:
        """Before the first epoch."""

    def on_batch_end(self, run: Run) -> None:
        """After each step of the optimiser."""

    def on_epoch_end(self, run: Run) -> None:
        """After each epoch, when its row stands in ``run.history``."""

    def on_train_end(self, run: Run) -> None:
        """After the last epoch, and after an interruption."""

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run must know."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what was saved."""


class Function(Callback):
    """A function of the `History`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def on_epoch_end(self, run: Run) -> None:
        if self.function(run.history) is True:
            run.stop(f"{getattr(self.function, '__name__', 'a callback')} said so")


class _Watching(Callback):
    """One that follows a column of the history and knows its best row."""

    def __init__(self, monitor: str | None, mode: str, min_delta: float) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"{type(self).__name__}: mode is 'auto', 'min' or 'max', not {mode!r}")
        self.monitor, self.mode, self.min_delta = monitor, mode, min_delta
        self.best, self.best_epoch = math.nan, 0

    def on_train_begin(self, run: Run) -> None:
        if not len(run.history):  # of another run nothing holds here; a resumed one goes on
            self.best, self.best_epoch = math.nan, 0

    def improved(self, run: Run) -> bool:
        """Whether the last row is the best so far."""
        row = run.history.epochs[-1]
        name = self.monitor or ("val_loss" if "val_loss" in row else "loss")
        if name not in row:
            raise ValueError(
                f"{type(self).__name__}: monitor={name!r} is no column; there are {', '.join(row)}"
            )
        rises = name.removeprefix("val_").startswith(_RISING)
        sign = 1 if self.mode == "max" or (self.mode == "auto" and rises) else -1
        gained = sign * (row[name] - self.best)
        if not (math.isnan(self.best) or gained > self.min_delta):
            return False
        self.best, self.best_epoch = row[name], len(run.history)
        return True

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "best_epoch": self.best_epoch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.best, self.best_epoch = state["best"], state["best_epoch"]


class EarlyStopping(_Watching):
    """Stop when a column has not become better for some epochs.

    Parameters
    ----------
    patience : int
        How many epochs without a better one.
    monitor : str, optional
        The column; ``val_loss`` where there is a validation, else ``loss``.
    min_delta : float
        What counts as better.
    mode : {"auto", "min", "max"}
        "auto" knows that accuracies are to rise and losses to fall.
    restore_best : bool
        Give the model its best parameters back at the end.

    References
    ----------
    Prechelt 1998, "Early stopping - but when?", criterion UP.
    """

    def __init__(
        self,
        patience: int = 5,
        *,
        monitor: str | None = None,
        min_delta: float = 0.0,
        mode: str = "auto",
        restore_best: bool = True,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience, self.restore_best = patience, restore_best
        self._kept: dict[str, np.ndarray] | None = None

    def on_train_begin(self, run: Run) -> None:
        super().on_train_begin(run)
        if not len(run.history):
            self._kept = None

    def on_epoch_end(self, run: Run) -> None:
        if self.improved(run):
            self._kept = run.model.state_dict() if self.restore_best else None
        elif len(run.history) - self.best_epoch >= self.patience:
            run.stop(
                f"no better {self.monitor or 'loss'} than {self.best:.4g} of epoch "
                f"{self.best_epoch} for {self.patience} epochs"
            )

    def on_train_end(self, run: Run) -> None:
        if self._kept is not None:
            run.model.load_state_dict(self._kept)

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "kept": self._kept}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self._kept = state["kept"]


class Checkpoint(_Watching):
    """Save after each epoch: ``last.safetensors`` to resume from, ``best.safetensors`` to use.

    Parameters
    ----------
    folder : str or Path
        Made where it is missing.
    monitor, mode
        Of the best epoch, as in `EarlyStopping`.
    every : int
        Save ``last`` after so many epochs, and after the last one.

    Notes
    -----
    ``fit(..., resume="folder/last.safetensors")`` goes on as if nothing had happened, to the bit.
    ``model.load_state_dict(nn.load("folder/best.safetensors"))`` takes the best parameters.
    """

    def __init__(
        self, folder: str | Path, *, monitor: str | None = None, mode: str = "auto", every: int = 1
    ) -> None:
        super().__init__(monitor, mode, 0.0)
        self.folder, self.every = Path(folder), every

    @property
    def last(self) -> Path:
        """Where the run as it stands is saved."""
        return self.folder / "last.safetensors"

    @property
    def best_path(self) -> Path:
        """Where the best model is saved."""
        return self.folder / "best.safetensors"

    def on_train_begin(self, run: Run) -> None:
        super().on_train_begin(run)
        self.folder.mkdir(parents=True, exist_ok=True)

    def on_epoch_end(self, run: Run) -> None:
        if self.improved(run):
            files.save(run.model, self.best_path)

    def after_epoch(self, run: Run) -> None:
        """Save the run, when every callback has had its turn."""
        if len(run.history) % self.every == 0 or len(run.history) == run.epochs or run.stopping:
            files.save(run, self.last)


class CSVLogger(Callback):
    """Write the history as CSV after each epoch.

    Parameters
    ----------
    path : str or Path
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def on_epoch_end(self, run: Run) -> None:
        run.history.save(self.path)


class TensorBoard(Callback):
    """Write losses, metrics, learning rate, and the norms of parameters for TensorBoard.

    Parameters
    ----------
    logdir : str or Path
        Look at it with ``tensorboard --logdir``.
    """

    def __init__(self, logdir: str | Path) -> None:
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            raise ImportError(
                'TensorBoard needs tensorboardX: pip install "chainrule[tensorboard]"'
            ) from None
        self._open = SummaryWriter
        self.logdir = str(logdir)

    def on_train_begin(self, run: Run) -> None:
        self.writer = self._open(self.logdir)

    def on_epoch_end(self, run: Run) -> None:
        step = len(run.history)
        for name, number in run.history.epochs[-1].items():
            measure = name.removeprefix("val_")
            split = "validation" if measure != name else "train"
            self.writer.add_scalar(f"{measure}/{split}", number, step)
        self.writer.add_scalar("lr", run.history.lr[-1], step)
        for name, parameter in run.model.named_parameters():
            self.writer.add_scalar(f"norm/{name}", float(np.linalg.norm(parameter._data)), step)
            if parameter.grad is not None:
                norm = float(np.linalg.norm(parameter.grad))
                self.writer.add_scalar(f"gradient_norm/{name}", norm, step)
        self.writer.flush()

    def on_train_end(self, run: Run) -> None:
        self.writer.close()
