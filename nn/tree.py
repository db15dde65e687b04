"""The tree of a module: what it holds, and what that holds, with dotted names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import NoneType
from typing import TYPE_CHECKING, Any

from .parameter import Buffer, Parameter

if TYPE_CHECKING:
    from .module import Module


class Tree:
    """What walks over attributes, and over the lists, tuples and dicts among them."""

    def named_members(self) -> Iterator[tuple[str, Module | Parameter | Buffer]]:
        """This module (named "") and every module, parameter and buffer in it, each once."""
        seen: set[int] = set()
        for path, thing in self._walk(lambda thing, around: id(thing) in seen):
            seen.add(id(thing))
            yield path, thing

    def _walk(self, skip: Callable[[Any, frozenset[int]], bool]) -> Iterator[tuple[str, Any]]:
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
            parts = [part for part in parts_of(thing) if isinstance(part[1], _HELD)]
            parts.sort(key=lambda part: _rank(part[1]))
            inside = around | {id(thing)}
            stack.extend(
                (f"{path}.{name}" if path else name, part, inside) for name, part in reversed(parts)
            )

    def named_modules(
        self, *, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module (named "") and all below it, with their dotted names."""
        return self._of_kind(Tree, prefix, True, remove_duplicate)

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
        found: dict[int, tuple[str, Any]] = {}
        stack: list[tuple[str, Any]] = [("", self)]
        while stack:
            path, thing = stack.pop()
            if isinstance(thing, Tree) and thing is not self:
                found.setdefault(id(thing), (path, thing))
            elif thing is self or isinstance(thing, (list, tuple, dict)):
                stack += [
                    (f"{path}.{name}" if path else name, part)
                    for name, part in reversed(list(parts_of(thing)))
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
        return self._named_thing(target, Tree, "module")

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a dotted name."""
        return self._named_thing(target, Parameter, "parameter")

    def get_buffer(self, target: str) -> Buffer:
        """The buffer of a dotted name."""
        return self._named_thing(target, Buffer, "buffer")

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module under a dotted name, in the place of the one that is there.

        Parameters
        ----------
        target : str
        module : Module
        strict : bool
            There must be one.

        Raises
        ------
        AttributeError
            Where the name leads to nothing, or to something that is no module.
        """
        if not target or not isinstance(module, Tree):
            raise ValueError(f"set_submodule puts a module under a name, not {module!r} {target!r}")
        above, _, name = target.rpartition(".")
        place: Any = self
        for part in above.split(".") if above else ():
            place = dict(parts_of(place)).get(part) if isinstance(place, _OPEN) else None
        held = dict(parts_of(place)) if isinstance(place, _OPEN) else None
        wrong = None
        if held is None or isinstance(place, tuple):
            wrong = f"{above!r} is no module, list or dict"
        elif name not in held and (strict or isinstance(place, list)):
            wrong = f"there is no {target!r}"
        elif not isinstance(held.get(name), (Tree, NoneType)) or hasattr(type(place), name):
            wrong = f"{target!r} is no module"
        if wrong is not None:
            raise AttributeError(f"{type(self).__name__}.set_submodule({target!r}): {wrong}")
        if isinstance(place, Tree):
            setattr(place, name, module)
        elif isinstance(place, list):
            place[int(name)] = module
        else:
            place[next((key for key in place if str(key) == name), name)] = module

    def _everything(self) -> Iterator[tuple[str, Any]]:
        """Every member under each of its names."""
        return self._walk(lambda thing, around: id(thing) in around)

    def _named_thing(self, target: str, kind: type, what: str) -> Any:
        found = {name: thing for name, thing in self._everything() if isinstance(thing, kind)}
        if target not in found:
            names = ", ".join(repr(name) for name in found) or "none"
            raise AttributeError(
                f"{type(self).__name__} has no {what} called {target!r}; there are {names}"
            )
        return found[target]


_KEPT = (Tree, Parameter, Buffer)
_OPEN = (Tree, list, tuple, dict)
_HELD = (*_KEPT, list, tuple, dict)


def _rank(thing: Any) -> int:
    return 0 if isinstance(thing, Parameter) else 1 if isinstance(thing, Buffer) else 2


def held_by(thing: Any) -> tuple[Any, ...]:
    """The identities of what a module holds directly, and in its lists, tuples and dicts."""
    inside = thing if isinstance(thing, (list, tuple, dict)) else vars(thing)
    parts = inside.values() if isinstance(inside, dict) else inside
    return tuple(
        id(part) if isinstance(part, _KEPT) else held_by(part)
        for part in parts
        if isinstance(part, _HELD)
    )


def parts_of(thing: Any) -> Iterator[tuple[str, Any]]:
    """What a module or container holds, by name."""
    if isinstance(thing, dict):
        return ((str(name), part) for name, part in thing.items())
    if isinstance(thing, (list, tuple)):
        return ((str(i), part) for i, part in enumerate(thing))
    return iter(vars(thing).items())
