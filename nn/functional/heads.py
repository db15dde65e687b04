"""Attention in several heads: what `MultiheadAttention` computes."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd

from ..module import floating
from ..random import Rng
from .attention import additive, attention_weights
from .dropout import dropout


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
    *,
    rng: Rng = None,
) -> tuple[Any, Any]:
    """`MultiheadAttention` with the weights given; the batch is axis 1, or there is none.

    Parameters
    ----------
    query, key, value : arrays or Values
        (targets, batch, embed_dim), (sources, batch, kdim) and (sources, batch, vdim).
    embed_dim_to_check, num_heads : int
    in_proj_weight : (3 · embed_dim, embed_dim) array or Value
        With ``use_separate_proj_weight`` there are ``q_proj_weight``, ``k_proj_weight`` and
        ``v_proj_weight`` in its place.
    in_proj_bias : (3 · embed_dim,) array or Value, or None
    bias_k, bias_v : (1, 1, embed_dim) array or Value, or None
        One more source.
    add_zero_attn : bool
        One more source, of zeros.
    dropout_p : float
    out_proj_weight, out_proj_bias : array or Value
    training : bool
    key_padding_mask, need_weights, attn_mask, average_attn_weights, is_causal
        As for `MultiheadAttention`.
    static_k, static_v : None
        There are none here.
    rng : numpy.random.Generator or int, optional

    Returns
    -------
    (targets, batch, embed_dim) Value, and (batch, targets, sources) Value or None
    """
    name = "multi_head_attention_forward"
    if static_k is not None or static_v is not None:
        raise NotImplementedError(f"{name}: there are no static_k and static_v here")
    if use_separate_proj_weight:
        weights = [q_proj_weight, k_proj_weight, v_proj_weight]
    else:
        weights = np.split(in_proj_weight, 3)
    widths = [np.shape(weight)[1] for weight in weights]
    check_sources(name, (query, key, value), widths, False, is_causal and attn_mask is None)
    if widths[0] != embed_dim_to_check or embed_dim_to_check % num_heads:
        raise ValueError(
            f"{name}: queries have width {widths[0]}, embed_dim_to_check is {embed_dim_to_check}, "
            f"and num_heads={num_heads} must divide it"
        )
    single = np.ndim(query) == 2
    parts = projected((query, key, value), weights, in_proj_bias, single, False)
    found, looks = attend(
        parts, num_heads, attn_mask, key_padding_mask, (bias_k, bias_v), add_zero_attn,
        dropout_p, training, rng,
    )  # fmt: skip
    y = autograd.linear(found, out_proj_weight, out_proj_bias)
    return finished(y, looks, single, False, need_weights, average_attn_weights)


def check_sources(
    name: str, inputs: tuple, widths: list[int], batch_first: bool, unmasked: bool
) -> None:
    """Refuse queries, keys and values that do not fit each other."""
    if unmasked:
        raise ValueError(
            f"{name}: is_causal=True says what attn_mask is, so give the mask too: "
            "nn.Transformer.generate_square_subsequent_mask(targets)"
        )
    for x in inputs:
        floating(name, x)
    shapes, batch = [np.shape(x) for x in inputs], 0 if batch_first else 1
    if (
        len({len(shape) for shape in shapes}) > 1
        or len(shapes[0]) not in (2, 3)
        or any(shape[-1] != n for shape, n in zip(shapes, widths, strict=True))
        or shapes[1][:-1] != shapes[2][:-1]
        or (len(shapes[0]) == 3 and shapes[0][batch] != shapes[1][batch])
    ):
        axes = "(batch, length, width)" if batch_first else "(length, batch, width)"
        raise ValueError(
            f"{name} takes query, key and value as {axes} of widths "
            f"{', '.join(map(str, widths))}, keys and values equally many; got shapes "
            f"{', '.join(map(str, shapes))}"
        )


def projected(
    inputs: tuple, weights: list[Any], bias: Any, single: bool, batch_first: bool
) -> list[Any]:
    """Queries, keys and values, each (batch, length, embed_dim)."""
    biases = [None] * 3 if bias is None else np.split(bias, 3)
    parts = [
        autograd.linear(x, weight, b) for x, weight, b in zip(inputs, weights, biases, strict=True)
    ]
    if single:
        return [np.expand_dims(x, 0) for x in parts]
    return parts if batch_first else [np.swapaxes(x, 0, 1) for x in parts]


def attend(
    parts: list[Any],
    num_heads: int,
    mask: Any,
    padding: Any,
    biases: tuple[Any, Any],
    add_zero: bool,
    dropout_p: float,
    training: bool,
    rng: Rng,
) -> tuple[Any, Any]:
    """What is found, (batch, targets, embed_dim), and where, (batch, heads, targets, sources).

    ``biases`` are those of keys and values: one more source, that all may look at.
    """
    q, k, v = parts
    batch, targets, sources = q.shape[0], q.shape[1], k.shape[1]
    added = _added(mask, padding, (batch, num_heads, targets, sources), q.dtype)
    if biases[0] is not None:
        k, v = (_longer(x, np.reshape(b, -1)) for x, b in zip((k, v), biases, strict=True))
    if add_zero:
        k, v = (_longer(x, np.zeros(x.shape[-1], x.dtype)) for x in (k, v))
    more = k.shape[1] - sources
    if added is not None and more:
        added = np.concatenate([added, np.zeros((*added.shape[:-1], more), added.dtype)], -1)
    q, k, v = (_heads(x, num_heads) for x in (q, k, v))
    looks = dropout(attention_weights(q, k, added), dropout_p, training, rng=rng)
    found = np.swapaxes(looks @ v, 1, 2)
    return np.reshape(found, (batch, targets, parts[0].shape[-1])), looks


def finished(
    y: Any, looks: Any, single: bool, batch_first: bool, need_weights: bool, average: bool
) -> tuple[Any, Any]:
    """The results with the axes of the inputs."""
    if not need_weights:
        looks = None
    elif average:
        looks = np.mean(looks, axis=1)
    if single:
        return y[0], None if looks is None else looks[0]
    return y if batch_first else np.swapaxes(y, 0, 1), looks


def _longer(x: Any, source: Any) -> Any:
    """(batch, sources, width) with one more source, the same for all."""
    end = np.broadcast_to(source, (x.shape[0], 1, x.shape[-1]))
    return np.concatenate([x, end], 1)


def _heads(x: Any, count: int) -> Any:
    """(batch, length, embed_dim) -> (batch, heads, length, head_dim)."""
    return np.swapaxes(np.reshape(x, (*x.shape[:2], count, x.shape[2] // count)), 1, 2)


def _added(mask: Any, padding: Any, sizes: tuple[int, int, int, int], dtype: Any) -> Any:
    """Both masks as numbers to add, (batch or 1, heads or 1, targets or 1, sources)."""
    batch, heads, targets, sources = sizes
    added = None
    if mask is not None:
        added = additive(mask, dtype, allowed=False)
        each = (batch * heads, targets, sources)
        if added.shape not in ((targets, sources), each):
            raise ValueError(
                f"MultiheadAttention: attn_mask has shape {added.shape}; it must be "
                f"{(targets, sources)}, or {each}"
            )
        lead = (batch, heads) if added.ndim == 3 else (1, 1)
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
