"""scipy.signal, differentiable: convolution along chosen axes, with others summed over."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.signal as _signal

from ..op import define
from .constant import face as _face

_MODES = ("full", "valid", "same")
_LONG = 2**16  # products, from where on SciPy's choice between sums and Fourier transforms pays


def convolution(a, b, start, size):
    """Σ_d Σ_m a[i, d, m] b[j, d, n − m], for n from ``start`` on and ``size`` of them.

    Parameters
    ----------
    a : (i, d, *m) array
    b : (j, d, *k) array
    start, size : tuple of int
        A stretch of the full convolution, along each convolved axis; zeros beyond its ends.

    Returns
    -------
    (i, j, *size) array
    """
    if math.prod(a.shape[2:]) < math.prod(b.shape[2:]):
        return np.swapaxes(convolution(b, a, start, size), 0, 1)  # windows of the smaller one
    axes = tuple(range(2, a.ndim))
    lengths = b.shape[2:]
    if axes and a.shape[:2] == b.shape[:2] == (1, 1) and a.size * b.size > _LONG:
        return _stretch_of(_signal.convolve(a, b), start, size)
    bounds = [(s - k + 1, s + n) for s, k, n in zip(start, lengths, size, strict=True)]
    inner = [slice(max(lo, 0), max(hi, 0)) for lo, hi in bounds]
    a = a[(slice(None), slice(None), *inner)]
    before = [max(-lo, 0) for lo, _ in bounds]
    whole = [n + k - 1 for n, k in zip(size, lengths, strict=True)]
    pads = [(p, w - p - n) for p, w, n in zip(before, whole, a.shape[2:], strict=True)]
    a = np.pad(a, [(0, 0), (0, 0), *pads])
    windows = np.lib.stride_tricks.sliding_window_view(a, lengths, axes) if axes else a
    last = list(range(2 + len(axes), 2 + 2 * len(axes)))
    y = np.tensordot(windows, np.flip(b, axes), ([1, *last], [1, *axes]))
    return np.moveaxis(y, -1, 1)


def _stretch_of(full, start, size):
    """A stretch of something, with zeros beyond its ends."""
    inside = [
        (max(s, 0), max(min(s + n, m), max(s, 0)))
        for s, n, m in zip(start, size, full.shape[2:], strict=True)
    ]
    part = full[(slice(None), slice(None), *(slice(lo, hi) for lo, hi in inside))]
    before = [lo - s for (lo, _), s in zip(inside, start, strict=True)]
    pads = [(p, n - p - m) for p, n, m in zip(before, size, part.shape[2:], strict=True)]
    return np.pad(part, [(0, 0), (0, 0), *pads])


def _other(g, x, like, start):
    """The rule for ``like`` given the other operand: again a stretch, of g with ``x`` turned round.

    ``like[m]`` met ``x[k]`` in y[m + k − start], so its gradient is Σ_k x[k] g[m + k − start].
    """
    axes = tuple(range(2, np.ndim(x)))
    lengths = np.shape(x)[2:]
    back = tuple(k - 1 - s for k, s in zip(lengths, start, strict=True))
    turned = np.swapaxes(np.flip(x, axes), 0, 1)
    return convolution(g, turned, start=back, size=np.shape(like)[2:])


convolution = define(
    convolution,
    lambda g, y, a, b, start, size: _other(g, b, a, start),
    lambda g, y, a, b, start, size: _other(np.swapaxes(g, 0, 1), a, b, start),
    label="convolve",
    cases=[
        (((1, 1, 5), (1, 1, 3)), {"start": (0,), "size": (7,)}),
        (((2, 1, 5), (1, 1, 3)), {"start": (2,), "size": (3,)}),
        (((1, 2, 3), (2, 2, 4)), {"start": (1,), "size": (3,)}),
        (((1, 2, 4, 3), (2, 2, 2, 2)), {"start": (0, 1), "size": (5, 2)}),
        (((2, 3), (4, 3)), {"start": (), "size": ()}),
        (((1, 1, 4), (1, 1, 2)), {"start": (-1,), "size": (8,)}),
    ],
    formulas=("convolve(g, b turned)", "convolve(g, a turned)"),
    complex=True,
)


def _convolve_plan(mode: str, n: Sequence[int], k: Sequence[int]) -> tuple[Any, Any]:
    """Which stretch of the full convolution a mode gives."""
    if mode == "full":
        return (0,) * len(n), tuple(a + b - 1 for a, b in zip(n, k, strict=True))
    if mode == "same":
        return tuple((b - 1) // 2 for b in k), tuple(n)
    pairs = list(zip(n, k, strict=True))
    if any(a < b for a, b in pairs) and any(a > b for a, b in pairs):
        raise ValueError(
            f"convolve with mode='valid' needs one array at least as long as the other along "
            f"every convolved axis; the lengths are {tuple(n)} and {tuple(k)}"
        )
    return tuple(min(a, b) - 1 for a, b in pairs), tuple(abs(a - b) + 1 for a, b in pairs)


def convolve(A: Any, B: Any, axes: Any = None, dot_axes: Any = ((), ()), mode: str = "full") -> Any:
    """Convolution of A and B along some axes, summed over others.

    Parameters
    ----------
    A, B : array
    axes : pair of sequences of int, optional
        Which axes of A and of B are convolved with each other; all by default.
    dot_axes : pair of sequences of int
        Which axes of A and of B are multiplied and summed over.
    mode : {"full", "valid", "same"}
        Whether the arrays may meet in part, must meet in full, or the result has the lengths
        of A.

    Returns
    -------
    array
        With the remaining axes of A, the remaining axes of B, and the convolved ones.

    Examples
    --------
    >>> import numpy as np
    >>> convolve(np.array([1.0, 2.0]), np.array([1.0, 1.0, 1.0]))
    array([1., 3., 3., 2.])
    """
    if mode not in _MODES:
        raise ValueError(f"convolve: mode is one of {', '.join(_MODES)}, not {mode!r}")
    A, B = (np.asarray(x) if isinstance(x, (list, tuple)) else x for x in (A, B))
    if axes is None:
        if np.ndim(A) != np.ndim(B):
            raise ValueError(
                f"convolve of arrays with {np.ndim(A)} and {np.ndim(B)} axes: name the axes that "
                f"belong together with axes=([...], [...])"
            )
        axes = (range(np.ndim(A)),) * 2
    parts = [_parted(x, conv, dot) for x, conv, dot in zip((A, B), axes, dot_axes, strict=True)]
    (a, free_a, lengths_a), (b, free_b, lengths_b) = parts
    start, size = _convolve_plan(mode, lengths_a, lengths_b)
    return np.reshape(convolution(a, b, start=start, size=size), (*free_a, *free_b, *size))


def _parted(x: Any, conv: Any, dot: Any) -> tuple[Any, list[int], list[int]]:
    """As (others, summed, *convolved), and how long the others and the convolved ones are."""
    shape = np.shape(x)
    conv, dot = ([int(axis) % len(shape) for axis in some] for some in (conv, dot))
    free = [i for i in range(len(shape)) if i not in conv and i not in dot]
    free_lengths, dot_lengths, lengths = ([shape[i] for i in some] for some in (free, dot, conv))
    order = [*free, *dot, *conv]
    turned = x if order == sorted(order) else np.transpose(x, order)
    # The products are spelled out, because -1 cannot be told from a shape with zeros.
    rows = (math.prod(free_lengths), math.prod(dot_lengths))
    return np.reshape(turned, (*rows, *lengths)), free_lengths, lengths


__getattr__, __dir__ = _face(_signal, globals())
