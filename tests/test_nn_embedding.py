"""The settings of Embedding, and bags of embeddings."""

import numpy as np
import pytest
from beside_pytorch import beside_pytorch, same_arguments

import nn
import nn.functional as F
from autograd import Value, check_gradients

RNG = np.random.default_rng(0)
TABLE = np.array([[3.0, 4.0], [0.0, 1.0], [6.0, 8.0]])


def test_long_rows_are_shortened_in_the_table():
    layer = nn.Embedding.from_pretrained(TABLE, max_norm=5.0)
    layer(np.array([1, 2]))
    np.testing.assert_allclose(layer.weight.data, [[3, 4], [0, 1], [3, 4]], rtol=1e-7)
    table = TABLE.copy()
    F.embedding([0], table, max_norm=3.5, norm_type=1.0)
    np.testing.assert_allclose(table, [[1.5, 2], [0, 1], [6, 8]], rtol=1e-7)
    with pytest.raises(ValueError, match=r"not be the result of an operation \(multiply\)"):
        F.embedding([0], Value(TABLE) * 2, max_norm=1.0)


@pytest.mark.parametrize("norm", [1.0, 2.0, 3.0, float("inf")])
def test_shortening_like_pytorch(norm):
    torch = pytest.importorskip("torch")
    ours, theirs = (lib.Embedding(6, 3, 1, 0.8, norm) for lib in (nn, torch.nn))
    beside_pytorch(ours.double(), theirs, RNG.integers(0, 6, (2, 2)))
    assert repr(ours) == repr(theirs)


def test_gradients_by_how_often_a_row_was_looked_up():
    layer = nn.Embedding(4, 2, scale_grad_by_freq=True)
    layer(np.array([1, 1, 3])).sum().backward()
    assert layer.weight.grad.tolist() == [[0, 0], [1, 1], [0, 0], [1, 1]]
    torch = pytest.importorskip("torch")
    for shape in ((), (7,), (3, 4), (0,)):
        both = (lib.Embedding(5, 3, 2, scale_grad_by_freq=True) for lib in (nn, torch.nn))
        ours, theirs = both
        beside_pytorch(ours.double(), theirs, np.asarray(RNG.integers(0, 5, shape)))
        assert repr(ours) == repr(theirs)


def test_tables_that_are_given():
    for layer in (nn.Embedding, nn.EmbeddingBag):
        frozen = layer.from_pretrained(TABLE, padding_idx=-1)
        assert frozen.padding_idx == 2 and not frozen.weight.requires_grad
        assert (frozen.weight.data == TABLE).all() and frozen.weight.dtype == np.float64
        assert layer.from_pretrained(TABLE, freeze=False).weight.requires_grad
        with pytest.raises(ValueError, match=r"a table of shape \(3, 3\) is asked for"):
            layer(3, 3, _weight=TABLE)
        with pytest.raises(ValueError, match=r"takes a \(rows, width\) table"):
            layer.from_pretrained(TABLE[0])
        with pytest.raises(ValueError, match="padding_idx=3 is no row"):
            layer.from_pretrained(TABLE, padding_idx=3)
        with pytest.raises(NotImplementedError, match="sparse"):
            layer(3, 2, sparse=True)
    start = nn.EmbeddingBag(400, 50, padding_idx=3, rng=0).weight.data
    assert not start[3].any() and start.std() == pytest.approx(1, abs=0.02)


def test_bags_by_hand():
    def bags(*args, **how):
        return np.asarray(F.embedding_bag(*args, **how)).tolist()

    assert bags([[0, 1], [2, 2]], TABLE) == [[1.5, 2.5], [6, 8]]
    flat, starts = [0, 1, 2, 2], [0, 2, 2]
    assert bags(flat, TABLE, starts, mode="sum") == [[3, 5], [0, 0], [12, 16]]
    assert bags(flat, TABLE, starts, mode="max") == [[3, 4], [0, 0], [6, 8]]
    assert bags(flat, TABLE, [0, 2, 3], mode="sum", include_last_offset=True) == [[3, 5], [6, 8]]
    assert bags([[0, 1]], TABLE, padding_idx=1) == [[3, 4]]
    assert bags([[1, 1]], TABLE, padding_idx=1) == [[0, 0]]
    weights = [[2.0, 10.0]]
    assert bags([[0, 1]], TABLE, mode="sum", per_sample_weights=weights) == [[6, 18]]
    assert bags(np.zeros((2, 0), int), TABLE, mode="max") == [[0, 0], [0, 0]]
    layer = nn.EmbeddingBag.from_pretrained(TABLE, False, scale_grad_by_freq=True, mode="sum")
    layer([[2, 0], [2, 2]]).sum().backward()
    np.testing.assert_allclose(layer.weight.grad, [[1, 1], [0, 0], [1, 1]])


def test_bags_have_all_their_derivatives():
    table, weights = RNG.normal(size=(4, 2)), RNG.normal(size=(2, 3))
    rows = np.array([[0, 1, 3], [1, 1, 2]])
    for mode in ("mean", "max"):
        check_gradients(lambda w, mode=mode: F.embedding_bag(rows, w, mode=mode), table, order=2)
    check_gradients(
        lambda w, s: F.embedding_bag(rows, w, mode="sum", per_sample_weights=s),
        table,
        weights,
        order=2,
    )


@pytest.mark.parametrize("padding", [None, 2, -1])
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_bags_like_pytorch(mode, padding):
    torch = pytest.importorskip("torch")
    for attempt in range(20):
        last = bool(attempt % 2)
        how = dict(mode=mode, include_last_offset=last, padding_idx=padding)
        if attempt % 5 == 4:
            how |= dict(max_norm=1.0, norm_type=RNG.choice([1.0, 2.0]))
        ours, theirs = nn.EmbeddingBag(6, 3, **how).double(), torch.nn.EmbeddingBag(6, 3, **how)
        assert repr(ours) == repr(theirs)
        if attempt % 3:
            rows = RNG.integers(0, 6, RNG.integers(0, 8))
            starts = np.sort(np.append(0, RNG.integers(0, len(rows) + 1, RNG.integers(0, 4))))
            inputs = (rows, np.append(starts, len(rows)) if last else starts)
        else:
            inputs = (RNG.integers(0, 6, tuple(RNG.integers(1, 5, 2))), None)
        if mode == "sum" and attempt % 4 == 0:
            inputs += (RNG.normal(size=inputs[0].shape),)
        beside_pytorch(ours, theirs, *inputs)


def test_bags_that_cannot_be_are_told():
    def refused(words, *args, **how):
        with pytest.raises((ValueError, IndexError), match=words):
            F.embedding_bag(*args, **how)

    refused("with offsets; got shape .2,. and none", [0, 1], TABLE)
    refused("and some", [[0, 1]], TABLE, [0])
    refused("begin with 0 and do not go down", [0, 1], TABLE, [1])
    refused("begin with 0 and do not go down", [0, 1], TABLE, [0, 2, 1])
    refused("reach to .3., and the input has 2", [0, 1], TABLE, [0, 3])
    refused("rows 0 to 2", [[0, 3]], TABLE)
    refused("mode is 'mean'", [[0, 1]], TABLE, mode="prod")
    refused("for mode='sum'", [[0, 1]], TABLE, per_sample_weights=[[1.0, 1.0]])
    refused("shape of the input", [[0, 1]], TABLE, mode="sum", per_sample_weights=[1.0])
    refused("no meaning for mode='max'", [[0, 1]], TABLE, mode="max", scale_grad_by_freq=True)
    with pytest.raises(ValueError, match="mode is 'mean'"):
        nn.EmbeddingBag(3, 2, mode="prod")


def test_arguments_are_pytorchs():
    torch = pytest.importorskip("torch")
    for layer in ("Embedding", "EmbeddingBag"):
        ours, theirs = getattr(nn, layer), getattr(torch.nn, layer)
        same_arguments(layer, ours.from_pretrained, theirs.from_pretrained)
    same_arguments("embedding_bag", F.embedding_bag, torch.nn.functional.embedding_bag)
    ours, theirs = nn.EmbeddingBag.__init__, torch.nn.EmbeddingBag.__init__
    count = theirs.__code__.co_argcount - 2  # without device and dtype
    assert (
        ours.__code__.co_varnames[: ours.__code__.co_argcount]
        == (theirs.__code__.co_varnames[:count])
    )
    assert ours.__defaults__ == theirs.__defaults__[:-2]
