"""Tracks: forward, forward mode, naive order and broken passes, and what they say of themselves."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import OPS, Op, Value, topological
from autograd.value import apply
from viz import step
from viz.check import checks
from viz.expression import evaluate
from viz.frames import Frame
from viz.graph import build, node_ids
from viz.naming import named
from viz.stepper import Stepper
from viz.trace import trace
from viz.tracks import Track, tracks

NAMES = ["backward", "forward", "recursive", "assign", "no-zero-grad", "wrong-order"]


def track(stepper: Stepper, name: str) -> Track:
    return next(each for each in stepper.tracks if each.name == name)


def texts(played: Track) -> dict[str, str]:
    """The gradient texts at the end, by node id."""
    return {id: text for frame in played.frames for id, text in frame.changes.items()}


def totals(played: Track) -> dict[str, object]:
    return {frame.node: frame.total for frame in played.frames if frame.total is not None}


def doubled_twice() -> Value:
    a = Value(1.0, name="a")
    b = a + a
    b.name = "b"
    c = b + b
    c.name = "c"
    return c


def neuron() -> Value:
    x1, x2 = Value(2.0, name="x1"), Value(0.0, name="x2")
    w1, w2 = Value(-3.0, name="w1"), Value(1.0, name="w2")
    return (w1 * x1 + w2 * x2 + Value(6.88, name="b")).tanh()


UNARY = [lambda v: v.tanh(), lambda v: v.relu(), lambda v: -v, lambda v: v**2, lambda v: v.exp()]
BINARY = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / (b * b + 1)]


@st.composite
def programs(draw) -> Value:
    """The result of a random scalar program, in which values are used again at random."""
    values = [Value(draw(st.floats(-2, 2)), name=f"x{i}") for i in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(1, 6))):
        a, b = draw(st.sampled_from(values)), draw(st.sampled_from(values))
        if draw(st.booleans()):
            values.append(draw(st.sampled_from(UNARY))((a * 0.5).tanh()))
        else:
            values.append(draw(st.sampled_from(BINARY))(a, b))
    return values[-1]


# ---- all tracks --------------------------------------------------------------------------------


def test_which_tracks_there_are_and_what_is_beside_them() -> None:
    stepper = step(neuron())
    names = [each.name for each in stepper.tracks]
    tangents = [f"tangent:{name}" for name in ("x1", "x2", "w1", "w2", "b")]
    assert names == [*NAMES[:2], *tangents, *NAMES[2:]]
    assert stepper.frames == stepper.tracks[0].frames
    for each in stepper.tracks:
        assert each.beside == ("" if each.name in ("backward", "forward") else "backward")
        assert each.about.endswith(".")
        assert [frame.index for frame in each.frames] == list(range(len(each.frames)))


def test_at_most_six_leaves_have_forward_mode() -> None:
    leaves = [Value(float(i), name=f"x{i}") for i in range(9)]
    names = [each.name for each in step(sum(leaves[1:], leaves[0])).tracks]
    assert sum(name.startswith("tangent:") for name in names) == 6


def test_a_leaf_alone_has_nothing_to_pass_on() -> None:
    stepper = step(Value(3.0, name="a"))
    assert [each.name for each in stepper.tracks] == ["backward", "forward"]
    assert stepper[-1].formula == "a.grad = 1"


@settings(max_examples=60, deadline=None)
@given(programs())
def test_of_random_programs_what_every_track_says_is_true(root) -> None:
    stepper = step(root)
    ids = {f"v{i}": x for i, x in enumerate(topological(root))}
    root.backward()
    right = {id: x.grad for id, x in ids.items() if x.grad is not None}
    for played in stepper.tracks:
        edges = {edge.id for edge in stepper.graph.edges}
        for before, frame in zip(played.frames, played.frames[1:], strict=False):
            assert not frame.edge or frame.edge in edges
            assert frame.touched - before.touched == (frame.kind == "send") or not frame.edge
            assert set(frame.wrong) <= set(ids)
            assert frame.sentence.endswith(".")
        if played.name in ("recursive", "assign", "no-zero-grad", "wrong-order"):
            ends, last = totals(played), played.frames[-1]
            if len(played.frames) >= 100:
                continue
            for id, total in ends.items():
                size = max(abs(total), abs(right[id]))
                apart = abs(total - right[id])
                if size < 1e-9 or 1e-14 * size < apart < 1e-6 * size:
                    continue  # what is left where larger numbers cancel; rounding
                close = apart < 1e-9 * size
                assert close == (id not in last.wrong), (played.name, id)
            if last.wrong:
                assert played.first_wrong > 0
                assert "wrong" in last.sentence
        elif played.name == "backward":
            assert totals(played) == right
            assert not any(frame.wrong for frame in played.frames)


@settings(max_examples=60, deadline=None)
@given(programs())
def test_the_products_of_slopes_along_all_paths_sum_to_the_gradient(root) -> None:
    stepper = step(root)
    order = topological(root)
    through = dict.fromkeys(order, 0.0)  # the sum over all paths from a value to the root
    through[root] = 1.0
    for y in reversed(order):
        position = next(i for i, x in enumerate(order) if x is y)
        for slot, x in enumerate(y.inputs):
            if isinstance(x, Value):
                start = next(i for i, each in enumerate(order) if each is x)
                slope = stepper.slopes.get(f"v{start}-o{position}-{slot}", 0.0)
                through[x] += slope * through[y]
    root.backward()
    for x in order:
        if x.grad is not None:
            assert math.isclose(through[x], x.grad, rel_tol=1e-9, abs_tol=1e-12)


def test_slopes_are_there_for_single_numbers_only() -> None:
    w, x = Value(2.0, name="w"), Value([1.0, 2.0], name="x")
    # w is used by a product of arrays, which has no single slope, and by one of numbers.
    assert step((w * x).sum() * w).slopes == {"v3-o4-0": 2.0, "v0-o4-1": 6.0}


# ---- forward -----------------------------------------------------------------------------------


def test_the_forward_track_computes_every_number_once() -> None:
    x, y = Value(1.0, name="x"), Value(3.0, name="y")
    p = x + y
    p.name = "p"
    out = p * 2.0
    played = track(step(out, names={"out": out}), "forward")
    assert [(frame.kind, frame.formula) for frame in played.frames] == [
        ("forward", "x = 1,  y = 3"),
        ("compute", "p = x + y = 1 + 3 = 4"),
        ("compute", "out = p × 2 = 4 × 2 = 8"),
        ("done", "out = 8"),
    ]
    assert played.frames[0].data == {"v2": "-", "v3": "-"}
    assert [frame.data for frame in played.frames[1:3]] == [{"v2": "4"}, {"v3": "8"}]
    assert [frame.answer for frame in played.frames] == [None, 4.0, 8.0, None]
    assert played.frames[1].finished == ("v0-o2-0", "v1-o2-1", "o2", "o2-v2-0", "v2")
    assert played.frames[1].sentence == "x and y are known, so p = x + y can be computed."


def test_forward_mode_goes_edge_by_edge() -> None:
    x, y, z = Value(1.0, name="x"), Value(3.0, name="y"), Value(-3.0, name="z")
    p = x + y
    p.name = "p"
    out = p * z
    played = track(step(out, names={"out": out}), "tangent:x")
    assert [frame.formula for frame in played.frames[1:]] == [
        "dx = 1",
        "dp += dx · ∂p/∂x = 1 × 1 = 1  (0 → 1)",
        "dout += dp · ∂out/∂p = 1 × -3 = -3  (0 → -3)",
        "dout/dx = -3",
    ]
    assert played.caption == "rate"
    assert [frame.touched for frame in played.frames] == [0, 0, 1, 2, 2]
    assert "goes along 2 edges for x alone, and along 5 for all 3 inputs" in played.about
    assert "the backward pass, goes along 4 edges, once" in played.about
    assert "the number that the backward pass finds as x.grad" in played.frames[-1].sentence


@settings(max_examples=40, deadline=None)
@given(programs())
def test_forward_mode_finds_what_backward_finds(root) -> None:
    stepper = step(root)
    root.backward()
    grads = {x.name: x.grad for x in topological(root) if x.op is None}
    for played in stepper.tracks:
        if played.name.startswith("tangent:"):
            end = totals(played).get(f"v{len(topological(root)) - 1}", 0.0)
            name = played.name.removeprefix("tangent:")
            assert math.isclose(end, grads[name], rel_tol=1e-9, abs_tol=1e-12)


def test_forward_mode_of_an_array_moves_all_its_numbers() -> None:
    rng = np.random.default_rng(0)
    x = Value(rng.normal(size=(5, 3)), requires_grad=False, name="x")
    W = Value(rng.normal(size=(3, 2)), name="W")
    b = Value(np.zeros(2), name="b")
    loss = ((x @ W + b).tanh() ** 2).mean()
    played = track(step(loss, names={"loss": loss}), "tangent:W")
    loss.backward()
    assert math.isclose(totals(played)["v7"], W.grad.sum(), rel_tol=1e-9)
    assert "for all 8 numbers of the inputs" in played.about
    assert "forward mode needs 6 passes" in played.frames[-1].sentence
    assert "x (" not in str(played)  # a constant does not move


def test_forward_mode_tells_the_operands_apart_where_they_are_one_value() -> None:
    frames = track(step(doubled_twice()), "tangent:a").frames
    assert frames[4].formula == "dc += db · ∂c/∂(its first operand) = 2 × 1 = 2  (0 → 2)"
    assert "c, through its first operand, just as fast" in frames[4].sentence
    assert "b is 2 of its operands" in frames[4].sentence
    assert frames[5].detail.startswith("∂c/∂(its second operand) = 1, the same")


def test_with_a_seed_forward_mode_says_what_the_backward_pass_finds() -> None:
    x, z = Value(2.0, name="x"), Value([1.0, 2.0], name="z")
    played = track(step(x * x, seed=5.0), "tangent:x")
    assert played.frames[-1].formula == "dout/dx = 4"
    assert "times the seed 5 that is the number that the backward" in played.frames[-1].sentence
    several = track(step(z * z, seed=[1.0, 3.0]), "tangent:z").frames[-1].sentence
    assert "Times the seed and summed, that is 14, as the sum over all numbers of z.g" in several


# ---- why this order ----------------------------------------------------------------------------


def test_the_naive_order_is_wrong_where_a_value_inside_is_used_twice() -> None:
    stepper = step(doubled_twice())
    played = track(stepper, "recursive")
    assert played.first_wrong == 3
    first = played.frames[3]
    assert first.formula == "a.grad += 1 × 1 = 1  (0 → 1)"
    assert first.sentence.endswith(
        "Too early: b.grad is only 1 so far, because the contribution through operand 2 of c has "
        "not come yet."
    )
    assert first.wrong == ("v0",)
    assert [frame.formula for frame in played.frames[-3:]] == [
        "a.grad += 1 × 2 = 2  (2 → 4)",
        "a.grad += 1 × 2 = 2  (4 → 6)",
        "a.grad = 6 (right: 4)",
    ]
    assert played.frames[-3].wrong == ()
    assert played.frames[-3].sentence.endswith("a.grad is right at this moment, by accident.")
    assert played.frames[-1].wrong == ("v0",)
    assert "goes along 6 edges; in reverse topological order 4 are enough" in played.about
    assert texts(track(stepper, "backward"))["v0"] == "4"


def test_the_naive_order_is_right_where_only_leaves_are_used_twice() -> None:
    x = Value(3.0, name="x")
    played = track(step(x * x + x), "recursive")
    assert played.first_wrong == -1
    assert "Here that is right, because no value inside the graph is used more" in played.about
    assert played.frames[-1].sentence == "Done. Every number is right."
    assert texts(played)["v0"] == "7"


def test_the_naive_order_that_is_right_by_luck_says_so() -> None:
    x = Value(-1.0, name="x")
    y = x.relu()
    played = track(step(y + y, names={"y": y}), "recursive")
    assert played.first_wrong > 0
    assert played.frames[-1].wrong == ()
    assert "the final numbers are right all the same" in played.about


def test_the_naive_order_is_cut_where_it_would_take_for_ever() -> None:
    x = Value(1.0, name="x")
    y = x
    for _ in range(60):
        y = y + y
    played = track(step(y), "recursive")
    assert len(played.frames) == 100
    assert "about 2.31e+18 edges" in played.about
    assert played.frames[-1].sentence.startswith("Stopped here, after 100 steps")


# ---- broken passes -----------------------------------------------------------------------------


def test_assigning_keeps_the_last_contribution_only() -> None:
    x = Value(3.0, name="x")
    y = x * x
    y.name = "y"
    played = track(step(y + x), "assign")
    frame = played.frames[played.first_wrong]
    assert frame.formula == "x.grad = 1 × 3 = 3  (1 is lost)"
    assert frame.sentence.endswith(
        "Wrong: = throws away the 1 that x had received before; += would have added to it."
    )
    assert played.frames[-1].formula == "x.grad = 3 (right: 7)"
    assert played.frames[-1].wrong == ("v0",)


def test_assigning_does_no_harm_where_nothing_is_used_twice() -> None:
    played = track(step(neuron()), "assign")
    assert played.first_wrong == -1
    assert "no value is used more than once" in played.about
    assert not any(frame.wrong for frame in played.frames)


def test_what_is_computed_from_a_wrong_number_is_said_to_be_wrong() -> None:
    played = track(step(doubled_twice()), "assign")
    assert "But b.grad is wrong, and so is what it passes on." in played.frames[4].sentence
    assert played.frames[-1].wrong == ("v0", "v1")
    assert played.frames[-1].sentence == "Done, and wrong: a.grad and b.grad."


def test_without_zero_grad_leaves_end_at_twice_the_gradient() -> None:
    x, y = Value(3.0, name="x"), Value(0.0, name="y")
    played = track(step(x * y), "no-zero-grad")
    assert played.frames[0].changes == {"v0": "0", "v1": "3"}
    assert played.frames[-1].formula == "x.grad = 0,  y.grad = 6 (right: 3)"
    assert played.frames[-1].wrong == ("v1",)
    assert played.frames[played.first_wrong].formula == "y.grad += 1 × 3 = 3  (3 → 6)"
    assert "y.zero_grad()" in played.frames[played.first_wrong].sentence
    # The engine itself does just that.
    out = x * y
    out.backward()
    out.backward()
    assert (x.grad, y.grad) == (0.0, 6.0)


def test_the_wrong_order_passes_on_zeros() -> None:
    played = track(step(doubled_twice()), "wrong-order")
    assert played.first_wrong == 2
    assert "Too early: c has sent nothing yet, so b.grad is still 0." in played.frames[2].sentence
    assert played.frames[-1].formula == "a.grad = 0 (right: 4)"
    alone = track(step(Value(2.0, name="x").tanh()), "wrong-order")
    assert alone.first_wrong == -1
    assert "one operation" in alone.about


def test_broken_arrays_are_told_without_lists_of_numbers() -> None:
    a = Value(np.arange(6.0).reshape(2, 3), name="a")
    b = a + a
    b.name = "b"
    out = (b * b).sum()
    for name in ("recursive", "assign", "wrong-order"):
        played = track(step(out), name)
        assert played.frames[-1].wrong, name
        assert "right: norm 59.3" in played.frames[-1].formula
        assert "float64" not in "".join(frame.sentence for frame in played.frames)


# ---- sentences, names, lines -------------------------------------------------------------------


def test_every_contribution_is_listed_where_a_value_is_complete() -> None:
    x = Value(2.0, name="x")
    p, q = x * -3.0, x * 2.0
    p.name, q.name = "p", "q"
    frames = step(p + q)
    complete = [frame for frame in frames if "Complete" in frame.detail]
    assert [frame.detail.split("Complete: ")[1] for frame in complete] == [
        "x.grad = 2 (through q) + -3 (through p) = -1"
    ]


def test_no_two_values_share_a_name() -> None:
    w, again, other = Value(2.0, name="w"), Value(3.0, name="w"), Value(4.0, name="w_2")
    labels = [node.label for node in step(w * again * other).graph.nodes if node.kind == "value"]
    assert labels == ["w_1", "w_3", "w_2", "t1", "out"]
    assert Counter(labels).most_common(1)[0][1] == 1


@pytest.mark.parametrize(
    ("make", "formula"),
    [
        (lambda a: a[0] * 2.0, "a.grad += t1.grad, put back at its index = [2, 0, 0]  shape (3,)"),
        (lambda a: a[1:].sum(), "a.grad += t1.grad, put back at its index = [0, 1, 1]  shape (3,)"),
        (lambda a: a.mean(), "a.grad += out.grad / 3 = [0.333, 0.333, 0.333]  shape (3,)"),
        (lambda a: (a * Value(2.0, name="w")).sum(), "w.grad += t1.grad·a, summed over all 3 "
         "numbers = 6  (0 → 6)"),
        (lambda a: (a + Value([1.0], name="b")).sum(), "b.grad += t1.grad, summed over all 3 "
         "numbers = [3]  shape (1,)"),
    ],
)  # fmt: skip
def test_arrays_are_told_with_their_numbers_where_these_are_few(make, formula) -> None:
    out = make(Value([1.0, 2.0, 3.0], name="a"))
    assert formula in [frame.formula for frame in step(out, names={})]


def test_rules_of_ones_own_are_told_by_the_numbers_they_give() -> None:
    from autograd.extend import defvjp, primitive

    @primitive
    def cube(x):
        return x**3

    defvjp(cube, lambda ans, x: lambda g: g * 3 * x**2)
    scalar = step(cube(Value(2.0, name="x")), names={})
    assert scalar[2].formula == "x.grad += 1 × 12 = 12  (0 → 12)"
    assert "the rule that was given for cube makes of out's gradient" in scalar[2].sentence
    array = step(cube(Value([1.0, 2.0], name="x")).sum(), names={})
    assert array[3].formula.endswith("= [3, 12]  shape (2,)")


def test_a_hook_is_a_step_of_its_own() -> None:
    x = Value(2.0, name="x")
    y = x * 3.0
    y.name = "y"
    y.register_hook(lambda g: 10 * g)
    out = y * x
    stepper = step(out)
    hook = next(frame for frame in stepper if frame.kind == "hook")
    assert hook.formula == "y.grad = hook(2) = 20"
    assert stepper[-1].formula == "x.grad = 66"
    assert "recursive" not in [each.name for each in stepper.tracks]
    out.backward()
    assert x.grad == 66.0


def test_the_answer_is_the_number_of_the_step() -> None:
    for played in step(neuron()).tracks:
        for frame in played.frames:
            if frame.kind == "send":
                assert frame.answer == frame.contribution
    arrays = step(Value([1.0, 2.0], name="a").sum())
    assert [frame.answer for frame in arrays] == [None] * len(arrays)


def test_frames_point_at_the_expression_that_made_the_operation() -> None:
    x, y = Value(1.0, name="x"), Value(3.0, name="y")
    out = (x + y) * x
    stepper = step(out)
    marked = []
    for frame in stepper:
        if frame.kind == "send":
            line = stepper.lines[frame.line]
            assert line.text == "out = (x + y) * x"
            marked.append(line.text[line.start : line.end])
    assert marked == ["(x + y) * x", "(x + y) * x", "x + y", "x + y"]
    assert len(stepper.lines) == len(set(stepper.lines)) == 2
    assert stepper[-1].line == -1


def test_expressions_of_the_command_line_are_their_own_source() -> None:
    stepper = step(evaluate("p = x + y; max(p, x, 2) * -p", {"x": 1, "y": 3}))
    assert {line.text for line in stepper.lines} == {"p = x + y; max(p, x, 2) * -p"}
    assert [line.text[line.start : line.end] for line in stepper.lines] == [
        "x + y",
        "max(p, x, 2)",
        "max(p, x, 2) * -p",
        "-p",
    ]
    other = step(evaluate("x * x", {"x": 1}))
    assert other.lines[0].text == "x * x"
    assert stepper.lines[0].text.startswith("p =")


def test_frames_hold_no_values() -> None:
    def plain(x: object) -> bool:
        return isinstance(x, (str, int, float, tuple, dict, np.ndarray, np.generic, type(None)))

    out = (Value([1.0, 2.0], name="a") * Value(3.0, name="b")).sum()
    for played in step(out).tracks:
        for frame in played.frames:
            assert isinstance(frame, Frame)
            assert all(plain(getattr(frame, field)) for field in Frame.__slots__)


def test_other_numbers_keep_names_and_places() -> None:
    x, y = Value(1.0), Value(3.0)
    out = (x + y) * x
    stepper = step(out)
    moved = stepper.with_values({"x": 5.0})
    again = moved.with_values({"y": 123.456})
    assert moved[-1].formula == "x.grad = 13,  y.grad = 5"
    assert again[-1].formula.endswith("y.grad = 5")
    assert again.layout == moved.layout
    assert [node.label for node in again.graph.nodes] == [
        node.label for node in stepper.graph.nodes
    ]
    assert again.lines == stepper.lines
    assert x.data == 1.0
    with pytest.raises(ValueError, match="no leaf 'z'; the leaves are x, y"):
        stepper.with_values({"z": 1.0})
    twins = step(Value(1.0, name="w") * Value(2.0, name="w"))
    with pytest.raises(ValueError, match="no leaf 'w'; the leaves are w_1, w_2"):
        twins.with_values({"w": 1.0})


# ---- every operation ---------------------------------------------------------------------------


def drawn(op: Op) -> list[Value] | None:
    """Operands from the operation's own domain; None where that is more than a pair of numbers."""
    shapes = op.cases[0][0] if op.cases else ()
    domains = op.domain if isinstance(op.domain[0], tuple) else (op.domain,) * len(shapes)
    pairs = all(isinstance(ends, tuple) and len(ends) == 2 for ends in domains)
    if not shapes or not pairs or isinstance(domains[0][0], str):
        return None
    rng = np.random.default_rng(0)
    return [
        Value(rng.uniform(*ends, size=shape), name=f"x{i}")
        for i, (shape, ends) in enumerate(zip(shapes, domains, strict=False))
    ]


def is_plain(op: Op) -> bool:
    """Whether it takes the operands drawn, and gives one real array that takes a gradient."""
    try:
        operands = drawn(op)
        out = None if operands is None else apply(op, tuple(operands), op.cases[0][1])
    except (TypeError, ValueError):
        return False
    return out is not None and out.requires_grad and not np.iscomplexobj(out.data)


ALL = list(OPS.values())  # now: tests define others
PLAIN = [op for op in ALL if is_plain(op)]


def test_most_operations_are_stepped_through() -> None:
    assert len(PLAIN) > 0.85 * len(ALL)


@pytest.mark.parametrize("op", PLAIN, ids=lambda op: op.name)
def test_every_operation_can_be_stepped_through(op) -> None:
    out = apply(op, tuple(drawn(op)), op.cases[0][1])
    ids = node_ids(out)
    labels = {node.id: node.label for node in named(build(out), ids[out]).nodes}
    told = trace(out, np.ones(out.shape), {x: labels[id] for x, id in ids.items()})
    for played in tracks(told):
        if played.name.startswith("tangent:"):
            leaf = next(x for x in told.leaves if told.names[x] == played.name[8:])
            end = totals(played).get(told.ids[out], 0.0)
            assert np.allclose(np.sum(end), np.sum(told.gradients[leaf]))
    assert all(check.agrees for check in checks(told)), checks(told)
