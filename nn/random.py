"""Where randomness comes from: the generator given, or one default."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from autograd.switches import MODE

Rng = np.random.Generator | int | None

_default = np.random.default_rng()
# The default generator while a loader prepares a batch, so that what a thread draws ahead of time
# does not change what the model draws meanwhile; and while a layer starts its parameters.
_of_pass: ContextVar[np.random.Generator | None] = ContextVar("_of_pass", default=None)


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
    if MODE.get().recorder is not None:
        raise RuntimeError(
            "record: this layer draws random numbers in a way that a replay would not do anew; "
            "leave the function unrecorded"
        )
    if rng is None:
        return _of_pass.get() or _default
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, (int, np.integer)) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise TypeError(f"rng is a numpy.random.Generator or a seed (an integer >= 0), not {rng!r}")


@contextmanager
def drawing_from(rng: Rng) -> Iterator[None]:
    """Make a generator the default one inside the block: for a layer's ``reset_parameters``."""
    token = _of_pass.set(generator(rng))
    try:
        yield
    finally:
        _of_pass.reset(token)


def generators(*holders: object) -> list[np.random.Generator]:
    """The default generator, and those that the holders hold, each once and in order."""
    return [_default, *(each for each in held(*holders) if each is not _default)]


def held(*holders: object) -> list[np.random.Generator]:
    """The generators that modules, loaders, data sets, samplers and transforms hold, each once.

    Looked for in their attributes, in objects that these hold, and in lists, tuples and dicts of
    up to 1,000 things: longer ones are data.
    """
    return list({id(each): each for each in _walk(holders, 0, set())}.values())


def _walk(thing: Any, levels: int, seen: set[int]) -> Iterator[np.random.Generator]:
    """Generators within a thing; objects of others are looked into for some levels only."""
    if isinstance(thing, np.random.Generator):
        yield thing
        return
    if id(thing) in seen or isinstance(thing, (np.ndarray, type, FunctionType, ModuleType)):
        return
    if isinstance(thing, (list, tuple, dict)) and len(thing) <= 1000:
        seen.add(id(thing))
        for each in thing.values() if isinstance(thing, dict) else thing:
            yield from _walk(each, max(levels, 2), seen)
    if any(base.__module__.partition(".")[0] == "nn" for base in type(thing).__mro__):
        levels = 3
    if levels:
        seen.add(id(thing))
        for each in getattr(thing, "__dict__", {}).values():
            yield from _walk(each, levels - 1, seen)


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


def within_pass(seed: int) -> None:
    """Make a default generator for what runs in this context: the batches of one pass."""
    _of_pass.set(np.random.default_rng(seed))
