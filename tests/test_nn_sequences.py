"""Sequences of different lengths: padded, packed, and through recurrent networks."""

import numpy as np
import pytest
from beside_pytorch import flat

import nn
from autograd import Value, check_gradients, gradients
from nn.utils import rnn

RNG = np.random.default_rng(0)
LENGTHS = ([5, 3, 1], [2, 5, 3], [4, 4, 4], [3], [1, 1])
each_lengths = pytest.mark.parametrize("lengths", LENGTHS, ids=str)


def drawn(lengths, *rest):
    return [RNG.normal(size=(length, *rest)) for length in lengths]


def same_packed(ours, theirs):
    np.testing.assert_array_equal(getattr(ours.data, "data", ours.data), theirs.data.numpy())
    np.testing.assert_array_equal(ours.batch_sizes, theirs.batch_sizes.numpy())
    for name in ("sorted_indices", "unsorted_indices"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        assert (mine is None) == (other is None)
        if mine is not None:
            np.testing.assert_array_equal(mine, other.numpy())


@each_lengths
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("rest", [(), (2,), (2, 3)], ids=str)
def test_padding_like_pytorch(lengths, batch_first, rest):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.utils.rnn
    sequences = drawn(lengths, *rest)
    for side in ("right", "left"):
        settings = dict(batch_first=batch_first, padding_value=-0.5, padding_side=side)
        padded = rnn.pad_sequence(sequences, **settings)
        expected = theirs.pad_sequence([torch.tensor(s) for s in sequences], **settings)
        np.testing.assert_array_equal(padded, expected.numpy())
    padded = rnn.pad_sequence(sequences, batch_first)
    for ours, sequence in zip(
        rnn.unpad_sequence(padded, lengths, batch_first), sequences, strict=True
    ):
        np.testing.assert_array_equal(ours, sequence)
    sorted_already = sorted(lengths, reverse=True) == lengths
    for enforce_sorted in (True, False) if sorted_already else (False,):
        given = dict(batch_first=batch_first, enforce_sorted=enforce_sorted)
        ours = rnn.pack_padded_sequence(padded, np.array(lengths), **given)
        other = theirs.pack_padded_sequence(torch.tensor(padded), torch.tensor(lengths), **given)
        if enforce_sorted or len(set(lengths)) == len(lengths):  # PyTorch's sort is not stable
            same_packed(ours, other)
        back = dict(batch_first=batch_first, padding_value=2.0, total_length=6)
        (y, counts), (z, expected) = (
            lib.pad_packed_sequence(packed, **back)
            for lib, packed in ((rnn, ours), (theirs, other))
        )
        np.testing.assert_array_equal(y, z.numpy())
        np.testing.assert_array_equal(counts, expected.numpy())
        for mine, sequence in zip(rnn.unpack_sequence(ours), sequences, strict=True):
            np.testing.assert_array_equal(mine, sequence)
        same_packed(
            rnn.pack_sequence(sequences, enforce_sorted=enforce_sorted),
            theirs.pack_padded_sequence(
                torch.tensor(rnn.pad_sequence(sequences)),
                torch.tensor(lengths),
                enforce_sorted=enforce_sorted,
            )
            if enforce_sorted or len(set(lengths)) == len(lengths)
            else other,
        )


def test_words_stay_whole_numbers():
    padded = rnn.pad_sequence([np.array([3, 1]), np.array([2])], padding_value=9)
    assert padded.tolist() == [[3, 2], [1, 9]] and padded.dtype.kind == "i"
    packed = rnn.pack_padded_sequence(padded, [2, 1])
    assert packed.data.tolist() == [3, 2, 1]
    vectors = packed._replace(data=nn.Embedding(10, 4, rng=0)(packed.data))
    outputs, _ = nn.GRU(4, 5)(vectors)
    assert rnn.pad_packed_sequence(outputs)[0].shape == (2, 2, 5)


def test_gradients_go_through():
    def there_and_back(a, b):
        packed = rnn.pack_sequence([a, b], enforce_sorted=False)
        return [rnn.pad_packed_sequence(packed)[0], *rnn.unpack_sequence(packed)]

    check_gradients(there_and_back, *drawn([2, 3], 2), order=2)


NETWORKS = [
    (kind, settings | more)
    for kind in ("RNN", "LSTM", "GRU")
    for settings in ({}, {"num_layers": 2, "bidirectional": True}, {"batch_first": True})
    for more in (({}, {"proj_size": 2}) if kind == "LSTM" else ({},))
]
each_network = pytest.mark.parametrize(("kind", "settings"), NETWORKS, ids=str)


def first_states(kind, settings, batch):
    layers = settings.get("num_layers", 1) * (1 + settings.get("bidirectional", False))
    sizes = (settings.get("proj_size", 4), 4)[: 1 + (kind == "LSTM")]
    return [RNG.normal(size=(layers, batch, size)) for size in sizes]


@each_network
@each_lengths
def test_networks_like_pytorch(kind, settings, lengths):
    torch = pytest.importorskip("torch")
    ours, theirs = (getattr(lib, kind)(3, 4, **settings) for lib in (nn, torch.nn))
    ours, theirs = ours.double(), theirs.double()
    ours.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    assert repr(ours) == repr(theirs)
    padded, hx = rnn.pad_sequence(drawn(lengths, 3)), first_states(kind, settings, len(lengths))
    x, states = Value(padded), [Value(h) for h in hx]
    outputs, last = ours(
        rnn.pack_padded_sequence(x, lengths, enforce_sorted=False),
        tuple(states) if kind == "LSTM" else states[0],
    )
    y = [rnn.pad_packed_sequence(outputs)[0], *flat(last)]
    a = [torch.tensor(v, requires_grad=True) for v in (padded, *hx)]
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        a[0], torch.tensor(lengths), enforce_sorted=False
    )
    outputs, last = theirs(packed, tuple(a[1:]) if kind == "LSTM" else a[1])
    z = [torch.nn.utils.rnn.pad_packed_sequence(outputs)[0], *flat(last)]
    seeds = [RNG.normal(size=each.shape) for each in y]
    for mine, other in zip(y, z, strict=True):
        np.testing.assert_allclose(mine.data, other.detach().numpy(), rtol=1e-9, atol=1e-12)
    found = gradients(y, [x, *states, *ours.parameters()], seeds)
    expected = torch.autograd.grad(
        z, [*a, *theirs.parameters()], [torch.tensor(seed) for seed in seeds]
    )
    for g, h in zip(found, expected, strict=True):
        np.testing.assert_allclose(g, h.numpy(), rtol=1e-8, atol=1e-11)


@each_network
def test_packed_sequences_are_read_as_each_alone(kind, settings):
    layer = getattr(nn, kind)(3, 4, rng=0, dtype=np.float64, **settings)
    sequences = drawn([2, 5, 1], 3)
    outputs, last = layer(rnn.pack_sequence(sequences, enforce_sorted=False))
    for i, found in enumerate(rnn.unpack_sequence(outputs)):
        alone, ends = layer(sequences[i])
        np.testing.assert_allclose(found.data, alone.data, rtol=1e-12)
        for end, expected in zip(flat(last), flat(ends), strict=True):
            np.testing.assert_allclose(end.data[:, i], expected.data, rtol=1e-12)


def test_what_is_refused():
    x = np.zeros((4, 2, 3))
    with pytest.raises(ValueError, match="do not fall"):
        rnn.pack_padded_sequence(x, [2, 4])
    with pytest.raises(ValueError, match="at least one step"):
        rnn.pack_padded_sequence(x, [2, 0])
    for lengths in ([5, 1], [1], [2.0, 1.0]):
        with pytest.raises(ValueError, match="2 sequences of up to 4 steps"):
            rnn.pack_padded_sequence(x, lengths)
    packed = rnn.pack_padded_sequence(x, [4, 2])
    with pytest.raises(ValueError, match="less than the longest sequence, 4"):
        rnn.pad_packed_sequence(packed, total_length=3)
    with pytest.raises(ValueError, match="at least one sequence"):
        rnn.pad_sequence([])
    with pytest.raises(ValueError, match="'right' or 'left'"):
        rnn.pad_sequence([x], padding_side="top")
    with pytest.raises(ValueError, match=r"got an input of shape \(6, 3\)"):
        nn.GRU(4, 4)(packed)
    with pytest.raises(ValueError, match=r"states of shape \(1, 2, 4\)"):
        nn.GRU(3, 4)(packed, np.zeros((1, 3, 4)))
