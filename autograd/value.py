"""Value: a number or an array that remembers how it was made."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np

from . import ops  # noqa: F401  (fills the table)
from .op import COMPOSED, OPS, Op
from .switches import MODE, ModuleCall, source_line

_mode = MODE.get
_next = count().__next__
_new = object.__new__

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
        "data", "grad", "op", "_first", "_second", "params", "name", "requires_grad",
        "order", "module", "line", "__weakref__",
    )  # fmt: skip

    data: Raw
    grad: Raw | None
    op: Op | None
    params: dict[str, Any]
    name: str
    requires_grad: bool
    order: int  # of creation, which is a topological order
    module: ModuleCall | None
    line: str | None  # source, where detect_anomaly was on

    def __init__(
        self, data: Any, *, name: str = "", requires_grad: bool = True, dtype: Any = None
    ) -> None:
        self.data = _as_data(data, dtype)
        self.grad = None
        self.op = None
        self._first = self._second = None
        self.params = _NO_PARAMS
        self.name = name
        self.requires_grad = bool(requires_grad) and _is_floating(self.data)
        self.order = _next()
        self.module = None
        self.line = None

    # ---- the graph -----------------------------------------------------------------------

    @property
    def inputs(self) -> tuple:
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
        from .backward import backpropagate  # backward.py needs Value; Value needs it only here

        backpropagate(self, seed, leaves_only)

    def zero_grad(self) -> None:
        """Forget the gradient: ``grad`` is None again."""
        self.grad = None

    def detach(self) -> Value:
        """The same data as a constant that no gradient flows through."""
        return Value(self.data, name=self.name, requires_grad=False)

    def item(self) -> float:
        """The one number it holds, as a Python number."""
        if np.size(self.data) != 1:
            raise ValueError(
                f"item() asks for one number, and {_describe(self)} holds {np.size(self.data)}"
            )
        return self.data if type(self.data) is float else self.data.item()

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

    # ---- what it looks like from outside ----------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.data)

    @property
    def ndim(self) -> int:
        return np.ndim(self.data)

    @property
    def size(self) -> int:
        return np.size(self.data)

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(float) if type(self.data) is float else np.asarray(self.data).dtype

    @property
    def T(self) -> Value:
        return apply(OPS[np.transpose], (self,))

    def __repr__(self) -> str:
        data = np.array2string(self.data, separator=", ", prefix="Value(") if self.ndim else repr(_plain(self.data))
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
        return str(self.data)

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        return format(self.item(), spec)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("a Value that holds one number has no length")
        return len(self.data)

    def __iter__(self) -> Iterator[Value]:
        if not self.ndim:
            raise TypeError("a Value that holds one number cannot be iterated over")
        return (self[i] for i in range(len(self.data)))

    def __bool__(self) -> bool:
        return bool(self.data)  # of several numbers NumPy raises, and says why

    def _leave(self, how: str) -> Raw:
        if self.requires_grad:
            raise TypeError(
                f"{how} would silently cut {_describe(self)} out of the graph. Take the number or array "
                f"with .item() or .data (no gradient flows through it), or stay in the graph with "
                f"NumPy's functions: np.sin(value), np.stack([v, w])."
            )
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
                f"{_describe(self)} is the result of an operation; copy or pickle its .data, "
                f"or value.detach(), instead"
            )
        state = {slot: getattr(self, slot) for slot in ("data", "grad", "name", "requires_grad")}
        return _restore, (type(self), state, getattr(self, "__dict__", {}))

    # ---- NumPy ------------------------------------------------------------------------------

    __array_priority__ = 1000

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **kwargs: Any) -> Any:
        if kwargs.get("out") is not None:
            raise TypeError(
                f"{ufunc.__name__}: a Value cannot be written into an existing array (out=, or an array "
                f"on the left of +=), because the graph would lose it; write a = a + value"
            )
        if method != "__call__":
            function = _REDUCTIONS.get(ufunc) if method == "reduce" else None
            if function is None:
                raise TypeError(f"np.{ufunc.__name__}.{method} of a Value has no gradient rule")
            return self.__array_function__(function, (), operands, {"axis": 0, **kwargs})
        op = OPS.get(ufunc)
        if op is not None:
            return apply(op, *op.bind(*operands, **kwargs))
        if ufunc in _PLAIN:
            return ufunc(*map(raw, operands), **kwargs)
        raise _no_rule(ufunc)

    def __array_function__(self, function: Callable, types: Any, args: Any, kwargs: Any) -> Any:
        op = OPS.get(function)
        if op is not None:
            return apply(op, *op.bind(*args, **kwargs))
        if function in COMPOSED:
            return COMPOSED[function](*args, **kwargs)
        if function in _PLAIN:
            return function(*map(raw, args), **kwargs)
        raise _no_rule(function)

    # ---- indexing ---------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Value:
        return apply(_GETITEM, (self,), {"index": _raw_index(index)})

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "a Value is not changed in place, because what was computed from it would no longer be true. "
            "Make a new one: x = x.at[index].set(v), or x.at[index].add(v)"
        )

    # The operators and methods are filled in below, from the table.
    __hash__ = object.__hash__  # by identity: == compares numbers


class At:
    """``value.at[index]``, the place that ``set`` and ``add`` write to."""

    def __init__(self, value: Value, index: Any = None) -> None:
        self._value, self._index = value, index

    def __getitem__(self, index: Any) -> At:
        return At(self._value, _raw_index(index))

    def set(self, values: Any) -> Value:
        """A new value in which ``values`` stand at the index."""
        return apply(OPS[ops.index.set_at], (self._value, values), {"index": self._index})

    def add(self, values: Any) -> Value:
        """A new value with ``values`` added at the index; repeated places add up."""
        return apply(OPS[ops.index.add_at], (self._value, values), {"index": self._index})


_NO_PARAMS: dict[str, Any] = {}
_GETITEM = OPS[ops.index.getitem]
_REDUCTIONS = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min}
# Results without a derivative, or that only depend on shapes: plain arrays come out.
_PLAIN = {
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal, np.isnan, np.isinf,
    np.isfinite, np.signbit, np.logical_and, np.logical_or, np.logical_not, np.logical_xor,
    np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.argmax,
    np.argmin, np.argsort, np.allclose, np.isclose, np.array_equal, np.result_type, np.any, np.all,
    np.count_nonzero, np.nonzero, np.searchsorted, np.array2string, np.array_repr, np.array_str,
    np.can_cast, np.min_scalar_type, np.common_type, np.iscomplexobj, np.isrealobj,
}  # fmt: skip
_NUMBERS = (int, float, np.ndarray, np.generic)
_OPERANDS = (Value, *_NUMBERS, list, tuple)


def raw(x: Any) -> Raw:
    """The data of a Value; anything else as it is."""
    return x.data if isinstance(x, Value) else x


def apply(op: Op, operands: tuple, params: dict[str, Any] = _NO_PARAMS) -> Value:
    """Compute one operation, and record it where an operand takes a gradient."""
    data = compute(op, operands, params)
    mode = _mode()
    if mode.recording:
        for x in operands:
            if isinstance(x, Value) and x.requires_grad:
                return record(op, data, operands, params, mode)
    return _constant(data)


def compute(op: Op, operands: tuple, params: dict[str, Any]) -> Raw:
    """The data of an operation's result; what goes wrong is told with the operands."""
    data = [x.data if isinstance(x, Value) else x for x in operands]
    try:
        y = op.forward(*data, **params)
    except (ArithmeticError, ValueError, TypeError, IndexError) as error:
        raise _explain(op, operands, params, error) from None
    if isinstance(y, np.ndarray):
        return y if y.ndim else _narrow(y[()], data)
    return _narrow(y, data)


def record(op: Op, data: Raw, operands: tuple, params: dict[str, Any], mode: Any) -> Value:
    """The node of a result."""
    node = _new(Value)
    node.data = data
    node.grad = None
    node.op = op
    if op.arity == 2:
        node._first, node._second = operands
    else:
        node._first = operands[0] if op.arity == 1 else operands
        node._second = None
    node.params = params
    node.name = ""
    node.requires_grad = True
    node.order = _next()
    node.module = mode.module
    node.line = None
    if mode.anomaly:
        node.line = source_line()
        check_finite(op, data, operands, node.line, "gave")
    return node


def _constant(data: Raw) -> Value:
    return Value(data, requires_grad=False)


def _narrow(y: Any, data: list) -> Raw:
    """Of Python numbers the result is a Python number, as it is without NumPy."""
    if isinstance(y, np.floating) and all(type(x) in (float, int, bool) for x in data):
        return float(y)
    return y


def _as_data(data: Any, dtype: Any) -> Raw:
    if isinstance(data, Value):
        raise TypeError(
            "Value(value): it already is one. Use it as it is, or .detach() for a constant copy of its data"
        )
    if isinstance(data, (bool, int, float)) and not isinstance(data, np.generic):
        return float(data) if dtype is None else np.dtype(dtype).type(data)
    if not isinstance(data, (np.ndarray, np.generic)):
        if isinstance(data, (list, tuple)) and any(isinstance(x, Value) for x in _leaves(data)):
            raise TypeError("Value([...]) of Values would cut them out of the graph; use np.stack([v, w])")
        try:
            data = np.array(data)
        except ValueError as error:
            raise ValueError(f"Value takes numbers or arrays with rows of equal length: {error}") from None
        if data.dtype.kind in "bui":
            data = data.astype(float)
    if dtype is not None:
        data = data.astype(dtype)
    if data.dtype.kind not in "buifc":
        raise TypeError(
            f"Value takes numbers, arrays or lists of numbers, not {type(data).__name__} of {data.dtype}"
        )
    return data


def _leaves(data: Any) -> Iterator[Any]:
    stack = [data]
    while stack:
        x = stack.pop()
        if isinstance(x, (list, tuple)):
            stack.extend(x)
        else:
            yield x


def _is_floating(data: Raw) -> bool:
    return type(data) is float or data.dtype.kind in "fc"


def _raw_index(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(map(raw, index))
    return raw(index)


def _plain(x: Raw) -> Any:
    return x.item() if isinstance(x, np.generic) else x


def _restore(cls: type[Value], state: dict[str, Any], attributes: dict[str, Any]) -> Value:
    value = _new(cls)
    Value.__init__(value, state["data"], name=state["name"], requires_grad=state["requires_grad"])
    value.grad = state["grad"]
    for name, attribute in attributes.items():
        setattr(value, name, attribute)
    return value


# ---- messages -------------------------------------------------------------------------------


def _describe(x: Any) -> str:
    """One operand in words: name, shape, dtype."""
    if not isinstance(x, Value):
        return f"{type(x).__name__} of shape {np.shape(x)}" if np.ndim(x) else f"the number {x!r}"
    name = f" {x.name!r}" if x.name else ""
    made = f" (made by {x.op.name})" if x.op is not None else ""
    return f"Value{name} of shape {x.shape}, {x.dtype}{made}"


def _explain(op: Op, operands: tuple, params: dict[str, Any], error: Exception) -> Exception:
    """An operation's own error with what it was given."""
    lines = [f"{op.name}: {error}"]
    shapes = [np.shape(raw(x)) for x in operands]
    if op.arity == 2 and op.name in ("matmul", "dot"):
        lines = [f"{op.name}: shapes {shapes[0]} and {shapes[1]} do not fit: the last axis of the first must be as "
                 f"long as the second-to-last of the second"]  # fmt: skip
    elif "broadcast" in str(error):
        lines = [f"{op.name}: shapes {' and '.join(map(str, shapes))} do not broadcast. Axes are compared from the "
                 f"last; each pair must be equal or one of them 1. Insert an axis with x[:, None], or reshape"]  # fmt: skip
    for i, x in enumerate(operands):
        lines.append(f"  operand {i}: {_describe(x)}")
    if params:
        lines.append(f"  settings: {', '.join(f'{k}={v!r}' for k, v in params.items())}")
    kind = next(k for k in (IndexError, TypeError, ValueError, ArithmeticError) if isinstance(error, k))
    return kind("\n".join(lines))


def _no_rule(function: Callable) -> TypeError:
    name = getattr(function, "__name__", str(function))
    return TypeError(
        f"np.{name} has no gradient rule here. Add one with autograd.define(np.{name}, rule, ...), write it with "
        f"functions that have one, or call it on value.data where no gradient is wanted"
    )


def check_finite(op: Op, data: Any, operands: tuple, line: str | None, did: str) -> None:
    """Raise where ``data`` has a NaN or an infinity, with the line and what went in."""
    if np.all(np.isfinite(data)):
        return
    what = "NaN" if np.any(np.isnan(data)) else "infinity"
    lines = [f"{op.name} {did} {what} at {line or 'an unknown line (made outside detect_anomaly)'}"]
    for i, x in enumerate(operands):
        numbers = np.asarray(raw(x))
        span = f", from {numbers.min():.4g} to {numbers.max():.4g}" if numbers.size and numbers.dtype.kind in "fui" else ""
        lines.append(f"  operand {i}: {_describe(x)}{span}")
    raise FloatingPointError("\n".join(lines))


# ---- operators ------------------------------------------------------------------------------


def _binary(function: Callable) -> tuple[Callable, Callable]:
    """An operator and its mirror image. Two Python numbers, of which scalar graphs consist, go by a
    shorter way; `benchmarks/` shows what it buys (micrograd's demo)."""
    op = OPS[function]
    scalar = op.scalar

    def forward(self: Value, other: Any) -> Any:
        a = self.data
        b = other.data if isinstance(other, Value) else other
        if type(a) is float and (type(b) is float or type(b) is int) and scalar is not None:
            mode = _mode()
            if mode.recording and (self.requires_grad or (b is not other and other.requires_grad)):
                try:
                    return record(op, scalar(a, b), (self, other), _NO_PARAMS, mode)
                except (ArithmeticError, ValueError):
                    pass  # NumPy has an answer (inf or nan) where Python raises
        if isinstance(other, _OPERANDS):
            return apply(op, (self, other if isinstance(other, _SINGLE) else np.asarray(other)))
        return NotImplemented

    def mirrored(self: Value, other: Any) -> Any:
        b = self.data
        if type(b) is float and (type(other) is float or type(other) is int) and scalar is not None:
            mode = _mode()
            if mode.recording and self.requires_grad:
                try:
                    return record(op, scalar(float(other), b), (other, self), _NO_PARAMS, mode)
                except (ArithmeticError, ValueError):
                    pass
        if isinstance(other, _OPERANDS):
            return apply(op, (other if isinstance(other, _SINGLE) else np.asarray(other), self))
        return NotImplemented

    return forward, mirrored


_SINGLE = (Value, *_NUMBERS)


def _unary(function: Callable) -> Callable:
    op = OPS[function]
    scalar = op.scalar

    def method(self: Value) -> Value:
        if type(self.data) is float and scalar is not None and self.requires_grad:
            mode = _mode()
            if mode.recording:
                try:
                    return record(op, scalar(self.data), (self,), _NO_PARAMS, mode)
                except (ArithmeticError, ValueError):
                    pass
        return apply(op, (self,))

    method.__name__ = op.name
    method.__doc__ = f"{op.name}(self), elementwise."
    return method


def _method(function: Callable) -> Callable:
    def method(self: Value, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__name__ = function.__name__
    method.__doc__ = f"np.{function.__name__}(self, ...)."
    return method


def _shape_method(function: Callable, setting: str) -> Callable:
    """A method that takes its tuple also as separate numbers: x.reshape(2, 3)."""
    op = OPS[function]

    def method(self: Value, *sizes: Any) -> Value:
        if len(sizes) == 1 and (sizes[0] is None or isinstance(sizes[0], (tuple, list))):
            sizes = sizes[0]
        return apply(op, (self,), {setting: tuple(sizes)} if sizes else {})

    method.__name__ = function.__name__
    method.__doc__ = f"np.{function.__name__}(self, ...)."
    return method


def _comparison(compare: Callable) -> Callable:
    def method(self: Value, other: Any) -> Any:
        return compare(self.data, raw(other))

    return method


for _name, _function in {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "pow": np.power,
    "matmul": np.matmul,
}.items():  # fmt: skip
    _forward, _mirrored = _binary(_function)
    setattr(Value, f"__{_name}__", _forward)
    setattr(Value, f"__r{_name}__", _mirrored)
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Value, f"__{_name}__", _comparison(getattr(operator, _name)))
for _name, _function in {
    "__neg__": np.negative, "__abs__": np.absolute, "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "tanh": np.tanh, "sin": np.sin, "cos": np.cos, "abs": np.absolute,
    "sigmoid": ops.activation.sigmoid, "relu": ops.activation.relu,
}.items():  # fmt: skip
    setattr(Value, _name, _unary(_function))
for _name, _function in {
    "sum": np.sum, "mean": np.mean, "var": np.var, "std": np.std, "max": np.max, "min": np.min, "prod": np.prod,
    "swapaxes": np.swapaxes, "squeeze": np.squeeze, "flatten": np.ravel, "ravel": np.ravel, "clip": np.clip,
    "dot": np.dot, "argmax": np.argmax, "argmin": np.argmin, "argsort": np.argsort, "round": np.round,
    "any": np.any, "all": np.all, "astype": ops.shape.astype, "softmax": ops.activation.softmax,
}.items():  # fmt: skip
    setattr(Value, _name, _method(_function))
setattr(Value, "__pos__", lambda self: self)  # noqa: B010
setattr(Value, "reshape", _shape_method(np.reshape, "shape"))  # noqa: B010
setattr(Value, "transpose", _shape_method(np.transpose, "axes"))  # noqa: B010

