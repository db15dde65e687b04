"""Recurrent networks over whole sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.ops import recurrent

from ..random import Rng
from .recurrent_base import RNNBase


class RNN(RNNBase):
    """h[t] = tanh(x[t] @ W_ih.T + b_ih + h[t−1] @ W_hh.T + b_hh), over whole sequences.

    x : (time, batch, input_size), (batch, time, input_size) with ``batch_first``, or
    (time, input_size) of one sequence -> outputs of the same axes, with
    directions · hidden_size numbers, and the last states (layers · directions, batch, hidden_size)

    Sequences of different lengths come as a `nn.utils.rnn.PackedSequence`, and so do their outputs.

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
        self.nonlinearity, self.mode = nonlinearity, f"RNN_{nonlinearity.upper()}"
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            proj_size, rng, dtype,
        )  # fmt: skip

    def _sequence(self, packed: Any, sizes: recurrent.Sizes) -> list[Any]:
        return [recurrent.rnn(packed, sizes=sizes, nonlinearity=self.nonlinearity)]


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
    proj_size : int
        Where it is not 0, each h is projected to so many numbers, fewer than hidden_size, which
        the next step, the next layer and the outputs get.

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 : Parameter
        The gates in the order input, forget, new, output.
    weight_hr_l0 : (proj_size, hidden_size) Parameter
        With ``proj_size`` only.

    References
    ----------
    Hochreiter & Schmidhuber 1997, "Long short-term memory"; Gers et al. 2000, "Learning to forget";
    Sak et al. 2014, "Long short-term memory based recurrent neural network architectures", of
    projections.

    Examples
    --------
    >>> import numpy as np, nn
    >>> outputs, (h, c) = nn.LSTM(3, 4, num_layers=2)(np.zeros((7, 2, 3)))
    >>> outputs.shape, h.shape, c.shape
    ((7, 2, 4), (2, 2, 4), (2, 2, 4))
    """

    mode = "LSTM"
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
        y = recurrent.lstm(packed, sizes=sizes, projection=self.proj_size)
        return [y[0, :, :, : self.proj_size] if self.proj_size else y[0], y[1]]


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

    mode = "GRU"
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
        return [recurrent.gru(packed, sizes=sizes)[0]]


def check_nonlinearity(kind: str, nonlinearity: str) -> None:
    """Refuse what is neither tanh nor relu."""
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"{kind}: nonlinearity is 'tanh' or 'relu', not {nonlinearity!r}")
