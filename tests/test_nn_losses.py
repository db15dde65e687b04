"""Losses: their gradients against PyTorch's; extreme logits; precision; errors."""

import numpy as np
import pytest

from autograd import Value
from nn.functional import binary_cross_entropy_with_logits as bce
from nn.functional import cross_entropy, mse_loss

rng = np.random.default_rng(0)
LOGITS = rng.normal(size=(5, 3)) * 3
CLASSES = np.array([2, 0, 1, 1, 0])
SHARES = rng.uniform(size=(5, 3))


CASES = [
    (cross_entropy, CLASSES),
    (bce, SHARES),
    (mse_loss, SHARES),
]
each_loss = pytest.mark.parametrize("loss, target", CASES, ids=lambda c: getattr(c, "__name__", ""))
each_reduction = pytest.mark.parametrize("reduction", ["mean", "sum", "none"])


@each_loss
@each_reduction
@pytest.mark.parametrize("rows, columns", [(1, 2), (4, 1), (7, 10)])
def test_loss_agrees_with_pytorch(loss, target, reduction, rows, columns):
    torch = pytest.importorskip("torch")
    generator = np.random.default_rng(rows)
    x = generator.normal(size=(rows, columns)) * 5
    target = (
        generator.integers(0, columns, rows)
        if loss is cross_entropy
        else generator.uniform(size=x.shape)
    )
    ours, theirs = Value(x), torch.tensor(x, requires_grad=True)
    a = loss(ours, target, reduction)
    b = getattr(torch.nn.functional, loss.__name__)(
        theirs, torch.as_tensor(target), reduction=reduction
    )
    np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-12, atol=1e-14)
    a.sum().backward()
    b.sum().backward()
    np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_logits_stay_finite(dtype):
    x = Value(np.array([[1000, -1000, 0], [-1000, -1000, 1000], [1000, 1000, 1000]], dtype))
    losses = cross_entropy(x, np.array([0, 0, 1]), "none")
    np.testing.assert_allclose(losses.data, [0, 2000, np.log(3)], rtol=1e-6)
    losses.sum().backward()
    np.testing.assert_allclose(
        x.grad, [[0, 0, 0], [-1, 0, 1], [1 / 3, -2 / 3, 1 / 3]], rtol=1e-6, atol=1e-9
    )
    x = Value(np.array([1000, -1000, 1000, -1000], dtype))
    losses = bce(x, np.array([1, 0, 0, 1]), "none")
    np.testing.assert_allclose(losses.data, [0, 0, 1000, 1000])
    losses.sum().backward()
    np.testing.assert_allclose(x.grad, [0, 0, 1, -1], atol=1e-9)


@each_loss
def test_float32_stays_float32(loss, target):
    x = Value(LOGITS.astype(np.float32))
    y = loss(x, target if target.dtype.kind == "i" else target.astype(np.float32))
    y.backward()
    assert y.dtype == x.grad.dtype == np.float32


@each_loss
def test_values_and_arrays_are_both_targets(loss, target):
    assert loss(Value(LOGITS), Value(target)).item() == loss(LOGITS, target).item()


def test_the_gradient_reaches_the_target_of_mse():
    x, t = Value(LOGITS), Value(SHARES)
    mse_loss(x, t).backward()
    np.testing.assert_allclose(t.grad, -x.grad)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: mse_loss(LOGITS, np.zeros(5)), r"\(5, 3\) and target of shape \(5,\)"),
        (lambda: mse_loss(np.zeros((5, 1)), np.zeros(5)), r"target.reshape\(5, 1\)"),
        (lambda: bce(np.zeros((5, 1)), np.zeros(5)), r"binary_cross.*target.reshape\(5, 1\)"),
        (lambda: cross_entropy(np.zeros(3), 1), r"logits are \(batch, classes\), got shape \(3,\)"),
        (lambda: cross_entropy(LOGITS, CLASSES[:4]), r"each of 5 rows, got shape \(4,\)"),
        (lambda: cross_entropy(LOGITS, CLASSES[:, None]), r"got shape \(5, 1\)"),
        (lambda: cross_entropy(LOGITS, CLASSES * 1.0), "one integer class .* float64"),
        (lambda: cross_entropy(LOGITS, CLASSES + 1), "classes go from 0 to 2, got 1 to 3"),
        (lambda: cross_entropy(LOGITS, CLASSES - 1), "classes go from 0 to 2, got -1 to 1"),
        (lambda: cross_entropy(np.zeros((0, 3)), np.zeros(0, int)), r"nothing in an input"),
        (lambda: mse_loss(np.zeros(0), np.zeros(0)), "mse_loss: there is nothing"),
        (lambda: bce(np.zeros((2, 0)), np.zeros((2, 0))), "there is nothing"),
        (lambda: mse_loss(LOGITS, SHARES, "average"), "'mean', 'sum' or 'none', not 'average'"),
        (lambda: cross_entropy(LOGITS, CLASSES, "max"), "cross_entropy: reduction"),
    ],
)
def test_wrong_use_is_told(call, words):
    with pytest.raises(ValueError, match=words):
        call()
