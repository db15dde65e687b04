"""Transforms: images made ready, and made different each time they are seen.

Each takes one image, (channels, height, width), or a batch, (rows, channels, height, width), and
draws for each image of a batch anew. Names are torchvision's. ``ArrayDataset(..., transform=)``
gives them whole batches.

>>> import numpy as np, nn
>>> from nn import transforms
>>> change = transforms.Compose([transforms.RandomShift(2, rng=0), transforms.Normalize(0.5, 0.5)])
>>> change(np.zeros((8, 1, 28, 28), np.float32)).shape
(8, 1, 28, 28)
"""

from .base import Compose, Lambda, RandomTransform, Transform
from .crop import (
    CenterCrop,
    Pad,
    RandomCrop,
    RandomHorizontalFlip,
    RandomShift,
    RandomVerticalFlip,
)
from .pixels import GaussianNoise, Normalize, RandomErasing, ToFloat, ToTensor
from .warp import RandomAffine, RandomRotation, Resize

__all__ = [
    "CenterCrop",
    "Compose",
    "GaussianNoise",
    "Lambda",
    "Normalize",
    "Pad",
    "RandomAffine",
    "RandomCrop",
    "RandomErasing",
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomShift",
    "RandomTransform",
    "RandomVerticalFlip",
    "Resize",
    "ToFloat",
    "ToTensor",
    "Transform",
]
