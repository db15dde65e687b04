"""checkpoint: less memory for more time."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from .backward import gradients
from .extend import defvjp_argnums, primitive
from .switches import MODE, switched
from .tracing import fresh, outside
from .tree import flatten
from .value import Value, now, raw


def checkpoint(f: Callable) -> Callable:
    """``f``, but what it computes on the way is forgotten and computed again in the backward pass.

    A chain of n steps in checkpoints of √n steps needs memory for 2√n of them, and one more
    forward pass (Chen et al. 2016, "Training deep nets with sublinear memory cost", section 4).

    Parameters
    ----------
    f : callable
        Of numbers, arrays, Values and containers of them. It must give the same again when it is
        called again. Values that it refers to without being given them take gradients too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Value, checkpoint
    >>> w, x = Value(2.0), Value(3.0)
    >>> y = checkpoint(lambda x: np.sin(w * x) ** 2)(x)
    >>> len(y.inputs)  # one node, of x and the w found inside
    2
    >>> y.backward()
    >>> print(f"{x.grad:.4f} {w.grad:.4f}")
    -1.0731 -1.6097
    """

    @wraps(f)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        if MODE.get().recorder is not None:  # a replay allocates nothing that could be saved
            return f(*args, **kwargs)
        leaves, rebuild = flatten(args)
        traced = [i for i, x in enumerate(leaves) if isinstance(x, Value) and x.requires_grad]

        def run(leaves: list[Any]) -> tuple[list[Value], list[Any], Any]:
            """f on fresh Values in place of what carries gradients: those, and the results."""
            full = list(leaves)
            for i in traced:
                full[i] = fresh(leaves[i], "")
            with switched(recording=True):
                outputs, like = flatten(f(*rebuild(full), **kwargs))
            return [full[i] for i in traced], outputs, like

        start = now()
        variables, outputs, like = run(leaves)
        captured = outside(outputs, start, variables)  # by the function, which is not given them
        results = [raw(y) for y in outputs]
        del outputs, variables

        def again(argnums: Any, ans: Any, inputs: Any, _: Any) -> Callable:
            def vjp(g: Any) -> list[Any]:
                variables, outputs, _ = run(flatten(inputs[0])[0])
                ends = [isinstance(y, Value) and y.requires_grad for y in outputs]
                seeds = [s for s, end in zip(flatten(g)[0], ends, strict=True) if end]
                roots = [y for y, end in zip(outputs, ends, strict=True) if end]
                outer = any(isinstance(x, Value) for x in (*seeds, *flatten(inputs)[0]))
                found = gradients(roots, variables + captured, seeds, differentiable=outer)
                ours: list[Any] = [None] * len(leaves)
                for i, gradient in zip(traced, found[: len(traced)], strict=True):
                    ours[i] = gradient
                both = {0: ours, 1: found[len(traced) :]}
                return [both[argnum] for argnum in argnums]

            return vjp

        once = primitive(lambda args, captured: like(results))
        once.__name__ = getattr(f, "__name__", "checkpoint")
        defvjp_argnums(once, again)
        return once(args, captured)

    return checkpointed
