"""Recorded functions: the same bits as without, and nothing frozen in silence."""

import gc
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
import viz
from autograd import Value, record, untraced
from autograd.check import programs
from nn import functional as F


def _same(a, b):
    assert (np.shape(a) == np.shape(b) and type(a) is float) or type(b) is not float
    assert getattr(a, "dtype", None) == getattr(b, "dtype", None)
    np.testing.assert_array_equal(a, b)


def _gradients(function, leaves, *args):
    """The result's numbers, and the gradients of the leaves."""
    for leaf in leaves:
        leaf.zero_grad()
    y = function(*args)
    y.backward(np.ones(y.shape, y.dtype) if y.ndim else None)
    return [y.data, *(leaf.grad for leaf in leaves)]


def _agree(function, recorded, leaves, *args):
    for a, b in zip(
        _gradients(function, leaves, *args), _gradients(recorded, leaves, *args), strict=True
    ):
        _same(a, b)


# ---- the same as without ------------------------------------------------------------------------


@given(programs(), st.integers(0, 2**32 - 1))
def test_random_programs(program, seed):
    rng = np.random.default_rng(seed)
    recorded = record(program)
    for _ in range(3):
        values = [Value(x * rng.uniform(0.5, 1)) for x in program.inputs]
        _agree(program, recorded, values, *values)


@given(programs(), st.integers(0, 2**32 - 1))
def test_random_programs_of_leaves_from_outside(program, seed):
    rng = np.random.default_rng(seed)
    leaves = [Value(np.array(x)) for x in program.inputs]

    def function():
        return program(*leaves)

    recorded = record(function)
    for i in range(4):
        _agree(function, recorded, leaves)
        for leaf in leaves:
            if i % 2:
                leaf.data = leaf.data * rng.uniform(0.5, 1)  # another array
            elif leaf.ndim:
                leaf.data[...] *= 0.75


NUMBERS = {
    "polynomial": lambda a, b: a * b + a / b - 2 * a * a + 1,
    "functions": lambda a, b: (a * b).tanh() + a.exp() * b.sigmoid() - b.log() + a**3,
    "relus": lambda a, b: (a - b).relu() + (b - a).relu() * 3 + abs(a),
    "division by zero": lambda a, b: (a - a) / (b - b) + 1 / (a - a),
    "sums": lambda a, b: sum((a * i + b for i in range(60)), start=a * b),
    "fan out": lambda a, b: sum(a * x for x in [a, b, a * b, b * b] * 40),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_single_numbers(name):
    a, b = Value(1.5), Value(0.5)

    def function():
        parts = [NUMBERS[name](a, b) for _ in range(30)]
        total = parts[0]
        for part in parts[1:]:
            total = total * 0.5 + part
        return total

    recorded = record(function)
    for _ in range(3):
        with np.errstate(all="ignore"):
            _agree(function, recorded, [a, b])
        a.data, b.data = a.data * 0.9, b.data * 1.1


def test_numbers_as_arguments():
    w = Value(3.0)

    def function(x, power):
        return (w * x) ** power

    recorded = record(function)
    for x, power in ((2.0, 2), (4.0, 2), (1.0, 3), (0.5, 3)):
        _agree(function, recorded, [w], x, power)


ROWS = np.random.default_rng(0)
FUNCTIONS = {
    "slices that overlap": lambda x, w: (x[:3] * w[:3] + x[1:4] + x[2:5]).sum() + x[0, 0],
    "rows one by one": lambda x, w: sum((x[i] * w[4 - i]).sum() for i in range(5)),
    "views": lambda x, w: (x.T @ w).reshape(-1)[::2].sum() + np.swapaxes(x, 0, 1).mean(),
    "a value and its transpose": lambda x, w: (x @ w.T + (x @ w.T).T).sum(),
    "used again much later": lambda x, w: (np.exp(x) * np.tanh(w) * np.exp(x) + np.exp(x)).sum(),
    "where and comparisons": lambda x, w: np.where((x > 0) & ~(w > 0), x * w, x - w).sum(),
    "an index of numbers": lambda x, w: x[np.argmax(w, axis=0), np.arange(4)].sum(),
    "reductions": lambda x, w: (
        (x.max(axis=0) * w.min(axis=0)).sum() + x.var() + x.prod(axis=1).sum()
    ),
    "functions of NumPy": lambda x, w: np.concatenate([x, w]).std() + np.einsum("ij,ij->", x, w),
    "linear algebra": lambda x, w: np.linalg.det(x.T @ w + 5 * np.eye(4)),
    "softmax": lambda x, w: (autograd.softmax(x) * autograd.log_softmax(w)).sum(),
    "a gradient that is passed on": lambda x, w: (x + w).sum() + x.sum(),
    "at": lambda x, w: x.at[1:3].set(w[1:3]).at[0].add(w[4]).sum(),
    "stacks times one matrix": lambda x, w: (
        (np.stack([x, w, x * w]) @ np.tanh(w.T @ x)).sum() + (x[:, None] @ w.T).var()
    ),
    "constants": lambda x, w: (x * 2.0 + ROWS_ARRAY * w - 1).sum(),
}
ROWS_ARRAY = ROWS.normal(size=(5, 4))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name, dtype):
    rng, function = np.random.default_rng(1), FUNCTIONS[name]
    w = Value(rng.normal(size=(5, 4)).astype(dtype))
    recorded = record(function)
    for _ in range(3):
        x = Value(rng.normal(size=(5, 4)).astype(dtype))
        _agree(function, recorded, [x, w], x, w)


def test_several_results_nested_as_they_were():
    w = Value(np.array([1.0, 2.0]))

    def function(x, *, other):
        return {"a": x * w, "b": (w.sum(), "text", [other["k"][0] * w])}

    recorded = record(function)
    for scale in (1.0, 2.0, 3.0):
        x, other = np.array([3.0, 4.0]) * scale, {"k": [np.array(scale)]}
        grads = []
        for f in (function, recorded):
            w.zero_grad()
            found = f(x, other=other)
            assert found["b"][1] == "text" and set(found) == {"a", "b"}
            ((found["a"] * 2).sum() + found["b"][0] * found["b"][2][0][1]).backward()
            grads.append(w.grad)
        _same(*grads)


def test_a_result_goes_on_in_a_graph():
    w, x = Value(np.array([1.0, 2.0])), Value(np.array([3.0, 4.0]))
    recorded = record(lambda x: x * w)
    for _ in range(3):
        w.zero_grad(), x.zero_grad()
        np.tanh(recorded(x * 2) / 10).sum().backward()
        slope = (1 - np.tanh(2 * x.data * w.data / 10) ** 2) / 10
        np.testing.assert_allclose(x.grad, slope * 2 * w.data)
        np.testing.assert_allclose(w.grad, slope * 2 * x.data)


# ---- training steps -----------------------------------------------------------------------------


class _Last(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.inner, self.out = kind(4, 6, num_layers=2, batch_first=True), nn.Linear(6, 3)

    def forward(self, x):
        return self.out(self.inner(x)[0][:, -1])


class _Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.1, batch_first=True)
        self.out = nn.Linear(4, 3)

    def forward(self, x):
        return self.out(self.inner(x).mean(axis=1))


def _mlp(*activations):
    parts = [part for act in activations for part in (nn.Linear(4, 4), act)]
    return nn.Sequential(*parts, nn.Linear(4, 3))


def _images(*parts):
    return nn.Sequential(*parts, nn.Flatten(), nn.LazyLinear(3))


MODELS = {
    "mlp": (lambda: _mlp(nn.ReLU(), nn.Tanh(), nn.Sigmoid(), nn.GELU()), (8, 4)),
    "more activations": (lambda: _mlp(nn.ELU(), nn.SiLU(), nn.LeakyReLU(), nn.Softplus()), (8, 4)),
    "dropout": (lambda: _mlp(nn.Dropout(0.5), nn.AlphaDropout(0.2)), (8, 4)),
    "normalised": (lambda: _mlp(nn.BatchNorm1d(4), nn.LayerNorm(4), nn.RMSNorm(4)), (8, 4)),
    "cnn": (
        lambda: _images(nn.Conv2d(2, 18, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        (3, 2, 6, 6),
    ),
    "batch norm": (
        lambda: _images(nn.Conv2d(2, 18, 3), nn.BatchNorm2d(18), nn.AvgPool2d(2)),
        (3, 2, 6, 6),
    ),
    "rnn": (lambda: _Last(nn.RNN), (5, 3, 4)),
    "lstm": (lambda: _Last(nn.LSTM), (5, 3, 4)),
    "gru": (lambda: _Last(nn.GRU), (5, 3, 4)),
    "attention": (_Block, (5, 3, 4)),
}


def _trained(make, shape, loss, wrap, optimizer, dtype=np.float64, steps=4):
    """The losses, parameters and buffers of some steps."""
    nn.manual_seed(0)
    rng, model = np.random.default_rng(0), make()
    model(rng.normal(size=shape).astype(np.float32))
    model.to(dtype)
    nn.manual_seed(1)
    optimizer = optimizer(model.parameters())

    @wrap
    def step(x, target):
        optimizer.zero_grad()
        value = loss(model(x), target)
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        return value

    losses = []
    for _ in range(steps):
        target = rng.integers(0, 3, shape[0])
        target = target if loss is F.cross_entropy else np.eye(3, dtype=dtype)[target]
        losses.append(step(rng.normal(size=shape).astype(dtype), target).item())
    return [np.array(losses), *(model.state_dict().values())]


def _same_training(*args, **settings):
    eager = _trained(*args, wrap=lambda f: f, **settings)
    for a, b in zip(eager, _trained(*args, wrap=record, **settings), strict=True):
        _same(a, b)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", MODELS)
def test_models_train_to_the_same_bits(name, dtype):
    _same_training(*MODELS[name], F.cross_entropy, optimizer=nn.optim.Adam, dtype=dtype)


LOSSES = [F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.binary_cross_entropy_with_logits]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_losses_train_to_the_same_bits(loss):
    _same_training(*MODELS["mlp"], loss, optimizer=lambda p: nn.optim.SGD(p, 0.1, momentum=0.9))


def test_an_embedding():
    def make():
        return nn.Sequential(nn.Embedding(5, 2), nn.Flatten(), nn.Linear(6, 3))

    results = []
    for wrap in (lambda f: f, record):
        nn.manual_seed(0)
        rng, model = np.random.default_rng(0), make()
        optimizer = nn.optim.SGD(model.parameters(), 0.1)

        @wrap
        def step(x, target, model=model, optimizer=optimizer):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), target)
            loss.backward()
            optimizer.step()

        for _ in range(3):
            assert step(rng.integers(0, 5, (4, 3)), rng.integers(0, 3, 4)) is None
        results.append(list(model.state_dict().values()))
    for a, b in zip(*results, strict=True):
        _same(a, b)


def test_gradients_add_up_over_calls_where_nobody_forgets_them():
    w = Value(np.array([1.0, 2.0]))

    @record
    def step(x):
        (w * x).sum().backward()

    kept = []
    for x in (1.0, 10.0, 100.0):
        step(np.array([x, x]))
        kept.append(w.grad)
    np.testing.assert_array_equal(w.grad, [111.0, 111.0])
    w.zero_grad()
    step(np.array([5.0, 5.0]))
    np.testing.assert_array_equal(w.grad, [5.0, 5.0])
    step(np.array([1.0, 1.0]))
    np.testing.assert_array_equal(w.grad, [6.0, 6.0])


def test_two_leaves_that_get_one_gradient_have_an_array_each():
    a, b = Value(np.zeros(3)), Value(np.zeros(3))
    step = record(lambda x: ((a + b) * x).sum().backward())
    for x in (1.0, 2.0):
        a.zero_grad(), b.zero_grad()
        step(np.full(3, x))
        assert a.grad is not b.grad
        a.grad += 1
        np.testing.assert_array_equal(b.grad, np.full(3, x))


def test_an_argument_that_takes_a_gradient_within():
    @record
    def step(x):
        (x * x).sum().backward()

    for numbers in ([1.0, 2.0], [3.0, 4.0]):
        x = Value(np.array(numbers))
        step(x)
        np.testing.assert_array_equal(x.grad, 2 * x.data)


# ---- parameters that are changed by hand --------------------------------------------------------


def _descend(p):
    p.data -= 0.1 * p.grad
    p.grad = None


def _replace(p):
    with autograd.no_grad():
        p.data = p.data - 0.1 * p.grad
    p.zero_grad()


def _clip(p):
    p.grad = np.clip(p.grad, -0.1, 0.1)
    p.grad *= 0.5
    p.data -= p.grad
    p.grad = None


def _add_up(p):
    p.data -= 0.1 * p.grad


@pytest.mark.parametrize("update", [_descend, _replace, _clip, _add_up])
def test_updates_by_hand(update):
    found = []
    for wrap in (lambda f: f, record):
        leaves = [Value(np.array([1.0, -2.0])), Value(np.array([0.5, 3.0]))]

        @wrap
        def step(x, leaves=leaves):
            loss = sum(np.tanh(p * x).sum() for p in leaves)
            loss.backward()
            for p in leaves:
                update(p)
            return loss

        losses = [step(np.full(2, x)).item() for x in (1.0, 2.0, 3.0, 4.0)]
        found.append([losses, *(p.data for p in leaves), *(p.grad for p in leaves)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)


def _decrease(p):
    with autograd.no_grad():
        p -= 0.1 * p.grad
    p.grad = None


@pytest.mark.parametrize("update", [_descend, _replace, _decrease])
def test_updates_of_a_model_by_hand(update):
    found = []
    for wrap in (lambda f: f, record):
        nn.manual_seed(0)
        model, rng = (
            nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)),
            np.random.default_rng(0),
        )

        @wrap
        def step(x, target, model=model):
            loss = F.mse_loss(model(x), target)
            loss.backward()
            for p in model.parameters():
                update(p)
            return loss

        for _ in range(4):
            step(*(rng.normal(size=(5, n)).astype(np.float32) for n in (3, 2)))
        found.append(list(model.state_dict().values()))
    for a, b in zip(*found, strict=True):
        _same(a, b)


def test_updates_of_single_numbers_by_hand():
    found = []
    for wrap in (lambda f: f, record):
        leaves = [Value(1.0), Value(-2.0)]

        @wrap
        def step(x, leaves=leaves):
            loss = sum((p * x).tanh() for p in leaves)
            loss.backward()
            for p in leaves:
                _descend(p)
            return loss

        found.append([step(x).item() for x in (1.0, 2.0, 3.0)] + [p.data for p in leaves])
    assert found[0] == found[1]


def test_a_picture_shows_it_as_one_step_and_leaves_the_way_back():
    w = Value(np.array([1.0, 2.0]), name="w")
    recorded = record(lambda x: (x * w).sum())
    recorded(np.ones(2))
    y = recorded(np.array([3.0, 4.0]))
    assert "recorded" in viz.draw(y * 2).svg
    y.backward()
    np.testing.assert_array_equal(w.grad, [3, 4])


def test_data_are_constants():
    w = Value(np.array([1.0, 2.0]))
    recorded = record(lambda x: (x * w / (x * w).data.sum() + w.data * w).sum())
    for scale in (1.0, 3.0):
        w.zero_grad()
        recorded(np.full(2, scale)).backward()
        np.testing.assert_allclose(w.grad, 1 / w.data.sum() + w.data)
        w.data = w.data * 2


def test_data_that_were_replaced_are_not_used_again():
    w = Value(np.ones(2))

    def function(x):
        w.data = w.data * 2
        return w * x

    with pytest.raises(RuntimeError, match="used after its data were replaced"):
        record(function)(np.ones(2))


def test_a_gradient_before_there_is_one():
    w = Value(np.ones(2))
    with pytest.raises(RuntimeError, match="the numbers or the gradient"):
        record(lambda x: x if w.grad is None else w * x)(np.ones(2))


# ---- when it is recorded anew -------------------------------------------------------------------


def test_other_shapes_dtypes_and_settings():
    runs = []

    @record
    def function(x, *, times=1, flag=None):
        runs.append(np.shape(x))
        return x * times

    for x in (np.ones(3), np.ones(4), np.ones(3, np.float32), 2.0, np.ones(3), np.ones(4)):
        _same(function(x).data, (Value(x) * 1).data)
    assert len(runs) == 4
    assert function(np.ones(3), times=2).data.tolist() == [2.0] * 3 and len(runs) == 5
    function(np.ones(3), flag="on"), function(np.ones(3), flag="on")
    assert len(runs) == 6


def test_a_parameter_that_is_frozen_or_freed():
    w, x = Value(np.ones(2)), Value(np.ones(2))
    function = record(lambda: (w * x).sum())
    function().backward()
    w.requires_grad, w.grad = False, None
    function().backward()
    assert w.grad is None
    w.requires_grad = True
    function().backward()
    np.testing.assert_array_equal(w.grad, [1, 1])


def test_without_gradients():
    w = Value(np.ones(2))
    function = record(lambda: (w * 2).sum())
    with autograd.no_grad():
        assert not function().requires_grad and not function().requires_grad
    assert function().requires_grad and function().requires_grad


def test_a_recorded_function_in_another():
    w = Value(np.ones(2))
    inner = record(lambda x: x * w)
    outer = record(lambda x: inner(x).sum())
    for scale in (1.0, 2.0, 3.0):
        w.zero_grad()
        outer(np.full(2, scale)).backward()
        np.testing.assert_array_equal(w.grad, [scale, scale])


def test_arrays_from_outside_are_read_each_time():
    x, w = np.ones(3), Value(np.ones(3))
    function = record(lambda: (w * x).sum())
    assert function().item() == 3
    x[:] = 5
    assert function().item() == 15


def test_results_are_not_written_over():
    function = record(lambda x: x * 2)
    first, second = function(np.ones(2)), function(np.full(2, 3.0))
    third = function(np.full(2, 4.0))
    assert (first.data[0], second.data[0], third.data[0]) == (2, 6, 8)


def test_nothing_of_the_recording_is_kept():
    w = Value(np.ones(1000))
    alive = []

    @record
    def function(x):
        y = x * w
        alive.append(weakref.ref(y))
        return y.sum()

    function(np.ones(1000)), function(np.ones(1000))
    gc.collect()
    assert alive[0]() is None


# ---- what is refused ----------------------------------------------------------------------------

weight = Value(np.array([1.0, 2.0]))
constant = Value(2.0, requires_grad=False)
REFUSED = {
    "if": lambda x: x if (x * weight).sum() > 1 else weight,
    "item": lambda x: x * (x * weight).sum().item(),
    "float": lambda x: float(x.sum()) * weight,
    "print": lambda x: print(x * weight),
    "an array of it": lambda x: np.asarray(x) * weight,
    "its length as a number": lambda x: range(int(x[0])),
    "text": lambda x: f"{x[0]:.2f}",
    "a gradient": lambda x: weight.grad,
    "numbers of a leaf": lambda x: x * float(weight.data[0]),
    "numbers of a constant": lambda x: x * float(constant),
    "an all": lambda x: weight if np.all(x > 0) else x,
    "a loop": lambda x: next(i for i, part in enumerate(x) if part > 0),
}


@pytest.mark.parametrize("name", REFUSED)
def test_numbers_that_are_looked_at(name):
    with pytest.raises(RuntimeError, match=r"record: .*test_record\.py:\d+: .*lambda x"):
        record(REFUSED[name])(np.ones(2))
    assert weight.data.tolist() == [1, 2] and weight.grad is None  # and all is as before


def test_one_result_is_differentiated_once_and_before_the_next_call():
    w = Value(np.ones(2))
    function = record(lambda x: (w * x).sum())
    function(np.ones(2)).backward()
    first = function(np.ones(2))
    second = function(np.ones(2))
    with pytest.raises(RuntimeError, match="called again since"):
        first.backward()
    second.backward()
    with pytest.raises(RuntimeError, match="differentiated once"):
        second.backward(2.0)


def test_second_derivatives_are_refused():
    x = Value(np.ones(2))
    function = record(lambda x: (x**3).sum())
    function(x)
    with pytest.raises(NotImplementedError, match="first derivatives only"):
        autograd.gradients(function(x), [x], differentiable=True)


def test_what_is_no_argument():
    with pytest.raises(TypeError, match="record takes a function"):
        record(3)
    with pytest.raises(TypeError, match="an argument is a Value"):
        record(lambda x: x)(bytearray(3))


def test_gradients_within():
    w = Value(np.array([1.0, 2.0]))
    for differentiable in (False, True):

        def function(x, differentiable=differentiable):
            (g,) = autograd.gradients((w * w * x).sum(), [w], differentiable=differentiable)
            return (w * g).sum()

        recorded = record(function)
        for k in (1.0, 2.0, 3.0):
            _agree(function, recorded, [w], np.full(2, k))


def test_a_method():
    class Model:
        def __init__(self, start):
            self.w = Value(start)

        @record
        def loss(self, x):
            return self.w * x

    one, two = Model(2.0), Model(3.0)
    assert [m.loss(x).item() for x in (1.0, 5.0) for m in (one, two)] == [2, 3, 10, 15]


def test_two_threads_at_once():
    inside, go_on = threading.Event(), threading.Event()

    def wait():
        inside.set()
        assert go_on.wait(30)

    waiting = []
    function = record(lambda x: untraced(lambda: waiting and wait()) or x * 2)
    function(1.0)
    waiting.append(True)
    thread = threading.Thread(target=function, args=(1.0,))
    thread.start()
    assert inside.wait(30)
    with pytest.raises(RuntimeError, match="already running"):
        function(2.0)
    go_on.set()
    thread.join()
    waiting.clear()
    assert function(2.0).item() == 4


def test_an_error_while_recording_leaves_everything_as_it_was():
    w = Value(np.ones(2))

    def function(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        record(function)(np.ones(2))
    assert (w * 2).sum().item() == 4 and w.data is not None
    w.grad = np.zeros(2)


# ---- untraced -----------------------------------------------------------------------------------


def test_untraced_is_called_each_time_with_the_numbers():
    seen = []

    def note(x, factor):
        seen.append((type(x), float(x.sum()) * factor))
        return np.sign(x)

    function = record(lambda x: x * untraced(note, x * 2, 3))
    for x in (1.0, -2.0, 5.0):
        assert function(np.full(2, x)).data.tolist() == [abs(x)] * 2
    assert seen == [(np.ndarray, 12.0), (np.ndarray, -24.0), (np.ndarray, 60.0)]


def test_untraced_without_recording_is_a_call():
    assert untraced(lambda x, y: x + y, Value(1.0), 2) == 3.0


def test_untraced_of_several_results():
    function = record(lambda x: np.multiply(*untraced(lambda x: (x + 1, x - 1), x)))
    for x in (2.0, 3.0):
        assert function(np.array([x])).data.tolist() == [x * x - 1]
    with pytest.raises(TypeError, match="only some are numbers"):
        record(lambda x: untraced(lambda x: (x, "text"), x))(np.ones(2))


def test_targets_are_checked_in_replays():
    step = record(lambda x, t: F.cross_entropy(x, t))
    x = np.zeros((2, 3))
    step(x, np.array([0, 2]))
    with pytest.raises(ValueError, match="classes go from 0 to 2"):
        step(x, np.array([0, 3]))
    assert step(x, np.array([1, 1])).item() == pytest.approx(np.log(3))


# ---- what could go wrong in silence -------------------------------------------------------------


def _on_the_way(change):
    """A function in which a value is changed, and its memory is free for others afterwards."""

    def function(x, w):
        y = x * w
        changed = change(y)
        total = np.tanh(y).sum()
        other = ((x + 1) * 2 * 3).sum() + np.exp(((x + 1) * 2) * 0.1).sum()
        return (changed * changed).sum() * other + total

    return function


@pytest.mark.parametrize(
    "change",
    [
        lambda y: y.detach(),
        np.real,
        np.diagonal,
        np.rot90,
        lambda y: untraced(np.asarray, y),
        lambda y: untraced(lambda a: a[:2], y),
        lambda y: np.sort(y, axis=0),
        lambda y: np.take(y, [2, 0]),
    ],
)
def test_results_that_show_the_memory_of_others(change):
    rng, function = np.random.default_rng(2), _on_the_way(change)
    w, recorded = Value(rng.normal(size=(4, 4))), record(function)
    for _ in range(3):
        x = Value(rng.normal(size=(4, 4)))
        _agree(function, recorded, [x, w], x, w)


ROWS_OF = Value(np.random.default_rng(7).normal(size=(4, 4)))
INDICES = {
    "a mask from outside": lambda x, i: x[np.arange(4) > 1],
    "a mask as a list": lambda x, i: x[[True, False, True, False]],
    "an integer": lambda x, i: x[i[0]],
    "integers": lambda x, i: x[i],
    "take": lambda x, i: np.take(x, i, axis=0),
    "of a leaf": lambda x, i: ROWS_OF[i] * x + ROWS_OF.at[i].add(x)[0] * ROWS_OF.T[:, i[1]],
    "along an axis": lambda x, i: np.take_along_axis(x, i[:, None], axis=0),
    "set": lambda x, i: x.at[i].add(2.0) * x,
    "choose": lambda x, i: np.choose(i % 2, [x[:, :2].sum(axis=1), x[:, 0]]),
    "select": lambda x, i: np.select([x > 0, x < -1], [x, 2 * x], 0.0),
    "order": lambda x, i: x[np.argsort(x[:, 0])] * np.median(x),
}


@pytest.mark.parametrize("name", INDICES)
def test_indices(name):
    rng, function = np.random.default_rng(3), INDICES[name]
    recorded = record(function)
    for _ in range(4):
        x, i = Value(rng.normal(size=(4, 4))), rng.integers(0, 4, 4)
        _agree(function, recorded, [x, ROWS_OF] if name == "of a leaf" else [x], x, i)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, m: x[m].mean(),
        lambda x, m: (x[m] * x[m]).sum(),
        lambda x, m: x[np.nonzero(m)].sum(),
        lambda x, m: np.compress(m, x).sum(),
        lambda x, m: np.repeat(x, m * 1).sum(),
        lambda x, m: untraced(lambda x, m: x[m], x, m).sum(),
    ],
)
def test_shapes_that_follow_from_numbers(function):
    recorded, x = record(function), np.arange(4.0)
    masks = [[True, True, True, False], [False, True, True, True], [True, False, False, False]]
    for mask in masks[:2]:
        assert recorded(x, np.array(mask)).item() == function(Value(x), np.array(mask)).item()
    with pytest.raises(RuntimeError, match=r"record: .*test_record\.py:\d+: lambda x, m"):
        recorded(x, np.array(masks[2]))
    assert recorded(x, np.array(masks[0])).item() == function(Value(x), np.array(masks[0])).item()


def test_a_slice_up_to_a_number():
    with pytest.raises(RuntimeError, match=r"record: .*lambda x, n: x\[:n\]"):
        record(lambda x, n: x[:n] * 2)(np.ones(4), np.int64(3))


def test_other_layouts_in_memory():
    rng, w = np.random.default_rng(4), Value(np.ones(3))
    function = lambda x: np.exp(x).sum() * w + x.mean(axis=0).sum()  # noqa: E731
    recorded = record(function)
    for _ in range(2):
        x = rng.normal(size=(40, 140))
        for layout in (x, np.asfortranarray(x), x[:, ::2], x[::-1, ::-1], x[:1].repeat(3, 0)):
            _agree(function, recorded, [w], layout)
        _agree(function, recorded, [w], np.broadcast_to(x[0], (40, 140)))


def test_a_value_as_argument_and_from_outside():
    x = Value(np.array([1.0, 2.0]))
    function = lambda a, b: (a * b * x).sum()  # noqa: E731
    recorded = record(function)
    for _ in range(3):
        _agree(function, recorded, [x], x, x)


@pytest.mark.parametrize("recording", [True, False])
def test_hooks_are_called_once_each_time(recording):
    w, x, seen = Value(np.ones(2)), Value(np.ones(2)), []
    wrap = record if recording else lambda f: f
    loss, step = wrap(lambda x: (w * x).sum()), wrap(lambda x: (w * x).sum().backward())
    for hooked in (False, True, True, False):
        removes = [v.register_hook(lambda g: seen.append(1) or 3 * g) for v in (w, x) if hooked]
        for run in (lambda: loss(x).backward(), lambda: step(x)):
            w.zero_grad(), x.zero_grad()
            run()
            assert w.grad[0] == x.grad[0] == (3 if hooked else 1)
        for remove in removes:
            remove()
    assert len(seen) == 8


def test_what_is_done_anew_may_change_leaves():
    results = []
    for wrap in (lambda f: f, record):
        w, average = Value(2.0), Value(np.zeros(2), requires_grad=False)
        optimizer = nn.optim.SGD([w], 0.1)

        def follow(average=average, w=w):
            average.data = 0.9 * average.data + w.data

        @wrap
        def step(x, w=w, average=average, optimizer=optimizer, follow=follow):
            optimizer.zero_grad()
            (w * w * x).backward()
            optimizer.step()
            untraced(follow)
            return w * average

        results.append([step(x).data for x in (1.0, 2.0, 3.0)])
    _same(*map(np.array, results))


def test_several_results_of_several_kinds():
    def function(x):
        return x.sum(), x.astype(np.float32), (x * 1j).sum(), 3.0 * w, [x * 2, w]

    w, recorded = Value(1.5), record(function)
    for _ in range(3):
        x = Value(np.array([1.0, 2.0]))
        for f in (function, recorded):
            a, b, c, d, (e, _) = f(x)
            assert [type(y.data) for y in (a, d)] == [np.float64, float]
            assert (b.dtype, c.dtype, e.dtype) == (np.float32, np.complex128, np.float64)
            x.zero_grad()
            (a + b.astype(float).sum() + np.imag(c) + d + e.sum()).backward()
            np.testing.assert_array_equal(x.grad, [5, 5])


def test_parameters_of_another_kind():
    layer = nn.Linear(3, 2)
    function, recorded = lambda x: layer(x).sum(), record(lambda x: layer(x).sum())
    x = np.random.default_rng(5).normal(size=(4, 3))
    for dtype in (np.float32, np.float64, np.float32):
        layer.to(dtype)
        _agree(function, recorded, list(layer.parameters()), x.astype(dtype))
    layer.weight.data = np.asfortranarray(layer.weight.data)
    _agree(function, recorded, list(layer.parameters()), x.astype(np.float32))


def test_a_module_with_other_parameters_or_parts_is_recorded_anew():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    recorded, x = autograd.record(lambda x: model(x)), np.ones((1, 2), np.float32)
    for change in (
        lambda: None,
        lambda: setattr(model[0], "weight", nn.Parameter(np.zeros((2, 2)))),
        lambda: setattr(model, "2", nn.Linear(2, 1)),
    ):
        change()
        for _ in range(2):
            np.testing.assert_array_equal(recorded(x).data, model(x).data)


def test_modules_in_another_mode_or_with_other_hooks():
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5))
    recorded, x = record(lambda x: model(x)), np.ones((2, 3), np.float32)
    for training in (True, False, True):
        model.train(training)
        outs = []
        for f in (model, recorded):
            nn.manual_seed(0)
            outs.append(f(x).data)
        _same(*outs)
    model.eval()
    plain = recorded(x).data
    with model[0].register_forward_hook(lambda module, args, out: out * 2):
        _same(recorded(x).data, plain * 2)
    _same(recorded(x).data, plain)


@pytest.mark.parametrize(
    "schedule",
    [
        lambda o: nn.optim.lr_scheduler.ExponentialLR(o, 0.5),
        lambda o: nn.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=9),
        lambda o: nn.optim.lr_scheduler.ReduceLROnPlateau(o, patience=0),
    ],
)
def test_schedulers_within(schedule):
    results = []
    for wrap in (lambda f: f, record):
        w = Value(np.ones(2))
        optimizer = nn.optim.SGD([w], 0.1)
        scheduler = schedule(optimizer)

        @wrap
        def step(x, w=w, optimizer=optimizer, scheduler=scheduler):
            optimizer.zero_grad()
            loss = (w * x).sum()
            loss.backward()
            optimizer.step()
            given = [loss] if isinstance(scheduler, nn.optim.lr_scheduler.ReduceLROnPlateau) else []
            scheduler.step(*given)

        for k in range(4):
            step(np.ones(2) * (k % 3 - 1))
        results.append([*w.data, optimizer.param_groups[0]["lr"]])
    _same(*map(np.array, results))


def test_a_closure_for_an_optimiser_is_refused():
    w = Value(np.ones(2))
    optimizer = nn.optim.LBFGS([w])
    with pytest.raises(RuntimeError, match=r"record: .*Record the closure itself"):
        record(lambda: optimizer.step(lambda: (w * w).sum()))()


def test_step_functions_that_share_parameters():
    w, b = Value(np.ones(3)), Value(np.zeros(3))
    functions = [lambda x: (w * x + b).sum().backward(), lambda x: (w + b).mean().backward()]
    recorded = [*map(record, functions)]
    for order in ([0, 1], [1, 0, 0], [0, 0, 1, 1]):
        found = []
        for fs in (functions, recorded):
            w.zero_grad(), b.zero_grad()
            for i in order:
                fs[i](np.arange(3.0))
            found.append([w.grad.copy(), b.grad.copy()])
        np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("in_place", [False, True])
def test_a_parameter_that_changes_before_the_way_back(in_place):
    w = Value(np.ones(2))
    function = record(lambda x: (w * w * x).sum())
    function(1.0)
    y = function(2.0)
    if in_place:
        w.data[...] = 0
    else:
        w.data = np.zeros(2)
    with pytest.raises(RuntimeError, match="changed after the operation used it"):
        y.backward()


def test_anomalies_are_looked_for_without_a_replay():
    function = record(lambda x: np.log(x).sum())
    function(Value(np.ones(2)))
    with (
        np.errstate(all="ignore"),
        autograd.detect_anomaly(),
        pytest.raises(FloatingPointError, match=r"test_record\.py"),
    ):
        function(Value(-np.ones(2)))


chance = np.random.default_rng(0)


@pytest.mark.parametrize(
    "function",
    [lambda x: x + chance.normal(), lambda x: x * np.random.normal(size=2).sum()],  # noqa: NPY002
)
def test_random_numbers_are_not_frozen(function):
    with pytest.raises(RuntimeError, match=r"record: before .*test_record\.py.*untraced"):
        record(function)(1.0)


@pytest.mark.parametrize(
    "move",
    [
        lambda x, places: np.take(x, places, axis=0),
        lambda x, places: np.repeat(x, places, axis=0),
        lambda x, places: x[places],
    ],
)
def test_places_may_be_arguments(move):
    x, weights = Value(np.arange(6.0).reshape(3, 2)), np.array([[1.0, 2], [3, 4], [5, 6]])

    def function(places):
        y = np.sum(move(x, places) ** 2 * weights)
        y.backward()
        return y

    recorded = record(function)
    for places in ([0, 1, 2], [1, 1, 1], [2, 0, 1], [0, 2, 1]):
        found = []
        for f in (function, recorded):
            x.grad = None
            y = f(np.array(places))
            found.append((y.data, x.grad))
        np.testing.assert_array_equal(found[0][0], found[1][0])
        np.testing.assert_array_equal(found[0][1], found[1][1])


def test_an_own_operation_names_its_line():
    def back(g, y, x):
        found = np.zeros_like(x)
        found[x > 0] = g
        return found

    selected = autograd.define(lambda x: x[x > 0], back)
    recorded = record(lambda x: np.sum(selected(x)))
    recorded(np.array([1.0, -1.0]))
    with pytest.raises(RuntimeError, match=r"test_record\.py:\d+: .* gave an array of shape"):
        recorded(np.array([1.0, 1.0]))


def test_untraced_may_keep_what_it_gets():
    kept = []
    function = record(lambda x: untraced(kept.append, x * 2) or x.sum())
    for k in (1.0, 2.0, 3.0):
        function(np.full(2, k))
    assert [x[0] for x in kept] == [2, 4, 6]


def test_untraced_is_called_for_what_it_does():
    buffer = np.zeros(2)
    function = record(lambda x: untraced(np.copyto, buffer, x) or x.sum())
    for k in (1.0, 2.0, 3.0):
        function(np.full(2, k))
        assert buffer.tolist() == [k, k]


def test_untraced_takes_nested_values():
    function = record(lambda x: untraced(lambda given: given[0] + given[1]["k"], [x, {"k": x * 2}]))
    assert [function(x).item() for x in (1.0, 2.0, 3.0)] == [3, 6, 9]


def test_many_recordings_of_one_function():
    function = record(lambda x, n: x * n)
    with pytest.warns(RuntimeWarning, match="recorded 64 times"):
        for n in range(64):
            function(1.0, n)


class _Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.MultiheadAttention(4, 2, batch_first=True)
        self.places = nn.PositionalEncoding(4)

    def forward(self, x, mask):
        x = self.places(x)
        return self.inner(x, x, x, key_padding_mask=mask)[0]


LAYERS = {
    "masks": (_Masked, lambda rng: [rng.normal(size=(2, 3, 4)), rng.random((2, 3)) > 0.6]),
    "bags": (lambda: nn.EmbeddingBag(5, 3), lambda rng: [rng.integers(0, 5, (2, 3))]),
    "bags of the largest": (
        lambda: nn.EmbeddingBag(5, 3, mode="max"),
        lambda rng: [rng.integers(0, 5, 6), np.array([0, rng.integers(1, 5)])],
    ),
    "an embedding of short rows": (
        lambda: nn.Embedding(5, 3, padding_idx=0, max_norm=1.0),
        lambda rng: [rng.integers(0, 5, (2, 3))],
    ),
    "spectral norm": (
        lambda: nn.utils.spectral_norm(nn.Linear(4, 3)),
        lambda rng: [rng.normal(size=(2, 4))],
    ),
    "spectral norm as a parametrization": (
        lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(4, 3)),
        lambda rng: [rng.normal(size=(2, 4))],
    ),
    "weight norm": (
        lambda: nn.utils.weight_norm(nn.Linear(4, 3)),
        lambda rng: [rng.normal(size=(2, 4))],
    ),
    "instance norm": (
        lambda: nn.InstanceNorm2d(3, affine=True, track_running_stats=True),
        lambda rng: [rng.normal(size=(2, 3, 4, 4))],
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_that_look_at_numbers(name):
    make, inputs = LAYERS[name]
    results = []
    for wrap in (lambda f: f, record):
        nn.manual_seed(0)
        rng, model = np.random.default_rng(0), make().to(np.float64)
        optimizer = nn.optim.AdamW(model.parameters(), 0.01)

        @wrap
        def step(*args, model=model, optimizer=optimizer):
            optimizer.zero_grad()
            loss = np.sin(model(*args)).sum()
            loss.backward()
            optimizer.step()
            return loss

        losses = [step(*inputs(rng)).item() for _ in range(4)]
        results.append([np.array(losses), *model.state_dict().values()])
    for a, b in zip(*results, strict=True):
        _same(a, b)


def _paths(rng):
    return rng.integers(1, 3, (2, 2)), np.array([5, rng.integers(4, 6)]), rng.integers(0, 3, 2)


CRITERIA = {
    "ctc": (lambda y, *t: F.ctc_loss(F.log_softmax(y.reshape(5, 2, 3), dim=2), *t), _paths),
    "divergence": (
        lambda y, t: F.kl_div(F.log_softmax(y, dim=1), t, reduction="batchmean"),
        lambda rng: [rng.random((10, 3)).round()],
    ),
    "gaussian": (
        lambda y, t: F.gaussian_nll_loss(y, t, np.exp(y)),
        lambda rng: [rng.normal(size=(10, 3))],
    ),
    "named classes": (
        F.multilabel_margin_loss,
        lambda rng: [np.array([rng.permutation(3) for _ in range(10)]) - [0, 0, 1]],
    ),
    "angles": (
        lambda y, t: F.cosine_embedding_loss(y, y * 2 + 1, t),
        lambda rng: [np.sign(rng.normal(size=10))],
    ),
    "places": (
        lambda y: F.max_unpool1d(*F.max_pool1d(y[None], 3, return_indices=True), 3).sum(),
        lambda rng: [],
    ),
    "ignored": (
        lambda y, t: F.cross_entropy(y, t, ignore_index=1, label_smoothing=0.1),
        lambda rng: [rng.integers(0, 3, 10)],
    ),
    "one hot": (lambda y, t: (y * F.one_hot(t, 3)).sum(), lambda rng: [rng.integers(0, 3, 10)]),
}


@pytest.mark.parametrize("name", CRITERIA)
def test_criteria_that_look_at_numbers(name):
    criterion, targets = CRITERIA[name]
    rng, recorded = np.random.default_rng(6), record(criterion)
    for _ in range(4):
        y = Value(rng.normal(size=(10, 3)))
        _agree(criterion, recorded, [y], y, *targets(rng))
