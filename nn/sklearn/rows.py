"""Rows of data with what is wanted of each, and how much each counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Rows:
    """Inputs, targets and weights, row by row.

    inputs : (rows, features) array or sparse matrix
    targets : (rows, outputs) array
    weights : (rows,) array, or None where all count the same
    """

    inputs: Any
    targets: np.ndarray
    weights: np.ndarray | None

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self.inputs.shape[0]

    @property
    def total(self) -> float:
        """How much they count together."""
        return float(self.count if self.weights is None else self.weights.sum())

    def at(self, index: np.ndarray) -> Rows:
        """Some of the rows."""
        weights = None if self.weights is None else self.weights[index]
        return Rows(self.inputs[index], self.targets[index], weights)
