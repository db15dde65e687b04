"""health: is the gradient of every layer of a size that it can learn from?

Every threshold is here, with its reason. A table and a picture of a whole model follow from them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import Value

VANISHING = 1e-7
"""Norms of gradients below this are called vanishing: it is float32's resolution at 1 (1.2e-07), so
that a step of learning rate 1 or less no longer changes weights of the size of 1."""

EXPLODING = 1e3
"""Norms above this are called exploding: at the customary learning rate of 1e-3 a step is longer
than 1, the size of a whole layer's weights (Pascanu et al. 2013 clip norms at 1 to 10)."""

UNEVEN = 1e-4
"""A layer whose norm is below this share of the largest layer's is called vanishing too: no one
learning rate serves both (Glorot & Bengio 2010, figure 7: the layers of a net that learns well get
gradients of one size)."""

DEAD = 0.5
"""A relu of which at least this share of units is zero for the whole batch is called dead."""

FEW = 8
"""With fewer examples than this a silent unit is no dead one: a healthy unit is zero for about half
of all examples, so that n of them leave a share of 0.5 ** n silent by chance. A whole layer of
zeros, at least this many, is dead whatever the number of examples."""

SLOW, USUAL, FAST = 1e-5, 1e-3, 1e-1
"""The norm of an update over the norm of the weights is near 1e-3 where learning goes well
(Karpathy, CS231n notes, "ratio of weights:updates"); two powers of ten off are worth a word."""

SCALE = (1e-10, 1e4)
"""What a bar of a norm shows: nothing at the first number, full at the second, logarithmic."""

FINE, NO_GRADIENT, NAN = "fine", "no gradient", "NaN"
VERDICTS = (FINE, "vanishing", "exploding", "dead", NO_GRADIENT, NAN)


def verdict(norm: float | None, largest: float = 0.0) -> str:
    """What the norm of a gradient means, in a word of `VERDICTS`.

    Parameters
    ----------
    norm : float or None
        None where no backward pass has come.
    largest : float
        The largest norm of the other layers of the same model, where they are known.

    Examples
    --------
    >>> verdict(0.3), verdict(1e-9), verdict(5e4), verdict(0.0), verdict(None)
    ('fine', 'vanishing', 'exploding', 'dead', 'no gradient')
    >>> verdict(1e-5, largest=2.0)
    'vanishing'
    """
    if norm is None:
        return NO_GRADIENT
    if math.isnan(norm):
        return NAN
    if norm == 0:
        return "dead"
    if norm > EXPLODING:
        return "exploding"
    uneven = math.isfinite(largest) and largest <= EXPLODING and norm < UNEVEN * largest
    return "vanishing" if norm < VANISHING or uneven else FINE


def length(norm: float | None) -> float:
    """The length of a norm's bar, from 0 to 1, on the logarithmic `SCALE`.

    >>> length(1e-10), length(1e-3), length(float("inf")), length(None)
    (0.0, 0.5, 1.0, 0.0)
    """
    if norm is None or not norm > 0:
        return 0.0
    if math.isinf(norm):
        return 1.0
    first, last = map(math.log10, SCALE)
    return min(1.0, max(0.0, (math.log10(norm) - first) / (last - first)))


def dead_units(y: Any) -> float | None:
    """The share of units of a relu's result that are zero for the whole batch, axis 0.

    Parameters
    ----------
    y : (batch, features) or (batch, channels, height, width) array
        Of images a unit is a channel: a filter that answers nowhere.

    Examples
    --------
    >>> dead_units(np.array([[0.0, 1.0], [0.0, 0.0]]))
    0.5
    """
    y = np.asarray(y)
    if not y.size:
        return None
    axes = (0, 2, 3) if y.ndim == 4 else (0,) if y.ndim else ()
    return float(np.mean(np.all(y == 0, axis=axes)))


def told_dead(y: Any) -> float | None:
    """`dead_units`, or None where there are too `FEW` numbers to tell a dead unit from chance.

    Examples
    --------
    >>> told_dead(np.array([[0.0, 1.0], [0.0, 0.0]])), told_dead(np.zeros((3, 4)))
    (None, 1.0)
    """
    y = np.asarray(y)
    enough = y.ndim > 0 and (len(y) >= FEW or (y.size >= FEW and not y.any()))
    return dead_units(y) if enough else None


def is_relu(value: Value) -> bool:
    """Whether a value is the result of a relu, ``np.maximum(x, 0)`` included."""
    if value.op is None or value.op.function is not np.maximum:
        return value.op is not None and value.op.name == "relu"
    constants = [x for x in value.inputs if not isinstance(x, Value)]
    return any(np.ndim(x) == 0 and x == 0 for x in constants)
