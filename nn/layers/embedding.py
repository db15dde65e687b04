"""Embedding and EmbeddingBag: tables of vectors that are learnt."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from autograd.value import raw

from .. import functional
from ..functional.embedding import padding_row, refuse_sparse
from ..init import normal_
from ..module import Module
from ..parameter import Parameter
from ..random import Rng, drawing_from


class _Table(Module):
    """What both have: the settings and the table."""

    def _set(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        max_norm: float | None,
        norm_type: float,
        scale_grad_by_freq: bool,
        sparse: bool,
    ) -> None:
        name = type(self).__name__
        refuse_sparse(name, sparse)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = padding_row(name, padding_idx, num_embeddings)
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse

    def _start(self, weight: Any, trained: bool, rng: Rng, dtype: Any) -> None:
        shape = (self.num_embeddings, self.embedding_dim)
        given = weight is not None
        if given and np.shape(weight) != shape:
            raise ValueError(
                f"{type(self).__name__}: a table of shape {shape} is asked for, and the one given "
                f"has {np.shape(weight)}"
            )
        table = np.asarray(raw(weight)) if given else np.zeros(shape, dtype)
        self.weight = Parameter(table, trained, dtype=table.dtype)
        if not given:
            with drawing_from(rng):
                self.reset_parameters()

    def reset_parameters(self, rng: Rng = None) -> None:
        """Start anew: normally distributed, the padding at 0."""
        normal_(self.weight, rng=rng)
        if self.padding_idx is not None:
            self.weight.data[self.padding_idx] = 0

    def _shown(self, *names: str) -> str:
        """The settings of these names that are not what they are by default."""
        usual = {"max_norm": None, "norm_type": 2.0, "scale_grad_by_freq": False}
        usual |= {"padding_idx": None}
        settings = vars(self)
        shown = [f"{self.num_embeddings}, {self.embedding_dim}"]
        shown += [f"{n}={settings[n]!r}" for n in names if settings[n] != usual.get(n, ())]
        return ", ".join(shown)


class Embedding(_Table):
    """A table of vectors, looked up by number.

    x : integers of any shape -> (\\*shape of x, embedding_dim)

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        Rows and columns.
    padding_idx : int, optional
        A row that starts at 0 and that no gradient reaches.
    max_norm, norm_type, scale_grad_by_freq, sparse
        See `nn.functional.embedding`.
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
        _weight: Any = None,
        _freeze: bool = False,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        how = (padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
        self._set(num_embeddings, embedding_dim, *how)
        self._start(_weight, not _freeze, rng, dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """A layer with a table that is given; it is not trained unless ``freeze`` is False."""
        rows, width = _shape(embeddings)
        return cls(
            rows,
            width,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            _weight=embeddings,
            _freeze=freeze,
        )

    def forward(self, input: Any) -> Any:
        return functional.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
        )

    def extra_repr(self) -> str:
        return self._shown("padding_idx", "max_norm", "norm_type", "scale_grad_by_freq")


class EmbeddingBag(_Table):
    """The mean, sum or largest numbers of bags of vectors out of a table.

    x : (bags, numbers of a bag) integers, or all in a row with offsets -> (bags, embedding_dim)

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        Rows and columns.
    mode : {"mean", "sum", "max"}
    include_last_offset : bool
        The offsets have one number more: where the last bag ends.
    padding_idx : int, optional
        A row that starts at 0 and is left out of every bag.
    max_norm, norm_type, scale_grad_by_freq, sparse
        See `nn.functional.embedding`.
    rng : numpy.random.Generator or int, optional
    dtype : NumPy dtype

    Attributes
    ----------
    weight : (num_embeddings, embedding_dim) Parameter
        Starts normally distributed.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.EmbeddingBag(10, 3)(np.array([1, 5, 0, 9]), np.array([0, 3])).shape
    (2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Any = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        *,
        rng: Rng = None,
        dtype: Any = np.float32,
    ) -> None:
        if mode not in ("mean", "sum", "max"):
            raise ValueError(f"EmbeddingBag: mode is 'mean', 'sum' or 'max', not {mode!r}")
        how = (padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
        self._set(num_embeddings, embedding_dim, *how)
        self.mode, self.include_last_offset = mode, include_last_offset
        self._start(_weight, True, rng, dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Self:
        """A layer with a table that is given; it is not trained unless ``freeze`` is False."""
        rows, width = _shape(embeddings)
        layer = cls(
            rows,
            width,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            mode,
            sparse,
            embeddings,
            include_last_offset,
            padding_idx,
        )
        layer.weight.requires_grad_(not freeze)
        return layer

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        return functional.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        return self._shown("max_norm", "norm_type", "scale_grad_by_freq", "mode", "padding_idx")


def _shape(table: Any) -> tuple[int, ...]:
    if np.ndim(table) != 2:
        raise ValueError(f"from_pretrained takes a (rows, width) table, got {np.shape(table)}")
    return np.shape(table)
