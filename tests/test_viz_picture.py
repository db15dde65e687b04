"""The picture: its records, its folds, its layout, its painting, its files."""

import os
import re
import subprocess
import sys
import time
import warnings
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import viz
from autograd import Value, topological
from autograd.switches import ModuleCall, switched
from viz.graph import build, node_ids
from viz.layers import layered
from viz.layout import OURS, _programs, layout, size
from viz.passes import fit, fold_middle, fold_modules
from viz.theme import DARK, LIGHT, SMALL, number, width

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "notebooks" / "graph.svg"
SVG = "{http://www.w3.org/2000/svg}"


def expression():
    x, y, z = Value(1.0, name="x"), Value(3.0, name="y"), Value(-3.0, name="z")
    p = x + y
    return p, p * z


class Linear:
    """Stands for a layer."""


class Net:
    """Stands for a model."""

    def __init__(self, members):
        self.named_members = lambda: [("", self), *members.items()]


def network():
    """Two layers as nn records them, made by hand."""
    w1, w2 = Value(np.full((3, 4), 0.1)), Value(np.full((1, 3), 0.2))
    first, second = Linear(), Linear()
    net = Net({"0": first, "0.weight": w1, "1": second, "1.weight": w2})
    x = np.ones((5, 4))
    outer = ModuleCall(net)
    with switched(module=outer):
        with switched(module=ModuleCall(first, outer)):
            h = autograd.linear(x, w1, None)
        h = h.tanh()
        with switched(module=ModuleCall(second, outer)):
            y = autograd.linear(h, w2, None)
    loss = y.mean()
    loss.backward()
    return loss


def texts(svg):
    return ["".join(e.itertext()) for e in ET.fromstring(svg).iter(f"{SVG}text")]


# ---- records ----


def test_numbers_are_short_and_exact():
    shown = {
        4.0: "4", -12.0: "-12", 0.0: "0", 0.41997: "0.42", 1.23e-7: "1.23e-07",
        123456.0: "123000", 1e9: "1e+09", np.inf: "inf", 1 / 3: "0.333",
    }  # fmt: skip
    assert {x: number(x) for x in shown} == shown
    assert number(np.nan) == "nan"
    assert number(-0.0) == "0"
    assert number(np.float32(0.5)) == "0.5"
    assert number(np.ones((2, 3), np.float32)) == "float32 (2, 3)"


def test_gradient_before_and_after():
    _, out = expression()
    before = {node.label: node.grad for node in build(out).nodes if node.kind == "value"}
    assert before["x"] == "—"  # not computed is not 0
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


OPERATIONS = [np.add, np.multiply, np.subtract, np.maximum]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_edges_of_the_picture_are_the_graph_s(data):
    pool = [Value(float(i)) for i in range(3)]
    for _ in range(data.draw(st.integers(1, 10))):
        f = data.draw(st.sampled_from(OPERATIONS))
        pool.append(f(data.draw(st.sampled_from(pool)), data.draw(st.sampled_from(pool))))
    root = pool[-1]
    ids = node_ids(root)
    expected = Counter()
    for value in topological(root):
        if value.op is not None:
            made = f"o{ids[value][1:]}"
            expected.update((ids[x], made, slot) for slot, x in enumerate(value.inputs))
            expected[(made, ids[value], 0)] += 1
    graph = build(root)
    assert Counter((e.source, e.target, e.slot) for e in graph.edges) == expected
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = viz.draw(root, max_nodes=100).svg
    drawn = re.findall(r'data-edge="([^"]+)"', svg)
    assert Counter(drawn) == Counter(f"{a}-{b}-{slot}" for a, b, slot in expected.elements())


# ---- names and text ----


def test_names_come_from_the_caller():
    left = Value(1.0)
    right = Value(2.0, name="own")
    total = left + right
    labels = {node.label for node in viz.draw(total).graph.nodes}
    assert {"left", "own", "total"} <= labels
    given_names = viz.draw(total, names={"L": left}).graph.nodes
    assert {n.label for n in given_names if n.kind == "value"} == {"L", "own", ""}


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


def test_two_pictures_share_no_ids():
    _, out = expression()
    assert not re.search(r'\sid="', viz.draw(out).svg)


def test_same_bytes_whatever_the_hash_seed():
    code = (
        "import viz; from autograd import Value\n"
        "x, y = Value(1.0, name='x'), Value(2.0, name='y')\n"
        "out = (x + y) * (x - y) * x; out.backward(); print(viz.draw([out, x + y]).svg)"
    )
    drawn = set()
    for seed in ("1", "2", "77"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env)
        assert done.returncode == 0, done.stderr.decode()
        drawn.add(done.stdout)
    assert len(drawn) == 1
    assert b"0x" not in drawn.pop()


def test_the_picture_in_the_readme(request):
    p, out = expression()
    out.backward()
    engine = [program for program, name in _programs(None) if name == "graphviz-pure"]
    if not engine:
        pytest.skip("graphviz-pure has no wheel for this platform")
    svg = viz.draw(out, names={"p": p, "out": out}, engine=engine[0]).svg
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(svg, encoding="utf-8")
    assert svg == GOLDEN.read_text(encoding="utf-8")


# ---- folding ----


def test_modules_fold_into_boxes():
    graph = build(network())
    folded = fold_modules(graph, 1)
    boxes = [node for node in folded.nodes if node.kind == "module"]
    assert [box.label for box in boxes] == ["Linear 0", "Linear 1"]
    assert boxes[0].data == "(5, 4) → (5, 3)\n12 parameters"
    assert boxes[0].grad.startswith("|grad| 0.")
    kinds = Counter(node.kind for node in folded.nodes)
    assert kinds["constant"] == 1  # the input stays in sight; weights are inside
    assert sum(node.holds for node in folded.nodes) == len(graph.nodes)
    whole = fold_modules(graph, 0)
    assert [n.label for n in whole.nodes if n.kind == "module"] == ["Net"]
    assert sum(node.holds for node in whole.nodes) == len(graph.nodes)


def test_opening_one_module_changes_no_other():
    graph = build(network())
    closed = {n.id: n for n in fold_modules(graph, 1).nodes}
    opened = {n.id: n for n in fold_modules(graph, 1, ["0"]).nodes}
    for id in closed.keys() & opened.keys():
        assert closed[id] == opened[id]
    assert [n.label for n in opened.values() if n.kind == "module"] == ["Linear 1"]
    with pytest.raises(ValueError, match=r"no module is called '7'.*'0'"):
        viz.draw(network(), expand=["7"])


def test_gradient_norm_of_a_box():
    loss = network()
    box = next(n for n in fold_modules(build(loss), 1).nodes if n.label == "Linear 1")
    weight = next(v for v in topological(loss) if v.shape == (1, 3))
    assert box.norm == pytest.approx(np.linalg.norm(weight.grad))


def test_the_middle_of_a_large_graph_folds():
    x = Value(1.0, name="start")
    y = x
    for _ in range(20_000):
        y = y * 1.0001
    graph = build(y)
    small = fold_middle(graph, 40)
    assert len(small.nodes) == 40
    assert sum(node.holds for node in small.nodes) == len(graph.nodes)
    picture = viz.draw(y)
    assert "start" in texts(picture.svg)
    assert "… 59,962 more" in texts(picture.svg)
    with pytest.raises(ValueError, match="max_nodes must be at least 3"):
        viz.draw(y, max_nodes=2)


@given(st.integers(3, 30), st.integers(1, 150), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_the_window_changes_nothing(max_nodes, operations, turn):
    x, y, late = Value(1.0, name="x"), Value(2.0), Value(3.0)
    for i in range(operations):
        x, y = (x + y, x) if (i + turn) % 3 else (x * 0.5, y + x if i % 2 else y)
        x = x - late if i % 40 == 39 else x
    whole = fit(build([x, y]), None, (), max_nodes)
    assert fit(build([x, y], window=max_nodes), None, (), max_nodes) == whole


def test_a_million_operations_draw_in_seconds():
    y = x = Value(1.0)
    for _ in range(1_000_000):
        y = y * x
    start = time.perf_counter()
    picture = viz.draw(y)
    assert time.perf_counter() - start < 30  # 3 s on a quiet machine, 40 s if all is written out
    assert sum(node.holds for node in picture.graph.nodes) == 2_000_001


def test_sixty_doublings_draw():
    x = Value(1.0)
    y = x
    for _ in range(60):
        y = y + y
    assert len(viz.draw(y).graph.nodes) == 40


@given(st.integers(3, 60), st.integers(1, 80))
@settings(max_examples=40, deadline=None)
def test_visible_and_hidden_equal_the_total(max_nodes, operations):
    x, y = Value(1.0), Value(2.0)
    for i in range(operations):
        x, y = (x + y, x) if i % 3 else (x * y, y)
    graph = build([x, y])
    small = fit(graph, None, (), max_nodes)
    assert len(small.nodes) <= max_nodes
    assert sum(node.holds for node in small.nodes) == len(graph.nodes)
    ids = {node.id for node in small.nodes}
    assert all(edge.source in ids and edge.target in ids for edge in small.edges)
    assert len({edge.id for edge in small.edges}) == len(small.edges)


# ---- layout ----


def test_nothing_overlaps_and_inputs_are_left():
    for engine in (None, "no-such-program"):
        graph = build(network())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            placed = no_programs(layout, graph) if engine else layout(graph)
        boxes = [(*placed.places[n.id], *placed.sizes[n.id]) for n in graph.nodes]
        for i, (x, y, w, h) in enumerate(boxes):
            assert x - w / 2 + 0.6 >= 0 and x + w / 2 <= placed.width + 0.6
            for other_x, other_y, other_w, other_h in boxes[:i]:
                apart = abs(x - other_x) >= (w + other_w) / 2 - 0.1
                assert apart or abs(y - other_y) >= (h + other_h) / 2 - 0.1
        for edge in graph.edges:
            assert placed.places[edge.source][0] < placed.places[edge.target][0]
            tip = placed.curves[edge.id][-1]
            x, y = placed.places[edge.target]
            w, h = placed.sizes[edge.target]
            assert abs(tip[0] - x) <= w / 2 + 1 and abs(tip[1] - y) <= h / 2 + 9


def no_programs(function, *args, **kwargs):
    """Call it on a machine with no Graphviz at all."""
    from unittest import mock

    with mock.patch("shutil.which", return_value=None):
        return function(*args, **kwargs)


def test_without_any_layout_program_there_is_still_a_picture(monkeypatch):
    monkeypatch.delenv("GRAPHVIZ_DOT", raising=False)
    _, out = expression()
    with pytest.warns(UserWarning, match="pip install graphviz-pure") as caught:
        picture = no_programs(viz.draw, out)
    assert len(caught) == 1
    assert picture.layout.engine == OURS
    assert f"laid out by {OURS}" in texts(picture.svg)
    assert len(picture.png) > 2000


OPERANDS = st.tuples(*[st.integers(0, 20)] * 3)


@given(st.lists(OPERANDS, min_size=1, max_size=12), st.sampled_from(["LR", "TB"]))
@settings(max_examples=60, deadline=None)
def test_in_the_plain_layout_nothing_overlaps(program, direction):
    pool = [Value(1.234, name="a long name"), Value(-0.000321), Value(3.0)]
    for which, i, j in program:
        f = OPERATIONS[which % len(OPERATIONS)]
        pool.append(f(pool[i % len(pool)], pool[j % len(pool)]))
    graph = build(pool[-1])
    sizes = {node.id: size(node) for node in graph.nodes}
    places, curves, labels, wide, high = layered(graph, sizes, direction, 23.0)
    assert places.keys() == sizes.keys()
    assert curves.keys() == {edge.id for edge in graph.edges}
    assert labels.keys() == {edge.id for edge in graph.edges if edge.label}
    words = {e.id: (width(e.label, SMALL), SMALL) for e in graph.edges if e.label}
    boxes = {id: (*places[id], *sizes[id]) for id in places}
    boxes |= {f"label of {id}": (*labels[id], *words[id]) for id in words}
    for x, y, w, h in boxes.values():
        assert w / 2 - 0.01 <= x <= wide - w / 2 + 0.01 and h / 2 <= y <= high - h / 2
    for (_, (x, y, w, h)), (_, (x2, y2, w2, h2)) in combinations(boxes.items(), 2):
        assert abs(x - x2) >= (w + w2) / 2 - 0.01 or abs(y - y2) >= (h + h2) / 2 - 0.01
    for edge in graph.edges:  # no arrow runs under a box or through a text that is not its own end
        for x, y in along(curves[edge.id]):
            for id, (x2, y2, w, h) in boxes.items():
                inside = abs(x - x2) < w / 2 - 0.5 and abs(y - y2) < h / 2 - 0.5
                assert not inside or id in (edge.source, edge.target)


def along(curve):
    """Points of a chain of Bézier curves."""
    for p in zip(curve[:-1:3], curve[1::3], curve[2::3], curve[3::3], strict=True):
        for t in np.linspace(0, 1, 9):
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            yield tuple(sum(w * q[i] for w, q in zip(weights, p, strict=True)) for i in (0, 1))


def test_the_plain_layout_keeps_the_order_of_operands():
    a, b = Value(1.0), Value(2.0)
    for out in (a - b, b - a, 1.0 - a, a - 1.0):
        graph = build(out)
        sizes = {node.id: size(node) for node in graph.nodes}
        placed = layered(graph, sizes, "LR", 23.0)
        first, second = (e.source for e in graph.edges if e.target == "o1" or e.target == "o2")
        assert placed.places[first][1] < placed.places[second][1]


def test_arrows_end_on_the_circle():
    a = Value(3.0)
    placed = viz.draw(a + a).layout
    x, y = placed.places["o1"]
    for slot in (0, 1):
        tip = placed.curves[f"v0-o1-{slot}"][-1]
        assert np.hypot(tip[0] - x, tip[1] - y) == pytest.approx(17, abs=1)


def test_a_wrong_engine_is_named_and_the_next_one_used(monkeypatch):
    _, out = expression()
    assert viz.draw(out, engine="no-such-program").layout.engine in ("dot", "graphviz-pure")
    monkeypatch.setenv("GRAPHVIZ_DOT", "/no/such/dot")
    assert viz.draw(out).layout.engine in ("dot", "graphviz-pure")


def test_a_slow_engine_gives_way(tmp_path):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 5\n")
    slow.chmod(0o755)
    _, out = expression()
    with pytest.warns(UserWarning, match="took longer than 0.2 s"):
        placed = layout(build(out), str(slow), timeout=0.2)
    assert placed.engine == OURS


def test_an_engine_that_fails_gives_way(tmp_path):
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho not json\n")
    broken.chmod(0o755)
    _, out = expression()
    assert layout(build(out), str(broken)).engine in ("dot", "graphviz-pure")


def test_top_to_bottom():
    _, out = expression()
    placed = viz.draw(out, direction="TB").layout
    assert placed.height > viz.draw(out).layout.height
    with pytest.raises(ValueError, match="direction is 'LR'"):
        viz.draw(out, direction="RL")


# ---- painting ----


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(theme):
    grounds = ("ground", "leaf", "value", "op", "constant", "module")
    for ink in ("ink", "muted", "grad"):
        for ground in grounds:
            low, high = sorted((luminance(theme[ink]), luminance(theme[ground])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground)


def test_themes():
    _, out = expression()
    assert "prefers-color-scheme" in viz.draw(out).svg
    assert "prefers-color-scheme" not in viz.draw(out, theme="dark").svg
    assert DARK["value"] in viz.draw(out, theme="dark").svg
    with pytest.raises(ValueError, match="theme is one of auto, light, dark"):
        viz.draw(out, theme="pink")


def test_the_picture_speaks():
    _, out = expression()
    root = ET.fromstring(viz.draw(out, names={"out": out}).svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Computation graph: 5 values, 2 operations"
    assert "x: data 1, gradient —." in root.find(f"{SVG}desc").text


def test_png_has_text_without_system_fonts():
    import zlib

    def darkness(png):
        """How many bytes of the decompressed image are dark; only text and lines are."""
        data, place = b"", 8
        while place < len(png):
            size = int.from_bytes(png[place : place + 4])
            if png[place + 4 : place + 8] == b"IDAT":
                data += png[place + 8 : place + 8 + size]
            place += size + 12
        return len(zlib.compress(zlib.decompress(data)))

    _, out = expression()
    picture = viz.draw(out)
    import viz.picture as module

    original = module.svg
    full = darkness(picture.png)
    module.svg = lambda *args, **kwargs: re.sub(
        r"<text.*?</text>", "", original(*args, **kwargs), flags=re.S
    )
    try:
        bare = darkness(picture.png)
    finally:
        module.svg = original
    assert full > 1.3 * bare  # the letters are there


# ---- files ----


def test_save(tmp_path):
    _, out = expression()
    picture = viz.draw(out)
    for name, start in {
        "a.svg": b"<svg", "a.png": b"\x89PNG", "a.dot": b"digraph", "a.html": b"<!DOCTYPE",
    }.items():  # fmt: skip
        path = picture.save(tmp_path / name)
        assert path.read_bytes().startswith(start)
    with pytest.raises(ValueError, match=r"saved as \.svg, \.png"):
        picture.save(tmp_path / "a.jpeg")
    with pytest.raises(OSError, match="no folder"):
        picture.save(tmp_path / "nowhere" / "a.svg")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.dot", "a.html", "a.png", "a.svg"]


def test_jupyter_and_graphviz():
    _, out = expression()
    picture = viz.draw(out)
    bundle = picture._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "5 values, 2 operations" in bundle["text/plain"]
    assert "v0 -> o2" in picture.digraph.source or "v0 -> o3" in picture.digraph.source


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


def test_complex_numbers_are_drawn():
    z = Value(1 + 2j, name="z")
    out = np.abs(np.exp(z) * z * 1j)
    out.backward()
    svg = viz.draw(out).svg
    assert "1+2j" in svg
    assert "j" in str(viz.step(out))
    viz.draw(np.real(np.fft.fft(Value(np.ones(3)))).sum())
