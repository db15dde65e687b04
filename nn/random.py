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


def generators(*holders: object) -> list[np.random.Generator]:
    """The default generator, and those that modules and loaders hold, each once and in order."""
    found = {id(_default): _default}
    for holder in holders:
        parts = holder.modules() if hasattr(holder, "modules") else [holder]
        for part in parts:
            for thing in (part, *getattr(part, "__dict__", {}).values()):
                for each in (thing, *getattr(thing, "__dict__", {}).values()):
                    if isinstance(each, np.random.Generator):
                        found.setdefault(id(each), each)
    return list(found.values())


def restore_generators(states: list, *holders: object) -> None:
    """Set what `generators` finds to states that were kept.

    Raises
    ------
    ValueError
        Where there are more or fewer of them now.
    """
    found = generators(*holders)
    if len(found) != len(states):
        raise ValueError(
            f"the saved run had {len(states)} random generators, and this one has {len(found)}; "
            f"make the model and the data as they were made then"
        )
    for each, state in zip(found, states, strict=True):
        each.bit_generator.state = state
