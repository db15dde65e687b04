"""Where everything goes: Graphviz, chainrule's own layers, and what happens without the one."""

import warnings
import xml.etree.ElementTree as ET
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viz
from autograd import Value
from viz.graph import build
from viz.layers import layered
from viz.layout import OURS, layout
from viz.rows import size
from viz.theme import SMALL, width

OPERATIONS = [np.add, np.multiply, np.subtract, np.maximum]


def expression():
    x, y, z = Value(1.0, name="x"), Value(3.0, name="y"), Value(-3.0, name="z")
    p = x + y
    return p, p * z


def texts(svg):
    return ["".join(e.itertext()) for e in ET.fromstring(svg).iter() if e.tag.endswith("}text")]


def array_expression():
    x, w = Value(np.ones((4, 3)), name="x"), Value(np.ones((2, 3)), name="w")
    return (np.tanh(x @ w.T) ** 2).sum()


def test_nothing_overlaps_and_inputs_are_left():
    for engine in (None, "no-such-program"):
        graph = build(array_expression())
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
    assert labels.keys() == {edge.id for edge in graph.edges if edge.text}
    words = {e.id: (width(e.text, SMALL), SMALL) for e in graph.edges if e.text}
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
    with pytest.warns(UserWarning, match="the engine asked for, no-such-program,") as warned:
        assert viz.draw(out, engine="no-such-program").layout.engine in ("dot", "graphviz-pure")
    assert len(warned) == 1 and warned[0].filename == __file__
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
    with pytest.warns(UserWarning, match="broken, could not be used"):
        assert layout(build(out), str(broken)).engine in ("dot", "graphviz-pure")


def test_top_to_bottom():
    _, out = expression()
    placed = viz.draw(out, direction="TB").layout
    assert placed.height > viz.draw(out).layout.height
    with pytest.raises(ValueError, match="direction is 'LR'"):
        viz.draw(out, direction="RL")


def test_wide_pictures_go_down_by_themselves():
    x = Value(1.0)
    y = x
    for _ in range(12):
        y = np.sin(y)
    assert viz.draw(y).layout.direction == "TB"
    assert viz.draw(y, direction="LR").layout.direction == "LR"
    assert viz.draw(np.sin(x)).layout.direction == "LR"
    assert viz.draw(y, engine="plain").layout.direction == "TB"
    assert "rankdir=TB" in viz.draw(y).dot


def test_the_plain_layout_can_be_asked_for():
    _, out = expression()
    assert viz.draw(out, engine="plain").layout.engine == OURS  # and no warning


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("engine", [None, "plain"])
def test_labels_with_the_operand_s_name_have_room(engine, direction):
    """No label lies on another or on a box, whatever is written along the arrows."""
    graph = build(array_expression(), heats=True)
    placed = layout(graph, engine, direction=direction)
    boxes = [(*placed.places[id], *placed.sizes[id]) for id in placed.places]
    words = [(e, *placed.labels[e.id]) for e in graph.edges if e.text]
    assert words and all(edge.id in placed.labels for edge in graph.edges if edge.text)
    for i, (edge, x, y) in enumerate(words):
        mine = (x, y, width(edge.text, SMALL), SMALL)
        others = [(x2, y2, width(e.text, SMALL), SMALL) for e, x2, y2 in words[:i]]
        for x2, y2, w, h in [*boxes, *others]:
            assert abs(x - x2) >= (mine[2] + w) / 2 - 2 or abs(y - y2) >= (SMALL + h) / 2 - 2
