"""Hooks of modules: functions called around ``forward``, in backward passes and around states."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .tree import held_by
from .watch import watched

if TYPE_CHECKING:
    from .module import Module


class Handle:
    """What registering a hook returns: ``remove()`` takes the hook off again."""

    def __init__(
        self,
        hooks: dict[Handle, Callable],
        hook: Callable,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> None:
        if not callable(hook):
            raise TypeError(f"a hook is a function, not {hook!r}")
        self._hooks, self.with_kwargs, self.always_call = hooks, with_kwargs, always_call
        others = dict(hooks) if prepend else {}
        for each in others:
            del hooks[each]
        hooks[self] = hook
        hooks.update(others)

    def remove(self) -> None:
        """Take the hook off."""
        self._hooks.pop(self, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class Hooks:
    """The hooks of one module, each kind in the order in which they are called."""

    def __init__(self) -> None:
        self.before: dict[Handle, Callable] = {}
        self.after: dict[Handle, Callable] = {}
        self.before_backward: dict[Handle, Callable] = {}
        self.backward: dict[Handle, Callable] = {}
        self.before_state: dict[Handle, Callable] = {}
        self.after_state: dict[Handle, Callable] = {}
        self.before_load: dict[Handle, Callable] = {}
        self.after_load: dict[Handle, Callable] = {}

    def run(self, module: Module, args: tuple, kwargs: dict[str, Any]) -> Any:
        """``forward`` with its hooks around it."""
        out, called = None, set()
        try:
            for handle, hook in list(self.before.items()):
                args, kwargs = _given(handle, hook, module, args, kwargs)
            if self.backward or self.before_backward:
                out = watched(self, module, args, kwargs)
            else:
                out = module.forward(*args, **kwargs)
            for handle, hook in list(self.after.items()):
                called.add(handle)
                new = _told(handle, hook, module, args, kwargs, out)
                out = out if new is None else new
            return out
        except Exception:
            for handle, hook in list(self.after.items()):
                if handle.always_call and handle not in called:
                    try:
                        new = _told(handle, hook, module, args, kwargs, out)
                        out = out if new is None else new
                    except Exception as error:
                        warnings.warn(
                            f"a hook after a failed forward failed: {error}", stacklevel=2
                        )
            raise


def _given(handle: Handle, hook: Callable, module: Module, args: tuple, kwargs: dict) -> Any:
    """The arguments, after a hook before ``forward``."""
    given = hook(module, args, kwargs) if handle.with_kwargs else hook(module, args)
    if given is None:
        return args, kwargs
    if not handle.with_kwargs:
        return given if isinstance(given, tuple) else (given,), kwargs
    if not isinstance(given, tuple) or len(given) != 2:
        raise TypeError(
            f"a hook with_kwargs before {type(module).__name__} returns None or the pair "
            f"(args, kwargs), not {given!r}"
        )
    return given


def _told(handle: Handle, hook: Callable, module: Any, args: tuple, kwargs: dict, out: Any) -> Any:
    return hook(module, args, kwargs, out) if handle.with_kwargs else hook(module, args, out)


class Hooked:
    """What registers hooks; each method returns a `Handle` that takes its hook off again."""

    training: bool

    def _ways(self) -> Any:
        """What a recorded call depends on besides numbers: it is recorded anew where it changes."""
        hooks, held = vars(self).get("_hooks"), held_by(self)
        if hooks is None:
            return self.training, held
        kinds = (hooks.before, hooks.after, hooks.before_backward, hooks.backward)
        return self.training, held, *map(tuple, kinds)

    def register_forward_pre_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False
    ) -> Handle:
        """Call ``hook(module, args)`` before ``forward``; what it returns is taken instead.

        Parameters
        ----------
        hook : callable
        prepend : bool
            Call it before the hooks that are there, not after them.
        with_kwargs : bool
            Call ``hook(module, args, kwargs)``, which returns None or both.
        """
        return Handle(self._all_hooks().before, hook, prepend, with_kwargs)

    def register_forward_hook(
        self,
        hook: Callable,
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> Handle:
        """Call ``hook(module, args, output)`` after ``forward``; a result takes the output's place.

        Parameters
        ----------
        hook : callable
        prepend : bool
            Call it before the hooks that are there, not after them.
        with_kwargs : bool
            Call ``hook(module, args, kwargs, output)``.
        always_call : bool
            Also when ``forward`` or another hook failed; then the output may be None.

        Examples
        --------
        >>> import numpy as np, nn
        >>> layer = nn.Linear(3, 2)
        >>> with layer.register_forward_hook(lambda module, args, out: print(out.shape)):
        ...     _ = layer(np.ones((4, 3), np.float32))
        (4, 2)
        """
        return Handle(self._all_hooks().after, hook, prepend, with_kwargs, always_call)

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> Handle:
        """Call ``hook(module, grad_output)`` before a backward pass goes through.

        A tuple that it returns takes the place of ``grad_output``, where that is of one output.
        """
        return Handle(self._all_hooks().before_backward, hook, prepend)

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> Handle:
        """Call ``hook(module, grad_input, grad_output)`` when a backward pass has gone through.

        A tuple that it returns takes the place of ``grad_input``, where that is of one input.
        """
        return Handle(self._all_hooks().backward, hook, prepend)

    def register_state_dict_pre_hook(self, hook: Callable) -> Handle:
        """Call ``hook(module, prefix, keep_vars)`` before a state is taken.

        The prefix of the names is "" or ends in a dot, as in the hooks below.
        """
        return Handle(self._all_hooks().before_state, hook)

    def register_state_dict_post_hook(self, hook: Callable) -> Handle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` on a state, to change it."""
        return Handle(self._all_hooks().after_state, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable) -> Handle:
        """Call a hook on a copy of the state that is to be loaded, to change it.

        ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
        error_msgs)``; what it puts into the last three lists counts with what is found.
        """
        return Handle(self._all_hooks().before_load, hook)

    def register_load_state_dict_post_hook(self, hook: Callable) -> Handle:
        """Call ``hook(module, incompatible_keys)`` when a state was loaded.

        The hook may change the two lists of names, before ``strict`` refuses them.
        """
        return Handle(self._all_hooks().after_load, hook)

    _hooks: Hooks

    def _all_hooks(self) -> Hooks:
        return self.__dict__.setdefault("_hooks", Hooks())

    def _hooks_of(self, kind: str) -> list[Callable]:
        return list(vars(self._hooks)[kind].values()) if "_hooks" in self.__dict__ else []
