"""Losses as modules."""

from __future__ import annotations

from typing import Any

from .. import functional
from ..module import Module


class _Loss(Module):
    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = reduction

    def extra_repr(self) -> str:
        return f"reduction={self.reduction!r}"


class MSELoss(_Loss):
    """The mean of squared differences; see `nn.functional.mse_loss`."""

    def forward(self, input: Any, target: Any) -> Any:
        return functional.mse_loss(input, target, self.reduction)


class CrossEntropyLoss(_Loss):
    """−log of the right class's probability; see `nn.functional.cross_entropy`."""

    def forward(self, input: Any, target: Any) -> Any:
        return functional.cross_entropy(input, target, self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Binary cross-entropy; see `nn.functional.binary_cross_entropy_with_logits`."""

    def forward(self, input: Any, target: Any) -> Any:
        return functional.binary_cross_entropy_with_logits(input, target, self.reduction)
