"""Sequential, ModuleList, ModuleDict, ParameterList and ParameterDict: what holds others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from autograd import Value

from ..module import Module
from ..parameter import Parameter


class _Held(Module):
    """Modules or parameters under names: the state-dict keys are PyTorch's."""

    _kind: type = Module
    _advice = "for a function use its layer, nn.ReLU() for relu"

    def _put(self, name: str, thing: Any) -> None:
        if not isinstance(thing, self._kind):
            raise TypeError(
                f"{type(self).__name__} holds {self._kind.__name__.lower()}s; item {name} is "
                f"{thing!r} ({self._advice})"
            )
        setattr(self, name, thing)

    def _all(self) -> dict[str, Any]:
        return {n: thing for n, thing in vars(self).items() if isinstance(thing, self._kind)}

    def __len__(self) -> int:
        return len(self._all())


class _Listed(_Held):
    """By number."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all().values())

    def __getitem__(self, index: int | slice) -> Any:
        found = list(self)[index]
        return self._like(found) if isinstance(found, list) else found

    def __setitem__(self, index: int, thing: Any) -> None:
        self._put(list(self._all())[index], thing)

    def __delitem__(self, index: int | slice) -> None:
        kept = list(self)
        del kept[index]
        self._refill(kept)

    def _like(self, found: list[Any]) -> Any:
        return type(self)(found)  # type: ignore[call-arg]

    def append(self, module: Any) -> Self:
        """Add one at the end and return this container."""
        self._put(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Any]) -> Self:
        """Add several at the end and return this container."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Any) -> Self:
        """Add one before position ``index`` and return this container."""
        kept = list(self)
        kept.insert(index, module)
        self._refill(kept)
        return self

    def pop(self, index: int = -1) -> Any:
        """Take one out and return it."""
        found = self[index]
        del self[index]
        return found

    def _refill(self, things: list[Any]) -> None:
        for name in self._all():
            delattr(self, name)
        for i, thing in enumerate(things):
            self._put(str(i), thing)


class Sequential(_Listed):
    """Call modules one after the other.

    Parameters
    ----------
    *modules : Module, or one mapping of str to Module
        A mapping gives them names of their own.

    Examples
    --------
    >>> import nn
    >>> nn.Sequential(nn.Linear(4, 2), nn.ReLU())
    Sequential(
      (0): Linear(in_features=4, out_features=2, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *modules: Any) -> None:
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                self._put(name, module)
        else:
            self.extend(modules)

    def _like(self, found: list[Any]) -> Any:
        return Sequential(*found)

    def forward(self, input: Any) -> Any:
        for module in self:
            input = module(input)
        return input


class ModuleList(_Listed):
    """A list of modules whose parameters are found."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.extend(modules)


class ParameterList(_Listed):
    """A list of parameters; arrays become parameters."""

    _kind = Parameter
    _advice = "nn.Parameter(array) makes one"

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self.extend(values)

    def _put(self, name: str, thing: Any) -> None:
        super()._put(name, thing if isinstance(thing, Value) else Parameter(thing))


class _Named(_Held):
    """By name."""

    def __init__(self, things: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        self.update(things)

    def update(self, things: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        """Add or replace several."""
        for name, thing in dict(things).items():
            self[name] = thing

    def __getitem__(self, name: str) -> Any:
        return self._all()[name]

    def __setitem__(self, name: str, thing: Any) -> None:
        if "." in name or not name:
            raise KeyError(f"{type(self).__name__}: {name!r} would not be found by its dotted name")
        if hasattr(type(self), name):
            raise KeyError(f"{type(self).__name__}: {name!r} is the name of a method; take another")
        self._put(name, thing)

    def __delitem__(self, name: str) -> None:
        del self._all()[name]  # a KeyError where there is none
        delattr(self, name)

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._all().keys()

    def values(self) -> Iterable[Any]:
        """What is held."""
        return self._all().values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and what is held."""
        return self._all().items()


class ModuleDict(_Named):
    """Modules by name, whose parameters are found.

    Examples
    --------
    >>> import nn
    >>> heads = nn.ModuleDict({"digit": nn.Linear(8, 10), "parity": nn.Linear(8, 2)})
    >>> list(heads), heads["parity"].out_features
    (['digit', 'parity'], 2)
    """


class ParameterDict(_Named):
    """Parameters by name; arrays become parameters."""

    _kind = Parameter
    _advice = "nn.Parameter(array) makes one"

    def _put(self, name: str, thing: Any) -> None:
        super()._put(name, thing if isinstance(thing, Value) else Parameter(thing))
