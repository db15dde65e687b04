"""``python -m nn train digits|mnist --model mlp|cnn``: train a network and test it."""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import nn


def mlp(pixels: int, hidden: int) -> nn.Sequential:
    """Two hidden layers."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(pixels, hidden),
        nn.ReLU(),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, 10),
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
        nn.Linear(2 * channels * (side // 4) ** 2, hidden),
        nn.ReLU(),
        nn.Dropout(0.25),
        nn.Linear(hidden, 10),
    )


class Recipe(NamedTuple):
    """A network and how it is trained by default."""

    make: Callable[[], nn.Module]
    epochs: int
    batch_size: int


RECIPES = {
    ("digits", "mlp"): Recipe(lambda: mlp(64, 64), 30, 64),
    ("digits", "cnn"): Recipe(lambda: cnn(8, 16, 64), 60, 64),
    ("mnist", "mlp"): Recipe(lambda: mlp(784, 256), 8, 128),
    ("mnist", "cnn"): Recipe(lambda: cnn(28, 16, 128), 4, 128),
}


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"needs a whole number of at least 1, not {text!r}")
    return int(text)


def _rate(text: str) -> float:
    if not 0 <= (rate := float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"needs a number of at least 0, not {text!r}")
    return rate


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"needs a whole number of at least 0, not {text!r}")
    return int(text)


def main(argv: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m nn", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train a network and test it")
    train.add_argument("data", choices=["digits", "mnist"])
    train.add_argument("--model", choices=["mlp", "cnn"], default="mlp")
    train.add_argument("--epochs", type=_count, help="passes over the data")
    train.add_argument("--batch-size", type=_count, help="images a step")
    train.add_argument("--lr", type=_rate, default=1e-3, help="Adam's learning rate")
    train.add_argument("--seed", type=_seed, default=0)
    train.add_argument("--no-progress", action="store_true")
    arguments = parser.parse_args(argv)

    recipe = RECIPES[arguments.data, arguments.model]
    nn.manual_seed(arguments.seed)
    try:
        data = getattr(nn.datasets, arguments.data)()
    except (ImportError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    model = recipe.make()
    count = sum(parameter.size for parameter in model.parameters())
    print(f"{model}\n{count:,} parameters, {len(data.train):,} images to learn from")
    start = time.perf_counter()
    try:
        history = nn.fit(
            model,
            nn.functional.cross_entropy,
            nn.optim.Adam(model.parameters(), lr=arguments.lr),
            data.train,
            epochs=arguments.epochs or recipe.epochs,
            batch_size=arguments.batch_size or recipe.batch_size,
            metrics=["accuracy"],
            progress=not arguments.no_progress,
        )
    except FloatingPointError as error:
        print(error, file=sys.stderr)
        return 2
    seconds = time.perf_counter() - start
    result = nn.evaluate(model, nn.functional.cross_entropy, data.test)
    print(history)
    print(
        f"test accuracy {result['accuracy']:.2%} on {len(data.test):,} images, "
        f"after {seconds:.0f} s of training"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
