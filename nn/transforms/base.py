"""Transform and RandomTransform, the bases; Compose and Lambda."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..random import Rng, generator


class Transform:
    """The base: write ``batch(images)`` for images of shape (rows, channels, height, width)."""

    def __call__(self, images: Any) -> np.ndarray:
        images = np.asarray(images)
        if images.ndim not in (3, 4):
            raise ValueError(
                f"{type(self).__name__} takes an image (channels, height, width) or a batch of "
                f"them, not an array of shape {images.shape}"
            )
        return self.batch(images) if images.ndim == 4 else self.batch(images[None])[0]

    def batch(self, images: np.ndarray) -> np.ndarray:
        """Change a batch of images."""
        raise NotImplementedError(f"{type(self).__name__} has no batch(images): write it")

    def __repr__(self) -> str:
        settings = ", ".join(f"{k}={v!r}" for k, v in vars(self).items() if k != "rng")
        return f"{type(self).__name__}({settings})"


class RandomTransform(Transform):
    """The base of those that draw: write ``random_batch(images, rng)``.

    Parameters
    ----------
    rng : numpy.random.Generator or int, optional
        The default generator otherwise; within a `DataLoader`, one that the loader draws.
    """

    def __init__(self, *, rng: Rng = None) -> None:
        self.rng = None if rng is None else generator(rng)

    def batch(self, images: np.ndarray) -> np.ndarray:
        return self.random_batch(images, generator(self.rng))

    def random_batch(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Change a batch of images."""
        raise NotImplementedError(f"{type(self).__name__} has no random_batch: write it")


class Compose:
    """Transforms one after the other.

    Parameters
    ----------
    transforms : sequence of callables
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = list(transforms)
        for number, transform in enumerate(self.transforms):
            if not callable(transform):
                raise TypeError(f"Compose: item {number} is {transform!r}, which cannot be called")

    def __call__(self, images: Any) -> Any:
        for transform in self.transforms:
            images = transform(images)
        return images

    def __repr__(self) -> str:
        return f"Compose({self.transforms!r})"


class Lambda:
    """A function as a transform; it gets what comes, an image or a batch.

    Parameters
    ----------
    lambd : callable
    """

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise TypeError(f"Lambda takes a function, not {lambd!r}")
        self.lambd = lambd

    def __call__(self, images: Any) -> Any:
        return self.lambd(images)

    def __repr__(self) -> str:
        return f"Lambda({getattr(self.lambd, '__name__', self.lambd)})"


def sides(name: str, size: Any, least: int = 1) -> tuple[int, int]:
    """(height, width) of a number or a pair."""
    pair = (size, size) if isinstance(size, (int, np.integer)) else tuple(size)
    if len(pair) != 2 or not all(isinstance(n, (int, np.integer)) and n >= least for n in pair):
        raise ValueError(
            f"{name} is a whole number of at least {least} or a pair (height, width), not {size!r}"
        )
    return int(pair[0]), int(pair[1])


def chance(name: str, p: float) -> float:
    """A probability, or a message that names it."""
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: p is a probability from 0 to 1, not {p!r}")
    return float(p)
