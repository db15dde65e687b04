"""Clipping and parameters as one vector, against PyTorch and known answers."""

import numpy as np
import pytest
from beside_pytorch import same_arguments

import nn
from autograd import Value
from nn.utils import (
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
    parameters_to_vector,
    vector_to_parameters,
)

SHAPES = [(3, 4), (5,), (), (2, 1, 3)]


def with_gradients(dtype=np.float64, scale=1.0):
    rng = np.random.default_rng(0)
    values = [Value(np.array(rng.normal(size=shape), dtype)) for shape in SHAPES]
    for value in values[:-1]:  # the last has none
        value.grad = np.array(scale * rng.normal(size=value.shape), dtype)
    return values


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("norm_type", [2, 1, 3.5, float("inf"), "inf", 0, float("-inf")])
@pytest.mark.parametrize("max_norm", [0.7, 1e3, 0])
def test_clip_grad_norm_as_pytorch(dtype, norm_type, max_norm):
    torch = pytest.importorskip("torch")
    values = with_gradients(dtype)
    theirs = [torch.tensor(v.data) for v in values]
    for t, v in zip(theirs, values, strict=True):
        t.grad = None if v.grad is None else torch.tensor(v.grad)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    gradients = [v.grad for v in values if v.grad is not None]
    rtol = 1e-12 if dtype is np.float64 else 1e-6
    np.testing.assert_allclose(get_total_norm(gradients, norm_type), expected.item(), rtol=rtol)
    found = clip_grad_norm_((v for v in values), max_norm, norm_type)
    np.testing.assert_allclose(found, expected.item(), rtol=rtol)
    for t, v in zip(theirs, values, strict=True):
        if t.grad is None:
            assert v.grad is None
        else:
            assert v.grad.dtype == dtype
            np.testing.assert_allclose(v.grad, t.grad.numpy(), rtol=rtol)


def test_clipping_by_hand():
    a, b = Value(np.zeros(2)), Value(0.0)
    a.grad, b.grad = np.array([2.0, 3.0]), 6.0
    assert clip_grad_norm_([a, b], 3.5) == 7.0
    np.testing.assert_allclose(a.grad, [1.0, 1.5], rtol=1e-6)
    assert type(b.grad) is float and abs(b.grad - 3.0) < 1e-6
    assert clip_grad_norm_([], 1.0) == 0 == clip_grad_norm_([Value(1.0)], 1.0)
    before = a.grad
    clip_grad_norm_(a, 100.0)
    assert a.grad is before  # below the limit nothing changes
    clip_grads_with_norm_([a], 1.0, 10.0)
    np.testing.assert_allclose(a.grad, [0.1, 0.15], rtol=1e-6)
    clip_grad_value_([a, b], 0.12)
    assert b.grad == 0.12 and type(b.grad) is float
    np.testing.assert_allclose(a.grad, [0.1, 0.12], rtol=1e-6)


def test_gradients_that_share_an_array_are_clipped_once():
    a, b = Value(np.ones(2)), Value(np.ones(2))
    a.grad = b.grad = np.array([3.0, 4.0])
    clip_grad_norm_([a, b], 1.0)
    np.testing.assert_allclose(np.hypot(*a.grad), 0.5**0.5, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*b.grad), 0.5**0.5, rtol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_norms_that_are_not_finite(bad):
    x = Value(np.zeros(2))
    x.grad = np.array([1.0, bad])
    with pytest.raises(RuntimeError, match="cannot be clipped"):
        clip_grad_norm_(x, 1.0, error_if_nonfinite=True)
    assert x.grad[0] == 1.0
    with np.errstate(invalid="ignore"):
        assert not np.isfinite(clip_grad_norm_(x, 1.0))
    assert np.isnan(x.grad[1])  # as in PyTorch, it is not hidden


def test_clip_grad_value_as_pytorch():
    torch = pytest.importorskip("torch")
    values = with_gradients(np.float32, scale=3.0)
    expected = [torch.tensor(v.grad) for v in values if v.grad is not None]
    holders = [torch.zeros_like(g) for g in expected]
    for holder, g in zip(holders, expected, strict=True):
        holder.grad = g
    torch.nn.utils.clip_grad_value_(holders, 1.5)
    clip_grad_value_(values, 1.5)
    for v, g in zip(values, expected, strict=False):
        assert v.grad.dtype == np.float32
        np.testing.assert_array_equal(v.grad, g.numpy())


def test_arguments_are_pytorchs():
    torch = pytest.importorskip("torch")
    theirs = torch.nn.utils
    for name in ("clip_grad_norm_", "clip_grad_value_", "get_total_norm", "clip_grads_with_norm_"):
        same_arguments(name, getattr(nn.utils, name), getattr(theirs, name))
    for name in ("weight_norm", "remove_weight_norm", "spectral_norm", "remove_spectral_norm"):
        same_arguments(name, getattr(nn.utils, name), getattr(theirs, name))
    for name in ("weight_norm", "spectral_norm"):
        ours = getattr(nn.utils.parametrizations, name)
        same_arguments(name, ours, getattr(theirs.parametrizations, name))
    for name in ("register_parametrization", "remove_parametrizations", "is_parametrized"):
        ours = getattr(nn.utils.parametrize, name)
        same_arguments(name, ours, getattr(theirs.parametrize, name))
    for name in (
        "pad_sequence", "unpad_sequence", "pack_sequence", "unpack_sequence",
        "pack_padded_sequence", "pad_packed_sequence",
    ):  # fmt: skip
        same_arguments(name, getattr(nn.utils.rnn, name), getattr(theirs.rnn, name))


def test_limits_that_make_no_sense():
    for limit in (-1, float("nan")):
        with pytest.raises(ValueError, match="max_norm"):
            clip_grad_norm_([Value(1.0)], limit)
        with pytest.raises(ValueError, match="clip_value"):
            clip_grad_value_([Value(1.0)], limit)


def test_vectors():
    model = nn.Sequential(nn.Linear(3, 2, rng=0), nn.Linear(2, 1, rng=1))
    vector = parameters_to_vector(model.parameters())
    assert vector.shape == (11,) and vector.dtype == np.float32
    np.testing.assert_array_equal(vector.data[6:8], model[0].bias.data)
    (vector * vector).sum().backward()
    np.testing.assert_allclose(model[1].weight.grad, 2 * model[1].weight.data)
    array = model[0].weight.data
    vector_to_parameters(np.arange(11.0), model.parameters())
    assert model[0].weight.data is array and array.dtype == np.float32
    np.testing.assert_array_equal(array, [[0, 1, 2], [3, 4, 5]])
    assert model[1].bias.data == 10
    vector_to_parameters(vector, model.parameters())
    np.testing.assert_array_equal(parameters_to_vector(model.parameters()).data, vector.data)


def test_vectors_of_plain_numbers():
    values = [Value(1.0), Value(np.float32(2)), Value(np.array(3.0)), Value(np.ones(2))]
    np.testing.assert_array_equal(parameters_to_vector(values).data, [1, 2, 3, 1, 1])
    vector_to_parameters(np.arange(5.0), values)
    assert type(values[0].data) is float and type(values[1].data) is np.float32
    assert [v.data for v in values[:3]] == [0, 1, 2]


def test_vectors_of_another_length_change_nothing():
    values = [Value(np.ones(2)), Value(1.0)]
    for vector in (np.zeros(2), np.zeros(4), np.zeros((3, 1))):
        with pytest.raises(ValueError, match="hold 3 numbers"):
            vector_to_parameters(vector, values)
    np.testing.assert_array_equal(values[0].data, 1)
    with pytest.raises(ValueError, match="no parameters"):
        parameters_to_vector([])


def test_a_vector_written_between_forward_and_backward_is_found():
    w = nn.Parameter([1.0, 2.0])
    loss = (w * w).sum()
    vector_to_parameters(np.zeros(2), [w])
    with pytest.raises(RuntimeError, match="was changed"):
        loss.backward()
