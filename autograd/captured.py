"""Arrays that others hold too, and whether they changed since an operation used them.

A rule reads the operands again in the backward pass. What an operation made is handed out
read-only; an array that came from outside stays the user's, so its bits are summed up when an
operation records it and compared before its rule runs. (NumPy arrays count no versions, and a
lock on them would stop ``p.data -= lr * p.grad`` while the last loss is still alive.) An
assignment to ``value.data`` leaves the moment of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_SMALL = 16384  # bytes that are quicker hashed than summed
# Prime, so that rows that change places change columns; the second for rows of the first's length.
_COLUMNS = (383, 389)


def fingerprint(array: np.ndarray) -> int:
    """A number that changes when the array's contents do.

    Every change of a single number is seen, and any other with near certainty.
    """
    if array.nbytes <= _SMALL:
        return hash(array.tobytes())
    if not array.flags.c_contiguous:
        array = array.T if array.flags.f_contiguous else np.ascontiguousarray(array)
    columns = _COLUMNS[0]
    for stride in array.strides:
        if stride and stride % (8 * columns) == 0:
            columns = _COLUMNS[1]
    octets = np.asarray(array).reshape(-1).view(np.uint8)
    end = octets.size // (8 * columns) * 8 * columns
    body = octets[:end].view(np.uint64).reshape(-1, columns)
    return hash((np.add.reduce(body, axis=0).tobytes(), octets[end:].tobytes()))


class Writes:
    """When the data of any Value were last assigned."""

    last = -1


WRITES = Writes()


def seen(operands: tuple[Any, ...]) -> tuple[tuple[Any, int], ...] | None:
    """The operands that others can change, each with its fingerprint."""
    found: tuple[tuple[Any, int], ...] | None = None
    for x in operands:
        data = _held(x)
        if isinstance(data, np.ndarray):
            held = (x, fingerprint(data))
            found = (held,) if found is None else (*found, held)
    return found


def _held(x: Any) -> Any:
    """The array of an operand, where others can change it."""
    if not hasattr(x, "requires_grad"):
        return x
    return x._data if x.op is None and x.handed_out else None


def seen_through(y: Any, operands: tuple[Any, ...]) -> tuple[tuple[Any, int], ...] | None:
    """What others can change a result by that is a view of an operand's array.

    For operations whose rules read no numbers: what is made from the view does.
    """
    if not isinstance(y, np.ndarray) or y.base is None:
        return None
    shown = tuple(x for x in operands if _held(x) is not None and shows(y, x))
    if len(operands) == 1 and shown and y.nbytes <= _held(shown[0]).nbytes:
        return seen((y,))  # what counts, and not more numbers to look at
    return seen(shown)


def shows(y: Any, x: Any) -> bool:
    """Whether a result is a view of an operand's array."""
    data = x._data if hasattr(x, "requires_grad") else x
    both = isinstance(y, np.ndarray) and isinstance(data, np.ndarray)
    return both and np.may_share_memory(y, data)
