"""Batches as training takes them: inputs for the model, and targets for the loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd import Value

from .data import ArrayDataset, DataLoader, IterableDataset, StackDataset

_FORMS = (
    "data is (inputs, targets), with several inputs as ((first, second), targets), a data set, or "
    "what gives batches, such as a DataLoader or a list of (inputs, targets)"
)


def batches_of(data: Any, batch_size: int, **settings: Any) -> Any:
    """What gives batches: a loader made of the data, or the data where they give them already."""
    loader = _loader(data, batch_size, settings)
    rows = getattr(loader, "dataset", None)
    if isinstance(loader, DataLoader) and hasattr(rows, "__len__") and not len(loader):
        raise ValueError(
            f"there is no batch to go through: drop_last leaves out all {len(loader.dataset)} "
            f"rows, because batch_size is {loader.batch_size}"
        )
    return loader


def _loader(data: Any, batch_size: int, settings: dict[str, Any]) -> Any:
    if isinstance(data, DataLoader):
        return data
    if isinstance(data, IterableDataset):
        return DataLoader(data, batch_size)
    if isinstance(data, tuple):
        return DataLoader(_rows(data), batch_size, **settings)
    if hasattr(data, "__array__"):
        return DataLoader(ArrayDataset(data), batch_size, **settings)
    if isinstance(data, (dict, str)) or not (hasattr(data, "__iter__") or _has_rows(data)):
        raise TypeError(f"{_FORMS}; this is {type(data).__name__}")
    if isinstance(data, list):
        if any(not isinstance(batch, (tuple, list)) or len(batch) != 2 for batch in data):
            raise TypeError(
                f"a list holds batches, (inputs, targets) each, and this does not; {_FORMS}"
            )
        return data
    return DataLoader(data, batch_size, **settings) if _has_rows(data) else data


def _has_rows(data: Any) -> bool:
    return hasattr(data, "__getitem__") and hasattr(data, "__len__")


def _rows(data: tuple) -> Any:
    """A data set of (inputs, targets), or of inputs alone."""
    if len(data) not in (1, 2) or any(part is None for part in data):
        raise TypeError(f"{_FORMS}; this is a tuple of {len(data)}: ({_kinds(data)})")
    if not any(isinstance(part, (tuple, dict)) for part in data):
        return ArrayDataset(*data)
    return StackDataset(*map(_stacked, data))


def _stacked(part: Any) -> Any:
    if isinstance(part, tuple):
        return StackDataset(*map(_stacked, part))
    if isinstance(part, dict):
        return StackDataset(**{name: _stacked(each) for name, each in part.items()})
    return np.asarray(part)


def inputs_and_targets(batch: Any) -> tuple[Any, Any]:
    """The two parts of a batch; where there are inputs alone, they are the targets too."""
    if isinstance(batch, (tuple, list)) and len(batch) == 2:
        return _as_arrays(batch[0]), _as_arrays(batch[1])
    if isinstance(batch, (tuple, list)) and len(batch) == 1:
        batch = batch[0]
    if isinstance(batch, Value) or hasattr(batch, "__array__"):
        inputs = _as_arrays(batch)
        return inputs, inputs
    raise TypeError(
        f"a batch is (inputs, targets), with several inputs as ((first, second), targets), or the "
        f"inputs alone, which are then the targets too; this one is {type(batch).__name__}"
        + (f" of {len(batch)}: ({_kinds(batch)})" if isinstance(batch, (tuple, list)) else "")
    )


def call(model: Any, inputs: Any) -> Any:
    """The model's answer: a tuple of inputs is its arguments, a dict its keyword arguments."""
    if type(inputs) is tuple:
        return model(*inputs)
    return model(**inputs) if type(inputs) is dict else model(inputs)


def arrays_in(part: Any) -> Iterator[Any]:
    """The arrays and Values of inputs or targets."""
    if isinstance(part, (tuple, list, dict)):
        for each in part.values() if isinstance(part, dict) else part:
            yield from arrays_in(each)
    elif isinstance(part, (np.ndarray, Value)):
        yield part


def row_count(inputs: Any, targets: Any) -> int:
    """How many rows a batch has."""
    return next((len(x) for x in arrays_in((targets, inputs)) if x.ndim), 1)


def _as_arrays(part: Any) -> Any:
    """Tensors of other libraries as arrays; a list of arrays, as loaders collate, as a tuple."""
    if isinstance(part, (np.ndarray, Value)):
        return part
    if type(part) is tuple or (type(part) is list and all(hasattr(x, "__array__") for x in part)):
        return tuple(map(_as_arrays, part))
    if type(part) is dict:
        return {name: _as_arrays(each) for name, each in part.items()}
    return np.asarray(part) if hasattr(part, "__array__") else part


def _kinds(parts: Any) -> str:
    return ", ".join(type(part).__name__ for part in parts)
