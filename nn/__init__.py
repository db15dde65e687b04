"""Neural networks on chainrule's engine, with PyTorch's names.

>>> import numpy as np, nn
>>> model = nn.Sequential(nn.Linear(2, 8, rng=0), nn.Tanh(), nn.Linear(8, 1, rng=1))
>>> model(np.zeros((5, 2), np.float32)).shape
(5, 1)
"""

import autograd as _autograd

if not hasattr(_autograd, "OPS"):
    raise ImportError(
        f"nn needs chainrule's own 'autograd', and Python found another package of that name at "
        f"{_autograd.__file__}. The two cannot be installed side by side: pip uninstall autograd, "
        f"then pip install --force-reinstall chainrule"
    )

from . import data, datasets, functional, init, optim
from .data import ArrayDataset, DataLoader
from .layers import (
    GELU,
    AvgPool2d,
    BCEWithLogitsLoss,
    Conv2d,
    CrossEntropyLoss,
    Dropout,
    Flatten,
    Identity,
    LeakyReLU,
    Linear,
    LogSoftmax,
    MaxPool2d,
    ModuleDict,
    ModuleList,
    MSELoss,
    ParameterDict,
    ParameterList,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
)
from .module import Module
from .parameter import Buffer, Parameter
from .random import manual_seed
from .train import History, evaluate, fit

__all__ = [
    "GELU",
    "ArrayDataset",
    "AvgPool2d",
    "BCEWithLogitsLoss",
    "Buffer",
    "Conv2d",
    "CrossEntropyLoss",
    "DataLoader",
    "Dropout",
    "Flatten",
    "History",
    "Identity",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "MaxPool2d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "data",
    "datasets",
    "evaluate",
    "fit",
    "functional",
    "init",
    "manual_seed",
    "optim",
]
