"""Transforms of what pixels hold: ToFloat, Normalize, GaussianNoise, RandomErasing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..random import Rng
from .base import RandomTransform, Transform, chance


class ToFloat:
    """Pictures as files and screens hold them, made ready for a network: float32 from 0 to 1.

    uint8 from 0 to 255 is divided by 255, booleans become 0 and 1, other floats are kept; an axis
    of channels comes to stand before height and width.

    Parameters
    ----------
    channels_last : bool
        Whether images are (height, width, channels); otherwise they are (channels, height, width)
        already. (height, width) becomes (1, height, width).

    Examples
    --------
    >>> ToFloat()(np.full((4, 5, 3), 255, np.uint8)).shape
    (3, 4, 5)
    """

    def __init__(self, channels_last: bool = True) -> None:
        self.channels_last = channels_last

    def __call__(self, images: Any) -> np.ndarray:
        images = np.asarray(images)
        if images.ndim not in (2, 3, 4):
            raise ValueError(
                f"ToFloat takes an image (height, width, channels) or (height, width), or a batch "
                f"(rows, height, width, channels), not an array of shape {images.shape}"
            )
        if images.ndim == 2:
            images = images[None]
        elif self.channels_last:
            images = np.moveaxis(images, -1, -3)
        if images.dtype == np.uint8:
            return np.divide(images, np.float32(255), dtype=np.float32, order="C")
        if images.dtype != bool and not np.issubdtype(images.dtype, np.floating):
            raise TypeError(
                f"ToFloat knows the range of uint8, and these are {images.dtype}: divide them by "
                f"their largest possible number"
            )
        return np.ascontiguousarray(images, dtype=np.float32)

    def __repr__(self) -> str:
        return f"ToFloat(channels_last={self.channels_last})"


ToTensor = ToFloat  # torchvision's name


class Normalize(Transform):
    """(images − mean) / std, channel by channel.

    Parameters
    ----------
    mean, std : float or sequence of one number a channel

    Examples
    --------
    >>> Normalize(0.5, 0.25)(np.ones((1, 1, 1)))
    array([[[2.]]])
    """

    def __init__(self, mean: Any, std: Any) -> None:
        self.mean, self.std = (np.asarray(each, np.float64).reshape(-1) for each in (mean, std))
        if not (self.std > 0).all():
            raise ValueError(f"Normalize: std is above 0, not {std!r}")

    def batch(self, images: np.ndarray) -> np.ndarray:
        _floating(self, images)
        for name, numbers in (("mean", self.mean), ("std", self.std)):
            if len(numbers) not in (1, images.shape[1]):
                raise ValueError(
                    f"Normalize: {name} has {len(numbers)} numbers, and the images have "
                    f"{images.shape[1]} channels"
                )
        mean, std = (each.astype(images.dtype)[:, None, None] for each in (self.mean, self.std))
        return (images - mean) / std

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean.tolist()}, std={self.std.tolist()})"


class GaussianNoise(RandomTransform):
    """Normal noise on each pixel.

    Parameters
    ----------
    mean, sigma : float
        Of the noise.
    clip : bool
        Cut the result to the range from 0 to 1.
    rng : numpy.random.Generator or int, optional
    """

    def __init__(
        self, mean: float = 0.0, sigma: float = 0.1, clip: bool = True, *, rng: Rng = None
    ) -> None:
        super().__init__(rng=rng)
        if not sigma >= 0:
            raise ValueError(f"GaussianNoise: sigma is at least 0, not {sigma!r}")
        self.mean, self.sigma, self.clip = float(mean), float(sigma), clip

    def random_batch(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        _floating(self, images)
        wide = np.float64 if images.dtype == np.float64 else np.float32
        noise = rng.standard_normal(images.shape, dtype=wide)
        noise *= self.sigma
        noise += self.mean
        noise += images
        if self.clip:
            np.clip(noise, 0, 1, out=noise)
        return noise.astype(images.dtype, copy=False)


class RandomErasing(RandomTransform):
    """A rectangle of some images painted over.

    Parameters
    ----------
    p : float
        With which probability, for each image.
    scale : (float, float)
        The least and the largest share of the image's area.
    ratio : (float, float)
        The least and the largest height / width.
    value : float, or "random"
        What is painted; "random" draws each pixel from a normal distribution.
    rng : numpy.random.Generator or int, optional

    References
    ----------
    Zhong et al. 2020, "Random erasing data augmentation", algorithm 1 (with up to ten tries).
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: tuple[float, float] = (0.02, 0.33),
        ratio: tuple[float, float] = (0.3, 3.3),
        value: float | str = 0,
        *,
        rng: Rng = None,
    ) -> None:
        super().__init__(rng=rng)
        self.p = chance("RandomErasing", p)
        if not 0 <= scale[0] <= scale[1] <= 1 or not 0 < ratio[0] <= ratio[1]:
            raise ValueError(
                f"RandomErasing: scale is (least, largest) within 0 to 1 and ratio (least, "
                f"largest) above 0, not {scale!r} and {ratio!r}"
            )
        if isinstance(value, str) and value != "random":
            raise ValueError(f"RandomErasing: value is a number or 'random', not {value!r}")
        self.scale, self.ratio, self.value = scale, ratio, value

    def random_batch(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if self.value == "random":
            _floating(self, images)
        rows, channels, height, width = images.shape
        area = height * width * rng.uniform(*self.scale, size=(rows, 10))
        low, high = map(math.log, self.ratio)
        ratio = np.exp(rng.uniform(low, high, size=(rows, 10)))
        down = np.rint(np.sqrt(area * ratio)).astype(int)
        across = np.rint(np.sqrt(area / ratio)).astype(int)
        fits = (down < height) & (across < width)
        erased = fits.any(axis=1) & (rng.random(rows) < self.p)
        places = rng.random((rows, 2))
        images = images.copy()
        for row in np.flatnonzero(erased):
            tried = fits[row].argmax()
            h, w = down[row, tried], across[row, tried]
            top, left = (places[row] * (height - h + 1, width - w + 1)).astype(int)
            paint = rng.standard_normal((channels, h, w)) if self.value == "random" else self.value
            images[row, :, top : top + h, left : left + w] = paint
        return images


def _floating(transform: Any, images: np.ndarray) -> None:
    if not np.issubdtype(images.dtype, np.floating):
        raise TypeError(
            f"{type(transform).__name__} takes floats, and these are {images.dtype}; put ToFloat() "
            f"before it"
        )
