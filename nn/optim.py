"""Optimisers: they change parameters in place from their gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from autograd import Value
from autograd.value import written

# Big arrays are updated in slices that stay in a core's cache through all the passes of a rule.
_SLICE = 1 << 16


class Optimizer:
    """The base of optimisers: what they have in common.

    Parameters
    ----------
    params : iterable of Values, or of dicts with the key "params" and settings of their own
    settings : dict
        The settings of groups that name none.

    Attributes
    ----------
    param_groups : list of dict
        Each with "params" and its settings; changing ``group["lr"]`` changes the next step.
    """

    def __init__(self, params: Iterable[Any], settings: dict[str, Any]) -> None:
        if isinstance(params, Value):
            raise TypeError("an optimiser takes a list of parameters: [value], model.parameters()")
        groups = list(params)
        if groups and not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        self.param_groups = [
            {**settings, **group, "params": list(group["params"])} for group in groups
        ]
        self.state: dict[Value, dict[str, Any]] = {}
        seen: set[Value] = set()
        for group in self.param_groups:
            for parameter in group["params"]:
                if not isinstance(parameter, Value) or parameter.op is not None:
                    raise TypeError(
                        f"an optimiser changes leaf Values (nn.Parameter), not {parameter!r}"
                    )
                if parameter in seen:
                    raise ValueError(f"parameter {parameter.name!r} is given twice")
                seen.add(parameter)
        if not seen:
            raise ValueError(
                "the optimiser got no parameters; model.parameters() can be walked once only, so "
                "call it anew for each optimiser"
            )

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def step(self) -> None:
        """Change every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state.setdefault(parameter, {})
                data = parameter._data
                if isinstance(data, np.ndarray):
                    self._update(data, parameter.grad, state, group)
                    written(parameter)
                else:  # one number: there is nothing to write into
                    box = np.array([data])
                    self._update(box, np.array([parameter.grad]), state, group)
                    parameter.data = box.item() if type(data) is float else box[0]

    def _update(
        self, data: np.ndarray, gradient: np.ndarray, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Change ``data`` in place."""
        raise NotImplementedError


def _slices(*arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """The arrays in matching pieces small enough for the cache."""
    if arrays[0].size <= _SLICE or not all(a.flags.c_contiguous for a in arrays):
        yield arrays
        return
    flat = [a.reshape(-1) for a in arrays]
    for start in range(0, flat[0].size, _SLICE):
        yield tuple(a[start : start + _SLICE] for a in flat)


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked.

    Parameters
    ----------
    params : iterable of Values
    lr : float
        The learning rate: the step is ``lr`` times the gradient.
    momentum : float
        How much of the last step's direction is kept.
    dampening : float
        How much of the gradient does not enter the momentum.
    weight_decay : float
        Adds ``weight_decay`` times the parameter to its gradient (an L2 penalty).
    nesterov : bool
        Look ahead along the momentum (needs momentum and no dampening).

    References
    ----------
    Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning",
    in PyTorch's form, which multiplies the velocity by lr at the end.

    Examples
    --------
    >>> import autograd, nn
    >>> x = autograd.Value(3.0)
    >>> optimizer = nn.optim.SGD([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    2.4
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        _at_least_zero("SGD", lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("SGD: nesterov needs a momentum above 0 and dampening 0")
        settings = dict(
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
        )
        super().__init__(params, settings)

    def _update(self, data, gradient, state, group):
        lr, momentum, decay = group["lr"], group["momentum"], group["weight_decay"]
        first = "momentum" not in state
        if momentum and first:
            state["momentum"] = np.zeros_like(data)
        velocity = state.get("momentum", data)  # data stands in where there is none
        entering = 1 if first else 1 - group["dampening"]
        for x, g, v in _slices(data, gradient, velocity):
            if decay:
                g = g + decay * x
            if momentum:
                v *= momentum
                v += g if entering == 1 else entering * g
                g = g + momentum * v if group["nesterov"] else v
            x -= lr * g


class Adam(Optimizer):
    """Adam: steps of about ``lr``, whatever the size of the gradients.

    Parameters
    ----------
    params : iterable of Values
    lr : float
    betas : (float, float)
        How slowly the means of the gradient and of its square follow.
    eps : float
        Added to the root of the second mean.
    weight_decay : float
        Adds ``weight_decay`` times the parameter to its gradient (an L2 penalty).

    References
    ----------
    Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        _at_least_zero("Adam", lr=lr, eps=eps, weight_decay=weight_decay)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"Adam: betas are two numbers in [0, 1), not {betas!r}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    def _update(self, data, gradient, state, group):
        if not state:
            state.update(step=0, first=np.zeros_like(data), second=np.zeros_like(data))
            state["work"] = np.empty(min(data.size, _SLICE), data.dtype)
        state["step"] += 1
        beta1, beta2 = group["betas"]
        # The moments are kept without their factors 1 - beta, which saves passes over the data:
        # first · (1 - beta1) is the paper's m, second · (1 - beta2) its v.
        root = math.sqrt((1 - beta2) / (1 - beta2 ** state["step"]))
        size = group["lr"] * (1 - beta1) / (1 - beta1 ** state["step"]) / root
        eps, decay = group["eps"] / root, group["weight_decay"]
        for x, g, first, second in _slices(data, gradient, state["first"], state["second"]):
            if decay:
                g = g + decay * x
            first *= beta1
            first += g
            work = np.multiply(g, g, out=_like(state["work"], x))
            second *= beta2
            second += work
            np.sqrt(second, out=work)
            work += eps
            np.divide(first, work, out=work)
            work *= size
            x -= work


def _like(work: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Scratch space of the shape of ``x``."""
    return work[: x.size].reshape(x.shape) if x.size <= work.size else np.empty_like(x)


def _at_least_zero(name: str, **settings: float) -> None:
    for setting, number in settings.items():
        if not number >= 0:
            raise ValueError(f"{name}: {setting} must be at least 0, not {number!r}")
