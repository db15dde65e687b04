"""The lines of source that values remember, and the operations that errors name."""

import linecache
import threading

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, detect_anomaly, lines, no_grad, relu, remember_lines
from autograd.extend import defvjp, primitive


@pytest.fixture(autouse=True)
def remembering():
    before = remember_lines()  # viz switches it on for the whole process
    yield
    remember_lines(before)


def expression(value: Value) -> str:
    line = value.line
    assert line is not None and line.file == __file__
    return line.text[line.start : line.end]


def test_the_expression_of_every_kind_of_operation():
    x, a = Value(2.0), Value(np.ones((2, 3)))
    p = x * x + np.exp(x)
    plus, (times, exp) = p, p.inputs
    assert (expression(plus), expression(times), expression(exp)) == (
        "x * x + np.exp(x)",
        "x * x",
        "np.exp(x)",
    )
    negative = -x
    assert expression(negative) == "-x"
    assert expression(3 / x) == "3 / x"
    assert expression(a @ a.T) == "a @ a.T"
    assert expression(a[0, 1:]) == "a[0, 1:]"
    assert expression(a.sum(axis=0)) == "a.sum(axis=0)"
    assert expression(relu(a)) == "relu(a)"
    assert expression(np.concatenate([a, a])) == "np.concatenate([a, a])"
    assert expression(x.at[()].set(1.0)) == "x.at[()].set(1.0)"
    assert expression(next(v * 2 for v in (x,))) == "v * 2"


def test_columns_are_characters_and_indentation_does_not_count():
    π = Value(2.0)
    if True:
        größe = 1 + π * 3
    assert expression(größe) == "1 + π * 3"
    assert expression(größe.inputs[1]) == "π * 3"


def test_the_lines_of_one_expression_are_joined():
    x = Value(2.0)
    y = 2 * (
        x
        + 1
    ) - x  # fmt: skip
    assert expression(y) == "2 * ( x + 1 ) - x"
    assert expression(y.inputs[0].inputs[1]) == "x + 1"
    long = x.sum() + np.sum(
        x
        * 1
        * 1
        * 1
        * 1
        * 1
        * 1
        * 1
        * 1
        * 1
        * 1
    )  # fmt: skip
    assert expression(long).startswith("x.sum() + np.sum( x * 1")


def test_a_module_is_named_where_it_is_called():
    model = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    out = model(np.ones((4, 3)))
    assert expression(out) == "model(np.ones((4, 3)))"
    assert expression(out.inputs[0]) == "model(np.ones((4, 3)))"


def test_all_that_is_made_at_a_place_shares_its_note():
    x = Value(2.0)
    first, second = (x * 3.0 for _ in range(2))
    assert first._notes is second._notes is first._line


def test_lines_of_many_places(monkeypatch):
    monkeypatch.setattr(lines, "_MOST", 3)
    x, made = Value(2.0), []
    for i in range(20):  # code that is made anew, whose memory Python uses again
        text = f"y = x + {i}.0"
        name = f"<cell {i}>"
        monkeypatch.setitem(linecache.cache, name, (len(text), None, [text], name))
        scope = {"x": x}
        exec(compile(text, name, "exec"), scope)
        made.append(scope["y"])
    assert [y.line.text for y in made] == [f"y = x + {i}.0" for i in range(20)]
    assert len(lines._places) <= 3


def test_a_note_of_a_line_beside_others():
    class Double(nn.Module):
        def forward(self, x):
            return x * 2.0

    x = Value(2.0)
    y = x * 3.0
    y.name = "y"
    assert (y.name, y.module, expression(y)) == ("y", None, "x * 3.0")
    z = Double()(x)
    z.name = "z"
    assert (z.name, z.module.kind, expression(z)) == ("z", "Double", "x * 2.0")


def test_leaves_and_values_made_before_have_none():
    x = Value(2.0)
    remember_lines(False)
    early = x * 3
    remember_lines()
    late = early + 1
    assert x.line is None and early.line is None
    assert expression(late) == "early + 1"


def test_other_threads_remember_too():
    found = []
    x = Value(2.0)
    thread = threading.Thread(target=lambda: found.append(x * 7))
    thread.start()
    thread.join()
    assert expression(found[0]) == "x * 7"


def test_it_says_file_and_number():
    y = Value(2.0) * 3
    assert str(y.line) == f"{__file__}:{y.line.number}: y = Value(2.0) * 3"


def test_nothing_is_remembered_of_constants():
    with no_grad():
        assert (Value(2.0) * 3).line is None


# ---- the operation that failed -------------------------------------------------------------------


def test_an_error_holds_the_operation():
    a, b = Value(np.ones((2, 3)), name="a"), np.ones((4, 5))
    with pytest.raises(ValueError, match="matmul") as caught:
        _ = a @ b
    failed = caught.value.failed
    assert failed.op.name == "matmul"
    assert failed.operands[0] is a and failed.operands[1] is b
    assert failed.line.text[failed.line.start : failed.line.end] == "a @ b"


@pytest.mark.parametrize(
    "wrong, name",
    [
        (lambda x: x.reshape(4, 5), "reshape"),
        (lambda x: x[7], "getitem"),
        (lambda x: np.concatenate([x, np.ones((1, 1))]), "concatenate"),
        (lambda x: nn.Linear(9, 2)(x), "Linear"),
        (lambda x: nn.Sequential(nn.Flatten(), nn.Linear(9, 2))(x), "Linear"),
        (lambda x: relu(x * 1j), "relu"),
        (lambda x: np.sum(x, axis=5), "sum"),
    ],
)
def test_every_kind_of_failure_names_it(wrong, name):
    with pytest.raises((ValueError, IndexError, TypeError)) as caught:
        wrong(Value(np.ones((2, 3))))
    assert caught.value.failed.name == name
    assert caught.value.failed.line.file == __file__


def test_errors_of_other_kinds_name_it_too():
    @primitive
    def broken(x):
        raise RuntimeError("out of order")

    defvjp(broken, lambda y, x: lambda g: g)
    with pytest.raises(RuntimeError, match="out of order") as caught:
        broken(Value(2.0))
    assert caught.value.failed.name == "broken"


def test_the_first_nan_is_a_failure_too():
    x = Value(-1.0)
    with detect_anomaly(), np.errstate(all="ignore"):
        with pytest.raises(FloatingPointError) as caught:
            np.log(x)
        assert caught.value.failed.operands == (x,)
        y = np.sqrt(Value(0.0))
        with pytest.raises(FloatingPointError) as caught:
            y.backward()
    assert caught.value.failed.op.name == "sqrt"
    assert caught.value.failed.line.text == "y = np.sqrt(Value(0.0))"


def test_a_change_in_place_is_a_failure_too():
    a = np.ones(3)
    y = np.exp(Value(a) * a).sum()
    a += 1
    with pytest.raises(RuntimeError) as caught:
        y.backward()
    assert caught.value.failed.op.name == "multiply"
    assert isinstance(caught.value.failed, autograd.Failed)
