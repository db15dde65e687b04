"""Optimizer: the base of all optimisers, and the walk over their parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from typing import Any

import numpy as np

from autograd import Value, untraced
from autograd.lines import here, line_at
from autograd.switches import MODE, switched
from autograd.value import raw, written

from ..hooks import Handle
from .settings import at_least_zero, speed_only

# What a state holds as plain numbers, one a parameter.
_NUMBERS = {"step", "mu_product", "eta", "mu"}


class Optimizer:
    """The base of optimisers; subclasses write ``_update``.

    Parameters
    ----------
    params : iterable of Values, of (name, Value) pairs, or of dicts
        A dict is a group: the key "params" and settings of its own.
    defaults : dict
        The settings of groups that name none.
    l1 : float
        One more of them, where it is not 0.
    **speed
        PyTorch's ``foreach``, ``fused`` and ``capturable``, which choose among its implementations,
        are taken and change nothing; ``differentiable=True`` is refused.

    Attributes
    ----------
    param_groups : list of dict
        Each with "params" and its settings; changing ``group["lr"]`` changes the next step.
    state : dict of Value to dict
        What is remembered of each parameter between steps, under PyTorch's names.
    defaults : dict

    Notes
    -----
    All optimisers but L-BFGS take two settings besides their own, by keyword and in groups:
    ``maximize=True`` climbs, and ``l1`` adds ``l1 · sign(parameter)`` to the gradient, which is
    the gradient of the penalty ``l1 · Σ |parameter|``, as ``weight_decay`` is that of
    ``weight_decay / 2 · Σ parameter²``. Penalties are not part of the loss that is shown.

    Complex parameters are updated as pairs of real ones.
    """

    def __init__(
        self, params: Iterable[Any], defaults: dict[str, Any], l1: float = 0, **speed: Any
    ) -> None:
        if isinstance(params, (Value, str)) or not hasattr(params, "__iter__"):
            raise TypeError(
                f"an optimiser takes a list of parameters: [value], model.parameters(); this is "
                f"{type(params).__name__}"
            )
        speed_only(self, speed)
        self.defaults = {**defaults, "l1": l1} if l1 else defaults
        self._check(self.defaults)
        self._before_step: dict[Handle, Callable] = {}
        self._after_step: dict[Handle, Callable] = {}
        self.state: dict[Value, dict[str, Any]] = {}
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        for group in groups if groups and isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)
        if not any(group["params"] for group in self.param_groups):
            raise ValueError(
                "the optimiser got no parameters; model.parameters() can be walked once only, so "
                "call it anew for each optimiser"
            )

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with settings of their own.

        Parameters
        ----------
        param_group : dict
            "params", a Value or a list of them, and the settings that differ from ``defaults``.

        Raises
        ------
        TypeError, ValueError
            Where something in it is no leaf Value, or has been given before; nothing is added.
        """
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise TypeError(
                f'a group is a dict with the key "params": {{"params": [...], "lr": 0.1}}, '
                f"not {param_group!r}"
            )
        given = param_group["params"]
        if isinstance(given, (set, frozenset)):
            raise TypeError("a set has no order, which states are saved by; give a list")
        parameters = [given] if isinstance(given, Value) else list(given)
        group = {**self.defaults, **param_group}
        if parameters and all(isinstance(pair, tuple) for pair in parameters):
            group["param_names"] = [name for name, _ in parameters]
            parameters = [parameter for _, parameter in parameters]
        seen = {parameter for group in self.param_groups for parameter in group["params"]}
        for parameter in parameters:
            if not isinstance(parameter, Value):
                raise TypeError(
                    f"an optimiser changes leaf Values (nn.Parameter), not {parameter!r}"
                )
            if parameter.op is not None:
                raise ValueError(
                    f"an optimiser changes leaf Values, and {parameter!r} follows from others"
                )
            if parameter in seen:
                raise ValueError(f"parameter {parameter.name!r} is given twice")
            seen.add(parameter)
        self._check(group)
        self.param_groups.append({**group, "params": parameters})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set those that are there to 0."""
        untraced(lambda: self._forget(set_to_none))  # anew in each replay of a recorded function

    def _forget(self, set_to_none: bool) -> None:
        for group in self.param_groups:
            for parameter in group["params"]:
                gradient = parameter.grad
                keep = gradient is not None and not set_to_none
                parameter.grad = np.zeros_like(gradient)[()] if keep else None

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss anew, with ``zero_grad`` and ``backward``, and returns it.

        Returns
        -------
        what the closure returned, or None
        """
        if closure is None:
            return untraced(self._with_hooks)
        if MODE.get().recorder is not None:
            raise RuntimeError(
                f"record: {line_at(here())} gives the optimiser a closure, which it may call "
                f"several times, as the numbers ask for. Record the closure itself, or call "
                f"loss.backward() and then step() without one"
            )
        return self._with_hooks(closure)

    def _with_hooks(self, closure: Callable[[], Any] | None = None) -> Any:
        args, kwargs = (self,) if closure is None else (self, closure), dict[str, Any]()
        for hook in list(self._before_step.values()):
            given = hook(self, args, kwargs)
            if given is not None:
                args, kwargs = given
        loss = self._step(*args[1:], **kwargs)
        for hook in list(self._after_step.values()):
            hook(self, args, kwargs)
        return loss

    def register_step_pre_hook(self, hook: Callable[[Any, tuple, dict], Any]) -> Handle:
        """Call ``hook(optimizer, args, kwargs)`` before each step.

        As in PyTorch ``args`` begins with the optimiser; a pair (args, kwargs) that the hook
        returns is taken instead.
        """
        return Handle(self._before_step, hook)

    def register_step_post_hook(self, hook: Callable[[Any, tuple, dict], None]) -> Handle:
        """Call ``hook(optimizer, args, kwargs)`` after each step.

        Examples
        --------
        >>> import autograd, nn
        >>> x = autograd.Value(3.0)
        >>> optimizer = nn.optim.SGD([x], lr=0.5)
        >>> x.grad = 2.0
        >>> with optimizer.register_step_post_hook(lambda *_: print(f"x is {x} now")):
        ...     optimizer.step()
        x is 2.0 now
        """
        return Handle(self._after_step, hook)

    def _step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with switched(recording=True):
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._change(parameter, group)
        return loss

    def _change(self, parameter: Value, group: dict[str, Any]) -> None:
        data, gradient = parameter._data, raw(parameter.grad)
        if getattr(gradient, "shape", ()) != getattr(data, "shape", ()):  # np.shape takes longer
            raise ValueError(
                f"parameter {parameter.name!r} has shape {np.shape(data)}, and its grad "
                f"{np.shape(gradient)}"
            )
        state = self.state.setdefault(parameter, {})
        if _plain(data):
            self._update(data, gradient, state, group)
            written(parameter)
            return
        numbers = _real(data)
        # Downhill is against the conjugate of the engine's gradient: see CONVENTIONS.
        self._update(numbers, _real(np.conj(gradient)), state, group)
        new = numbers[0] + 1j * numbers[1] if np.iscomplexobj(data) else numbers[0]
        if isinstance(data, np.ndarray):
            data[...] = new
            written(parameter)
        else:
            parameter.data = new.item() if type(data) is float else data.dtype.type(new)

    def _update(
        self, data: np.ndarray, gradient: np.ndarray, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Change ``data`` in place; ``gradient`` stays as it is."""
        raise NotImplementedError

    def _check(self, settings: dict[str, Any]) -> None:
        """Refuse settings that make no sense."""
        at_least_zero(self, settings, "lr", "l1")

    # ---- saving -----------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """What a later run needs to go on as if there had been no break.

        Returns
        -------
        dict
            "state": of each parameter, by its position, copies of arrays and numbers;
            "param_groups": the settings of the groups, with the positions of their parameters.
        """
        positions = {p: i for i, p in enumerate(self._parameters())}
        return {
            "state": {positions[p]: deepcopy(state) for p, state in self.state.items() if state},
            "param_groups": [
                {**deepcopy(_settings(group)), "params": [positions[p] for p in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` of an optimiser of the same kind gave.

        Parameters
        ----------
        state_dict : dict

        Raises
        ------
        ValueError
            Where groups, settings or shapes differ from those here; nothing is changed.
        """
        if not {"state", "param_groups"} <= state_dict.keys():
            raise ValueError(
                f"an optimiser's state has the entries 'state' and 'param_groups', and this one "
                f"{', '.join(map(repr, state_dict))}"
            )
        saved_groups = state_dict["param_groups"]
        saved_sizes = [len(group["params"]) for group in saved_groups]
        sizes = [len(group["params"]) for group in self.param_groups]
        if saved_sizes != sizes:
            raise ValueError(
                f"the state is of groups of {saved_sizes} parameters, and this optimiser has "
                f"groups of {sizes}"
            )
        for group in saved_groups:
            if missing := self.defaults.keys() - group.keys():
                raise ValueError(
                    f"the state is not one of {type(self).__name__}: it lacks the setting "
                    f"{', '.join(sorted(missing))}"
                )
            self._check(group)
        at = [position for group in saved_groups for position in group["params"]]
        states = {
            p: self._loaded(p, state_dict["state"][i])
            for i, p in zip(at, self._parameters(), strict=True)
            if i in state_dict["state"]
        }
        self.state = states
        for group, saved in zip(self.param_groups, saved_groups, strict=True):
            group.update(deepcopy(_settings(saved)))

    def _loaded(self, parameter: Value, state: dict[str, Any]) -> dict[str, Any]:
        """The state of one parameter, checked, as copies in the parameter's precision."""
        shape = parameter.shape if _plain(parameter._data) else _real(parameter._data).shape
        found = {}
        for name, saved in state.items():
            array = np.asarray(saved)
            expected = self._state_shape(name, shape)
            if array.ndim == 0 and name in _NUMBERS:
                found[name] = array.item()
            elif array.shape == expected or array.size == 1 == np.prod(expected):
                found[name] = np.array(array.reshape(expected), np.finfo(parameter.dtype).dtype)
            else:
                raise ValueError(
                    f"the state's {name!r} has shape {array.shape}, which does not fit parameter "
                    f"{parameter.name!r} of shape {parameter.shape}"
                )
        return found

    def _state_shape(self, name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of an array in the state of a parameter of that shape."""
        return shape

    def _parameters(self) -> Iterator[Value]:
        return (parameter for group in self.param_groups for parameter in group["params"])

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {name}: {group[name]}" for name in sorted(_settings(group))]
        return "\n".join([*lines, ")"])


def _plain(data: Any) -> bool:
    """Whether a rule can write into the data as they are: a real array."""
    return isinstance(data, np.ndarray) and data.ndim > 0 and data.dtype.kind == "f"


def _real(data: Any) -> np.ndarray:
    """A copy that a rule can write into: (1,) for one number, (2, ...) for complex ones."""
    parts = [np.real(data), np.imag(data)] if np.iscomplexobj(data) else [data]
    return np.array(parts)


def _settings(group: dict[str, Any]) -> dict[str, Any]:
    return {name: setting for name, setting in group.items() if name != "params"}
