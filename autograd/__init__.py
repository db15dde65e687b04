"""chainrule's engine: Values on NumPy, gradients by the chain rule.

>>> from autograd import Value
>>> x = Value(2.0)
>>> y = x * x + 3 * x
>>> y.backward()
>>> x.grad
7.0
"""

from .backward import Step, backward_steps, gradients, topological
from .check import check_gradients
from .functional import elementwise_grad, grad, hessian, jacobian, value_and_grad
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
from .ops.pool import avg_pool2d, max_pool2d
from .ops.reduce import logsumexp
from .ops.shape import astype
from .switches import detect_anomaly, no_grad
from .value import Value

__all__ = [
    "OPS",
    "Op",
    "Step",
    "Value",
    "astype",
    "avg_pool2d",
    "backward_steps",
    "check_gradients",
    "conv2d",
    "conv2d_input",
    "conv2d_weight",
    "define",
    "detect_anomaly",
    "elementwise_grad",
    "elu",
    "erf",
    "gelu",
    "getitem",
    "grad",
    "gradients",
    "hessian",
    "jacobian",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsumexp",
    "max_pool2d",
    "no_grad",
    "relu",
    "scatter",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "topological",
    "value_and_grad",
]
