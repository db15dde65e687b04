"""Module: a plain object that holds parameters and other modules, and can be called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd import Value
from autograd.lines import here, line_at
from autograd.messages import Failed
from autograd.switches import MODE, Mode, ModuleCall
from autograd.value import written


class Parameter(Value):
    """A Value that training changes: a leaf, float32 unless asked otherwise.

    Parameters
    ----------
    data : array or nested list of numbers
    requires_grad : bool
    dtype : NumPy dtype
    name : str, optional
        The first call of a model gives its parameters their dotted names.
    """

    __slots__ = ("handed_out",)

    def __init__(
        self, data: Any, requires_grad: bool = True, *, dtype: Any = np.float32, name: str = ""
    ) -> None:
        super().__init__(np.array(data, dtype), name=name, requires_grad=requires_grad)
        self.handed_out = False  # the copy is nobody else's

    @property
    def data(self) -> Any:
        """The array itself; whoever asks for it may change it."""
        self.handed_out = True
        return self._data

    @data.setter
    def data(self, new: Any) -> None:
        Value.data.fset(self, new)  # type: ignore[attr-defined]
        self.handed_out = True


class Module:
    """The base of all layers and models: write ``__init__`` and ``forward``.

    Parameters and modules are found wherever they are attributes, in lists, tuples and dicts too,
    in the order in which they were set. Their dotted names (``layers.0.weight``) are those of
    state dicts, optimisers and pictures.

    Examples
    --------
    >>> import nn
    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         self.layers = [nn.Linear(2, 3), nn.Linear(3, 1)]
    ...     def forward(self, x):
    ...         return self.layers[1](self.layers[0](x).relu())
    >>> [name for name, _ in Net().named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']
    """

    training: bool = True

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; subclasses write this."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(self, x) yet; write one")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward``; the values made during it remember which module made them."""
        mode = MODE.get()
        call = ModuleCall(self, mode.module)
        if mode.module is None and "_named" not in self.__dict__:
            self._named = True  # once: the first call of a model gives its parameters their names
            for name, parameter in self.named_parameters():
                parameter._name = parameter.name or name
        token = MODE.set(Mode(mode.recording, mode.anomaly, call))
        try:
            return self.forward(*args, **kwargs)
        except (ValueError, TypeError, IndexError) as error:
            if not hasattr(error, "failed"):  # refused before any operation ran
                name = type(self).__name__
                failed = Failed(name, args, kwargs, line_at(here()), None, call)
                vars(error)["failed"] = failed
            raise
        finally:
            MODE.reset(token)

    # ---- the walk -------------------------------------------------------------------------------

    def named_members(self) -> Iterator[tuple[str, Module | Parameter]]:
        """This module (named "") and every module and parameter in it, each once, in order."""
        seen: set[int] = set()
        stack: list[tuple[str, Any]] = [("", self)]
        while stack:
            path, thing = stack.pop()
            if isinstance(thing, (Module, Parameter)):
                if id(thing) in seen:
                    continue
                seen.add(id(thing))
                yield path, thing
            if isinstance(thing, Parameter):
                continue
            parts = [part for part in _parts(thing) if isinstance(part[1], _HELD)]
            # A module's own parameters come before those of the modules in it, as in PyTorch.
            parts.sort(key=lambda part: not isinstance(part[1], Parameter))
            stack.extend((f"{path}.{name}" if path else name, p) for name, p in reversed(parts))

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """This module (named "") and all below it, with their dotted names."""
        return ((path, m) for path, m in self.named_members() if isinstance(m, Module))

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names; a shared one once."""
        return ((path, p) for path, p in self.named_members() if isinstance(p, Parameter))

    def modules(self) -> Iterator[Module]:
        """This module and all below it."""
        return (module for _, module in self.named_modules())

    def parameters(self) -> Iterator[Parameter]:
        """All parameters, in order; what an optimiser takes."""
        return (parameter for _, parameter in self.named_parameters())

    def apply(self, function: Callable[[Module], Any]) -> Module:
        """Call ``function`` on every module, this one last, and return this one."""
        for module in reversed(list(self.modules())):
            function(module)
        return self

    # ---- modes ----------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Module:
        """Set training mode (dropout drops) for this module and all below it."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Set evaluation mode for this module and all below it."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.grad = None

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Let all parameters take gradients, or freeze them."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    # ---- state ----------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy of every parameter's data, by dotted name; the keys are PyTorch's."""
        return {name: parameter._data.copy() for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: dict[str, Any], strict: bool = True) -> None:
        """Take over parameters by name; all or nothing.

        Parameters
        ----------
        state : dict of arrays by dotted name
        strict : bool
            Whether missing and unexpected names are an error.

        Raises
        ------
        ValueError
            Naming the keys that are missing or unexpected, or the shapes that differ.
        """
        parameters = dict(self.named_parameters())
        missing = [name for name in parameters if name not in state]
        unexpected = [name for name in state if name not in parameters]
        if strict and (missing or unexpected):
            raise ValueError(
                f"the state does not fit this {type(self).__name__}: missing {missing}, "
                f"unexpected {unexpected}; load_state_dict(state, strict=False) takes what fits"
            )
        arrays = {name: np.asarray(state[name]) for name in parameters if name in state}
        for name, array in arrays.items():
            if array.shape != parameters[name].shape:
                raise ValueError(
                    f"{name} has shape {parameters[name].shape} here and {array.shape} in the state"
                )
            try:
                arrays[name] = array.astype(parameters[name].dtype)
            except (TypeError, ValueError) as error:
                raise ValueError(f"{name} in the state is no array of numbers: {error}") from None
        for name, array in arrays.items():
            parameters[name]._data[...] = array
            written(parameters[name])

    # ---- text -----------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """The settings that ``repr`` shows."""
        return ""

    def __repr__(self) -> str:
        lines = []
        for name, child in _parts(self):
            children = [(name, child)]
            if isinstance(child, (list, tuple, dict)):
                children = [(f"{name}.{key}", c) for key, c in _parts(child)]
            for key, module in children:
                if isinstance(module, Module):
                    lines.append(f"  ({key}): " + repr(module).replace("\n", "\n  "))
        if not lines:
            return f"{type(self).__name__}({self.extra_repr()})"
        return f"{type(self).__name__}(\n" + "\n".join(lines) + "\n)"


_HELD = (Module, Parameter, list, tuple, dict)


def _parts(thing: Any) -> Iterator[tuple[str, Any]]:
    """What a module or container holds, by name."""
    if isinstance(thing, dict):
        return ((str(name), part) for name, part in thing.items())
    if isinstance(thing, (list, tuple)):
        return ((str(i), part) for i, part in enumerate(thing))
    return iter(vars(thing).items())


def floating(layer: str, x: Any) -> None:
    """Refuse integers: pixels of 0 to 255 train badly, and they become float64 in silence."""
    dtype = getattr(x, "dtype", None)
    if dtype is not None and dtype.kind in "bui":
        raise TypeError(
            f"{layer} got an array of {dtype}; layers take floating-point numbers: for pixels "
            f"x.astype(np.float32) / 255"
        )
