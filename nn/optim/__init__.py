"""Optimisers: they change parameters in place from their gradients.

>>> import numpy as np, nn
>>> model = nn.Linear(1, 1, rng=0)
>>> optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
>>> scheduler = nn.optim.lr_scheduler.StepLR(optimizer, step_size=30)
>>> x = np.linspace(-1, 1, 20, dtype=np.float32).reshape(-1, 1)
>>> for epoch in range(90):
...     optimizer.zero_grad()
...     loss = nn.functional.mse_loss(model(x), 2 * x + 5)
...     loss.backward()
...     optimizer.step()
...     scheduler.step()
>>> print(f"{model.weight.item():.1f} {model.bias.item():.1f} {scheduler.get_last_lr()[0]:.4f}")
2.0 5.0 0.0001
"""

from . import lr_scheduler
from .adadelta import Adadelta
from .adafactor import Adafactor
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax
from .asgd import ASGD
from .lbfgs import LBFGS
from .nadam import NAdam
from .optimizer import Optimizer
from .radam import RAdam
from .rmsprop import RMSprop
from .rprop import Rprop
from .sgd import SGD

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "lr_scheduler",
]
