"""Frames and the stepper: the engine's own pass, in words and numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, backward_steps
from viz import step
from viz.stepper import MAX_VALUES


def small() -> Value:
    x, y, z = Value(1.0, name="x"), Value(3.0, name="y"), Value(-3.0, name="z")
    p = x + y
    p.name = "p"
    out = p * z
    out.name = "out"
    return out


def test_every_text_of_the_first_example() -> None:
    frames = step(small())
    assert [(frame.kind, frame.formula) for frame in frames] == [
        ("forward", "out = p × z = 4 × -3 = -12"),
        ("seed", "out.grad = 1"),
        ("send", "p.grad += 1 × -3 = -3  (0 → -3)"),
        ("send", "z.grad += 1 × 4 = 4  (0 → 4)"),
        ("send", "x.grad += 1 × -3 = -3  (0 → -3)"),
        ("send", "y.grad += 1 × -3 = -3  (0 → -3)"),
        ("done", "x.grad = -3,  y.grad = -3,  z.grad = 4"),
    ]
    assert frames[1].sentence == (
        "Start at the output: the derivative of out with respect to itself is 1."
    )
    assert frames[2].sentence == (
        "In out = p × z, p receives out's gradient times z, the derivative of out with respect "
        "to p."
    )
    assert frames[2].detail == "rule: g·b, where g = out.grad = 1, b = z = -3"
    assert frames[4].sentence == (
        "p = x + y passes its gradient on to x unchanged, because the derivative of p with respect "
        "to x is 1."
    )
    assert [(frame.node, frame.edge) for frame in frames[1:6]] == [
        ("v4", ""),
        ("v3", "v3-o4-0"),
        ("v2", "v2-o4-1"),
        ("v0", "v0-o3-0"),
        ("v1", "v1-o3-1"),
    ]


@pytest.mark.parametrize(
    ("function", "formulas"),
    [
        (lambda a: a + a, ["a.grad += 1 × 1 = 1  (0 → 1)", "a.grad += 1 × 1 = 1  (1 → 2)"]),
        (lambda a: a * a, ["a.grad += 1 × 5 = 5  (0 → 5)", "a.grad += 1 × 5 = 5  (5 → 10)"]),
    ],
)
def test_a_value_used_twice_receives_twice(function, formulas) -> None:
    a = Value(5.0, name="a")
    sends = [frame for frame in step(function(a)) if frame.kind == "send"]
    assert [frame.formula for frame in sends] == formulas
    assert [frame.edge for frame in sends] == ["v0-o1-0", "v0-o1-1"]
    assert sends[0].sentence.endswith("2 contributions will add up; this is the first.")
    assert sends[1].sentence.endswith("gradients add: this is contribution 2 of 2.")
    assert "v0" not in sends[0].finished  # its gradient is not complete yet
    assert "v0" in sends[1].finished


UNARY = [lambda v: v.tanh(), lambda v: v.relu(), lambda v: -v, lambda v: v**2, lambda v: v.exp()]
BINARY = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / (b * b + 1)]


@st.composite
def programs(draw) -> Value:
    """The result of a random scalar program, in which values are used again at random."""
    values = [Value(draw(st.floats(-2, 2)), name=f"x{i}") for i in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(1, 8))):
        a, b = draw(st.sampled_from(values)), draw(st.sampled_from(values))
        if draw(st.booleans()):
            values.append(draw(st.sampled_from(UNARY))((a * 0.5).tanh()))
        else:
            values.append(draw(st.sampled_from(BINARY))(a, b))
    return values[-1]


@settings(max_examples=60, deadline=None)
@given(programs())
def test_final_gradients_are_those_of_backward_to_the_bit(root) -> None:
    frames = step(root)
    totals = {frame.node: frame.total for frame in frames if frame.node}
    root.backward()
    ids = {x: f"v{i}" for i, x in enumerate(autograd.topological(root))}
    for x in ids:
        assert totals.get(ids[x]) == x.grad
    assert sum(frame.kind == "send" for frame in frames) == sum(
        len(one.sent) for one in backward_steps(root)
    )


def test_values_are_not_changed() -> None:
    out = small()
    out.backward()
    before = [(x.name, x.grad) for x in autograd.topological(out)]
    step(out)
    assert [(x.name, x.grad) for x in autograd.topological(out)] == before
    fresh = small()
    step(fresh)
    assert all(x.grad is None for x in autograd.topological(fresh))


def test_unnamed_values_are_called_as_the_caller_calls_them_or_numbered() -> None:
    first, second = Value(2.0), Value(3.0)
    shown = step((first * second).tanh() + t1_taken(first))
    text = str(shown)
    assert "first.grad" in text
    assert "second.grad" in text
    assert "out.grad = 1" in text
    assert "t2" in text


def t1_taken(x: Value) -> Value:
    y = x * x
    y.name = "t1"
    return y


def test_rounded_arithmetic_does_not_claim_equality() -> None:
    x = Value(6.0, name="x")
    send = step(x.tanh())[2]
    assert "≈ 2.46e-05" in send.formula


def test_a_closed_relu_says_that_nothing_flows() -> None:
    x = Value(-2.0, name="x")
    send = step(x.relu())[2]
    assert "nothing flows back" in send.sentence
    assert send.formula.endswith("= 0  (0 → 0)")


def test_arrays_show_the_rule_the_shapes_and_the_sums_that_undo_broadcasting() -> None:
    W, b = Value(np.ones((4, 3)), name="W"), Value(np.ones(4), name="b")
    x = Value(np.ones((128, 3)), name="x", requires_grad=False)
    w = Value(2.0, name="w")
    out = ((x @ W.T + b) * w).sum()
    text = {frame.node: frame for frame in step(out)}
    by_name = {frame.formula.split(".")[0]: frame for frame in text.values()}
    assert by_name["b"].sentence.endswith("summed over axis 0, because b was repeated 128 times.")
    assert by_name["b"].formula.endswith("(4,)")
    assert by_name["b"].detail.endswith("it gave [256, 256, 256, 256]")
    assert by_name["w"].sentence.endswith(
        "summed over all 512 numbers, because w was repeated 512 times."
    )
    assert by_name["W"].formula.endswith("(4, 3)")


def test_a_seed_and_a_value_that_nothing_reaches() -> None:
    x = Value([1.0, 2.0], name="x")
    unused = Value([1.0, -1.0], name="condition")
    shown = step(np.where(unused, x, 0.0), seed=[1.0, 10.0])
    assert "the seed that was given" in shown[1].sentence
    assert "No gradient reached condition." in shown[-1].sentence


def test_refusals() -> None:
    with pytest.raises(TypeError, match="one Value"):
        step([Value(1.0)])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one number"):
        step(Value([1.0, 2.0]) * 2)
    with pytest.raises(RuntimeError, match="nothing to differentiate"):
        step(Value(1.0, requires_grad=False))
    chain = Value(1.0)
    for _ in range(100_000):
        chain = chain + 1.0
    with pytest.raises(ValueError, match=rf"100,001 values.*at most {MAX_VALUES}.*max_values="):
        step(chain)


def test_as_a_sequence_and_as_text() -> None:
    shown = step(small())
    assert len(shown) == 7
    assert shown[-1].kind == "done"
    assert len(shown[2:6]) == 4
    assert [frame.index for frame in shown] == list(range(7))
    text = str(shown)
    assert text.startswith("Backward through out = p × z\n1  out = p × z")
    assert "\n5  x.grad += 1 × -3 = -3  (0 → -3)\n" in text
    assert max(map(len, text.splitlines())) <= 100
    assert repr(shown) == "<Stepper of 7 steps: Backward through out = p × z>"


def test_a_rule_of_two_terms_is_told_whole():
    x, y = Value(1.0, name="x"), Value(2.0, name="y")
    top = np.maximum(x, y)
    frame = next(frame for frame in step(top, names={"top": top}) if frame.formula.startswith("y"))
    assert "y receives top.grad·(y > x) + top.grad·(x = y) / 2" in frame.sentence


# ---- what is true only of some programs --------------------------------------------------------


@pytest.mark.parametrize("make", [lambda x: x * (x.data > 0), lambda x: x * True])
def test_a_truth_value_is_1_in_arithmetic(make) -> None:
    frames = step(make(Value(2.0, name="x")), names={})
    assert frames[0].formula == "out = x × 1 = 2 × 1 = 2"
    assert frames[2].formula == "x.grad += 1 × 1 = 1  (0 → 1)"
    assert frames[2].detail.endswith("b = 1")
    assert len(step(autograd.grad(lambda x: x**3)(Value(2.0)))) > 2


def test_of_a_value_used_twice_by_one_operation_each_place_has_its_own_derivative() -> None:
    b = Value(2.0, name="b")
    frames = step(b + b, names={})
    assert frames[2].sentence.startswith(
        "out = b + b passes its gradient on to b unchanged through its first operand: there the "
        "local derivative is 1."
    )
    assert "through its second operand: there" in frames[3].sentence
    assert "with its sign turned through its second operand: there" in step(b - b)[3].sentence
    assert "the derivative of out with respect to its second operand" in step(
        b * b, names={}
    )[3].sentence  # fmt: skip
    assert "receives out's gradient divided by b through its first operand" in step(
        b / b, names={}
    )[2].sentence  # fmt: skip


def test_with_a_seed_the_gradients_are_those_of_its_product() -> None:
    x, z = Value(2.0, name="x"), Value([1.0, 2.0], name="z")
    frames = step(x * x, seed=5.0, names={})
    assert frames[-1].formula == "x.grad = 20"
    assert "Each says how fast 5 · out changes" in frames[-1].sentence
    assert "how much does 5 · out change" in frames[0].sentence
    assert "so every gradient is that of 5 · out." in frames[1].sentence
    assert "how fast (-2) · out changes" in step(x * x, seed=-2.0, names={})[-1].sentence
    assert "how fast out changes" in step(x * x, seed=1.0, names={})[-1].sentence
    several = step(z * z, seed=[1.0, 3.0], names={})[-1].sentence
    assert "how fast the sum of seed · out changes" in several
    with pytest.raises(TypeError, match=r"seed is a number or an array of shape \(\), not 'a'"):
        step(x * x, seed="a")


def test_done_claims_no_more_than_is_true() -> None:
    x, y = Value(0.0, name="x"), Value(2.0, name="y")
    root = step(np.sqrt(x) + y, names={})[-1].sentence
    assert "Not finite: x.grad. Each of the others says how fast out changes" in root
    with np.errstate(all="ignore"):
        none = step(y / x, names={})[-1].sentence
    assert "But out is not finite, so none says how fast it changes." in none
    assert "Each" not in none
    y.register_hook(lambda g: 10 * g)
    hooked = step(y * 3.0, names={})[-1].sentence
    assert "a hook changed y.grad: that, and what was computed from it, does not say" in hooked
    assert "Each" not in hooked
    z = Value(1 + 2j, name="z")
    assert "∂u/∂a − i·∂u/∂b, where u is out" in step(np.real(z * z), names={})[-1].sentence


def test_letters_of_a_rule_are_no_names_of_the_learners() -> None:
    b, a = Value(3.0, name="b"), Value(2.0, name="a")
    g = b * a
    frames = step(g, names={"g": g})
    assert frames[2].detail == (
        "rule: gradient·right, where gradient = g.grad = 1, right = a = 2"
    )  # fmt: skip
    assert step(a * b, names={})[2].detail == "rule: g·b, where g = out.grad = 1, b = 3"
    array = step((Value([1.0, 2.0], name="b") * np.ones(2)).sum(), names={})[3]
    assert "t1.grad·right" in array.formula


def test_as_many_figures_are_shown_as_the_result_needs() -> None:
    near, beyond = Value(-3.0, name="q"), Value(-6.0, name="q")
    frame = step(near.tanh(), names={})[2]
    assert frame.formula.startswith("q.grad += 1 × (1 − (-0.9951) × (-0.9951)) ≈")
    assert frame.answer == frame.contribution
    last = step(beyond.tanh(), names={})[2]
    assert "0.999988" in last.formula
    assert last.answer is None
    x = Value(1.0001, name="x")
    computed = step(x - 1.0, names={}).tracks[1].frames[1]
    assert computed.formula == "out = x − 1 = 1.0001 − 1 ≈ 0.0001"
    gone = step(Value(1.00000001, name="x") - 1.0).tracks[1].frames[1]
    assert gone.answer is None


@pytest.mark.parametrize(
    "rows", [2, 12]
)  # its rule sums in one product, or leaves that to the engine
def test_a_matrix_for_a_whole_stack_is_told_as_repeated(rows: int) -> None:
    a = Value(np.ones((2, rows, 3)), name="a")
    b = Value(np.ones((3, 2)), name="b")
    told = step((a @ b).sum(), names={})
    assert any("summed over axis 0, because b was repeated twice" in s.sentence for s in told)
    assert not any("because a was repeated" in s.sentence for s in told)


def test_sums_over_one_number_or_none_are_not_told_as_sums_of_many() -> None:
    w = Value(2.0, name="w")
    one = step((w * Value([3.0], name="k")).sum(), names={})[3]
    assert "summed" not in one.sentence + one.formula
    two = step((w * Value([3.0, 4.0], name="k")).sum(), names={})[3]
    assert "summed over both numbers, because w was repeated twice." in two.sentence
    empty = step((w * Value(np.zeros(0), name="k")).sum(), names={})
    assert empty[3].sentence.endswith(
        "summed over no numbers, because t1 is empty: that is 0, so nothing flows back."
    )
    assert empty[2].sentence.endswith("t1 is empty, so there is nothing to receive.")
    matrix = step((Value(np.eye(2), name="m") ** 2).sum())[3].detail
    assert matrix.endswith("it gave [[2, 0], [0, 2]]")
