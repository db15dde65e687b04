"""Where in a sequence each entry stands."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import untraced

from ..module import Module
from ..random import Rng
from .dropout import Dropout


class PositionalEncoding(Module):
    """Add waves of many lengths, by which each place can be told, then drop out.

    x : (length, batch, d_model), (batch, length, d_model) with ``batch_first``, or
    (length, d_model) -> the same

    Parameters
    ----------
    d_model : int
    dropout : float
    max_len : int
        The longest sequence.
    batch_first : bool
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    References
    ----------
    Vaswani et al. 2017, "Attention is all you need", section 3.5.
    """

    def __init__(
        self,
        d_model: int,
        dropout: float = 0.1,
        max_len: int = 5000,
        batch_first: bool = False,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        self.batch_first = batch_first
        self.dropout = Dropout(dropout, rng=rng)
        angles = np.arange(max_len)[:, None] / 10000 ** (np.arange(0, d_model, 2) / d_model)
        waves = np.stack([np.sin(angles), np.cos(angles)], -1).reshape(max_len, -1)
        self.register_buffer("pe", waves[:, :d_model].astype(dtype), persistent=False)

    def forward(self, x: Any) -> Any:
        shape, (longest, width) = np.shape(x), self.pe.shape
        length = shape[1] if self.batch_first and len(shape) == 3 else shape[0]
        if length > longest or shape[-1] != width:
            raise ValueError(
                f"PositionalEncoding of {longest} places and width {width} got x of shape {shape}"
            )
        waves = untraced(lambda: self.pe._data[:length].astype(x.dtype, copy=False))
        if len(shape) == 3 and not self.batch_first:
            waves = waves[:, None]
        return self.dropout(x + waves)

    pe: Any
