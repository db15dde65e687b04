"""expression: arithmetic written as text, turned into a graph without running any of it as code."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Mapping
from functools import reduce
from itertools import count
from types import CodeType
from typing import Any

import numpy as np

import autograd
from autograd import Value

FUNCTIONS: dict[str, Callable] = {
    "abs": np.absolute,
    "arctan": np.arctan,
    "cos": np.cos,
    "cosh": np.cosh,
    "elu": autograd.elu,
    "exp": np.exp,
    "gelu": autograd.gelu,
    "leaky_relu": autograd.leaky_relu,
    "log": np.log,
    "max": np.maximum,
    "min": np.minimum,
    "relu": autograd.relu,
    "sigmoid": autograd.sigmoid,
    "silu": autograd.silu,
    "sin": np.sin,
    "sinh": np.sinh,
    "softplus": autograd.softplus,
    "sqrt": np.sqrt,
    "square": np.square,
    "tan": np.tan,
    "tanh": np.tanh,
}
OPERATORS: dict[type[ast.AST], Callable] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.USub: np.negative,
    ast.UAdd: lambda x: x,
}
LONGEST = 10_000  # characters
ALLOWED = "numbers, names, + - * / **, parentheses, and " + ", ".join(FUNCTIONS)


def evaluate(text: str, numbers: Mapping[str, float]) -> Value:
    """The value of an expression, with the graph that made it.

    Parameters
    ----------
    text : str
        An expression, or assignments with ``;`` between them; the last one is the result.
    numbers : mapping of str to float
        What each name stands for.

    Raises
    ------
    ValueError
        For anything but what is allowed, and for a name that is unknown, given twice or unused.

    Examples
    --------
    >>> out = evaluate("p = x + y; p * z", {"x": 1, "y": 3, "z": -3})
    >>> out.item(), out.inputs[0].name
    (-12.0, 'p')
    >>> evaluate("__import__('os')", {})
    Traceback (most recent call last):
        ...
    ValueError: __import__('os') is not allowed: there is no function __import__; allowed are ...
    """
    names: dict[str, Any] = {name: Value(number, name=name) for name, number in numbers.items()}
    used: set[str] = set()
    try:
        statements = _parse(text)
        lines = _Lines(text.strip())
        with np.errstate(all="ignore"):  # inf and nan are shown, not warned of
            for statement in statements:
                result = _run(statement, names, used, lines, last=statement is statements[-1])
    except (RecursionError, MemoryError):
        raise ValueError(
            "the expression is nested too deeply; give parts of it names: p = x + y; p * z"
        ) from None
    if not isinstance(result, Value):
        raise ValueError(
            "the result depends on no name, so there is nothing to differentiate; "
            "write for example x + 2, with x=1"
        )
    unused = [name for name in names if name not in used and names[name] is not result]
    if unused:
        raise ValueError(f"{', '.join(unused)}: given, and not used in the expression")
    return result


class _Lines:
    """Tells each value the part of the text that made it, as `autograd.remember_lines` does.

    The text is compiled for its positions, and never run.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.code: CodeType | None = None

    def tell(self, value: Value, node: ast.expr) -> None:
        if self.code is None:
            self.code = compile(self.text, self._file(), "exec")
        wanted = (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
        for place, position in enumerate(self.code.co_positions()):
            if position == wanted:
                value._line = self.code, 2 * place  # two bytes an instruction
                return

    def _file(self) -> str:
        """A name under which Python finds the text, as if it were that of a file."""
        lines = self.text.splitlines(keepends=True)
        names = (f"<expression {i}>" for i in count(1))
        known = ((name, linecache.cache.get(name)) for name in names)
        file = next(name for name, entry in known if entry is None or lines in entry)
        linecache.cache[file] = (len(self.text), None, lines, file)
        return file


def _run(
    statement: ast.stmt, names: dict[str, Any], used: set[str], lines: _Lines, *, last: bool
) -> Any:
    if isinstance(statement, ast.Expr):
        if not last:
            raise ValueError(
                f"{_shown(statement)} has no name and is not the result; "
                f"write p = {_shown(statement)}"
            )
        return _compute(statement.value, names, used, lines)
    if not isinstance(statement, ast.Assign):
        raise _refused(statement, "it is a statement")
    (target, *others) = statement.targets
    if others or not isinstance(target, ast.Name):
        raise _refused(statement, "only one name stands before =")
    if target.id in names:
        raise ValueError(f"{target.id} is given twice; use another name")
    result = _compute(statement.value, names, used, lines)
    if isinstance(result, Value) and not result.name:
        result.name = target.id
    names[target.id] = result
    return result


def _compute(node: ast.expr, names: Mapping[str, Any], used: set[str], lines: _Lines) -> Any:
    """A Value, or a float where only numbers take part."""
    if isinstance(node, ast.Constant):
        if type(node.value) not in (int, float):
            raise _refused(node, "it is not a real number")
        return _plain(node.value)
    if isinstance(node, ast.Name):
        if node.id not in names:
            known = f"known are {', '.join(names)}" if names else "no name is known yet"
            raise ValueError(f"unknown name {node.id}: {known}; give it a value: {node.id}=1")
        used.add(node.id)
        return names[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        function = OPERATORS[type(node.op)]
        operands = [node.left, node.right]
    elif isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
        function = OPERATORS[type(node.op)]
        operands = [node.operand]
    elif isinstance(node, ast.Call):
        function, operands = _function(node), node.args
    else:
        raise _refused(node, "it is not arithmetic")
    data = [_compute(operand, names, used, lines) for operand in operands]

    def call(*operands: Any) -> Any:
        result = function(*operands)
        if isinstance(result, Value) and not any(result is operand for operand in operands):
            lines.tell(result, node)
        return result

    result = reduce(call, data) if len(data) > 1 else call(*data)
    return result if isinstance(result, Value) else _plain(result)


def _function(node: ast.Call) -> Callable:
    name = node.func.id if isinstance(node.func, ast.Name) else None
    if name not in FUNCTIONS:
        raise _refused(node, f"there is no function {_shown(node.func)}")
    if node.keywords or any(isinstance(operand, ast.Starred) for operand in node.args):
        raise _refused(node, f"{name} takes operands only")
    given = len(node.args)
    if name in ("max", "min"):
        if given < 2:
            raise _refused(node, f"{name} takes two operands or more, not {given}")
    elif given != 1:
        raise _refused(node, f"{name} takes one operand, not {given}")
    return FUNCTIONS[name]


def _plain(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf")


def _parse(text: str) -> list[ast.stmt]:
    if len(text) > LONGEST:
        raise ValueError(f"the expression has {len(text)} characters; at most {LONGEST} are read")
    lines = text.strip()
    try:
        statements = ast.parse(lines).body
    except SyntaxError as error:
        where = _caret(lines, error)
        raise ValueError(f"the expression cannot be read ({error.msg}):{where}") from None
    except UnicodeError:
        raise ValueError("the expression cannot be read: it is not text") from None
    if not statements:
        raise ValueError('the expression is empty; write one such as "(x + y) * z"')
    return statements


def _caret(text: str, error: SyntaxError) -> str:
    """The line with a mark under the place, cut to what is near it."""
    line = text.splitlines()[(error.lineno or 1) - 1] if text else ""
    column = max((error.offset or 1) - 1, 0)
    start = max(column - 30, 0)
    return f"\n  {line[start : column + 30]}\n  {' ' * (column - start)}^"


def _refused(node: ast.AST, reason: str) -> ValueError:
    return ValueError(f"{_shown(node)} is not allowed: {reason}; allowed are {ALLOWED}")


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 40 else f"{text[:37]}..."
