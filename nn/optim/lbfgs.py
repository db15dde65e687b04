"""L-BFGS: Newton's direction, from the last gradients."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd import Value
from autograd.switches import switched
from autograd.value import raw

from ..utils import vector_to_parameters
from .line_search import Point, strong_wolfe
from .optimizer import Optimizer


class LBFGS(Optimizer):
    """Limited-memory BFGS, for small problems whose loss is not random.

    It takes one group of parameters, and ``step`` needs a closure, which it calls several times;
    it returns the loss that the closure returned first.

    Parameters
    ----------
    params : iterable of Values
    lr : float
        The length of a step in units of the direction; with a line search its first trial.
    max_iter : int
        The most iterations in one ``step``.
    max_eval : int, optional
        The most evaluations of the closure in one ``step``; ``max_iter * 5 // 4`` by default.
    tolerance_grad : float
        Stop when no entry of the gradient is larger.
    tolerance_change : float
        Stop when neither the parameters nor the loss change by more.
    history_size : int
        How many gradients are remembered.
    line_search_fn : None or "strong_wolfe"

    References
    ----------
    Nocedal & Wright 2006, "Numerical optimization", algorithms 7.4 and 7.5.

    Examples
    --------
    The valley of Rosenbrock:

    >>> import autograd, nn
    >>> x, y = autograd.Value(-1.5), autograd.Value(2.0)
    >>> optimizer = nn.optim.LBFGS([x, y], line_search_fn="strong_wolfe", max_iter=100)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - x) ** 2 + 100 * (y - x * x) ** 2
    ...     loss.backward()
    ...     return loss
    >>> loss = optimizer.step(closure)
    >>> print(f"from {loss:.4f} at (-1.5, 2.0) to {closure():.4f} at ({x:.4f}, {y:.4f})")
    from 12.5000 at (-1.5, 2.0) to 0.0000 at (1.0000, 1.0000)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        settings = dict(
            lr=lr,
            max_iter=max_iter,
            max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
            tolerance_grad=tolerance_grad,
            tolerance_change=tolerance_change,
            history_size=history_size,
            line_search_fn=line_search_fn,
        )
        super().__init__(params, settings)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take the parameters: one group, once."""
        if self.param_groups:
            raise ValueError("LBFGS takes one group of parameters, with the same settings for all")
        super().add_param_group(param_group)
        if any(np.iscomplexobj(p._data) for p in self._parameters()):
            raise TypeError("LBFGS takes real parameters; the other optimisers take complex ones")

    def _check(self, settings):
        super()._check(settings)
        if settings["line_search_fn"] not in (None, "strong_wolfe"):
            raise ValueError(
                f'LBFGS: line_search_fn is None or "strong_wolfe", '
                f"not {settings['line_search_fn']!r}"
            )

    def _step(self, closure: Callable[[], Any] | None = None) -> Any:
        if closure is None:
            raise TypeError(
                "LBFGS computes the loss several times in one step: give step() a function that "
                "calls zero_grad() and backward() and returns the loss"
            )
        parameters, group = [*self._parameters()], self.param_groups[0]
        lr, tolerance = group["lr"], group["tolerance_change"]
        state = self.state.setdefault(parameters[0], {"func_evals": 0, "n_iter": 0})
        first_loss, loss, gradient = _evaluated(closure, parameters)
        state["func_evals"] += 1
        if np.abs(gradient).max() <= group["tolerance_grad"]:
            return first_loss
        history = _History(state, group["history_size"])
        evaluations, x = 1, _vector(parameters)
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                direction, t = -gradient, min(1.0, 1 / float(np.abs(gradient).sum())) * lr
            else:
                history.add(gradient - state["prev_flat_grad"], state["d"] * state["t"])
                direction, t = history.direction(gradient), lr
            state.update(d=direction, t=t, prev_flat_grad=gradient)
            slope, previous_loss = float(gradient @ direction), loss
            if slope > -tolerance:
                break
            if group["line_search_fn"]:
                evaluate = _along(closure, parameters, x, direction)
                start = Point(0.0, loss, gradient, slope)
                reach, most = np.abs(direction).max(), group["max_eval"] - evaluations
                found, evaluated = strong_wolfe(evaluate, start, t, reach, tolerance, most)
                t, loss, gradient, _ = found
                state["t"] = t
            x = x + t * direction
            vector_to_parameters(x, parameters)
            if not group["line_search_fn"]:
                evaluated = int(iteration != group["max_iter"])  # the last would not be used
                if evaluated:
                    _, loss, gradient = _evaluated(closure, parameters)
            evaluations += evaluated
            state["func_evals"] += evaluated
            if (
                evaluations >= group["max_eval"]
                or np.abs(gradient).max() <= group["tolerance_grad"]
                or np.abs(t * direction).max() <= tolerance
                or abs(loss - previous_loss) < tolerance
            ):
                break
        history.keep(state)
        return first_loss

    def _loaded(self, parameter: Value, state: dict[str, Any]) -> dict[str, Any]:
        numbers = sum(p.size for p in self._parameters())
        for name in ("d", "prev_flat_grad", "old_dirs", "old_stps"):
            if name in state and np.shape(state[name])[-1] != numbers:
                raise ValueError(
                    f"the state's {name!r} is of {np.shape(state[name])[-1]} numbers, and the "
                    f"parameters hold {numbers}"
                )
        return {
            name: np.array(saved) if np.ndim(saved) else np.asarray(saved).item()
            for name, saved in state.items()
        }


class _History:
    """The last changes of the gradient and of the parameters, newest last."""

    def __init__(self, state: dict[str, Any], size: int) -> None:
        self.changes = deque(state.get("old_dirs", ()), maxlen=size)
        self.steps = deque(state.get("old_stps", ()), maxlen=size)
        self.scale = state.get("H_diag", 1.0)

    def add(self, change: np.ndarray, step: np.ndarray) -> None:
        curvature = change @ step
        if curvature > 1e-10:  # else the estimate would not stay positive definite
            self.changes.append(change)
            self.steps.append(step)
            self.scale = float(curvature / (change @ change))

    def direction(self, gradient: np.ndarray) -> np.ndarray:
        """Minus the estimated inverse Hessian times the gradient."""
        direction, shares = -gradient, []
        pairs = [(y, s, 1 / (y @ s)) for y, s in zip(self.changes, self.steps, strict=True)]
        for y, s, weight in reversed(pairs):
            shares.append(weight * (s @ direction))
            direction -= shares[-1] * y
        direction *= self.scale
        for y, s, weight in pairs:
            direction += (shares.pop() - weight * (y @ direction)) * s
        return direction

    def keep(self, state: dict[str, Any]) -> None:
        numbers = state["d"].size
        state["old_dirs"] = np.reshape(self.changes, (-1, numbers))
        state["old_stps"] = np.reshape(self.steps, (-1, numbers))
        state["H_diag"] = self.scale


def _along(
    closure: Callable, parameters: list[Value], x: np.ndarray, direction: np.ndarray
) -> Callable[[float], Point]:
    def evaluate(t: float) -> Point:
        try:
            vector_to_parameters(x + t * direction, parameters)
            _, loss, gradient = _evaluated(closure, parameters)
        finally:
            vector_to_parameters(x, parameters)
        return Point(t, loss, gradient, float(gradient @ direction))

    return evaluate


def _evaluated(closure: Callable, parameters: list[Value]) -> tuple[Any, float, np.ndarray]:
    """What the closure returned, the loss as a number, and the gradient as one vector."""
    with switched(recording=True):
        returned = closure()
    if np.size(raw(returned)) != 1 or returned is None:
        raise TypeError(f"LBFGS: the closure returns the loss, one number, not {returned!r}")
    gradients = [
        np.zeros(p.size, p.dtype) if p.grad is None else np.reshape(raw(p.grad), -1)
        for p in parameters
    ]
    return returned, float(np.reshape(raw(returned), ())), np.concatenate(gradients)


def _vector(parameters: list[Value]) -> np.ndarray:
    return np.concatenate([np.reshape(p._data, -1) for p in parameters])
