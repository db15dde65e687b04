"""Gradients that are kept from growing too large."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from autograd import Value, untraced
from autograd.value import raw


def clip_grad_norm_(
    parameters: Value | Iterable[Value],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """Scale all gradients by one factor where their norm, as of one vector, is above a limit.

    Parameters
    ----------
    parameters : Value or iterable of Values
        Those without a gradient are passed over.
    max_norm : float
    norm_type : float
        The order of the norm; ``float("inf")`` for the largest absolute value.
    error_if_nonfinite : bool
        Raise where the norm is NaN or infinite; otherwise it spoils all gradients.
    foreach : bool, optional
        PyTorch's; it changes nothing here.

    Returns
    -------
    float
        The norm before clipping.

    References
    ----------
    Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks",
    algorithm 1.

    Examples
    --------
    >>> import numpy as np, autograd, nn
    >>> x = autograd.Value(np.zeros(2))
    >>> x.grad = np.array([3.0, 4.0])
    >>> float(nn.utils.clip_grad_norm_([x], max_norm=1.0))
    5.0
    >>> x.grad.round(4)
    array([0.6, 0.8])
    """
    return untraced(partial(_clip, _listed(parameters), max_norm, norm_type, error_if_nonfinite))


def _clip(parameters: list[Value], max_norm: float, order: float, finite: bool) -> Any:
    gradients = [p.grad for p in parameters if p.grad is not None]
    total = get_total_norm(gradients, order, finite)
    clip_grads_with_norm_(parameters, max_norm, total)
    return total


def get_total_norm(
    tensors: Any,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """The norm of arrays as of one vector.

    Parameters
    ----------
    tensors : array, Value, or iterable of them
    norm_type : float
        The order of the norm; ``float("inf")`` for the largest absolute value.
    error_if_nonfinite : bool
    foreach : bool, optional
        PyTorch's; it changes nothing here.

    Returns
    -------
    float

    Raises
    ------
    RuntimeError
        Where the norm is NaN or infinite and ``error_if_nonfinite`` is set.
    """
    tensors = [tensors] if isinstance(tensors, (Value, np.ndarray, float)) else tensors
    order = float(norm_type)
    norms = [np.linalg.norm(np.reshape(raw(array), -1), order) for array in tensors]
    total = np.linalg.norm(norms, order) if norms else np.float64(0)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(
            f"the gradients have the norm {total} of order {order:g} and cannot be clipped; "
            f"autograd.detect_anomaly() finds the line that it comes from"
        )
    return total


def clip_grads_with_norm_(
    parameters: Value | Iterable[Value],
    max_norm: float,
    total_norm: float,
    foreach: bool | None = None,
) -> None:
    """Scale all gradients by ``max_norm / total_norm`` where that is below 1.

    Parameters
    ----------
    parameters : Value or iterable of Values
    max_norm : float
    total_norm : float
        What `get_total_norm` gave for their gradients.
    foreach : bool, optional
        PyTorch's; it changes nothing here.
    """
    if not max_norm >= 0:
        raise ValueError(f"max_norm must be at least 0, not {max_norm!r}")
    share = float(max_norm) / (float(raw(total_norm)) + 1e-6)  # PyTorch's 1e-6
    if share >= 1:
        return
    for parameter in _listed(parameters):
        if parameter.grad is not None:
            parameter.grad = parameter.grad * share  # a new array: gradients may share one


def clip_grad_value_(
    parameters: Value | Iterable[Value], clip_value: float, foreach: bool | None = None
) -> None:
    """Cut every gradient to the range from ``-clip_value`` to ``clip_value``.

    Parameters
    ----------
    parameters : Value or iterable of Values
        Those without a gradient are passed over.
    clip_value : float
    foreach : bool, optional
        PyTorch's; it changes nothing here.

    Examples
    --------
    >>> import numpy as np, autograd, nn
    >>> x = autograd.Value(np.zeros(2))
    >>> x.grad = np.array([-3.0, 0.4])
    >>> nn.utils.clip_grad_value_([x], 0.5)
    >>> x.grad
    array([-0.5,  0.4])
    """
    if not clip_value >= 0:
        raise ValueError(f"clip_value must be at least 0, not {clip_value!r}")
    untraced(partial(_cut, _listed(parameters), clip_value))


def _cut(parameters: list[Value], clip_value: float) -> None:
    for parameter in parameters:
        if parameter.grad is not None:
            cut = np.clip(parameter.grad, -float(clip_value), float(clip_value))
            parameter.grad = cut if isinstance(parameter.grad, np.ndarray) else cut.item()


def _listed(parameters: Any) -> list[Value]:
    return [parameters] if isinstance(parameters, Value) else list(parameters)
