"""Schedulers: they change the learning rates of an optimiser's groups from epoch to epoch.

Call ``scheduler.step()`` after the optimiser's steps of an epoch (or of a batch, for the ones
that count batches). Warm-up is one scheduler before another:

>>> import autograd, nn
>>> from nn.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
>>> optimizer = nn.optim.SGD([autograd.Value(0.0)], lr=1.0)
>>> warm_up = LinearLR(optimizer, start_factor=0.25, total_iters=3)
>>> scheduler = SequentialLR(optimizer, [warm_up, CosineAnnealingLR(optimizer, 4)], milestones=[3])
>>> for epoch in range(8):
...     print(f"{scheduler.get_last_lr()[0]:.2f}", end=" ")
...     optimizer.step()
...     scheduler.step()
0.25 0.50 0.75 1.00 0.85 0.50 0.15 0.00
"""

from .base import LRScheduler
from .combine import ChainedScheduler, SequentialLR
from .cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from .cycle import CyclicLR, OneCycleLR
from .factor import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from .plateau import ReduceLROnPlateau

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
