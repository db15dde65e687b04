"""The error function of arrays against `math.erf`."""

import math

import numpy as np

from autograd.ops.error_function import erf_of

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
