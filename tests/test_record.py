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
