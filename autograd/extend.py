"""Operations from existing code: `primitive` with `defvjp` and `defjvp`, as HIPS autograd has them.

A new operation is better written with `autograd.define`, which also gives it a formula, a place in
the pictures and generated tests. This is the interface for code that has its rules already, and
for functions of containers, of other functions, or with several results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from itertools import count
from typing import Any

import numpy as np

from .op import EachOperand, Op
from .tree import flatten
from .value import Value, apply, raw
from .vspace import VSpace, vspace

__all__ = [
    "VSpace",
    "def_linear",
    "defjvp",
    "defjvp_argnum",
    "defjvp_argnums",
    "defvjp",
    "defvjp_argnum",
    "defvjp_argnums",
    "notrace_primitive",
    "primitive",
    "vspace",
]

primitive_vjps: dict[Callable, Callable] = {}
"""``maker(argnums, ans, args, kwargs)`` gives ``vjp``; ``vjp(g)``, a gradient for each argnum."""

primitive_jvps: dict[Callable, Callable] = {}
"""``rule(argnums, tangents, ans, args, kwargs)`` gives the tangent of the result."""


class _Call:
    """One call of a primitive: its arguments apart from the operands, and the result's form."""

    def __init__(self, function: Callable, args: tuple, kwargs: dict[str, Any]) -> None:
        self.function, self.kwargs = function, kwargs
        parts = [flatten(arg) for arg in args]
        self.rebuild = [rebuild for _, rebuild in parts]
        self.leaves = [list(leaves) for leaves, _ in parts]
        self.places = [  # of the operands: what can carry a gradient or be changed by others
            (argnum, i)
            for argnum, leaves in enumerate(self.leaves)
            for i, leaf in enumerate(leaves)
            if isinstance(leaf, (Value, np.ndarray))
        ]
        self.operands = tuple(self.leaves[argnum][i] for argnum, i in self.places)
        for argnum, i in self.places:
            self.leaves[argnum][i] = None
        self.traced = [
            place
            for place, x in zip(self.places, self.operands, strict=True)
            if isinstance(x, Value) and x.requires_grad
        ]
        self.argnums = sorted({argnum for argnum, _ in self.traced})
        self.form: Any = None  # of a result that is no single array
        self.answer: tuple[Any, Any, Any] = (None, None, None)  # y, g, and the gradients for them

    def args(self, operands: Sequence[Any]) -> list[Any]:
        """The arguments, with ``operands`` in their places."""
        full = [list(leaves) for leaves in self.leaves]
        for (argnum, i), x in zip(self.places, operands, strict=True):
            full[argnum][i] = x
        return [rebuild(leaves) for rebuild, leaves in zip(self.rebuild, full, strict=True)]

    def __repr__(self) -> str:
        return "…"


def _forward(*operands: Any, call: _Call) -> Any:
    result = call.function(*call.args(operands), **call.kwargs)
    leaves, rebuild = flatten(result)
    if leaves and leaves[0] is result:
        return result
    call.form = ([np.asarray(leaf) for leaf in leaves], rebuild)
    return _packed(leaves)


def _packed(leaves: list[Any]) -> Any:
    """Several results as one array of one axis, which is what a graph passes on."""
    return np.concatenate([np.reshape(leaf, (-1,)) for leaf in leaves] or [np.zeros(0)])


def _unpacked(y: Any, call: _Call) -> Any:
    """`_packed` undone, for a result as for its gradient."""
    if call.form is None:
        return y
    likes, rebuild = call.form
    parts, start = [], 0
    for like in likes:
        part = np.reshape(y[start : start + like.size], like.shape)
        parts.append(np.real(part) if like.dtype.kind != "c" and y.dtype.kind == "c" else part)
        start += like.size
    return rebuild(parts)


def primitive(function: Callable) -> Callable:
    """A function of which calls are recorded whole, and whose rules `defvjp` and `defjvp` give.

    Parameters
    ----------
    function : callable
        On plain numbers and arrays. Its arguments and its result may be nested tuples, lists and
        dicts of them; an argument may also be anything else, which takes no gradient.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad
    >>> from autograd.extend import defvjp, primitive
    >>> @primitive
    ... def logsumexp(x):
    ...     top = np.max(x)
    ...     return top + np.log(np.sum(np.exp(x - top)))
    >>> defvjp(logsumexp, lambda ans, x: lambda g: g * np.exp(x - ans))
    >>> grad(logsumexp)(np.array([1.0, 1.0]))
    array([0.5, 0.5])
    """
    name = getattr(function, "__name__", "primitive")

    def rule(index: int, g: Any, y: Any, *operands: Any, call: _Call) -> Any:
        argnum, i = call.places[index]
        if call.answer[0] is not y or call.answer[1] is not g:
            maker = primitive_vjps.get(traced)
            if maker is None:
                raise NotImplementedError(
                    f"VJP of {name} is not defined: give its gradient rule with "
                    f"defvjp({name}, lambda ans, *args: lambda g: ...)"
                )
            args = call.args(operands)
            vjp = maker(tuple(call.argnums), _unpacked(y, call), args, call.kwargs)
            found = dict(zip(call.argnums, vjp(_unpacked(g, call)), strict=True))
            call.answer = (y, g, found)
        gradient = call.answer[2][argnum]
        if (argnum, i) == call.traced[-1]:
            call.answer = (None, None, None)
        return flatten(gradient)[0][i]

    def jvp(tangents: list[Any], y: Any, *operands: Any, call: _Call) -> Any:
        forward_rule = primitive_jvps.get(traced)
        if forward_rule is None:
            return NotImplemented
        args = call.args(operands)
        moves = call.args(
            [np.zeros(np.shape(x)) if t is None else t for x, t in zip(operands, tangents)]  # noqa: B905
        )
        moved = forward_rule(
            tuple(call.argnums),
            [moves[argnum] for argnum in call.argnums],
            _unpacked(y, call),
            args,
            call.kwargs,
        )
        return moved if call.form is None else _packed(flatten(moved)[0])

    op = Op(
        name=name,
        label=name,
        function=function,
        forward=_forward,
        vjps=EachOperand(rule),
        scalar=None,
        arity=0,
        settings=("call",),
        formulas=(f"vjp of {name}",),
        domain=(-2.0, 2.0),
        cases=[],
        bind=lambda *args, **kwargs: (args, kwargs),
        complex=True,
        jvp=jvp,
        reads=True,
    )

    @wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Any:
        call = _Call(function, args, kwargs)
        if not call.traced:
            return function(*call.args([raw(x) for x in call.operands]), **kwargs)
        return _unpacked(apply(op, call.operands, {"call": call}), call)

    return traced


def notrace_primitive(function: Callable) -> Callable:
    """A function whose result has no derivative: it is given the data of Values."""

    @wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        return function(*map(raw, args), **kwargs)

    return plain


# ---- reverse mode --------------------------------------------------------------------------------


def defvjp_argnums(function: Callable, maker: Callable) -> None:
    """One rule for all arguments: ``maker(argnums, ans, args, kwargs)`` gives ``vjp``.

    ``vjp(g)`` gives the gradients of the arguments numbered ``argnums``, in that order.
    """
    primitive_vjps[function] = maker


def defvjp_argnum(function: Callable, maker: Callable) -> None:
    """One rule for any argument: ``maker(argnum, ans, args, kwargs)`` gives ``vjp(g)``."""

    def joint(argnums: Sequence[int], ans: Any, args: Any, kwargs: Any) -> Callable:
        vjps = [maker(argnum, ans, args, kwargs) for argnum in argnums]
        return lambda g: [vjp(g) for vjp in vjps]

    defvjp_argnums(function, joint)


def defvjp(
    function: Callable, *makers: Callable | None, argnums: Iterable[int] | None = None
) -> None:
    """One rule for each argument: ``maker(ans, *args, **kwargs)`` gives ``vjp(g)``.

    Parameters
    ----------
    function : callable
        A `primitive`.
    *makers : callable or None
        None for an argument whose gradient is zero.
    argnums : sequence of int, optional
        Which arguments the rules are for; 0, 1, 2, ... by default.
    """
    rules = dict(zip(argnums if argnums is not None else count(), makers, strict=False))

    def single(argnum: int, ans: Any, args: Any, kwargs: Any) -> Callable:
        if argnum not in rules:
            name = getattr(function, "__name__", function)
            raise NotImplementedError(
                f"VJP of {name} is not defined for argument {argnum}; name it in "
                f"defvjp({name}, ..., argnums=...)"
            )
        maker = rules[argnum]
        if maker is None:
            return lambda g: vspace(args[argnum]).zeros()
        return maker(ans, *args, **kwargs)

    defvjp_argnum(function, single)


# ---- forward mode --------------------------------------------------------------------------------
# Without these, forward mode is made from the reverse rules.


def defjvp_argnums(function: Callable, rule: Callable) -> None:
    """One rule for all arguments: ``rule(argnums, tangents, ans, args, kwargs)``."""
    primitive_jvps[function] = rule


def defjvp_argnum(function: Callable, rule: Callable) -> None:
    """One rule for any argument: ``rule(argnum, g, ans, args, kwargs)`` gives its share."""

    def joint(argnums: Sequence[int], tangents: Any, ans: Any, args: Any, kwargs: Any) -> Any:
        space = vspace(ans)
        total = None
        for argnum, g in zip(argnums, tangents, strict=True):
            share = rule(argnum, g, ans, args, kwargs)
            total = share if total is None else space.add(total, share)
        return total

    defjvp_argnums(function, joint)


def defjvp(
    function: Callable,
    *rules: Callable | str | None,
    argnums: Iterable[int] | None = None,
) -> None:
    """One rule for each argument: ``rule(g, ans, *args, **kwargs)`` is the change of the result.

    "same" stands for a function that is linear in the argument, None for one that does not
    depend on it.
    """
    known = dict(zip(argnums if argnums is not None else count(), rules, strict=False))

    def single(argnum: int, g: Any, ans: Any, args: Any, kwargs: Any) -> Any:
        if argnum not in known:
            name = getattr(function, "__name__", function)
            raise NotImplementedError(f"JVP of {name} is not defined for argument {argnum}")
        rule = known[argnum]
        if rule is None:
            return vspace(ans).zeros()
        if rule == "same":
            return function(*args[:argnum], g, *args[argnum + 1 :], **kwargs)
        return rule(g, ans, *args, **kwargs)  # type: ignore[operator]

    defjvp_argnum(function, single)


def def_linear(function: Callable) -> None:
    """Say that the function is linear in each of its arguments."""
    defjvp_argnum(
        function,
        lambda argnum, g, ans, args, kwargs: function(
            *args[:argnum], g, *args[argnum + 1 :], **kwargs
        ),
    )
