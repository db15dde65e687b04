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


def drawn(function, shape, *settings, dtype=np.float64, **more):
    parameter = nn.Parameter(np.full(shape, np.nan), dtype=dtype)
    assert function(parameter, *settings, **more) is parameter and parameter.dtype == dtype
    return parameter.data


@pytest.mark.parametrize("rows, columns", [(3, 5), (5, 3), (4, 4)])
def test_eye(rows, columns):
    np.testing.assert_array_equal(drawn(nn.init.eye_, (rows, columns)), np.eye(rows, columns))


@pytest.mark.parametrize(
    "shape, groups", [((4, 3, 3), 1), ((4, 2, 3, 4), 2), ((6, 2, 1, 2, 3), 3), ((2, 5, 3), 1)]
)
def test_dirac(shape, groups):
    """A convolution with it gives its input; and it is PyTorch's."""
    weight = drawn(nn.init.dirac_, shape, groups)
    assert weight.sum() == groups * min(shape[0] // groups, shape[1])
    if shape == (4, 2, 3, 4):
        x = np.random.default_rng(0).normal(size=(2, 4, 5, 5))
        y = nn.functional.conv2d(x, weight, padding="same", groups=2)
        np.testing.assert_array_equal(y[..., :-1], x[..., 1:])  # of four, the third is the middle
    torch = pytest.importorskip("torch")
    expected = torch.nn.init.dirac_(torch.empty(shape), groups).numpy()
    np.testing.assert_array_equal(weight, expected)


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (4, 2, 3), (8, 1, 2, 2)])
@pytest.mark.parametrize("gain", [1.0, 1.5])
def test_orthogonal(shape, gain):
    matrix = drawn(nn.init.orthogonal_, shape, gain, rng=0).reshape(shape[0], -1)
    small = matrix @ matrix.T if len(matrix) <= len(matrix.T) else matrix.T @ matrix
    np.testing.assert_allclose(small, gain**2 * np.eye(len(small)), atol=1e-12)


def test_every_rotation_is_equally_likely():
    """QR alone would leave the signs of the diagonal on one side."""
    rng = np.random.default_rng(0)
    corners = [drawn(nn.init.orthogonal_, (3, 3), rng=rng)[0, 0] for _ in range(2000)]
    assert abs(np.mean(corners)) < 0.04  # each entry's variance is 1/3
    assert np.var(corners) == pytest.approx(1 / 3, rel=0.1)


@pytest.mark.parametrize(
    "mean, std, a, b",
    [(0, 1, -2, 2), (0.5, 2, -1, 1), (0, 1, 2, 4), (-3, 0.5, -1, 9), (0, 1, 5, 6)],
)
def test_truncated_normals(mean, std, a, b):
    """Their first two moments, against integrals of the density."""
    x = drawn(nn.init.trunc_normal_, (200, 300), mean, std, a, b, rng=0)
    assert a <= x.min() and x.max() <= b
    grid = np.linspace(a, b, 20001)
    density = np.exp(-0.5 * ((grid - mean) / std) ** 2)
    density /= density.sum()
    centre = (grid * density).sum()
    spread = np.sqrt(((grid - centre) ** 2 * density).sum())
    assert x.mean() == pytest.approx(centre, abs=4 * spread / np.sqrt(x.size))
    assert x.std() == pytest.approx(spread, rel=0.02)


def test_sparse():
    x = drawn(nn.init.sparse_, (30, 400), 0.25, 0.1, rng=0)
    np.testing.assert_array_equal((x == 0).sum(axis=0), 8)  # of 30, rounded up
    assert np.ptp((x == 0).sum(axis=1)) < 100  # any row
    assert x[x != 0].std() == pytest.approx(0.1, rel=0.05)


def test_gains_are_pytorchs():
    torch = pytest.importorskip("torch")
    convolutions = [f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3)]
    for name in ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu", *convolutions]:
        assert nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    gain = nn.init.calculate_gain("leaky_relu", 0.2)
    assert gain == torch.nn.init.calculate_gain("leaky_relu", 0.2) == np.sqrt(2 / 1.04)


@pytest.mark.parametrize("shape", [(200, 300), (40, 50, 3, 4)])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize("nonlinearity, gain", [("relu", 2**0.5), ("selu", 0.75), ("linear", 1.0)])
def test_kaiming_spreads(shape, mode, nonlinearity, gain):
    fan = np.prod(shape[2:]) * shape[mode == "fan_in"]
    settings = dict(mode=mode, nonlinearity=nonlinearity, rng=0)
    even = drawn(nn.init.kaiming_uniform_, shape, **settings)
    assert np.abs(even).max() == pytest.approx(gain * np.sqrt(3 / fan), rel=1e-3)
    normal = drawn(nn.init.kaiming_normal_, shape, **settings)
    assert normal.std() == pytest.approx(gain / np.sqrt(fan), rel=0.02)


@pytest.mark.parametrize("shape", [(200, 300), (40, 50, 3, 4)])
def test_xavier_spreads(shape):
    fans = np.prod(shape[2:]) * (shape[0] + shape[1])
    even = drawn(nn.init.xavier_uniform_, shape, 1.5, rng=0)
    assert np.abs(even).max() == pytest.approx(1.5 * np.sqrt(6 / fans), rel=1e-3)
    normal = drawn(nn.init.xavier_normal_, shape, 1.5, rng=0)
    assert normal.std() == pytest.approx(1.5 * np.sqrt(2 / fans), rel=0.02)


def test_arrays_without_numbers_are_left_alone():
    functions = ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_")
    for name in (*functions, "orthogonal_", "trunc_normal_"):
        assert drawn(getattr(nn.init, name), (0, 3)).shape == (0, 3)
        assert drawn(getattr(nn.init, name), (3, 0), dtype=np.float32).shape == (3, 0)


def test_arguments_are_pytorchs_with_rng_for_generator():
    import inspect

    torch = pytest.importorskip("torch")
    names = [n for n in dir(torch.nn.init) if n[-1] == "_" and n[0] != "_"]
    assert len(names) == 14
    for name in names:
        ours = inspect.signature(getattr(nn.init, name)).parameters
        theirs = inspect.signature(getattr(torch.nn.init, name)).parameters
        assert [*ours] == ["rng" if n == "generator" else n for n in theirs], name
        assert [p.default for p in ours.values()] == [p.default for p in theirs.values()], name


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda p: nn.init.eye_(p), r"eye_ fills a matrix, .* not shape \(4,\)"),
        (lambda p: nn.init.sparse_(p, 0.5), r"sparse_ fills a matrix"),
        (lambda p: nn.init.dirac_(p), r"\(out, in, ...\) with 3 to 5 axes, not shape \(4,\)"),
        (lambda p: nn.init.orthogonal_(p), r"at least two axes, not shape \(4,\)"),
        (lambda p: nn.init.xavier_normal_(p), r"at least two axes"),
        (lambda p: nn.init.trunc_normal_(p, a=1, b=0), "a is below b, not 1 and 0"),
        (lambda p: nn.init.calculate_gain("softmax"), "no gain is known for 'softmax'"),
        (lambda p: nn.init.kaiming_normal_(nn.Parameter(np.ones((2, 2))), mode="in"), "not 'in'"),
        (lambda p: nn.init.sparse_(nn.Parameter(np.ones((2, 2))), 2), "from 0 to 1, not 2"),
        (lambda p: nn.init.dirac_(nn.Parameter(np.ones((4, 2, 3))), 3), "are not 3 equal groups"),
    ],
)
def test_what_does_not_fit_is_told(call, words):
    parameter = nn.Parameter(np.ones(4))
    with pytest.raises(ValueError, match=words):
        call(parameter)
    assert (parameter.data == 1).all()
