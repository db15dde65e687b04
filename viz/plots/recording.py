"""recording: run a model once, and find what each of its layers made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import Value, topological
from autograd.backward import between
from autograd.switches import ModuleCall, switched


def numbers(given: Any) -> np.ndarray:
    """The array of a Value, an array or a list."""
    return np.asarray(given.data if isinstance(given, Value) else given)


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """The model in evaluation mode, and afterwards each module in the mode it was in."""
    modules = [model]
    if hasattr(model, "named_members"):
        modules = [member for _, member in model.named_members() if hasattr(member, "training")]
    modes = [(module, module.training) for module in modules if hasattr(module, "training")]
    if hasattr(model, "eval"):
        model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def recorded(what: str, model: Any, x: np.ndarray) -> tuple[Value, list[Value]]:
    """What the model makes of x, and every value on the way, in the order they were made."""
    if not callable(model):
        raise TypeError(
            f"{what} needs a model that can be called, model(x); this is a {type(model).__name__}"
        )
    given = Value(x)
    with evaluating(model), switched(recording=True, module=None, watchers=()):
        output = model(given)
    if not isinstance(output, Value) or output.op is None:
        raise TypeError(
            f"{what} follows the operations from x to the result, and the model gave a "
            f"{type(output).__name__} that records none; return the Value itself, not its .data, "
            f"a tuple or a dict"
        )
    return output, between([output], [given]) if given.requires_grad else topological(output)


def layers(values: Sequence[Value]) -> dict[str, Value]:
    """The result of every layer by its name, in the order in which they finished.

    A module has its dotted path, one that was called by itself its class; an operation that a
    module with layers of its own, or a plain function, made directly has the operation's name.
    What comes again is counted: ``relu``, ``relu #2``.
    """
    found: dict[Any, Value] = {}  # by the call or, for a direct operation, the value
    made = [value for value in values if value.op is not None]
    holders = {value.module.parent for value in made if value.module}
    holders = {above for call in holders if call for above in _chain(call)}
    for value in made:
        if value.module is None or value.module in holders:
            found[value] = value
        for around in _chain(value.module):
            found.pop(around, None)  # a call's result is the last value made during it
            found[around] = value
    members: dict[ModuleCall, Mapping[Any, str]] = {}
    seen: Counter[str] = Counter()
    named = {}
    for key, value in found.items():
        call = value.module if isinstance(key, Value) else key
        path = call.path(members.setdefault(call.outermost, call.members())) if call else ""
        if isinstance(key, Value):
            assert value.op is not None
            path = f"{path}.{value.name or value.op.name}".lstrip(".")
        path = path or key.kind
        seen[path] += 1
        named[path if seen[path] == 1 else f"{path} #{seen[path]}"] = value
    return named


def _chain(call: ModuleCall | None) -> Iterator[ModuleCall]:
    """A call and all around it."""
    while call is not None:
        yield call
        call = call.parent


def layer_called(what: str, layer: str, named: Mapping[str, Value]) -> Value:
    """The result of a layer by its name, or a ValueError that lists those there are."""
    if layer not in named:
        listed = "\n".join(f"  {name!r:24} {value.shape}" for name, value in named.items())
        raise ValueError(f"{what}: no layer is called {layer!r}; there are\n{listed}")
    return named[layer]


def titled(name: str, value: Value) -> str:
    """A layer's name, with its operation where the name is but a number."""
    assert value.op is not None
    return f"{name} ({value.op.name})" if name.rpartition(".")[2].isdigit() else name
