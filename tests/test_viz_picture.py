"""What a picture says: its records, marks and names, and that it can be drawn at any size."""

import os
import re
import subprocess
import sys
import time
import warnings
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import resvg_py
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
import viz
from autograd import OPS, Value, primitive, topological
from viz import images, paint
from viz.formula import formula
from viz.glyphs import characters
from viz.graph import build, node_ids
from viz.heat import heat
from viz.labels import orders
from viz.layout import _programs
from viz.theme import number

ROOT = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"


def expression():
    x, y, z = Value(1.0, name="x"), Value(3.0, name="y"), Value(-3.0, name="z")
    p = x + y
    return p, p * z


def texts(svg):
    return ["".join(e.itertext()) for e in ET.fromstring(svg).iter(f"{SVG}text")]


def titles(svg):
    return [e.text for e in ET.fromstring(svg).iter(f"{SVG}title")]


def described(svg):
    return ET.fromstring(svg).find(f"{SVG}desc").text


def marks(graph):
    return {node.label or node.id: node.marks for node in graph.nodes if node.marks}


# ---- numbers and gradients ----


def test_numbers_are_short_and_exact():
    shown = {
        4.0: "4", -12.0: "-12", 0.0: "0", 0.41997: "0.42", 1.23e-7: "1.23e-07",
        123456.0: "123000", 1e9: "1e+09", np.inf: "inf", 1 / 3: "0.333",
    }  # fmt: skip
    assert {x: number(x) for x in shown} == shown
    assert number(np.nan) == "nan"
    assert number(-0.0) == "-0"
    assert number(np.float32(0.5)) == "0.5"
    assert number(np.ones((2, 3), np.float32)) == "float32 (2, 3)"


def test_gradient_before_and_after():
    _, out = expression()
    before = {node.label: node.grad for node in build(out).nodes if node.kind == "value"}
    assert before["x"] == "-"  # not computed is not 0
    out.backward()
    after = {node.label: node.grad for node in build(out).nodes if node.label}
    assert (after["x"], after["y"], after["z"]) == ("-3", "-3", "4")
    zero = Value(-1.0, name="r")
    zero.relu().backward()
    y = zero.relu()
    assert next(n.grad for n in build(y).nodes if n.label == "r") == "0"
    constant = Value(2.0, name="c", requires_grad=False)
    assert next(n.grad for n in build(zero * constant).nodes if n.label == "c") == "no grad"


def test_a_picture_stays_true_when_data_changes():
    a = Value(3.0)
    picture = viz.draw(a * a)
    a.data = 99.0
    assert "3" in texts(picture.svg) and "99" not in texts(picture.svg)


def test_complex_numbers_are_drawn():
    z = Value(1 + 2j, name="z")
    out = np.abs(np.exp(z) * z * 1j)
    out.backward()
    assert "1+2j" in viz.draw(out).svg
    viz.draw(np.real(np.fft.fft(Value(np.ones(3)))).sum())


# ---- edges ----


def test_two_arrows_where_a_value_is_used_twice():
    for make in (lambda a: a + a, lambda a: a * a):
        a = Value(3.0)
        graph = build(make(a))
        assert [(e.source, e.target, e.slot) for e in graph.edges][:2] == [
            ("v0", "o1", 0),
            ("v0", "o1", 1),
        ]
        svg = viz.draw(make(a)).svg
        assert 'data-edge="v0-o1-0"' in svg and 'data-edge="v0-o1-1"' in svg


def test_edges_carry_local_derivatives():
    p, out = expression()
    labels = {(e.source, e.slot): e.label for e in build(out).edges}
    ids = node_ids(out)
    assert labels[(ids[p], 0)] == "× -3"
    assert labels[(ids[out.inputs[1]], 1)] == "× 4"
    assert not any(edge.label for edge in build(out, slopes=False).edges)
    assert "× -3" not in texts(viz.draw(out, derivatives=False).svg)


def test_edges_of_arrays_carry_the_rule_and_the_shape():
    x, w = Value(np.ones((4, 3)), name="x"), Value(np.ones((3, 2)), name="w")
    h = x @ w
    labels = {(e.target, e.slot): (e.order, e.label) for e in build(h).edges}
    assert labels["o2", 0] == ("left", "g @ b.T (4, 3)")
    assert labels["o2", 1] == ("right", "a.T @ g (3, 2)")
    assert "left:" in texts(viz.draw(h).svg)
    x = Value(np.ones((128, 300)), name="x")
    softmax = build(autograd.log_softmax(x)).edges[0]
    assert len(softmax.label) <= 24 and softmax.label.endswith("… (128, 300)")
    assert "…" not in softmax.detail and softmax.detail.endswith("of shape (128, 300)")
    assert softmax.detail in titles(viz.draw(autograd.log_softmax(x)).svg)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda a, b: a - b, ("left", "right")),
        (lambda a, b: a / b, ("left", "right")),
        (lambda a, b: a**b, ("left", "right")),
        (lambda a, b: a % b, ("left", "right")),
        (lambda a, b: a + b, ("", "")),
        (lambda a, b: a * b, ("", "")),
        (np.maximum, ("", "")),
        (np.arctan2, ("1st", "2nd")),
        (lambda a, b: np.where(True, a, b), ("condition", "2nd", "3rd")),
        (lambda a, b: np.stack([a, b, a, a]), ("1st", "2nd", "3rd", "4th")),
    ],
)
def test_the_order_of_operands_is_marked_where_it_matters(make, expected):
    made = make(Value(3.0), Value(2.0))
    assert orders(made.op, len(made.inputs)) == expected
    drawn = [edge.order for edge in build(made).edges if edge.target.startswith("o")]
    assert tuple(drawn) == expected


def test_operands_are_called_by_the_names_in_their_rule():
    x, w, b = np.ones((2, 3)), Value(np.ones((4, 3))), Value(np.ones(4))
    edges = build(autograd.linear(x, w, b)).edges
    assert [edge.order for edge in edges if edge.order] == ["1st", "weight", "bias"]


OPERATIONS = [np.add, np.multiply, np.subtract, np.maximum, np.hypot, np.arctan2]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_edges_of_the_picture_are_the_graph_s(data):
    shape = data.draw(st.sampled_from([(), (2,), (2, 3)]))
    pool = [Value(np.full(shape, float(i + 1)) if shape else float(i + 1)) for i in range(3)]
    for _ in range(data.draw(st.integers(1, 10))):
        picked = [data.draw(st.sampled_from(pool)) for _ in range(2)]
        if data.draw(st.integers(0, 5)) == 0:
            pool.append(np.where(np.ones(shape, bool), *picked))
        else:
            pool.append(data.draw(st.sampled_from(OPERATIONS))(*picked))
    root = pool[-1]
    ids = node_ids(root)
    expected = Counter()
    for value in topological(root):
        if value.op is not None:
            position = ids[value][1:]
            for slot, x in enumerate(value.inputs):
                source = ids[x] if isinstance(x, Value) else f"c{position}_{slot}"
                expected[source, f"o{position}", slot] += 1
            expected[f"o{position}", ids[value], 0] += 1
    graph = build(root, heats=True)
    assert Counter((e.source, e.target, e.slot) for e in graph.edges) == expected
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = viz.draw(root, max_nodes=100).svg
    drawn = [e.get("data-edge") for e in ET.fromstring(svg).iter() if e.get("data-edge")]
    assert Counter(drawn) == Counter(f"{a}-{b}-{slot}" for a, b, slot in expected.elements())
    nodes = [e.get("data-node") for e in ET.fromstring(svg).iter() if e.get("data-node")]
    assert Counter(nodes) == Counter(node.id for node in graph.nodes)


# ---- arrays ----


def test_small_arrays_are_cells():
    a = np.array([[1.0, -4.0], [0.0, np.nan]])
    cells = heat(a)
    assert cells.scale == 4.0 and cells.rows[0] == (1.0, -4.0)
    assert heat(np.ones((2, 3, 3))).panel == 3
    assert heat(np.ones((2, 3, 3))).rows == ((1.0,) * 6,) * 3
    assert [len(row) for row in heat(np.ones(40)).rows] == [16, 16, 8]
    for none in (
        np.ones(65),
        np.float64(1),
        np.ones(13, complex),  # more than can be written out
        np.ones(0),
    ):
        assert heat(none) is None


def test_arrays_of_many_axes_and_complex_ones_show_their_numbers():
    assert heat(np.arange(4.0).reshape(1, 2, 1, 2, 1)).rows == ((0.0, 1.0), (2.0, 3.0))
    assert heat(np.ones((2, 3, 1, 2))).panel == 2
    assert heat(np.ones((2, 2, 2, 2))).rows == ((1.0,) * 8,) * 2
    assert heat(np.ones((1, 1, 1, 1))).rows == ((1.0,),)
    z = Value(np.array([1 + 2j, complex(0, np.nan)]), name="z")
    picture = viz.draw(z * 2)
    assert "1+2j" in texts(picture.svg) and '"(1+2j)"' in picture.json


def test_an_array_of_zeros_has_no_scale():
    assert "all 0" in texts(viz.draw(Value(np.zeros(20)) * 1).svg)
    assert "±1" not in texts(viz.draw(Value(np.zeros(20)) * 1).svg)
    assert "±1" not in texts(viz.draw(Value(np.full(20, np.nan)) * 1).svg)


def test_cells_are_told_apart_without_colour():
    x = Value(np.array([[1.0, -4.0], [0.0, 2.0]]), name="x")
    written = texts(viz.draw(x * 1).svg)
    assert "-4" in written  # few numbers are written out
    many = np.arange(24.0).reshape(4, 6) - 12
    many[0, 0] = np.nan
    y = Value(many, name="y")
    svg = viz.draw(y * 1).svg
    sign = re.findall(r'class="sign" d="([^"]*)"', svg)[0]
    assert sign.count("h6") == 11  # a dash for each negative number
    assert sign.count("l6") == 2  # a cross for the NaN
    assert "±11" in texts(svg)
    assert "-11 -10 -9 -8 -7; -6" in described(svg)  # as a table


def test_both_data_and_gradient_are_cells():
    x = Value(np.array([1.0, -2.0]), name="x")
    y = (x * x).sum()
    before = next(n for n in viz.draw(y).graph.nodes if n.label == "x")
    assert before.heat.rows == ((1.0, -2.0),) and before.grad_heat is None and before.grad == "-"
    y.backward()
    after = next(n for n in viz.draw(y).graph.nodes if n.label == "x")
    assert after.grad_heat.rows == ((2.0, -4.0),) and after.grad == "norm 4.47"
    assert after.data == "float64 (2,)"


def test_large_arrays_are_one_line():
    x = np.zeros((20, 50), np.float32)
    x[0, :4] = [-2.0, 4.0, np.nan, np.inf]
    node = viz.draw(Value(x, name="x") * 1).graph.nodes[0]
    assert node.data == "float32 (20, 50)" and node.heat is None
    assert node.stats == "-2 … 4, mean 0.002, spread 0.142, 100% zeros, 1 NaN, 1 infinite"
    svg = viz.draw(Value(x, name="x") * 1).svg
    assert node.stats in texts(svg) and node.stats in described(svg)
    assert any("2 NaN or infinite" in title for title in titles(svg))  # on demand


# ---- what is wrong ----


def test_the_first_nan_is_named():
    x = Value(-1.0, name="x")
    with np.errstate(all="ignore"):
        bad = np.log(x)
    out = bad * 2 + x
    graph = viz.draw(out, names={"out": out}).graph
    assert marks(graph) == {"log": ("origin",), "v1": ("nan",), "v2": ("nan",), "out": ("nan",)}
    assert graph.notices[0].startswith("The first NaN comes out of log(x) (test_viz_picture.py:")
    assert "bad = np.log(x)" in graph.notices[0]
    svg = viz.draw(out).svg
    assert "NaN in the data" in texts(
        svg
    ) and "made the first NaN or infinity in the data" in texts(svg)
    assert graph.notices[0] in described(svg)


def test_of_several_nans_only_the_first_is_named():
    x, y = Value(-1.0, name="x"), Value(-2.0, name="y")
    with np.errstate(all="ignore"):
        out = np.log(x) + np.sqrt(y)
    assert [text.split(" (")[0] for text in viz.draw(out).graph.notices] == [
        "The first NaN comes out of log(x)"
    ]


def test_infinity_is_told_from_nan_and_a_leaf_from_an_operation():
    x = Value(np.array([1.0, np.inf]), name="x")
    graph = viz.draw(x * 2).graph
    assert graph.notices == ("x holds infinity from the start.",)
    assert graph.nodes[0].marks == ("origin", "inf")
    with np.errstate(all="ignore"):
        graph = viz.draw(np.exp(Value(1000.0, name="big"))).graph
    assert graph.notices[0].startswith("The first infinity comes out of exp(big)")


def test_what_is_meant_to_be_infinite_is_no_fault():
    x = Value(np.array([1.0, 2.0]), name="x")
    masked = np.where(np.array([True, False]), x, -np.inf)
    assert viz.draw(masked).graph.notices == ()


def test_the_first_nan_of_the_backward_pass_is_named():
    x = Value(0.0, name="x")
    y = np.sqrt(x) * 3 + x
    with np.errstate(all="ignore"):
        y.backward()
    graph = viz.draw(y, names={"y": y}).graph
    assert marks(graph)["√"] == ("grad-origin",) and marks(graph)["x"] == ("grad-inf",)
    (notice,) = graph.notices
    assert "is that of x; the rule of sqrt(x) (test_viz_picture.py:" in notice
    assert "infinity in the gradient" in texts(viz.draw(y).svg)


def test_no_rule_is_blamed_for_what_the_data_hold():
    x = Value(np.array([1.0, np.nan, np.inf, -np.inf]), name="x")
    w = Value(np.ones(4), name="w")
    with np.errstate(all="ignore"):
        out = np.sum(x * w)
        out.backward()
    graph = viz.draw(out, names={"out": out}).graph
    assert marks(graph) == {
        "x": ("origin", "nan"), "w": ("grad-nan",), "v2": ("nan",), "out": ("nan",),
    }  # fmt: skip
    assert graph.notices[0] == "x holds NaN from the start."
    assert graph.notices[1].endswith("works with data that are not finite already.")


def test_a_rule_is_blamed_for_the_operand_it_spoils():
    b, x = Value(1e-200, name="b"), Value(1.0, name="x")
    with np.errstate(all="ignore"):
        out = np.arcsin(x) + x / b  # the quotient spoils the gradient of b, arcsin that of x
        out.backward()
    graph = viz.draw(out).graph
    assert marks(graph)["arcsin"] == ("grad-origin",) and "÷" not in marks(graph)


def test_changed_data_are_announced():
    x, w = Value(np.array([1.0, 2.0]), name="x"), Value(3.0, name="w")
    y = (x * w).sum()
    other = w * 2
    assert viz.draw([y, other]).graph.notices == ()
    x.data[0] = 9.0
    picture = viz.draw([y, other], names={"y": y, "other": other})
    assert marks(picture.graph) == {"x": ("stale",), "v2": ("stale",), "y": ("stale",)}
    assert picture.graph.notices[0].startswith("Stale: the numbers of x were changed")
    assert "changed after it was used" in texts(picture.svg)
    assert texts(picture.svg).count("stale: made from old numbers") == 2


def failure(function):
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("nothing failed")


def test_a_failed_operation_is_drawn_with_what_led_to_it():
    x, w = Value(np.ones((4, 3)), name="x"), Value(np.ones((2, 3)), name="w")
    error = failure(lambda: np.tanh(x) @ w)
    picture = viz.draw(error)
    assert marks(picture.graph) == {"@": ("failed",)}
    assert picture.graph.notices[0].startswith("matmul failed at test_viz_picture.py:")
    said = texts(picture.svg)
    assert {"x", "w", "tanh", "float64 (4, 3)", "float64 (2, 3)"} <= set(said)
    assert "shapes (4, 3) and (2, 3) do not fit" in " ".join(said)
    culprit = next(node for node in picture.graph.nodes if node.marks)
    assert {(e.source, e.order) for e in picture.graph.edges if e.target == culprit.id} == {
        ("v2", "left"),
        ("v1", "right"),
    }
    assert not [edge for edge in picture.graph.edges if edge.source == culprit.id]


def test_folding_hides_no_culprit():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(7, 2))
    error = failure(lambda: model(np.ones((5, 4), np.float32)))
    whole = build(error)
    culprit = next(node for node in whole.nodes if node.marks)
    assert culprit.module >= 0 and whole.calls[culprit.module].path == "2"
    for depth in (None, 0, 1, 9):
        graph = viz.draw(error, depth=depth).graph
        assert [node.label for node in graph.nodes if "failed" in node.marks] == ["Linear"]
    assert "x of shape (5, 8)" in " ".join(texts(viz.draw(error).svg))


def test_an_error_that_no_operation_made_cannot_be_drawn():
    with pytest.raises(TypeError, match="ValueError does not tell of an operation"):
        viz.draw(ValueError("mine"))


def test_dead_units_are_told():
    x = Value(np.random.default_rng(0).normal(size=(16, 4)), name="x")
    y = autograd.relu(x - np.array([0.0, 0.0, 10.0, 10.0]))
    node = next(n for n in viz.draw(y).graph.nodes if n.label == "relu")
    assert node.dead == 0.5
    assert "dead: 50% of units" in texts(viz.draw(y).svg)
    alive = viz.draw(autograd.relu(x + 10.0)).graph
    assert all(not n.dead for n in alive.nodes)


def test_vanishing_and_exploding_are_said_in_words():
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 1))
    model(np.ones((2, 3), np.float32)).sum().backward()
    loss = model(np.ones((2, 3), np.float32)).sum()
    for layer, factor in zip((model[0], model[1], model[2]), (1e-12, 1e7, 1.0), strict=True):
        for parameter in layer.parameters():
            parameter.grad = np.full_like(parameter.grad, factor)
    svg = viz.draw(loss, depth=1).svg
    assert texts(svg).count("vanishing") >= 1 and texts(svg).count("exploding") == 1
    assert svg.count('class="bar"') >= 3


# ---- names and text ----


def test_names_come_from_the_caller():
    left = Value(1.0)
    right = Value(2.0, name="own")
    total = left + right
    labels = {node.label for node in viz.draw(total).graph.nodes}
    assert {"left", "own", "total"} <= labels
    given_names = viz.draw(total, names={"L": left}).graph.nodes
    assert {n.label for n in given_names if n.kind == "value"} == {"L", "own", ""}


class Cell:
    """Holds a Value as an attribute."""

    def __init__(self):
        self.bias = Value(5.0)


def test_names_come_from_lists_dicts_and_attributes():
    ws, table, cell = [Value(1.0), Value(2.0)], {"w": Value(3.0)}, Cell()
    grid = [[Value(4.0)]]
    plain = ws[1]
    out = ws[0] + plain + table["w"] + cell.bias + grid[0][0]
    labels = {node.label for node in viz.draw(out).graph.nodes}
    assert {"ws[0]", "plain", "table['w']", "cell.bias", "grid[0][0]", "out"} <= labels


def test_parameters_are_called_by_their_path():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
    loss = model(np.ones((1, 2), np.float32)).sum()
    labels = {node.label for node in viz.draw(loss, depth=9).graph.nodes}
    assert {"0.weight", "0.bias", "loss"} <= labels


def test_any_text_is_escaped():
    name = 'a|b{c}<d>"e"&\\ \x00'
    picture = viz.draw(Value(1.0, name=name) * 2)
    assert 'a|b{c}<d>"e"&\\ ' in texts(picture.svg)  # without the character XML does not allow
    assert "<d>" not in picture.svg
    ET.fromstring(picture.svg)
    assert picture.dot.count("label=") >= 3
    layout_program = next(program for program, _ in _programs(None))
    done = subprocess.run(
        [layout_program, "-Tjson0"], input=picture.dot.encode(), capture_output=True
    )
    assert done.returncode == 0, done.stderr


def test_text_in_notices_is_escaped():
    x = Value(np.nan, name="<b>&")
    svg = viz.draw(x * 2).svg
    ET.fromstring(svg)
    assert "<b>&" in " ".join(texts(svg)) and "<b>" not in svg


def test_two_pictures_share_no_ids():
    _, out = expression()
    x = Value(np.ones((2, 2)))
    for picture in (viz.draw(out), viz.draw((x @ x).sum())):
        assert not re.search(r'\s(id|href)="|url\(', picture.svg)


def test_same_bytes_whatever_the_hash_seed():
    code = (
        "import viz, numpy as np; from autograd import Value\n"
        "x, y = Value(1.0, name='x'), Value(np.array([2.0, np.nan]), name='y')\n"
        "out = ((x + y) * (x - y) * x).sum(); out.backward(); y.data[0] = 3\n"
        "p = viz.draw([out, x + y]); print(p.svg, p.dot, p.json)"
    )
    drawn = set()
    for seed in ("1", "2", "77"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env)
        assert done.returncode == 0, done.stderr.decode()
        drawn.add(done.stdout)
    assert len(drawn) == 1
    assert b"0x" not in drawn.pop()


# ---- large graphs ----


def drawn_in(seconds, make, **settings):
    value = make()
    start = time.perf_counter()
    picture = viz.draw(value, **settings)
    assert len(picture.svg) < 300_000
    assert time.perf_counter() - start < seconds
    assert len(picture.graph.nodes) <= 40
    assert picture.layout.width < 2600
    return picture


def test_a_deep_chain_draws():
    def chain():
        y = x = Value(1.0, name="start")
        for _ in range(50_000):
            y = np.sin(y) + x
        return y

    picture = drawn_in(10, chain)  # 0.6 s on a quiet machine
    assert "start" in texts(picture.svg)
    assert sum(node.holds for node in picture.graph.nodes) == 200_001


def test_sixty_doublings_draw():
    def doublings():
        y = Value(1.0, name="x")
        for _ in range(60):
            y = y + y
        return y

    drawn_in(5, doublings)


def test_a_million_operations_draw_in_seconds():
    y = x = Value(1.0)
    for _ in range(1_000_000):
        y = y * x
    start = time.perf_counter()
    picture = viz.draw(y)
    assert time.perf_counter() - start < 30  # 5 s on a quiet machine
    assert sum(node.holds for node in picture.graph.nodes) == 2_000_001


def test_a_convolutional_network_draws():
    def lenet():
        model = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5),
            nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.ReLU(),
            nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        )  # fmt: skip
        x = np.random.default_rng(0).normal(size=(8, 1, 28, 28)).astype(np.float32)
        loss = nn.CrossEntropyLoss()(model(x), np.arange(8))
        loss.backward()
        return loss

    opened = drawn_in(10, lenet, depth=2)
    assert "float32 (8, 6, 28, 28)" in texts(opened.svg)
    folded = texts(viz.draw(lenet()).svg)
    assert "Conv2d 0" in folded and "(8, 1, 28, 28) → (8, 6, 28, 28)" in folded


@pytest.mark.filterwarnings("error")
def test_no_number_makes_drawing_warn():
    for data in ([1e300, -1e300], [np.inf, np.nan], [5e-324, 0.0], np.full(100, 6e4, np.float16)):
        x = Value(np.array(data), name="x")
        y = x * 1
        y.backward(seed=np.array(data))
        viz.draw(y)


def test_only_values_are_drawn():
    for bad in (3.0, [1.0], None, np.ones(3)):
        with pytest.raises(TypeError, match="drawn of a Value"):
            viz.draw(bad)
    with pytest.raises(ValueError, match="at least one"):
        viz.draw([])


def test_another_autograd_is_noticed(tmp_path):
    (tmp_path / "autograd.py").write_text("numpy = None\n")
    for package in ("viz", "nn"):
        code = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]; import {package}"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/")
        assert "ImportError" in done.stderr and "pip uninstall autograd" in done.stderr
        assert str(tmp_path) in done.stderr


def test_an_error_that_is_not_ours_is_drawn():
    @primitive
    def boom(x):
        raise RuntimeError("the sensor is off")

    svg = viz.draw(failure(lambda: boom(Value(1.0, name="x")))).svg
    assert "the sensor is off" in texts(svg) and "boom" in texts(svg)


# ---- what comes often ----


def test_an_array_that_is_used_often_is_one_node():
    h, x = Value(np.zeros(3), name="h"), np.ones(3)
    for _ in range(4):
        h = h * x
    graph = viz.draw(h * np.ones(3)).graph
    arrays = [node.id for node in graph.nodes if node.kind == "constant"]
    assert len(arrays) == 2 and sum(edge.source == arrays[0] for edge in graph.edges) == 4
    assert len({edge.id for edge in graph.edges}) == len(graph.edges)


def test_many_arrows_between_two_nodes_are_one():
    x = Value(np.ones(2), name="x")
    picture = viz.draw(np.stack([x] * 100))
    assert len(picture.graph.edges) == 101  # one for each slot, and the result's
    assert picture.svg.count('class="head"') == 2 and "100 operands" in texts(picture.svg)
    assert picture.layout.height < 300
    assert set(picture.layout.curves) == {edge.id for edge in picture.graph.edges}
    few = viz.draw(np.stack([x] * 8))
    assert few.svg.count('class="head"') == 9


def test_the_arrow_of_many_is_marked_as_any_of_them():
    x = Value(np.ones(2), name="x")
    picture = viz.draw(np.stack([x] * 9))
    drawn = paint.svg(picture.graph, picture.layout, "light", states={"v0-o1-5": "active"})
    assert 'class="edge active" data-edge="v0-o1-0"' in drawn


def test_long_names_are_shortened_in_the_middle():
    name = "a" * 100 + "b" * 100
    picture = viz.draw(Value(1.0, name=name) * 2)
    (label,) = [text for text in texts(picture.svg) if "…" in text]
    assert label == "a" * 19 + "…" + "b" * 20
    assert any(name in title for title in titles(picture.svg))


def test_one_is_not_many():
    assert "1 value, 0 operations" in repr(viz.draw(Value(1.0)))
    x = Value(1.0)
    assert "2 values, 1 operation;" in repr(viz.draw(x * 2))


# ---- as a table ----


def test_a_page_has_the_picture_as_a_table():
    x, y = Value(2.0, name="<x>"), Value(np.ones((2, 2)), name="y")
    out = np.log(x - y)
    html = viz.draw(out, names={"out": out}).html
    page = ET.fromstring(re.search(r"<details>.*</details>", html, re.S).group())
    rows = [[cell.text or "" for cell in row] for row in page.iter("tr")]
    assert rows[0] == ["name", "made from", "shape", "data", "gradient", "to be noticed"]
    assert rows[1][:5] == ["<x>", "", "", "2", "-"]
    assert rows[2][:4] == ["y", "", "(2, 2)", "float64 (2, 2) [1 1; 1 1]"]
    assert rows[3][:2] == ["value 2", "− of left <x>, right y"]
    assert rows[4][:2] == ["out", "log of value 2"]


def test_the_long_description_is_a_row_on_each_line():
    x = Value(np.ones(2), name="x")
    first, *rows = described(viz.draw(np.stack([x] * 9)).svg).splitlines()
    assert first == "name | made from | shape | data | gradient | to be noticed"
    assert rows[0].startswith("x | - | (2,) | ")
    assert rows[1].startswith("value 1 | stack of x (9 operands) | (9, 2) | ")
    assert len(rows) == 2


# ---- the font ----


def _is_ours(op):
    """Not one that another test has added to the table."""
    home = getattr(op.function, "__module__", None) or "numpy"
    return home.partition(".")[0] in ("autograd", "nn", "numpy", "scipy")


def test_the_font_has_every_character_of_the_rules():
    known = characters(images.font())
    ours = [op for op in set(OPS.values()) if _is_ours(op)]
    assert len(ours) > 150
    for op in ours:
        settings = op.cases[0][1] if op.cases else {}
        taken = [i for i in range(op.arity or 1) if op.vjps[i] is not None]
        rules = [formula(op, i, settings) for i in taken]
        for text in (op.label, *rules):
            drawn = text.translate(images.LACKING)
            assert {ord(c) for c in drawn if c > "~"} <= known, (op.name, drawn)


def test_what_the_font_lacks_is_left_to_the_machine(monkeypatch):
    asked = []
    real = resvg_py.svg_to_bytes

    def spy(**settings):
        asked.append(settings["skip_system_fonts"])
        return real(**settings)

    monkeypatch.setattr(resvg_py, "svg_to_bytes", spy)
    for name in ("x", "Δσ ≤ √2 …", "שלום", "ไทย", "重み", "🙂"):
        assert viz.draw(Value(1.0, name=name) * 2, theme="light").png
    assert asked == [True, True, False, False, False, False]
