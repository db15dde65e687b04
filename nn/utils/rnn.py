"""Sequences of different lengths in one array: padded, or packed for recurrent networks.

The module has PyTorch's name. Numbers are only moved here, so gradients flow through all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import Value
from autograd.value import raw


class _Fields(NamedTuple):
    data: Any
    batch_sizes: np.ndarray
    sorted_indices: np.ndarray | None
    unsorted_indices: np.ndarray | None


class PackedSequence(_Fields):
    """Sequences step by step: all first steps, then all second steps, ..., the longest one first.

    Made by `pack_sequence` and `pack_padded_sequence`; `RNN`, `LSTM` and `GRU` take it and give it.

    Attributes
    ----------
    data : (steps of all sequences, ...) array or Value
    batch_sizes : (longest length,) array of int
        How many sequences have each step.
    sorted_indices, unsorted_indices : (batch,) array of int, or None
        Where each packed sequence came from, and where each one given went to.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.utils.rnn import pack_sequence
    >>> packed = pack_sequence([np.array([1.0, 2.0, 3.0]), np.array([4.0])])
    >>> packed.data, packed.batch_sizes
    (array([1., 4., 2., 3.]), array([2, 1, 1]))
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Any,
        batch_sizes: Any,
        sorted_indices: Any = None,
        unsorted_indices: Any = None,
    ) -> PackedSequence:
        if unsorted_indices is None and sorted_indices is not None:
            unsorted_indices = np.argsort(sorted_indices)
        return super().__new__(
            cls, data, np.asarray(raw(batch_sizes)), sorted_indices, unsorted_indices
        )

    def present(self) -> np.ndarray:
        """Which sequence has which step: (longest length, batch) booleans."""
        return np.arange(self.batch_sizes[0]) < self.batch_sizes[:, None]


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack sequences that were padded to one length.

    Parameters
    ----------
    input : (longest length, batch, ...) array or Value
        Or (batch, longest length, ...) with ``batch_first``.
    lengths : (batch,) array or list of int
    batch_first : bool
    enforce_sorted : bool
        Refuse lengths that do not fall; else the sequences are sorted here, and put back in their
        order by `pad_packed_sequence`.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.utils.rnn import pack_padded_sequence
    >>> pack_padded_sequence(np.array([[1.0, 4.0], [2.0, 0.0]]), [2, 1]).data
    array([1., 4., 2.])
    """
    counts = _lengths("pack_padded_sequence", input, lengths, batch_first)
    if counts.min() < 1:
        raise ValueError(f"a packed sequence has at least one step; the lengths are {counts}")
    order = None if enforce_sorted else np.argsort(-counts, kind="stable")
    if order is not None:
        counts = counts[order]
    elif (np.diff(counts) > 0).any():
        raise ValueError(
            f"the lengths {counts} do not fall; give enforce_sorted=False to have them sorted"
        )
    present = np.arange(counts[0])[:, None] < counts
    step, sequence = np.nonzero(present)
    sequence = sequence if order is None else order[sequence]
    data = _indexable(input)[(sequence, step) if batch_first else (step, sequence)]
    return PackedSequence(data, present.sum(1), order)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Any, np.ndarray]:
    """The padded sequences, and their lengths: `pack_padded_sequence` undone.

    Parameters
    ----------
    sequence : PackedSequence
    batch_first : bool
    padding_value : float
    total_length : int, optional
        Pad to this length instead of that of the longest.

    Returns
    -------
    (length, batch, ...) array or Value, and (batch,) array of int
    """
    present = sequence.present()
    longest = len(present)
    length = longest if total_length is None else total_length
    if length < longest:
        raise ValueError(f"total_length={length} is less than the longest sequence, {longest}")
    table = np.full((length, present.shape[1]), -1)
    table[:longest][present] = np.arange(present.sum())
    lengths = present.sum(0)
    if sequence.unsorted_indices is not None:
        table, lengths = table[:, sequence.unsorted_indices], lengths[sequence.unsorted_indices]
    return _filled(sequence.data, table.T if batch_first else table, padding_value), lengths


def pad_sequence(
    sequences: Iterable[Any],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Any:
    """Sequences of different lengths as one array.

    Parameters
    ----------
    sequences : iterable of (length, ...) arrays or Values
    batch_first : bool
    padding_value : float
    padding_side : {"right", "left"}

    Returns
    -------
    (longest length, batch, ...) array or Value
        Or (batch, longest length, ...) with ``batch_first``.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.utils.rnn import pad_sequence
    >>> pad_sequence([np.array([1, 2, 3]), np.array([4])], batch_first=True)
    array([[1, 2, 3],
           [4, 0, 0]])
    """
    arrays = [_indexable(sequence) for sequence in sequences]
    if not arrays:
        raise ValueError("pad_sequence needs at least one sequence")
    if padding_side not in ("right", "left"):
        raise ValueError(f"padding_side is 'right' or 'left', not {padding_side!r}")
    lengths = np.array([len(array) for array in arrays])
    step = np.arange(lengths.max())
    present = step < lengths[:, None]
    if padding_side == "left":
        present = present[:, ::-1]
    table = np.full(present.shape, -1)
    table[present] = np.arange(lengths.sum())
    joined = np.concatenate(arrays)
    return _filled(joined, table if batch_first else table.T, padding_value)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences that `pad_sequence` put together.

    Parameters
    ----------
    padded_sequences : (longest length, batch, ...) array or Value
    lengths : (batch,) array or list of int
    batch_first : bool
    """
    counts = _lengths("unpad_sequence", padded_sequences, lengths, batch_first)
    padded = _indexable(padded_sequences)
    return [
        padded[(i, slice(count)) if batch_first else (slice(count), i)]
        for i, count in enumerate(counts)
    ]


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences of different lengths, the longest first; see `pack_padded_sequence`."""
    lengths = [np.shape(sequence)[0] for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The sequences that `pack_sequence` packed."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences))


def _filled(rows: Any, table: np.ndarray, padding: float) -> Any:
    """rows[table], and the padding where the table says −1."""
    shape = np.shape(rows)[1:]
    return np.concatenate([rows, np.full((1, *shape), padding, rows.dtype)])[table]


def _lengths(name: str, padded: Any, lengths: Any, batch_first: bool) -> np.ndarray:
    counts, shape = np.asarray(raw(lengths)), np.shape(padded)
    batch, longest = shape[:2] if batch_first else shape[1::-1]
    if counts.shape != (batch,) or counts.dtype.kind not in "iu" or (counts > longest).any():
        raise ValueError(
            f"{name} of {batch} sequences of up to {longest} steps needs as many whole numbers as "
            f"lengths, none above {longest}; got {counts}"
        )
    return counts


def _indexable(x: Any) -> Any:
    return x if isinstance(x, Value) else np.asarray(x)
