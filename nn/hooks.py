"""Hooks of modules: functions called before and after ``forward``, and in backward passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Value


class Hooks:
    """The hooks of one module, in the order in which they were registered."""

    def __init__(self) -> None:
        self.before: dict[object, Callable] = {}
        self.after: dict[object, Callable] = {}
        self.backward: dict[object, Callable] = {}

    def run(self, module: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """``forward`` with its hooks around it."""
        for hook in list(self.before.values()):
            given = hook(module, args)
            if given is not None:
                args = given if isinstance(given, tuple) else (given,)
        if not self.backward:
            out = module.forward(*args, **kwargs)
        else:
            out = self._watched(module, args, kwargs)
        for hook in list(self.after.values()):
            new = hook(module, args, out)
            if new is not None:
                out = new
        return out

    def _watched(self, module: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """``forward`` between copies of what goes in and out, whose gradients are this call's."""
        inside = tuple(map(_copy, args))
        out = module.forward(*inside, **kwargs)
        outputs = tuple(_copy(y) for y in (out if isinstance(out, tuple) else (out,)))
        received: dict[int, Any] = {}
        sent: dict[int, Any] = {}
        entrances = [i for i, x in enumerate(inside) if _traced(x)]

        def left(i: int) -> Callable:
            def note(g: Any) -> None:
                received[i] = g
                if not entrances and len(received) == sum(map(_traced, outputs)):
                    self._tell(module, (None,) * len(args), outputs, received)

            return note

        def entered(i: int) -> Callable:
            def note(g: Any) -> Any:
                sent[i] = g
                if len(sent) < len(entrances):
                    return None
                grads = tuple(sent.get(k) for k in range(len(args)))
                return self._tell(module, grads, outputs, received, last=i)

            return note

        for i, y in enumerate(outputs):
            if _traced(y):
                y.register_hook(left(i))
        for i in entrances:
            inside[i].register_hook(entered(i))
        return outputs if isinstance(out, tuple) else outputs[0]

    def _tell(
        self,
        module: Any,
        grads: tuple,
        outputs: tuple,
        received: dict[int, Any],
        last: int | None = None,
    ) -> Any:
        """Call the backward hooks; the gradient of a single input may be replaced."""
        coming = tuple(received.get(i) for i in range(len(outputs)))
        for hook in list(self.backward.values()):
            new = hook(module, grads, coming)
            if new is None:
                continue
            if sum(g is not None for g in grads) != 1:
                raise ValueError(
                    f"a backward hook of {type(module).__name__} gave new gradients, and the call "
                    f"had {len(grads)} inputs; only that of a single one can be replaced. Use "
                    f"value.register_hook on each input instead"
                )
            grads = new if isinstance(new, tuple) else (new,)
        return None if last is None else grads[last]


class Handle:
    """What registering a hook returns: ``remove()`` takes the hook off again."""

    def __init__(self, hooks: dict[object, Callable], hook: Callable) -> None:
        if not callable(hook):
            raise TypeError(f"a hook is a function, not {hook!r}")
        self._hooks = hooks
        hooks[self] = hook

    def remove(self) -> None:
        """Take the hook off."""
        self._hooks.pop(self, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def _traced(x: Any) -> bool:
    return isinstance(x, Value) and x.requires_grad


def _copy(x: Any) -> Any:
    """A node of its own with the same numbers."""
    return np.positive(x) if _traced(x) else x
