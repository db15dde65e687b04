"""formula: a gradient rule, run on symbols, writes itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import OPS, Op

from .equations import FIGURES, figure

# How tightly a text binds: a comparison, a sum, a product, a power, a name or a call.
COMPARISON, SUM, PRODUCT, POWER, ATOM = range(5)
_WORD = re.compile(r"[^\W\d]\w*")


class Symbol:
    """A piece of a formula: it answers to operators and NumPy's functions with longer pieces.

    >>> g, y = Symbol("g"), Symbol("y")
    >>> print(g * (1 - y * y))
    g·(1 − y·y)
    """

    __slots__ = ("binds", "signed", "text", "times")

    def __init__(
        self, text: str, binds: int = ATOM, times: str = "·", signed: str | None = None
    ) -> None:
        self.text, self.binds, self.times = text, binds, times
        self.signed = text if signed is None else signed  # how it reads after a sign

    def __str__(self) -> str:
        return self.text

    def _join(self, mark: str, left: Any, right: Any, binds: int, strict: bool = False) -> Symbol:
        a, b = self._text(left, binds), self._text(right, binds + strict, binds == SUM)
        signed = None
        if binds == PRODUCT:
            ends = self._text(left, binds, True), self._text(right, binds + strict, True)
            signed = mark.join(ends)
        return Symbol(f"{a}{mark}{b}", binds, self.times, signed)

    def _text(self, x: Any, binds: int, after_sign: bool = False) -> str:
        """As an operand of something that binds so tightly: in brackets where it must be."""
        if not isinstance(x, Symbol):
            x = _literal(x, self.times)
        if x.binds < binds:
            return f"({x.text})"
        return x.signed if after_sign else x.text

    def __add__(self, other: Any) -> Symbol:
        return self._join(" + ", self, other, SUM)

    def __radd__(self, other: Any) -> Symbol:
        return self._join(" + ", other, self, SUM)

    def __sub__(self, other: Any) -> Symbol:
        return self._join(" − ", self, other, SUM, strict=True)

    def __rsub__(self, other: Any) -> Symbol:
        return self._join(" − ", other, self, SUM, strict=True)

    def __mul__(self, other: Any) -> Symbol:
        return self._join(self.times, self, other, PRODUCT)

    def __rmul__(self, other: Any) -> Symbol:
        return self._join(self.times, other, self, PRODUCT)

    def __truediv__(self, other: Any) -> Symbol:
        return self._join(" / ", self, other, PRODUCT, strict=True)

    def __rtruediv__(self, other: Any) -> Symbol:
        return self._join(" / ", other, self, PRODUCT, strict=True)

    def __matmul__(self, other: Any) -> Symbol:
        return self._join(" @ ", self, other, PRODUCT)

    def __pow__(self, other: Any) -> Symbol:
        return self._join("^", self, other, POWER, strict=True)

    def __rpow__(self, other: Any) -> Symbol:
        return self._join("^", other, self, POWER, strict=True)

    def __neg__(self) -> Symbol:
        text = f"−{self._text(self, PRODUCT, True)}"
        return Symbol(text, PRODUCT, self.times, f"({text})")

    def _compare(self, mark: str, other: Any) -> Symbol:
        return self._join(f" {mark} ", self, other, COMPARISON, strict=True)

    def __gt__(self, other: Any) -> Symbol:
        return self._compare(">", other)

    def __ge__(self, other: Any) -> Symbol:
        return self._compare("≥", other)

    def __lt__(self, other: Any) -> Symbol:
        return self._compare("<", other)

    def __le__(self, other: Any) -> Symbol:
        return self._compare("≤", other)

    def __eq__(self, other: Any) -> Symbol:  # type: ignore[override]
        return self._compare("=", other)

    def __ne__(self, other: Any) -> Symbol:  # type: ignore[override]
        return self._compare("≠", other)

    def __or__(self, other: Any) -> Symbol:
        return self._join(" or ", self, other, COMPARISON)

    __hash__ = object.__hash__

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **settings: Any) -> Any:
        if ufunc in _OPERATORS:
            left = (
                operands[0]
                if isinstance(operands[0], Symbol)
                else _literal(operands[0], self.times)
            )
            return _OPERATORS[ufunc](left, *operands[1:])
        return self.__array_function__(ufunc, (), operands, {})

    def __array_function__(
        self, function: Callable, types: Any, args: Any, settings: Any
    ) -> Symbol:
        if function is np.zeros_like:
            return Symbol("0", times=self.times)
        op = OPS.get(function)
        name = op.label if op is not None and op.label.isalpha() else function.__name__
        texts = [self._text(x, COMPARISON) for x in args if x is not None]
        return Symbol(f"{name}({', '.join(texts)})", ATOM, self.times)


_OPERATORS: dict[Callable, Callable] = {
    np.add: Symbol.__add__,
    np.subtract: Symbol.__sub__,
    np.multiply: Symbol.__mul__,
    np.divide: Symbol.__truediv__,
    np.negative: Symbol.__neg__,
    np.matmul: Symbol.__matmul__,
    np.power: Symbol.__pow__,
}


def _literal(x: Any, times: str, count: int = FIGURES[0]) -> Symbol:
    """A number, or another thing that a rule was given."""
    if isinstance(x, (int, float, np.number, np.bool_)):
        text = figure(x, count)
        if text.startswith("-"):
            # It may be a factor as it stands (1 × -3), but no base, and stand behind no sign.
            return Symbol(text, PRODUCT, times, f"({text})")
        return Symbol(text, ATOM, times)
    return Symbol(str(x), ATOM, times)


def formula(op: Op, operand: int, params: dict[str, Any]) -> str:
    """How the gradient of one operand follows from ``g``, the gradient of the result.

    Parameters
    ----------
    op : Op
    operand : int
        Its slot.
    params : dict
        The operation's settings.

    Examples
    --------
    >>> import numpy as np
    >>> formula(OPS[np.tanh], 0, {}), formula(OPS[np.multiply], 0, {})
    ('g·(1 − y·y)', 'g·b')
    """
    written = _written(op, operand)
    if written is not None:
        return written
    rule = _rule(op, operand)
    return str(rule(*map(Symbol, _names(rule, op)), **params))


def numbers(
    op: Op,
    operand: int,
    params: dict[str, Any],
    g: Any,
    y: Any,
    operands: Any,
    count: int = FIGURES[0],
) -> str:
    """The same with numbers in place of names, for single numbers, in so many figures.

    Examples
    --------
    >>> import numpy as np
    >>> numbers(OPS[np.multiply], 0, {}, 1.0, -12.0, [4.0, -3.0])
    '1 × -3'
    >>> numbers(OPS[np.add], 0, {}, -3.0, 4.0, [1.0, 3.0])
    '1 × -3'
    """
    text = formula(op, operand, params)
    if text == "g":
        return f"1 × {figure(g)}"
    if text == "−g":
        return f"-1 × {figure(g)}"
    rule = _rule(op, operand)
    values = [_literal(x, " × ", count) for x in (g, y, *operands)]
    if _written(op, operand) is None:
        return str(rule(*values, **params))
    known = dict(zip(_names(rule, op), values, strict=False))
    # A negative number stands in brackets here: what is around it is only known as text.
    shown = {n: v.text if v.binds == ATOM else f"({v.text})" for n, v in known.items()}
    return _WORD.sub(lambda word: shown.get(word[0], word[0]), text).replace("·", " × ")


def _written(op: Op, operand: int) -> str | None:
    """The formula given with the rule, where the rule itself reads badly."""
    if op.formulas is None:
        return None
    return op.formulas[operand if op.arity else 0]


def _rule(op: Op, operand: int) -> Callable:
    rule = op.vjps[operand]
    if rule is None:
        raise ValueError(f"no gradient flows to operand {operand} of {op.name}")
    return rule


def _names(rule: Callable, op: Op) -> list[str]:
    """g, y and the operands, as the rule calls them."""
    return list(inspect.signature(rule).parameters)[: 2 + op.arity]
