"""Random numbers that a function draws while it is recorded, which a replay would not draw."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from ..lines import here, line_at


class Chance:
    """Notices that the generators that a function knows have drawn something.

    They are those of `numpy.random` and `random`, and those among its variables.
    """

    def __init__(self, function: Callable) -> None:
        self._found = [*_generators(function)]
        self._before = self._states()

    def check(self) -> None:
        """Raise where one has drawn since the last check or `skip`."""
        if self._states() != self._before:
            raise RuntimeError(
                f"record: before {line_at(here())} random numbers were drawn, which would be the "
                f"same in all replays. Draw them with autograd.untraced(rng.normal), or outside "
                f"of the function, and pass them as an argument"
            )

    def skip(self) -> None:
        """Take no notice of what was drawn so far."""
        self._before = self._states()

    def _states(self) -> list[Any]:
        _, words, place, has, kept = np.random.get_state()  # noqa: NPY002
        ours = [int(words[0]), place, has, kept, random.getstate()[1][-1], random.getstate()[2]]
        return ours + [str(generator.bit_generator.state) for generator in self._found]


def _generators(function: Callable) -> list[np.random.Generator]:
    """Those that the function's variables from outside hold."""
    code = getattr(function, "__code__", None)
    if code is None:
        return []
    cells = zip(code.co_freevars, function.__closure__ or (), strict=False)
    inside = [cell.cell_contents for _, cell in cells if _is_filled(cell)]
    named = [function.__globals__.get(name) for name in code.co_names]
    return [x for x in (*inside, *named) if isinstance(x, np.random.Generator)]


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
