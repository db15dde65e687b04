"""Module: a plain object that holds parameters and other modules, and can be called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Self

import numpy as np

from autograd.lines import here, line_at
from autograd.messages import Failed
from autograd.switches import MODE, Mode, ModuleCall
from autograd.value import raw, written

from .hooks import Handle, Hooks
from .parameter import Buffer, Parameter


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
    _hooks: Hooks

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
            if "_hooks" in self.__dict__:
                return self._hooks.run(self, args, kwargs)
            return self.forward(*args, **kwargs)
        except (ValueError, TypeError, IndexError) as error:
            if not hasattr(error, "failed"):  # refused before any operation ran
                name = type(self).__name__
                failed = Failed(name, args, kwargs, line_at(here()), None, call)
                vars(error)["failed"] = failed
            raise
        finally:
            MODE.reset(token)

    def __setattr__(self, name: str, value: Any) -> None:
        held = self.__dict__.get(name)
        if value is None or not isinstance(held, _KEPT) or isinstance(value, _KEPT):
            super().__setattr__(name, value)
        elif isinstance(held, Buffer):  # its numbers change, and it stays part of the state
            super().__setattr__(name, Buffer(raw(value), persistent=held.persistent))
        else:
            what = "parameter" if isinstance(held, Parameter) else "module"
            way = (
                f"write its numbers, {name}.data = array, or give another one, nn.Parameter(array)"
                if what == "parameter"
                else "give another module, or None"
            )
            raise TypeError(
                f"{type(self).__name__}.{name} is a {what}, and a {type(value).__name__} in its "
                f"place would not be found by optimisers and states; {way}"
            )

    # ---- the walk -------------------------------------------------------------------------------

    def named_members(self) -> Iterator[tuple[str, Module | Parameter | Buffer]]:
        """This module (named "") and every module, parameter and buffer in it, each once."""
        seen: set[int] = set()
        for path, thing in self._walk(lambda thing, around: id(thing) in seen):
            seen.add(id(thing))
            yield path, thing

    def _walk(
        self, skip: Callable[[Any, frozenset[int]], bool]
    ) -> Iterator[tuple[str, Module | Parameter | Buffer]]:
        """All that is held, in the order of state dicts: parameters, buffers, then modules."""
        stack: list[tuple[str, Any, frozenset[int]]] = [("", self, frozenset())]
        while stack:
            path, thing, around = stack.pop()
            if isinstance(thing, _KEPT):
                if skip(thing, around):
                    continue
                yield path, thing
            if isinstance(thing, (Parameter, Buffer)):
                continue
            parts = [part for part in _parts(thing) if isinstance(part[1], _HELD)]
            parts.sort(key=lambda part: _rank(part[1]))
            inside = around | {id(thing)}
            stack.extend(
                (f"{path}.{name}" if path else name, part, inside) for name, part in reversed(parts)
            )

    def named_modules(
        self, *, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module (named "") and all below it, with their dotted names."""
        return self._of_kind(Module, prefix, True, remove_duplicate)

    def _of_kind(
        self, kind: type, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        before = f"{prefix}." if prefix else ""
        own = {id(part) for part in vars(self).values()}
        for path, thing in self.named_members() if remove_duplicate else self._everything():
            if isinstance(thing, kind) and (recurse or id(thing) in own):
                yield (before + path) if path else prefix, thing

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that this one holds directly, with their names; also those in its lists."""
        found: dict[int, tuple[str, Module]] = {}
        stack: list[tuple[str, Any]] = [("", self)]
        while stack:
            path, thing = stack.pop()
            if isinstance(thing, Module) and thing is not self:
                found.setdefault(id(thing), (path, thing))
            elif thing is self or isinstance(thing, (list, tuple, dict)):
                stack += [
                    (f"{path}.{name}" if path else name, part)
                    for name, part in reversed(list(_parts(thing)))
                ]
        return iter(found.values())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names; a shared one once.

        Parameters
        ----------
        prefix : str
            Put before the names.
        recurse : bool
            Those of the modules in it too.
        remove_duplicate : bool
            A shared one once, under its first name.
        """
        return self._of_kind(Parameter, prefix, recurse, remove_duplicate)

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Buffer]]:
        """All buffers with their dotted names; see `named_parameters`."""
        return self._of_kind(Buffer, prefix, recurse, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """This module and all below it."""
        return (module for _, module in self.named_modules())

    def children(self) -> Iterator[Module]:
        """The modules that this one holds directly."""
        return (module for _, module in self.named_children())

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, in order; what an optimiser takes."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def buffers(self, recurse: bool = True) -> Iterator[Buffer]:
        """All buffers, in order."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module of a dotted name, "" for this one."""
        return self._named_thing(target, Module, "module")

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a dotted name."""
        return self._named_thing(target, Parameter, "parameter")

    def get_buffer(self, target: str) -> Buffer:
        """The buffer of a dotted name."""
        return self._named_thing(target, Buffer, "buffer")

    def _named_thing(self, target: str, kind: type, what: str) -> Any:
        found = {name: thing for name, thing in self._everything() if isinstance(thing, kind)}
        if target not in found:
            names = ", ".join(repr(name) for name in found) or "none"
            raise AttributeError(
                f"{type(self).__name__} has no {what} called {target!r}; there are {names}"
            )
        return found[target]

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Keep an array under a name, with the state and without training it; None keeps none."""
        setattr(self, name, None if tensor is None else Buffer(tensor, persistent=persistent))

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """The same as setting the attribute."""
        setattr(self, name, param)

    def add_module(self, name: str, module: Module | None) -> None:
        """The same as setting the attribute, for names that are made."""
        setattr(self, name, module)

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call ``fn`` on every module, this one last, and return this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # ---- modes ----------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Set training mode (dropout drops) for this module and all below it."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set evaluation mode for this module and all below it."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zeros."""
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad = np.zeros_like(parameter._data)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Let all parameters take gradients, or freeze them."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    # ---- state ----------------------------------------------------------------------------------

    def state_dict(self, *, prefix: str = "") -> dict[str, np.ndarray]:
        """A copy of every parameter and buffer, by dotted name; the keys are PyTorch's.

        What is shared stands under each of its names.
        """
        return {prefix + name: thing._data.copy() for name, thing in self._state()}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> Keys:
        """Take over parameters and buffers by name; all or nothing.

        Parameters
        ----------
        state_dict : mapping of str to array
        strict : bool
            Whether missing and unexpected names are an error.

        Returns
        -------
        Keys
            ``missing_keys`` and ``unexpected_keys``.

        Raises
        ------
        ValueError
            Naming the keys that are missing or unexpected, or the shapes that differ.
        """
        own = dict(self._state())
        keys = Keys(
            [name for name in own if name not in state_dict],
            [name for name in state_dict if name not in own],
        )
        if strict and any(keys):
            raise ValueError(
                f"the state does not fit this {type(self).__name__}: missing {keys.missing_keys}, "
                f"unexpected {keys.unexpected_keys}; load_state_dict(state, strict=False) takes "
                f"what fits"
            )
        arrays = {name: np.asarray(state_dict[name]) for name in own if name in state_dict}
        for name, array in arrays.items():
            if array.shape != own[name].shape:
                raise ValueError(
                    f"{name} has shape {own[name].shape} here and {array.shape} in the state"
                )
            try:
                arrays[name] = array.astype(own[name].dtype)
            except (TypeError, ValueError) as error:
                raise ValueError(f"{name} in the state is no array of numbers: {error}") from None
        for name, array in arrays.items():
            own[name]._data[...] = array
            written(own[name])
        return keys

    def to(self, dtype: Any) -> Self:
        """Turn all floating parameters and buffers into another dtype, and return this module."""
        for thing in (*self.parameters(), *self.buffers()):
            if thing._data.dtype.kind == "f":
                thing._data = thing._data.astype(dtype)
                thing.grad = None if thing.grad is None else np.asarray(thing.grad, dtype)
                written(thing)
        return self

    def float(self) -> Self:
        """All floating parameters and buffers as float32."""
        return self.to(np.float32)

    def double(self) -> Self:
        """All floating parameters and buffers as float64."""
        return self.to(np.float64)

    def _everything(self) -> Iterator[tuple[str, Any]]:
        """Every member under each of its names."""
        return self._walk(lambda thing, around: id(thing) in around)

    def _state(self) -> Iterator[tuple[str, Parameter | Buffer]]:
        for name, thing in self._everything():
            if isinstance(thing, Parameter) or (isinstance(thing, Buffer) and thing.persistent):
                yield name, thing

    # ---- hooks ----------------------------------------------------------------------------------

    def register_forward_pre_hook(self, hook: Callable[[Module, tuple], Any]) -> Handle:
        """Call ``hook(module, args)`` before ``forward``; what it returns is taken instead."""
        return Handle(self._all_hooks().before, hook)

    def register_forward_hook(self, hook: Callable[[Module, tuple, Any], Any]) -> Handle:
        """Call ``hook(module, args, output)`` after ``forward``; a result takes the output's place.

        Examples
        --------
        >>> import numpy as np, nn
        >>> layer = nn.Linear(3, 2)
        >>> with layer.register_forward_hook(lambda module, args, out: print(out.shape)):
        ...     _ = layer(np.ones((4, 3), np.float32))
        (4, 2)
        """
        return Handle(self._all_hooks().after, hook)

    def register_full_backward_hook(self, hook: Callable[[Module, tuple, tuple], Any]) -> Handle:
        """Call ``hook(module, grad_input, grad_output)`` when a backward pass has gone through.

        A tuple that it returns takes the place of ``grad_input``, where that is of one input.
        """
        return Handle(self._all_hooks().backward, hook)

    def _all_hooks(self) -> Hooks:
        return self.__dict__.setdefault("_hooks", Hooks())

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


class Keys(NamedTuple):
    """Which names did not fit when a state was loaded."""

    missing_keys: list[str]
    unexpected_keys: list[str]


_KEPT = (Module, Parameter, Buffer)
_HELD = (*_KEPT, list, tuple, dict)


def _rank(thing: Any) -> int:
    return 0 if isinstance(thing, Parameter) else 1 if isinstance(thing, Buffer) else 2


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
