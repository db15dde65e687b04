"""fit: the training loop that people would otherwise write again each time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from autograd import Value, no_grad

from . import files
from .batches import batches_of, call, inputs_and_targets, row_count
from .callbacks import Callback, Checkpoint, Function
from .data.sampler import count
from .descent import descend
from .faults import check_parameters
from .history import History
from .metrics import Means, Metric, named
from .module import Module
from .optim import Optimizer
from .progress import bar, text
from .random import Rng, generators, restore_generators


class Run:
    """A training run as callbacks see it, and as it is saved.

    Attributes
    ----------
    model : Module
    optimizer : Optimizer
    scheduler : learning rate scheduler or None
    history : History
    epochs : int
        How many there are to be.
    loss : float
        Of the last batch.
    """

    def __init__(
        self, model: Module, optimizer: Optimizer, scheduler: Any, loader: Any, epochs: int
    ) -> None:
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.loader, self.epochs = loader, epochs
        self.history = History()
        self.callbacks: list[Callback] = []
        self.loss = float("nan")
        self.stopping = ""

    def stop(self, reason: str = "stopped by a callback") -> None:
        """End the training after this epoch."""
        self.stopping = reason

    def state_dict(self) -> dict[str, Any]:
        """All that the rest of the run depends on, the states of the random generators too."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "history": self.history.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": [g.bit_generator.state for g in generators(self.model, self.loader)],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where a saved run stood."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler is not None and state["scheduler"] is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        self.history.load_state_dict(state["history"])
        for callback, saved in zip(self.callbacks, state["callbacks"], strict=False):
            callback.load_state_dict(saved)
        restore_generators(state["random"], self.model, self.loader)

    def call(self, moment: str) -> None:
        """Let every callback have its turn."""
        for callback in self.callbacks:
            getattr(callback, moment)(self)


def fit(
    model: Module,
    loss: Callable[[Any, Any], Value],
    optimizer: Optimizer,
    data: Any,
    *,
    epochs: int,
    batch_size: int = 32,
    validation: Any = None,
    metrics: Metric | Sequence[Metric] = (),
    callbacks: Iterable[Callback | Callable[[History], Any]] = (),
    scheduler: Any = None,
    step_scheduler: str = "epoch",
    clip_grad_norm: float | None = None,
    resume: str | Path | None = None,
    progress: bool = True,
    rng: Rng = None,
) -> History:
    """Train a model.

    Parameters
    ----------
    model : Module
    loss : callable
        ``loss(prediction, target)``, one number: ``nn.functional.cross_entropy``.
    optimizer : Optimizer
    data : (inputs, targets), data set, or what gives batches
        Arrays and data sets come in shuffled batches of ``batch_size``. A DataLoader, another
        library's, a list or anything else to iterate over gives batches (inputs, targets) itself.
        Several inputs are a tuple, ``((first, second), targets)``, which the model is called with
        as its arguments, or a dict, as its keyword arguments. Inputs without targets are the
        targets too, as autoencoders want it.
    epochs : int
        Passes over the data, those before a resumption included.
    batch_size : int
    validation : as ``data``, optional
        Measured after each epoch, in evaluation mode.
    metrics : "accuracy" and the like, ``metric(prediction, target) -> number``, or several
        See `nn.metrics`.
    callbacks : iterable of Callbacks or functions
        A function is called with the `History` after each epoch; True stops the training.
    scheduler : learning rate scheduler of this optimiser, optional
    step_scheduler : {"epoch", "batch"}
        When it steps; "batch" for `OneCycleLR`.
    clip_grad_norm : float, optional
        Gradients that are longer than this together are shortened to it.
    resume : str or Path, optional
        What a `Checkpoint` saved as ``last.safetensors``: the run goes on from there, to the bit,
        where model, optimiser, scheduler, callbacks and data are made as they were.
    progress : bool
        Show a bar (tqdm where it is installed) with the running loss and metrics.
    rng : numpy.random.Generator or int, optional
        Of the batches.

    Returns
    -------
    History
        After Ctrl-C the one so far; the model keeps what it has learnt.

    Raises
    ------
    FloatingPointError
        At the first loss that is NaN or infinite, with the layer, operation and line it is from.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x = np.linspace(-1, 1, 20, dtype=np.float32)[:, None]
    >>> model = nn.Linear(1, 1, rng=0)
    >>> optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    >>> history = nn.fit(model, nn.functional.mse_loss, optimizer, (x, 2 * x + 5),
    ...                  epochs=40, batch_size=5, progress=False, rng=0)
    >>> round(model.weight.item(), 2), round(model.bias.item(), 2)
    (2.0, 5.0)
    """
    if not isinstance(model, Module):
        raise TypeError(f"fit trains a Module, and was given {type(model).__name__} {model!r}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"fit(model, loss, optimizer, data, ...) takes an optimiser third, such as "
            f"nn.optim.Adam(model.parameters()), not {optimizer!r}"
        )
    callbacks = [callbacks] if callable(callbacks) or isinstance(callbacks, Callback) else callbacks
    callbacks = list(callbacks)
    for callback in callbacks:
        if isinstance(callback, type):
            raise TypeError(f"callbacks are objects: {callback.__name__}(...), not the class")
    own = set(model.parameters())
    if not any(p in own for group in optimizer.param_groups for p in group["params"]):
        raise ValueError(
            "the optimiser holds no parameter of this model; make one of model.parameters()"
        )
    if isinstance(loss, type):
        raise TypeError(f"the loss is a function or an object: {loss.__name__}(), not the class")
    count("fit: epochs", epochs, 0)
    _check_scheduler(scheduler, step_scheduler, optimizer)
    measures = named(metrics)
    loader = batches_of(data, batch_size, shuffle=True, rng=rng)
    run = Run(model, optimizer, scheduler, loader, epochs)
    run.callbacks = [c if isinstance(c, Callback) else Function(c) for c in callbacks]
    history = run.history
    if resume is not None:
        run.load_state_dict(_saved_run(resume))
    modes = {module: module.training for module in model.modules()}
    run.call("on_train_begin")
    try:
        while len(history) < epochs and not run.stopping:
            start = time.perf_counter()
            title = f"epoch {len(history) + 1}/{epochs}"
            model.train()
            rates = [group["lr"] for group in optimizer.param_groups]
            row = _epoch(run, loss, measures, title, progress, clip_grad_norm, step_scheduler)
            if validation is not None:
                measured = evaluate(model, loss, validation, metrics)
                row |= {f"val_{name}": number for name, number in measured.items()}
                if progress:
                    print("  " + text(measured, "val_"), file=sys.stderr)
            check_parameters(model, title)
            history.epochs.append(row)
            history.lr.append(float(rates[0]))
            history.seconds.append(time.perf_counter() - start)
            if scheduler is not None and step_scheduler == "epoch":
                _step(scheduler, row)
            run.call("on_epoch_end")
            for callback in run.callbacks:
                if isinstance(callback, Checkpoint):  # when the others know their new state
                    callback.after_epoch(run)
    except KeyboardInterrupt:
        history.interrupted = True
        run.stopping = "by you"
        print(
            f"\nstopped by you after {len(history)} whole epochs; the model keeps what it learnt",
            file=sys.stderr,
        )
    finally:
        for module, training in modes.items():
            module.training = training
        run.call("on_train_end")
    history.stopped = run.stopping
    if run.stopping and progress and not history.interrupted:
        print(f"stopped after epoch {len(history)}: {run.stopping}", file=sys.stderr)
    return history


def _epoch(
    run: Run,
    loss: Callable,
    measures: dict[str, Callable],
    title: str,
    progress: bool,
    clip: float | None,
    step_scheduler: str,
) -> dict[str, float]:
    """One pass: the means over its rows of the loss and the metrics."""
    means, scheduler = Means(measures), run.scheduler
    watched = any(type(c).on_batch_end is not Callback.on_batch_end for c in run.callbacks)
    batches = bar(run.loader, title) if progress else run.loader
    for number, batch in enumerate(batches, 1):
        inputs, targets = inputs_and_targets(batch)
        run.loss, prediction = descend(
            run.model, loss, run.optimizer, inputs, targets, f"{title}, batch {number}", clip
        )
        if scheduler is not None and step_scheduler == "batch":
            scheduler.step()
        means.add(row_count(inputs, targets), run.loss, prediction, targets)
        if watched:
            run.call("on_batch_end")
        if progress:
            batches.set_postfix_str(text(means.running()), refresh=False)
    return means.row(title)


def evaluate(
    model: Module,
    loss: Callable[[Any, Any], Value] | None,
    data: Any,
    metrics: Metric | Sequence[Metric] = ("accuracy",),
    *,
    batch_size: int = 256,
) -> dict[str, float]:
    """The loss and metrics of a model on data, in evaluation mode and without a graph.

    Parameters
    ----------
    model : Module
    loss : callable or None
    data, metrics : as in `fit`
    batch_size : int

    Returns
    -------
    dict of str to float
    """
    means = Means(named(metrics))
    loader = batches_of(data, batch_size)
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with no_grad():
            for batch in loader:
                inputs, targets = inputs_and_targets(batch)
                prediction = call(model, inputs)
                number = None if loss is None else loss(prediction, targets).item()
                means.add(row_count(inputs, targets), number, prediction, targets)
    finally:
        for module, training in modes.items():
            module.training = training
    return means.row("evaluate")


def _saved_run(path: str | Path) -> dict[str, Any]:
    state = files.load(path)
    if not (isinstance(state, dict) and {"model", "optimizer", "history"} <= state.keys()):
        raise ValueError(
            f"{path} holds no run to resume; a Checkpoint saves one as last.safetensors. To start "
            f"from the parameters of a model: model.load_state_dict(nn.load({str(path)!r}))"
        )
    return state


def _check_scheduler(scheduler: Any, when: str, optimizer: Optimizer) -> None:
    if when not in ("epoch", "batch"):
        raise ValueError(f"step_scheduler is 'epoch' or 'batch', not {when!r}")
    if scheduler is None:
        return
    if getattr(scheduler, "optimizer", optimizer) is not optimizer:
        raise ValueError("the scheduler is of another optimiser; make one of this")
    if when == "batch" and hasattr(scheduler, "patience"):
        raise ValueError(
            f"{type(scheduler).__name__} waits for a measure that stands at the end of an epoch; "
            f"it goes with step_scheduler='epoch'"
        )


def _step(scheduler: Any, row: dict[str, float]) -> None:
    """One step; a scheduler that waits for a plateau is given the loss."""
    if hasattr(scheduler, "patience"):
        scheduler.step(row.get("val_loss", row["loss"]))
    else:
        scheduler.step()
