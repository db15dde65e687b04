"""Optimisers against their formulas, written out, against PyTorch, and what they are robust to."""

import copy
import itertools

import numpy as np
import pytest

import nn
from autograd import Value, no_grad
from nn.optim import (
    ASGD,
    LBFGS,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
)

SHAPES = [(3,), (2, 5), (1,), (9, 11)]  # the last is longer than one slice of the update
ALL = [
    SGD, Adam, AdamW, NAdam, RMSprop, Adagrad, Adadelta, Adamax, RAdam, ASGD, Rprop, Adafactor
]  # fmt: skip
DECOUPLED = (AdamW, Adafactor)  # weight decay that is no part of the gradient


@pytest.fixture(autouse=True)
def short_slices(monkeypatch):
    monkeypatch.setattr("nn.optim.pieces._SLICE", 40)


def gradients(step, arrays):
    """Any gradients will do, as long as all take the same."""
    return [np.cos(step + 3 * a) + 0.1 * a for a in arrays]


def start(dtype=np.float64, shapes=SHAPES):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def trajectory(make, steps=100, dtype=np.float64):
    parameters = [Value(a.copy()) for a in start(dtype)]
    optimizer = make(parameters)
    for step in range(steps):
        for p, g in zip(parameters, gradients(step, [p.data for p in parameters]), strict=True):
            p.grad = g
        optimizer.step()
    return [p.data for p in parameters]


def sgd_by_hand(
    lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, maximize=False, steps=100
):
    arrays, velocity = start(), [None] * len(SHAPES)
    for step in range(steps):
        for i, g in enumerate(gradients(step, arrays)):
            g = (-g if maximize else g) + weight_decay * arrays[i]
            if momentum:
                v = velocity[i]
                velocity[i] = g if v is None else momentum * v + (1 - dampening) * g
                g = g + momentum * velocity[i] if nesterov else velocity[i]
            arrays[i] = arrays[i] - lr * g
    return arrays


def adam_by_hand(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False, steps=100):
    arrays = start()
    m, v, top = ([np.zeros(s) for s in SHAPES] for _ in range(3))
    for step in range(steps):
        for i, g in enumerate(gradients(step, arrays)):
            g = g + weight_decay * arrays[i]
            m[i] = betas[0] * m[i] + (1 - betas[0]) * g
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g
            top[i] = np.maximum(top[i], v[i]) if amsgrad else v[i]
            mean = m[i] / (1 - betas[0] ** (step + 1))
            square = top[i] / (1 - betas[1] ** (step + 1))
            arrays[i] = arrays[i] - lr * mean / (np.sqrt(square) + eps)
    return arrays


SGD_SETTINGS = [
    dict(lr=0.1),
    dict(lr=0.01, momentum=0.9),
    dict(lr=0.01, momentum=0.9, nesterov=True),
    dict(lr=0.01, momentum=0.8, dampening=0.3),
    dict(lr=0.01, momentum=0.9, weight_decay=0.1, nesterov=True),
    dict(lr=0.1, weight_decay=0.2),
    dict(lr=0.01, momentum=0.5, weight_decay=0.2, maximize=True),
]
ADAM_SETTINGS = [
    dict(lr=0.01),
    dict(lr=0.01, betas=(0.8, 0.95), eps=1e-3),
    dict(lr=0.01, weight_decay=0.1),
    dict(lr=0.01, amsgrad=True, betas=(0.9, 0.7)),
]
SETTINGS = [
    *[("SGD", s) for s in [{}, *SGD_SETTINGS]],
    *[("Adam", s) for s in [{}, *ADAM_SETTINGS]],
    ("Adam", dict(lr=0.01, weight_decay=0.1, amsgrad=True, maximize=True)),
    ("Adam", dict(lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)),
    ("AdamW", {}),
    ("AdamW", dict(lr=0.01, weight_decay=0.3, betas=(0.7, 0.8))),
    ("AdamW", dict(lr=0.01, weight_decay=0.3, amsgrad=True, maximize=True)),
    ("NAdam", {}),
    ("NAdam", dict(lr=0.01, weight_decay=0.1, momentum_decay=0.1, eps=1e-4)),
    ("NAdam", dict(lr=0.01, weight_decay=0.1, decoupled_weight_decay=True, betas=(0.8, 0.9))),
    ("NAdam", dict(maximize=True)),
    ("RMSprop", {}),
    ("RMSprop", dict(lr=0.003, alpha=0.9, eps=1e-4, weight_decay=0.1, momentum=0.8)),
    ("RMSprop", dict(lr=0.003, centered=True)),
    ("RMSprop", dict(lr=0.003, centered=True, momentum=0.5, maximize=True)),
    ("Adagrad", {}),
    ("Adagrad", dict(lr=0.1, lr_decay=0.05, weight_decay=0.1, initial_accumulator_value=0.3)),
    ("Adagrad", dict(lr=0.1, eps=1e-3, maximize=True)),
    ("Adadelta", {}),
    ("Adadelta", dict(lr=0.5, rho=0.8, eps=1e-4, weight_decay=0.1)),
    ("Adadelta", dict(rho=0.99, maximize=True)),
    ("Adamax", {}),
    ("Adamax", dict(lr=0.02, betas=(0.8, 0.7), eps=1e-3, weight_decay=0.1)),
    ("Adamax", dict(lr=0.02, betas=(0.8, 0.99), maximize=True)),
    ("RAdam", {}),
    ("RAdam", dict(lr=0.02, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1)),
    ("RAdam", dict(lr=0.02, weight_decay=0.1, decoupled_weight_decay=True, maximize=True)),
    ("RAdam", dict(lr=0.02, betas=(0.9, 0.5))),  # never scaled
    ("ASGD", {}),
    ("ASGD", dict(lr=0.1, lambd=0.05, alpha=0.6, t0=20, weight_decay=0.1)),
    ("ASGD", dict(lr=0.1, t0=0, maximize=True)),
    ("Rprop", {}),
    ("Rprop", dict(lr=0.1, etas=(0.7, 1.5), step_sizes=(0.01, 0.2))),
    ("Rprop", dict(lr=0.03, maximize=True)),
    ("Adafactor", {}),
    ("Adafactor", dict(lr=0.1, beta2_decay=-0.5, eps=(0.1, 0.5), d=1.5, weight_decay=0.1)),
    ("Adafactor", dict(lr=0.02, eps=(None, 1e-8), maximize=True)),
]


@pytest.mark.parametrize("settings", SGD_SETTINGS, ids=str)
def test_sgd(settings):
    for got, expected in zip(
        trajectory(lambda p: SGD(p, **settings)), sgd_by_hand(**settings), strict=True
    ):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("settings", ADAM_SETTINGS, ids=str)
def test_adam(settings):
    for got, expected in zip(
        trajectory(lambda p: Adam(p, **settings)), adam_by_hand(**settings), strict=True
    ):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10)


KNOWN = [  # of one number that starts at 1.5, after 5 steps; PyTorch's answers
    ("SGD", dict(lr=0.1, momentum=0.9, dampening=0.2), -0.2928700560000001),
    ("Adam", dict(lr=0.1, weight_decay=0.1, amsgrad=True), 0.9977693234167151),
    ("AdamW", dict(lr=0.1, weight_decay=0.1), 0.9341638274854409),
    ("NAdam", dict(lr=0.1, weight_decay=0.1), 1.065442604652421),
    ("RMSprop", dict(lr=0.1, momentum=0.5, centered=True), -1.3119282765174642),
    ("Adagrad", dict(lr=0.1, lr_decay=0.1, initial_accumulator_value=0.5), 1.2080986554262296),
    ("Adadelta", dict(lr=1.0, rho=0.8), 1.4858311627071528),
    ("Adamax", dict(lr=0.1, weight_decay=0.1), 1.040439579190297),
    ("RAdam", dict(lr=0.1, betas=(0.8, 0.9)), 0.6649629262605604),
    ("ASGD", dict(lr=0.1, lambd=0.1, t0=2), 0.5817703967463039),
    ("Rprop", dict(lr=0.1), 0.75584),
    ("Adafactor", dict(lr=0.3, weight_decay=0.1), 0.21221263285943923),
]


@pytest.mark.parametrize(("name", "settings", "expected"), KNOWN)
def test_known_answers(name, settings, expected):
    x = Value(1.5)
    optimizer = getattr(nn.optim, name)([x], **settings)
    for step in range(5):
        x.grad = x.data + 0.3 * step
        optimizer.step()
    assert type(x.data) is float
    np.testing.assert_allclose(x.data, expected, rtol=1e-12)


# ---- PyTorch ------------------------------------------------------------------------------------


@pytest.fixture
def torch():
    module = pytest.importorskip("torch")
    before = module.get_default_dtype()
    module.set_default_dtype(module.float64)  # or NAdam keeps its product in float32
    yield module
    module.set_default_dtype(before)


def step_both(torch, ours, theirs, pairs, step, missing=()):
    """One step of both; the gradients are PyTorch's parameters' in both."""
    arrays = [t.detach().numpy().copy() for _, t in pairs]
    for i, ((p, t), g) in enumerate(zip(pairs, gradients(step, arrays), strict=True)):
        p.grad = None if i in missing else g
        t.grad = None if i in missing else torch.tensor(g)
    ours.step()
    theirs.step()


def both(torch, name, settings, dtype=np.float64, groups=None):
    arrays = start(dtype)
    pairs = [(Value(a.copy()), torch.tensor(a, requires_grad=True)) for a in arrays]
    lists = ([p for p, _ in pairs], [t for _, t in pairs])
    made = []
    for module, parameters in zip((nn.optim, torch.optim), lists, strict=True):
        if groups:
            parameters = [
                {"params": parameters[:2], **groups[0]},
                {"params": parameters[2:], **groups[1]},
            ]
        made.append(getattr(module, name)(parameters, **settings))
    return *made, pairs


def assert_same(pairs, atol):
    for p, t in pairs:
        assert p.dtype == t.detach().numpy().dtype
        np.testing.assert_allclose(p.data, t.detach().numpy(), rtol=0, atol=atol)


@pytest.mark.parametrize(("name", "settings"), SETTINGS, ids=str)
def test_same_trajectory_as_pytorch(torch, name, settings):
    ours, theirs, pairs = both(torch, name, settings)
    for step in range(100):
        # PyTorch's gradients would hide a difference: each follows its own parameters
        for p, t in pairs:
            p.grad = gradients(step, [p.data])[0]
            t.grad = torch.tensor(gradients(step, [t.detach().numpy()])[0])
        ours.step()
        theirs.step()
    assert_same(pairs, 1e-10)


@pytest.mark.parametrize(("name", "settings"), SETTINGS, ids=str)
def test_same_trajectory_in_float32(torch, name, settings):
    ours, theirs, pairs = both(torch, name, settings, np.float32)
    for step in range(100):
        step_both(torch, ours, theirs, pairs, step)
    assert_same(pairs, 2e-5)


@pytest.mark.parametrize("make", ALL)
def test_groups_missing_gradients_and_settings_that_change(torch, make):
    shared = dict(lr=0.02) | ({} if make is Rprop else dict(weight_decay=0.1))
    shared |= dict(momentum=0.9) if make is RMSprop else {}
    ours, theirs, pairs = both(torch, make.__name__, shared, groups=[{}, dict(lr=0.3)])
    for step in range(60):
        step_both(torch, ours, theirs, pairs, step, missing={step % 7, step % 3})
        for optimizer in (ours, theirs):
            group = optimizer.param_groups[step % 2]
            group["lr"] *= 0.97
            if "weight_decay" in group:
                group["weight_decay"] = 0.01 * step
            if "betas" in group:  # as the one-cycle schedule does
                group["betas"] = (0.85 + 0.001 * step, 0.99)
            if "momentum" in group:
                group["momentum"] = 0.9 - 0.01 * step
    assert_same(pairs, 1e-10)


@pytest.mark.parametrize(("name", "settings"), SETTINGS, ids=str)
def test_the_state_has_pytorchs_names_and_travels(torch, name, settings):
    ours, theirs, pairs = both(torch, name, settings)
    for step in range(5):
        step_both(torch, ours, theirs, pairs, step)
    mine, other = ours.state_dict(), theirs.state_dict()
    assert mine["state"].keys() == other["state"].keys()
    for i, state in other["state"].items():
        needless = {"step"} if "step" not in mine["state"].get(i, {"step": 0}) else set()
        assert mine["state"][i].keys() == state.keys() - needless
        for key, tensor in state.items():
            np.testing.assert_allclose(mine["state"][i][key], tensor.numpy(), rtol=1e-9, atol=1e-12)
    for group, expected in zip(mine["param_groups"], other["param_groups"], strict=True):
        left_out = {"foreach", "capturable", "differentiable", "fused"}
        assert group.keys() == expected.keys() - left_out
        assert all(group[key] == expected[key] for key in group)
    # PyTorch's state goes on here
    other["state"] = {
        i: {k: t.numpy() for k, t in state.items()} for i, state in other["state"].items()
    }
    fresh = getattr(nn.optim, name)([p for p, _ in pairs], **settings)
    fresh.load_state_dict(other)
    for step in range(5, 20):
        step_both(torch, fresh, theirs, pairs, step)
    assert_same(pairs, 1e-10)


@pytest.mark.parametrize(
    ("name", "settings"), [(n, s) for n, s in SETTINGS if n not in ("Adam", "Adafactor")], ids=str
)
def test_complex_parameters(torch, name, settings):
    rng = np.random.default_rng(1)
    a = rng.normal(size=(3, 2)) + 1j * rng.normal(size=(3, 2))
    x, t = Value(a.copy()), torch.tensor(a, requires_grad=True)
    ours = getattr(nn.optim, name)([x], **settings)
    theirs = getattr(torch.optim, name)([t], **settings)
    target = 0.5 - 0.25j
    for _ in range(30):
        ours.zero_grad()
        np.sum(np.abs(x - target) ** 2).backward()
        ours.step()
        theirs.zero_grad()
        ((t - target).abs() ** 2).sum().backward()
        theirs.step()
    if settings.get("initial_accumulator_value"):  # PyTorch puts it into one half only
        return
    np.testing.assert_allclose(x.data, t.detach().numpy(), atol=1e-10)


# ---- L-BFGS -------------------------------------------------------------------------------------


def rosenbrock(x):
    return ((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2).sum()


def logistic(x):
    rng = np.random.default_rng(2)
    features, signs = rng.normal(size=(40, 6)), np.sign(rng.normal(size=40))
    return lambda exp, log: log(1 + exp(-(signs[:, None] * features) @ x)).sum() + 0.1 * (x @ x)


LBFGS_SETTINGS = [
    dict(lr=0.1),
    dict(lr=0.5, history_size=3, max_iter=7),
    dict(lr=0.001, max_eval=5),
    dict(line_search_fn="strong_wolfe"),
    dict(line_search_fn="strong_wolfe", history_size=2, max_iter=4, max_eval=50),
    dict(line_search_fn="strong_wolfe", lr=0.01, max_eval=3),
    dict(line_search_fn="strong_wolfe", lr=8.0, tolerance_change=1e-3, tolerance_grad=1e-2),
    dict(line_search_fn="strong_wolfe", max_eval=1),
]


@pytest.mark.parametrize("settings", LBFGS_SETTINGS, ids=str)
@pytest.mark.parametrize("problem", ["rosenbrock", "logistic"])
def test_lbfgs_as_pytorch(torch, problem, settings):
    if problem == "rosenbrock" and "line_search_fn" not in settings:
        settings = {**settings, "lr": settings["lr"] / 100}
    first = np.random.default_rng(3).normal(size=6)
    parts = [Value(first[:4].copy()), Value(first[4:].copy())]
    theirs = [
        torch.tensor(first[:4], requires_grad=True),
        torch.tensor(first[4:], requires_grad=True),
    ]
    ours_optimizer = LBFGS(parts, **settings)
    their_optimizer = torch.optim.LBFGS(theirs, **settings)
    calls = {"ours": 0, "theirs": 0}

    def closure():
        calls["ours"] += 1
        ours_optimizer.zero_grad()
        x = np.concatenate(parts)
        loss = rosenbrock(x) if problem == "rosenbrock" else logistic(x)(np.exp, np.log)
        loss.backward()
        return loss

    def their_closure():
        calls["theirs"] += 1
        their_optimizer.zero_grad()
        x = torch.cat(theirs)
        if problem == "rosenbrock":
            loss = rosenbrock(x)
        else:
            rng = np.random.default_rng(2)
            features, signs = rng.normal(size=(40, 6)), np.sign(rng.normal(size=40))
            rows = torch.tensor(-signs[:, None] * features)
            loss = torch.log(1 + torch.exp(rows @ x)).sum() + 0.1 * (x @ x)
        loss.backward()
        return loss

    for _ in range(8):
        with no_grad():  # the closure records all the same
            loss = ours_optimizer.step(closure)
        expected = their_optimizer.step(their_closure)
        # the same numbers go through other sums, and the search magnifies rounding
        np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-6, atol=1e-9)
        for p, t in zip(parts, theirs, strict=True):
            np.testing.assert_allclose(p.data, t.detach().numpy(), rtol=1e-6, atol=1e-7)
    assert calls["ours"] == calls["theirs"]
    state = ours_optimizer.state_dict()["state"][0]
    their_state = their_optimizer.state_dict()["state"][0]
    for key in ("func_evals", "n_iter"):
        assert state[key] == their_state[key]


def test_line_searches_on_wild_functions_as_pytorch(torch):
    rng = np.random.default_rng(5)
    ends = set()
    for _ in range(400):
        waves, phases = rng.normal(size=(4, 2)) * 3, rng.uniform(0, 6, 4)
        heights, first = rng.normal(size=4), rng.normal(size=2)
        settings = dict(
            line_search_fn="strong_wolfe",
            lr=10 ** rng.uniform(-1, 2),  # trials that all but coincide would magnify rounding
            max_iter=1,
            max_eval=int(rng.integers(1, 40)),
        )
        x, t = Value(first.copy()), torch.tensor(first, requires_grad=True)
        ours, theirs = LBFGS([x], **settings), torch.optim.LBFGS([t], **settings)

        def closure(x=x, optimizer=ours, waves=waves, phases=phases, heights=heights):
            optimizer.zero_grad()
            loss = (heights * np.sin(waves @ x + phases)).sum() + 0.05 * (x * x).sum()
            loss.backward()
            return loss

        def their_closure(t=t, optimizer=theirs, waves=waves, phases=phases, heights=heights):
            optimizer.zero_grad()
            w, p, h = map(torch.tensor, (waves, phases, heights))
            loss = (h * torch.sin(w @ t + p)).sum() + 0.05 * (t * t).sum()
            loss.backward()
            return loss

        ours.step(closure)
        theirs.step(their_closure)
        np.testing.assert_allclose(x.data, t.detach().numpy(), rtol=1e-7, atol=1e-7)
        counted = ours.state_dict()["state"][0]["func_evals"]
        assert counted == theirs.state_dict()["state"][0]["func_evals"]
        ends.add(counted)
    assert len(ends) > 5  # searches of many lengths


def quadratic(optimizer, x):
    def closure():
        optimizer.zero_grad()
        loss = ((x - np.arange(3.0)) ** 2 * np.array([1.0, 5.0, 20.0])).sum()
        loss.backward()
        return loss

    return closure


def test_lbfgs_without_pytorch():
    x = Value(np.full(3, 7.0))
    optimizer = LBFGS([x], line_search_fn="strong_wolfe", tolerance_change=1e-16)
    closure = quadratic(optimizer, x)
    first = optimizer.step(closure)
    assert first.item() == 49 + 5 * 36 + 20 * 25
    for _ in range(2):
        optimizer.step(closure)
    np.testing.assert_allclose(x.data, [0, 1, 2], atol=1e-7)


def test_lbfgs_resumes():
    def run(breaks):
        x = Value(np.full(3, 7.0))
        optimizer = LBFGS([x], lr=0.1, max_iter=3)
        for step in range(6):
            if step in breaks:
                state, optimizer = optimizer.state_dict(), LBFGS([x], lr=9.0)
                optimizer.load_state_dict(state)
            optimizer.step(quadratic(optimizer, x))
        return x.data

    np.testing.assert_array_equal(run({1, 4}), run(()))
    with pytest.raises(ValueError, match="of 3 numbers"):
        optimizer = LBFGS([x := Value(np.ones(3))])
        optimizer.step(quadratic(optimizer, x))
        LBFGS([Value(np.ones(4))]).load_state_dict(optimizer.state_dict())


def test_lbfgs_refuses():
    x = Value(np.ones(3))
    with pytest.raises(TypeError, match="give step\\(\\) a function"):
        LBFGS([x]).step()
    with pytest.raises(TypeError, match="returns the loss"):
        LBFGS([x]).step(lambda: None)
    with pytest.raises(ValueError, match="one group"):
        LBFGS([{"params": [x]}, {"params": [Value(1.0)]}])
    with pytest.raises(ValueError, match="line_search_fn"):
        LBFGS([x], line_search_fn="wolfe")
    with pytest.raises(TypeError, match="real"):
        LBFGS([Value(np.ones(2) * 1j)])


def test_an_interrupted_search_leaves_the_parameters_where_they_were():
    x = Value(np.full(3, 7.0))
    optimizer, calls = LBFGS([x], line_search_fn="strong_wolfe"), []
    inner = quadratic(optimizer, x)

    def closure():
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return inner()

    with pytest.raises(KeyboardInterrupt):
        optimizer.step(closure)
    np.testing.assert_array_equal(x.data, 7.0)


# ---- what all have in common --------------------------------------------------------------------


@pytest.mark.parametrize(("name", "settings"), SETTINGS, ids=str)
def test_a_run_resumes_to_the_bit(name, settings):
    def run(resume):
        parameters = [Value(a.copy()) for a in start(np.float32, SHAPES[:3])] + [Value(0.5)]

        def make():
            groups = [{"params": parameters[:1], "lr": 0.03}, {"params": parameters[1:]}]
            return getattr(nn.optim, name)(groups, **settings)

        optimizer = make()
        for step in range(12):
            if resume and step == 6:
                state = copy.deepcopy(optimizer.state_dict())
                for group in optimizer.param_groups:
                    group["lr"] = 99.0
                optimizer = make()
                optimizer.load_state_dict(state)
                for entry in state["state"].values():
                    for value in entry.values():
                        if isinstance(value, np.ndarray):
                            value[...] = 1e9  # the state that was loaded is not held
            for p, g in zip(parameters, gradients(step, [p.data for p in parameters]), strict=True):
                p.grad = g
            optimizer.step()
        return [p.data for p in parameters]

    for a, b in zip(run(False), run(True), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_state_is_a_copy():
    x = Value(np.ones(3))
    optimizer = Adam([x])
    x.grad = np.ones(3)
    optimizer.step()
    state = optimizer.state_dict()
    before = copy.deepcopy(state)
    optimizer.step()
    np.testing.assert_array_equal(state["state"][0]["exp_avg"], before["state"][0]["exp_avg"])
    assert state["state"][0]["step"] == 1


def test_a_state_that_does_not_fit_changes_nothing():
    x, y = Value(np.ones(3)), Value(np.ones((2, 2)))
    optimizer = Adam([x, y])
    for p in (x, y):
        p.grad = np.ones(p.shape)
    optimizer.step()
    state, before = optimizer.state_dict(), optimizer.state_dict()
    state["param_groups"][0]["lr"] = 5.0
    state["state"][1]["exp_avg_sq"] = np.ones((2, 3))
    with pytest.raises(ValueError, match=r"'exp_avg_sq' has shape \(2, 3\)"):
        optimizer.load_state_dict(state)
    with pytest.raises(ValueError, match=r"groups of \[1\]"):
        optimizer.load_state_dict(Adam([Value(1.0)]).state_dict())
    with pytest.raises(ValueError, match="not one of Adam: it lacks the setting amsgrad"):
        optimizer.load_state_dict(SGD([x, y]).state_dict())
    with pytest.raises(ValueError, match="'weight'"):
        optimizer.load_state_dict({"weight": np.ones(3)})
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    np.testing.assert_array_equal(after["state"][0]["exp_avg"], before["state"][0]["exp_avg"])


@pytest.mark.parametrize("make", ALL)
def test_plain_numbers_and_float32(make):
    x = Value(3.0)
    lr = 5.0 if make is Adadelta else 0.5 if make is Adagrad else 0.1
    optimizer = make([x], lr=lr)
    for _ in range(500):
        optimizer.zero_grad()
        (x * x).backward()
        optimizer.step()
    assert type(x.data) is float
    assert abs(x.data) < 0.1
    w = nn.Parameter(np.ones(3))
    array = w.data
    w.grad = np.ones(3, np.float32)
    make([w], lr=0.1, l1=0.1, **({} if make is Rprop else dict(weight_decay=0.1))).step()
    assert w.data is array and w.dtype == np.float32 and (array != 1).all()  # changed in place
    for data in (np.float32(2), np.array(2.0)):
        v = Value(data)
        v.grad = np.float32(1)
        make([v]).step()
        assert type(v.data) is type(data) and v.dtype == data.dtype and v.data < 2


@pytest.mark.parametrize("make", ALL)
def test_penalties(make):
    """L1 and L2 penalties are what they would be as a part of the loss."""
    x, y = (Value(np.array([2.0, -1.0, 0.5])) for _ in range(2))
    decay = 0 if make in (*DECOUPLED, Rprop) else 0.3
    given = {} if make in (*DECOUPLED, Rprop) else dict(weight_decay=decay)
    penalised, plain = make([x], l1=0.2, **given), make([y])
    for _ in range(20):
        for p, optimizer in ((x, penalised), (y, plain)):
            optimizer.zero_grad()
            loss = np.sum((p - 1) ** 2)
            if p is y:
                loss = loss + 0.2 * np.abs(p).sum()
                loss = loss + decay / 2 * np.sum(p * p)
            loss.backward()
            optimizer.step()
    np.testing.assert_allclose(x.data, y.data, rtol=1e-9)


def test_a_transposed_parameter_is_updated_too():
    for make in ALL:
        data = start(shapes=[(300, 400)])[0]
        w, v = Value(data.copy().T), Value(data.T.copy())
        for p in (w, v):
            optimizer = make([p], lr=0.1)
            for _ in range(3):
                p.grad = np.cos(p.data)
                optimizer.step()
        # sums of other orders, in what Adafactor divides by, differ in the last digit
        np.testing.assert_allclose(w.data, v.data, rtol=1e-12, atol=1e-15)


def test_parameters_without_gradient_stay():
    a, b = Value(1.0), Value(1.0)
    optimizer = SGD([a, b], lr=0.5)
    a.grad = 1.0
    optimizer.step()
    assert (a.data, b.data) == (0.5, 1.0)
    assert optimizer.state_dict()["state"] == {}


def test_groups():
    a, b, c = Value(1.0), Value(1.0), Value(1.0)
    optimizer = SGD([{"params": a}, {"params": [b], "lr": 0.5, "name": "head"}], lr=0.1)
    optimizer.add_param_group({"params": iter([c]), "lr": 0.25})
    for p in (a, b, c):
        p.grad = 1.0
    optimizer.step()
    assert (a.data, b.data, c.data) == (0.9, 0.5, 0.75)
    optimizer.param_groups[0]["lr"] = 0.0
    optimizer.step()
    assert a.data == 0.9
    assert optimizer.param_groups[1]["name"] == "head"
    assert optimizer.state_dict()["param_groups"][2]["params"] == [2]
    assert "lr: 0.25" in repr(optimizer) and "Parameter Group 2" in repr(optimizer)


def test_named_parameters():
    model = nn.Linear(2, 1, rng=0)
    optimizer = SGD(model.named_parameters())
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]
    assert optimizer.param_groups[0]["params"] == [model.weight, model.bias]


def test_closures():
    x = Value(3.0)
    optimizer = SGD([x], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = x * x
        loss.backward()
        return loss

    with no_grad():
        assert optimizer.step(closure).item() == 9
    assert x.data == 1.5
    assert optimizer.step() is None


def test_hooks_of_steps_as_pytorch(torch):
    """Each is told of the optimiser and its arguments; one before the step may change these."""

    def run(optimizer, x, closure):
        told = []

        def note(name):
            return lambda own, args, kwargs: told.append(
                (name, own is optimizer, len(args), kwargs)
            )

        optimizer.register_step_pre_hook(note("before"))
        optimizer.register_step_post_hook(note("after"))
        dropping = optimizer.register_step_pre_hook(
            lambda own, args, kwargs: ((own, lambda: closure(2)), kwargs)
        )
        losses = [optimizer.step(lambda: closure(1)).item()]
        dropping.remove()
        losses.append(optimizer.step(lambda: closure(1)).item())
        return told, [*losses, x.item()]

    for name in ("SGD", "LBFGS"):
        x, t = Value(3.0), torch.tensor(3.0, requires_grad=True)
        results = []
        for library, parameter in ((nn.optim, x), (torch.optim, t)):
            optimizer = getattr(library, name)([parameter], lr=0.1)

            def closure(scale, optimizer=optimizer, parameter=parameter):
                optimizer.zero_grad()
                loss = scale * parameter * parameter
                loss.backward()
                return loss.detach()

            results.append(run(optimizer, parameter, closure))
        (ours, numbers), (theirs, expected) = results
        assert ours == theirs and ours[:2] == [("before", True, 2, {}), ("after", True, 2, {})]
        assert numbers == pytest.approx(expected, rel=1e-12) and expected[0] == 18


def test_a_hook_that_is_no_function_is_refused():
    with pytest.raises(TypeError, match="a hook is a function"):
        SGD([Value(1.0)]).register_step_post_hook("print")


@pytest.mark.parametrize("make", ALL)
def test_choices_of_an_implementation_change_nothing(make):
    plain, chosen = (
        trajectory(lambda p, s=speed: make(p, **s), 5)
        for speed in ({}, dict(foreach=True, fused=True, capturable=True, differentiable=False))
    )
    for a, b in zip(plain, chosen, strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match=f"{make.__name__}: differentiable=True"):
        make([Value(1.0)], differentiable=True)
    with pytest.raises(TypeError, match=f"{make.__name__} has no setting 'momenta'"):
        make([Value(1.0)], momenta=0.9)


def test_adafactor_takes_real_parameters():
    optimizer = Adafactor([Value(1.0)])
    with pytest.raises(TypeError, match="Adafactor takes real parameters"):
        optimizer.add_param_group({"params": [Value(1j)]})
    assert len(optimizer.param_groups) == 1
    w = Value(np.ones((3, 4)))
    optimizer = Adafactor([w])
    w.grad = np.ones((3, 4))
    optimizer.step()
    state = optimizer.state_dict()
    state["state"][0]["col_var"] = np.ones((3, 1))
    with pytest.raises(ValueError, match=r"'col_var' has shape \(3, 1\)"):
        optimizer.load_state_dict(state)


def test_zero_grad():
    a, b, c = Value(np.ones(2)), Value(1.0), Value(1.0)
    a.grad, b.grad = np.array([np.inf, 1]), 2.0
    optimizer = SGD([a, b, c])
    optimizer.zero_grad(set_to_none=False)
    np.testing.assert_array_equal(a.grad, [0, 0])
    assert b.grad == 0 and c.grad is None
    optimizer.zero_grad()
    assert a.grad is b.grad is None


def test_errors():
    model = nn.Linear(2, 2, rng=0)
    parameters = model.parameters()
    SGD(parameters)
    with pytest.raises(ValueError, match="call it anew"):
        Adam(parameters)  # a generator that has been walked
    with pytest.raises(ValueError, match="call it anew"):
        Adam([{"params": parameters}])
    for given in (model.weight, model, 3, "weights", None):
        with pytest.raises(TypeError, match=f"list of parameters.*{type(given).__name__}"):
            SGD(given)
    for given in ([], ()):
        with pytest.raises(ValueError, match="got no parameters"):
            SGD(given)
    with pytest.raises(TypeError, match="leaf Values"):
        SGD([np.ones(3)])
    with pytest.raises(ValueError, match="follows from others"):
        SGD([Value(1.0) * 2])
    with pytest.raises(ValueError, match="twice"):
        SGD([model.weight, model.weight])
    with pytest.raises(TypeError, match="no order"):
        SGD([{"params": {model.weight}}])
    with pytest.raises(TypeError, match='key "params"'):
        SGD([{"parameters": [model.weight]}])
    optimizer = SGD([model.weight])
    with pytest.raises(ValueError, match="twice"):
        optimizer.add_param_group({"params": [model.bias, model.weight]})
    with pytest.raises(ValueError, match="SGD: lr"):
        optimizer.add_param_group({"params": [model.bias], "lr": -1})
    assert len(optimizer.param_groups) == 1
    model.weight.grad = np.ones(2)
    with pytest.raises(ValueError, match=r"shape \(2, 2\), and its grad \(2,\)"):
        optimizer.step()


@pytest.mark.parametrize(
    ("make", "settings"),
    [
        *[
            (make, {"lr": bad})
            for make in [*ALL, LBFGS]
            for bad in (-1, float("nan"), "a", None, [1])
        ],
        *[(make, {"weight_decay": -0.1}) for make in ALL if make is not Rprop],
        *[(make, {"l1": -0.1}) for make in ALL],
        *[
            (make, {"betas": bad})
            for make in (Adam, AdamW, NAdam, Adamax, RAdam)
            for bad in ((0.9, 1.0), (0.9,), 0.9, (0.9, "a"), None)
        ],
        *[
            (make, {"eps": bad})
            for make in ALL[1:]
            for bad in (-1e-8, None, "a")
            if make not in (ASGD, Rprop)
        ],
        *[(Rprop, {"etas": bad}) for bad in ((1.2, 0.5), (0.5, 1.0), 0.5, ("a", 2))],
        *[(Rprop, {"step_sizes": bad}) for bad in ((1, 0.1), (-1, 1), 3)],
        *[(Adafactor, {"eps": bad}) for bad in ((-1, 1), (None, None), (1e-3, -1), (1,))],
        (Adafactor, {"beta2_decay": 0.5}),
        (Adafactor, {"d": 0.5}),
        *[(ASGD, {name: -1}) for name in ("lambd", "alpha", "t0")],
        (SGD, {"momentum": -0.1}),
        (SGD, {"nesterov": True}),
        (SGD, {"nesterov": True, "momentum": 0.9, "dampening": 0.1}),
        (NAdam, {"momentum_decay": -1}),
        (RMSprop, {"alpha": -1}),
        (RMSprop, {"momentum": -1}),
        (Adagrad, {"lr_decay": -1}),
        (Adagrad, {"initial_accumulator_value": -1}),
        (Adadelta, {"rho": 1.1}),
    ],
    ids=str,
)
def test_settings_that_make_no_sense(make, settings):
    with pytest.raises(ValueError, match=f"{make.__name__}: ?{next(iter(settings))}"):
        make([Value(1.0)], **settings)


@pytest.mark.parametrize("make", [*ALL, LBFGS])
def test_signatures_are_pytorchs(make):
    import inspect

    torch = pytest.importorskip("torch")
    ours = dict(inspect.signature(make).parameters)
    theirs = dict(inspect.signature(getattr(torch.optim, make.__name__)).parameters)
    for ignored in ("foreach", "capturable", "differentiable", "fused"):  # of other devices
        theirs.pop(ignored, None)
    for own in ("l1", "speed"):
        ours.pop(own, None)
    assert {k: p.default for k, p in ours.items()} == {k: p.default for k, p in theirs.items()}
    positional = [k for k, p in theirs.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    late = {"maximize"} if make in (RMSprop, ASGD) else set()  # after settings of other devices
    assert [k for k, p in ours.items() if p.kind is p.POSITIONAL_OR_KEYWORD] == [
        k for k in positional if k not in late
    ]


def test_a_constant_gradient_does_not_break_centred_rmsprop():
    x = Value(np.zeros(2000))
    optimizer = RMSprop([x], centered=True, alpha=0.5)
    x.grad = np.random.default_rng(0).normal(size=2000)
    for _ in range(200):
        optimizer.step()  # the mean square less the squared mean rounds to below 0 for some
    assert np.isfinite(x.data).all()


def test_every_setting_matters():
    results = [trajectory(lambda p, s=s: SGD(p, **s))[0] for s in SGD_SETTINGS]
    for a, b in itertools.combinations(results, 2):
        assert not np.allclose(a, b)
