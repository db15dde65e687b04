"""Recurrent networks over whole sequences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.ops import recurrent

from .. import functional
from ..init import uniform_
from ..module import Module, floating
from ..parameter import Parameter
from ..random import Rng, generator


class RNNBase(Module):
    """What the three kinds share: their parameters, layers and directions."""

    _gates: int
    _states = 1  # an LSTM has two

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        proj_size: int,
        rng: Rng,
        dtype: Any,
    ) -> None:
        kind = type(self).__name__
        if proj_size:
            raise NotImplementedError(f"{kind}: there is no proj_size here; a Linear after it does")
        if min(input_size, hidden_size, num_layers) < 1:
            raise ValueError(
                f"{kind} needs at least one number in, one of state and one layer, got "
                f"input_size={input_size}, hidden_size={hidden_size}, num_layers={num_layers}"
            )
        if not 0 <= dropout <= 1:
            raise ValueError(f"{kind}: dropout is a probability between 0 and 1, not {dropout!r}")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, dropout
        self.bidirectional = bidirectional
        self.rng = None if rng is None else generator(rng)
        rng, bound = generator(self.rng), 1 / math.sqrt(hidden_size)
        rows = self._gates * hidden_size
        for layer in range(num_layers):
            width = hidden_size * (1 + bidirectional) if layer else input_size
            for suffix in self._suffixes(layer):
                shapes: dict[str, tuple[int, ...]]
                shapes = {"weight_ih": (rows, width), "weight_hh": (rows, hidden_size)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                for name, shape in shapes.items():
                    start = uniform_(Parameter(np.zeros(shape), dtype=dtype), -bound, bound, rng)
                    setattr(self, name + suffix, start)

    def _suffixes(self, layer: int) -> list[str]:
        return [f"_l{layer}", f"_l{layer}_reverse"] if self.bidirectional else [f"_l{layer}"]

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        floating(type(self).__name__, input)
        shape = np.shape(input)
        if len(shape) not in (2, 3) or shape[-1] != self.input_size or 0 in shape[:-1]:
            axes = "(batch, time, {})" if self.batch_first else "(time, batch, {})"
            raise ValueError(
                f"{type(self).__name__}(input_size={self.input_size}) got an input of shape "
                f"{shape}; it takes {axes.format(self.input_size)}, or "
                f"(time, {self.input_size}) of one sequence"
            )
        single = len(shape) == 2
        if single:
            x = np.expand_dims(input, 1)
        else:
            x = np.swapaxes(input, 0, 1) if self.batch_first else input
        states = self._initial(hx, x, single)
        ends: list[list[Any]] = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = functional.dropout(x, self.dropout, self.training, rng=self.rng)
            results = []
            for suffix in self._suffixes(layer):
                start = [state[len(ends)] for state in states]
                h, *last = self._run(x[::-1] if "reverse" in suffix else x, start, suffix)
                results.append(h[::-1] if "reverse" in suffix else h)
                ends.append(last)
            x = np.concatenate(results, -1) if self.bidirectional else results[0]
        last = [np.stack(each) for each in zip(*ends, strict=True)]
        if single:
            x, last = x[:, 0], [state[:, 0] for state in last]
        elif self.batch_first:
            x = np.swapaxes(x, 0, 1)
        return x, last[0] if self._states == 1 else tuple(last)

    def _initial(self, hx: Any, x: Any, single: bool) -> list[Any]:
        """The states before the first step, each (layers · directions, batch, hidden_size)."""
        shape = (self.num_layers * (1 + self.bidirectional), x.shape[1], self.hidden_size)
        if hx is None:
            return [np.zeros(shape, x.dtype)] * self._states
        given = [hx] if self._states == 1 else hx
        if not isinstance(given, Sequence) or len(given) != self._states:
            raise TypeError(f"{type(self).__name__} starts from a pair of states, (h_0, c_0)")
        wanted = (shape[0], shape[2]) if single else shape
        for state in given:
            if np.shape(state) != wanted:
                raise ValueError(
                    f"{type(self).__name__} starts from states of shape {wanted}, not "
                    f"{np.shape(state)}"
                )
        return [np.reshape(state, shape) for state in given]

    def _run(self, x: Any, start: list[Any], suffix: str) -> list[Any]:
        """One layer in one direction: h of every step, then the last of each state."""
        names = ["weight_ih", "weight_hh", *(["bias_ih", "bias_hh"] if self.bias else [])]
        parts = [x, *start, *(getattr(self, name + suffix) for name in names)]
        if not self.bias:
            parts.append(np.zeros(2 * self._gates * self.hidden_size, x.dtype))
        packed = np.concatenate([np.ravel(part) for part in parts])
        return self._sequence(packed, (*x.shape, self.hidden_size))

    def _sequence(self, packed: Any, sizes: recurrent.Sizes) -> list[Any]:
        """What `_run` gives, by the operation of this kind."""
        raise NotImplementedError

    def extra_repr(self) -> str:
        shown = [f"{self.input_size}, {self.hidden_size}"]
        defaults = (
            ("num_layers", 1),
            ("bias", True),
            ("batch_first", False),
            ("dropout", 0.0),
            ("bidirectional", False),
        )
        for name, default in defaults:
            if getattr(self, name) != default:
                shown.append(f"{name}={getattr(self, name)}")
        return ", ".join(shown)


class RNN(RNNBase):
    """h[t] = tanh(x[t] @ W_ih.T + b_ih + h[t−1] @ W_hh.T + b_hh), over whole sequences.

    x : (time, batch, input_size), (batch, time, input_size) with ``batch_first``, or
    (time, input_size) of one sequence -> outputs of the same axes, with
    directions · hidden_size numbers, and the last states (layers · directions, batch, hidden_size)

    Parameters
    ----------
    input_size, hidden_size : int
    num_layers : int
        Each above the first reads the outputs of the one below.
    nonlinearity : {"tanh", "relu"}
    bias, batch_first : bool
    dropout : float
        Between layers, in training.
    bidirectional : bool
        A second network reads each sequence backwards.
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 : Parameter
        Of each layer, and with ``_reverse`` of the other direction. They start evenly within
        1/√hidden_size.

    References
    ----------
    Elman 1990, "Finding structure in time".

    Examples
    --------
    >>> import numpy as np, nn
    >>> outputs, last = nn.RNN(3, 4)(np.zeros((7, 2, 3)))  # seven steps of two sequences
    >>> outputs.shape, last.shape
    ((7, 2, 4), (1, 2, 4))
    """

    _gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        proj_size: int = 0,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        check_nonlinearity("RNN", nonlinearity)
        self.nonlinearity = nonlinearity
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            proj_size, rng, dtype,
        )  # fmt: skip

    def _sequence(self, packed: Any, sizes: recurrent.Sizes) -> list[Any]:
        h = recurrent.rnn(packed, sizes=sizes, nonlinearity=self.nonlinearity)
        return [h, h[-1]]


class LSTM(RNNBase):
    """Long short-term memory over whole sequences.

    x : (time, batch, input_size), (batch, time, input_size) with ``batch_first``, or
    (time, input_size) of one sequence -> outputs of the same axes, with
    directions · hidden_size numbers, and the pair of last states, h and c, each
    (layers · directions, batch, hidden_size)

    It is one operation a layer and direction; a loop over an `LSTMCell` shows every step.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, rng, dtype
        As for `RNN`.

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 : Parameter
        The gates in the order input, forget, new, output.

    References
    ----------
    Hochreiter & Schmidhuber 1997, "Long short-term memory"; Gers et al. 2000, "Learning to forget".

    Examples
    --------
    >>> import numpy as np, nn
    >>> outputs, (h, c) = nn.LSTM(3, 4, num_layers=2)(np.zeros((7, 2, 3)))
    >>> outputs.shape, h.shape, c.shape
    ((7, 2, 4), (2, 2, 4), (2, 2, 4))
    """

    _gates, _states = 4, 2

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            proj_size, rng, dtype,
        )  # fmt: skip

    def _sequence(self, packed: Any, sizes: recurrent.Sizes) -> list[Any]:
        y = recurrent.lstm(packed, sizes=sizes)
        return [y[0], y[0, -1], y[1, -1]]


class GRU(RNNBase):
    """Gated recurrent units over whole sequences.

    x : (time, batch, input_size), (batch, time, input_size) with ``batch_first``, or
    (time, input_size) of one sequence -> outputs of the same axes, with
    directions · hidden_size numbers, and the last states (layers · directions, batch, hidden_size)

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, rng, dtype
        As for `RNN`.

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 : Parameter
        The gates in the order reset, update, new.

    References
    ----------
    Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder", eq. 5-8; the
    reset gate acts after the product, as in cuDNN and PyTorch.
    """

    _gates = 3

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        proj_size: int = 0,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            proj_size, rng, dtype,
        )  # fmt: skip

    def _sequence(self, packed: Any, sizes: recurrent.Sizes) -> list[Any]:
        y = recurrent.gru(packed, sizes=sizes)
        return [y[0], y[0, -1]]


def check_nonlinearity(kind: str, nonlinearity: str) -> None:
    """Refuse what is neither tanh nor relu."""
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"{kind}: nonlinearity is 'tanh' or 'relu', not {nonlinearity!r}")
