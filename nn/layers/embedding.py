"""Embedding: a table of vectors that are learnt."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from .. import functional
from ..functional.embedding import refuse_settings
from ..init import normal_
from ..module import Module
from ..parameter import Parameter
from ..random import Rng


class Embedding(Module):
    """A table of vectors, looked up by number.

    x : integers of any shape -> (\\*shape of x, embedding_dim)

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        Rows and columns.
    padding_idx : int, optional
        A row that starts at 0 and that no gradient reaches.
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    Attributes
    ----------
    weight : (num_embeddings, embedding_dim) Parameter
        Starts normally distributed.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Embedding(10, 3)(np.array([[1, 5], [0, 9]])).shape
    (2, 2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        refuse_settings(max_norm, scale_grad_by_freq, sparse)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise ValueError(
                    f"Embedding: padding_idx={padding_idx} is no row of a table of {num_embeddings}"
                )
            padding_idx %= num_embeddings
        self.padding_idx = padding_idx
        self.weight = Parameter(np.zeros((num_embeddings, embedding_dim)), dtype=dtype)
        normal_(self.weight, rng=rng)
        if padding_idx is not None:
            self.weight.data[padding_idx] = 0

    @classmethod
    def from_pretrained(
        cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None
    ) -> Self:
        """A layer with a table that is given; it is not trained unless ``freeze`` is False."""
        table = np.asarray(embeddings)
        layer = cls(*table.shape, dtype=table.dtype)
        layer.weight = Parameter(table, not freeze, dtype=table.dtype)
        layer.padding_idx = padding_idx
        return layer

    def forward(self, input: Any) -> Any:
        return functional.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
