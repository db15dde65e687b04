"""Images with a border.

>>> import numpy as np
>>> pad(np.array([[[1.0, 2.0, 3.0]]]), (2, 1), mode="reflect").data
array([[[3., 2., 1., 2., 3., 2.]]])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd.ops.resample import Taps

from .images import as_value

# PyTorch's names and NumPy's, and the largest border of so many pixels.
_MODES = {
    "reflect": ("reflect", lambda n: n - 1),
    "replicate": ("edge", lambda n: float("inf")),
    "circular": ("wrap", lambda n: n),
}


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """Images with a border.

    Parameters
    ----------
    input : array or Value
    pad : sequence of int
        How much before and after, for the last axis, then for the one before it, and so on.
        Negative numbers cut off.
    mode : {"constant", "reflect", "replicate", "circular"}
        Fill with ``value``; with what lies inside, mirrored at the outermost pixel; with the
        outermost pixel; with what lies at the other end.
    value : float, optional
        0 by default.

    Returns
    -------
    Value
    """
    x = as_value("pad", input)
    numbers = isinstance(pad, (tuple, list)) and all(isinstance(p, (int, np.integer)) for p in pad)
    if not numbers or len(pad) % 2 or len(pad) > 2 * x.ndim:
        raise ValueError(
            f"pad: so much before and after, for the last axis first, is asked for: two integers "
            f"for each of at most {x.ndim} axes; got {pad!r}"
        )
    borders = [(int(pad[i]), int(pad[i + 1])) for i in range(len(pad) - 2, -1, -2)]
    sizes = x.shape[x.ndim - len(borders) :]
    for n, (before, after) in zip(sizes, borders, strict=True):
        if n + before + after < 0 or min(before, after) < -n:
            raise ValueError(f"pad: {(before, after)} cuts more off than the {n} that are there")
    if mode == "constant":
        return _constant(x, borders, 0.0 if value is None else float(value))
    if mode not in _MODES:
        raise ValueError(f"pad: mode is 'constant', {', '.join(map(repr, _MODES))}, not {mode!r}")
    if value is not None and value != 0:
        raise ValueError(f"pad: a value is for mode='constant', not for mode={mode!r}")
    taps = [_taps(mode, n, *border) for n, border in zip(sizes, borders, strict=True)]
    return autograd.resample(x, tuple(taps)) if taps else x


def _constant(x: Any, borders: list[tuple[int, int]], value: float) -> Any:
    kept, placed = [], []
    for n, (before, after) in zip(x.shape[x.ndim - len(borders) :], borders, strict=True):
        kept.append(slice(max(-before, 0), n - max(-after, 0)))
        placed.append(slice(max(before, 0), max(before, 0) + len(range(n)[kept[-1]])))
    if any(min(border) < 0 for border in borders):
        x = x[(..., *kept)]
    if all(max(border) <= 0 for border in borders):
        return x
    grown = (
        n + max(b, 0) + max(a, 0)
        for n, (b, a) in zip(x.shape[x.ndim - len(borders) :], borders, strict=True)
    )
    shape = (*x.shape[: x.ndim - len(borders)], *grown)
    y: Any = autograd.scatter(x, (..., *placed), shape)
    if value:
        border: Any = np.full(shape, value, x.dtype)
        border[(..., *placed)] = 0
        y = y + border
    return y


def _taps(mode: str, size: int, before: int, after: int) -> Taps:
    name, most = _MODES[mode]
    left = size + min(before, 0) + min(after, 0) if mode == "circular" else size
    if max(before, after) > most(left) or left < 1:
        raise ValueError(
            f"pad: {left} pixels cannot have a border of {(before, after)} with mode={mode!r}; at "
            f"most {most(left)}"
        )
    grown = max(before, 0), max(after, 0)
    cut = slice(max(-before, 0), -max(-after, 0) or None)
    index = np.arange(size)
    if mode == "circular":  # as PyTorch: what is cut off does not come back at the other end
        index = np.pad(index[cut], grown, name)  # type: ignore[call-overload]
    else:
        index = np.pad(index, grown, name)[cut]  # type: ignore[call-overload]
    return Taps(size, index[:, None], np.ones((len(index), 1)))
