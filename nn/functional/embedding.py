"""Numbers of things turned into vectors, with PyTorch's signatures."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Value
from autograd.ops import embedding as rows


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of a table.

    Parameters
    ----------
    input : array of integers, of any shape
    weight : (rows, width) array or Value
    padding_idx : int, optional
        A row that no gradient reaches.
    max_norm, norm_type, scale_grad_by_freq, sparse
        PyTorch's; only their defaults are taken.

    Returns
    -------
    (\\*shape of input, width) array or Value
    """
    refuse_settings(max_norm, scale_grad_by_freq, sparse)
    indices = _integers("embedding", input)
    count = np.shape(weight)[0]
    if indices.size and not (indices.min() >= 0 and indices.max() < count):
        raise IndexError(
            f"embedding: the table has rows 0 to {count - 1}, and the input goes from "
            f"{indices.min()} to {indices.max()}"
        )
    if padding_idx is None:
        return rows.embedding(weight, indices)
    if not -count <= padding_idx < count:
        raise ValueError(f"embedding: padding_idx={padding_idx} is no row of a table of {count}")
    return rows.embedding(weight, indices, padding_idx=padding_idx)


def one_hot(tensor: Any, num_classes: int = -1) -> np.ndarray:
    """Rows of zeros with a one at each class; integers, as PyTorch's.

    Parameters
    ----------
    tensor : array of integers, of any shape
    num_classes : int
        One more than the largest class, if left out.

    Examples
    --------
    >>> from nn.functional import one_hot
    >>> one_hot([0, 2])
    array([[1, 0, 0],
           [0, 0, 1]])
    """
    classes = _integers("one_hot", tensor)
    if num_classes == -1:
        if not classes.size:
            raise ValueError("one_hot of no classes at all needs num_classes=")
        num_classes = int(classes.max()) + 1
    if classes.size and not (classes.min() >= 0 and classes.max() < num_classes):
        raise ValueError(
            f"one_hot: classes go from 0 to {num_classes - 1}, and the input from "
            f"{classes.min()} to {classes.max()}"
        )
    return (classes[..., None] == np.arange(num_classes)).astype(np.int64)


def refuse_settings(max_norm: float | None, scale_grad_by_freq: bool, sparse: bool) -> None:
    """Say which setting of PyTorch's there is not."""
    for name, given in (
        ("max_norm", max_norm),
        ("scale_grad_by_freq", scale_grad_by_freq),
        ("sparse", sparse),
    ):
        if given:
            raise NotImplementedError(f"embedding: there is no {name} here; leave it out")


def _integers(name: str, input: Any) -> np.ndarray:
    indices = np.asarray(input._data if isinstance(input, Value) else input)
    if indices.size == 0:
        return indices.astype(np.int64)
    if indices.dtype.kind not in "ui":
        raise TypeError(
            f"{name} takes integers, the numbers of rows, not {indices.dtype}; x.astype(int) "
            f"makes them of whole numbers"
        )
    return indices
