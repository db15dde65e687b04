"""Value: a number or an array that remembers how it was made."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, ClassVar
from weakref import finalize

import numpy as np

from .blanks import blanks
from .captured import WRITES, fingerprint, seen_through
from .captured import seen as seen_of
from .data import SCALARS, as_data, is_complex, is_floating, of_python_numbers
from .dispatch import call_function, call_ufunc
from .lines import Line, Place, here, line_at
from .messages import (
    about,
    check_finite,
    describe,
    leaves_graph,
    no_complex_rule,
    no_truth,
    operation_failed,
    traced_setting,
)
from .op import OPS, Op, dispatches
from .ops import activation, shape
from .ops.index import add_at, getitem, is_sliced, set_at
from .switches import DEFAULT, MODE, Mode, ModuleCall

_mode = MODE.get
_next = count().__next__
now = _next  # a moment: what is created later has a higher order
_array = np.ndarray
_NO_PARAMS: dict[str, Any] = {}

HOOKED: set[int] = set()
"""The Values that have hooks, by id: while there are any, passes go step by step."""


# ---- how the operators below are made ---------------------------------------------------------


def _binary(function: Callable) -> tuple[Callable, Callable]:
    """An operator and its mirror image.

    Python's numbers and arrays go by shorter ways than `apply`, to the same node; works w1, w2 and
    w9 in `benchmarks/` show what they buy.
    """
    op = OPS[function]
    array: Any = op.forward
    scalar: Any = op.scalar
    number = float if op.scalar else None
    arrays = _array if op.complex else None  # `apply` refuses complex ones
    reads = op.reads

    def forward(self: Value, other: Any) -> Value:
        a = self._data
        if isinstance(other, Value):
            b = other._data
            traced = self.requires_grad or other.requires_grad
        else:
            b = other
            traced = self.requires_grad
        mode = _mode()
        if traced and mode.recording:
            y: Any = None
            try:
                if type(a) is number:
                    if type(b) is float or type(b) is int:
                        y = scalar(a, b)
                elif type(b) is float or type(b) is int or type(b) in SCALARS:
                    if type(a) is arrays or type(a) in SCALARS:
                        y = array(a, b)
                elif type(a) is arrays and type(b) is _array:
                    y = array(a, b)
            except (ArithmeticError, ValueError):
                pass  # `apply` has NumPy's answer, inf or nan, or the message
            if type(y) is float or type(y) is _array or type(y) in SCALARS:
                if mode is not _quiet:
                    node = _record(op, y, self, other, _NO_PARAMS, mode)
                else:
                    try:  # `_record` written out
                        node = _blank()
                    except IndexError:
                        node = _more_blanks()
                    node._data = y
                    node._first = self
                    node._second = other
                    node._notes = node.grad = None
                    node.op = op
                    node.order = _next()
                    node.requires_grad = True
                if reads and type(a) is _array:
                    seen: Any = None
                    if self.op is None and self.handed_out:
                        seen = ((self, fingerprint(a)),)
                    if type(b) is _array and (
                        b is other or (other.op is None and other.handed_out)
                    ):
                        held = (other, fingerprint(b))
                        seen = (held,) if seen is None else (*seen, held)
                    if seen is not None:
                        node._seen = seen
                return node
        if isinstance(other, _ARRAYS):
            return apply(op, (self, other))
        return apply(op, (self, np.array(other))) if isinstance(other, _LISTS) else NotImplemented

    def mirrored(self: Value, other: Any) -> Value:
        a = self._data
        mode = _mode()
        if self.requires_grad and mode.recording:
            y: Any = None
            try:
                if type(a) is number:
                    if type(other) is float or type(other) is int:
                        y = scalar(float(other), a)
                elif type(other) is float or type(other) is int or type(other) in SCALARS:
                    if type(a) is arrays or type(a) in SCALARS:
                        y = array(other, a)
                elif type(a) is arrays and type(other) is _array:
                    y = array(other, a)
            except (ArithmeticError, ValueError):
                pass  # as in `forward`
            if type(y) is float or type(y) is _array or type(y) in SCALARS:
                node = _record(op, y, other, self, _NO_PARAMS, mode)
                if reads and type(a) is _array:
                    node._seen = seen_of((other, self))
                return node
        if isinstance(other, _ARRAYS):
            return apply(op, (other, self))
        return apply(op, (np.array(other), self)) if isinstance(other, _LISTS) else NotImplemented

    return forward, mirrored


def _unary(op: Op, certain: bool = True) -> Callable[[Value], Value]:
    """A method of one operand, by a shorter way than `apply`, to the same node.

    Of a function that is not ``certain`` to give floating numbers of its own, and always the same
    ones, as ufuncs do, the result is looked at, and recordings go by `apply`.
    """
    array = op.forward
    scalar: Any = op.scalar
    number = float if op.scalar else None
    any_kind, reads = op.complex, op.reads

    def method(self: Value) -> Value:
        a = self._data
        mode = _mode()
        if self.requires_grad and mode.recording and (certain or mode.recorder is None):
            y: Any = None
            try:
                if type(a) is number:
                    y = scalar(a)
                elif type(a) is _array:
                    if any_kind or a.dtype.kind == "f":
                        y = array(a)
                elif type(a) in SCALARS:
                    y = array(a)
            except _RAISED:
                pass  # as in `_binary`
            if (
                type(y) is type(a) is float
                or (
                    type(y) is _array
                    and (certain or (y is not a and y.ndim and y.dtype.kind in "fc"))
                )
                or type(y) in SCALARS
            ):
                node = _record(op, y, self, None, _NO_PARAMS, mode)
                if type(a) is _array and self.op is None and self.handed_out:
                    if reads:
                        node._seen = ((self, fingerprint(a)),)
                    elif not certain:
                        node._seen = seen_through(y, (self,))
                return node
        return apply(op, (self,))

    method.__name__ = op.name
    method.__doc__ = f"{op.name} of each number."
    return method


class _Operators(dict):
    """The short ways of NumPy's functions: of one operand, or a pair as of `_binary`."""

    def __missing__(self, op: Op | None) -> Any:
        quick: Any = None
        # Where an operand takes no gradient, the operation's own binding says so.
        if op is not None and dispatches(op.function) and None not in op.vjps:
            ufunc = isinstance(op.function, np.ufunc)
            if op.arity == 1:
                quick = _unary(op, certain=ufunc)
            elif ufunc and op.arity == 2:
                quick = _binary(op.function)
        self[op] = quick
        return quick


_OPERATORS = _Operators()


def _method(function: Callable) -> Callable[..., Any]:
    op = OPS.get(function)
    alone = op if op is not None and op.arity == 1 else None

    def method(self: Value, *args: Any, **settings: Any) -> Any:
        if not args and not settings and alone is not None:
            return _applied(alone, (self,), _NO_PARAMS)
        return call_function(_applied, raw, function, (self, *args), settings)

    method.__name__ = function.__name__
    method.__doc__ = f"np.{function.__name__}(self, ...)."
    return method


def _note(name: str, default: Any) -> Any:
    """A property of which only few values have one of their own.

    These are kept together, so that a value has few slots: it is quicker to record then, smaller,
    and quicker for the garbage collector to walk.
    """

    def get(self: Value) -> Any:
        notes = self._notes
        return notes.get(name, default) if type(notes) is dict else default

    def set_(self: Value, new: Any) -> None:
        notes = self._notes
        if type(notes) is dict:
            notes[name] = new
        elif new is not None:
            alone = "line" if type(notes) is tuple else "module"
            self._notes = {alone: notes, name: new}

    return property(get, set_)


def _comparison(compare: Callable) -> Callable[[Value, Any], Any]:
    def method(self: Value, other: Any) -> Any:
        recorder = _mode().recorder
        if recorder is not None:
            return recorder.plain(compare, (self, other), {})
        return compare(self._data, raw(other))

    return method


Raw = Any  # a Python float, a NumPy scalar or an array


class Value:
    """A node of the graph: data, and the operation and inputs it came from.

    Parameters
    ----------
    data : number, array, or nested list of numbers
        A Python number stays a Python float. Lists of integers become float64; an integer or
        boolean array is kept as it is and takes no gradient. An array is not copied.
    name : str, optional
        What pictures and messages call it.
    requires_grad : bool
        False makes a constant.
    dtype : NumPy dtype, optional
        Convert to this first.

    Attributes
    ----------
    data : float or array
    grad : float, array of the shape of ``data``, or None
        None until a backward pass reached it. Leaves add up over passes; interior values keep
        the last pass.
    op : Op or None
        None for a leaf.
    inputs : tuple
        The operands in order, repeats and plain constants included.
    params : dict
        The operation's settings.
    module : ModuleCall or None
        The call of an ``nn`` module during which it was made.
    line : Line or None
        The source line that made it, where lines are remembered (see `remember_lines`).

    Examples
    --------
    >>> x, y, z = Value(1.0), Value(3.0), Value(-3.0)
    >>> out = (x + y) * z
    >>> out.backward()
    >>> x.grad, y.grad, z.grad
    (-3.0, -3.0, 4.0)
    """

    # A node refers to its inputs and never back, and holds one or two operands directly: a tuple
    # a node would double the objects that the garbage collector walks.
    __slots__ = (
        "__weakref__",
        "_data",
        "_first",
        "_notes",
        "_second",
        "grad",
        "op",
        "order",
        "requires_grad",
    )  # fmt: skip

    _data: Raw
    _first: Any  # the first operand; all of them for an operation of three or more
    _second: Any
    _notes: dict[str, Any] | ModuleCall | Place | None  # one of the two alone, or several things
    grad: Raw | None
    op: Op | None
    requires_grad: bool
    order: int  # of creation, which is a topological order

    name = _name = _note("name", "")
    params = _params = _note("params", _NO_PARAMS)
    _seen = _note("seen", None)  # of `captured.seen`
    _hooks = _note("hooks", None)
    _closed = _note("closed", False)  # made from nothing but variables of functions that have run
    _written = _note("written", -1)  # the moment of the last assignment to ``data``

    def __init__(
        self, data: Any, *, name: str = "", requires_grad: bool = True, dtype: Any = None
    ) -> None:
        self._data = as_data(data, dtype)
        self._notes = self.grad = self.op = None
        self.requires_grad = bool(requires_grad) and is_floating(self._data)
        self.order = _next()
        if name:
            self._name = name

    # ---- the graph -----------------------------------------------------------------------

    @property
    def module(self) -> ModuleCall | None:
        """The call of an ``nn`` module during which it was made."""
        notes: Any = self._notes
        if type(notes) is dict:
            return notes.get("module")
        return None if type(notes) is tuple else notes

    @property
    def _line(self) -> Place | None:
        """Where in the source it was made, where lines are remembered."""
        notes: Any = self._notes
        if type(notes) is dict:
            return notes.get("line")
        return notes if type(notes) is tuple else None

    @_line.setter
    def _line(self, place: Place) -> None:
        notes: Any = self._notes
        if type(notes) is dict:
            notes["line"] = place
        elif notes is None or type(notes) is tuple:
            self._notes = place
        else:
            self._notes = {"module": notes, "line": place}

    @property
    def line(self) -> Line | None:
        """The source line that made it, under `remember_lines` or `detect_anomaly`."""
        place = self._line
        return None if place is None else line_at(place)

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The operands in order, repeats and plain constants included."""
        if self.op is None:
            return ()
        if self.op.arity == 2:
            return (self._first, self._second)
        if self.op.arity == 1:
            return (self._first,)
        return self._first

    def backward(self, seed: Any = None, *, leaves_only: bool = False) -> None:
        """Compute the gradient of this value with respect to all that it was made from.

        Parameters
        ----------
        seed : number or array of this shape, optional
            The gradient to start from; 1 by default, for a value that holds one number.
        leaves_only : bool
            Drop the gradients of interior values as soon as they were used (what training wants).

        Raises
        ------
        ValueError
            Where the value holds several numbers and no seed is given, or the seed's shape differs.
        RuntimeError
            Where nothing that it was made from takes a gradient.
        """
        self._backpropagate(seed, leaves_only)

    _backpropagate: ClassVar[Callable[[Value, Any, bool], None]]  # of `loop`

    def register_hook(self, hook: Callable[[Any], Any]) -> Callable[[], None]:
        """Call ``hook(gradient)`` in every backward pass that reaches this value.

        It is called once a pass, when the gradient is complete and before it is sent on.

        Parameters
        ----------
        hook : callable
            Gets the gradient (a Value in a differentiable pass); what it returns takes the
            gradient's place, None changes nothing.

        Returns
        -------
        callable
            Takes the hook off again.

        Examples
        --------
        >>> x = Value(3.0)
        >>> y = x * x
        >>> remove = y.register_hook(lambda g: 10 * g)
        >>> (2 * y).backward()
        >>> y.grad, x.grad
        (20.0, 120.0)
        """
        if not callable(hook):
            raise TypeError(f"a hook is a function of the gradient, not {hook!r}")
        if self._hooks is None:
            self._hooks = []
            finalize(self, HOOKED.discard, id(self))
        self._hooks.append(hook)
        HOOKED.add(id(self))

        def remove() -> None:
            self._hooks.remove(hook)
            if not self._hooks:
                HOOKED.discard(id(self))

        return remove

    def zero_grad(self) -> None:
        """Forget the gradient: ``grad`` is None again."""
        self.grad = None

    def detach(self) -> Value:
        """The same data as a constant that no gradient flows through."""
        data = self.data
        if isinstance(data, Value):  # of a function that is being recorded
            return data
        return Value(data, name=self.name, requires_grad=False)

    def item(self) -> float:
        """The one number it holds, as a Python number."""
        if np.size(self._data) != 1:
            raise ValueError(
                f"item() asks for one number, and {describe(self)} holds {np.size(self._data)}"
            )
        return self._data if type(self._data) is float else self._data.item()

    def numpy(self) -> np.ndarray:
        """The data as an array, not copied; the way out of the graph."""
        return np.asarray(self.data)

    @property
    def at(self) -> At:
        """``x.at[index].set(v)`` and ``.add(v)``: assignment that gives a new value.

        Examples
        --------
        >>> x = Value([1.0, 2.0, 3.0])
        >>> print(x.at[1].set(9.0))
        [1. 9. 3.]
        """
        return At(self)

    # Whether others may hold the array of a leaf, and change it: then its contents are compared.
    handed_out: bool = True

    @property
    def data(self) -> Raw:
        """The number or array itself. That of an operation's result is read-only."""
        data = self._data
        if self.op is not None and type(data) is _array:
            data.flags.writeable = False  # its operation's rule reads it again
        return data

    @data.setter
    def data(self, new: Any) -> None:
        if self.op is not None:
            raise TypeError(
                f"{describe(self)} follows from its inputs and is not set; make a new Value"
            )
        recorder = _mode().recorder
        if recorder is not None:
            recorder.set_data(self, new)
            return
        old = self._data
        if new is not old:  # which ``p.data -= ...`` hands back
            if type(new) is not float and (type(new) is not _array or new.dtype.kind != "f"):
                new = as_data(new)
            if not (type(new) is type(old) is float) and np.shape(new) != np.shape(old):
                raise ValueError(
                    f"{describe(self)} cannot get data of shape {np.shape(new)}; make a new Value"
                )
            self._data = new
        written(self)

    # ---- what it looks like from outside ----------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        data = self._data
        return () if type(data) is float else data.shape

    @property
    def ndim(self) -> int:
        return np.ndim(self._data)

    @property
    def size(self) -> int:
        return np.size(self._data)

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(float) if type(self._data) is float else np.asarray(self._data).dtype

    @property
    def real(self) -> Value:
        return apply(OPS[np.real], (self,))

    @property
    def imag(self) -> Value:
        return apply(OPS[np.imag], (self,))

    @property
    def mT(self) -> Value:
        return apply(OPS[np.swapaxes], (self,), {"axis1": -1, "axis2": -2})

    @property
    def T(self) -> Value:
        return apply(OPS[np.transpose], (self,))

    def __repr__(self) -> str:
        data = (
            np.array2string(self._data, separator=", ", prefix="Value(")
            if self.ndim
            else repr(_plain(self._data))
        )
        parts = [data]
        if self.name:
            parts.append(f"name={self.name!r}")
        if self.ndim and self.dtype != float:
            parts.append(f"dtype={self.dtype}")
        if self.grad is not None:
            parts.append(f"grad={_plain(self.grad)!r}" if not self.ndim else "grad=…")
        if not self.requires_grad:
            parts.append("requires_grad=False")
        return f"Value({', '.join(parts)})"

    def __str__(self) -> str:
        return str(self._data)

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        return format(self.item(), spec)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("a Value that holds one number has no length")
        return len(self._data)

    def __iter__(self) -> Iterator[Value]:
        if not self.ndim:
            raise TypeError("a Value that holds one number cannot be iterated over")
        return (self[i] for i in range(len(self._data)))

    def __bool__(self) -> bool:
        if np.size(self._data) > 1:
            raise no_truth(self)
        return bool(self._data)

    def _leave(self, how: str) -> Raw:
        if self.requires_grad:
            raise leaves_graph(how, self)
        return self.data

    def __float__(self) -> float:
        return float(self._leave("float(value)"))

    def __int__(self) -> int:
        return int(self._leave("int(value)"))

    def __index__(self) -> int:
        return operator.index(self._leave("value as an index"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        data = self._leave("np.asarray(value)")
        return np.array(data, dtype) if copy else np.asarray(data, dtype)

    def __reduce__(self) -> Any:
        if self.op is not None:
            raise TypeError(
                f"{describe(self)} is the result of an operation; copy or pickle its .data, "
                f"or value.detach(), instead"
            )
        state = {slot: getattr(self, slot) for slot in ("_data", "grad", "name", "requires_grad")}
        slots = (slot for kind in type(self).__mro__ for slot in getattr(kind, "__slots__", ()))
        own = {s: getattr(self, s) for s in slots if s not in Value.__slots__ and hasattr(self, s)}
        return _restore, (type(self), state, own | getattr(self, "__dict__", {}))

    # ---- NumPy ------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **settings: Any) -> Any:
        if method == "__call__" and not settings and (quick := _OPERATORS[OPS.get(ufunc)]):
            if len(operands) == 1:
                return quick(self)
            first, second = operands
            forward, mirrored = quick
            y = forward(first, second) if isinstance(first, Value) else mirrored(second, first)
            if y is not NotImplemented:
                return y
        return call_ufunc(_applied, raw, ufunc, method, operands, settings)

    def __array_function__(self, function: Callable, types: Any, args: Any, settings: Any) -> Any:
        return call_function(_applied, raw, function, args, settings)

    # ---- indexing ---------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Value:
        mode = _mode()
        if (
            self.requires_grad
            and mode.recording
            and mode.recorder is None
            and not mode.anomaly
            and type(a := self._data) is _array
            and is_sliced(index)
        ):  # `apply` written out for most indices: without what cannot be
            try:
                y = a[index]
            except (IndexError, TypeError, ValueError):
                pass  # `apply` has the message
            else:
                if type(y) is not _array or not y.ndim:
                    y = of_python_numbers(y[()], [a])
                node = _record(_GETITEM, y, self, None, _NO_PARAMS, mode)
                node._params = {"index": index}
                if self.op is None and self.handed_out:
                    node._seen = seen_through(y, (self,))
                return node
        return apply(_GETITEM, (self,), {"index": _raw_index(index)})

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "a Value is not changed in place, because what was computed from it would no longer be "
            "true. Make a new one: x = x.at[index].set(v), or x.at[index].add(v)"
        )

    # ---- operators and methods --------------------------------------------------------------

    __add__, __radd__ = _binary(np.add)
    __sub__, __rsub__ = _binary(np.subtract)
    __mul__, __rmul__ = _binary(np.multiply)
    __truediv__, __rtruediv__ = _binary(np.divide)
    __pow__, __rpow__ = _binary(np.power)
    __matmul__, __rmatmul__ = _binary(np.matmul)
    __mod__, __rmod__ = _binary(np.remainder)
    __floordiv__, __rfloordiv__ = _binary(np.floor_divide)
    __neg__ = _unary(OPS[np.negative])
    __abs__ = _unary(OPS[np.absolute])

    __lt__ = _comparison(operator.lt)
    __le__ = _comparison(operator.le)
    __gt__ = _comparison(operator.gt)
    __ge__ = _comparison(operator.ge)
    __eq__ = _comparison(operator.eq)  # of numbers, as NumPy does
    __ne__ = _comparison(operator.ne)
    __hash__ = object.__hash__  # by identity, so that Values can be keys

    exp = _unary(OPS[np.exp])
    log = _unary(OPS[np.log])
    sqrt = _unary(OPS[np.sqrt])
    sin = _unary(OPS[np.sin])
    cos = _unary(OPS[np.cos])
    tanh = _unary(OPS[np.tanh])
    sigmoid = _unary(OPS[activation.sigmoid])
    relu = _unary(OPS[activation.relu])

    sum = _method(np.sum)
    mean = _method(np.mean)
    var = _method(np.var)
    std = _method(np.std)
    max = _method(np.max)
    min = _method(np.min)
    prod = _method(np.prod)
    any = _method(np.any)
    all = _method(np.all)
    argmax = _method(np.argmax)
    argmin = _method(np.argmin)
    argsort = _method(np.argsort)
    cumsum = _method(np.cumsum)
    cumprod = _method(np.cumprod)
    ptp = _method(np.ptp)
    conj = _method(np.conjugate)
    conjugate = _method(np.conjugate)
    diagonal = _method(np.diagonal)
    trace = _method(np.trace)
    nonzero = _method(np.nonzero)
    argpartition = _method(np.argpartition)
    searchsorted = _method(np.searchsorted)
    repeat = _method(np.repeat)
    take = _method(np.take)
    clip = _method(np.clip)
    dot = _method(np.dot)
    round = _method(np.round)
    swapaxes = _method(np.swapaxes)
    squeeze = _method(np.squeeze)
    ravel = _method(np.ravel)
    flatten = _method(np.ravel)

    def reshape(self, *shape: Any) -> Value:
        """The same numbers in another shape, given as a tuple or as separate numbers."""
        return apply(OPS[np.reshape], (self,), {"shape": _unpacked(shape)})

    def transpose(self, *axes: Any) -> Value:
        """Axes in another order, given as a tuple or as separate numbers; reversed by default."""
        return apply(OPS[np.transpose], (self,), {"axes": _unpacked(axes)} if axes else {})

    def astype(self, dtype: Any) -> Value:
        """In another floating dtype; the gradient comes back in this one's."""
        return apply(OPS[shape.astype], (self,), {"dtype": dtype})

    def copy(self) -> Value:
        """The same numbers in a node of its own."""
        return apply(OPS[np.positive], (self,))

    def compress(self, condition: Any, axis: int | None = None) -> Any:
        """The entries, or the slices along an axis, where the condition is true."""
        return np.compress(condition, self, axis)

    def __round__(self, ndigits: int | None = None) -> Any:
        return np.round(self, ndigits or 0)

    def __pos__(self) -> Value:
        return self


class At:
    """``value.at[index]``, the place that ``set`` and ``add`` write to."""

    def __init__(self, value: Value, index: Any = None) -> None:
        self._value, self._index = value, index

    def __getitem__(self, index: Any) -> At:
        return At(self._value, _raw_index(index))

    def set(self, values: Any) -> Value:
        """A new value in which ``values`` stand at the index."""
        return apply(OPS[set_at], (self._value, values), {"index": self._index})

    def add(self, values: Any) -> Value:
        """A new value with ``values`` added at the index; repeated places add up."""
        return apply(OPS[add_at], (self._value, values), {"index": self._index})


_GETITEM = OPS[getitem]
_ARRAYS = (Value, int, float, complex, np.ndarray, np.generic)
_LISTS = (list, tuple)


# ---- recording --------------------------------------------------------------------------------


def raw(x: Any) -> Raw:
    """The data of a Value; anything else as it is."""
    return x._data if isinstance(x, Value) else x


def written(x: Value) -> None:
    """Note that the data of ``x`` are other ones now, for whoever recorded them."""
    WRITES.last = x._written = _next()


def apply(op: Op, operands: tuple, params: dict[str, Any] = _NO_PARAMS) -> Value:
    """Compute one operation, and record it where an operand takes a gradient."""
    mode = _mode()
    if mode.recorder is not None:
        return mode.recorder.apply(op, operands, params)
    data = []
    traced = held = False  # whether one takes a gradient, and whether others may hold one
    for x in operands:
        if isinstance(x, Value):
            if x.requires_grad:
                traced = True
            if x.op is None:
                held = True
            data.append(x._data)
        else:
            held = True
            data.append(x)
    for setting in params.values():
        if isinstance(setting, Value):
            raise traced_setting(op, operands, params, setting)
    if not op.complex:
        for x in data:
            if x.dtype.kind == "c" if type(x) is _array else is_complex(x):
                raise about(no_complex_rule(op.name, operands), op, operands, params)
    try:
        y = op.forward(*data, **params)
    except _RAISED as error:
        raise operation_failed(op, operands, params, error) from None
    except Exception as error:  # of a function that is not ours: told as it is
        about(error, op, operands, params)
        raise
    if not isinstance(y, _array):
        y = of_python_numbers(y, data)
    elif not y.ndim:
        y = of_python_numbers(y[()], data)
    if traced and mode.recording and (type(y) is float or y.dtype.kind in "fc"):
        if op.arity == 2:
            node = _record(op, y, operands[0], operands[1], params, mode)
        elif op.arity == 1:
            node = _record(op, y, operands[0], None, params, mode)
        else:
            node = _record(op, y, operands, None, params, mode)
        if held:
            for x in data:
                if x is y and type(y) is _array:  # handed on as it is, but it is the user's
                    node._data = y.view()
            node._seen = seen_of(operands) if op.reads else seen_through(node._data, operands)
        return node
    return Value(y, requires_grad=False)


for _function in (activation.relu, activation.sigmoid):  # where small networks spend their time
    _OPERATORS[OPS[_function]] = _unary(OPS[_function])

_RAISED = (ArithmeticError, ValueError, TypeError, IndexError)  # by NumPy, of what it was given


def _applied(op: Op, operands: tuple, params: dict[str, Any]) -> Value:
    """`apply`, as functions find it from a Value: by the short way, where there is one."""
    if not params and op.arity == 1 and isinstance(operands[0], Value):
        quick = _OPERATORS[op]
        if quick is not None:
            return quick(operands[0])
    return apply(op, operands, params)


Value._apply = staticmethod(_applied)  # type: ignore[attr-defined]


def _record(
    op: Op, data: Raw, first: Any, second: Any, params: dict[str, Any], mode: Mode
) -> Value:
    """The node of a result."""
    try:
        node = _blank()
    except IndexError:
        node = _more_blanks()
    node._data = data
    node._first = first
    node._second = second
    node._notes = mode.module
    node.grad = None
    node.op = op
    node.order = _next()
    node.requires_grad = True
    if params:
        for setting in params.values():
            kind = type(setting)
            if kind not in _FIXED and not (kind is tuple and _FIXED.issuperset(map(type, setting))):
                params = _kept(params)
                break
        node._notes = {"module": mode.module, "params": params}
    if mode is not _quiet:
        if mode.recorder is not None:
            mode.recorder.note(node, op, (first, second))
        if mode.anomaly or _quiet is None:
            node._line = here(3)  # above _record and who called it
            if mode.anomaly:
                check_finite(op, data, node.inputs, params, node.line, "gave")
    return node


_blank, _more_blanks = blanks(Value)

_quiet: Mode | None = DEFAULT  # the mode in which nothing but the graph is noted


def remember_lines(on: bool = True) -> bool:
    """From now on every operation remembers the line of source that called it, in all threads.

    ``import viz`` switches it on, so that pictures can show the lines. It adds about 0.35 µs to
    an operation, where the graph of two numbers takes 0.3 µs. Gives whether it was on before.

    Examples
    --------
    >>> from autograd import Value, remember_lines
    >>> before = remember_lines()
    >>> x = Value(2.0)
    >>> y = x * x + 1
    >>> line = y.inputs[0].line
    >>> line.text, line.text[line.start : line.end]
    ('y = x * x + 1', 'x * x')
    >>> _ = remember_lines(before)
    """
    global _quiet
    before = _quiet is None
    _quiet = None if on else DEFAULT
    return before


def _unpacked(numbers: tuple) -> Any:
    """The numbers of f(2, 3), f((2, 3)) or f(6)."""
    return numbers[0] if len(numbers) == 1 else numbers


def _kept(setting: Any) -> Any:
    """A setting that the caller cannot change any more: a copy of what can be written to."""
    kind = type(setting)
    if kind is dict:
        return {
            key: entry if type(entry) in _FIXED else _kept(entry) for key, entry in setting.items()
        }
    if kind is tuple and _FIXED.issuperset(map(type, setting)):
        return setting
    if kind is _array:
        return setting.copy()
    if kind is list or kind is tuple:
        return kind(map(_kept, setting))
    return setting


_FIXED = {int, float, bool, str, slice, type(None), type(Ellipsis)}


def _raw_index(index: Any) -> Any:
    if _mode().recorder is not None:
        return index  # the numbers may be others in a replay
    return tuple(map(raw, index)) if isinstance(index, tuple) else raw(index)


def _plain(x: Raw) -> Any:
    return x.item() if isinstance(x, np.generic) else x


def _restore(cls: type[Value], state: dict[str, Any], attributes: dict[str, Any]) -> Value:
    """Undo `Value.__reduce__`: a leaf as it was, a subclass's own attributes included."""
    value = object.__new__(cls)
    Value.__init__(value, state["_data"], name=state["name"], requires_grad=state["requires_grad"])
    value.grad = state["grad"]
    for name, attribute in attributes.items():
        setattr(value, name, attribute)
    return value
