"""Images read at the places of a grid, and images that shrink without aliasing."""

import numpy as np
import pytest

import nn
import nn.functional as F
from autograd import Value, check_gradients, gradients

RNG = np.random.default_rng(0)
MODES = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")


def compare(ours, theirs, *arrays):
    """Forward and every gradient."""
    torch = pytest.importorskip("torch")
    a, b = [Value(x) for x in arrays], [torch.tensor(x, requires_grad=True) for x in arrays]
    y, z = ours(*a), theirs(*b)
    assert y.shape == tuple(z.shape)
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-9, atol=1e-9)
    g = np.random.default_rng(1).normal(size=y.shape)
    found = gradients(y, a, g)
    for p, q in zip(found, torch.autograd.grad(z, b, torch.tensor(g)), strict=True):
        np.testing.assert_allclose(p, q.numpy(), rtol=1e-9, atol=1e-9)


def test_reading_by_hand():
    x = np.array([[[[1.0, 2.0, 4.0]]]])

    def read(place, *how):
        return F.grid_sample(x, np.array([[[[place, 0.0]]]]), *how).item()

    assert read(0.0) == 2 and read(-2 / 3) == 1
    assert read(0.5, "bilinear", "zeros", True) == 3
    assert read(0.4, "nearest") == 4 and read(0.2, "nearest") == 2
    assert read(1.0) == 2 and read(3.0) == 0  # half of the last pixel, half of nothing
    assert read(1.0, "bilinear", "border") == read(9.0, "bilinear", "border") == 4
    assert read(1.9, "nearest", "reflection") == 2 and read(1.9, "nearest") == 0
    assert read(0.0, "bicubic") == 2
    assert read(np.nan, "nearest") == 1 and read(np.inf, "bilinear", "border") == 4


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("mode", MODES)
def test_reading_like_pytorch(mode, padding, align_corners, axes):
    torch = pytest.importorskip("torch")
    if mode == "bicubic" and axes == 3:
        with pytest.raises(ValueError, match="without a depth"):
            F.grid_sample(np.ones((1, 1, 2, 2, 2)), np.ones((1, 1, 1, 1, 3)), mode)
        return
    how = (mode, padding, align_corners)
    for spread in (0.5, 1, 3, 20):
        batch, channels = RNG.integers(1, 4, 2)
        size, out = RNG.integers(1, 6, axes), RNG.integers(1, 5, axes)
        x, grid = RNG.normal(size=(batch, channels, *size)), RNG.normal(size=(batch, *out, axes))
        compare(
            lambda x, grid: F.grid_sample(x, grid, *how),
            lambda x, grid: torch.nn.functional.grid_sample(x, grid, *how),
            x,
            grid * spread,
        )


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_reading_has_all_its_derivatives(mode, padding):
    rng = np.random.default_rng(0)
    places = rng.integers(0, 2, (1, 2, 2, 2)) + rng.uniform(0.1, 0.9, (1, 2, 2, 2))
    x, grid = rng.normal(size=(1, 2, 3, 3)), (2 * places + 1) / 3 - 1  # clear of the kinks
    check_gradients(lambda x, grid: F.grid_sample(x, grid, mode, padding), x, grid, order=2)


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("align_corners", [True, False])
def test_affine_grids(axes, align_corners):
    size = (2, 1, 3, 4, 2)[: axes + 2]
    still = np.tile(np.eye(axes, axes + 1), (2, 1, 1))
    x = RNG.normal(size=size)
    same = F.grid_sample(x, F.affine_grid(still, size, align_corners), "bilinear", "border")
    if align_corners is False:
        np.testing.assert_allclose(same.data, x, atol=1e-12)
    torch = pytest.importorskip("torch")
    for shape in (size, (2, 3, 5, 2, 3)[: axes + 2]):
        compare(
            lambda theta, shape=shape: F.affine_grid(theta, shape, align_corners),
            lambda theta, shape=shape: torch.nn.functional.affine_grid(theta, shape, align_corners),
            RNG.normal(size=(2, axes, axes + 1)),
        )


def test_affine_grids_by_hand():
    still = np.eye(2, 3)[None]
    grid = F.affine_grid(still, (1, 1, 1, 2), False)
    assert grid.data.tolist() == [[[[-0.5, 0], [0.5, 0]]]]
    assert F.affine_grid(still, (1, 1, 1, 2), True).data.tolist() == [[[[-1, 0], [1, 0]]]]
    assert F.affine_grid(still.astype(np.float32), (1, 1, 2, 2)).dtype == np.float32


def test_what_lies_outside_is_not_read():
    x = np.full((1, 1, 2, 2), np.inf)
    assert F.grid_sample(x, np.full((1, 1, 1, 2), 5.0)).item() == 0
    x = np.ones((1, 1, 2, 2), np.float32)
    assert F.grid_sample(x, np.zeros((1, 1, 1, 2), np.float32)).dtype == np.float32
    assert F.grid_sample(np.ones((0, 3, 2, 2)), np.ones((0, 4, 5, 2))).shape == (0, 3, 4, 5)


def test_grids_that_do_not_fit_are_told():
    x = np.ones((2, 1, 3, 3))
    for grid in (np.ones((1, 2, 2, 2)), np.ones((2, 2, 2, 3)), np.ones((2, 2, 2))):
        with pytest.raises(ValueError, match="grid_sample takes"):
            F.grid_sample(x, grid)
    with pytest.raises(ValueError, match="mode is 'bilinear'"):
        F.grid_sample(x, np.ones((2, 1, 1, 2)), "linear")
    with pytest.raises(ValueError, match="padding_mode is 'zeros'"):
        F.grid_sample(x, np.ones((2, 1, 1, 2)), padding_mode="reflect")
    with pytest.raises(ValueError, match="nothing in images"):
        F.grid_sample(np.ones((2, 1, 0, 3)), np.ones((2, 1, 1, 2)))
    with pytest.raises(ValueError, match="affine_grid takes"):
        F.affine_grid(np.ones((2, 2, 3)), (1, 1, 3, 3))


def test_shrinking_sees_every_pixel():
    x = np.array([1.0, 0, 0, 0, 0, 0, 0, 8]).reshape(1, 1, 1, 8) * np.ones((4, 1))
    wide = F.interpolate(x, (4, 2), mode="bilinear", antialias=True).data[0, 0, 0]
    np.testing.assert_allclose(wide, np.array([1 * 5 / 8, 8 * 5 / 8]) / 3.5)
    narrow = F.interpolate(x, (4, 2), mode="bilinear").data[0, 0, 0]
    assert narrow.tolist() == [0, 0]
    with pytest.raises(ValueError, match="for mode='bilinear' and 'bicubic'"):
        F.interpolate(x, 2, mode="nearest", antialias=True)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_shrinking_like_pytorch(mode):
    torch = pytest.importorskip("torch")
    for _ in range(30):
        x = RNG.normal(size=(1, 2, *RNG.integers(4, 12, 2)))
        how = dict(mode=mode, align_corners=[None, True, False][RNG.integers(3)], antialias=True)
        if RNG.random() < 0.5:
            how["scale_factor"] = RNG.choice([0.5, 0.6, 0.75, 1, 1.7, 2])
        else:
            # From 2: of width 1 PyTorch 2.13 repeats the first row.
            how["size"] = tuple(map(int, RNG.integers(2, 12, 2)))
        compare(
            lambda x: F.interpolate(x, **how),  # noqa: B023
            lambda x: torch.nn.functional.interpolate(x, **how),  # noqa: B023
            x,
        )


def test_old_names():
    x = RNG.normal(size=(1, 2, 3, 4))
    for old, layer in (
        (F.upsample_nearest(x, scale_factor=2), nn.UpsamplingNearest2d(scale_factor=2)),
        (F.upsample_bilinear(x, (5, 6)), nn.UpsamplingBilinear2d((5, 6))),
        (F.upsample(x, None, 2, "bilinear", False), nn.Upsample(None, 2, "bilinear", False)),
    ):
        np.testing.assert_array_equal(old.data, layer(x).data)
