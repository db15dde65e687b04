"""Linear and bilinear forms, with PyTorch's signatures."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd

from ..module import floating


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """x @ weight.T + bias.

    Parameters
    ----------
    input : (..., in) array or Value
    weight : (out, in) array or Value, or (in,)
    bias : (out,) array or Value, or one number, optional

    Returns
    -------
    (..., out) array or Value, or (...)
    """
    if np.ndim(weight) == 1:
        y = input @ weight
        return y if bias is None else y + bias
    return autograd.linear(input, weight, bias)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """x1 · weight · x2 + bias.

    Parameters
    ----------
    input1 : (..., in1) array or Value
    input2 : (..., in2) array or Value
    weight : (out, in1, in2) array or Value
    bias : (out,) array or Value, optional

    Returns
    -------
    (..., out) array or Value
    """
    for x in (input1, input2):
        floating("bilinear", x)
    first, second = np.shape(input1), np.shape(input2)
    out, in1, in2 = np.shape(weight)
    if first[-1:] != (in1,) or second[-1:] != (in2,) or first[:-1] != second[:-1]:
        raise ValueError(
            f"bilinear of {in1} and {in2} features got inputs of shapes {first} and {second}; "
            f"their last axes must be these, and the others agree"
        )
    # (..., out, in1) · in2, then · in1: two matrix products.
    halfway = np.expand_dims(input2, -2) @ np.reshape(weight, (out * in1, in2)).T
    y = np.reshape(halfway, (*first[:-1], out, in1)) @ np.expand_dims(input1, -1)
    y = np.squeeze(y, -1)
    return y if bias is None else y + bias
