"""Activations as layers. ``inplace`` is taken and changes nothing, as in `nn.functional`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import functional
from ..init import constant_
from ..module import Module
from ..parameter import Parameter
from ..random import Rng, generator


class Identity(Module):
    """x itself; takes any arguments, so that it can stand in for any layer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def forward(self, input: Any) -> Any:
        return input


class _Elementwise(Module):
    """One without settings."""

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return self.function(input)

    @staticmethod
    def function(input: Any) -> Any:
        """What is done to each number."""
        raise NotImplementedError

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class ReLU(_Elementwise):
    """max(x, 0), elementwise."""

    function = staticmethod(functional.relu)


class ReLU6(_Elementwise):
    """min(max(x, 0), 6), elementwise."""

    function = staticmethod(functional.relu6)


class SELU(_Elementwise):
    """scale · elu(x, alpha), elementwise; see `nn.functional.selu`."""

    function = staticmethod(functional.selu)


class SiLU(_Elementwise):
    """x · sigmoid(x), elementwise."""

    function = staticmethod(functional.silu)


class Mish(_Elementwise):
    """x · tanh(softplus(x)), elementwise."""

    function = staticmethod(functional.mish)


class Hardsigmoid(_Elementwise):
    """min(max(x + 3, 0), 6) / 6, elementwise."""

    function = staticmethod(functional.hardsigmoid)


class Hardswish(_Elementwise):
    """x · hardsigmoid(x), elementwise."""

    function = staticmethod(functional.hardswish)


class Sigmoid(Module):
    """1 / (1 + exp(−x)), elementwise."""

    def forward(self, input: Any) -> Any:
        return functional.sigmoid(input)


class LogSigmoid(Module):
    """log(sigmoid(x)), elementwise."""

    def forward(self, input: Any) -> Any:
        return functional.logsigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent, elementwise."""

    def forward(self, input: Any) -> Any:
        return functional.tanh(input)


class Tanhshrink(Module):
    """x − tanh(x), elementwise."""

    def forward(self, input: Any) -> Any:
        return functional.tanhshrink(input)


class Softsign(Module):
    """x / (1 + \\|x\\|), elementwise."""

    def forward(self, input: Any) -> Any:
        return functional.softsign(input)


class LeakyReLU(Module):
    """x where x > 0, else negative_slope · x, elementwise."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Any) -> Any:
        return functional.leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class PReLU(Module):
    """x where x > 0, else weight · x, with a weight that is learnt: one, or one a channel.

    x : (batch, channels, ...) -> the same

    Parameters
    ----------
    num_parameters : int
        1, or the number of channels.
    init : float
    dtype : NumPy dtype
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, *, dtype: Any = np.float32
    ) -> None:
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(np.zeros(num_parameters), dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start anew, with ``init``."""
        constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        return functional.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class RReLU(Module):
    """A leaky ReLU with random slopes in training; see `nn.functional.rrelu`."""

    def __init__(
        self,
        lower: float = 1 / 8,
        upper: float = 1 / 3,
        inplace: bool = False,
        *,
        rng: Rng = None,
    ) -> None:
        self.lower, self.upper, self.inplace = lower, upper, inplace
        self.rng = None if rng is None else generator(rng)

    def forward(self, input: Any) -> Any:
        return functional.rrelu(input, self.lower, self.upper, self.training, rng=self.rng)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}" + (
            ", inplace=True" if self.inplace else ""
        )


class ELU(Module):
    """x where x > 0, else alpha · (exp(x) − 1), elementwise."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Any) -> Any:
        return functional.elu(input, self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class CELU(ELU):
    """x where x > 0, else alpha · (exp(x / alpha) − 1), elementwise."""

    def forward(self, input: Any) -> Any:
        return functional.celu(input, self.alpha)


class GELU(Module):
    """x · Φ(x), elementwise; ``approximate="tanh"`` for the faster form."""

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        return functional.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Softplus(Module):
    """log(1 + exp(beta · x)) / beta, elementwise; straight where beta · x > threshold."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Any) -> Any:
        return functional.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Hardtanh(Module):
    """x, cut at two bounds, elementwise."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        if min_val >= max_val:
            raise ValueError(f"Hardtanh: min_val={min_val} must be below max_val={max_val}")
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace

    def forward(self, input: Any) -> Any:
        return functional.hardtanh(input, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}" + (
            ", inplace=True" if self.inplace else ""
        )


class Hardshrink(Module):
    """x where \\|x\\| > lambd, else 0."""

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        return functional.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softshrink(Hardshrink):
    """x, moved towards 0 by lambd, and 0 where it is nearer than that."""

    def forward(self, input: Any) -> Any:
        return functional.softshrink(input, self.lambd)


class Threshold(Module):
    """x where it is above a threshold, else a value."""

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        self.threshold, self.value, self.inplace = threshold, value, inplace

    def forward(self, input: Any) -> Any:
        return functional.threshold(input, self.threshold, self.value)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}" + (
            ", inplace=True" if self.inplace else ""
        )


class GLU(Module):
    """The first half along ``dim``, times the sigmoid of the second."""

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return functional.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax(Module):
    """exp(x) / sum(exp(x)) along ``dim``, which may be left out of one or two axes: the last."""

    def __init__(self, dim: int | None = None) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return functional.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmin(Softmax):
    """softmax(−x) along ``dim``."""

    def forward(self, input: Any) -> Any:
        return functional.softmin(input, self.dim)


class LogSoftmax(Softmax):
    """log(softmax(x)) along ``dim``."""

    def forward(self, input: Any) -> Any:
        return functional.log_softmax(input, self.dim)


class Softmax2d(Module):
    """Softmax over the channels, at each place.

    x : (batch, channels, height, width) or (channels, height, width) -> the same
    """

    def forward(self, input: Any) -> Any:
        if np.ndim(input) not in (3, 4):
            raise ValueError(
                f"Softmax2d takes (batch, channels, height, width) or (channels, height, width), "
                f"not shape {np.shape(input)}"
            )
        return functional.softmax(input, -3)
