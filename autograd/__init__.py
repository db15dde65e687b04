"""chainrule's engine: Values on NumPy, gradients by the chain rule.

>>> from autograd import Value
>>> x = Value(2.0)
>>> y = x * x + 3 * x
>>> y.backward()
>>> x.grad
7.0
"""

from .backward import Step, backward_steps, gradients, topological

# Names that code written for HIPS autograd imports from here.
from .builtins import dict as dict
from .builtins import isinstance as isinstance
from .builtins import list as list
from .builtins import tuple as tuple
from .builtins import type as type
from .check.compare import check_gradients
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
    gelu,
    leaky_relu,
    log_softmax,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
)
from .ops.conv import conv2d, conv2d_input, conv2d_weight
from .ops.index import getitem, scatter
from .ops.linalg import linear
from .ops.losses import binary_cross_entropy, softmax_cross_entropy
from .ops.pool import avg_pool2d, max_pool2d
from .ops.reduce import logsumexp
from .ops.shape import astype
from .replay import replay
from .switches import detect_anomaly, no_grad, watch_backward
from .tracing import IndependentWarning, IntegerWarning
from .value import Value, remember_lines

__all__ = [
    "OPS",
    "Failed",
    "IndependentWarning",
    "IntegerWarning",
    "Line",
    "Op",
    "Step",
    "Value",
    "astype",
    "avg_pool2d",
    "backward_steps",
    "binary_cross_entropy",
    "check_gradients",
    "checkpoint",
    "conv2d",
    "conv2d_input",
    "conv2d_weight",
    "define",
    "deriv",
    "detect_anomaly",
    "elementwise_grad",
    "elu",
    "erf",
    "gelu",
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
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_vjp",
    "max_pool2d",
    "no_grad",
    "relu",
    "remember_lines",
    "replay",
    "scatter",
    "sigmoid",
    "silu",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "topological",
    "value_and_grad",
    "vector_jacobian_product",
    "watch_backward",
]
