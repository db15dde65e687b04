"""Losses where something is missing: no rows, no time, no distance; and the adaptive softmax."""

import numpy as np
import pytest
from beside_pytorch import same_arguments

import nn
from autograd import Value, check_gradients

F = nn.functional
rng = np.random.default_rng(0)
REDUCTIONS = {"mean": np.nan, "sum": 0.0, "none": None}

NUMBERS = [
    "mse_loss",
    "l1_loss",
    "huber_loss",
    "smooth_l1_loss",
    "poisson_nll_loss",
    "gaussian_nll_loss",
    "kl_div",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "hinge_loss",
    "soft_margin_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
]


def nothing(name, shape, dtype, reduction):
    three = name in ("gaussian_nll_loss", "margin_ranking_loss")
    x, others = Value(np.zeros(shape, dtype)), [np.zeros(shape, dtype)] * (2 if three else 1)
    return x, getattr(F, name)(x, *others, reduction=reduction)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", NUMBERS)
def test_the_loss_of_nothing(name, reduction, shape, dtype):
    """NaN is the mean, 0 the sum, and NumPy does not warn."""
    x, loss = nothing(name, shape, dtype, reduction)
    assert loss.dtype == dtype and loss.shape == (shape if reduction == "none" else ())
    if reduction != "none":
        np.testing.assert_equal(loss.item(), REDUCTIONS[reduction])
    loss.backward(np.ones(loss.shape, dtype))
    assert x.grad.shape == shape


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    "name, shape, target",
    [
        ("cross_entropy", (0, 3), np.zeros(0, int)),
        ("cross_entropy", (0, 3), np.zeros((0, 3))),
        ("cross_entropy", (2, 3, 0), np.zeros((2, 0), int)),
        ("nll_loss", (0, 3, 2, 2), np.zeros((0, 2, 2), int)),
        ("multi_margin_loss", (0, 3), np.zeros(0, int)),
        ("multilabel_margin_loss", (0, 3), np.zeros((0, 3), int)),
        ("multilabel_soft_margin_loss", (0, 3), np.zeros((0, 3))),
    ],
)
def test_the_loss_of_no_rows(name, shape, target, reduction):
    loss = getattr(F, name)(Value(np.zeros(shape)), target, reduction=reduction)
    assert loss.size == (reduction != "none")
    if loss.size:
        np.testing.assert_equal(loss.item(), REDUCTIONS[reduction])


def test_vectors_of_nothing_have_no_distance():
    x = np.zeros((2, 0))
    np.testing.assert_array_equal(F.pairwise_distance(x, x).data, [0, 0])
    np.testing.assert_array_equal(F.cosine_similarity(x, x).data, [0, 0])
    assert F.pdist(np.zeros((1, 3))).shape == F.pdist(np.zeros((0, 3))).shape == (0,)
    assert np.isnan(F.kl_div(np.zeros((0, 3)), np.zeros((0, 3)), "batchmean").item())
    assert np.isnan(F.cosine_embedding_loss(x[:0], x[:0], np.zeros(0)).item())


@pytest.mark.filterwarnings("ignore:reduction:UserWarning")  # PyTorch's advice on kl_div
@pytest.mark.parametrize("name", [*NUMBERS, "triplet_margin_loss"])
def test_nothing_is_pytorchs(name):
    torch = pytest.importorskip("torch")
    if name == "hinge_loss":
        return  # ours alone
    three = name in ("gaussian_nll_loss", "margin_ranking_loss", "triplet_margin_loss")
    for shape in [(0,), (0, 3), (2, 0)]:
        x = np.zeros(shape)
        for reduction in REDUCTIONS:
            theirs = [torch.zeros(shape, dtype=torch.float64)] * (3 if three else 2)
            expected = getattr(torch.nn.functional, name)(*theirs, reduction=reduction)
            found = getattr(F, name)(*[x] * (3 if three else 2), reduction=reduction)
            np.testing.assert_array_equal(found.data, expected.numpy())


# ---- kinks ---------------------------------------------------------------------------------------


def test_the_edge_of_a_margin_counts_as_inside():
    """As in PyTorch: two scores that are equal at the start are driven apart."""
    a, b, near = Value(np.zeros(1)), Value(np.zeros(1)), Value(np.ones(1))
    F.margin_ranking_loss(a, b, np.ones(1)).backward()
    F.hinge_embedding_loss(near, -np.ones(1)).backward()
    assert (a.grad, b.grad, near.grad) == (-1, 1, -1)
    x, y = Value(np.array([[1.0, 0.0]])), np.array([[0.0, 1.0]])
    F.cosine_embedding_loss(x, y, -np.ones(1)).backward()
    np.testing.assert_allclose(x.grad, [[0, 1]])


@pytest.mark.parametrize("name", ["margin_ranking_loss", "hinge_embedding_loss"])
def test_the_edge_of_a_margin_is_pytorchs(name):
    torch = pytest.importorskip("torch")
    x = np.round(rng.normal(size=(8, 4)))
    signs = rng.choice([-1.0, 1.0], (8, 4))
    others = (np.round(rng.normal(size=(8, 4))), signs) if name[0] == "m" else (signs,)
    ours, theirs = Value(x), torch.tensor(x, requires_grad=True)
    getattr(F, name)(ours, *others).backward()
    getattr(torch.nn.functional, name)(theirs, *map(torch.tensor, others)).backward()
    np.testing.assert_allclose(ours.grad, theirs.grad.numpy())


# ---- known answers of what is new, without PyTorch -----------------------------------------------


def test_pairs_of_right_and_wrong_classes():
    """Against the sum as it is written, repeated classes counting twice."""
    x, target = rng.normal(size=(6, 4)), rng.integers(-1, 4, (6, 4))
    expected = np.zeros(6)
    for row, classes in enumerate(target):
        right = [int(c) for c in classes[: np.argmax(np.append(classes, -1) < 0)]]
        wrong = [c for c in range(4) if c not in right]
        pairs = [max(0.0, 1 - x[row, a] + x[row, b]) for a in right for b in wrong]
        expected[row] = sum(pairs) / 4
    losses = nn.MultiLabelMarginLoss(reduction="none")(x, target)
    np.testing.assert_allclose(losses.data, expected)
    check_gradients(lambda x: F.multilabel_margin_loss(x, target), x)


def test_soft_margins_at_extremes():
    x = Value(np.array([[1e4, -1e4], [1e4, -1e4]]))
    losses = nn.MultiLabelSoftMarginLoss(reduction="none")(x, np.array([[1.0, 0.0], [0.0, 1.0]]))
    np.testing.assert_array_equal(losses.data, [0, 1e4])
    losses.sum().backward()
    np.testing.assert_array_equal(x.grad, [[0, 0], [0.5, -0.5]])


def test_distances_of_all_pairs():
    x = rng.normal(size=(4, 3))
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    expected = [np.linalg.norm(x[a] - x[b]) for a, b in pairs]
    np.testing.assert_allclose(F.pdist(x).data, expected)
    check_gradients(F.pdist, x, order=2)
    same = Value(np.ones((3, 2)))
    F.pdist(same).sum().backward()
    assert not same.grad.any()


def test_triplets_of_a_distance_of_ones_own():
    a, p, n = rng.normal(size=(3, 5, 2))

    def distance(x, y):
        return np.sum(np.abs(x - y), axis=-1)

    loss = nn.TripletMarginWithDistanceLoss(distance_function=distance, margin=0.5, swap=True)
    far = np.minimum(distance(a, n), distance(p, n))
    expected = np.maximum(distance(a, p) - far + 0.5, 0).mean()
    np.testing.assert_allclose(loss(a, p, n).item(), expected)


def test_a_variance_of_one_number_keeps_the_precision():
    x = np.ones((2, 3), np.float32)
    for var in (2, 2.0, np.float64(2.0), np.array(2.0)):
        loss = F.gaussian_nll_loss(x, x * 0, var, full=True)
        assert loss.dtype == np.float32
        np.testing.assert_allclose(loss.item(), 0.5 * (np.log(4 * np.pi) + 0.5), rtol=1e-6)


@pytest.mark.parametrize("bias", [None, np.float64(0.5)])
def test_linear_of_one_output_without_its_axis(bias):
    x, weight = rng.normal(size=(2, 4, 3)), rng.normal(size=3)
    y = F.linear(Value(x), weight, bias)
    np.testing.assert_allclose(y.data, x @ weight + (bias or 0))
    check_gradients(lambda x, w: F.linear(x, w, bias), x, weight)


def test_ctc_of_no_time_at_all():
    """The empty target is certain then, and every other impossible."""
    log_probs = np.log(np.full((3, 3, 2), 0.5))
    x = Value(log_probs)
    lengths = [3, 0, 0], [1, 0, 1]
    losses = F.ctc_loss(x, np.ones((3, 2), int), *lengths, reduction="none")
    np.testing.assert_allclose(losses.data, [-np.log(6 / 8), 0, np.inf])
    F.ctc_loss(x, np.ones((3, 2), int), *lengths, zero_infinity=True).backward()
    assert not x.grad[:, 1:].any() and x.grad[:, 0].any()


# ---- names ---------------------------------------------------------------------------------------


def test_arguments_are_pytorchs():
    torch = pytest.importorskip("torch")
    for name in (
        "CTCLoss",
        "GaussianNLLLoss",
        "HuberLoss",
        "TripletMarginWithDistanceLoss",
        "CosineSimilarity",
        "PairwiseDistance",
        "AdaptiveLogSoftmaxWithLoss",
    ):
        same_arguments(name, getattr(nn, name), getattr(torch.nn, name))
    for name in dir(torch.nn):
        if name.endswith("Loss") and hasattr(nn, name):
            same_arguments(name, getattr(nn, name).forward, getattr(torch.nn, name).forward)


# ---- the adaptive softmax ------------------------------------------------------------------------


def adaptive(torch, **settings):
    theirs = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 9], div_value=2.0, **settings).double()
    ours = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 9], div_value=2.0, dtype=np.float64, **settings)
    state = {key: value.numpy() for key, value in theirs.state_dict().items()}
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict(state)
    return ours, theirs


@pytest.mark.parametrize("head_bias", [False, True])
@pytest.mark.parametrize("low, high", [(0, 20), (0, 4), (4, 20), (9, 20)])
def test_the_adaptive_softmax_is_pytorchs(head_bias, low, high):
    torch = pytest.importorskip("torch")
    ours, theirs = adaptive(torch, head_bias=head_bias)
    x, target = rng.normal(size=(7, 8)), rng.integers(low, high, 7)
    a, b = Value(x), torch.tensor(x, requires_grad=True)
    mine, other = ours(a, target), theirs(b, torch.tensor(target))
    np.testing.assert_allclose(mine.output.data, other.output.detach().numpy())
    np.testing.assert_allclose(mine.loss.item(), other.loss.item())
    (mine.loss + mine.output.sum()).backward()
    (other.loss + other.output.sum()).backward()
    np.testing.assert_allclose(a.grad, b.grad.numpy())
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        expected = 0 if q.grad is None else q.grad.numpy()
        np.testing.assert_allclose(0 if p.grad is None else p.grad, expected, atol=1e-14)
    np.testing.assert_allclose(ours.log_prob(x).data, theirs.log_prob(b).detach().numpy())
    np.testing.assert_array_equal(ours.predict(x), theirs.predict(b).numpy())
    alone = ours(x[0], target[0])
    np.testing.assert_allclose(alone.output.item(), mine.output.data[0])
    assert alone.output.shape == alone.loss.shape == ()


def test_the_adaptive_softmax_is_a_distribution():
    model = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 9], rng=0, dtype=np.float64)
    x, target = rng.normal(size=(5, 8)), np.array([0, 4, 8, 9, 19])
    every = model.log_prob(x).data
    np.testing.assert_allclose(np.exp(every).sum(axis=1), 1)
    output, loss = model(x, target)
    np.testing.assert_allclose(output.data, every[np.arange(5), target])
    np.testing.assert_allclose(loss.item(), -output.data.mean())
    np.testing.assert_array_equal(model.predict(x), every.argmax(axis=1))
    model.reset_parameters(0)
    np.testing.assert_array_equal(model.log_prob(x).data, every)
    assert np.isnan(model(x[:0], target[:0]).loss.item())


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: nn.AdaptiveLogSoftmaxWithLoss(8, 20, []), "at most n_classes - 1 = 19, not"),
        (lambda: nn.AdaptiveLogSoftmaxWithLoss(8, 20, [9, 4]), r"not \[9, 4\]"),
        (lambda: nn.AdaptiveLogSoftmaxWithLoss(8, 20, [20]), r"not \[20\]"),
        (lambda: nn.AdaptiveLogSoftmaxWithLoss(8, 20, [0, 4]), r"not \[0, 4\]"),
        (lambda: ADAPTIVE(np.zeros((2, 8)), np.array([0, 20])), "0 to 19, got 0 to 20"),
        (lambda: ADAPTIVE(np.zeros((2, 8)), np.array([0])), r"got \(2, 8\) and \(1,\)"),
        (lambda: ADAPTIVE(np.zeros((2, 8)), np.zeros(2)), "of float64"),
    ],
)
def test_what_the_adaptive_softmax_refuses(call, words):
    with pytest.raises(ValueError, match=words):
        call()


ADAPTIVE = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 9], rng=0)
