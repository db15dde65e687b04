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

from . import callbacks, data, datasets, functional, init, metrics, optim, utils
from .callbacks import Callback, Checkpoint, CSVLogger, EarlyStopping, TensorBoard
from .data import ArrayDataset, DataLoader
from .files import load, save
from .history import History
from .layers import (
    GELU,
    AvgPool2d,
    BCELoss,
    BCEWithLogitsLoss,
    Conv2d,
    CosineEmbeddingLoss,
    CosineSimilarity,
    CrossEntropyLoss,
    CTCLoss,
    Dropout,
    Flatten,
    GaussianNLLLoss,
    HingeEmbeddingLoss,
    HingeLoss,
    HuberLoss,
    Identity,
    KLDivLoss,
    L1Loss,
    LeakyReLU,
    Linear,
    LogSoftmax,
    MarginRankingLoss,
    MaxPool2d,
    ModuleDict,
    ModuleList,
    MSELoss,
    MultiMarginLoss,
    NLLLoss,
    PairwiseDistance,
    ParameterDict,
    ParameterList,
    PoissonNLLLoss,
    ReLU,
    Sequential,
    Sigmoid,
    SmoothL1Loss,
    SoftMarginLoss,
    Softmax,
    Softplus,
    Tanh,
    TripletMarginLoss,
)
from .lr_finder import find_lr
from .module import Module
from .parameter import Buffer, Parameter
from .random import manual_seed
from .summary import summary
from .train import evaluate, fit

__all__ = [
    "GELU",
    "ArrayDataset",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "Buffer",
    "CSVLogger",
    "CTCLoss",
    "Callback",
    "Checkpoint",
    "Conv2d",
    "CosineEmbeddingLoss",
    "CosineSimilarity",
    "CrossEntropyLoss",
    "DataLoader",
    "Dropout",
    "EarlyStopping",
    "Flatten",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HingeLoss",
    "History",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "MarginRankingLoss",
    "MaxPool2d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiMarginLoss",
    "NLLLoss",
    "PairwiseDistance",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "PoissonNLLLoss",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "Softmax",
    "Softplus",
    "Tanh",
    "TensorBoard",
    "TripletMarginLoss",
    "callbacks",
    "data",
    "datasets",
    "evaluate",
    "find_lr",
    "fit",
    "functional",
    "init",
    "load",
    "manual_seed",
    "metrics",
    "optim",
    "save",
    "summary",
    "utils",
]
