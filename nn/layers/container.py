"""Sequential and ModuleList."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..module import Module


class _Listed(Module):
    """Modules in order, found under their number: the state-dict keys are PyTorch's."""

    def __init__(self, modules: Iterable[Module]) -> None:
        for i, module in enumerate(modules):
            if not isinstance(module, Module):
                raise TypeError(
                    f"{type(self).__name__} holds modules; item {i} is {module!r} (for a function "
                    f"use its layer, nn.ReLU() for relu)"
                )
            setattr(self, str(i), module)

    def _all(self) -> list[Module]:
        return [m for name, m in vars(self).items() if name.isdigit()]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Module]:
        return iter(self._all())

    def append(self, module: Module) -> Any:
        """Add a module at the end and return this container."""
        _Listed.__init__(self, [*self, module])
        return self


class Sequential(_Listed):
    """Call modules one after the other.

    Examples
    --------
    >>> import nn
    >>> nn.Sequential(nn.Linear(4, 2), nn.ReLU())
    Sequential(
      (0): Linear(in_features=4, out_features=2, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *modules: Module) -> None:
        super().__init__(modules)

    def forward(self, x: Any) -> Any:
        for module in self._all():
            x = module(x)
        return x

    def __getitem__(self, index: int | slice) -> Any:
        found = self._all()[index]
        return Sequential(*found) if isinstance(found, list) else found


class ModuleList(_Listed):
    """A list of modules whose parameters are found."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__(modules)

    def __getitem__(self, index: int | slice) -> Any:
        found = self._all()[index]
        return ModuleList(found) if isinstance(found, list) else found
