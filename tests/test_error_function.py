"""The error function of arrays and what is made with it, against `math.erf` and `math.erfc`."""

import math

import numpy as np
import pytest

import autograd
from autograd.ops.error_function import erf_of
from autograd.ops.gelu import gelu_slope

RNG = np.random.default_rng(0)
X = np.concatenate(
    [
        RNG.normal(size=20_000) * 2,
        10 ** RNG.uniform(-300, 1, 2_000),
        np.linspace(-7, 7, 5_001),
        [0.84375, 1.25, 1 / 0.35, 6.0, -6.0, np.inf, -np.inf],
    ]
)


def test_exact_to_two_units_in_the_last_place():
    expected = np.array([math.erf(x) for x in X])
    assert np.all(np.abs(erf_of(X) - expected) <= 2 * np.spacing(np.abs(expected)))


def test_single_precision():
    x = X.astype(np.float32)
    expected = np.array([math.erf(v) for v in x.tolist()])
    y = erf_of(x)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, expected, rtol=5 * np.finfo(np.float32).eps, atol=1e-44)


def test_shapes_zeros_and_nans():
    for dtype in (np.float16, np.float32, np.float64):
        assert erf_of(np.zeros((2, 0, 3), dtype)).shape == (2, 0, 3)
        y = erf_of(np.array([[0.0, -0.0, np.nan]], dtype))
        assert y.dtype == dtype and y.shape == (1, 3)
        assert np.signbit(y).tolist()[0][:2] == [False, True] and np.isnan(y[0, 2])
    assert erf_of(np.array(0.5)).shape == ()


def test_many_numbers_are_as_few():
    x = np.random.default_rng(1).normal(size=(3, 50_001))  # more than one block
    for function in (erf_of, autograd.gelu, gelu_slope):
        y = function(x.T)
        assert y.shape == x.T.shape
        np.testing.assert_array_equal(y.T[:, ::1000], function(np.array(x[:, ::1000])))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_gelu_and_its_slope(dtype):
    x = X[np.abs(X) < 1e4].astype(dtype)
    below = np.array([math.erfc(-v / math.sqrt(2)) / 2 for v in x.tolist()])
    density = np.array([math.exp(-v * v / 2) / math.sqrt(2 * math.pi) for v in x.tolist()])
    wide = x.astype(float)
    for y, exact in (
        (autograd.gelu(x), wide * below),
        (gelu_slope(x), below + wide * density),
    ):
        assert y.dtype == dtype
        assert np.all(np.abs(y - exact) <= 1.2 * np.finfo(dtype).eps * np.maximum(1, np.abs(exact)))
    # Far below 0 too there are digits, where 1 + erf has none.
    at, digits = (-3, 1e-5) if dtype == np.float32 else (-6, 1e-7)
    if dtype != np.float16:
        exact = at * math.erfc(-at / math.sqrt(2)) / 2
        assert autograd.gelu(dtype(at)) == pytest.approx(exact, rel=digits)


def test_gelu_of_the_largest_numbers():
    for dtype in (np.float16, np.float32, np.float64):
        large = np.finfo(dtype).max
        x = np.array([np.inf, -np.inf, np.nan, large, -large, 0], dtype)
        np.testing.assert_array_equal(autograd.gelu(x), np.array([np.inf, 0, np.nan, large, 0, 0]))
        np.testing.assert_array_equal(gelu_slope(x), [1, 0, np.nan, 1, 0, 0.5])
