"""Module: a plain object that holds parameters and other modules, and can be called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import NoneType
from typing import Any, Self

import numpy as np

from autograd import Value, untraced
from autograd.lines import here, line_at
from autograd.messages import Failed
from autograd.switches import MODE, Mode, ModuleCall
from autograd.value import raw, written

from .hooks import Hooked
from .parameter import Buffer, Parameter
from .state import Keys, load, state_of
from .tree import Tree, parts_of


class Module(Tree, Hooked):
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
        if mode.recorder is not None:
            mode.recorder.depends(self._ways)
        token = MODE.set(
            Mode(mode.recording, mode.anomaly, call, mode.active, mode.watchers, mode.recorder)
        )
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

    # ---- what is held ---------------------------------------------------------------------------

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Keep an array under a name, with the state and without training it; None keeps none."""
        self._register(name, tensor, (Buffer,))
        setattr(self, name, None if tensor is None else Buffer(raw(tensor), persistent=persistent))

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Set the attribute; None keeps none."""
        self._register(name, param, (Parameter,), Parameter)
        setattr(self, name, param)

    def add_module(self, name: str, module: Module | None) -> None:
        """Set the attribute, for names that are made; None keeps none."""
        self._register(name, module, (Module,), Module)
        setattr(self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as `add_module`."""
        self.add_module(name, module)

    def _register(self, name: str, thing: Any, over: tuple, kind: Any = object) -> None:
        """Refuse a name that would not be found, or is taken by something of another kind."""
        if not isinstance(name, str) or not name or "." in name:
            raise KeyError(f"{type(self).__name__}: {name!r} would not be found by its dotted name")
        if hasattr(self, name) and not isinstance(getattr(self, name), (NoneType, *over)):
            raise KeyError(f"{type(self).__name__}: the attribute {name!r} is there already")
        if not isinstance(thing, (NoneType, kind)):
            raise TypeError(
                f"{type(self).__name__}: {name} would be {thing!r}, and a {kind.__name__.lower()} "
                f"or None is registered so"
            )

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call ``fn`` on every module, this one last, and return this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # ---- modes ----------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Set training mode (dropout drops) for this module and all below it."""
        if not isinstance(mode, (bool, np.bool_)):
            raise ValueError(f"train takes True or False, not {mode!r}; nn.fit trains a model")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set evaluation mode for this module and all below it."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zeros."""
        untraced(lambda: self._forget(set_to_none))  # anew in each replay of a recorded function

    def _forget(self, set_to_none: bool) -> None:
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

    def state_dict(
        self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """A copy of every parameter and buffer, by dotted name; the keys are PyTorch's.

        What is shared stands under each of its names.

        Parameters
        ----------
        destination : dict, optional
            Where to put them; a new one by default.
        prefix : str
            Put before the names.
        keep_vars : bool
            The parameters and buffers themselves, not copies of their arrays.
        """
        found = state_of(self, prefix, keep_vars)
        if destination is None:
            return found
        destination.update(found)
        return destination

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Keys:
        """Take over parameters and buffers by name; all or nothing.

        Parameters
        ----------
        state_dict : mapping of str to array
        strict : bool
            Whether missing and unexpected names are an error.
        assign : bool
            Take over the dtypes of the arrays too.

        Returns
        -------
        Keys
            ``missing_keys`` and ``unexpected_keys``.

        Raises
        ------
        ValueError
            Naming the keys that are missing or unexpected, or the shapes that differ.
        """
        return load(self, state_dict, strict, assign)

    def _before_load(self, state: dict[str, Any], prefix: str) -> None:
        """Change a state that is to be loaded, where older files lack something."""

    # ---- dtype ----------------------------------------------------------------------------------

    def to(
        self, *args: Any, device: Any = None, dtype: Any = None, non_blocking: bool = False
    ) -> Self:
        """Turn all floating parameters and buffers into another dtype, and return this module.

        ``to(np.float64)``, or the dtype of another array, ``to(x)``. The only device is ``"cpu"``,
        which changes nothing.
        """
        for given in (*args, device, dtype):
            if given is None or isinstance(given, bool) or str(given) == "cpu":
                continue
            try:
                like = isinstance(given, (Value, np.ndarray))
                wanted = np.dtype(given.dtype if like else given)
            except TypeError:
                raise TypeError(
                    f"to takes a dtype of NumPy or an array of it, and 'cpu', the only device "
                    f"here; not {given!r}"
                ) from None
            if wanted.kind != "f":
                raise TypeError(f"to takes a floating dtype, such as np.float64, not {wanted}")
            self._cast(wanted, "f")
        return self

    def _cast(self, dtype: Any, kinds: str) -> Self:
        for thing in (*self.parameters(), *self.buffers()):
            if thing._data.dtype.kind in kinds:
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

    def half(self) -> Self:
        """All floating parameters and buffers as float16."""
        return self.to(np.float16)

    def type(self, dst_type: Any) -> Self:
        """All parameters and buffers, those of integers too, as one dtype."""
        return self._cast(np.dtype(dst_type), "fiub")

    def cpu(self) -> Self:
        """This module itself: there is no other device."""
        return self

    # ---- text -----------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """The settings that ``repr`` shows."""
        return ""

    def __repr__(self) -> str:
        lines = [line for line in self.extra_repr().split("\n") if line]
        children = [f"({name}): {text}".replace("\n", "\n  ") for name, text in self._children()]
        if len(lines) == 1 and not children:
            return f"{type(self).__name__}({lines[0]})"
        inside = "".join(f"\n  {line}" for line in lines + children)
        return f"{type(self).__name__}({inside}" + ("\n)" if inside else ")")

    def _children(self) -> Iterator[tuple[str, str]]:
        """Names and texts of the modules held, also in lists, tuples and dicts."""
        for name, child in parts_of(self):
            several = isinstance(child, (list, tuple, dict))
            for key, module in parts_of(child) if several else [("", child)]:
                if isinstance(module, Module):
                    yield f"{name}.{key}" if key else name, repr(module)


_KEPT = (Module, Parameter, Buffer)


def floating(layer: str, x: Any, lists: bool = False) -> None:
    """Refuse integers: pixels of 0 to 255 train badly, and they become float64 in silence."""
    dtype = getattr(x, "dtype", None)
    nested = isinstance(x, (list, tuple)) and not lists
    if nested or not (dtype is None or isinstance(dtype, np.dtype)):
        raise TypeError(
            f"{layer} got a {type(x).__name__}; layers take arrays or Values: "
            f"np.asarray(x, np.float32)"
        )
    if dtype is not None and dtype.kind in "bui":
        raise TypeError(
            f"{layer} got an array of {dtype}; layers take floating-point numbers: for pixels "
            f"x.astype(np.float32) / 255"
        )
