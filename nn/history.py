"""History: what a training run measured."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from autograd.files import write


class History:
    """What ``fit`` measured: one row of numbers per epoch.

    ``history["loss"]`` is a column, ``history.epochs[-1]`` the last row, ``print(history)`` a
    table, ``history.save("run.csv")`` a file.

    Attributes
    ----------
    epochs : list of dict
    seconds : list of float
        How long each epoch took.
    lr : list of float
        The learning rate (of the first group) in each.
    interrupted : bool
        Whether the user stopped the training.
    stopped : str
        Why it ended early; "" where it did not.
    """

    def __init__(self) -> None:
        self.epochs: list[dict[str, float]] = []
        self.seconds: list[float] = []
        self.lr: list[float] = []
        self.interrupted = False
        self.stopped = ""

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

    def save(self, path: str | Path) -> Path:
        """Write all columns, the seconds and learning rates as CSV."""
        path = Path(path)
        write(path, self.csv().encode())
        return path

    def csv(self) -> str:
        """All columns, the seconds and learning rates as CSV."""
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["epoch", *(self.epochs[0] if self.epochs else ()), "lr", "seconds"])
        for i, row in enumerate(self.epochs):
            table.writerow([i + 1, *row.values(), self.lr[i], round(self.seconds[i], 3)])
        return text.getvalue()

    def state_dict(self) -> dict:
        """All of it, to be saved."""
        return {"epochs": self.epochs, "seconds": self.seconds, "lr": self.lr}

    def load_state_dict(self, state: dict) -> None:
        """Take over what was saved."""
        self.epochs = [dict(row) for row in state["epochs"]]
        self.seconds, self.lr = list(state["seconds"]), list(state["lr"])
