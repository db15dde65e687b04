"""Points in the plane, made by formulas: moons, circles, spirals, xor."""

from __future__ import annotations

import numpy as np

from ..data import ArrayDataset
from ..data.sampler import count
from ..random import Rng, generator


def moons(samples: int = 200, noise: float = 0.1, *, rng: Rng = None) -> ArrayDataset:
    """Two half circles that reach into each other.

    Parameters
    ----------
    samples : int
        How many points; half of them in each class.
    noise : float
        The standard deviation of what is added to each coordinate.
    rng : numpy.random.Generator or int, optional

    Returns
    -------
    ArrayDataset
        (samples, 2) float32 points, and targets 0 (the upper) and 1, in an order drawn at random.
        scikit-learn's ``make_moons`` has the same shape.
    """
    upper, lower = _angles(samples, np.pi)
    points = [
        np.stack([np.cos(upper), np.sin(upper)], axis=1),
        np.stack([1 - np.cos(lower), 0.5 - np.sin(lower)], axis=1),
    ]
    return _mixed(points, noise, rng)


def circles(
    samples: int = 200, noise: float = 0.1, factor: float = 0.5, *, rng: Rng = None
) -> ArrayDataset:
    """A circle within a circle.

    Parameters
    ----------
    samples : int
    noise : float
        The standard deviation of what is added to each coordinate.
    factor : float
        The radius of the inner one; the outer one has 1.
    rng : numpy.random.Generator or int, optional

    Returns
    -------
    ArrayDataset
        (samples, 2) float32 points, and targets 0 (the outer) and 1, in an order drawn at random.
    """
    if not 0 < factor < 1:
        raise ValueError(f"circles: factor is above 0 and below 1, not {factor!r}")
    outer, inner = _angles(samples, 2 * np.pi, endpoint=False)
    points = [
        radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        for radius, angles in ((1, outer), (factor, inner))
    ]
    return _mixed(points, noise, rng)


def spirals(
    samples: int = 300,
    noise: float = 0.05,
    classes: int = 3,
    turns: float = 0.75,
    *,
    rng: Rng = None,
) -> ArrayDataset:
    """Arms that wind about the origin, one a class.

    Parameters
    ----------
    samples : int
    noise : float
        The standard deviation of what is added to each coordinate.
    classes : int
    turns : float
        How far each arm winds; more is harder.
    rng : numpy.random.Generator or int, optional

    Returns
    -------
    ArrayDataset
        (samples, 2) float32 points, and targets from 0, in an order drawn at random.

    References
    ----------
    Lang & Witbrock 1988, "Learning to tell two spirals apart".
    """
    points = []
    for arm in range(count("spirals: classes", classes)):
        radius = np.linspace(0, 1, _share(samples, classes, arm))
        angle = 2 * np.pi * (turns * radius + arm / classes)
        points.append(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1))
    return _mixed(points, noise, rng)


def xor(samples: int = 4, noise: float = 0.0, *, rng: Rng = None) -> ArrayDataset:
    """Exclusive or: the smallest thing that no single layer can learn.

    Parameters
    ----------
    samples : int
        The four corners, in turn.
    noise : float
        The standard deviation of what is added to each coordinate.
    rng : numpy.random.Generator or int, optional

    Returns
    -------
    ArrayDataset
        (samples, 2) float32 points, and targets 0 and 1.

    References
    ----------
    Minsky & Papert 1969, "Perceptrons".

    Examples
    --------
    >>> xor().inputs.tolist(), xor().targets.tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    corner = np.arange(count("xor: samples", samples)) % 4
    bits = np.stack([corner // 2, corner % 2], axis=1)
    return ArrayDataset(_noisy(bits, noise, generator(rng)), bits[:, 0] ^ bits[:, 1])


def _angles(samples: int, end: float, endpoint: bool = True) -> list[np.ndarray]:
    """Two lists of angles from 0, as long as each other or one longer."""
    return [np.linspace(0, end, _share(samples, 2, i), endpoint=endpoint) for i in (0, 1)]


def _share(samples: int, classes: int, number: int) -> int:
    count("samples", samples, classes)
    return samples // classes + (number < samples % classes)


def _noisy(points: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    if not noise >= 0:
        raise ValueError(f"noise is at least 0, not {noise!r}")
    return (points + noise * rng.standard_normal(points.shape)).astype(np.float32)


def _mixed(classes: list[np.ndarray], noise: float, rng: Rng) -> ArrayDataset:
    drawing = generator(rng)
    points = _noisy(np.concatenate(classes), noise, drawing)
    targets = np.repeat(np.arange(len(classes)), [len(each) for each in classes])
    return ArrayDataset(points, targets)[drawing.permutation(len(points))]
