"""Discrete Fourier transforms.

A transform is a product with a symmetric matrix, so its rule is the transform itself (no
conjugate: dL = Re Σ g·dy). The real ones read or write half of a spectrum; lengths are changed
before, by cutting or by adding zeros.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..op import Case, composed, define


def _along(x, axis, start, stop):
    return x[(slice(None),) * (axis % np.ndim(x)) + (slice(start, stop),)]


def _resized(x, n, axis):
    """Cut to ``n`` entries along an axis, or filled up with zeros."""
    length = np.shape(x)[axis]
    if n is None or n == length:
        return x
    if n < 1:
        raise ValueError(f"Invalid number of FFT data points ({n}) specified.")
    if n < length:
        return _along(x, axis, 0, n)
    shape = list(np.shape(x))
    shape[axis] = n - length
    return np.concatenate([x, np.zeros(shape, np.result_type(x))], axis)


def fourier(x, axes, norm=None):
    """np.fft.fftn along axes of the length they have."""
    return np.fft.fftn(x, axes=axes, norm=norm)


def inverse_fourier(x, axes, norm=None):
    """np.fft.ifftn along axes of the length they have."""
    return np.fft.ifftn(x, axes=axes, norm=norm)


_CASES: list[Case] = [
    (((4,),), {"axes": (0,)}),
    (((2, 3),), {"axes": (0, 1)}),
    (((3, 2),), {"axes": (0,), "norm": "ortho"}),
]
fourier = define(
    fourier,
    lambda g, y, x, axes, norm=None: fourier(g, axes=axes, norm=norm),
    name="fftn",
    label="fft",
    cases=_CASES,
    formulas=("fft(g)",),
    complex=True,
)
inverse_fourier = define(
    inverse_fourier,
    lambda g, y, x, axes, norm=None: inverse_fourier(g, axes=axes, norm=norm),
    name="ifftn",
    label="ifft",
    cases=_CASES,
    formulas=("ifft(g)",),
    complex=True,
)


def real_fourier(x, axis=-1, norm=None):
    """np.fft.rfft along an axis of the length it has: the first half of the spectrum."""
    return np.fft.rfft(x, axis=axis, norm=norm)


real_fourier = define(
    real_fourier,
    # The missing half of the spectrum has no gradient of its own.
    lambda g, y, x, axis=-1, norm=None: np.real(
        fourier(_resized(g, np.shape(x)[axis], axis), axes=(axis,), norm=norm)
    ),
    name="rfft",
    label="rfft",
    cases=[(((5,),), {}), (((4, 2),), {"axis": 0, "norm": "forward"})],
    formulas=("real(fft(g))",),
)


def inverse_real_fourier(x, n, axis=-1, norm=None):
    """np.fft.irfft to ``n`` numbers: the conjugate half of the spectrum is understood."""
    return np.fft.irfft(x, n, axis=axis, norm=norm)


def _swapped(norm):
    """Of a transform and its inverse, the norm of one as that of the other."""
    swapped = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}
    if norm not in swapped:
        raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".')
    return swapped[norm]


def _inverse_real_rule(g, y, x, n, axis, norm):
    half = real_fourier(g, axis=axis, norm=_swapped(norm))
    # What stands for two entries of the spectrum counts twice: all but the first, and the last
    # one of an even length.
    twice = np.full(n // 2 + 1, 2.0, np.result_type(g))
    twice[0] = 1
    if n % 2 == 0:
        twice[-1] = 1
    shape = [1] * np.ndim(x)
    shape[axis] = -1
    full = np.conj(half) * np.reshape(twice, shape)
    return _resized(full, np.shape(x)[axis], axis)


inverse_real_fourier = define(
    inverse_real_fourier,
    lambda g, y, x, n, axis=-1, norm=None: _inverse_real_rule(g, y, x, n, axis, norm),
    name="irfft",
    label="irfft",
    cases=[
        (((3,),), {"n": 4}),
        (((3,),), {"n": 5}),
        (((3, 2),), {"n": 4, "axis": 0, "norm": "ortho"}),
        (((4,),), {"n": 4}),
        (((2,),), {"n": 6}),
    ],
    formulas=("conj(rfft(g)), twice inside",),
    complex=True,
)

_ONE: list[Case] = [
    (((4,),), {}),
    (((2, 3),), {"axis": 0, "norm": "ortho"}),
    (((3,),), {"n": 5}),
    (((4,),), {"n": 2, "norm": "forward"}),
]


def _transform(function, transform):
    @composed(function, cases=_ONE, complex=True)
    def of_one_axis(a, n=None, axis=-1, norm=None):
        return transform(_resized(a, n, axis), axes=(axis,), norm=norm)


_transform(np.fft.fft, fourier)
_transform(np.fft.ifft, inverse_fourier)


def _lengths(a, s, axes):
    """The axes of a transform of several, each with its length."""
    if axes is None:
        axes = range(np.ndim(a)) if s is None else range(-len(s), 0)
    axes = [normalize_axis_index(axis, np.ndim(a)) for axis in axes]
    if s is None:
        return axes, [np.shape(a)[axis] for axis in axes]
    return axes, [np.shape(a)[axis] if n == -1 else n for axis, n in zip(axes, s, strict=True)]


def _transform_n(function, transform, default):
    @composed(
        function,
        cases=[
            (((2, 3),), {}),
            (((3, 2),), {"s": (2, 4), "axes": (0, 1)}),
            (((2, 2, 3),), {"axes": (0, 2), "norm": "ortho"}),
        ],
        complex=True,
    )
    def of_axes(a, s=None, axes=default, norm=None):
        axes, lengths = _lengths(a, s, axes)
        for axis, n in zip(axes, lengths, strict=True):
            a = _resized(a, n, axis)
        return transform(a, axes=tuple(axes), norm=norm)


_transform_n(np.fft.fftn, fourier, None)
_transform_n(np.fft.ifftn, inverse_fourier, None)
_transform_n(np.fft.fft2, fourier, (-2, -1))
_transform_n(np.fft.ifft2, inverse_fourier, (-2, -1))


@composed(np.fft.rfft, cases=_ONE)
def rfft(a, n=None, axis=-1, norm=None):
    return real_fourier(_resized(a, n, axis), axis=axis, norm=norm)


@composed(np.fft.irfft, cases=[*_ONE, (((3,),), {"n": 4})], complex=True)
def irfft(a, n=None, axis=-1, norm=None):
    n = 2 * (np.shape(a)[axis] - 1) if n is None else n
    return inverse_real_fourier(a, n=n, axis=axis, norm=norm)


_SEVERAL: list[Case] = [
    (((2, 3),), {}),
    (((3, 4),), {"s": (2, 6), "axes": (0, 1)}),
    (((2, 2, 3),), {"axes": (0, 2), "norm": "ortho"}),
]


def _real_n(function, default):
    @composed(function, cases=_SEVERAL)
    def forward(a, s=None, axes=default, norm=None):
        axes, lengths = _lengths(a, s, axes)
        a = rfft(a, lengths[-1], axes[-1], norm)
        for axis, n in zip(axes[:-1], lengths[:-1], strict=True):
            a = _resized(a, n, axis)
        return fourier(a, axes=tuple(axes[:-1]), norm=norm) if len(axes) > 1 else a


def _inverse_real_n(function, default):
    @composed(function, cases=_SEVERAL, complex=True)
    def backward(a, s=None, axes=default, norm=None):
        axes, lengths = _lengths(a, s, axes)
        last = 2 * (np.shape(a)[axes[-1]] - 1) if s is None else lengths[-1]
        for axis, n in zip(axes[:-1], lengths[:-1], strict=True):
            a = _resized(a, n, axis)
        if len(axes) > 1:
            a = inverse_fourier(a, axes=tuple(axes[:-1]), norm=norm)
        return irfft(a, last, axes[-1], norm)


_real_n(np.fft.rfftn, None)
_real_n(np.fft.rfft2, (-2, -1))
_inverse_real_n(np.fft.irfftn, None)
_inverse_real_n(np.fft.irfft2, (-2, -1))


@composed(np.fft.hfft, cases=[(((4,),), {}), (((3,),), {"n": 5, "norm": "ortho"})], complex=True)
def hfft(a, n=None, axis=-1, norm=None):
    return irfft(np.conj(a), n, axis, _swapped(norm))


@composed(np.fft.ihfft, cases=[(((4,),), {}), (((3,),), {"n": 5, "norm": "ortho"})])
def ihfft(a, n=None, axis=-1, norm=None):
    return np.conj(rfft(a, n, axis, _swapped(norm)))


def _shift(function, direction):
    @composed(
        function, cases=[(((3,),), {}), (((2, 3),), {}), (((4, 3),), {"axes": 1})], complex=True
    )
    def shifted(x, axes=None):
        axes = range(np.ndim(x)) if axes is None else (axes,) if np.ndim(axes) == 0 else axes
        return np.roll(x, [direction(np.shape(x)[axis]) for axis in axes], tuple(axes))


_shift(np.fft.fftshift, lambda n: n // 2)
_shift(np.fft.ifftshift, lambda n: -(n // 2))
