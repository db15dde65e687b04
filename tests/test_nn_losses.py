"""Losses: their gradients against PyTorch's; extreme logits; precision; errors."""

import numpy as np
import pytest

import nn
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
    a = loss(ours, target, reduction=reduction)
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
    losses = cross_entropy(x, np.array([0, 0, 1]), reduction="none")
    np.testing.assert_allclose(losses.data, [0, 2000, np.log(3)], rtol=1e-6)
    losses.sum().backward()
    np.testing.assert_allclose(
        x.grad, [[0, 0, 0], [-1, 0, 1], [1 / 3, -2 / 3, 1 / 3]], rtol=1e-6, atol=1e-9
    )
    x = Value(np.array([1000, -1000, 1000, -1000], dtype))
    losses = bce(x, np.array([1, 0, 0, 1]), reduction="none")
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
        (lambda: cross_entropy(np.float64(3), 1), r"logits are \(batch, classes\), got one number"),
        (lambda: cross_entropy(LOGITS, CLASSES[:4]), r"each of shape \(5,\), got shape \(4,\)"),
        (lambda: cross_entropy(LOGITS, CLASSES[:, None]), r"got shape \(5, 1\)"),
        (lambda: cross_entropy(LOGITS, CLASSES * 1.0), "one integer class .* float64"),
        (lambda: cross_entropy(LOGITS, CLASSES + 1), "classes go from 0 to 2, got 1 to 3"),
        (lambda: cross_entropy(LOGITS, CLASSES - 1), "classes go from 0 to 2, got -1 to 1"),
        (lambda: mse_loss(LOGITS, SHARES, "average"), "'mean', 'sum' or 'none', not 'average'"),
        (lambda: cross_entropy(LOGITS, CLASSES, reduction="max"), "cross_entropy: reduction"),
    ],
)
def test_wrong_use_is_told(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# ---- every loss against PyTorch's, on random shapes and settings ---------------------------------

F = nn.functional
REDUCTIONS = ["mean", "sum", "none"]
SIGNS = np.array([1.0, -1.0, 1.0, 1.0, -1.0])
WEIGHT = np.array([0.5, 2.0, 1.5])
IMAGES = rng.normal(size=(2, 3, 4))
MAPS = np.array([[0, 2, -100, 1], [1, 1, 0, 2]])
OTHER = rng.normal(size=(5, 3))
SEVERAL = np.array([[2, 0, -1], [-1, 1, 1], [0, 1, 2], [1, 1, -1], [0, -1, -1]])
MARKS = rng.integers(0, 2, (2, 3, 4)).astype(float)
POSITIVE = rng.uniform(0.05, 0.95, (5, 3))
COUNTS = rng.poisson(2.0, (5, 3)).astype(float)


def _shares(shape):
    shares = rng.uniform(size=shape)
    return shares / shares.sum(axis=1, keepdims=True)


# (name, operands, settings)
LOSSES = [
    ("mse_loss", (LOGITS, OTHER), {}),
    ("mse_loss", (LOGITS, OTHER), {"weight": POSITIVE}),
    ("l1_loss", (LOGITS, OTHER), {}),
    ("huber_loss", (LOGITS, OTHER), {"delta": 0.7}),
    ("huber_loss", (LOGITS, OTHER), {"delta": 0.7, "weight": POSITIVE}),
    ("smooth_l1_loss", (LOGITS, OTHER), {"beta": 0.5}),
    ("smooth_l1_loss", (LOGITS, OTHER), {"beta": 0.0}),
    ("poisson_nll_loss", (LOGITS, COUNTS), {}),
    ("poisson_nll_loss", (POSITIVE, COUNTS), {"log_input": False, "full": True}),
    ("gaussian_nll_loss", (LOGITS, OTHER, POSITIVE), {}),
    ("gaussian_nll_loss", (LOGITS, OTHER, POSITIVE[:, 0]), {"full": True, "eps": 0.3}),
    ("gaussian_nll_loss", (LOGITS, OTHER, POSITIVE[:, :1]), {}),
    ("kl_div", (np.log(_shares((5, 3))), _shares((5, 3))), {}),
    ("kl_div", (np.log(_shares((5, 3))), np.log(_shares((5, 3)))), {"log_target": True}),
    ("cross_entropy", (LOGITS, CLASSES), {}),
    ("cross_entropy", (LOGITS, CLASSES), {"weight": WEIGHT}),
    ("cross_entropy", (LOGITS, CLASSES), {"weight": WEIGHT, "label_smoothing": 0.2}),
    ("cross_entropy", (LOGITS, CLASSES), {"label_smoothing": 1.0}),
    ("cross_entropy", (LOGITS, CLASSES), {"ignore_index": 1, "label_smoothing": 0.1}),
    ("cross_entropy", (LOGITS, _shares((5, 3))), {}),
    ("cross_entropy", (LOGITS, _shares((5, 3))), {"weight": WEIGHT, "label_smoothing": 0.1}),
    ("cross_entropy", (LOGITS[0], np.array(2)), {}),
    ("cross_entropy", (IMAGES, MAPS), {"weight": WEIGHT}),
    ("cross_entropy", (IMAGES, _shares((2, 3, 4))), {}),
    ("nll_loss", (LOGITS, CLASSES), {}),
    ("nll_loss", (LOGITS, CLASSES), {"weight": WEIGHT, "ignore_index": 0}),
    ("nll_loss", (IMAGES, MAPS), {}),
    ("binary_cross_entropy", (POSITIVE, SHARES), {}),
    ("binary_cross_entropy", (POSITIVE, SHARES), {"weight": WEIGHT}),
    ("binary_cross_entropy_with_logits", (LOGITS, SHARES), {"weight": WEIGHT}),
    ("binary_cross_entropy_with_logits", (LOGITS, SHARES), {"pos_weight": WEIGHT}),
    ("soft_margin_loss", (LOGITS[:, 0], SIGNS), {}),
    ("hinge_embedding_loss", (np.abs(LOGITS[:, 0]), SIGNS), {"margin": 1.5}),
    ("multi_margin_loss", (LOGITS, CLASSES), {}),
    ("multi_margin_loss", (LOGITS, CLASSES), {"p": 2, "margin": 0.5, "weight": WEIGHT}),
    ("multilabel_margin_loss", (LOGITS, SEVERAL), {}),
    ("multilabel_margin_loss", (LOGITS[0], SEVERAL[0]), {}),
    ("multilabel_soft_margin_loss", (LOGITS, SHARES), {"weight": WEIGHT}),
    ("multilabel_soft_margin_loss", (IMAGES, MARKS), {}),
    ("margin_ranking_loss", (LOGITS[:, 0], OTHER[:, 0], SIGNS), {"margin": 0.3}),
    ("cosine_embedding_loss", (LOGITS, OTHER, SIGNS), {"margin": 0.2}),
    ("cosine_embedding_loss", (LOGITS[0], OTHER[0], np.array(1.0)), {}),
    ("triplet_margin_loss", (LOGITS, OTHER, POSITIVE), {}),
    ("triplet_margin_loss", (LOGITS, OTHER, POSITIVE), {"p": 1.0, "swap": True, "margin": 9.0}),
    ("triplet_margin_loss", (LOGITS[0], OTHER[0], POSITIVE[0]), {"p": 3.0, "eps": 0.1}),
    ("triplet_margin_with_distance_loss", (LOGITS, OTHER, POSITIVE), {}),
    ("triplet_margin_with_distance_loss", (LOGITS, OTHER, POSITIVE), {"swap": True, "margin": 3.0}),
    ("cosine_similarity", (LOGITS, OTHER), {}),
    ("cosine_similarity", (LOGITS, OTHER), {"eps": 4.0}),
    ("cosine_similarity", (LOGITS, OTHER), {"dim": 0}),
    ("pairwise_distance", (LOGITS, OTHER), {}),
    ("pairwise_distance", (LOGITS, OTHER), {"p": 1.0, "keepdim": True}),
    ("pairwise_distance", (LOGITS[0], OTHER[0]), {"p": 3.0}),
    ("pdist", (LOGITS,), {}),
    ("pdist", (LOGITS,), {"p": 1.0}),
    ("pdist", (LOGITS,), {"p": 3.0}),
]


def compared(name, operands, settings, dtype, traced):
    """Ours and PyTorch's answers, and gradients of the first so many operands."""
    torch = pytest.importorskip("torch")
    tensors, values = [], []
    for i, x in enumerate(operands):
        x = x.astype(dtype) if x.dtype.kind == "f" else x
        tensors.append(torch.tensor(x, requires_grad=i < traced and x.dtype.kind == "f"))
        values.append(Value(x) if i < traced else x)
    theirs = {
        k: torch.tensor(s.astype(dtype)) if isinstance(s, np.ndarray) else s
        for k, s in settings.items()
    }
    a = getattr(F, name)(*values, **settings)
    b = getattr(torch.nn.functional, name)(*tensors, **theirs)
    assert a.dtype == dtype
    seed = np.random.default_rng(1).normal(size=a.shape).astype(dtype)
    a.backward(seed)
    b.backward(torch.tensor(seed))
    return (
        a.data,
        b.detach().numpy(),
        [(v.grad, t.grad.numpy()) for v, t in zip(values, tensors, strict=True) if t.requires_grad],
    )


@pytest.mark.filterwarnings("ignore:reduction:UserWarning")  # PyTorch's advice on kl_div
@pytest.mark.parametrize("dtype, rtol", [(np.float64, 1e-10), (np.float32, 1e-4)])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name, operands, settings", LOSSES)
def test_every_loss_is_pytorchs(name, operands, settings, reduction, dtype, rtol):
    if name in ("cosine_similarity", "pairwise_distance", "pdist"):
        if reduction != "mean":
            return  # has none
    else:
        settings = settings | {"reduction": reduction}
    two = ("margin_ranking_loss", "cosine_embedding_loss", "cosine_similarity", "pairwise_distance")
    three = "triplet_margin" in name or name == "gaussian_nll_loss"
    traced = 3 if three else 1 + (name in two)
    ours, theirs, gradients = compared(name, operands, settings, dtype, traced)
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol * 1e-2)
    for mine, other in gradients:
        np.testing.assert_allclose(mine, other, rtol=rtol, atol=rtol * 1e-1)


@pytest.mark.filterwarnings("ignore:reduction:UserWarning")
@pytest.mark.parametrize("name", ["mse_loss", "kl_div", "binary_cross_entropy_with_logits"])
def test_targets_take_gradients_too(name):
    operands = (np.log(POSITIVE), SHARES)
    ours, theirs, gradients = compared(name, operands, {}, np.float64, 2)
    np.testing.assert_allclose(ours, theirs)
    for mine, other in gradients:
        np.testing.assert_allclose(mine, other)


def test_probabilities_as_targets_take_gradients():
    _, _, gradients = compared("cross_entropy", (LOGITS, _shares((5, 3))), {}, np.float64, 2)
    for mine, other in gradients:
        np.testing.assert_allclose(mine, other)


def test_batchmean():
    operands = (np.log(_shares((5, 3))), _shares((5, 3)))
    ours, theirs, _ = compared("kl_div", operands, {"reduction": "batchmean"}, np.float64, 1)
    np.testing.assert_allclose(ours, theirs)


def test_everything_ignored_has_no_mean():
    with np.errstate(invalid="ignore"):
        loss = cross_entropy(Value(LOGITS), np.full(5, -100))
    assert np.isnan(loss.item())
    assert cross_entropy(LOGITS, np.full(5, -100), reduction="sum").item() == 0


def test_certainty_and_infinities():
    x = Value(np.array([0.0, 1.0, 0.0, 1.0]))
    losses = F.binary_cross_entropy(x, np.array([0.0, 1.0, 1.0, 0.0]), reduction="none")
    np.testing.assert_array_equal(losses.data, [0, 0, 100, 100])
    losses.sum().backward()
    np.testing.assert_allclose(x.grad, [0, 0, -1e12, 1e12])
    masked = Value(np.array([[1.0, -np.inf, 2.0]]))
    loss = cross_entropy(masked, np.array([2]))
    loss.backward()
    np.testing.assert_allclose(loss.item(), np.log1p(np.exp(-1.0)))
    assert np.isfinite(masked.grad).all() and masked.grad[0, 1] == 0


@pytest.mark.parametrize("x", [1e4, -1e4, 1e30, -1e30])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_margins_and_logistic_losses_at_extremes(x, sign):
    value = Value(np.array([x]))
    for loss in (F.soft_margin_loss, F.hinge_loss):
        value.grad = None
        out = loss(value, np.array([sign]))
        out.backward()
        expected = max(0.0, -x * sign) + (loss is F.hinge_loss and x * sign < 1)
        np.testing.assert_allclose(out.item(), expected)
        np.testing.assert_array_equal(value.grad, [-sign if x * sign < 0 else 0.0])


# ---- CTC -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_ctc_is_pytorchs(seed, reduction):
    torch = pytest.importorskip("torch")
    r = np.random.default_rng(seed)
    time, batch, classes = r.integers(4, 9), r.integers(1, 4), r.integers(2, 6)
    blank = int(r.integers(0, classes))
    logits = r.normal(size=(time, batch, classes)) * 2
    lengths = r.integers(0, 4, batch)
    labels = r.choice([c for c in range(classes) if c != blank], (batch, 4))
    times = r.integers(time - 1, time + 1, batch)
    times[0] = time
    if seed % 2:  # one after the other
        labels = np.concatenate([row[:n] for row, n in zip(labels, lengths, strict=True)])
    settings = dict(blank=blank, reduction=reduction, zero_infinity=True)
    x, t = Value(logits), torch.tensor(logits, requires_grad=True)
    ours = F.ctc_loss(F.log_softmax(x, -1), labels, times, lengths, **settings)
    theirs = torch.nn.functional.ctc_loss(
        torch.log_softmax(t, -1), *map(torch.tensor, (labels, times, lengths)), **settings
    )
    np.testing.assert_allclose(ours.data, theirs.detach().numpy(), rtol=1e-9, atol=1e-12)
    ours.sum().backward()
    theirs.sum().backward()
    np.testing.assert_allclose(x.grad, t.grad.numpy(), rtol=1e-8, atol=1e-10)


def test_ctc_counts_all_ways():
    """Against a sum over every path, for a sequence with a repeated label."""
    from itertools import groupby, product

    logits = rng.normal(size=(5, 3))
    logp = np.log(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))
    total = 0.0
    for path in product(range(3), repeat=5):
        if [k for k, _ in groupby(path) if k != 0] == [1, 1, 2]:
            total += np.exp(sum(logp[t, k] for t, k in enumerate(path)))
    loss = F.ctc_loss(logp, np.array([[1, 1, 2]]), 5, 3, reduction="none")
    np.testing.assert_allclose(loss.item(), -np.log(total))
    assert nn.CTCLoss()(logp[:3, None], np.array([[1, 1, 2]]), [3], [3]).item() == np.inf


def test_ctc_has_second_derivatives():
    from autograd import check_gradients

    check_gradients(
        lambda x: F.ctc_loss(F.log_softmax(x, -1), np.array([[1, 2], [1, 1]]), [4, 4], [2, 1]),
        rng.normal(size=(4, 2, 3)),
        order=2,
    )


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda: F.hinge_loss(np.ones(2), np.array([0.0, 1.0])),
            "are -1 and 1.*2 \\* target",
        ),
        (lambda: F.binary_cross_entropy(np.array([2.0]), np.array([1.0])), "with_logits"),
        (lambda: F.multi_margin_loss(LOGITS, CLASSES, 3), "p is 1 or 2"),
        (lambda: F.ctc_loss(LOGITS[:, None], [[9]], [5], [1]), "classes from 0 to 2 without 0"),
        (lambda: F.ctc_loss(LOGITS[:, None], [[1]], [9], [1]), "input_lengths go from 0 to 5"),
        (lambda: cross_entropy(LOGITS, CLASSES, np.ones(2)), "each of the 3 classes"),
        (lambda: F.gaussian_nll_loss(LOGITS, OTHER, -POSITIVE), "below 0"),
        (lambda: F.cosine_embedding_loss(LOGITS, OTHER, SIGNS * 0), "are -1 and 1, got"),
        (lambda: F.triplet_margin_loss(LOGITS, OTHER, OTHER, 0.0), "greater than 0, got 0.0"),
        (lambda: nn.TripletMarginWithDistanceLoss(margin=-1)(LOGITS, OTHER, OTHER), "got -1"),
        (lambda: F.multilabel_margin_loss(LOGITS, SEVERAL + 1), "-1 ends them; got 0 to 3"),
        (lambda: F.multilabel_margin_loss(LOGITS, SEVERAL - 1), "got -2 to 1"),
        (lambda: F.multilabel_margin_loss(LOGITS, SEVERAL * 1.0), "the target integers"),
        (lambda: F.multilabel_soft_margin_loss(1.0, 1.0), r"are \(batch, classes\)"),
        (lambda: F.pdist(LOGITS[0]), r"\(rows, size\), got shape \(3,\)"),
        (lambda: F.ctc_loss(np.zeros((4, 0, 3)), np.zeros((0, 2), int), [], []), "nothing in"),
    ],
)
def test_what_does_not_fit_is_told(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_the_modules_give_what_the_functions_give():
    for module, operands, function in [
        (nn.CrossEntropyLoss(WEIGHT, label_smoothing=0.1), (LOGITS, CLASSES),
         lambda *o: cross_entropy(*o, WEIGHT, label_smoothing=0.1)),
        (nn.HuberLoss("sum", 0.5), (LOGITS, OTHER), lambda *o: F.huber_loss(*o, "sum", 0.5)),
        (nn.BCEWithLogitsLoss(pos_weight=WEIGHT), (LOGITS, SHARES),
         lambda *o: bce(*o, pos_weight=WEIGHT)),
        (nn.TripletMarginLoss(0.5, p=1.0), (LOGITS, OTHER, POSITIVE),
         lambda *o: F.triplet_margin_loss(*o, 0.5, 1.0)),
        (nn.GaussianNLLLoss(full=True), (LOGITS, OTHER, POSITIVE),
         lambda *o: F.gaussian_nll_loss(*o, full=True)),
        (nn.MultiMarginLoss(2), (LOGITS, CLASSES), lambda *o: F.multi_margin_loss(*o, 2)),
        (nn.HingeLoss(margin=0.3), (LOGITS[:, 0], SIGNS),
         lambda *o: F.hinge_loss(*o, margin=0.3)),
    ]:  # fmt: skip
        assert module(*operands).item() == function(*operands).item()
    assert list(nn.CrossEntropyLoss(WEIGHT).state_dict()) == ["weight"]
    assert repr(nn.HuberLoss()) == "HuberLoss(reduction='mean', delta=1.0)"


def test_a_batch_of_nothing_but_padding_changes_nothing():
    x = Value(LOGITS)
    loss = cross_entropy(x, np.full(5, -100), WEIGHT, label_smoothing=0.1)
    loss.backward()
    assert np.isnan(loss.item()) and not x.grad.any()


def test_cosines_along_an_axis_that_is_repeated():
    torch = pytest.importorskip("torch")
    a, b = rng.normal(size=(3, 1, 4)), rng.normal(size=(1, 5, 4))
    theirs = torch.nn.functional.cosine_similarity(torch.tensor(a), torch.tensor(b), dim=1)
    np.testing.assert_allclose(F.cosine_similarity(a, b, dim=1).data, theirs.numpy())
