"""An attribute of one module that is computed from others each time it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..module import Module
from ..parameter import Parameter


class _Rule(NamedTuple):
    value: Callable[[Any], Any]  # of the module, whenever the attribute is read
    before: Callable[[Any], None] | None  # of the module, before each call


def compute(
    module: Module,
    name: str,
    value: Callable[[Any], Any],
    before: Callable[[Any], None] | None = None,
) -> None:
    """From now on ``module.name`` is ``value(module)``, and each call begins with ``before``.

    The module gets a class of its own, so that its copies compute from what they hold themselves.
    """
    _become(module, {**rules(module), name: _Rule(value, before)})


def stop_computing(module: Module, name: str) -> None:
    """Let ``module.name`` be a plain attribute again, which is to be set."""
    _become(module, {key: rule for key, rule in rules(module).items() if key != name})


def rules(module: Module) -> dict[str, _Rule]:
    """What is computed, by name."""
    return getattr(type(module), "_rules", {})


def weight_of(function: str, module: Module, name: str) -> Parameter:
    """The parameter ``module.name``, taken out of the module."""
    weight = vars(module).get(name)
    if not isinstance(weight, Parameter):
        kinds = ", ".join(key for key, _ in module.named_parameters(recurse=False)) or "none"
        raise ValueError(
            f"{function} changes a parameter of a module; {type(module).__name__} has no "
            f"parameter {name!r} of its own, its parameters are: {kinds}"
        )
    delattr(module, name)
    return weight


def _become(module: Module, rules: dict[str, _Rule]) -> None:
    kind = type(module)
    plain: type = getattr(kind, "_plain", kind)
    if not rules:
        module.__class__ = plain
        return

    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        for rule in rules.values():
            if rule.before is not None:
                rule.before(self)
        return plain.forward(self, *args, **kwargs)  # type: ignore[attr-defined]

    body: dict[str, Any] = {
        "__module__": plain.__module__,
        "__doc__": plain.__doc__,
        "forward": forward,
    }
    body |= {"_plain": plain, "_rules": rules}
    body |= {name: property(rule.value, _refused(name)) for name, rule in rules.items()}
    module.__class__ = type(plain.__name__, (plain,), body)


def _refused(name: str) -> Callable[[Any, Any], None]:
    def refuse(module: Any, value: Any) -> None:
        raise TypeError(
            f"{type(module).__name__}.{name} is computed from other parameters and cannot be set; "
            f"set those, or remove what computes it"
        )

    return refuse
