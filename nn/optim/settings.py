"""Checks of the settings that optimisers are given."""

from __future__ import annotations

from numbers import Real
from typing import Any

_SPEED = {"foreach", "fused", "capturable"}


def at_least_zero(owner: Any, settings: dict[str, Any], *names: str) -> None:
    """Refuse what is no number, or one below 0."""
    for name in names:
        given = settings.get(name, 0)
        if not (is_number(given) and given >= 0):
            raise ValueError(
                f"{type(owner).__name__}: {name} must be a number of at least 0, not {given!r}"
            )


def two_betas(owner: Any, settings: dict[str, Any]) -> None:
    """Refuse what is no pair of numbers in [0, 1)."""
    betas = settings["betas"]
    if not (is_pair(betas) and all(0 <= beta < 1 for beta in betas)):
        raise ValueError(f"{type(owner).__name__}: betas are two numbers in [0, 1), not {betas!r}")


def is_number(given: Any) -> bool:
    """Whether it is a real number."""
    return isinstance(given, Real)


def is_pair(given: Any) -> bool:
    """Whether it is two numbers."""
    return isinstance(given, (tuple, list)) and len(given) == 2 and all(map(is_number, given))


def speed_only(owner: Any, speed: dict[str, Any]) -> None:
    """Let PyTorch's choices of an implementation pass, and refuse what would change the result."""
    for name, given in speed.items():
        if name == "differentiable":
            if given:
                raise ValueError(
                    f"{type(owner).__name__}: differentiable=True would record the steps, and here "
                    f"they are taken in place; write them as x = x - lr * g with "
                    f"gradients(..., differentiable=True)"
                )
        elif name not in _SPEED:
            raise TypeError(f"{type(owner).__name__} has no setting {name!r}")
