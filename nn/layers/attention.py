"""Multi-head attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functional import heads
from ..init import xavier_normal_, xavier_uniform_, zeros_
from ..module import Module
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
    add_bias_kv : bool
        Learn one more key and value, which stand after the sources.
    add_zero_attn : bool
        One more source of zeros after all others.
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
    bias_k, bias_v : (1, 1, embed_dim) Parameter or None
        With ``add_bias_kv``; Xavier's normal start.

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
        if min(embed_dim, num_heads) < 1 or embed_dim % num_heads:
            raise ValueError(
                f"MultiheadAttention: num_heads={num_heads} must divide embed_dim={embed_dim}"
            )
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        self.dropout, self.batch_first = dropout, batch_first
        self.add_zero_attn = add_zero_attn
        self.rng = None if rng is None else generator(rng)
        rng = generator(self.rng)

        def weight(*shape: int) -> Parameter:
            parameter = Parameter(np.zeros(shape), dtype=dtype)
            xavier_uniform_(parameter, rng=rng)
            return parameter

        self.in_proj_weight: Parameter | None = None
        self.q_proj_weight: Parameter | None = None
        self.k_proj_weight: Parameter | None = None
        self.v_proj_weight: Parameter | None = None
        if self.kdim == self.vdim == embed_dim:
            self.in_proj_weight = weight(3 * embed_dim, embed_dim)
        else:
            self.q_proj_weight = weight(embed_dim, embed_dim)
            self.k_proj_weight = weight(embed_dim, self.kdim)
            self.v_proj_weight = weight(embed_dim, self.vdim)
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim), dtype=dtype) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, rng=rng, dtype=dtype)
        if self.out_proj.bias is not None:
            zeros_(self.out_proj.bias)
        self.bias_k: Parameter | None = None
        self.bias_v: Parameter | None = None
        if add_bias_kv:
            self.bias_k, self.bias_v = (
                Parameter(np.zeros((1, 1, embed_dim)), dtype=dtype) for _ in range(2)
            )
            xavier_normal_(self.bias_k, rng=rng)
            xavier_normal_(self.bias_v, rng=rng)

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
        together = self.in_proj_weight
        weights = (
            [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
            if together is None
            else np.split(together, 3)
        )
        inputs, widths = (query, key, value), [self.embed_dim, self.kdim, self.vdim]
        unmasked = is_causal and attn_mask is None
        heads.check_sources(type(self).__name__, inputs, widths, self.batch_first, unmasked)
        single = np.ndim(query) == 2
        found, looks = heads.attend(
            heads.projected(inputs, weights, self.in_proj_bias, single, self.batch_first),
            self.num_heads, attn_mask, key_padding_mask, (self.bias_k, self.bias_v),
            self.add_zero_attn, self.dropout, self.training, self.rng,
        )  # fmt: skip
        y = self.out_proj(found)
        return heads.finished(
            y, looks, single, self.batch_first, need_weights, average_attn_weights
        )
