"""chainrule's engine: Values on NumPy, gradients by the chain rule.

>>> from autograd import Value
>>> x = Value(2.0)
>>> y = x * x + 3 * x
>>> y.backward()
>>> x.grad
7.0
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

import numpy as _np

from . import loop as _loop  # noqa: F401  it gives Value its backward pass
from .backward import Step, backward_steps, gradients, topological

# Names that code written for HIPS autograd imports from here.
from .builtins import dict as dict
from .builtins import isinstance as isinstance
from .builtins import list as list
from .builtins import tuple as tuple
from .builtins import type as type
from .checkpointing import checkpoint
from .core import primitive as primitive
from .differential_operators import hessian_tensor_product as hessian_tensor_product
from .differential_operators import multigrad_dict as multigrad_dict
from .differential_operators import tensor_jacobian_product as tensor_jacobian_product
from .functional import (
    deriv,
    elementwise_grad,
    grad,
    grad_and_aux,
    grad_named,
    hessian,
    hessian_vector_product,
    holomorphic_grad,
    jacobian,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    value_and_grad,
    vector_jacobian_product,
)
from .lines import Line
from .messages import Failed
from .op import OPS, Op, define
from .ops.activation import (
    elu,
    erf,
    leaky_relu,
    log_softmax,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
)
from .ops.avg_pool import avg_pool1d, avg_pool2d, avg_pool3d
from .ops.conv import (
    conv1d,
    conv1d_input,
    conv1d_weight,
    conv2d,
    conv2d_input,
    conv2d_weight,
    conv3d,
    conv3d_input,
    conv3d_weight,
)
from .ops.conv_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from .ops.gelu import gelu
from .ops.index import getitem, scatter
from .ops.linalg import linear
from .ops.losses import binary_cross_entropy, softmax_cross_entropy
from .ops.lp_pool import lp_pool1d, lp_pool2d, lp_pool3d
from .ops.max_pool import (
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from .ops.reduce import logsumexp
from .ops.resample import resample
from .ops.shape import astype
from .replay import replay
from .switches import detect_anomaly, no_grad, watch_backward
from .threads import get_num_threads, set_num_threads
from .tracing import IndependentWarning, IntegerWarning
from .untraced import untraced
from .value import Value, remember_lines

if _TYPE_CHECKING:
    from . import check as check
    from .check.compare import check_gradients
    from .recording import record

# glibc gives large blocks back to the system as soon as they are free, and takes a page fault for
# every 4 KiB of the next one. Freeing one of the largest size that it learns from (mallopt(3),
# M_MMAP_THRESHOLD) makes it keep them: arrays come and go in each pass. No page of it is touched.
_np.empty(31 << 20, _np.uint8)

__all__ = [
    "OPS",
    "Failed",
    "IndependentWarning",
    "IntegerWarning",
    "Line",
    "Op",
    "Step",
    "Value",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "astype",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "backward_steps",
    "binary_cross_entropy",
    "check_gradients",
    "checkpoint",
    "conv1d",
    "conv1d_input",
    "conv1d_weight",
    "conv2d",
    "conv2d_input",
    "conv2d_weight",
    "conv3d",
    "conv3d_input",
    "conv3d_weight",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "define",
    "deriv",
    "detect_anomaly",
    "elementwise_grad",
    "elu",
    "erf",
    "gelu",
    "get_num_threads",
    "getitem",
    "grad",
    "grad_and_aux",
    "grad_named",
    "gradients",
    "hessian",
    "hessian_vector_product",
    "holomorphic_grad",
    "jacobian",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsumexp",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_vjp",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "no_grad",
    "record",
    "relu",
    "remember_lines",
    "replay",
    "resample",
    "scatter",
    "set_num_threads",
    "sigmoid",
    "silu",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "topological",
    "untraced",
    "value_and_grad",
    "vector_jacobian_product",
    "watch_backward",
]


# Imported when they are used, which keeps the import of the engine short.
_LATER = {"record": "recording", "check": "check", "check_gradients": "check"}


def __getattr__(name: str) -> _Any:
    if name not in _LATER:
        raise AttributeError(f"module 'autograd' has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f".{_LATER[name]}", __name__)
    found = globals()[name] = module if name == _LATER[name] else getattr(module, name)
    return found


def __dir__() -> _Any:
    return [*globals(), *_LATER]  # which completion shows
