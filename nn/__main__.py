"""``python -m nn train mnist --model cnn``: train a network of `nn.recipes` and test it."""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable

import nn

from .recipes import RECIPES


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
    train.add_argument("data", choices=list(dict.fromkeys(data for data, _ in RECIPES)))
    models = list(dict.fromkeys(model for _, model in RECIPES))
    train.add_argument("--model", choices=models, help="by default the first that the data has")
    train.add_argument("--epochs", type=_count, help="passes over the data")
    train.add_argument("--batch-size", type=_count, help="rows a step")
    train.add_argument("--lr", type=_rate, help="Adam's highest learning rate")
    train.add_argument("--seed", type=_seed, default=0)
    train.add_argument("--no-progress", action="store_true")
    arguments = parser.parse_args(argv)

    known = [model for data, model in RECIPES if data == arguments.data]
    if (chosen := arguments.model or known[0]) not in known:
        train.error(f"argument --model: {arguments.data} is learnt by {' or '.join(known)}")
    recipe = RECIPES[arguments.data, chosen]
    nn.manual_seed(arguments.seed)
    try:
        data = recipe.data()
    except (ImportError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    model = recipe.model(data)
    count = sum(parameter.size for parameter in model.parameters())
    print(f"{model}\n{count:,} parameters, {len(data.train):,} rows to learn from")
    loader = nn.DataLoader(
        _augmented(data.train, recipe.transform),
        arguments.batch_size or recipe.batch_size,
        shuffle=True,
    )
    epochs = arguments.epochs or recipe.epochs
    rate = recipe.lr if arguments.lr is None else arguments.lr
    optimizer = nn.optim.Adam(model.parameters(), lr=rate)
    start = time.perf_counter()
    try:
        history = nn.fit(
            model,
            recipe.loss,
            optimizer,
            loader,
            epochs=epochs,
            metrics=["accuracy"],
            scheduler=nn.optim.lr_scheduler.OneCycleLR(
                optimizer, rate, total_steps=epochs * len(loader)
            ),
            step_scheduler="batch",
            progress=not arguments.no_progress,
        )
    except FloatingPointError as error:
        print(error, file=sys.stderr)
        return 2
    seconds = time.perf_counter() - start
    result = nn.evaluate(model, recipe.loss, data.test)
    print(history)
    print(
        f"test accuracy {result['accuracy']:.2%} on {len(data.test):,} rows (loss "
        f"{result['loss']:.3f}), after {seconds:.0f} s of training"
    )
    return 0


def _augmented(data: nn.Dataset, transform: Callable | None) -> nn.Dataset:
    if transform is None:
        return data
    assert isinstance(data, nn.ArrayDataset)
    return nn.ArrayDataset(*data.arrays, transform=transform)


if __name__ == "__main__":
    sys.exit(main())
