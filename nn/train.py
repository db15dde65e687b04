"""fit: the training loop that people would otherwise write again each time."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd import Value, no_grad

from .data import DataLoader
from .module import Module
from .optim import Optimizer
from .random import Rng

Metric = str | Callable[[np.ndarray, np.ndarray], float]


class History:
    """What ``fit`` measured: one row of numbers per epoch.

    ``history["loss"]`` is a column, ``history.epochs[-1]`` the last row, ``print(history)`` a
    table. ``history.interrupted`` tells whether the user stopped the training.
    """

    def __init__(self) -> None:
        self.epochs: list[dict[str, float]] = []
        self.interrupted = False

    def __len__(self) -> int:
        return len(self.epochs)

    def __getitem__(self, name: str) -> list[float]:
        if self.epochs and name not in self.epochs[0]:
            raise KeyError(f"no column {name!r}; there are {', '.join(self.epochs[0])}")
        return [row[name] for row in self.epochs]

    def __repr__(self) -> str:
        if not self.epochs:
            return "History(no epoch finished)"
        names = list(self.epochs[0])
        lines = ["epoch  " + "  ".join(f"{name:>12}" for name in names)]
        for number, row in enumerate(self.epochs, 1):
            lines.append(f"{number:>5}  " + "  ".join(f"{row[name]:>12.4f}" for name in names))
        return "\n".join(lines)


def fit(
    model: Module,
    loss: Callable[[Any, Any], Value],
    optimizer: Optimizer,
    data: Any,
    *,
    epochs: int,
    batch_size: int = 32,
    validation: Any = None,
    metrics: Sequence[Metric] = (),
    callbacks: Iterable[Callable[[History], Any]] = (),
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
    data : DataLoader, ArrayDataset or (inputs, targets)
        Without a loader of your own, shuffled batches of ``batch_size``.
    epochs : int
        Passes over the data.
    validation : DataLoader, ArrayDataset or (inputs, targets), optional
        Measured after each epoch, in evaluation mode.
    metrics : sequence of "accuracy" or ``metric(prediction, target) -> number``
    callbacks : iterable of callables
        Called with the `History` after each epoch; one that gives True stops the training.
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
        At the first loss that is NaN or infinite.

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
    named = _named(metrics)
    loader = _loader(data, batch_size, shuffle=True, rng=rng)
    history = History()
    modes = {module: module.training for module in model.modules()}
    callbacks = list(callbacks)
    try:
        for epoch in range(epochs):
            model.train()
            row = _epoch(
                model, loss, optimizer, loader, named, f"epoch {epoch + 1}/{epochs}", progress
            )
            if validation is not None:
                measured = evaluate(model, loss, validation, metrics, batch_size=256)
                row |= {f"val_{name}": number for name, number in measured.items()}
                if progress:
                    print("  " + _text(measured, "val_"), file=sys.stderr)
            history.epochs.append(row)
            answers = [callback(history) for callback in callbacks]  # all are called
            if True in answers:
                break
    except KeyboardInterrupt:
        history.interrupted = True
        print(
            f"\nstopped by you after {len(history)} whole epochs; the model keeps what it learnt",
            file=sys.stderr,
        )
    finally:
        _set_modes(modes)
    return history


def _epoch(model, loss, optimizer, loader, named, title, progress) -> dict[str, float]:
    """One pass: the means over its rows of the loss and the metrics."""
    means = _Means()
    bar = _bar(loader, title) if progress else loader
    for batch, (inputs, targets) in enumerate(bar):
        optimizer.zero_grad()
        with np.errstate(all="ignore"):  # what overflows is reported below, with a way out
            prediction = model(inputs)
            value = loss(prediction, targets)
        number = value.item()
        if not math.isfinite(number):
            raise FloatingPointError(
                f"the loss became {number} in {title}, batch {batch + 1}. Try a smaller learning "
                f"rate, or run one step inside autograd.detect_anomaly() to see which line made it"
            )
        value.backward(leaves_only=True)
        optimizer.step()
        means.add(len(inputs), {"loss": number, **_measure(named, prediction, targets)})
        if progress:
            bar.set_postfix_str(_text(means.row()), refresh=False)
    return means.row()


def evaluate(
    model: Module,
    loss: Callable[[Any, Any], Value] | None,
    data: Any,
    metrics: Sequence[Metric] = ("accuracy",),
    *,
    batch_size: int = 256,
) -> dict[str, float]:
    """The loss and metrics of a model on data, in evaluation mode and without a graph.

    Parameters
    ----------
    model : Module
    loss : callable or None
    data : DataLoader, ArrayDataset or (inputs, targets)
    metrics : sequence of "accuracy" or callables
    batch_size : int

    Returns
    -------
    dict of str to float
    """
    named = _named(metrics)
    loader = _loader(data, batch_size)
    means = _Means()
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with no_grad():
            for inputs, targets in loader:
                prediction = model(inputs)
                row = {} if loss is None else {"loss": loss(prediction, targets).item()}
                means.add(len(inputs), row | _measure(named, prediction, targets))
    finally:
        _set_modes(modes)
    return means.row()


def accuracy(prediction: np.ndarray, target: np.ndarray) -> float:
    """The share of rows whose largest logit, or whose one logit's sign, is right."""
    if prediction.ndim == 2 and prediction.shape[1] > 1:
        right = prediction.argmax(axis=1) == target
    else:
        right = (prediction.reshape(-1) > 0) == (np.asarray(target).reshape(-1) > 0.5)
    return float(np.mean(right))


def _loader(data: Any, batch_size: int, **settings: Any) -> DataLoader:
    loader = data if isinstance(data, DataLoader) else DataLoader(data, batch_size, **settings)
    if not len(loader):
        raise ValueError(
            f"there is no batch to go through: drop_last leaves out all {len(loader.dataset)} "
            f"rows, because batch_size is {loader.batch_size}"
        )
    return loader


def _set_modes(modes: dict[Module, bool]) -> None:
    for module, training in modes.items():
        module.training = training


class _Means:
    """Running means, weighted by rows."""

    def __init__(self) -> None:
        self.rows, self.sums = 0, dict[str, float]()

    def add(self, rows: int, numbers: dict[str, float]) -> None:
        self.rows += rows
        for name, number in numbers.items():
            self.sums[name] = self.sums.get(name, 0.0) + rows * number

    def row(self) -> dict[str, float]:
        return {name: total / self.rows for name, total in self.sums.items()}


def _named(metrics: Sequence[Metric]) -> dict[str, Callable]:
    if isinstance(metrics, str):
        metrics = (metrics,)
    named = {}
    for metric in metrics:
        if callable(metric):
            named[getattr(metric, "__name__", "metric")] = metric
        elif metric == "accuracy":
            named[metric] = accuracy
        else:
            raise ValueError(
                f"no metric is called {metric!r}; there is 'accuracy', or give a function "
                f"metric(prediction, target) -> number"
            )
    return named


def _measure(named: dict[str, Callable], prediction: Any, targets: Any) -> dict[str, float]:
    array = prediction.data if isinstance(prediction, Value) else prediction
    return {name: float(metric(array, targets)) for name, metric in named.items()}


def _text(numbers: dict[str, float], prefix: str = "") -> str:
    return ", ".join(f"{prefix}{name} {number:.4f}" for name, number in numbers.items())


def _bar(loader: DataLoader, title: str) -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _PlainBar(loader, title)
    return tqdm(loader, desc=title, unit="batch", leave=True)


class _PlainBar:
    """Where tqdm is not installed: one line that counts."""

    def __init__(self, loader: DataLoader, title: str) -> None:
        self.loader, self.title, self.text = loader, title, ""

    def set_postfix_str(self, text: str, refresh: bool = True) -> None:
        self.text = text

    def __iter__(self) -> Any:
        total = len(self.loader)
        for i, batch in enumerate(self.loader, 1):
            yield batch
            if i == total or i % max(1, total // 20) == 0:
                print(f"\r{self.title}: {i}/{total} batches, {self.text}", end="", file=sys.stderr)
        print(file=sys.stderr)
