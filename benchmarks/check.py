"""Whether an answer is right, before its time counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

# How far an array may be from its reference, as a part of the reference's length. In float32 one
# relu of a million whose input rounds to the other side of zero moves a gradient by 5e-3 (w6); a
# formula that forgets a term is off by a tenth.
TOLERANCE = {"float64": 1e-9, "float32": 2e-2}

Arrays = Mapping[str, np.ndarray]


def error(answer: Arrays, reference: Arrays, start: Arrays) -> float:
    """The largest error of all arrays; infinite where one is missing or has another shape.

    Of what a step updates, ``start`` holds where it began: it is the change that is compared.
    """
    if set(answer) != set(reference):
        return float("inf")
    return max(
        _error(answer[name], right, start.get(name, 0.0)) for name, right in reference.items()
    )


def _error(given: np.ndarray, right: np.ndarray, start: np.ndarray | float) -> float:
    if np.shape(given) != np.shape(right) or not np.isfinite(given).all():
        return float("inf")
    off = np.linalg.norm(np.ravel(np.asarray(given, np.float64) - right))
    return float(off / (np.linalg.norm(np.ravel(right - start)) or 1.0))


def problem(answer: Arrays, reference: Arrays, start: Arrays, dtype: str) -> str:
    """What is wrong with an answer of this dtype, or ""."""
    off = error(answer, reference, start)
    return "" if off <= TOLERANCE[dtype] else f"wrong by {off:.1e}"
