"""Layers that take their number of features or channels from the first input they see."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from ..module import Module
from ..parameter import Parameter
from .batchnorm import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
)
from .conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .linear import Linear


class _Lazy(Module):
    """A layer without its first argument, which is read off the first input.

    The first call makes the parameters and turns this object into the layer; an optimiser may be
    made before. A state is loaded after it.
    """

    cls_to_become: Any
    _axis: int  # of the features or channels, from the end where there may be no batch

    def __init_subclass__(cls) -> None:
        first, *others = inspect.signature(cls.cls_to_become).parameters.values()
        cls.__signature__ = inspect.Signature(others)  # type: ignore[attr-defined]
        cls.__doc__ = (
            f"`{cls.cls_to_become.__name__}` whose ``{first.name}`` the first input tells."
        )

    def __init__(self, *args: Any, **settings: Any) -> None:
        given = inspect.signature(type(self)).bind(*args, **settings)
        self._given = given.arguments
        given.apply_defaults()
        affine = given.arguments.get("affine", True)
        for name, wanted in (("weight", affine), ("bias", affine and given.arguments["bias"])):
            if wanted:  # the same objects that the layer will train
                setattr(self, name, Parameter(np.zeros(0), dtype=given.arguments["dtype"]))

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        shape = np.shape(args[0] if args else kwargs["input"])
        if not -len(shape) <= self._axis < len(shape):
            raise ValueError(f"{type(self).__name__} got an input of shape {shape}")
        waiting = dict(self.named_parameters(recurse=False))
        for parameter in waiting.values():
            self._given["dtype"] = parameter.dtype  # which may have changed since
        layer = self.cls_to_become(shape[self._axis], **self._given)
        for name, parameter in waiting.items():
            parameter._data = getattr(layer, name)._data
            setattr(layer, name, parameter)
        del self._given
        vars(self).update(vars(layer))
        self.__class__ = self.cls_to_become
        return self.forward(*args, **kwargs)  # the layer's

    def _before_load(self, state: dict[str, Any], prefix: str) -> None:
        if np.size(state.get(f"{prefix}weight", ())):
            raise ValueError(
                f"{prefix[:-1] or 'the model'} is a {type(self).__name__}, whose shapes no input "
                f"has told yet; call the model once, then load its state"
            )

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self._given.items())


class LazyLinear(_Lazy):
    cls_to_become, _axis = Linear, -1


class LazyConv1d(_Lazy):
    cls_to_become, _axis = Conv1d, -2


class LazyConv2d(_Lazy):
    cls_to_become, _axis = Conv2d, -3


class LazyConv3d(_Lazy):
    cls_to_become, _axis = Conv3d, -4


class LazyConvTranspose1d(_Lazy):
    cls_to_become, _axis = ConvTranspose1d, -2


class LazyConvTranspose2d(_Lazy):
    cls_to_become, _axis = ConvTranspose2d, -3


class LazyConvTranspose3d(_Lazy):
    cls_to_become, _axis = ConvTranspose3d, -4


class LazyBatchNorm1d(_Lazy):
    cls_to_become, _axis = BatchNorm1d, 1


class LazyBatchNorm2d(_Lazy):
    cls_to_become, _axis = BatchNorm2d, 1


class LazyBatchNorm3d(_Lazy):
    cls_to_become, _axis = BatchNorm3d, 1


class LazyInstanceNorm1d(_Lazy):
    cls_to_become, _axis = InstanceNorm1d, -2


class LazyInstanceNorm2d(_Lazy):
    cls_to_become, _axis = InstanceNorm2d, -3


class LazyInstanceNorm3d(_Lazy):
    cls_to_become, _axis = InstanceNorm3d, -4
