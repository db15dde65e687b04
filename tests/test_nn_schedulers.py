"""Schedulers: known learning rates, PyTorch's to the bit, resuming, and what is refused."""

import inspect
import json
import warnings

import numpy as np
import pytest

import nn
from autograd import Value
from nn.optim import SGD, Adam, lr_scheduler


def optimizer_of(lrs=(0.5, 0.02), kind=SGD, **settings):
    return kind([{"params": [Value(0.0)], "lr": lr} for lr in lrs], **settings)


def rates(optimizer, scheduler, steps):
    """The learning rates, and momenta, of the first epochs."""
    rows = []
    for _ in range(steps):
        rows.append(
            [
                number
                for group in optimizer.param_groups
                for number in (group["lr"], group.get("momentum", group.get("betas", [0])[0]))
            ]
        )
        assert scheduler.get_last_lr() == rows[-1][::2]
        optimizer.step()
        scheduler.step()
    return rows


def sequence(library, optimizer, warm_up, then, milestone):
    """Warm-up, then another."""
    first = library.LinearLR(optimizer, 0.1, total_iters=warm_up)
    return library.SequentialLR(optimizer, [first, then(optimizer)], [milestone])


CASES = {
    "step": lambda s, o: s.StepLR(o, 7, 0.3),
    "step, defaults": lambda s, o: s.StepLR(o, step_size=30),
    "multistep": lambda s, o: s.MultiStepLR(o, [3, 50, 50, 120], gamma=0.5),
    "constant": lambda s, o: s.ConstantLR(o, factor=0.25, total_iters=9),
    "constant, defaults": lambda s, o: s.ConstantLR(o),
    "linear": lambda s, o: s.LinearLR(o, start_factor=0.01, end_factor=0.7, total_iters=40),
    "linear, defaults": lambda s, o: s.LinearLR(o),
    "exponential": lambda s, o: s.ExponentialLR(o, 0.97),
    "polynomial": lambda s, o: s.PolynomialLR(o, total_iters=150, power=2.5),
    "polynomial, defaults": lambda s, o: s.PolynomialLR(o),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, T_max=60, eta_min=0.001),
    "cosine to the end": lambda s, o: s.CosineAnnealingLR(o, 199),
    "cosine, short": lambda s, o: s.CosineAnnealingLR(o, 1),
    "restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, T_0=10, T_mult=2, eta_min=0.003),
    "restarts of one length": lambda s, o: s.CosineAnnealingWarmRestarts(o, 13),
    "lambda": lambda s, o: s.LambdaLR(o, lambda epoch: 0.95**epoch),
    "lambdas": lambda s, o: s.LambdaLR(o, [lambda e: 1 / (1 + e), lambda e: e % 3]),
    "multiplicative": lambda s, o: s.MultiplicativeLR(o, lambda epoch: 0.9 + 0.01 * (epoch % 5)),
    "cyclic": lambda s, o: s.CyclicLR(o, base_lr=0.01, max_lr=0.2, step_size_up=15),
    "cyclic, uneven": lambda s, o: s.CyclicLR(
        o, [0.01, 0.001], [0.2, 0.1], 5, 12, "triangular2", base_momentum=0.7, max_momentum=0.99
    ),
    "cyclic, shrinking": lambda s, o: s.CyclicLR(
        o, 0.01, 0.2, 8, mode="exp_range", gamma=0.99, cycle_momentum=False
    ),
    "cyclic, own scale": lambda s, o: s.CyclicLR(
        o, 0.01, 0.2, 8, scale_fn=lambda n: 1 / (1 + n), scale_mode="iterations"
    ),
    "cyclic, own scale of cycles": lambda s, o: s.CyclicLR(o, 0.01, 0.2, 8, scale_fn=lambda n: n),
    "one cycle": lambda s, o: s.OneCycleLR(o, max_lr=1.0, total_steps=210),
    "one cycle, linear": lambda s, o: s.OneCycleLR(
        o, [1.0, 0.1], epochs=30, steps_per_epoch=8, pct_start=0.2, anneal_strategy="linear"
    ),
    "one cycle, three phases": lambda s, o: s.OneCycleLR(
        o, 1.0, 200, three_phase=True, div_factor=10.0, final_div_factor=50.0, base_momentum=0.6
    ),
    "one cycle, momentum kept": lambda s, o: s.OneCycleLR(o, 1.0, 200, cycle_momentum=False),
    "warm-up and cosine": lambda s, o: sequence(
        s, o, 10, lambda o: s.CosineAnnealingLR(o, T_max=90), 10
    ),
    "warm-up and steps": lambda s, o: sequence(s, o, 4, lambda o: s.StepLR(o, 30), 5),
    "warm-up and factors": lambda s, o: sequence(
        s, o, 9, lambda o: s.MultiplicativeLR(o, lambda e: 0.99), 20
    ),
    "warm-up and restarts": lambda s, o: sequence(
        s, o, 9, lambda o: s.CosineAnnealingWarmRestarts(o, 20, 2), 20
    ),
    "warm-up and cycle": lambda s, o: sequence(s, o, 9, lambda o: s.OneCycleLR(o, 1.0, 300), 20),
    "three in sequence": lambda s, o: s.SequentialLR(
        o,
        [s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.9), s.PolynomialLR(o, 30)],
        milestones=[20, 60],
    ),
    "and linear, lambda, constant": lambda s, o: s.SequentialLR(
        o,
        [s.MultiStepLR(o, [2]), s.LinearLR(o), s.LambdaLR(o, lambda e: 0.5 + e), s.ConstantLR(o)],
        milestones=[5, 60, 90],
    ),
    "chained": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.9)]),
    "chained cosine": lambda s, o: s.ChainedScheduler(
        [s.LinearLR(o, 0.2, total_iters=10), s.CosineAnnealingLR(o, 80), s.StepLR(o, 50)], o
    ),
}


@pytest.mark.parametrize("kind", ["SGD", "AdamW"])
@pytest.mark.parametrize("case", CASES)
def test_the_same_as_pytorch_to_the_bit(case, kind):
    torch = pytest.importorskip("torch")
    parameters = [torch.zeros((), requires_grad=True) for _ in range(2)]
    groups = [{"params": [p], "lr": lr} for p, lr in zip(parameters, (0.5, 0.02), strict=True)]
    settings = dict(momentum=0.8) if kind == "SGD" else {}
    theirs = getattr(torch.optim, kind)(groups, **settings)
    ours = optimizer_of(kind=getattr(nn.optim, kind), **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = rates(theirs, CASES[case](torch.optim.lr_scheduler, theirs), 200)
    found = rates(ours, CASES[case](lr_scheduler, ours), 200)
    np.testing.assert_array_equal(found, expected)


PLATEAUS = [
    {},
    dict(factor=0.5, patience=2, cooldown=3, min_lr=0.003),
    dict(mode="max", patience=1, threshold=0.2, threshold_mode="abs", factor=0.7),
    dict(threshold=0.1, patience=0, min_lr=[0.1, 0.001], eps=0.01, factor=0.9),
    dict(mode="max", threshold=0.3, patience=3),
]


@pytest.mark.parametrize("settings", PLATEAUS, ids=str)
def test_plateau_as_pytorch(settings):
    torch = pytest.importorskip("torch")
    parameters = [torch.zeros((), requires_grad=True) for _ in range(2)]
    groups = [{"params": [p], "lr": lr} for p, lr in zip(parameters, (0.5, 0.02), strict=True)]
    theirs = torch.optim.SGD(groups)
    expected = torch.optim.lr_scheduler.ReduceLROnPlateau(theirs, **settings)
    scheduler = lr_scheduler.ReduceLROnPlateau(ours := optimizer_of(), **settings)
    rng = np.random.default_rng(0)
    for step in range(200):
        metric = 3 / (1 + step) + 0.3 * rng.random()
        for each in (expected, scheduler):
            each.step(metric)
        assert scheduler.get_last_lr() == expected.get_last_lr()
        assert [group["lr"] for group in ours.param_groups] == scheduler.get_last_lr()
    assert scheduler.num_bad_epochs == expected.num_bad_epochs
    assert scheduler.last_epoch == 200
    if settings:
        assert ours.param_groups[0]["lr"] < 0.5


def test_plateau_of_a_value_and_a_nan():
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer_of([1.0]), patience=1)
    for loss in (Value(1.0) * 2, float("nan"), np.float32(3.0)):
        scheduler.step(loss)
    assert scheduler.get_last_lr() == [0.1]


def test_known_answers():
    def first(make, steps):
        optimizer = optimizer_of([1.0])
        return [row[0] for row in rates(optimizer, make(optimizer), steps)]

    s = lr_scheduler
    assert first(lambda o: s.StepLR(o, 2, 0.5), 5) == [1, 1, 0.5, 0.5, 0.25]
    assert first(lambda o: s.MultiStepLR(o, [1, 3], 0.5), 5) == [1, 0.5, 0.5, 0.25, 0.25]
    assert first(lambda o: s.ConstantLR(o, 0.5, 2), 4) == [0.5, 0.5, 1, 1]
    assert first(lambda o: s.LinearLR(o, 0.5, total_iters=2), 4) == [0.5, 0.75, 1, 1]
    assert first(lambda o: s.ExponentialLR(o, 0.5), 4) == [1, 0.5, 0.25, 0.125]
    assert first(lambda o: s.PolynomialLR(o, 4), 6) == [1, 0.75, 0.5, 0.25, 0, 0]
    np.testing.assert_allclose(
        first(lambda o: s.CosineAnnealingLR(o, 2), 6), [1, 0.5, 0, 0.5, 1, 0.5], atol=1e-15
    )
    np.testing.assert_allclose(
        first(lambda o: s.CosineAnnealingWarmRestarts(o, 2, 2), 7),
        [1, 0.5, 1, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2, 1],
    )
    assert first(lambda o: s.CyclicLR(o, 1, 3, 2, cycle_momentum=False), 6) == [1, 2, 3, 2, 1, 2]
    np.testing.assert_allclose(
        first(lambda o: s.OneCycleLR(o, 1.0, 5, pct_start=0.6, cycle_momentum=False), 5),
        [0.04, 0.52, 1, 0.5 + 2e-6, 4e-6],
        rtol=1e-12,
    )


# Neither has it for schedulers of schedulers, and PyTorch has no formula for multiplicative ones.
ALONE = [
    c for c in CASES if not c.startswith(("multiplicative", "warm-up", "three", "and", "chain"))
]


@pytest.mark.parametrize("case", ALONE)
def test_any_epoch_can_be_asked_for(case):
    """PyTorch has formulas of their own for this; here it is the walk there."""
    torch = pytest.importorskip("torch")
    parameters = [torch.zeros((), requires_grad=True) for _ in range(2)]
    groups = [{"params": [p], "lr": lr} for p, lr in zip(parameters, (0.5, 0.02), strict=True)]
    theirs, ours = torch.optim.SGD(groups, momentum=0.8), optimizer_of(momentum=0.8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = CASES[case](torch.optim.lr_scheduler, theirs)
    scheduler = CASES[case](lr_scheduler, ours)
    for epoch in (0, 3, 1, 10, 40, 41, 7, 100):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected.step(epoch)
        scheduler.step(epoch)
        assert scheduler.last_epoch == epoch
        for key in ("lr", "momentum"):
            found, wanted = ([g[key] for g in o.param_groups] for o in (ours, theirs))
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-16)


def test_any_epoch_without_pytorch():
    optimizer = optimizer_of([1.0])
    scheduler = lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5)
    for epoch, expected in ((3, 0.125), (1, 0.5), (2, 0.25)):
        scheduler.step(epoch)
        assert scheduler.get_last_lr() == [expected]
    scheduler.step()
    assert scheduler.get_last_lr() == [0.125]
    for bad in (-1, 1.5):
        with pytest.raises(ValueError, match="epoch is a whole number of at least 0"):
            scheduler.step(bad)
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer)
    plateau.step(1.0, epoch=7)
    plateau.step(1.0)
    assert plateau.last_epoch == 8


def test_warm_restarts_within_an_epoch():
    optimizer = optimizer_of([1.0])
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 4, 2)
    for epoch, expected in ((2.0, 0.5), (1.0, (1 + 0.5**0.5) / 2), (4.0, 1.0), (8.0, 0.5), (12, 1)):
        scheduler.step(epoch)
        np.testing.assert_allclose(scheduler.get_last_lr(), [expected])
        assert scheduler.last_epoch == epoch
    scheduler.step()
    assert scheduler.last_epoch == 13 and 0.98 < scheduler.get_last_lr()[0] < 1
    with pytest.raises(ValueError, match="at least 0"):
        scheduler.step(-0.5)


def test_warm_restarts_at_fractions_as_pytorch():
    torch = pytest.importorskip("torch")
    theirs = torch.optim.SGD([torch.zeros((), requires_grad=True)], lr=1.0)
    expected = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(theirs, 5, 2)
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(optimizer_of([1.0]), 5, 2)
    for epoch in np.arange(0, 34, 0.3):
        for each in (expected, scheduler):
            each.step(float(epoch))
        np.testing.assert_allclose(scheduler.get_last_lr(), expected.get_last_lr(), rtol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_a_schedule_resumes(case):
    """Optimiser and scheduler are made anew in the middle; their states have passed JSON."""

    def run(resume):
        optimizer = optimizer_of(momentum=0.8)
        scheduler = CASES[case](lr_scheduler, optimizer)
        rows = rates(optimizer, scheduler, 70)
        if resume:
            states = json.loads(json.dumps([optimizer.state_dict(), scheduler.state_dict()]))
            optimizer = optimizer_of([7.0, 8.0], momentum=0.3)
            scheduler = CASES[case](lr_scheduler, optimizer)
            optimizer.load_state_dict(states[0])
            scheduler.load_state_dict(states[1])
        return rows + rates(optimizer, scheduler, 80)

    assert run(True) == run(False)


def test_plateau_resumes():
    def run(resume):
        optimizer, metrics = optimizer_of([1.0]), np.random.default_rng(0).random(60)
        scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=3, cooldown=2)
        for i, metric in enumerate(metrics):
            if resume and i == 30:
                states = optimizer.state_dict(), scheduler.state_dict()
                optimizer = optimizer_of([5.0])
                scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, "max")
                optimizer.load_state_dict(states[0])
                scheduler.load_state_dict(states[1])
            scheduler.step(metric)
        return scheduler.get_last_lr(), scheduler.num_bad_epochs, scheduler.best

    assert run(True) == run(False)


@pytest.mark.parametrize(
    "case", ["linear", "exponential", "cosine", "one cycle", "lambda", "cyclic"]
)
def test_last_epoch_as_pytorch(case):
    """``last_epoch=k`` goes on from the learning rates in the groups."""
    torch = pytest.importorskip("torch")

    def run(library, optimizer):
        make = {
            "linear": lambda k: library.LinearLR(optimizer, total_iters=20, last_epoch=k),
            "exponential": lambda k: library.ExponentialLR(optimizer, 0.9, last_epoch=k),
            "cosine": lambda k: library.CosineAnnealingLR(optimizer, 20, last_epoch=k),
            "one cycle": lambda k: library.OneCycleLR(optimizer, 1.0, 99, last_epoch=k),
            "lambda": lambda k: library.LambdaLR(optimizer, lambda e: 0.9**e, last_epoch=k),
            "cyclic": lambda k: library.CyclicLR(optimizer, 0.1, 1.0, 9, last_epoch=k),
        }[case]
        return rates(optimizer, make(-1), 10) + rates(optimizer, make(9), 20)

    theirs = torch.optim.SGD([torch.zeros((), requires_grad=True)], lr=0.5, momentum=0.7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = run(torch.optim.lr_scheduler, theirs)
    np.testing.assert_array_equal(run(lr_scheduler, optimizer_of([0.5], momentum=0.7)), expected)
    with pytest.raises(KeyError, match="initial_lr"):
        lr_scheduler.ExponentialLR(optimizer_of(), 0.9, last_epoch=4)


def test_schedulers_hold_schedulers_that_hold_schedulers():
    s, optimizer = lr_scheduler, optimizer_of([1.0])
    inner = s.SequentialLR(
        optimizer, [s.ConstantLR(optimizer, 0.5, 1), s.StepLR(optimizer, 1)], [1]
    )
    chain = s.ChainedScheduler([s.ConstantLR(optimizer, 0.25, 1), s.ExponentialLR(optimizer, 0.5)])
    outer = s.SequentialLR(optimizer, [inner, chain], [3])
    found = [row[0] for row in rates(optimizer, outer, 6)]
    np.testing.assert_allclose(found, [0.5, 1, 0.1, 0.25, 0.5, 0.25])


def test_a_subclass_of_ones_own():
    class Halving(lr_scheduler.LRScheduler):
        def get_lr(self):
            return [lr / 2**self.last_epoch for lr in self.base_lrs]

    optimizer = optimizer_of([1.0])
    assert [row[0] for row in rates(optimizer, Halving(optimizer), 3)] == [1, 0.5, 0.25]
    with pytest.raises(NotImplementedError, match="LRScheduler has no get_lr"):
        lr_scheduler.LRScheduler(optimizer)


def test_refused():
    s, o = lr_scheduler, optimizer_of()
    cases = [
        (TypeError, "takes an optimiser", lambda: s.StepLR([Value(1.0)], 3)),
        (ValueError, "step_size", lambda: s.StepLR(o, 0)),
        (ValueError, "factor", lambda: s.ConstantLR(o, 1.5)),
        (ValueError, "start_factor", lambda: s.LinearLR(o, 0.0)),
        (ValueError, "end_factor", lambda: s.LinearLR(o, end_factor=1.1)),
        (ValueError, "T_max", lambda: s.CosineAnnealingLR(o, 0)),
        (ValueError, "T_0", lambda: s.CosineAnnealingWarmRestarts(o, 0)),
        (ValueError, "T_mult", lambda: s.CosineAnnealingWarmRestarts(o, 3, 0)),
        (ValueError, "1 entries", lambda: s.LambdaLR(o, [lambda e: 1])),
        (TypeError, "a function of the epoch", lambda: s.MultiplicativeLR(o, 0.9)),
        (ValueError, "mode", lambda: s.CyclicLR(o, 1, 2, mode="square")),
        (
            ValueError,
            "neither momentum nor betas",
            lambda: s.CyclicLR(optimizer_of(kind=nn.optim.Adagrad), 1, 2),
        ),
        (ValueError, "max_lr has 3", lambda: s.CyclicLR(o, 1, [1, 2, 3])),
        (ValueError, "total_steps", lambda: s.OneCycleLR(o, 1.0, epochs=3)),
        (ValueError, "ints above 0", lambda: s.OneCycleLR(o, 1.0, 2.5)),
        (ValueError, "pct_start", lambda: s.OneCycleLR(o, 1.0, 5, pct_start=1.2)),
        (ValueError, "anneal_strategy", lambda: s.OneCycleLR(o, 1.0, 5, anneal_strategy="exp")),
        (ValueError, "factor", lambda: s.ReduceLROnPlateau(o, factor=1.0)),
        (ValueError, "mode", lambda: s.ReduceLROnPlateau(o, "least")),
        (ValueError, "threshold_mode", lambda: s.ReduceLROnPlateau(o, threshold_mode="x")),
        (ValueError, "min_lr", lambda: s.ReduceLROnPlateau(o, min_lr=[0.1])),
        (ValueError, "at least one", lambda: s.SequentialLR(o, [], [])),
        (
            ValueError,
            "1 milestones",
            lambda: s.SequentialLR(o, [s.StepLR(o, 3), s.StepLR(o, 3)], []),
        ),
        (ValueError, "ReduceLROnPlateau", lambda: s.ChainedScheduler([s.ReduceLROnPlateau(o)])),
        (TypeError, "takes schedulers", lambda: s.ChainedScheduler([o])),
        (
            ValueError,
            "same optimiser",
            lambda: s.ChainedScheduler([s.StepLR(o, 3), s.StepLR(optimizer_of(), 3)]),
        ),
    ]
    for kind, message, make in cases:
        before = [dict(group) for group in o.param_groups]
        with pytest.raises(kind, match=message):
            make()
        if "Scheduler" not in inspect.getsource(make) and "Sequential" not in message:
            assert [g["lr"] for g in o.param_groups] == [g["lr"] for g in before]
    scheduler = s.OneCycleLR(optimizer_of([1.0]), 1.0, 2, cycle_momentum=False)
    scheduler.step()
    scheduler.step()
    with pytest.raises(ValueError, match="made for 2 steps, and this is step 3"):
        scheduler.step()
    scheduler = s.LambdaLR(o, lambda e: 1.0)
    o.add_param_group({"params": [Value(1.0)]})
    with pytest.raises(ValueError, match="made for 2 groups"):
        scheduler.step()
    with pytest.raises(ValueError, match="not one of StepLR"):
        s.StepLR(o, 3).load_state_dict(s.ExponentialLR(o, 0.5).state_dict())
    with pytest.raises(ValueError, match="of 1 schedulers"):
        chain = s.ChainedScheduler([s.StepLR(o, 3)])
        s.ChainedScheduler([s.StepLR(o, 3), s.StepLR(o, 4)]).load_state_dict(chain.state_dict())


@pytest.mark.parametrize("name", lr_scheduler.__all__)
def test_signatures_are_pytorchs(name):
    torch = pytest.importorskip("torch")
    ours, theirs = (
        inspect.signature(getattr(module, name)).parameters
        for module in (lr_scheduler, torch.optim.lr_scheduler)
    )
    assert [(k, p.default, p.kind) for k, p in ours.items()] == [
        (k, p.default, p.kind) for k, p in theirs.items()
    ]


def test_every_scheduler_of_pytorch_is_there():
    torch = pytest.importorskip("torch")
    assert set(torch.optim.lr_scheduler.__all__) == set(lr_scheduler.__all__)


def test_momentum_follows_in_adam():
    optimizer = optimizer_of([1.0], Adam, betas=(0.9, 0.98))
    lr_scheduler.OneCycleLR(optimizer, 1.0, 100)
    assert optimizer.param_groups[0]["betas"] == (0.95, 0.98)
