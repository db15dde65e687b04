"""Sequential, ModuleList, ModuleDict, ParameterList and ParameterDict: what holds others."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, Self

from autograd import Value

from ..module import Module
from ..parameter import Parameter


class _Held(Module):
    """Modules or parameters under names: the state-dict keys are PyTorch's."""

    _kind: type = Module
    _advice = "for a function use its layer, nn.ReLU() for relu"
    _nothing: frozenset[str] = frozenset()  # the names under which None is held

    def _put(self, name: str, thing: Any) -> None:
        if thing is None:
            self._nothing |= {name}
        elif not isinstance(thing, self._kind):
            raise TypeError(
                f"{type(self).__name__} holds {self._kind.__name__.lower()}s; item {name} is "
                f"{thing!r} ({self._advice})"
            )
        setattr(self, name, thing)

    def _all(self) -> dict[str, Any]:
        return {
            name: thing
            for name, thing in vars(self).items()
            if isinstance(thing, self._kind) or (thing is None and name in self._nothing)
        }

    def __len__(self) -> int:
        return len(self._all())


class _Parameters(_Held):
    """Arrays become parameters."""

    _kind = Parameter
    _advice = "nn.Parameter(array) makes one"

    def _put(self, name: str, thing: Any) -> None:
        new = thing is not None and not isinstance(thing, Value)
        super()._put(name, Parameter(thing) if new else thing)

    def extra_repr(self) -> str:
        return "\n".join(
            f"({name}): "
            + ("None" if each is None else f"Parameter of shape {each.shape}, {each.dtype}")
            for name, each in self._all().items()
        )


class _Listed(_Held):
    """By number."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all().values())

    def __getitem__(self, index: int | slice) -> Any:
        found = list(self._all().items())[index]
        return self._like(dict(found)) if isinstance(found, list) else found[1]

    def __setitem__(self, index: int, thing: Any) -> None:
        self._put(list(self._all())[index], thing)

    def __delitem__(self, index: int | slice) -> None:
        kept = list(self)
        del kept[index]
        self._refill(kept)

    def __iadd__(self, things: Iterable[Any]) -> Self:
        return self.extend(things)

    def _like(self, found: dict[str, Any]) -> Any:
        return type(self)(found.values())  # type: ignore[call-arg]

    def append(self, module: Any) -> Self:
        """Add one at the end and return this container."""
        held = self._all()
        self._put(next(name for name in map(str, count(len(held))) if name not in held), module)
        return self

    def extend(self, modules: Iterable[Any]) -> Self:
        """Add several at the end and return this container."""
        if not isinstance(modules, Iterable) or isinstance(modules, Value):
            raise TypeError(f"{type(self).__name__} is extended by several, not {modules!r}")
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Any) -> Self:
        """Add one before position ``index`` and return this container."""
        kept = list(self)
        kept.insert(index, module)
        self._refill(kept)
        return self

    def pop(self, index: int | slice = -1) -> Any:
        """Take one out, or those of a slice, and return it."""
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
        A mapping gives them names of their own, which slices keep.

    Examples
    --------
    >>> import nn
    >>> nn.Sequential(nn.Linear(4, 2), nn.ReLU())
    Sequential(
      (0): Linear(in_features=4, out_features=2, bias=True)
      (1): ReLU()
    )

    ``a + b`` and ``a * 2`` are new ones of the same modules, ``a += b`` adds them to this one.
    """

    def __init__(self, *modules: Any) -> None:
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                self._register(name, module, (Module,))
                self._put(name, module)
        else:
            self.extend(modules)

    def _put(self, name: str, thing: Any) -> None:
        if thing is None:
            raise TypeError(f"Sequential calls modules; item {name} is None (nn.Identity() is one)")
        super()._put(name, thing)

    def _like(self, found: dict[str, Any]) -> Any:
        return Sequential(found)

    def __add__(self, other: Sequential) -> Sequential:
        return Sequential(*self).__iadd__(other)

    def __iadd__(self, other: Iterable[Any]) -> Self:
        if not isinstance(other, Sequential):
            raise ValueError(
                f"a Sequential is added to a Sequential, not {type(other).__name__}; "
                f"model.append(module) adds one module"
            )
        return self.extend(other)

    def __mul__(self, times: int) -> Sequential:
        return Sequential(*self).__imul__(times)

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Self:
        if not isinstance(times, int):
            raise TypeError(f"a Sequential is repeated a whole number of times, not {times!r}")
        if times < 1:
            raise ValueError(f"a Sequential is repeated once or more often, not {times} times")
        return self.extend(list(self) * (times - 1))

    def forward(self, input: Any) -> Any:
        for module in self:
            input = module(input)
        return input


class ModuleList(_Listed):
    """A list of modules whose parameters are found; None keeps a place empty."""

    def __init__(self, modules: Iterable[Module | None] | None = None) -> None:
        self.extend(() if modules is None else modules)

    def __add__(self, other: Iterable[Module | None]) -> ModuleList:
        return ModuleList([*self, *other])

    def _children(self) -> Iterator[tuple[str, str]]:
        """Equal neighbours on one line, as PyTorch shows them."""
        runs: list[tuple[str, list[str]]] = []
        for name, module in self._all().items():
            if runs and runs[-1][0] == repr(module):
                runs[-1][1].append(name)
            else:
                runs.append((repr(module), [name]))
        for text, names in runs:
            if len(names) > 1:
                yield f"{names[0]}-{names[-1]}", f"{len(names)} x {text}"
            else:
                yield names[0], text


class ParameterList(_Listed, _Parameters):
    """A list of parameters; arrays become parameters."""

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        self.extend(() if values is None else values)


class _Named(_Held):
    """By name."""

    def update(self, things: Named) -> None:
        """Add or replace several."""
        for name, thing in dict(things).items():
            self[name] = thing

    def __getitem__(self, name: str) -> Any:
        return self._all()[name]

    def __setitem__(self, name: str, thing: Any) -> None:
        self._register(name, thing, (self._kind,))
        self._put(name, thing)

    def __delitem__(self, name: str) -> None:
        del self._all()[name]  # a KeyError where there is none
        delattr(self, name)

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._all())

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._all().keys()

    def values(self) -> Iterable[Any]:
        """What is held."""
        return self._all().values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and what is held."""
        return self._all().items()

    def pop(self, key: str) -> Any:
        """Take one out and return it."""
        found = self[key]
        del self[key]
        return found

    def clear(self) -> None:
        """Take all out."""
        for name in self._all():
            del self[name]


Named = Mapping[str, Any] | Iterable[tuple[str, Any]] | _Named


class ModuleDict(_Named):
    """Modules by name, whose parameters are found.

    Examples
    --------
    >>> import nn
    >>> heads = nn.ModuleDict({"digit": nn.Linear(8, 10), "parity": nn.Linear(8, 2)})
    >>> list(heads), heads["parity"].out_features
    (['digit', 'parity'], 2)
    """

    def __init__(self, modules: Named | None = None) -> None:
        self.update(() if modules is None else modules)


class ParameterDict(_Named, _Parameters):
    """Parameters by name; arrays become parameters.

    A plain dict is taken over in the order of its names, as in PyTorch; pairs, an OrderedDict or
    another ParameterDict in their own.
    """

    def __init__(self, parameters: Named | None = None) -> None:
        self.update(() if parameters is None else parameters)

    def update(self, parameters: Named) -> None:
        """Add or replace several."""
        sort = isinstance(parameters, Mapping) and not isinstance(parameters, OrderedDict)
        things = dict(parameters)
        for name in sorted(things) if sort else things:
            self[name] = things[name]

    def get(self, key: str, default: Any = None) -> Any:
        """The parameter of a name, or the default."""
        return self._all().get(key, default)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The parameter of a name; the default is put there if there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def popitem(self) -> tuple[str, Any]:
        """Take the last one out and return its name and it."""
        name = next(reversed(self))
        return name, self.pop(name)

    def copy(self) -> ParameterDict:
        """Another one, of the same parameters."""
        return ParameterDict(self.items())

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A new one with the same start under each name."""
        return ParameterDict((key, default) for key in keys)

    def __or__(self, other: ParameterDict) -> ParameterDict:
        copy = self.copy()
        copy.update(other)
        return copy

    def __ror__(self, other: ParameterDict) -> ParameterDict:
        copy = ParameterDict(other)
        copy.update(self)
        return copy

    def __ior__(self, other: ParameterDict) -> Self:
        self.update(other)
        return self
