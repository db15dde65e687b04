"""Parameters that are computed from others by modules of one's own; PyTorch's second way."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import no_grad
from autograd.value import raw

from ..layers.container import ModuleDict, ModuleList
from ..module import Module
from ..parameter import Parameter
from .computed import compute, rules, stop_computing, weight_of


class ParametrizationList(ModuleList):
    """What a parameter is computed from: ``original``, or ``original0``, ..., then each module.

    Parameters
    ----------
    modules : list of Module
        The first is called with the originals, each other with what the one before gave.
    original : Parameter
    """

    def __init__(self, modules: list[Module], original: Parameter) -> None:
        super().__init__(modules)
        start: Any = original
        with no_grad():
            for module in reversed(modules):
                inverse = getattr(module, "right_inverse", None)
                start = start if inverse is None else inverse(start)
        parts = start if isinstance(start, (tuple, list)) else [start]
        self._count = len(parts) if isinstance(start, (tuple, list)) else 0
        for name, part in zip(self._originals(), parts, strict=True):
            kept = part is original
            setattr(self, name, original if kept else _like(original, part))

    def _originals(self) -> list[str]:
        return [f"original{i}" for i in range(self._count)] if self._count else ["original"]

    def forward(self) -> Any:
        first, *others = self
        value = first(*(getattr(self, name) for name in self._originals()))
        for module in others:
            value = module(value)
        return value


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Let a parameter be ``parametrization(original)`` from now on.

    Parameters
    ----------
    module : Module
        It is changed, and returned. The originals are in ``module.parametrizations``.
    tensor_name : str
    parametrization : Module
        Its ``forward`` takes what is learnt and gives the parameter. Where it has a
        ``right_inverse``, learning starts from what that gives for the parameter, else from the
        parameter itself. A second one is put behind the first.
    unsafe : bool
        Allow results of another shape or dtype.

    Examples
    --------
    >>> import numpy as np, nn
    >>> class Symmetric(nn.Module):
    ...     def forward(self, x):
    ...         return np.triu(x) + np.triu(x, 1).T
    >>> layer = nn.Linear(3, 3)
    >>> _ = nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
    >>> bool((layer.weight.data == layer.weight.data.T).all())
    True
    >>> list(layer.state_dict())
    ['bias', 'parametrizations.weight.original']
    """
    kind = type(module).__name__
    if is_parametrized(module, tensor_name):
        held: Any = vars(module)["parametrizations"][tensor_name]
        before = _shown(held())
        after = _shown(parametrization(held()))
        if not unsafe and before != after:
            raise ValueError(_changed(kind, tensor_name, before, after))
        held.append(parametrization)
        return module
    weight = weight_of("register_parametrization", module, tensor_name)
    held = ParametrizationList([parametrization], weight)
    before, after = _shown(weight), _shown(held())
    if not unsafe and before != after:
        setattr(module, tensor_name, weight)
        raise ValueError(_changed(kind, tensor_name, before, after))
    if not is_parametrized(module):
        module.add_module("parametrizations", ModuleDict())
    vars(module)["parametrizations"][tensor_name] = held
    compute(module, tensor_name, lambda module: module.parametrizations[tensor_name]())
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a parameter of the module, or this one, is computed by parametrizations."""
    held = vars(module).get("parametrizations")
    if not isinstance(held, ModuleDict) or not rules(module):
        return False
    return tensor_name is None or tensor_name in held


def remove_parametrizations(
    module: Module, tensor_name: str, leave_parametrized: bool = True
) -> Module:
    """Make a parameter a plain one again.

    Parameters
    ----------
    module : Module
    tensor_name : str
    leave_parametrized : bool
        Keep the numbers that it has now; else it is the original again, of which there must be one.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"{type(module).__name__}.{tensor_name} is not parametrized")
    every = vars(module)["parametrizations"]
    held = every[tensor_name]
    if not leave_parametrized and held._count:
        raise ValueError(
            f"{tensor_name} is computed from {held._count} originals, and none of them can take "
            f"its place; leave_parametrized=True keeps the numbers that it has now"
        )
    numbers, plain = raw(getattr(module, tensor_name)), getattr(held, held._originals()[0])
    if held._count:
        plain = _like(plain, numbers)
    elif leave_parametrized:  # the same parameter, which optimisers may hold
        plain.data = numbers
    stop_computing(module, tensor_name)
    del every[tensor_name]
    if not len(every):
        delattr(module, "parametrizations")
    setattr(module, tensor_name, plain)
    return module


def _like(original: Parameter, numbers: Any) -> Parameter:
    numbers = raw(numbers)
    return Parameter(numbers, original.requires_grad, dtype=numbers.dtype)


def _shown(x: Any) -> str:
    return f"shape {np.shape(x)}, {x.dtype}"


def _changed(kind: str, name: str, before: str, after: str) -> str:
    return (
        f"a parametrization of {kind}.{name} gave {after} for {before}; unsafe=True allows others"
    )
