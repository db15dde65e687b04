"""Multi-head attention."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd

from .. import functional
from ..functional.attention import additive, attention_weights
from ..init import xavier_uniform_, zeros_
from ..module import Module, floating
from ..parameter import Parameter
from ..random import Rng, generator
from .linear import Linear


class MultiheadAttention(Module):
    """Several heads look at the sources, each in its own way; their finds are joined and mixed.

    query : (targets, batch, embed_dim), key : (sources, batch, kdim), value : (sources, batch,
    vdim) -> outputs (targets, batch, embed_dim) and weights (batch, targets, sources)

    With ``batch_first`` the first two axes change places; a single sequence has no batch axis.

    Parameters
    ----------
    embed_dim : int
    num_heads : int
        Divides embed_dim.
    dropout : float
        Of the weights, in training.
    bias : bool
    kdim, vdim : int, optional
        The widths of keys and values, where they are not embed_dim.
    batch_first : bool
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    Attributes
    ----------
    in_proj_weight : (3 · embed_dim, embed_dim) Parameter
        For queries, keys and values; with other widths there are q_proj_weight, k_proj_weight and
        v_proj_weight. Xavier's uniform start.
    in_proj_bias : (3 · embed_dim,) Parameter or None
        Starts at 0, as the bias of out_proj does.
    out_proj : Linear

    References
    ----------
    Vaswani et al. 2017, "Attention is all you need", section 3.2.2.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x = np.zeros((2, 5, 8))  # two sequences of five
    >>> outputs, weights = nn.MultiheadAttention(8, num_heads=4, batch_first=True)(x, x, x)
    >>> outputs.shape, weights.shape
    ((2, 5, 8), (2, 5, 5))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        for name, given in (("add_bias_kv", add_bias_kv), ("add_zero_attn", add_zero_attn)):
            if given:
                raise NotImplementedError(f"MultiheadAttention: there is no {name} here")
        if min(embed_dim, num_heads) < 1 or embed_dim % num_heads:
            raise ValueError(
                f"MultiheadAttention: num_heads={num_heads} must divide embed_dim={embed_dim}"
            )
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        self.dropout, self.batch_first = dropout, batch_first
        self.rng = None if rng is None else generator(rng)
        rng = generator(self.rng)

        def weight(*shape: int) -> Parameter:
            parameter = Parameter(np.zeros(shape), dtype=dtype)
            xavier_uniform_(parameter, rng=rng)
            return parameter

        self._together = self.kdim == self.vdim == embed_dim
        if self._together:
            self.in_proj_weight = weight(3 * embed_dim, embed_dim)
        else:
            self.q_proj_weight = weight(embed_dim, embed_dim)
            self.k_proj_weight = weight(embed_dim, self.kdim)
            self.v_proj_weight = weight(embed_dim, self.vdim)
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim), dtype=dtype) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, rng=rng, dtype=dtype)
        if self.out_proj.bias is not None:
            zeros_(self.out_proj.bias)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """Attend.

        Parameters
        ----------
        query, key, value : arrays or Values
        key_padding_mask : (batch, sources) array, optional
            Of booleans, True where a source is to be ignored; or numbers to add.
        need_weights : bool
            Else None stands in their place.
        attn_mask : (targets, sources) or (batch · num_heads, targets, sources) array, optional
            Of booleans, True where a target may not look; or numbers to add.
        average_attn_weights : bool
            Over the heads; else the weights are (batch, num_heads, targets, sources).
        is_causal : bool
            A hint that ``attn_mask`` is the causal one, which must be given.
        """
        single = np.ndim(query) == 2
        self._check(query, key, value, is_causal and attn_mask is None)
        q, k, v = self._projected(query, key, value)
        if single:
            q, k, v = (np.expand_dims(x, 0) for x in (q, k, v))
        elif not self.batch_first:
            q, k, v = (np.swapaxes(x, 0, 1) for x in (q, k, v))
        batch, targets, sources = q.shape[0], q.shape[1], k.shape[1]
        added = self._mask(attn_mask, key_padding_mask, (batch, targets, sources), q.dtype)
        weights = attention_weights(self._heads(q), self._heads(k), added)
        weights = functional.dropout(weights, self.dropout, self.training, rng=self.rng)
        found = np.swapaxes(weights @ self._heads(v), 1, 2)
        y = self.out_proj(np.reshape(found, (batch, targets, self.embed_dim)))
        if need_weights and average_attn_weights:
            weights = np.mean(weights, axis=1)
        if single:
            y, weights = y[0], weights[0] if need_weights else None
        elif not self.batch_first:
            y = np.swapaxes(y, 0, 1)
        return y, weights if need_weights else None

    def _check(self, query: Any, key: Any, value: Any, unmasked: bool) -> None:
        if unmasked:
            raise ValueError(
                "MultiheadAttention: is_causal=True says what attn_mask is, so give the mask too: "
                "nn.Transformer.generate_square_subsequent_mask(targets)"
            )
        shapes = [np.shape(x) for x in (query, key, value)]
        for x in (query, key, value):
            floating("MultiheadAttention", x)
        batch = 0 if self.batch_first else 1
        widths = (self.embed_dim, self.kdim, self.vdim)
        if (
            len({len(shape) for shape in shapes}) > 1
            or len(shapes[0]) not in (2, 3)
            or any(shape[-1] != n for shape, n in zip(shapes, widths, strict=True))
            or shapes[1][:-1] != shapes[2][:-1]
            or (len(shapes[0]) == 3 and shapes[0][batch] != shapes[1][batch])
        ):
            axes = "(batch, length, width)" if self.batch_first else "(length, batch, width)"
            raise ValueError(
                f"MultiheadAttention takes query, key and value as {axes} of widths "
                f"{', '.join(map(str, widths))}, keys and values equally many; got shapes "
                f"{', '.join(map(str, shapes))}"
            )

    def _projected(self, query: Any, key: Any, value: Any) -> list[Any]:
        n, bias = self.embed_dim, self.in_proj_bias
        biases = [None] * 3 if bias is None else [bias[i * n : (i + 1) * n] for i in range(3)]
        if self._together:
            weights = [self.in_proj_weight[i * n : (i + 1) * n] for i in range(3)]
        else:
            weights = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        return [
            autograd.linear(x, weight, b)
            for x, weight, b in zip((query, key, value), weights, biases, strict=True)
        ]

    def _heads(self, x: Any) -> Any:
        """(batch, length, embed_dim) -> (batch, heads, length, head_dim)."""
        parts = np.reshape(x, (*x.shape[:2], self.num_heads, self.head_dim))
        return np.swapaxes(parts, 1, 2)

    def _mask(self, mask: Any, padding: Any, sizes: tuple[int, int, int], dtype: Any) -> Any:
        """Both masks as numbers to add, (batch or 1, heads or 1, targets or 1, sources)."""
        batch, targets, sources = sizes
        added = None
        if mask is not None:
            added = additive(mask, dtype, allowed=False)
            each = (batch * self.num_heads, targets, sources)
            if added.shape not in ((targets, sources), each):
                raise ValueError(
                    f"MultiheadAttention: attn_mask has shape {added.shape}; it must be "
                    f"{(targets, sources)}, or {each}"
                )
            lead = (batch, self.num_heads) if added.ndim == 3 else (1, 1)
            added = np.reshape(added, (*lead, targets, sources))
        if padding is not None:
            pad = additive(padding, dtype, allowed=False)
            if pad.size != batch * sources or pad.shape[-1] != sources:
                raise ValueError(
                    f"MultiheadAttention: key_padding_mask has shape {pad.shape}; it must be "
                    f"{(batch, sources)}"
                )
            pad = np.reshape(pad, (batch, 1, 1, sources))
            added = pad if added is None else added + pad
        return added
