"""Where randomness comes from: the generator given, or one default."""

from __future__ import annotations

import numpy as np

Rng = np.random.Generator | int | None

_default = np.random.default_rng()


def manual_seed(seed: int) -> np.random.Generator:
    """Start the default generator anew, so that what follows can be repeated.

    Parameters
    ----------
    seed : int

    Returns
    -------
    numpy.random.Generator
        The default generator.

    Examples
    --------
    >>> import nn
    >>> _ = nn.manual_seed(0)
    >>> a = nn.Linear(2, 2).weight.data
    >>> _ = nn.manual_seed(0)
    >>> bool((a == nn.Linear(2, 2).weight.data).all())
    True
    """
    global _default
    _default = np.random.default_rng(seed)
    return _default


def generator(rng: Rng = None) -> np.random.Generator:
    """The generator given, one made from the seed given, or the default one."""
    if rng is None:
        return _default
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, (int, np.integer)) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise TypeError(f"rng is a numpy.random.Generator or a seed (an integer >= 0), not {rng!r}")
