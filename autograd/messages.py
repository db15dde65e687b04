"""What errors say: what was asked, what was given, what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .lines import Line, here, line_at
from .op import Op
from .switches import MODE, ModuleCall


class Failed(NamedTuple):
    """What an error is about, as ``error.failed``; `viz.draw` draws the graph that led to it.

    Attributes
    ----------
    name : str
        Of the operation, or the class of the module that refused its input.
    operands : tuple
    params : dict
        The settings.
    line : Line
        Where it was called.
    op : Op or None
        None for a module.
    module : ModuleCall or None
        The call of a module that it happened in.
    """

    name: str
    operands: tuple
    params: dict[str, Any]
    line: Line
    op: Op | None
    module: ModuleCall | None


def about(error: Any, op: Op, operands: tuple, params: dict[str, Any], line: Any = None) -> Any:
    """An error that says which operation failed."""
    module = MODE.get().module
    error.failed = Failed(op.name, operands, params, line or line_at(here()), op, module)
    return error


def describe(x: Any) -> str:
    """One operand in words: its name, shape and dtype."""
    if not hasattr(x, "requires_grad"):
        shape = np.shape(x)
        return f"{type(x).__name__} of shape {shape}" if shape else f"the number {x!r}"
    name = f" {x.name!r}" if x.name else ""
    made = f" (made by {x.op.name})" if x.op is not None else ""
    return f"Value{name} of shape {x.shape}, {x.dtype}{made}"


def operation_failed(
    op: Op, operands: tuple, params: dict[str, Any], error: Exception
) -> Exception:
    """An operation's own error, told with what the operation was given."""
    shapes = [getattr(x, "shape", np.shape(x)) for x in operands]
    if op.name in ("matmul", "dot"):
        what = (
            f"shapes {shapes[0]} and {shapes[1]} do not fit: the last axis of the first must be "
            f"as long as the second-to-last (or only) axis of the second"
        )
    elif "broadcast" in str(error):
        what = (
            f"shapes {' and '.join(map(str, shapes))} do not broadcast. Axes are compared from the "
            f"last one; each pair must be equal, or one of them 1. Insert an axis with x[:, None], "
            f"or reshape"
        )
    else:
        what = str(error).removeprefix(f"{op.name}: ")
    lines = [f"{op.name}: {what}"]
    lines += [f"  operand {i}: {describe(x)}" for i, x in enumerate(operands) if x is not None]
    if params:
        lines.append(f"  settings: {', '.join(f'{k}={v!r}' for k, v in params.items())}")
    kinds = (IndexError, TypeError, ValueError, FloatingPointError, ArithmeticError)
    kind = next(k for k in kinds if isinstance(error, k))
    return about(kind("\n".join(lines)), op, operands, params)


def _numpy_name(function: Callable) -> str:
    if isinstance(function, np.ufunc) and getattr(np, function.__name__, None) is not function:
        return (
            f"{function.__name__} (SciPy's functions take Values once autograd.scipy is imported)"
        )
    home = getattr(function, "__module__", None) or "numpy"
    return f"{home.replace('numpy', 'np', 1)}.{getattr(function, '__name__', function)}"


def not_so_called(function: Callable, error: Exception) -> TypeError:
    """For a call with settings that only plain arrays have."""
    said = str(error).partition("() ")[2] or str(error)
    return TypeError(
        f"{_numpy_name(function)} of a Value {said}. For a plain result call it on value.data"
    )


def no_rule(function: Callable) -> TypeError:
    """For a NumPy function that no operation stands for."""
    name = _numpy_name(function)
    return TypeError(
        f"{name} has no gradient rule here. Add one with autograd.define({name}, rule, ...), "
        f"write it with functions that have one, or call it on value.data where no gradient is "
        f"wanted"
    )


def no_complex_rule(name: str, operands: tuple) -> TypeError:
    """For complex operands of an operation whose rules hold for real ones."""
    given = "\n".join(f"  operand {i}: {describe(x)}" for i, x in enumerate(operands))
    return TypeError(
        f"{name}: its gradient rule is for real numbers, and there are complex ones here. Use "
        f"np.real, np.imag or np.abs first, or call it on value.data where no gradient is "
        f"wanted\n{given}"
    )


def changed_in_place(
    op: Op, operands: tuple, params: dict[str, Any], index: int, line: Line | None
) -> RuntimeError:
    """For an array that is no longer what an operation was given."""
    where = f" at {line}" if line else ""
    error = RuntimeError(
        f"{op.name}: operand {index}, {describe(operands[index])}, was changed after the "
        f"operation used it{where}, so its gradient can no longer be computed. Make a new array "
        f"instead (x = x + 1, not x += 1), give the operation a copy, or change the array after "
        f"backward()"
    )
    return about(error, op, operands, params, line)


_WAYS_OUT = {
    "float(value)": (
        "functions of Python's math module call it too, and so does array[i] = value. Stay in the "
        "graph with np.sin(value), and with np.stack([v, w]) or x.at[i].set(value)"
    ),
    "np.asarray(value)": (
        "np.array([value]) does this to each entry. Stay in the graph with np.stack([v, w]), or "
        "with array([v, w]) of autograd.numpy; np.sin(value) and the like take Values as they are"
    ),
}


def leaves_graph(how: str, x: Any) -> TypeError:
    """For a conversion that would drop a traced Value's history."""
    way = _WAYS_OUT.get(how)
    return TypeError(
        f"{how} would silently cut {describe(x)} out of the graph{f'; {way}' if way else ''}. "
        f"Where no gradient is wanted take the number or array with .item() or .data"
    )


def traced_setting(op: Op, operands: tuple, params: dict[str, Any], setting: Any) -> TypeError:
    """For a Value where an operation takes a plain setting."""
    name = next(name for name in params if params[name] is setting)
    error = TypeError(
        f"{op.name}: the setting {name} takes no gradient, and {describe(setting)} was given; "
        f"pass its .data, or give the operation a rule for it (autograd.define takes one for each "
        f"operand)"
    )
    return about(error, op, operands, params)


def no_truth(x: Any) -> ValueError:
    """For several numbers where one truth value is asked for."""
    return ValueError(
        f"the truth value of {describe(x)} is ambiguous: it has {x.size} numbers. Say what is "
        f"meant, np.any(value) or np.all(value), or choose for each number with "
        f"np.where(condition, a, b)"
    )


def check_finite(
    op: Op, data: Any, operands: tuple, params: dict[str, Any], line: Line | None, did: str
) -> None:
    """Raise where ``data`` has a NaN or an infinity, with the line and what went in."""
    if np.all(np.isfinite(data)):
        return
    what = "NaN" if np.any(np.isnan(data)) else "infinity"
    where = line or "an unknown line (it was recorded outside detect_anomaly)"
    lines = [f"{op.name} {did} {what} at {where}"]
    for i, x in enumerate(operands):
        numbers = np.asarray(getattr(x, "data", x) if hasattr(x, "requires_grad") else x)
        known = numbers.size and numbers.dtype.kind in "fui"
        span = f", from {numbers.min():.4g} to {numbers.max():.4g}" if known else ""
        lines.append(f"  operand {i}: {describe(x)}{span}")
    raise about(FloatingPointError("\n".join(lines)), op, operands, params, line)
