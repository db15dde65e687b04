"""The widget's Python side; tests/test_viz_hosts.py drives it in real notebooks."""

import sys

import numpy as np
import pytest

from autograd import Value
from viz import Stepper, step
from viz.widget import checked, leaves

pytest.importorskip("anywidget", reason="anywidget is not installed")
from traitlets import TraitError


def program(number: float = 3.0) -> Stepper:
    x, y = Value(number, name="x"), Value(-2.0, name="y")
    w = Value(np.ones(3), name="w")
    c = Value(2.0, name="c", requires_grad=False)
    p = x * y
    q = p + x * c
    return step((w * q).sum())


def test_the_kernel_moves_it_and_sees_the_learner() -> None:
    w = program().widget()
    seen = []
    w.observe(lambda change: seen.append((change.name, change.new)), ["step", "track"])
    w.step = 3
    w.set_state({"step": 5})  # as the page does
    w.set_state({"track": "recursive", "step": 0})
    w.step = 2
    w.track = "backward"
    assert seen == [
        ("step", 3), ("step", 5), ("track", "recursive"), ("step", 0),
        ("step", 2), ("step", 0), ("track", "backward"),
    ]  # fmt: skip


def test_other_numbers_are_computed_anew_in_the_same_places() -> None:
    shown = program()
    w = shown.widget()
    assert w.values == {"x": 3.0, "y": -2.0}  # neither arrays nor what takes no gradient
    w.step = 4
    before = w.stepper
    w.values = {"x": 1e-7}
    assert w.values == {"x": 1e-7, "y": -2.0}
    assert w.step == 4
    assert w.stepper.layout == before.layout
    assert [f.formula for f in w.stepper] == [f.formula for f in program(1e-7)]
    assert "1e-07" in w.html
    assert str(shown) == str(program())  # the stepper itself is as it was


def test_what_it_refuses() -> None:
    w = program().widget()
    last = len(w.stepper) - 1
    with pytest.raises(TraitError, match=f"'backward' has the steps 0 to {last}"):
        w.step = last + 1
    with pytest.raises(TraitError, match="step -1 is not there"):
        w.step = -1
    with pytest.raises(TraitError, match="no track 'sideways'; this stepper has backward"):
        w.track = "sideways"
    with pytest.raises(TraitError, match="no number 'w' to set; there are x, y"):
        w.values = {"w": 1.0}
    for wrong in (float("nan"), float("inf"), "3", True, None, 1j):
        with pytest.raises(TraitError, match="x is set to a finite number"):
            w.values = {"x": wrong}
    assert (w.step, w.track, w.values) == (0, "backward", {"x": 3.0, "y": -2.0})


def test_sliders_get_an_answer_even_where_there_is_none() -> None:
    w = program().widget()
    w.set_state({"wanted": {"x": 4.0, "y": 1.0}})
    assert (w.values["x"], w.answers, w.problem) == (4.0, 1, "")
    w.set_state({"wanted": {"z": 4.0}})
    assert (w.values["x"], w.answers) == (4.0, 2)
    assert "no number 'z'" in w.problem
    w.set_state({"wanted": {"x": 0.0, "y": 0.0}})
    assert (w.answers, w.problem) == (3, "")


def test_a_division_by_zero_is_shown_and_not_raised() -> None:
    x = Value(2.0, name="x")
    w = step(1 / x).widget()
    w.values = {"x": 0.0}
    assert "inf" in w.stepper[0].formula


def test_other_numbers_change_no_track_and_no_length() -> None:
    """So the step stays where it is."""
    x, s = Value(2.0, name="x"), Value(1.0, name="s")
    w = step(np.maximum(x * s, s) * s).widget()
    lengths = [(track.name, len(track.frames)) for track in w.stepper.tracks]
    for number in (0.0, -3.0, 1.0, 1e300):
        w.values = {"x": number, "s": number}
        assert [(track.name, len(track.frames)) for track in w.stepper.tracks] == lengths


def test_numbers_of_numpy_are_numbers() -> None:
    assert checked({"x": np.float32(0.5)}, {"x": 1.0, "y": 2.0}) == {"x": 0.5, "y": 2.0}
    assert leaves(program()) == {"x": 3.0, "y": -2.0}


def test_the_program_is_one_module() -> None:
    text = program().widget().get_state()["_esm"]
    assert text.count("chainruleStart =") == 1
    assert text.rstrip().endswith("export default { render };")
    assert "import " not in text


def test_without_anywidget_one_message(monkeypatch) -> None:
    from viz import widget

    widget._made.cache_clear()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match=r'pip install "chainrule\[widget\]"'):
        program().widget()
    widget._made.cache_clear()
