"""What recurrent networks share: their parameters, layers, directions and forms of input."""

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
from ..random import Rng, drawing_from, generator
from ..utils.rnn import PackedSequence
from .reading import BACKWARDS, FORWARDS, of_packed


class RNNBase(Module):
    """What the three kinds share: their parameters, layers and directions."""

    mode: str  # PyTorch's name of the kind
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
        for number in (input_size, hidden_size, num_layers, proj_size):
            if not isinstance(number, (int, np.integer)):
                raise TypeError(f"{kind}: sizes and num_layers are whole numbers, not {number!r}")
        if proj_size and self._states == 1:
            raise ValueError(f"{kind} has no proj_size; LSTM has, and a Linear after this does")
        if not 0 <= proj_size < hidden_size:
            raise ValueError(
                f"{kind}: proj_size={proj_size} must be below hidden_size={hidden_size}, 0 for none"
            )
        if min(input_size, hidden_size, num_layers) < 1:
            raise ValueError(
                f"{kind} needs at least one number in, one of state and one layer, got "
                f"input_size={input_size}, hidden_size={hidden_size}, num_layers={num_layers}"
            )
        if not 0 <= dropout <= 1:
            raise ValueError(f"{kind}: dropout is a probability between 0 and 1, not {dropout!r}")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, dropout
        self.bidirectional, self.proj_size = bidirectional, proj_size
        self.rng = None if rng is None else generator(rng)
        rows = self._gates * hidden_size
        for layer in range(num_layers):
            given = proj_size or hidden_size
            width = given * (1 + bidirectional) if layer else input_size
            for suffix in self._suffixes(layer):
                shapes: dict[str, tuple[int, ...]]
                shapes = {"weight_ih": (rows, width), "weight_hh": (rows, given)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                for name, shape in shapes.items():
                    setattr(self, name + suffix, Parameter(np.zeros(shape), dtype=dtype))
        with drawing_from(self.rng):
            self.reset_parameters()

    def reset_parameters(self, rng: Rng = None) -> None:
        """Start anew: evenly within 1/√hidden_size."""
        rng, bound = generator(rng), 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            uniform_(parameter, -bound, bound, rng)

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        suffixes = [each for layer in range(self.num_layers) for each in self._suffixes(layer)]
        own = dict(self.named_parameters(recurse=False))
        return [[own[n] for n in own if n[n.index("_l") :] == suffix] for suffix in suffixes]

    def flatten_parameters(self) -> None:
        """Nothing: PyTorch puts the parameters together for a GPU here."""

    def _suffixes(self, layer: int) -> list[str]:
        return [f"_l{layer}", f"_l{layer}_reverse"] if self.bidirectional else [f"_l{layer}"]

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        packed = input if isinstance(input, PackedSequence) else None
        x = input if packed is None else packed.data
        self._check(x, packed)
        single = packed is None and np.ndim(x) == 2
        if single:
            x = np.expand_dims(x, 1)
        elif self.batch_first and packed is None:
            x = np.swapaxes(x, 0, 1)
        batch = x.shape[1] if packed is None else int(packed.batch_sizes[0])
        states = self._initial(hx, batch, x.dtype, single)
        if packed is not None and packed.sorted_indices is not None and hx is not None:
            states = [state[:, packed.sorted_indices] for state in states]
        readings = (FORWARDS, BACKWARDS) if packed is None else of_packed(packed)
        ends: list[list[Any]] = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = functional.dropout(x, self.dropout, self.training, rng=self.rng)
            results = []
            for suffix, reading in zip(self._suffixes(layer), readings, strict=False):
                start = [state[len(ends)] for state in states]
                read = x if reading.into is None else x[reading.into]
                found = self._run(read, start, suffix)
                results.append(found[0] if reading.back is None else found[0][reading.back])
                ends.append([each[reading.end] for each in found])
            x = np.concatenate(results, -1) if self.bidirectional else results[0]
        last = [np.stack(each) for each in zip(*ends, strict=True)]
        if packed is not None:
            x = PackedSequence(x, *packed[1:])
            if packed.unsorted_indices is not None:
                last = [state[:, packed.unsorted_indices] for state in last]
        elif single:
            x, last = x[:, 0], [state[:, 0] for state in last]
        elif self.batch_first:
            x = np.swapaxes(x, 0, 1)
        return x, last[0] if self._states == 1 else tuple(last)

    def _check(self, x: Any, packed: PackedSequence | None) -> None:
        """Refuse inputs of other shapes, and those without a step."""
        floating(type(self).__name__, x)
        shape = np.shape(x)
        ndims = (2, 3) if packed is None else (2,)
        time = 1 if self.batch_first and len(shape) == 3 else 0
        if len(shape) not in ndims or shape[-1] != self.input_size or not shape[time]:
            axes = "(batch, time, {})" if self.batch_first else "(time, batch, {})"
            raise ValueError(
                f"{type(self).__name__}(input_size={self.input_size}) got an input of shape "
                f"{shape}; it takes {axes.format(self.input_size)}, or "
                f"(time, {self.input_size}) of one sequence, with at least one step"
            )

    def _initial(self, hx: Any, batch: int, dtype: Any, single: bool) -> list[Any]:
        """The states before the first step, each (layers · directions, batch, its size)."""
        layers = self.num_layers * (1 + self.bidirectional)
        sizes = (self.proj_size or self.hidden_size, self.hidden_size)[: self._states]
        shapes = [(layers, batch, size) for size in sizes]
        if hx is None:
            return [np.zeros(shape, dtype) for shape in shapes]
        given = [hx] if self._states == 1 else hx
        if not isinstance(given, Sequence) or len(given) != self._states:
            raise TypeError(f"{type(self).__name__} starts from a pair of states, (h_0, c_0)")
        for state, shape in zip(given, shapes, strict=True):
            wanted = (shape[0], shape[2]) if single else shape
            if np.shape(state) != wanted:
                raise ValueError(
                    f"{type(self).__name__} starts from states of shape {wanted}, not "
                    f"{np.shape(state)}"
                )
        return [np.reshape(state, shape) for state, shape in zip(given, shapes, strict=True)]

    def _run(self, x: Any, start: list[Any], suffix: str) -> list[Any]:
        """One layer in one direction: its states after every step, h first."""
        names = ["weight_ih", "weight_hh", *(["bias_ih", "bias_hh"] if self.bias else [])]
        parts = [x, *start, *(getattr(self, name + suffix) for name in names)]
        if not self.bias:
            parts.append(np.zeros(2 * self._gates * self.hidden_size, x.dtype))
        if self.proj_size:
            parts.append(getattr(self, "weight_hr" + suffix))
        packed = np.concatenate([np.ravel(part) for part in parts])
        return self._sequence(packed, (*x.shape, self.hidden_size))

    def _sequence(self, packed: Any, sizes: recurrent.Sizes) -> list[Any]:
        """What `_run` gives, by the operation of this kind."""
        raise NotImplementedError

    def extra_repr(self) -> str:
        shown = [f"{self.input_size}, {self.hidden_size}"]
        defaults = (
            ("proj_size", 0),
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
