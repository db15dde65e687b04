"""Numbers of things turned into vectors, with PyTorch's signatures."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd import Value, untraced
from autograd.ops import embedding as rows
from autograd.value import raw, written


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
    max_norm : float, optional
        Rows that are looked up and are longer than this are first scaled down to it, in the table
        itself.
    norm_type : float
        By which p-norm they are measured.
    scale_grad_by_freq : bool
        Divide the gradient of each row by how often it was looked up.
    sparse : bool
        Only False: gradients are whole arrays here.

    Returns
    -------
    (\\*shape of input, width) array or Value
    """
    refuse_sparse("embedding", sparse)
    indices = looked_up("embedding", input, weight)
    padding_idx = padding_row("embedding", padding_idx, np.shape(weight)[0])
    if max_norm is not None:
        untraced(lambda found: shorten("embedding", weight, found, max_norm, norm_type), indices)
    how: dict[str, Any] = {} if padding_idx is None else {"padding_idx": padding_idx}
    return rows.embedding(weight, indices, **how, scale_grad_by_freq=scale_grad_by_freq)


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
    return untraced(partial(_one_hot, num_classes), tensor)


def _one_hot(num_classes: int, tensor: Any) -> np.ndarray:
    classes = integers("one_hot", tensor)
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


def refuse_sparse(name: str, sparse: bool) -> None:
    """Say that gradients are whole arrays."""
    if sparse:
        raise NotImplementedError(f"{name}: there are no sparse gradients here; leave sparse out")


def padding_row(name: str, padding_idx: int | None, count: int) -> int | None:
    """The row that is padding, counted from the first."""
    if padding_idx is None:
        return None
    if not -count <= padding_idx < count:
        raise ValueError(f"{name}: padding_idx={padding_idx} is no row of a table of {count}")
    return padding_idx % count


def looked_up(name: str, input: Any, weight: Any) -> np.ndarray:
    """The input as numbers of rows that the table has."""
    return untraced(partial(_looked_up, name, np.shape(weight)[0]), input)


def _looked_up(name: str, count: int, input: Any) -> np.ndarray:
    indices = integers(name, input)
    if indices.size and not (indices.min() >= 0 and indices.max() < count):
        raise IndexError(
            f"{name}: the table has rows 0 to {count - 1}, and the input goes from "
            f"{indices.min()} to {indices.max()}"
        )
    return indices


def shorten(name: str, weight: Any, indices: np.ndarray, norm: float, norm_type: float) -> None:
    """Scale the rows of a table that are longer than ``norm`` down to it, in place."""
    if isinstance(weight, Value) and weight.op is not None:
        raise ValueError(
            f"{name}: max_norm changes the table itself, which must not be the result of an "
            f"operation ({weight.op.name})"
        )
    table, used = raw(weight), np.unique(indices)
    lengths = np.linalg.norm(table[used], norm_type, axis=1)
    long = lengths > norm
    table[used[long]] *= (norm / (lengths[long] + 1e-7))[:, None]  # as PyTorch, a little below
    if isinstance(weight, Value):
        written(weight)


def integers(name: str, input: Any) -> np.ndarray:
    """What was given as an array of integers."""
    indices = np.asarray(raw(input))
    if indices.size == 0:
        return indices.astype(np.int64)
    if indices.dtype.kind not in "ui":
        raise TypeError(
            f"{name} takes integers, the numbers of rows, not {indices.dtype}; x.astype(int) "
            f"makes them of whole numbers"
        )
    return indices
