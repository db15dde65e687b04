"""Gradient health: verdicts, the table, the picture, and a trial step that changes nothing."""

import inspect
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
import viz
from autograd import Value
from viz.health import EXPLODING, SCALE, VANISHING, VERDICTS, dead_units, is_relu, length, verdict
from viz.measures import Row
from viz.report import Health, health
from viz.table import blocks
from viz.theme import THEMES, number
from viz.wrap import columns

OPTIMIZERS = [
    kind
    for _, kind in inspect.getmembers(nn.optim, inspect.isclass)
    if issubclass(kind, nn.optim.Optimizer)
    and kind not in (nn.optim.Optimizer, getattr(nn.optim, "LBFGS", None))
]


def floats(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def perceptron(layers, act=nn.ReLU, width=16):
    inner = [part for i in range(layers) for part in (nn.Linear(width, width, rng=i), act())]
    return nn.Sequential(*inner, nn.Linear(width, 1, rng=99))


def loss_of(model, examples=32):
    loss = ((model(floats(examples, 16)) - floats(examples, 1, seed=1)) ** 2).mean()
    loss.backward()
    return loss


def scaled(model, factor):
    for parameter in model.parameters():
        parameter.data[...] *= factor
    return model


def silenced(model, path="2"):
    dict(model.named_parameters())[f"{path}.bias"].data[...] = -10
    return model


def optimizer_of(kind, model):
    return kind(model.parameters(), lr=0.01)


def row(found, path):
    return next(row for row in found.rows if row.path == path)


# ---- verdicts ----


@pytest.mark.parametrize(
    "norm, largest, word",
    [
        (None, 0.0, "no gradient"),
        (0.0, 0.0, "dead"),
        (float("nan"), 0.0, "NaN"),
        (float("inf"), 0.0, "exploding"),
        (VANISHING * 0.99, 0.0, "vanishing"),
        (VANISHING * 1.01, 0.0, "fine"),
        (EXPLODING * 0.99, 0.0, "fine"),
        (EXPLODING * 1.01, 0.0, "exploding"),
        (0.9e-4, 1.0, "vanishing"),  # beside a layer ten thousand times larger
        (1.1e-4, 1.0, "fine"),
        (1e-2, float("nan"), "fine"),
        (1.0, 1e9, "fine"),  # it is the other one that explodes
    ],
)
def test_verdicts(norm, largest, word):
    assert verdict(norm, largest) == word
    assert word in VERDICTS


@given(st.floats(0, 1e300), st.floats(0, 1e300))
def test_longer_bars_are_larger_norms(a, b):
    assert 0 <= length(a) <= 1
    if a <= b:
        assert length(a) <= length(b)


def test_the_ends_of_a_bar():
    assert [length(x) for x in (0.0, SCALE[0], SCALE[1], float("nan"))] == [0, 0, 1, 0]


def test_dead_units():
    assert dead_units(np.array([[0.0, 1, 0], [0, 0, 0]])) == pytest.approx(2 / 3)
    images = np.zeros((2, 4, 3, 3))
    images[1, 2, 0, 0] = 1  # a channel answers somewhere
    assert dead_units(images) == 0.75
    assert dead_units(np.zeros((0, 3))) is None
    assert dead_units(np.zeros((0,))) is None


def test_what_is_a_relu():
    x = Value(np.array([-1.0, 2.0]))
    assert is_relu(autograd.relu(x)) and is_relu(np.maximum(x, 0)) and is_relu(np.maximum(0.0, x))
    assert not any(map(is_relu, [x, np.maximum(x, 1.0), np.maximum(x, x), x * 0, x + 0.0]))


# ---- models ----


def test_a_healthy_net():
    found = health(loss_of(perceptron(3)))
    assert {row.verdict for row in found.rows} == {"fine"}
    assert found.problems() == []
    assert repr(found) == "<Health: 8 parameters, 0 problems>"


def test_the_numbers_are_the_models():
    model = perceptron(2)
    found = health(loss_of(model))
    for name, p in model.named_parameters():
        told = row(found, name)
        assert told.norm == pytest.approx(float(np.linalg.norm(p.grad)), rel=1e-5)
        assert told.mean == pytest.approx(float(np.mean(np.abs(p.grad))), rel=1e-5)
        assert told.weight == pytest.approx(float(np.linalg.norm(p.data)), rel=1e-5)
        assert told.shape == p.shape
        assert (told.layer, told.module) == (name.split(".")[0], "Linear")
    assert [r.path for r in found.rows] == [
        "0.weight", "0.bias", "1", "2.weight", "2.bias", "3", "4.weight", "4.bias",
    ]  # fmt: skip


def test_layers_take_their_parameters_together():
    model = perceptron(2)
    found = health(loss_of(model), optimizer=nn.optim.SGD(model.parameters(), lr=0.1))
    first = found.layers[0]
    assert (first.path, first.shape) == ("0", (16, 16))
    whole = np.concatenate([p.grad.ravel() for p in model[0].parameters()])
    weights = np.concatenate([p.data.ravel() for p in model[0].parameters()])
    assert first.norm == pytest.approx(np.linalg.norm(whole), rel=1e-5)
    assert first.mean == pytest.approx(np.mean(np.abs(whole)), rel=1e-5)
    assert first.update == pytest.approx(
        0.1 * np.linalg.norm(whole) / np.linalg.norm(weights), rel=1e-5
    )
    box = next(n for n in viz.draw(loss_of(model), names={}, depth=1).graph.nodes if n.path == "0")
    assert box.norm == pytest.approx(2 * first.norm, rel=1e-5)  # a second pass has added up


def test_a_deep_net_of_sigmoids_vanishes():
    found = health(loss_of(perceptron(20, nn.Sigmoid)))
    assert row(found, "0.weight").verdict == "vanishing"
    assert row(found, "40.weight").verdict == "fine"
    (said,) = found.problems()
    assert re.match(r"vanishing: the gradient of 0.weight … \d+.bias, \d+ of 42 parameters", said)


def test_large_weights_explode():
    found = health(loss_of(scaled(perceptron(8), 25)))
    assert {r.verdict for r in found.rows if r.kind == "parameter"} == {"exploding"}
    assert found.problems()[0].startswith("exploding: the gradient of 0.weight … 16.bias, 18 of 18")


def test_dead_relus():
    model = silenced(perceptron(3))
    loss = loss_of(model)
    found = health(loss)
    told = row(found, "3")
    assert (told.kind, told.module, told.dead, told.verdict) == ("relu", "ReLU", 1.0, "dead")
    assert told.why == "100% of its units are zero for all 32 examples"
    assert row(found, "0.weight").verdict == "dead"  # nothing comes through
    assert any(said.startswith("dead units: 100% of ReLU 3") for said in found.problems())
    gradual = nn.optim.SGD(model.parameters(), lr=0.1)
    assert not any(said.startswith("small") for said in health(loss, optimizer=gradual).problems())


def test_of_few_examples_only_a_whole_layer_is_called_dead():
    found = health(loss_of(silenced(perceptron(3)), examples=4))
    assert row(found, "3").dead == 1.0
    assert row(found, "3").verdict == "dead"
    half = Value(np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 2.0], [0.0, 3.0], [0.0, 1.0]]))
    assert row(health(np.sum(autograd.relu(half))), "relu 1").verdict == "fine"
    one = Value(-np.ones((1, 2)))  # too few zeros to mean anything
    assert row(health(np.sum(autograd.relu(one))), "relu 1").verdict == "fine"


@pytest.mark.parametrize("depth", [0, 1, 9])
def test_a_dead_layer_is_marked_whatever_the_number_of_examples(depth):
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
    model[0].bias.data = np.full_like(model[0].bias.data, -100.0)
    loss = np.sum(model(floats(3, 4)))
    loss.backward()
    assert "dead: 100% of units" in viz.draw(loss, depth=depth).svg
    assert any("dead units: 100% of ReLU 1" in said for said in health(loss).problems())


def test_a_relu_is_dead_only_if_it_is_in_every_call():
    class Twice(nn.Module):
        def __init__(self):
            self.act = nn.ReLU()

        def forward(self, x):
            return self.act(x) + self.act(-x)

    x = Value(np.abs(floats(16, 4)) + 1, name="x")
    loss = np.sum(Twice()(x))
    loss.backward()
    told = row(health(loss), "act")
    assert (told.dead, told.shape) == (0.0, (16, 4))


def test_nans_are_found():
    model = perceptron(1)
    model[0].weight.data[0, 0] = np.nan
    told = row(health(loss_of(model)), "0.weight")
    assert told.verdict == "NaN"
    assert told.nan > 0
    assert "NaN" in str(health(loss_of(model))).split("\n")[0]


def test_before_the_backward_pass():
    model = perceptron(2)
    loss = np.mean(model(floats(8, 16)))
    found = health(loss)
    assert found.problems() == [
        "no backward pass has come yet: call loss.backward(), then ask again"
    ]
    assert {r.verdict for r in found.rows if r.kind == "parameter"} == {"no gradient"}
    assert not found.seen
    loss.backward()
    assert health(loss).seen


def test_what_the_loss_does_not_reach():
    class Spare(nn.Module):
        def __init__(self):
            self.used, self.spare = nn.Linear(4, 1, rng=0), nn.Linear(4, 1, rng=1)
            self.frozen = nn.Linear(4, 4, rng=2).requires_grad_(False)

        def forward(self, x):
            return self.used(self.frozen(x))

    loss = np.mean(Spare()(Value(floats(8, 4), name="x")))
    loss.backward()
    found = health(loss)
    assert row(found, "spare.weight").why == "the loss does not use it"
    assert row(found, "frozen.weight").why == "frozen: requires_grad is False"
    assert found.problems() == [
        "no gradient: frozen.weight, frozen.bias: frozen: requires_grad is False",
        "no gradient: spare.weight, spare.bias: the loss does not use it",
    ]


def test_a_model_instead_of_a_loss():
    model = perceptron(2)
    loss = loss_of(model)
    of_model, of_loss = health(model), health(loss)
    assert of_model.rows == tuple(row for row in of_loss.rows if row.kind == "parameter")


def test_plain_values_are_called_as_the_caller_calls_them():
    weights, x = Value(np.array([1.0, 2.0])), np.array([3.0, 0.5])
    loss = np.sum((weights * x - 1) ** 2)
    loss.backward()
    assert [r.path for r in health(loss).rows] == ["weights"]


def test_two_models_are_told_apart():
    class Left(nn.Sequential):
        pass

    class Right(nn.Sequential):
        pass

    left, right = Left(nn.Linear(4, 4, rng=0), nn.ReLU()), Right(nn.Linear(4, 1, rng=1), nn.ReLU())
    loss = np.mean(right(left(floats(8, 4))))
    loss.backward()
    assert [r.path for r in health(loss).rows] == [
        "Left.0.weight", "Left.0.bias", "Left.1", "Right.0.weight", "Right.0.bias", "Right.1",
    ]  # fmt: skip
    pair = [nn.Sequential(nn.Linear(4, 4, rng=i)) for i in range(2)]
    loss = np.mean(pair[1](pair[0](floats(8, 4))))
    loss.backward()
    assert [r.path for r in health(loss).rows][::2] == [
        "Sequential.0.weight",
        "Sequential 2.0.weight",
    ]


@pytest.mark.parametrize("thing", [3.0, "loss", np.zeros(3)])
def test_what_has_no_health(thing):
    with pytest.raises(TypeError, match=r"health is told of a loss .* or of a model"):
        health(thing)


def test_nothing_to_train():
    with pytest.raises(ValueError, match="there are no parameters"):
        health(Value(1.0, requires_grad=False) * 2.0)
    with pytest.raises(ValueError, match="theme is one of"):
        health(Value(1.0), theme="pink")


# ---- the trial step ----


def snapshot(thing):
    """Everything in a nest of lists and dicts, arrays as bytes."""
    if isinstance(thing, dict):
        return {key: snapshot(held) for key, held in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [snapshot(held) for held in thing]
    if isinstance(thing, Value):
        grad = None if thing.grad is None else np.array(thing.grad).tobytes()
        return id(thing), np.array(thing._data).tobytes(), grad
    return thing.tobytes() if isinstance(thing, np.ndarray) else thing


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_trial_step_changes_nothing(kind):
    model = perceptron(2)
    optimizer = optimizer_of(kind, model)
    for _ in range(2):  # so that it has a state
        optimizer.zero_grad()
        loss_of(model)
        optimizer.step()
    optimizer.zero_grad()
    loss = loss_of(model)
    before = snapshot([vars(optimizer), list(optimizer.state.items()), list(model.parameters())])
    found = health(loss, optimizer=optimizer)
    after = snapshot([vars(optimizer), list(optimizer.state.items()), list(model.parameters())])
    assert before == after
    loss.backward()  # nothing counts as changed
    optimizer.zero_grad()
    loss.backward()
    old = {name: p.data.copy() for name, p in model.named_parameters()}
    optimizer.step()
    for name, p in model.named_parameters():
        moved = np.linalg.norm((p.data - old[name]).astype(float)) / np.linalg.norm(old[name])
        assert row(found, name).update == pytest.approx(moved, rel=1e-4)


def test_an_optimiser_of_some_of_the_parameters():
    model = perceptron(1)
    loss = loss_of(model)
    found = health(loss, optimizer=nn.optim.SGD(model[0].parameters(), lr=0.1))
    assert row(found, "0.weight").update > 0
    assert row(found, "2.weight").update is None
    model[0].weight.grad = None
    found = health(loss, optimizer=nn.optim.SGD(model.parameters(), lr=0.1))
    assert row(found, "0.weight").update is None


@pytest.mark.parametrize("lr, word", [(100.0, "large steps"), (1e-9, "small steps")])
def test_steps_of_the_wrong_size(lr, word):
    model = perceptron(1)
    found = health(loss_of(model), optimizer=nn.optim.SGD(model.parameters(), lr=lr))
    (said,) = found.problems()
    assert said.startswith(f"{word}: one step changes ")
    assert "of 0.weight … 2.bias" in said and said.endswith("learning rate")


def test_there_is_one_advice_on_steps_of_all_sizes():
    rows = [
        Row(name, "parameter", name, "", (1,), norm=1.0, mean=1.0, weight=1.0, update=update)
        for name, update in {"a": 1e-9, "b": 1e-3, "c": 10.0}.items()
    ]
    (said,) = Health(tuple(rows), "auto").problems()
    assert said.startswith("uneven steps: one step changes 1e-09 of a, but 10 of c, where 0.001")


def test_a_number_that_is_trained():
    w = Value(2.0, name="w")
    loss = w * w
    loss.backward()
    found = health(loss, optimizer=nn.optim.SGD([w], lr=0.1))
    assert row(found, "w").update == pytest.approx(0.2)
    assert w.data == 2.0


def test_an_optimiser_that_is_none():
    with pytest.raises(TypeError, match=r"optimizer has a method step\(\); list has none"):
        health(loss_of(perceptron(1)), optimizer=[])


def test_an_optimiser_whose_step_needs_more():
    class Search:
        def step(self, closure):
            pass

    with pytest.raises(RuntimeError, match=r"Search cannot make a trial step on copies .*closure"):
        health(loss_of(perceptron(1)), optimizer=Search())


def test_an_optimiser_that_cannot_be_copied_changes_nothing():
    model = perceptron(1)
    weight = model[0].weight

    class Hidden:
        def __init__(self):
            def step():
                weight.data[...] = 7

            self.step = step

    loss, old = loss_of(model), weight.data.copy()
    with pytest.raises(RuntimeError, match="Hidden holds its parameters where a copy"):
        health(loss, optimizer=Hidden())
    assert np.array_equal(weight.data, old)


# ---- the table ----


def test_the_table_is_aligned():
    model = silenced(perceptron(3))
    found = health(loss_of(model), optimizer=nn.optim.SGD(model.parameters(), lr=0.1))
    lines = str(found).split("\n")
    head, body = lines[0], lines[1 : 1 + len(found.rows)]
    for title in ("shape", "|grad|", "mean |grad|", "|weight|", "update/weight", "dead", "verdict"):
        assert title in head
    start = head.index("verdict")
    for line, told in zip(body, found.rows, strict=True):
        assert line[start:] == ("fine" if told.verdict == "fine" else f"! {told.verdict}")
        assert line[start - 2 : start] == "  "
        assert told.path in line
        if told.norm is not None:
            assert number(told.norm) in line
            assert "█" in line or told.norm < 1e-9
    assert all(columns(line) <= 100 for line in lines[1 + len(found.rows) :])
    assert lines[len(found.rows) + 1].startswith("bars: |grad| from 1e-10 to 1e+04")


def test_columns_that_tell_nothing_are_left_out():
    head = str(health(loss_of(perceptron(2, nn.Tanh)))).split("\n")[0]
    assert "update" not in head and "dead" not in head and "NaN" not in head


@given(st.floats(0, 1), st.integers(1, 30))
def test_bars_of_blocks(share, size):
    bar = blocks(share, size)
    assert len(bar) == size
    assert abs(bar.count("█") - share * size) <= 1


# ---- the picture ----


NETS = {
    "healthy": lambda: health(loss_of(perceptron(3))),
    "vanishing": lambda: health(loss_of(perceptron(20, nn.Sigmoid))),
    "exploding": lambda: health(loss_of(scaled(perceptron(8), 25))),
    "dead": lambda: health(loss_of(silenced(perceptron(4)))),
    "before": lambda: health(np.mean(perceptron(2)(floats(8, 16)))),
}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("net", NETS)
def test_every_layer_has_a_bar_a_number_and_a_word(net, theme):
    found = replace(NETS[net](), theme=theme)
    root = ElementTree.fromstring(found.svg)
    space = {"s": "http://www.w3.org/2000/svg"}
    assert root.get("class") == f"chainrule-{theme}"
    groups = root.findall("s:g[@class='layer']", space)
    shown = [r for r in found.layers if r.kind == "parameter" or r.dead]
    assert len(groups) == len(shown)
    for group, layer in zip(groups, shown, strict=True):
        texts = [text.text for text in group.findall("s:text", space)]
        assert group.find("s:rect[@class='track']", space) is not None
        assert texts[0] == f"{layer.module} {layer.path}"
        if layer.kind == "parameter":
            assert texts[2] == ("-" if layer.norm is None else number(layer.norm))
            assert texts[-1] == (layer.verdict if layer.verdict == "fine" else f"! {layer.verdict}")
        assert layer.path in group.findtext("s:title", namespaces=space)
    wide = float(root.get("width"))
    for text in root.iter(f"{{{space['s']}}}text"):
        small = "small" in text.get("class", "")
        size = len(text.text) * 0.6 * (10.5 if small else 13)
        side = {"end": size, "middle": size / 2}
        shift = next((side[key] for key in side if key in text.get("class", "")), 0)
        left = float(text.get("x")) - shift
        assert left >= 0 and left + size <= wide + 0.5


def test_the_picture_tells_all_in_words():
    found = NETS["dead"]()
    root = ElementTree.fromstring(found.svg)
    assert root.get("role") == "img"
    words = [layer.verdict for layer in found.layers]
    counted = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    assert root.get("aria-label") == f"Gradient health of {len(words)} layers: {counted}"
    described = root.findtext("{http://www.w3.org/2000/svg}desc")
    for problem in found.problems():
        assert problem in described


def test_names_are_escaped_and_cut():
    w = Value(np.ones(3), name="a<b>&" + "long" * 20)
    loss = np.sum(w * 2.0)
    loss.backward()
    drawn = health(loss).svg
    ElementTree.fromstring(drawn)
    assert "a&lt;b&gt;&amp;" in drawn
    assert "…" in drawn


# ---- files and hosts ----


@pytest.mark.parametrize("form", ["svg", "png", "html", "json", "txt"])
def test_it_is_saved(tmp_path, form):
    found = NETS["dead"]()
    path = found.save(tmp_path / f"health.{form}")
    content = path.read_bytes()
    if form == "json":
        told = json.loads(content)
        assert [r["path"] for r in told["rows"]] == [r.path for r in found.rows]
        assert told["problems"] == found.problems()
    elif form == "txt":
        assert content.decode() == f"{found}\n"
    elif form == "png":
        assert content.startswith(b"\x89PNG")
    else:
        assert found.svg in content.decode()


def test_numbers_that_are_not_finite_are_json():
    model = scaled(perceptron(1), 1)
    model[0].weight.data[0, 0] = np.nan
    told = json.loads(health(loss_of(model)).json, parse_constant=lambda x: pytest.fail(x))
    assert told["rows"][0]["norm"] == "nan"


def test_another_extension(tmp_path):
    with pytest.raises(ValueError, match=r"gradient health is saved as .svg, .png.* or .txt"):
        NETS["healthy"]().save(tmp_path / "health.gif")


def test_a_notebook_shows_the_picture():
    found = NETS["healthy"]()
    bundle = found._repr_mimebundle_()
    assert found.svg in bundle["text/html"]
    assert bundle["image/svg+xml"] == found.svg
    assert bundle["text/plain"] == str(found)


def test_the_same_model_gives_the_same_bytes():
    assert NETS["dead"]().svg == NETS["dead"]().svg
