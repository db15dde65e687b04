"""Transforms: what they do to one image they do to a batch, each image by its own draw."""

import numpy as np
import pytest

from nn import transforms as T

RANDOM = [
    T.RandomCrop(4),
    T.RandomCrop((7, 6), padding=2, fill=1),
    T.RandomShift(2),
    T.RandomHorizontalFlip(),
    T.RandomVerticalFlip(),
    T.RandomRotation(30),
    T.RandomAffine(10, (0.2, 0.1), (0.5, 2), 20),
    T.RandomAffine(10, (0.2, 0.1), (0.5, 2), (0, 20), "nearest", 0.5),
    T.GaussianNoise(),
    T.RandomErasing(0.9),
    T.RandomErasing(1, value="random"),
]
FIXED = [T.Pad(1), T.CenterCrop(3), T.Normalize(0.5, 2), T.Resize(9), T.Resize((3, 4))]


def images(rows=6, channels=3, side=6, dtype=np.float32):
    return np.random.default_rng(0).random((rows, channels, side, side)).astype(dtype)


def again(transform, seed):
    transform.rng = np.random.default_rng(seed)
    return transform


@pytest.mark.parametrize("transform", RANDOM, ids=str)
def test_draws_can_be_repeated_and_differ_from_image_to_image(transform):
    one = np.repeat(images(1), 30, axis=0)
    before = one.copy()
    first = again(transform, 0)(one)
    np.testing.assert_array_equal(one, before)
    np.testing.assert_array_equal(first, again(transform, 0)(one))
    assert (first != again(transform, 1)(one)).any()
    assert len(np.unique(first.reshape(30, -1), axis=0)) > 1
    single = again(transform, 0)(one[0])
    assert single.shape == first.shape[1:] and single.dtype == first.dtype == np.float32
    np.testing.assert_array_equal(single, again(transform, 0)(one[:1])[0])


@pytest.mark.parametrize("transform", FIXED, ids=str)
def test_a_batch_is_its_images(transform):
    batch = images()
    for dtype in (np.float32, np.float64):
        changed = transform(batch.astype(dtype))
        assert changed.dtype == dtype
        np.testing.assert_allclose(
            changed, np.stack([transform(i) for i in batch.astype(dtype)]), rtol=1e-6
        )


@pytest.mark.parametrize("transform", [*RANDOM, *FIXED], ids=str)
def test_other_shapes_are_refused(transform):
    with pytest.raises(ValueError, match=r"not an array of shape \(4, 4\)"):
        transform(np.zeros((4, 4)))


def test_seeds_and_the_default_generator():
    import nn

    batch = images()
    a, b = T.RandomShift(2, rng=5), T.RandomShift(2, rng=5)
    np.testing.assert_array_equal(a(batch), b(batch))
    assert (a(batch) != T.RandomShift(2, rng=5)(batch)).any()  # it has moved on
    made = []
    for _ in range(2):
        nn.manual_seed(1)
        made.append(T.RandomShift(2)(batch))
    np.testing.assert_array_equal(*made)


# ---- moving ----


def test_pad():
    x = np.arange(1.0, 5).reshape(1, 2, 2)
    assert T.Pad(1, fill=9)(x)[0].tolist() == [
        [9, 9, 9, 9], [9, 1, 2, 9], [9, 3, 4, 9], [9, 9, 9, 9],
    ]  # fmt: skip
    assert T.Pad((1, 0, 0, 2), padding_mode="edge")(x)[0].tolist() == [
        [1, 1, 2], [3, 3, 4], [3, 3, 4], [3, 3, 4],
    ]  # fmt: skip
    for wrong in (-1, (1, 2, 3), ()):
        with pytest.raises(ValueError, match="padding is"):
            T.Pad(wrong)
    with pytest.raises(ValueError, match="padding_mode"):
        T.Pad(1, padding_mode="circular")


def test_center_crop():
    x = np.arange(25.0).reshape(1, 5, 5)
    assert T.CenterCrop(1)(x).item() == 12
    assert T.CenterCrop((3, 1))(x).ravel().tolist() == [7, 12, 17]
    grown = T.CenterCrop(7)(x)
    assert grown.shape == (1, 7, 7) and grown.sum() == x.sum() and grown[0, 1, 1] == 0


def test_random_crop_takes_every_place():
    x = np.arange(16.0).reshape(1, 1, 4, 4).repeat(500, axis=0)
    corners = T.RandomCrop(3, rng=0)(x)[:, 0, 0, 0]
    assert sorted(set(corners)) == [0, 1, 4, 5]
    crop = T.RandomCrop(3, rng=0)(x)[7, 0]
    np.testing.assert_array_equal(crop - crop[0, 0], [[0, 1, 2], [4, 5, 6], [8, 9, 10]])
    with pytest.raises(ValueError, match=r"\(5, 5\) does not fit into images of \(4, 4\)"):
        T.RandomCrop(5)(x)
    assert T.RandomCrop(5, pad_if_needed=True)(x).shape == (500, 1, 5, 5)
    assert T.RandomCrop(4, 1)(x).shape == x.shape
    with pytest.raises(ValueError, match="size"):
        T.RandomCrop((1, 2, 3))


def test_random_shift_moves_by_whole_pixels():
    x = np.zeros((400, 1, 5, 5), np.uint8)
    x[:, 0, 2, 2] = 7
    moved = T.RandomShift((1, 2), rng=0)(x)
    assert moved.dtype == np.uint8
    _, _, rows, columns = moved.nonzero()
    assert sorted(set(rows)) == [1, 2, 3] and sorted(set(columns)) == [0, 1, 2, 3, 4]
    assert (moved.sum(axis=(1, 2, 3)) == 7).all()
    np.testing.assert_array_equal(T.RandomShift(0)(x), x)


def test_flips():
    x = images(400)
    for flip, axis in ((T.RandomHorizontalFlip, 3), (T.RandomVerticalFlip, 2)):
        np.testing.assert_array_equal(flip(1)(x), np.flip(x, axis))
        np.testing.assert_array_equal(flip(0)(x), x)
        share = (flip(0.25, rng=0)(x) != x).any(axis=(1, 2, 3)).mean()
        assert 0.2 < share < 0.3
        with pytest.raises(ValueError, match="probability"):
            flip(1.5)


# ---- computing ----


def test_quarter_turns_are_exact():
    x = images(dtype=np.float64)
    for quarter in range(4):
        turned = T.RandomRotation((90 * quarter, 90 * quarter))(x)
        np.testing.assert_allclose(turned, np.rot90(x, quarter, axes=(2, 3)), atol=1e-12)
    twice = T.RandomAffine(0, scale=(2, 2))(np.ones((1, 8, 8)))
    np.testing.assert_allclose(twice, 1, atol=1e-12)


def test_affine_shifts_scales_and_shears():
    x = np.zeros((1, 9, 9))
    x[0, 4, 4] = 1
    shifts = {tuple(np.argwhere(T.RandomAffine(0, (2 / 9, 0), rng=s)(x)[0] > 0.4)[:1].ravel())
              for s in range(40)}  # fmt: skip
    assert {row for row, _ in shifts} == {4} and {column for _, column in shifts} >= {3, 4, 5}
    x = np.zeros((1, 9, 9))
    x[0, :, 4] = 1
    leaning = T.RandomAffine(0, shear=(45, 45))(x)[0]
    np.testing.assert_allclose(np.abs(leaning.argmax(axis=1) - 4), np.abs(np.arange(9) - 4))
    small = T.RandomAffine(0, scale=(0.5, 0.5), interpolation="nearest")(np.ones((1, 8, 8)))
    np.testing.assert_array_equal(small[0], np.pad(np.ones((4, 4)), 2))


def test_outside_is_filled_and_whole_numbers_stay():
    x = np.full((1, 6, 6), 200, np.uint8)
    turned = T.RandomRotation((45, 45), fill=10)(x)
    assert turned.dtype == np.uint8 and turned[0, 0, 0] == 10 and turned[0, 3, 3] == 200
    assert T.RandomRotation((45, 45))(np.ones((1, 6, 6), bool)).dtype == bool
    assert T.RandomRotation((45, 45))(np.ones((1, 6, 6), np.float16)).dtype == np.float16


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
def test_warps_are_pytorchs(mode):
    torch = pytest.importorskip("torch", reason="torch is not here")
    from nn.transforms.warp import _warp

    x = np.random.default_rng(0).random((5, 2, 7, 4))
    matrices = np.random.default_rng(1).normal(size=(2, 3, 5))
    theta = matrices.transpose(2, 0, 1).copy()  # in units of half an image, as PyTorch has it
    theta[:, 0, 1] *= 7 / 4
    theta[:, 1, 0] *= 4 / 7
    theta[:, 0, 2] /= 2
    theta[:, 1, 2] /= 3.5
    grid = torch.nn.functional.affine_grid(torch.tensor(theta), x.shape, align_corners=False)
    theirs = torch.nn.functional.grid_sample(torch.tensor(x), grid, mode, align_corners=False)
    np.testing.assert_allclose(_warp(x, matrices, mode, 0), theirs.numpy(), atol=1e-12)


@pytest.mark.parametrize("size", [(4, 9), (20, 3), (7, 5), (1, 1)])
@pytest.mark.parametrize("antialias", [True, False])
def test_resize_is_pytorchs(size, antialias):
    torch = pytest.importorskip("torch", reason="torch is not here")
    x = np.random.default_rng(0).random((2, 3, 7, 5))
    theirs = torch.nn.functional.interpolate(
        torch.tensor(x), size, mode="bilinear", antialias=antialias
    )
    np.testing.assert_allclose(T.Resize(size, antialias)(x), theirs.numpy(), atol=1e-12)


def test_resize_of_one_side_keeps_the_proportion():
    assert T.Resize(3)(np.zeros((1, 6, 10), np.uint8)).shape == (1, 3, 5)
    assert T.Resize(3)(np.full((1, 6, 10), 255, np.uint8)).min() == 255
    with pytest.raises(ValueError, match="Resize: size"):
        T.Resize(0)


@pytest.mark.parametrize(
    "settings, words",
    [
        (dict(degrees=-1), "degrees"),
        (dict(degrees=(3, 1)), "degrees"),
        (dict(degrees=0, translate=(0.5, 2)), "translate"),
        (dict(degrees=0, scale=(0, 1)), "scale"),
        (dict(degrees=0, shear=np.nan), "shear"),
        (dict(degrees=0, interpolation="cubic"), "interpolation"),
    ],
)
def test_affine_errors(settings, words):
    with pytest.raises(ValueError, match=words):
        T.RandomAffine(**settings)


# ---- what pixels hold ----


def test_to_float():
    picture = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    made = T.ToFloat()(picture)
    assert made.shape == (3, 4, 5) and made.dtype == np.float32 and made.flags.c_contiguous
    np.testing.assert_array_equal(made[1], picture[:, :, 1] / np.float32(255))
    assert T.ToFloat()(picture[None]).shape == (1, 3, 4, 5)
    assert T.ToFloat()(picture[:, :, 0]).shape == (1, 4, 5)
    assert T.ToFloat(channels_last=False)(picture[None]).shape == (1, 4, 5, 3)
    assert T.ToFloat()(picture > 9).max() == 1
    assert T.ToFloat()(np.full((2, 2), 0.25)).max() == 0.25
    with pytest.raises(TypeError, match="these are int64"):
        T.ToFloat()(np.zeros((2, 2, 1), np.int64))
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        T.ToFloat()(np.zeros(3, np.uint8))
    assert T.ToTensor is T.ToFloat


def test_normalize():
    x = images()
    mean, std = [0.1, 0.2, 0.3], [1, 2, 4]
    expected = (x - np.float32(mean)[:, None, None]) / np.float32(std)[:, None, None]
    np.testing.assert_allclose(T.Normalize(mean, std)(x), expected, rtol=1e-6)
    with pytest.raises(ValueError, match="mean has 2 numbers, and the images have 3"):
        T.Normalize([0, 0], 1)(x)
    with pytest.raises(ValueError, match="std is above 0"):
        T.Normalize(0, [1, 0])
    with pytest.raises(TypeError, match="put ToFloat"):
        T.Normalize(0, 1)(np.zeros((1, 2, 2), np.uint8))


def test_noise():
    x = np.full((50, 1, 20, 20), 0.5, np.float32)
    noise = T.GaussianNoise(0.1, 0.2, clip=False, rng=0)(x) - x
    assert noise.mean() == pytest.approx(0.1, abs=0.01)
    assert noise.std() == pytest.approx(0.2, abs=0.01)
    clipped = T.GaussianNoise(0, 2, rng=0)(x)
    assert clipped.min() == 0 and clipped.max() == 1
    assert T.GaussianNoise()(x.astype(np.float16)).dtype == np.float16
    with pytest.raises(ValueError, match="sigma"):
        T.GaussianNoise(sigma=-1)


def test_erasing():
    x = np.ones((600, 2, 20, 20), np.float32)
    erased = T.RandomErasing(0.5, (0.1, 0.2), (0.5, 2), rng=0)(x) == 0
    np.testing.assert_array_equal(erased[:, 0], erased[:, 1])
    changed = erased[erased.any(axis=(1, 2, 3)), 0]
    assert 0.44 < len(changed) / 600 < 0.56
    shares = changed.mean(axis=(1, 2))
    assert shares.min() > 0.08 and shares.max() < 0.22 and shares.std() > 0.01
    for picture in changed:
        rows, columns = picture.any(axis=1).sum(), picture.any(axis=0).sum()
        assert rows * columns == picture.sum() and 0.4 < rows / columns < 2.5
    touched = changed.any(axis=0)
    assert touched.all()  # the edges too
    for settings in (dict(scale=(0.5, 0.1)), dict(ratio=(0, 1)), dict(value="noise"), dict(p=2)):
        with pytest.raises(ValueError, match="RandomErasing"):
            T.RandomErasing(**settings)


# ---- together ----


def test_compose_and_lambda():
    both = T.Compose([T.ToFloat(), T.Lambda(lambda x: x * 2), T.Normalize(1, 1)])
    assert both(np.full((2, 2), 255, np.uint8)).tolist() == [[[1, 1], [1, 1]]]
    assert "Normalize(mean=[1.0], std=[1.0])" in repr(both) and "<lambda>" in repr(both)
    with pytest.raises(TypeError, match="item 1 is 3"):
        T.Compose([abs, 3])
    with pytest.raises(TypeError, match="Lambda takes a function"):
        T.Lambda(3)


def test_bases_say_what_is_missing():
    with pytest.raises(NotImplementedError, match="write it"):
        T.Transform()(np.zeros((1, 2, 2)))
    with pytest.raises(NotImplementedError, match="write it"):
        T.RandomTransform()(np.zeros((1, 2, 2)))
