"""Attention: what is looked for, compared with what there is, says what is read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
from autograd import Value

from ..module import floating
from ..random import Rng
from .dropout import dropout


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    rng: Rng = None,
) -> Any:
    """softmax(query · keyᵀ / √width) · value.

    Parameters
    ----------
    query : (..., targets, width) array or Value
    key : (..., sources, width) array or Value
    value : (..., sources, width of values) array or Value
    attn_mask : array that broadcasts to (..., targets, sources), optional
        Of booleans, True where a target may look; or numbers that are added to the comparisons.
    dropout_p : float
        Of the weights; applied whenever it is above 0.
    is_causal : bool
        Each target looks only at the sources up to its own place.
    scale : float, optional
        In the place of 1 / √width.
    enable_gqa : bool
        Several heads of queries, axis −3, share one of keys and values.
    rng : numpy.random.Generator or int, optional

    Returns
    -------
    (..., targets, width of values) array or Value
        0 for a target that may look nowhere.

    References
    ----------
    Vaswani et al. 2017, "Attention is all you need", eq. 1.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import scaled_dot_product_attention
    >>> x = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> scaled_dot_product_attention(x, x, x, is_causal=True).round(2)
    array([[1.  , 0.  ],
           [0.33, 0.67]])
    """
    for x in (query, key, value):
        floating("scaled_dot_product_attention", x)
    if is_causal and attn_mask is not None:
        raise ValueError("scaled_dot_product_attention takes attn_mask or is_causal, not both")
    added = None
    if is_causal:
        causal = np.tri(np.shape(query)[-2], np.shape(key)[-2], dtype=bool)
        added = _additive(causal, query.dtype, allowed=True)
    elif attn_mask is not None:
        added = additive(attn_mask, query.dtype, allowed=True)
    if enable_gqa:
        key, value = (_shared(query, x) for x in (key, value))
    weights = dropout(attention_weights(query, key, added, scale), dropout_p, rng=rng)
    return weights @ value


def _shared(query: Any, x: Any) -> Any:
    """Keys or values, once for each head of the queries."""
    heads, own = (np.shape(each)[-3] if np.ndim(each) > 2 else 0 for each in (query, x))
    if not own or heads % own:
        raise ValueError(
            f"enable_gqa: heads, axis -3, of keys and values divide those of queries; got shapes "
            f"{np.shape(x)} and {np.shape(query)}"
        )
    return np.repeat(x, heads // own, axis=-3)


def attention_weights(query: Any, key: Any, added: Any = None, scale: float | None = None) -> Any:
    """softmax(query · keyᵀ / √width + added): how much each target reads from each source.

    Parameters
    ----------
    query : (..., targets, width) array or Value
    key : (..., sources, width) array or Value
    added : array or Value that broadcasts to (..., targets, sources), optional
        −inf where a target may not look.
    scale : float, optional

    Returns
    -------
    (..., targets, sources) array or Value
        Rows that sum to 1, or to 0 where there is nowhere to look.
    """
    if np.shape(query)[-1] != np.shape(key)[-1]:
        raise ValueError(
            f"attention compares queries and keys of one width, not of shapes {np.shape(query)} "
            f"and {np.shape(key)}"
        )
    scale = 1 / math.sqrt(np.shape(query)[-1]) if scale is None else scale
    scores = (query * scale) @ np.swapaxes(key, -1, -2)
    if added is None:
        return autograd.softmax(scores)
    nowhere = np.all(np.isneginf(added), axis=-1, keepdims=True)
    if not isinstance(nowhere, Value) and not nowhere.any():  # a recorded one may be next time
        return autograd.softmax(scores + added)
    # A row of −inf alone has no softmax.
    some = (~nowhere).astype(scores.dtype)
    return autograd.softmax(scores + np.where(nowhere, 0.0, added)) * some


def additive(mask: Any, dtype: Any, *, allowed: bool) -> Any:
    """A mask as numbers to add: 0 where a boolean one equals ``allowed``, −inf elsewhere."""
    if isinstance(mask, Value) and mask.requires_grad:
        return mask
    return autograd.untraced(lambda numbers: _additive(numbers, dtype, allowed), mask)


def _additive(mask: Any, dtype: Any, allowed: bool) -> np.ndarray:
    mask = np.asarray(mask)
    if mask.dtype == bool:
        return np.where(mask == allowed, 0.0, -np.inf).astype(dtype)
    if mask.dtype.kind != "f":
        raise TypeError(
            f"an attention mask is of booleans or floating-point numbers, not {mask.dtype}"
        )
    return mask.astype(dtype, copy=False)
