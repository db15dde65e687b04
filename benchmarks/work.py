"""The works by name, and what is done with their data before a peer sees it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

Running = tuple[Callable[[], object], Callable[[], dict[str, Any]]]  # step, answer
Data = dict[str, Any]  # arrays, and dicts of them

WORKS = {
    "w1": "w1_micrograd_demo",
    "w2": "w2_thousand_operations",
    "w3": "w3_small_mlp",
    "w4": "w4_mnist_mlp",
    "w5": "w5_lenet",
    "w6": "w6_convolutions",
    "w7": "w7_lstm",
    "w8": "w8_transformer_block",
    "w9": "w9_chain",
    "w10": "w10_rosenbrock",
}


def load(name: str) -> ModuleType:
    """The module of a work, by its name or that of its file."""
    return importlib.import_module(f".{WORKS.get(name, name)}", __package__)


def data_of(work: ModuleType, dtype: str, size: Mapping[str, Any]) -> Data:
    """The data in one dtype, after rounding to the work's own: all peers start from one number."""
    return _cast(_cast(work.inputs(**size), work.DTYPE), dtype)


def _cast(data: Any, dtype: str) -> Any:
    if isinstance(data, dict):
        return {name: _cast(part, dtype) for name, part in data.items()}
    return data.astype(dtype) if data.dtype.kind == "f" else data


def reference(work: ModuleType, size: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The answer in float64 after as many steps as are checked."""
    return run(work.reference(data_of(work, "float64", size)), work.STEPS)


def start(work: ModuleType, size: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Where the arrays began that a step updates."""
    return data_of(work, "float64", size)["parameters"] if work.UPDATES else {}


def run(running: Running, steps: int) -> dict[str, np.ndarray]:
    """The answer after some steps."""
    step, answer = running
    for _ in range(steps):
        step()
    return {name: np.asarray(part) for name, part in answer().items()}
