"""Op: one record for one operation, and the table of all of them.

Everything that the project knows of an operation is said once, here: how to compute it, one
gradient rule for each operand, the label that pictures show, and the inputs that the generated
tests draw. A rule is plain NumPy. Called with arrays it gives numbers; called with Values it
builds a graph that can be differentiated again; called with symbols it writes its own formula.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Shape = tuple[int, ...]
Case = tuple[tuple[Shape, ...], dict[str, Any]]  # operand shapes, settings

# What the generated tests draw: every shape that has ever broken an engine, kept small.
SINGLE: list[tuple[Shape, ...]] = [
    ((),),
    ((3,),),
    ((1,),),
    ((2, 3),),
    ((2, 1, 3),),
    ((0,),),
    ((2, 0),),
]
PAIR: list[tuple[Shape, ...]] = [
    ((), ()),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((), (2, 3)),
    ((2, 3), ()),
    ((1,), (4,)),
    ((0,), (1,)),
    ((2, 0), (2, 1)),
]

OPS: dict[Callable, Op] = {}
"""Every operation with a gradient rule, by the function that users call (``np.exp``)."""

COMPOSED: dict[Callable, Composed] = {}
"""Functions written in terms of other operations, by the NumPy function they stand for."""


@dataclass(frozen=True)
class Near:
    """A domain of matrices: small numbers, to which something is added.

    ``"eye"`` gives matrices away from singular ones, ``"spread"`` ones whose singular values and
    eigenvalues lie apart.
    """

    what: str


@dataclass(frozen=True)
class Hermitian:
    """A domain of matrices equal to their conjugate transpose, all positive if ``definite``.

    A check only moves them to other Hermitian matrices.
    """

    definite: bool = False


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Op:
    """One operation: how it is computed, differentiated, shown and tested.

    Attributes
    ----------
    name : str
        What users call it.
    label : str
        What a picture writes in its circle.
    forward : callable
        ``forward(*operands, **params)`` on arrays.
    vjps : sequence of callables or None
        One rule per operand, ``rule(g, y, *operands, **params)``: the gradient of the operand,
        given the gradient ``g`` of the result ``y``. None where no gradient flows.
    scalar : callable or None
        The same as ``forward`` for Python floats, where there is a faster way.
    arity : int
        How many operands; 0 stands for any number.
    formulas : tuple of str, or None
        How the rules are written, one for each operand, where the rule itself reads badly.
    domain : pair of numbers, or one entry for each operand
        From where the tests draw the operands; ``bool`` draws truth values.
    cases : list of (operand shapes, settings)
        What the tests run.
    complex : bool
        Whether the rules also hold for complex operands; where not, those are refused.
    jvp : callable or None
        ``jvp(tangents, y, *operands, **params)``: how forward mode goes, where that is not the
        transpose of the rules; an operand without a tangent has None.
    reads : bool
        Whether a rule reads the operands' numbers; where not, nobody minds if they change, but
        for those that show in a result that is a view.
    into : callable or None
        ``into(total, g, y, *operands, **params)``: adds to an array what the only rule gives,
        where that is an array of zeros but for a part.
    """

    name: str
    label: str
    function: Callable
    forward: Callable
    vjps: Sequence[Callable | None]
    scalar: Callable | None
    arity: int
    settings: tuple[str, ...]
    formulas: tuple[str | None, ...] | None
    domain: tuple
    cases: list[Case]
    bind: Callable[..., tuple[tuple, dict]]
    complex: bool
    jvp: Callable | None
    reads: bool
    into: Callable | None = None

    def __repr__(self) -> str:
        return f"<op {self.name}>"


@dataclass(frozen=True, eq=False, slots=True)
class Composed:
    """A NumPy function written in terms of operations: it has no rule and no node of its own.

    ``cases``, ``domain`` and ``complex`` are as in `Op`; ``listed`` says that its operands are
    one sequence, its first argument.
    """

    function: Callable
    implementation: Callable
    cases: list[Case]
    domain: tuple
    complex: bool
    listed: bool


class EachOperand(Sequence):
    """The rules of an operation that takes any number of operands: one rule, told which."""

    def __init__(self, rule: Callable) -> None:
        self.rule = rule

    def __getitem__(self, index: Any) -> Any:
        return functools.partial(self.rule, index)

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Callable]:
        return map(self.__getitem__, itertools.count())


class Together(EachOperand):
    """The rules of an operation that takes any number of operands: one, which gives all of theirs.

    It runs once for a gradient in each iteration over the rules.
    """

    def __getitem__(self, index: Any) -> Any:
        return self._once([], index)

    def __iter__(self) -> Iterator[Callable]:
        return map(functools.partial(self._once, []), itertools.count())

    def _once(self, found: list, index: int) -> Callable:
        def rule(g: Any, y: Any, *operands: Any, **params: Any) -> Any:
            if not found or found[0] is not g:
                found[:] = g, self.rule(g, y, *operands, **params)
            return found[1][index]

        return rule


def define(
    function: Callable,
    *vjps: Callable | None,
    name: str | None = None,
    label: str | None = None,
    forward: Callable | None = None,
    scalar: Callable | None = None,
    each: Callable | None = None,
    together: Callable | None = None,
    bind: Callable[..., tuple[tuple, dict]] | None = None,
    formulas: tuple[str | None, ...] | None = None,
    shapes: Iterable[tuple[Shape, ...]] = SINGLE,
    settings: Iterable[dict[str, Any]] = ({},),
    cases: list[Case] | None = None,
    domain: tuple = (-2.0, 2.0),
    complex: bool = False,
    jvp: Callable | None = None,
    reads: bool = True,
    into: Callable | None = None,
) -> Callable:
    """Add an operation to the table and return the function that users call.

    Parameters
    ----------
    function : callable
        A NumPy function, which then also takes Values, or a function of your own, written for
        arrays, of which a version that takes Values is returned.
    *vjps : callable or None
        One rule per operand: ``rule(g, y, *operands, **params)``. Linear in ``g``, nothing
        written in place. Broadcasting is undone by the engine, never by a rule.
    name : str, optional
        What messages call it; the function's name by default.
    label : str, optional
        What a picture writes; the name by default.
    forward : callable, optional
        How the operands compute the result, where it is not ``function`` itself.
    scalar : callable, optional
        ``forward`` for Python floats, of one or two operands without settings; may raise, then
        ``forward`` is asked.
    each : callable, optional
        Instead of ``vjps``, for any number of operands: ``rule(index, g, y, *operands)``.
    together : callable, optional
        Instead of ``each``, where the gradients of all operands are found at once:
        ``rule(g, y, *operands)`` gives them in order.
    bind : callable, optional
        From a call's arguments to ``(operands, params)``, where the first arguments are not
        the operands.
    complex : bool
        Whether the rules hold for complex operands too. A gradient of x = a + ib is
        du/da − i·du/db, so that a holomorphic function's rule is the one of the real line.
    formulas, shapes, settings, cases, domain, jvp, reads, into
        See `Op`. ``cases`` defaults to every one of ``shapes`` with every one of ``settings``.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> cube = autograd.define(lambda x: x * x * x, lambda g, y, x: 3 * g * x * x, label="cube")
    >>> x = autograd.Value(2.0)
    >>> cube(x).backward()
    >>> x.grad
    12.0
    """
    rules: Sequence[Callable | None] = vjps
    if each is not None:
        rules = EachOperand(each)
    elif together is not None:
        rules = Together(together)
    for vjp in vjps:
        _check_rule(function, vjp, len(vjps))
    arity = len(vjps)
    ours = not dispatches(function)
    rule = each or together or next((rule for rule in vjps if rule is not None), None)
    names = _settings(function, arity) if ours or rule is None else _settings(rule, arity + 2)

    def first(*args: Any, **kwargs: Any) -> tuple[tuple, dict]:
        object.__setattr__(op, "bind", _binder(function, arity, names))  # importing is quicker so
        return op.bind(*args, **kwargs)

    if scalar is not None and (names or arity not in (1, 2)):
        raise TypeError(
            f"define({function.__name__}, ...): scalar= is for one or two operands without "
            f"settings; this has {arity} and {list(names) or 'no settings'}"
        )
    op = Op(
        name=name or function.__name__,
        label=label or name or function.__name__,
        function=function,
        forward=forward or function,
        vjps=rules,
        scalar=scalar,
        arity=arity,
        settings=tuple(names),
        formulas=formulas,
        domain=domain,
        cases=[(s, p) for s in shapes for p in settings] if cases is None else cases,
        bind=bind or first,
        complex=complex,
        jvp=jvp,
        reads=reads,
        into=into,
    )
    if not ours:
        OPS[function] = op
        return function

    simple = arity > 0 and forward is bind is None  # the arguments are operands, then settings
    most = arity + len(names)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if simple and arity <= len(args) <= most and (not kwargs or names.keys() >= kwargs.keys()):
            for x in args:
                if type(x) not in _PLAIN_TYPES:
                    break
            else:  # what most rules do
                return function(*args, **kwargs)
        alone = simple and len(args) == arity and not kwargs
        operands, params = (args, kwargs) if alone else op.bind(*args, **kwargs)
        for x in operands:
            if not isinstance(x, PLAIN):
                kind = type(x)
                if hasattr(kind, "_apply"):
                    return kind._apply(op, operands, params)
                dispatch = getattr(kind, "__array_function__", None)
                if dispatch is not None:
                    return dispatch(x, call, (kind,), operands, params)
        return op.forward(*operands, **params)

    OPS[call] = op
    return call


# Types that are never traced; found by trial to be what rules pass most.
PLAIN = (np.ndarray, float, int, np.generic, type(None))
_PLAIN_TYPES = {np.ndarray, float, int, bool, np.float32, np.float64, tuple, str, type(None)}


def composed(
    function: Callable,
    *,
    shapes: Iterable[tuple[Shape, ...]] = SINGLE,
    settings: Iterable[dict[str, Any]] = ({},),
    cases: list[Case] | None = None,
    domain: tuple = (-2.0, 2.0),
    complex: bool = False,
    listed: bool = False,
) -> Callable[[Callable], Callable]:
    """Register the decorated function as what ``function`` means for Values; see `Composed`."""

    def register(implementation: Callable) -> Callable:
        drawn = cases if cases is not None else [(s, p) for s in shapes for p in settings]
        COMPOSED[function] = Composed(function, implementation, drawn, domain, complex, listed)
        return implementation

    return register


def dispatches(function: Callable) -> bool:
    """Whether NumPy itself hands calls of this function to a Value."""
    return isinstance(function, np.ufunc) or hasattr(function, "_implementation")


def _settings(function: Callable, skip: int) -> dict[str, Any]:
    """The parameters of a function past its operands, with their defaults."""
    code = getattr(function, "__code__", None)
    if code is not None and not hasattr(function, "__wrapped__"):  # what signature() does, sooner
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        given = function.__defaults__ or ()
        last = code.co_argcount - len(given)
        defaults = dict(zip(names[last : code.co_argcount], given, strict=True))
        defaults.update(function.__kwdefaults__ or {})
        return {name: defaults.get(name, _EMPTY) for name in names[skip:]}
    parameters = list(inspect.signature(function).parameters.values())
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {p.name: p.default for p in parameters[skip:] if p.kind not in kinds}


def _check_rule(function: Callable, vjp: Callable | None, arity: int) -> None:
    """Raise where a rule does not take g, y and every operand."""
    code = getattr(vjp, "__code__", None)
    if code is None or hasattr(vjp, "__wrapped__") or code.co_flags & inspect.CO_VARARGS:
        return
    if code.co_argcount < arity + 2:
        raise TypeError(
            f"define({function.__name__}, ...): with {arity} rules a rule takes g, y and {arity} "
            f"operand{'s' * (arity > 1)}; this one takes "
            f"({', '.join(code.co_varnames[: code.co_argcount])})"
        )


_PLAIN_SETTINGS = {int, float, bool, str}
_EMPTY = inspect.Parameter.empty
_NO_VALUE = np._NoValue


def _binder(function: Callable, arity: int, settings: Mapping[str, Any]) -> Callable:
    """Sort a call's arguments into operands (positional) and settings that are not the default."""
    if isinstance(function, np.ufunc):
        names = [f"x{i + 1}" for i in range(function.nin)]
        defaults: list[Any] = []
    else:
        parameters = list(inspect.signature(function).parameters.values())
        names = [p.name for p in parameters]
        defaults = [p.default for p in parameters[:arity]]
    required = sum(default is _EMPTY for default in defaults)
    positional = names[arity:]

    def bind(*args: Any, **kwargs: Any) -> tuple[tuple, dict]:
        if len(args) == arity and not kwargs:
            return args, {}
        if len(args) > arity:
            if len(args) > len(names):
                raise TypeError(
                    f"{function.__name__} takes at most {len(names)} arguments, got {len(args)}"
                )
            for name, setting in zip(positional, args[arity:], strict=False):
                if name in kwargs:
                    raise TypeError(f"{function.__name__} got {name!r} twice")
                kwargs[name] = setting
            args = args[:arity]
        elif len(args) < arity:
            if defaults:
                args += tuple(
                    kwargs.pop(name, default)
                    for name, default in zip(
                        names[len(args) : arity], defaults[len(args) :], strict=True
                    )
                )
            if len(args) < arity or any(x is _EMPTY for x in args[:required]):
                raise TypeError(
                    f"{function.__name__} needs {', '.join(names[: required or arity])}; "
                    f"it was called with too few operands"
                )
        params = {}
        for name, setting in kwargs.items():
            if name in settings:
                default = settings[name]
                if setting is default or setting is _NO_VALUE:
                    continue
                if (
                    default is None
                    or default is _EMPTY
                    or type(setting) not in _PLAIN_SETTINGS
                    or setting != default
                ):
                    params[name] = setting
            elif setting is not None and setting is not _NO_VALUE:
                known = ", ".join(settings) or "no settings"
                raise TypeError(
                    f"{function.__name__} of a Value has no setting {name!r}; it takes {known}. "
                    f"For a plain result call it on value.data."
                )
        return args, params

    return bind
