"""A call of a module whose backward hooks are told the gradients of this call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Value

if TYPE_CHECKING:
    from .hooks import Hooks
    from .module import Module


def watched(hooks: Hooks, module: Module, args: tuple, kwargs: dict[str, Any]) -> Any:
    """``forward`` between copies of what goes in and out, whose gradients are this call's."""
    inside = tuple(map(_copy, args))
    out = module.forward(*inside, **kwargs)
    outputs = tuple(map(_copy, out if isinstance(out, tuple) else (out,)))
    call = _Call(hooks, module, inside, outputs)
    for i in call.exits:
        outputs[i].register_hook(call.leaving(i))
    for i in call.entrances:
        inside[i].register_hook(call.entering(i))
    return outputs if isinstance(out, tuple) else outputs[0]


class _Call:
    """The gradients that a backward pass brought to one call, and those it took on from there."""

    def __init__(self, hooks: Hooks, module: Module, inside: tuple, outputs: tuple) -> None:
        self.hooks, self.module = hooks, module
        self.inputs, self.outputs = len(inside), len(outputs)
        self.exits = [i for i, y in enumerate(outputs) if _traced(y)]
        used = _used([outputs[i] for i in self.exits], [x for x in inside if _traced(x)])
        self.entrances = [i for i, x in enumerate(inside) if id(x) in used]
        self.begun = False
        self.received: dict[int, Any] = {}
        self.sent: dict[int, Any] = {}

    def leaving(self, i: int) -> Callable[[Any], Any]:
        """What is called with the gradient of output ``i``."""

        def note(g: Any) -> Any:
            self.received[i] = g
            if len(self.received) < len(self.exits):
                return None
            self._begin()
            g = self.received[i]
            if not self.entrances:
                self._end()
            return g

        return note

    def entering(self, i: int) -> Callable[[Any], Any]:
        """What is called with the gradient of input ``i``."""

        def note(g: Any) -> Any:
            self.sent[i] = g
            return self._end()[i] if len(self.sent) == len(self.entrances) else None

        return note

    def _begin(self) -> None:
        self.begun = True
        hooks = self.hooks.before_backward
        self._replace("output", self.received, self.exits, self.outputs, hooks)

    def _end(self) -> dict[int, Any]:
        if not self.begun:  # an output was not used
            self._begin()
        coming = tuple(self.received.get(i) for i in range(self.outputs))
        sent = self.sent
        self._replace("input", sent, self.entrances, self.inputs, self.hooks.backward, coming)
        self.begun, self.received, self.sent = False, {}, {}  # for the next pass
        return sent

    def _replace(
        self,
        what: str,
        grads: dict[int, Any],
        places: list[int],
        count: int,
        hooks: dict[Any, Callable],
        *others: Any,
    ) -> None:
        """Call hooks with all gradients of one side; that of a single one may be replaced."""
        for hook in list(hooks.values()):
            new = hook(self.module, tuple(grads.get(i) for i in range(count)), *others)
            if new is None:
                continue
            new = new if isinstance(new, tuple) else (new,)
            if len(places) != 1 or len(new) != count:
                raise ValueError(
                    f"a backward hook of {type(self.module).__name__} gave {len(new)} new "
                    f"gradients, and the call had {count} {what}s, {len(places)} of them with a "
                    f"gradient; only that of a single one can be replaced. Use "
                    f"value.register_hook on each {what} instead"
                )
            if new[places[0]] is not None:
                grads[places[0]] = new[places[0]]


def _used(outputs: list[Value], inputs: list[Value]) -> set[int]:
    """Which inputs the outputs were made from."""
    seen, stack = set[int](), list(outputs)
    first = min((x.order for x in inputs), default=0)
    while stack:
        value = stack.pop()
        if id(value) not in seen and value.order >= first:
            seen.add(id(value))
            stack += [x for x in value.inputs if isinstance(x, Value)]
    return seen & {*map(id, inputs)}


def _traced(x: Any) -> bool:
    return isinstance(x, Value) and x.requires_grad


def _copy(x: Any) -> Any:
    """A node of its own with the same numbers."""
    return np.positive(x) if _traced(x) else x
