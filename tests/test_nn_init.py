"""How layers start, weight and bias alike."""

import numpy as np
import pytest

import nn


@pytest.mark.parametrize(
    "make, fan_in",
    [
        (lambda: nn.Linear(25, 4000, rng=0), 25),
        (lambda: nn.Conv2d(2, 4000, (3, 2), rng=0), 12),
        (lambda: nn.Conv2d(4, 4000, 3, groups=2, rng=0), 18),
    ],
)
def test_layers_start_evenly_within_one_over_the_root_of_fan_in(make, fan_in):
    bound = 1 / np.sqrt(fan_in)
    for parameter in make().parameters():
        data = np.abs(parameter.data)
        assert 0.998 * bound < data.max() <= bound * (1 + 1e-6)
        assert np.median(data) == pytest.approx(bound / 2, rel=0.05)  # even, not bell-shaped
        assert abs(parameter.data.mean()) < 0.05 * bound


def test_a_generator_is_drawn_from_on_and_a_seed_anew():
    rng = np.random.default_rng(0)
    first, second = nn.Linear(3, 3, rng=rng), nn.Linear(3, 3, rng=rng)
    assert (first.weight.data != second.weight.data).all()
    np.testing.assert_array_equal(first.weight.data, nn.Linear(3, 3, rng=0).weight.data)
