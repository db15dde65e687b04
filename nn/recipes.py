"""Recipes: networks that reach what is known of them on real data, for ``python -m nn train``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import nn


class Recipe(NamedTuple):
    """Data, a network, and how it is trained by default: Adam, with one cycle of the rate.

    Attributes
    ----------
    data : callable
        Gives a split.
    model : callable of the split
    epochs, batch_size : int
    lr : float
        The highest learning rate.
    loss : callable
    transform : callable, optional
        Of the images to learn from.
    """

    data: Callable[[], nn.datasets.Split]
    model: Callable[[nn.datasets.Split], nn.Module]
    epochs: int
    batch_size: int
    lr: float
    loss: Callable = nn.functional.cross_entropy
    transform: Callable | None = None


def mlp(pixels: int, hidden: int, dropout: float = 0.0) -> nn.Sequential:
    """Two hidden layers."""
    kept = [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(pixels, hidden),
        nn.ReLU(),
        *kept,
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        *kept,
        nn.Linear(hidden, 10),
    )


def sigmoids() -> nn.Sequential:
    """The 784-16-16-10 net of sigmoids of the well-known video lessons."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 16),
        nn.Sigmoid(),
        nn.Linear(16, 16),
        nn.Sigmoid(),
        nn.Linear(16, 10),
    )


def cnn(side: int, channels: int, hidden: int) -> nn.Sequential:
    """Two convolutions, each followed by pooling, and two linear layers."""
    return nn.Sequential(
        nn.Conv2d(1, channels, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(channels, 2 * channels, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.25),
        nn.Linear(2 * channels * (side // 4) ** 2, hidden),
        nn.ReLU(),
        nn.Dropout(0.25),
        nn.Linear(hidden, 10),
    )


def table(split: nn.datasets.Split) -> nn.Sequential:
    """Columns to one logit."""
    columns = split.train.inputs.shape[1]
    return nn.Sequential(
        nn.Linear(columns, 32),
        nn.ReLU(),
        nn.Dropout(0.1),
        nn.Linear(32, 16),
        nn.ReLU(),
        nn.Linear(16, 1),
    )


class Writer(nn.Module):
    """An LSTM that says which character comes next.

    x : (batch, length) integers -> (batch, characters, length) logits
    """

    def __init__(self, characters: int, width: int = 128) -> None:
        self.embed = nn.Embedding(characters, 32)
        self.memory = nn.LSTM(32, width, batch_first=True)
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(width, characters)

    def forward(self, x: Any) -> Any:
        return np.swapaxes(self.head(self.dropout(self.memory(self.embed(x))[0])), 1, 2)


def _writer(split: Any) -> Writer:
    return Writer(len(split.train.vocabulary))


class Sorter(nn.Module):
    """A small transformer that puts digits in order.

    x : (batch, length) integers -> (batch, 10, length) logits
    """

    def __init__(self, width: int = 32) -> None:
        self.embed = nn.Embedding(10, width)
        self.place = nn.PositionalEncoding(width, 0.0, 16, batch_first=True)
        layer = nn.TransformerEncoderLayer(
            width, 4, 2 * width, 0.0, batch_first=True, norm_first=True
        )
        self.block = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(width, 10)

    def forward(self, x: Any) -> Any:
        return np.swapaxes(self.head(self.block(self.place(self.embed(x)))), 1, 2)


def text() -> nn.datasets.Split:
    """Windows of the sonnets; the last tenth of the text is for testing."""
    whole = nn.datasets.text()
    source = whole.decode(whole.codes)
    cut = len(source) * 9 // 10
    parts = [
        nn.datasets.text(part, 48, 3, vocabulary=whole.vocabulary)
        for part in (source[:cut], source[cut:])
    ]
    return nn.datasets.Split(*parts)  # type: ignore[arg-type]


def sorting() -> nn.datasets.Split:
    """Eight digits, and the same in order."""
    digits = np.random.default_rng(0).integers(0, 10, (22_000, 8))
    data = nn.ArrayDataset(digits, np.sort(digits))
    return nn.datasets.Split(data[:20_000], data[20_000:])


_LOGITS = nn.functional.binary_cross_entropy_with_logits
RECIPES = {
    ("digits", "mlp"): Recipe(nn.datasets.digits, lambda _: mlp(64, 64), 30, 64, 4e-3),
    ("digits", "cnn"): Recipe(nn.datasets.digits, lambda _: cnn(8, 16, 64), 40, 64, 4e-3),
    ("mnist", "mlp"): Recipe(nn.datasets.mnist, lambda _: mlp(784, 512, 0.2), 10, 128, 2e-3),
    ("mnist", "sigmoid"): Recipe(nn.datasets.mnist, lambda _: sigmoids(), 15, 64, 1e-2),
    ("mnist", "cnn"): Recipe(
        nn.datasets.mnist,
        lambda _: cnn(28, 16, 128),
        12,
        128,
        4e-3,
        transform=nn.transforms.RandomShift(2),
    ),
    ("fashion_mnist", "cnn"): Recipe(
        nn.datasets.fashion_mnist, lambda _: cnn(28, 16, 128), 12, 128, 4e-3
    ),
    ("banknote", "mlp"): Recipe(nn.datasets.banknote, table, 60, 32, 1e-2, _LOGITS),
    ("churn", "mlp"): Recipe(nn.datasets.churn, table, 30, 64, 4e-3, _LOGITS),
    ("text", "lstm"): Recipe(text, _writer, 10, 32, 1e-2),
    ("sorting", "attention"): Recipe(sorting, lambda _: Sorter(), 20, 128, 4e-3),
}
