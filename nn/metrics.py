"""Metrics: how good predictions are, as numbers that people read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

Metric = str | Callable[[np.ndarray, np.ndarray], float]


def accuracy(prediction: np.ndarray, target: np.ndarray) -> float:
    """The share of rows whose largest logit, or whose one logit's sign, is right."""
    return float(np.mean(np.equal(*_answers(prediction, target))))


def top_k(k: int) -> Callable[[np.ndarray, np.ndarray], float]:
    """The share of rows whose right class is among the ``k`` largest logits; "top5" for 5."""

    def metric(prediction: np.ndarray, target: np.ndarray) -> float:
        best = np.argpartition(-prediction, min(k, prediction.shape[1]) - 1, axis=1)[:, :k]
        return float(np.mean((best == np.asarray(target)[:, None]).any(axis=1)))

    metric.__name__ = f"top{k}"
    return metric


def mae(prediction: np.ndarray, target: np.ndarray) -> float:
    """The mean size of the error."""
    return float(np.mean(np.abs(prediction - target)))


def mse(prediction: np.ndarray, target: np.ndarray) -> float:
    """The mean square of the error."""
    return float(np.mean(np.square(prediction - target)))


def whole(metric: Callable[[np.ndarray, np.ndarray], float]) -> Callable:
    """Mark a metric that is no mean over rows: `fit` then calls it once, on all rows of an epoch.

    Other functions are called on each batch, and averaged.
    """
    metric.whole = True  # type: ignore[attr-defined]
    return metric


@whole
def rmse(prediction: np.ndarray, target: np.ndarray) -> float:
    """The root of the mean square of the error."""
    return mse(prediction, target) ** 0.5


@whole
def r2(prediction: np.ndarray, target: np.ndarray) -> float:
    """1 − the error's square over the target's spread: 1 is perfect, 0 is no better than a mean."""
    spread = np.sum(np.square(target - np.mean(target, axis=0)))
    return float(1 - np.sum(np.square(prediction - target)) / spread) if spread else float("nan")


@whole
def precision(prediction: np.ndarray, target: np.ndarray) -> float:
    """Of what was taken for a class, the share that is of it: of class 1, or the classes' mean."""
    return _per_class(prediction, target, lambda hit, said, there: hit / said if said else 0.0)


@whole
def recall(prediction: np.ndarray, target: np.ndarray) -> float:
    """Of what is of a class, the share that was taken for it: of class 1, or the classes' mean."""
    return _per_class(prediction, target, lambda hit, said, there: hit / there if there else 0.0)


@whole
def f1(prediction: np.ndarray, target: np.ndarray) -> float:
    """2 · precision · recall / (precision + recall), of class 1, or the mean over classes."""
    return _per_class(
        prediction, target, lambda hit, said, there: 2 * hit / (said + there) if hit else 0.0
    )


METRICS: dict[str, Callable] = {
    each.__name__: each for each in (accuracy, mae, mse, rmse, r2, precision, recall, f1)
}


def named(metrics: Metric | Sequence[Metric]) -> dict[str, Callable]:
    """Metrics by name: "accuracy", "top5", or functions of (prediction, target)."""
    found: dict[str, Callable] = {}
    for metric in (metrics,) if isinstance(metrics, str) or callable(metrics) else metrics:
        if callable(metric):
            found[getattr(metric, "__name__", type(metric).__name__)] = metric
        elif metric in METRICS:
            found[metric] = METRICS[metric]
        elif metric[:3] == "top" and metric[3:].isdigit() and int(metric[3:]):
            found[metric] = top_k(int(metric[3:]))
        else:
            raise ValueError(
                f"no metric is called {metric!r}; there are {', '.join(METRICS)} and top5, or give "
                f"a function metric(prediction, target) -> number"
            )
    return found


class Means:
    """The loss and metrics over the rows of an epoch."""

    def __init__(self, metrics: dict[str, Callable]) -> None:
        self.metrics = metrics
        self.rows, self.sums = 0, dict[str, float]()
        self.kept: list[tuple[np.ndarray, np.ndarray]] = []
        self.keeps = any(hasattr(metric, "whole") for metric in metrics.values())

    def add(self, rows: int, loss: float | None, prediction: Any, target: Any) -> None:
        """Take in one batch."""
        self.rows += rows
        if loss is not None:
            self.sums["loss"] = self.sums.get("loss", 0.0) + rows * loss
        if not self.metrics:
            return
        data, wanted = getattr(prediction, "data", prediction), getattr(target, "data", target)
        data, wanted = np.asarray(data), np.asarray(wanted)
        for name, metric in self.metrics.items():
            if not hasattr(metric, "whole"):
                self.sums[name] = self.sums.get(name, 0.0) + rows * float(metric(data, wanted))
        if self.keeps:
            self.kept.append((data, wanted))

    def running(self) -> dict[str, float]:
        """The means so far, without the metrics that want all rows."""
        return {name: total / self.rows for name, total in self.sums.items()}

    def row(self, where: str) -> dict[str, float]:
        """All of them."""
        if not self.rows:
            raise ValueError(
                f"{where}: the data gave no batch. A generator can be walked through once; give a "
                f"list, a DataLoader, or an object whose __iter__ begins anew"
            )
        row = self.running()
        if self.kept:
            data, wanted = (np.concatenate(parts) for parts in zip(*self.kept, strict=True))
            for name, metric in self.metrics.items():
                if hasattr(metric, "whole"):
                    row[name] = float(metric(data, wanted))
        order: Iterable[str] = (name for name in ("loss", *self.metrics) if name in row)
        return {name: row[name] for name in order}


def _answers(prediction: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What was taken for the class and what it is; booleans where there is one logit a row."""
    target = np.asarray(target)
    if prediction.ndim >= 2 and prediction.shape[1] > 1:
        return prediction.argmax(axis=1), target
    return prediction.reshape(-1) > 0, target.reshape(-1) > 0.5


def _per_class(prediction: np.ndarray, target: np.ndarray, share: Callable) -> float:
    said, wanted = _answers(prediction, target)
    classes = [True] if said.dtype == bool else np.union1d(said, wanted).tolist()
    counts = [(said == c, wanted == c) for c in classes]
    shares = [share(int(np.sum(a & b)), int(np.sum(a)), int(np.sum(b))) for a, b in counts]
    return float(np.mean(shares))
