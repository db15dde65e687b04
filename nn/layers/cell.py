"""Recurrent cells: one step each, made of plain operations, so that a loop shows every step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd

from ..init import uniform_
from ..module import Module, floating
from ..parameter import Parameter
from ..random import Rng, drawing_from, generator
from .recurrent import check_nonlinearity


class _Cell(Module):
    _gates: int

    def __init__(self, input_size: int, hidden_size: int, bias: bool, rng: Rng, dtype: Any) -> None:
        if min(input_size, hidden_size) < 1:
            raise ValueError(
                f"{type(self).__name__} needs at least one number in and one of state, got "
                f"{input_size} and {hidden_size}"
            )
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = self._gates * hidden_size

        def start(*shape: int) -> Parameter:
            return Parameter(np.zeros(shape), dtype=dtype)

        self.weight_ih = start(rows, input_size)
        self.weight_hh = start(rows, hidden_size)
        self.bias_ih = start(rows) if bias else None
        self.bias_hh = start(rows) if bias else None
        with drawing_from(rng):
            self.reset_parameters()

    def reset_parameters(self, rng: Rng = None) -> None:
        """Start anew: evenly within 1/√hidden_size."""
        rng, bound = generator(rng), 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            uniform_(parameter, -bound, bound, rng)

    def _checked(self, input: Any, state: Any) -> Any:
        """The state given, or zeros; both checked."""
        kind, shape = type(self).__name__, np.shape(input)
        floating(kind, input)
        if len(shape) not in (1, 2) or shape[-1] != self.input_size:
            raise ValueError(
                f"{kind}(input_size={self.input_size}) got an input of shape {shape}; it takes "
                f"(batch, {self.input_size}) or ({self.input_size},)"
            )
        wanted = (*shape[:-1], self.hidden_size)
        if state is None:
            return np.zeros(wanted, input.dtype)
        if np.shape(state) != wanted:
            raise ValueError(
                f"{kind} goes on from a state of shape {wanted}, not {np.shape(state)}"
            )
        return state

    def _from_input(self, input: Any) -> Any:
        return autograd.linear(input, self.weight_ih, self.bias_ih)

    def _from_state(self, state: Any) -> Any:
        return autograd.linear(state, self.weight_hh, self.bias_hh)

    def _split(self, gates: Any) -> list[Any]:
        n = self.hidden_size
        return [gates[..., k * n : (k + 1) * n] for k in range(self._gates)]

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(_Cell):
    """h' = tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).

    x : (batch, input_size), h : (batch, hidden_size) -> (batch, hidden_size); or all without batch

    Parameters
    ----------
    input_size, hidden_size : int
    bias : bool
    nonlinearity : {"tanh", "relu"}
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype
    """

    _gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        check_nonlinearity("RNNCell", nonlinearity)
        self.nonlinearity = nonlinearity
        super().__init__(input_size, hidden_size, bias, rng, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        h = self._checked(input, hx)
        z = self._from_input(input) + self._from_state(h)
        return np.tanh(z) if self.nonlinearity == "tanh" else autograd.relu(z)

    def extra_repr(self) -> str:
        other = "" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}"
        return super().extra_repr() + other


class LSTMCell(_Cell):
    """One step of long short-term memory: c' = f·c + i·n, h' = o·tanh(c').

    x : (batch, input_size), (h, c) : each (batch, hidden_size) -> (h', c'); or all without batch

    Parameters
    ----------
    input_size, hidden_size : int
    bias : bool
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    Examples
    --------
    >>> import numpy as np, nn
    >>> cell, state = nn.LSTMCell(3, 4), None
    >>> for x in np.zeros((7, 2, 3)):
    ...     state = cell(x, state)
    >>> state[0].shape
    (2, 4)
    """

    _gates = 4

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, rng, dtype)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        if hx is not None and (not isinstance(hx, (tuple, list)) or len(hx) != 2):
            raise TypeError("LSTMCell goes on from a pair of states, (h, c)")
        h, c = (self._checked(input, state) for state in (hx or (None, None)))
        i, f, n, o = self._split(self._from_input(input) + self._from_state(h))
        c = autograd.sigmoid(f) * c + autograd.sigmoid(i) * np.tanh(n)
        return autograd.sigmoid(o) * np.tanh(c), c


class GRUCell(_Cell):
    """One step of gated recurrent units: h' = (1 − u)·n + u·h.

    x : (batch, input_size), h : (batch, hidden_size) -> (batch, hidden_size); or all without batch

    Parameters
    ----------
    input_size, hidden_size : int
    bias : bool
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype
    """

    _gates = 3

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, rng, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        h = self._checked(input, hx)
        (zr, zu, zn), (mr, mu, mn) = map(
            self._split, (self._from_input(input), self._from_state(h))
        )
        r, u = autograd.sigmoid(zr + mr), autograd.sigmoid(zu + mu)
        n = np.tanh(zn + r * mn)
        return n + u * (h - n)
