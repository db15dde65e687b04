"""What convolution and pooling share: images with or without their batch axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Value

from ..module import floating


def as_value(name: str, x: Any) -> Any:
    """Images as a Value; a plain array takes no gradient."""
    floating(name, x, lists=True)
    return x if isinstance(x, Value) else Value(np.asarray(x), requires_grad=False)


def batched(name: str, axes: int, operation: Callable, x: Any) -> Any:
    """``operation`` of (batch, channels, *size), or of one image without its batch axis."""
    x = as_value(name, x)
    return operation(x[None])[0] if x.ndim == axes + 1 else operation(x)


def titled(function: Callable, name: str, doc: str) -> Callable:
    """A function made for several numbers of axes, under its name."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function
