"""The blocks of transformers: attention, then a small network for each place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import functional
from ..module import Module
from ..random import Rng, generator
from .attention import MultiheadAttention
from .dropout import Dropout
from .linear import Linear
from .norm import LayerNorm

Activation = str | Callable[[Any], Any]


class _Block(Module):
    """What the layers of encoders and decoders share."""

    def _feed_forward(
        self, d_model: int, width: int, dropout: float, activation: Activation, **settings: Any
    ) -> None:
        bias, rng, dtype = settings["bias"], settings["rng"], settings["dtype"]
        self.linear1 = Linear(d_model, width, bias, rng=rng, dtype=dtype)
        self.dropout = Dropout(dropout, rng=settings["dropout_rng"])
        self.linear2 = Linear(width, d_model, bias, rng=rng, dtype=dtype)
        if isinstance(activation, str):
            if activation not in ("relu", "gelu"):
                raise ValueError(
                    f"{type(self).__name__}: activation is 'relu', 'gelu' or a function, not "
                    f"{activation!r}"
                )
            activation = getattr(functional, activation)
        self.activation: Any = activation

    def _fed_forward(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))

    def _added(self, x: Any, part: Callable[[Any], Any], norm: Module, dropout: Module) -> Any:
        """x + part(x), normalised before the part or after the sum (Xiong et al. 2020, fig. 1)."""
        if self.norm_first:
            return x + dropout(part(norm(x)))
        return norm(x + dropout(part(x)))

    norm_first: bool


class TransformerEncoderLayer(_Block):
    """Each place looks at all others, then goes through a small network; both are added to it.

    src : (length, batch, d_model), or (batch, length, d_model) with ``batch_first``, or
    (length, d_model) of one sequence -> the same

    Parameters
    ----------
    d_model : int
    nhead : int
        Divides d_model.
    dim_feedforward : int
        The width of the small network.
    dropout : float
    activation : {"relu", "gelu"} or callable
    layer_norm_eps : float
    batch_first : bool
    norm_first : bool
        Normalise what goes in, instead of the sum.
    bias : bool
    rng : numpy.random.Generator or int, optional
        For the start and for dropout.
    dtype : NumPy dtype

    References
    ----------
    Vaswani et al. 2017, "Attention is all you need", section 3.1.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.TransformerEncoderLayer(d_model=8, nhead=2, batch_first=True)
    >>> layer(np.zeros((4, 5, 8), np.float32)).shape
    (4, 5, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = functional.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        kept = None if rng is None else generator(rng)
        self.norm_first = norm_first
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, rng=kept, dtype=dtype
        )
        self._feed_forward(
            d_model, dim_feedforward, dropout, activation,
            bias=bias, rng=kept, dropout_rng=kept, dtype=dtype,
        )  # fmt: skip
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout, rng=kept)
        self.dropout2 = Dropout(dropout, rng=kept)

    def forward(
        self,
        src: Any,
        src_mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool = False,
    ) -> Any:
        """The masks are those of `MultiheadAttention`, True where nobody may look."""

        def attend(x: Any) -> Any:
            return self.self_attn(
                x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal
            )[0]

        x = self._added(src, attend, self.norm1, self.dropout1)
        return self._added(x, self._fed_forward, self.norm2, self.dropout2)


class TransformerDecoderLayer(_Block):
    """As `TransformerEncoderLayer`, and between its two parts each place looks at the memory.

    tgt : (length, batch, d_model), memory : (sources, batch, d_model) -> (length, batch, d_model)

    Parameters
    ----------
    d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, \
bias, rng, dtype
        As for `TransformerEncoderLayer`.

    References
    ----------
    Vaswani et al. 2017, "Attention is all you need", section 3.1.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = functional.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        kept = None if rng is None else generator(rng)
        self.norm_first = norm_first
        for name in ("self_attn", "multihead_attn"):
            attention = MultiheadAttention(
                d_model, nhead, dropout, bias, batch_first=batch_first, rng=kept, dtype=dtype
            )
            setattr(self, name, attention)
        self._feed_forward(
            d_model, dim_feedforward, dropout, activation,
            bias=bias, rng=kept, dropout_rng=kept, dtype=dtype,
        )  # fmt: skip
        for i in (1, 2, 3):
            norm = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
            setattr(self, f"norm{i}", norm)
        for i in (1, 2, 3):
            setattr(self, f"dropout{i}", Dropout(dropout, rng=kept))

    self_attn: MultiheadAttention
    multihead_attn: MultiheadAttention
    norm1: LayerNorm
    norm2: LayerNorm
    norm3: LayerNorm
    dropout1: Dropout
    dropout2: Dropout
    dropout3: Dropout

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        """The masks are those of `MultiheadAttention`, True where nobody may look."""

        def attend(x: Any) -> Any:
            return self.self_attn(
                x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal
            )[0]

        def attend_memory(x: Any) -> Any:
            return self.multihead_attn(
                x, memory, memory, memory_key_padding_mask, False, memory_mask,
                is_causal=memory_is_causal,
            )[0]  # fmt: skip

        x = self._added(tgt, attend, self.norm1, self.dropout1)
        x = self._added(x, attend_memory, self.norm2, self.dropout2)
        return self._added(x, self._fed_forward, self.norm3, self.dropout3)
