"""Data sets, samplers, loaders: every row, in the order that was asked for, thread or no thread."""

import threading
import time
import traceback
from collections import namedtuple

import numpy as np
import pytest

import nn
from nn import transforms
from nn.data import (
    ArrayDataset,
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    StackDataset,
    Subset,
    SubsetRandomSampler,
    WeightedRandomSampler,
    default_collate,
    random_split,
)
from nn.random import generators, held

WORKERS = pytest.mark.parametrize("workers", [0, 1])


class Rows(Dataset):
    """A data set as people write them."""

    def __init__(self, rows, transform=None):
        self.rows, self.transform = rows, transform

    def __len__(self):
        return self.rows

    def __getitem__(self, index):
        image = np.full((1, 4, 4), index, np.float32)
        return (image if self.transform is None else self.transform(image)), index


class Counting(IterableDataset):
    def __init__(self, rows):
        self.rows = rows

    def __iter__(self):
        return iter(range(self.rows))


def images(rows=12):
    return np.random.default_rng(1).random((rows, 1, 6, 6), dtype=np.float32), np.arange(rows)


def same(left, right):
    assert len(left) == len(right)
    for one, two in zip(left, right, strict=True):
        for a, b in zip(one, two, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


def threads():
    return [each for each in threading.enumerate() if each.name.startswith("DataLoader")]


# ---- loaders ----


@WORKERS
def test_every_row_once(workers):
    data = (np.arange(10.0)[:, None], np.arange(10))
    for shuffle in (False, True):
        batches = list(DataLoader(data, 4, shuffle, num_workers=workers, rng=0))
        assert [len(y) for _, y in batches] == [4, 4, 2]
        assert sorted(np.concatenate([y for _, y in batches])) == list(range(10))
        for x, y in batches:
            np.testing.assert_array_equal(x[:, 0], y)
    full = DataLoader(data, 4, num_workers=workers, drop_last=True)
    assert len(full) == 2 and [len(y) for _, y in full] == [4, 4]


def test_the_order_of_arguments_is_pytorchs():
    loader = DataLoader(
        np.arange(6),
        2,
        False,
        [5, 1, 3],
        None,
        1,
        lambda rows: [int(r) for r in rows],
        False,
        True,
    )
    assert list(loader) == [[5, 1]] and len(loader) == 1


def test_orders_are_new_and_can_be_repeated():
    def orders(seed):
        loader = DataLoader((np.zeros(50), np.arange(50)), 50, True, rng=seed)
        return [next(iter(loader))[1].tolist() for _ in range(2)]

    first, second = orders(0)
    assert first != second
    assert orders(0) == [first, second]
    assert orders(1)[0] != first


def test_any_sequence_of_pairs_is_data():
    pairs = [(np.ones(2) * i, i) for i in range(3)]
    ((x, y),) = DataLoader(pairs, 3)
    assert x.shape == (3, 2) and y.tolist() == [0, 1, 2]


def test_one_array_and_three_arrays_are_data():
    assert [b.tolist() for b in DataLoader(np.arange(3), 2)] == [[0, 1], [2]]
    ((a, b, c),) = DataLoader((np.zeros((2, 3)), np.ones(2), np.arange(2)), 2)
    assert a.shape == (2, 3) and b.tolist() == [1, 1] and c.tolist() == [0, 1]


@WORKERS
def test_samples_one_by_one(workers):
    loader = DataLoader(Rows(3), batch_size=None, num_workers=workers)
    assert len(loader) == 3 and [index for _, index in loader] == [0, 1, 2]
    doubled = DataLoader(range(3), None, collate_fn=lambda row: 2 * row, num_workers=workers)
    assert list(doubled) == [0, 2, 4]


@WORKERS
def test_samplers_and_batch_samplers(workers):
    loader = DataLoader(Rows(5), 2, sampler=[4, 2, 2], num_workers=workers)
    assert [y.tolist() for _, y in loader] == [[4, 2], [2]] and len(loader) == 2
    loader = DataLoader(Rows(5), batch_sampler=[[0], [1, 2, 3]], num_workers=workers)
    assert [y.tolist() for _, y in loader] == [[0], [1, 2, 3]] and len(loader) == 2
    assert loader.batch_size is None


@WORKERS
@pytest.mark.parametrize("drop_last", [False, True])
def test_data_that_comes_one_after_the_other(workers, drop_last):
    loader = DataLoader(Counting(5), 2, num_workers=workers, drop_last=drop_last)
    for _ in range(2):
        assert [b.tolist() for b in loader] == [[0, 1], [2, 3], [4]][: 3 - drop_last]
    assert list(DataLoader(Counting(3), None, num_workers=workers)) == [0, 1, 2]
    with pytest.raises(TypeError, match="len"):
        len(loader)


@WORKERS
def test_a_collate_fn_gets_the_samples(workers):
    loader = DataLoader(
        (np.arange(4), np.arange(4) ** 2),
        3,
        collate_fn=lambda samples: samples,
        num_workers=workers,
    )
    assert list(loader) == [[(0, 0), (1, 1), (2, 4)], [(3, 9)]]


def test_data_errors():
    with pytest.raises(ValueError, match="2 inputs and 3 targets"):
        ArrayDataset(np.zeros(2), np.zeros(3))
    with pytest.raises(ValueError, match="arrays of 2, 2, 3 rows"):
        ArrayDataset(np.zeros(2), np.zeros(2), np.zeros(3))
    with pytest.raises(ValueError, match="each with rows"):
        ArrayDataset(np.float64(1))
    with pytest.raises(AttributeError, match="no targets"):
        _ = ArrayDataset(np.zeros(1)).targets
    pair = (np.zeros(2), np.zeros(2))
    for arguments, words in [
        (dict(batch_size=0), "batch_size is a whole number of at least 1, not 0"),
        (dict(batch_size=True), "batch_size"),
        (dict(num_workers=-1), "num_workers is a whole number of at least 0"),
        (dict(prefetch_factor=0), "prefetch_factor"),
        (dict(shuffle=True, sampler=[0]), "shuffle does not go with it"),
        (dict(batch_sampler=[[0]], batch_size=2), "batch_sampler gives the batches"),
        (dict(batch_sampler=[[0]], drop_last=True), "batch_sampler gives the batches"),
        (dict(batch_size=None, drop_last=True), "no last batch"),
    ]:
        with pytest.raises(ValueError, match=words):
            DataLoader(pair, **arguments)
    with pytest.raises(TypeError, match=r"sampler is an iterable .* not True"):
        DataLoader(pair, 2, False, True)
    with pytest.raises(ValueError, match="no rows"):
        DataLoader((np.zeros(0), np.zeros(0)), 1)
    with pytest.raises(ValueError, match="gives its own order"):
        DataLoader(Counting(3), shuffle=True)
    with pytest.raises(TypeError, match="generator has not"):
        DataLoader(i for i in range(3))


def test_rows_side_by_side():
    images, words = np.arange(8.0).reshape(4, 2), [["a"], ["b"], ["c"], ["d"]]
    inputs = StackDataset(images, Rows(4))
    data = StackDataset(inputs, np.arange(4))
    assert len(data) == 4
    (image, (picture, number)), target = data[3]
    assert image.tolist() == [6, 7] and picture.shape == (1, 4, 4) and number == target == 3
    loader = DataLoader(data, 3, sampler=[2, 0, 1, 3])
    ((image, (_, number)), target), _ = loader
    assert image[:, 0].tolist() == [4, 0, 2] and number.tolist() == target.tolist() == [2, 0, 1]
    named = StackDataset(image=images, text=words)
    assert named[1]["text"] == ["b"] and list(named[1]) == ["image", "text"]
    batch = next(iter(DataLoader(named, 2)))
    assert batch["image"].shape == (2, 2) and batch["text"] == [["a", "b"]]
    with pytest.raises(ValueError, match=r"have \[4, 3\] rows"):
        StackDataset(images, Rows(3))
    for make in (lambda: StackDataset(), lambda: StackDataset(images, text=words)):
        with pytest.raises(ValueError, match="not both"):
            make()


def test_rows_side_by_side_as_pytorch():
    data = pytest.importorskip("torch.utils.data")
    parts = np.arange(6.0).reshape(3, 2), list(range(3))
    for settings in ((parts, {}), ((), dict(a=parts[0], b=parts[1]))):
        ours, theirs = (
            make(*settings[0], **settings[1]) for make in (StackDataset, data.StackDataset)
        )
        assert len(ours) == len(theirs) and repr(ours[2]) == repr(theirs[2])


def test_pytorchs_other_arguments():
    """What has no meaning here passes, PyTorch's names of ours are taken, the rest is told."""
    data = ArrayDataset(*images(9))
    plain = DataLoader(data, 2, True, rng=4)
    other = DataLoader(
        data, 2, True, pin_memory=True, timeout=0, worker_init_fn=None,
        multiprocessing_context=None, generator=4, pin_memory_device="cuda",
        persistent_workers=True, in_order=False, prefetch_factor=None,
    )  # fmt: skip
    same(list(plain), list(other))
    for name, given in (("timeout", 3.0), ("multiprocessing_context", "fork")):
        with pytest.raises(ValueError, match=f"{name}={given!r} is for processes"):
            DataLoader(data, **{name: given})
    with pytest.raises(ValueError, match="two names of one setting"):
        DataLoader(data, rng=1, generator=2)
    calls = []
    init = dict(worker_init_fn=lambda i: calls.append((i, threading.current_thread().name[:10])))
    list(DataLoader(data, 4, **init))
    assert calls == []
    list(DataLoader(data, 4, num_workers=2, **init))
    assert calls == [(0, "DataLoader")]


def test_generators_under_pytorchs_name():
    for make in (
        lambda **g: RandomSampler(range(9), **g),
        lambda **g: SubsetRandomSampler(range(9), **g),
        lambda **g: WeightedRandomSampler([1, 2, 3], 9, **g),
        lambda **g: np.concatenate([p.indices for p in random_split(range(9), [4, 5], **g)]),
    ):
        assert list(make(rng=3)) == list(make(generator=np.random.default_rng(3)))
    assert random_split(range(9), [4, 5], 3)[0].indices.tolist() == (
        random_split(range(9), [4, 5], rng=3)[0].indices.tolist()
    )


def test_the_order_of_arguments_is_pytorchs_by_name():
    import inspect

    data = pytest.importorskip("torch.utils.data")
    for name in (
        "DataLoader", "RandomSampler", "SubsetRandomSampler", "WeightedRandomSampler",
        "BatchSampler", "Subset", "random_split",
    ):  # fmt: skip
        ours, theirs = (
            inspect.signature(getattr(module, name)).parameters for module in (nn.data, data)
        )
        wanted = [(k, p.kind) for k, p in theirs.items()]
        assert [(k, p.kind) for k, p in ours.items() if k != "rng"] == wanted, name


# ---- the thread ----


def loader_of(kind, workers, seed=0):
    shift = transforms.Compose([transforms.RandomShift(1, rng=seed), transforms.GaussianNoise()])
    if kind == "arrays":
        data = ArrayDataset(*images(), transform=shift)
    elif kind == "rows":
        data = Rows(12, shift)
    else:
        data = Subset(ArrayDataset(*images(), transform=shift), np.arange(11))
    return DataLoader(data, 3, True, num_workers=workers, rng=seed)


@pytest.mark.parametrize("kind", ["arrays", "rows", "subset"])
def test_a_thread_changes_no_bit(kind):
    alone, ahead = loader_of(kind, 0), loader_of(kind, 1)
    for _ in range(2):
        same(list(alone), list(ahead))


@pytest.mark.parametrize("after", [0, 1, 2, 4])
def test_leaving_early_changes_no_bit_and_leaves_no_thread(after):
    alone, ahead = loader_of("arrays", 0), loader_of("arrays", 1)
    for loader in (alone, ahead):
        for i, _ in enumerate(loader):
            if i == after:
                break
        else:
            assert after == 4
    assert not threads()
    same(list(alone), list(ahead))
    for one, two in zip(generators(alone)[1:], generators(ahead)[1:], strict=True):
        assert one.bit_generator.state == two.bit_generator.state


def test_the_default_generator_is_the_models_while_a_thread_draws():
    def run(workers, pause):
        nn.manual_seed(3)
        data = ArrayDataset(*images(), transform=transforms.GaussianNoise())
        drawn = []
        for x, _ in DataLoader(data, 2, True, num_workers=workers):
            time.sleep(pause)
            drawn += [x, nn.functional.dropout(np.ones(5), 0.5).data]
        return drawn

    first = run(0, 0)
    for workers, pause in ((1, 0), (1, 0.005)):
        for a, b in zip(first, run(workers, pause), strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_thread_is_ahead_by_a_bounded_number_of_batches():
    made = []

    class Watched(Rows):
        def batch(self, rows):
            made.append(len(made))
            return super().batch(rows)

    passing = iter(DataLoader(Watched(20), 1, num_workers=1, prefetch_factor=3))
    next(passing)
    for _ in range(100):
        if len(made) == 4:
            break
        time.sleep(0.01)
    time.sleep(0.05)
    assert len(made) == 4
    passing.close()
    assert not threads()


def test_a_fault_in_the_thread_is_raised_in_the_loop():
    class Broken(Rows):
        def __getitem__(self, index):
            if index == 3:
                raise ZeroDivisionError("row 3 is bad")
            return super().__getitem__(index)

    seen = []
    with pytest.raises(ZeroDivisionError, match="row 3") as told:
        for _, rows in DataLoader(Broken(6), 2, num_workers=1):
            seen += rows.tolist()
    assert seen == [0, 1]
    assert "__getitem__" in "".join(traceback.format_tb(told.tb))
    del told
    assert not threads()


def test_switches_reach_the_thread():
    from autograd import no_grad

    layer = nn.Linear(1, 1, rng=0)
    data = ArrayDataset(np.ones((2, 1), np.float32), transform=lambda x: layer(x).requires_grad)
    with no_grad():
        for workers in (0, 1):
            assert list(DataLoader(data, 2, num_workers=workers)) == [(False,)]
    assert list(DataLoader(data, 2, num_workers=1)) == [(True,)]


def test_training_goes_on_to_the_bit_with_transforms(tmp_path):
    def parts(workers):
        nn.manual_seed(0)
        model = nn.Sequential(nn.Flatten(), nn.Linear(36, 4), nn.Dropout(0.5), nn.Linear(4, 12))
        return model, nn.optim.Adam(model.parameters()), loader_of("arrays", workers)

    def train(made, epochs, **settings):
        model, optimizer, loader = made
        loss = nn.functional.cross_entropy
        nn.fit(model, loss, optimizer, loader, epochs=epochs, progress=False, **settings)
        return model.state_dict()

    whole = train(parts(0), 4)
    train(parts(1), 2, callbacks=[nn.Checkpoint(tmp_path)])
    nn.manual_seed(99)
    resumed = parts(1)
    nn.manual_seed(98)
    rest = train(resumed, 4, resume=tmp_path / "last.safetensors")
    for name, array in whole.items():
        np.testing.assert_array_equal(array, rest[name])


# ---- generators that are held ----


def test_generators_are_found_wherever_they_are_held():
    class Foreign:
        def __init__(self):
            self.rng = np.random.default_rng(3)

    shift, flip = transforms.RandomShift(1, rng=1), transforms.RandomHorizontalFlip(rng=2)
    nested = transforms.Compose([transforms.Compose([shift, {"flip": (flip,)}["flip"][0]])])
    foreign = Foreign()
    nested.transforms.append(lambda x: x)
    data = Rows(4, nested)
    data.more = [foreign]
    data.large = [np.zeros(1)] * 5000 + [np.random.default_rng(9)]
    loader = DataLoader(data, 2, True, rng=7)
    found = held(loader)
    assert {id(each) for each in found} == {
        id(each) for each in (loader.rng, shift.rng, flip.rng, foreign.rng)
    }
    data.itself = data  # a ring is walked once
    assert len(generators(loader)) == 5
    dropout = nn.Dropout(0.5, rng=1)
    model = nn.Sequential(nn.Sequential(nn.Linear(1, 1, rng=0), dropout), dropout)
    assert held(model) == [dropout.rng]


# ---- data sets ----


def test_array_data_set():
    x, y = images()
    data = ArrayDataset(x, y, transform=lambda x: x + 1)
    image, target = data[3]
    assert image.shape == (1, 6, 6) and target == 3
    np.testing.assert_array_equal(image, x[3] + 1)
    some = data[[1, 5]]
    assert len(some) == 2 and some.targets.tolist() == [1, 5]
    np.testing.assert_array_equal(some[0][0], x[1] + 1)
    np.testing.assert_array_equal(some.inputs, x[[1, 5]])
    assert len(list(data)) == 12
    x, y = nn.data.TensorDataset(np.arange(8).reshape(4, 2), np.arange(4))[1:3]
    assert x.shape == (2, 2) and y.tolist() == [1, 2]


def test_subsets_and_data_sets_one_after_the_other():
    data = ArrayDataset(*images())
    part = Subset(data, [5, 3])
    assert len(part) == 2 and part[1][1] == 3 and part.batch([1, 0])[1].tolist() == [3, 5]
    both = part + Rows(2)
    assert isinstance(both, ConcatDataset) and len(both) == 4 and both.cumulative_sizes == [2, 4]
    assert [both[i][1] for i in range(4)] == [5, 3, 0, 1] and both[-1][1] == 1
    for index in (4, -5):
        with pytest.raises(IndexError, match=f"number {index}"):
            both[index]
    with pytest.raises(ValueError, match="no data sets"):
        ConcatDataset([])
    with pytest.raises(TypeError, match="by number"):
        Counting(2) + Rows(1)
    with pytest.raises(NotImplementedError, match="Dataset has no __getitem__"):
        Dataset()[0]


def test_random_split():
    parts = random_split(range(20), [3, 17], rng=0)
    assert sorted([*parts[0], *parts[1]]) == list(range(20)) and len(parts[0]) == 3
    assert list(random_split(range(20), [3, 17], rng=0)[0]) == list(parts[0])
    assert list(random_split(range(20), [3, 17], rng=1)[0]) != list(parts[0])
    for lengths in ([1, 2], [0.5, 0.6], [21, -1], [2.5, 17.5], []):
        with pytest.raises(ValueError, match="random_split"):
            random_split(range(20), lengths)


# ---- samplers ----


def test_samplers():
    assert list(SequentialSampler("abc")) == [0, 1, 2]
    assert sorted(RandomSampler(range(9), rng=0)) == list(range(9))
    assert len(list(RandomSampler(range(9), num_samples=4, rng=0))) == 4
    more = list(RandomSampler(range(3), num_samples=8, rng=0))
    assert sorted(more[:3]) == sorted(more[3:6]) == [0, 1, 2] and len(more) == 8
    assert len(set(RandomSampler(range(100), replacement=True, rng=0))) < 80
    drawn = SubsetRandomSampler([7, 8, 9], rng=0)
    assert sorted(drawn) == [7, 8, 9] and len(drawn) == 3
    assert any(list(drawn) != [7, 8, 9] for _ in range(5))
    rare = WeightedRandomSampler([0, 1, 0, 5], 2, replacement=False, rng=0)
    assert sorted(rare) == [1, 3] and len(rare) == 2
    assert list(BatchSampler([3, 1, 2], 2, True)) == [[3, 1]]
    assert len(BatchSampler(range(5), 2, True)) == 2 and len(BatchSampler(range(5), 2, False)) == 3


def test_sampler_errors():
    for weights in ([-1, 2], [0, 0], [[1.0]], [np.nan]):
        with pytest.raises(ValueError, match="weights is one number"):
            WeightedRandomSampler(weights, 1)
    with pytest.raises(ValueError, match="2 rows cannot be drawn"):
        WeightedRandomSampler([0, 1], 2, replacement=False)
    with pytest.raises(ValueError, match="num_samples"):
        RandomSampler(range(3), num_samples=0)
    with pytest.raises(ValueError, match="batch_size"):
        BatchSampler(range(3), 0, False)


# ---- collate ----


def test_collate():
    Pair = namedtuple("Pair", "a b")
    batch = default_collate([Pair(1, [2.0, np.zeros(3, np.float32)])] * 2)
    assert type(batch) is Pair and batch.a.dtype == np.int64
    assert type(batch.b) is list and batch.b[0].dtype == np.float64
    assert batch.b[1].shape == (2, 3) and batch.b[1].dtype == np.float32
    assert default_collate([True, False]).dtype == bool
    assert default_collate(["a", "b"]) == ["a", "b"]


@pytest.mark.parametrize(
    "samples, words",
    [
        ([np.zeros(2), np.zeros(3)], r"one shape, and number 0 has \(2,\), number 1 \(3,\)"),
        ([(1, 2), (1,)], "one length"),
        ([{"a": 1}, {"b": 1}], "one set of keys"),
    ],
)
def test_samples_that_differ(samples, words):
    with pytest.raises(ValueError, match=words):
        default_collate(samples)


def test_samples_of_another_kind():
    with pytest.raises(TypeError, match=r"a sample is NoneType.*collate_fn"):
        default_collate([None, None])


# ---- PyTorch ----


@pytest.mark.parametrize("rows, size, drop", [(7, 3, False), (7, 3, True), (6, 3, True), (2, 5, 1)])
def test_batches_are_pytorchs(rows, size, drop):
    torch_data = pytest.importorskip("torch.utils.data", reason="torch is not here")
    drop = bool(drop)
    theirs = torch_data.DataLoader(range(rows), size, drop_last=drop)
    ours = DataLoader(range(rows), size, drop_last=drop)
    assert len(ours) == len(theirs)
    assert [b.tolist() for b in ours] == [b.tolist() for b in theirs]


@pytest.mark.parametrize(
    "rows, shares", [(10, [0.3, 0.3, 0.4]), (7, [0.5, 0.5]), (11, [1 / 3] * 3)]
)
def test_shares_are_pytorchs(rows, shares):
    torch_data = pytest.importorskip("torch.utils.data", reason="torch is not here")
    theirs = torch_data.random_split(range(rows), shares)
    assert [len(part) for part in random_split(range(rows), shares)] == [len(p) for p in theirs]
