"""Folding: modules, repeats and the middle as boxes, to a size that a person can read."""

import re
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
import viz
from autograd import Value
from viz.graph import build
from viz.passes import fit, fold_modules
from viz.repeats import patterns

TEXTS = ("label", "data", "grad", "detail", "stats", "norm", "marks", "times", "dead", "parameters")


def floats(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def perceptron(layers, width=16, act=nn.ReLU):
    inner = [part for i in range(layers) for part in (nn.Linear(width, width, rng=i), act())]
    return nn.Sequential(*inner, nn.Linear(width, 1, rng=99))


def squared(output):
    loss = (output**2).mean()
    loss.backward()
    return loss


class LeNet(nn.Module):
    def __init__(self):
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2, rng=0), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5, rng=1), nn.ReLU(), nn.MaxPool2d(2),
        )  # fmt: skip
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(400, 120, rng=2), nn.ReLU(),
            nn.Linear(120, 84, rng=3), nn.ReLU(), nn.Linear(84, 10, rng=4),
        )  # fmt: skip

    def forward(self, x):
        return self.classifier(self.features(x))


def lenet():
    loss = nn.CrossEntropyLoss()(LeNet()(floats(4, 1, 28, 28)), np.arange(4))
    loss.backward()
    return loss


class Cell(nn.Module):
    def __init__(self):
        self.input = nn.Linear(4, 8, rng=0)
        self.state = nn.Linear(8, 8, rng=1)

    def forward(self, x, h):
        return np.tanh(self.input(x) + self.state(h))


class Recurrent(nn.Module):
    def __init__(self):
        self.cell = Cell()
        self.head = nn.Linear(8, 1, rng=2)

    def forward(self, x):
        h = np.zeros((x.shape[0], 8), np.float32)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
        return self.head(h)


def recurrent():
    return squared(Recurrent()(floats(3, 50, 4)))


def recurrent_of_a_value():
    return squared(Recurrent()(Value(floats(3, 50, 4), name="x")))


class Written(nn.Module):
    """A recurrent net without a module for its cell."""

    def __init__(self):
        self.inward = nn.Parameter(floats(4, 8))
        self.across = nn.Parameter(0.1 * floats(8, 8))

    def forward(self, x):
        h = np.zeros((x.shape[0], 8), np.float32)
        for t in range(x.shape[1]):
            h = np.tanh(x[:, t] @ self.inward + h @ self.across)
        return h


class Block(nn.Module):
    def __init__(self, seed):
        self.scale = nn.Parameter(np.ones(16))
        self.up = nn.Linear(16, 32, rng=seed)
        self.down = nn.Linear(32, 16, rng=seed + 1)

    def forward(self, x):
        return x + self.down(autograd.relu(self.up(x * self.scale)))


class Encoder(nn.Module):
    def __init__(self, blocks):
        self.embed = nn.Linear(4, 16, rng=0)
        self.blocks = [Block(i) for i in range(blocks)]
        self.head = nn.Linear(16, 1, rng=1)

    def forward(self, x):
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


class Twins(nn.Module):
    """One net on two inputs."""

    def __init__(self):
        self.net = perceptron(1)

    def forward(self, a, b):
        return (self.net(a) - self.net(b)) ** 2


class Tied(nn.Module):
    """Two layers with one weight."""

    def __init__(self):
        self.embed = nn.Linear(16, 16, bias=False, rng=0)
        self.act = nn.Tanh()
        self.out = nn.Linear(16, 16, bias=False, rng=1)
        self.out.weight = self.embed.weight

    def forward(self, x):
        return self.out(self.act(self.embed(x)))


def adversaries():
    class Generator(nn.Sequential):
        pass

    class Discriminator(nn.Sequential):
        pass

    generator = Generator(nn.Linear(4, 16, rng=0), nn.ReLU(), nn.Linear(16, 8, rng=1))
    critic = Discriminator(nn.Linear(8, 16, rng=2), nn.ReLU(), nn.Linear(16, 1, rng=3))
    real, fake = critic(floats(6, 8)), critic(generator(floats(6, 4)))
    loss = np.mean(autograd.softplus(-real)) + np.mean(autograd.softplus(fake))
    loss.backward()
    return loss


def doubling():
    x = Value(1.0, name="x")
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    return y


def horner():
    x, y = Value(0.5, name="x"), Value(1.0)
    for i in range(30):
        y = y * x + float(i)
    y.backward()
    return y


MODELS = {
    "perceptron": lambda: squared(perceptron(2)(floats(8, 16))),
    "deep": lambda: squared(perceptron(20)(floats(8, 16))),
    "lenet": lenet,
    "nested": lambda: squared(
        nn.Sequential(nn.Sequential(perceptron(2), nn.Tanh()), nn.Linear(1, 16), perceptron(12))(
            floats(8, 16)
        )
    ),
    "recurrent": recurrent,
    "recurrent of a value": recurrent_of_a_value,
    "written": lambda: squared(Written()(floats(3, 50, 4))),
    "encoder": lambda: squared(Encoder(6)(floats(8, 4))),
    "twins": lambda: squared(Twins()(floats(8, 16), floats(8, 16))),
    "tied": lambda: squared(Tied()(floats(8, 16))),
    "adversaries": adversaries,
    "doubling": doubling,
    "horner": horner,
}


def acyclic(graph):
    """Whether the drawn graph can be put in an order, and its edges end at its nodes."""
    waiting = {node.id: 0 for node in graph.nodes}
    after = defaultdict(list)
    for edge in graph.edges:
        waiting[edge.target] += 1
        after[edge.source].append(edge.target)
    free = [id for id, count in waiting.items() if not count]
    done = 0
    while free:
        done += 1
        for target in after[free.pop()]:
            waiting[target] -= 1
            if not waiting[target]:
                free.append(target)
    return done == len(waiting) == len(graph.nodes)


def check(graph, folded, max_nodes):
    assert sum(node.holds for node in folded.nodes) == len(graph.nodes)
    assert len(folded.nodes) <= max_nodes
    assert acyclic(folded)
    assert len({edge.id for edge in folded.edges}) == len(folded.edges)


def boxes(graph):
    return [node for node in graph.nodes if node.holds > 1]


def labels(graph):
    return [node.label for node in boxes(graph)]


# ---- every model ----


@pytest.mark.parametrize("model", MODELS)
def test_visible_and_hidden_are_all(model):
    graph = build(MODELS[model]())
    for max_nodes in (3, 10, 25, 40, 60, 1000):
        check(graph, fit(graph, None, (), max_nodes), max_nodes)
        for depth in (0, 1, 2):
            check(graph, fit(graph, depth, (), max_nodes), max_nodes)
    assert len(fit(graph, 99, (), 1000).nodes) == len(graph.nodes)


@pytest.mark.parametrize("model", MODELS)
def test_opening_one_changes_no_text_elsewhere(model):
    graph = build(MODELS[model]())
    for depth in (0, 1, None):
        closed = {(n.id, n.path): n for n in fit(graph, depth, (), 10_000).nodes}
        for path in {call.path for call in graph.calls}:
            opened = fit(graph, depth, path, 10_000)
            check(graph, opened, 10_000)
            for node in opened.nodes:
                before = closed.get((node.id, node.path), node)
                assert [getattr(node, t) for t in TEXTS] == [getattr(before, t) for t in TEXTS]
            if depth == 0:
                chosen = [n for n in opened.nodes if n.kind == "module" and n.path == path]
                assert not chosen


@pytest.mark.parametrize("model", MODELS)
def test_the_picture_says_what_its_boxes_hold(model):
    graph = build(MODELS[model]())
    folded = fit(graph, None, (), 12)
    held = [node.holds for node in folded.nodes if node.holds > 1]
    if not held:
        assert not folded.remarks
        return
    assert sum(held) + sum(node.holds == 1 for node in folded.nodes) == len(graph.nodes)
    stand = "1 box stands" if len(held) == 1 else f"{len(held)} boxes stand"
    assert folded.remarks[-1] == f"{stand} for {sum(held):,} values and operations"


# ---- levels ----


def test_the_deepest_level_that_fits_is_shown():
    graph = build(lenet())
    assert len(fit(graph, None, (), 70).nodes) == 18  # its layers, though all of it would fit
    one = build(np.sum(nn.Linear(3, 2)(floats(1, 3))))
    assert len(fit(one, None, (), 40).nodes) == len(one.nodes)  # one so small is shown whole
    layers = labels(fit(graph, None, (), 30))
    assert (layers[0], layers[-1]) == ("Conv2d features.0", "Linear classifier.5")
    assert labels(fit(graph, None, (), 12)) == ["Sequential features", "Sequential classifier"]


def test_where_a_level_is_too_much_one_of_its_modules_is_opened():
    class Wide(nn.Module):
        def __init__(self):
            self.small = nn.Sequential(nn.Linear(4, 4, rng=0), nn.Tanh(), nn.Linear(4, 4, rng=1))
            self.large = Mixed()

        def forward(self, x):
            return self.large(self.small(x))

    class Mixed(nn.Module):
        def __init__(self):
            self.parts = [nn.Linear(4, 4 + i, rng=i) for i in range(30)]  # no two alike

        def forward(self, x):
            return sum(np.sum(part(x)) for part in self.parts)

    graph = build(squared(Wide()(floats(2, 4))))
    shown = labels(fit(graph, None, (), 30))
    assert shown == ["Linear small.0", "Tanh small.1", "Linear small.2", "Mixed large"]


def test_a_box_tells_its_shapes_parameters_and_gradient():
    model = LeNet()
    loss = np.sum(model(floats(4, 1, 28, 28)) ** 2)
    assert [n.grad for n in fold_modules(build(loss), 0).nodes if n.kind == "module"] == [
        "|grad| -"
    ]
    loss.backward()
    box = next(n for n in fold_modules(build(loss), 0).nodes if n.kind == "module")
    assert box.label == "LeNet"
    assert box.data == "(4, 1, 28, 28) → (4, 10)\n61,706 parameters"
    assert box.parameters == sum(p.size for p in model.parameters()) == 61706
    norm = np.sqrt(sum(float(np.sum(p.grad**2)) for p in model.parameters()))
    assert box.norm == pytest.approx(norm)


def test_a_frozen_module_wants_no_gradient():
    model = nn.Sequential(nn.Linear(4, 4, rng=0), nn.Linear(4, 1, rng=1))
    model[0].requires_grad_(False)
    loss = squared(model(Value(floats(2, 4), name="x")))
    box = next(n for n in fold_modules(build(loss), 1).nodes if n.label == "Linear 0")
    assert box.grad == "|grad| no grad"
    assert box.norm is None


def test_fold_says_what_is_one_box():
    graph = build(squared(Encoder(2)(floats(8, 4))))
    folded = fit(graph, 99, (), 1000, fold=lambda call: call.kind == "Block")
    assert labels(folded) == ["Block blocks.0", "Block blocks.1"]
    asked = fit(graph, 99, "blocks.1", 1000, fold=lambda call: call.kind == "Block")
    assert labels(asked) == ["Block blocks.0"]
    shallow = fit(graph, 1, (), 1000, fold=lambda call: call.path == "")
    assert labels(shallow) == ["Encoder"]


def test_several_are_expanded():
    graph = build(squared(Encoder(3)(floats(8, 4))))
    opened = fit(graph, 1, ["blocks.0", "blocks.2"], 1000)
    assert [label for label in labels(opened) if "blocks" in label] == [
        "Linear blocks.0.up", "Linear blocks.0.down", "Block blocks.1",
        "Linear blocks.2.up", "Linear blocks.2.down",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "asked, message",
    [
        (dict(expand="7"), r"no module is called '7' here; there are '', '0', '1'"),
        (dict(max_nodes=2), "max_nodes must be at least 3, not 2"),
        (dict(depth=-1), "depth is how many levels .* not -1"),
        (dict(depth=1.5), "depth is how many levels"),
    ],
)
def test_what_cannot_be_asked(asked, message):
    given = dict(depth=None, expand=(), max_nodes=40) | asked
    with pytest.raises(ValueError, match=message):
        fit(build(squared(perceptron(1)(floats(2, 16)))), **given)


def test_fold_is_a_function():
    with pytest.raises(TypeError, match=r"fold is a function of a Call .*'Linear'"):
        fit(build(Value(1.0)), None, (), 40, fold="Linear")


def test_expand_where_no_module_ran():
    with pytest.raises(ValueError, match="there are none, as no nn module ran"):
        fit(build(doubling()), None, "0", 40)


# ---- repeats ----


def test_the_same_module_again_and_again_is_one_box():
    folded = fit(build(recurrent()), None, (), 40)
    (cell,) = (node for node in folded.nodes if node.kind == "module")
    assert cell.label == "Cell cell"
    assert cell.data == "(3, 4), (3, 8) → (3, 8)\n112 parameters\n×50 same weights, in a chain"
    assert (cell.times, cell.parameters, cell.path) == (50, 112, "cell")
    assert [n.data for n in folded.nodes if n.times == 50 and n.kind == "constant"] == [
        "50 × (3, 4)"
    ]


def test_calls_side_by_side_are_no_chain():
    layer = nn.Sequential(nn.Linear(4, 4, rng=0), nn.Tanh())
    graph = build(squared(sum(np.sum(layer(floats(2, 4, seed=i))) for i in range(30))))
    folded = fit(graph, 0, (), 40)
    told = [node.data.split("\n")[-1] for node in folded.nodes if node.kind == "module"]
    assert told == ["×29 same weights"] or told == ["×30 same weights"]


def test_what_is_done_between_its_calls_has_a_box_of_its_own():
    folded = fit(build(recurrent_of_a_value()), None, (), 40)
    slices, cell = boxes(folded)
    assert (slices.kind, slices.data.split("\n")[-1]) == ("hidden", "50 times")
    assert cell.times == 50
    assert (slices.id, cell.id) in {(edge.source, edge.target) for edge in folded.edges}
    assert (cell.id, slices.id) not in {(edge.source, edge.target) for edge in folded.edges}


def test_of_a_module_called_often_the_first_call_is_opened():
    folded = fit(build(recurrent()), None, "cell", 40)
    assert "+49 more Cell (same weights)" in labels(folded) or any(
        label.endswith("more Cell (same weights)") for label in labels(folded)
    )
    assert sum(node.label == "tanh" for node in folded.nodes) >= 1


def test_layers_with_weights_of_their_own():
    folded = fit(build(squared(perceptron(20)(floats(8, 16)))), None, (), 25)
    (more,) = (node for node in folded.nodes if node.label.startswith("+"))
    seen = sum(label.startswith("Linear") for label in labels(folded)) - 1  # the last is another
    assert more.label == f"+{20 - seen} more Linear, ReLU (own weights)"
    assert more.times == 20 - seen
    assert more.parameters == (20 - seen) * 272
    assert 20 < len(folded.nodes) <= 25  # as many as there is room for


def test_a_block_asked_for_is_not_among_the_repeats():
    graph = build(squared(Encoder(12)(floats(8, 4))))
    folded = fit(graph, 1, "blocks.6", 22)
    check(graph, folded, 22)
    assert any("more Block" in label for label in labels(folded))
    assert "Linear blocks.6.up" in labels(folded)


def test_sixty_doublings_read_well():
    folded = fit(build(doubling()), None, (), 40)
    assert [node.label for node in folded.nodes] == ["x", "+", ""]
    (box,) = boxes(folded)
    assert (box.times, box.data.split("\n")[-1]) == (60, "60 times, in a chain")
    x, result = folded.nodes[0], folded.nodes[-1]
    assert (x.data, result.grad) == ("1", "1")
    assert {(e.source, e.target) for e in folded.edges} == {(x.id, box.id), (box.id, result.id)}


def test_a_pattern_whose_parts_feed_each_other_is_one_box():
    (box,) = boxes(fit(build(horner()), None, (), 40))
    assert (box.label, box.times) == ("×, +", 30)


def test_the_bar_of_many_layers_shows_the_one_that_is_worst_off():
    loss = squared(perceptron(20, act=nn.Sigmoid)(floats(8, 16)))
    (more,) = (n for n in fit(build(loss), None, (), 12).nodes if n.label.startswith("+"))
    assert more.norm < 1e-7
    low, high = more.grad.removeprefix("|grad| ").split(" to ")
    assert float(low) == pytest.approx(more.norm, rel=1e-2)
    assert float(high) > 1e-4


def test_what_fits_is_not_folded():
    class Thrice(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(4, 4, rng=0)

        def forward(self, x):
            return self.layer(self.layer(self.layer(x)))

    graph = build(squared(Thrice()(floats(2, 4))))
    assert fit(graph, 99, (), 40).nodes == graph.nodes
    assert labels(fit(graph, 1, (), 40)) == ["Linear layer"] * 3


@given(st.text("ab", max_size=40))
@settings(deadline=None)
def test_patterns_are_what_they_say(text):
    end = 0
    for start, period, count in patterns(text):
        assert start >= end and count >= 3
        end = start + period * count
        assert text[start:end] == text[start : start + period] * count


# ---- weights in two places ----


def test_shared_weights_are_counted_once_and_told_twice():
    graph = build(squared(Tied()(floats(8, 16))))
    folded = fold_modules(graph, 1)
    first, _, second = (node for node in folded.nodes if node.kind == "module")
    assert "256 parameters" in first.data.split("\n")
    assert "256 parameters, shared" in second.data.split("\n")
    assert first.norm == second.norm  # it is one gradient
    assert (first.id, second.id) not in {(edge.source, edge.target) for edge in folded.edges}
    check(graph, folded, 40)


def test_two_models_are_told_apart():
    graph = build(adversaries())
    assert labels(fit(graph, 1, (), 1000)) == [
        "Linear Discriminator.0", "ReLU Discriminator.1", "Linear Discriminator.2",
        "Linear Generator.0", "ReLU Generator.1", "Linear Generator.2",
        "Linear Discriminator.0", "ReLU Discriminator.1", "Linear Discriminator.2",
    ]  # fmt: skip
    opened = labels(fit(graph, 0, "Generator", 1000))
    assert opened == [
        "Discriminator", "Linear Generator.0", "ReLU Generator.1", "Linear Generator.2",
        "Discriminator",
    ]  # fmt: skip


# ---- what is to be noticed ----


def test_a_box_has_the_marks_and_the_deadest_relu_of_what_is_in_it():
    graph = build(squared(perceptron(2)(floats(8, 16))))
    relus = [node.id for node in graph.nodes if node.label == "relu"]
    marked = {
        relus[0]: dict(dead=0.25, marks=("nan",)),
        relus[1]: dict(dead=0.5, marks=("origin",)),
    }
    graph = replace(graph, nodes=tuple(replace(n, **marked.get(n.id, {})) for n in graph.nodes))
    (box,) = (node for node in fold_modules(graph, 0).nodes if node.kind == "module")
    assert (box.dead, box.marks) == (0.5, ("origin", "nan"))


def test_an_operation_that_failed_is_never_hidden():
    model = Encoder(12)
    model.blocks[7].down = nn.Linear(33, 16, rng=0)
    with pytest.raises(ValueError) as caught:
        model(floats(8, 4))
    for depth in (0, 1, None):
        folded = fit(build(caught.value), depth, (), 25)
        assert any("failed" in node.marks for node in folded.nodes if node.kind == "op")


# ---- at random ----


class Random(nn.Module):
    """A tree of modules that calls its children in a random order, some of them again."""

    def __init__(self, plan):
        self.order = plan["order"]
        self.children = [
            Random(child) if isinstance(child, dict) else child for child in plan["children"]
        ]
        self.skip = plan["skip"]

    def forward(self, x):
        first = x
        for i in self.order:
            x = self.children[i % len(self.children)](x)
        return np.tanh(x) + first if self.skip else x


LAYERS = st.builds(
    lambda kind, seed: nn.Linear(3, 3, rng=seed) if kind == "linear" else nn.Tanh(),
    st.sampled_from(["linear", "tanh"]),
    st.integers(0, 5),
)
PLANS = st.recursive(
    LAYERS,
    lambda inner: st.fixed_dictionaries(
        dict(
            children=st.lists(inner, min_size=1, max_size=3),
            order=st.lists(st.integers(0, 5), min_size=1, max_size=6),
            skip=st.booleans(),
        )
    ),
    max_leaves=8,
).filter(lambda plan: isinstance(plan, dict))


@given(PLANS, st.integers(3, 40), st.sampled_from([None, 0, 1, 2, 3]), st.booleans(), st.data())
@settings(max_examples=60, deadline=None)
def test_random_trees_of_modules(plan, max_nodes, depth, traced, data):
    x = Value(floats(2, 3), name="x", requires_grad=traced)
    loss = np.sum(Random(plan)(x) * 1.0)
    graph = build(loss)
    paths = sorted({call.path for call in graph.calls})
    expand = data.draw(st.lists(st.sampled_from(paths), max_size=2)) if paths else ()
    check(graph, fit(graph, depth, expand, max_nodes), max_nodes)


@given(
    st.lists(st.tuples(st.sampled_from("+*-t"), st.integers(0, 3), st.integers(0, 3)), min_size=1,
             max_size=80),
    st.integers(3, 30),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_random_graphs(steps, max_nodes):
    made = [Value(1.0, name="a"), Value(2.0, name="b")]
    for kind, i, j in steps:
        a, b = made[-1 - i % len(made)], made[-1 - j % len(made)]
        new = {"+": a + b, "*": a * 0.5, "-": a - b, "t": np.tanh(b)}
        made.append(new[kind])
    graph = build(made[-1])
    check(graph, fit(graph, None, (), max_nodes), max_nodes)


def test_a_long_recurrent_net_is_folded_in_seconds():
    from time import perf_counter

    graph = build(np.sum(Recurrent()(floats(1, 600, 4))))
    start = perf_counter()
    folded = fit(graph, None, (), 40)
    assert perf_counter() - start < 5
    assert max(node.times for node in folded.nodes) == 600


def test_no_way_leads_out_of_the_middle_and_back():
    graph = build(Value(2.0) * 0.5 * 0.5)
    for max_nodes in range(3, 8):
        check(graph, fit(graph, None, (), max_nodes), max_nodes)


def test_drawing_takes_the_same_settings():
    picture = viz.draw(recurrent(), names={}, expand="cell", fold=lambda call: False)
    assert len(picture.graph.nodes) <= 40


# ---- what a box for many says ----


def many_products(count):
    out = Value(1.0, name="x")
    for i in range(count):
        out = out * Value(0.5 + i / 100, name=f"w{i}")
    out.backward()
    return viz.draw(out * 1, max_nodes=10)


def test_a_box_says_how_many_things_it_is_given_and_the_largest_gradient():
    (box,) = [node for node in many_products(30).graph.nodes if node.label == "×"]
    assert box.data.startswith("two numbers → one number\n")
    assert box.grad.startswith("largest |grad out| ")


def test_what_stands_for_many_is_a_stack():
    svg = many_products(30).svg
    boxes = re.findall(r'<g class="node hidden[^>]*>.*?</g>', svg, re.S)
    assert boxes and all(box.count('class="box"') == 3 for box in boxes)
    dashed = re.search(r"([^}]*){stroke-dasharray:4 3}", svg).group(1)
    assert ".hidden" not in dashed


def test_many_arrays_as_one_say_whose_numbers_are_shown():
    h = Value(np.zeros((1, 3)), name="h")
    for i in range(30):
        h = np.full((1, 3), float(i)) + h
    graph = viz.draw(h, max_nodes=10).graph
    (arrays,) = [node for node in graph.nodes if node.kind == "constant"]
    assert arrays.times == 30 and arrays.data == "30 × (1, 3)\nthe first of them:"


def test_a_range_of_one_number_is_that_number():
    x = Value(1.0, name="x")
    leaves = [Value(1.0, name=f"w{i}") for i in range(30)]
    out = x
    for w in leaves:
        out = out + w
    out.backward()
    grads = {node.grad for node in viz.draw(out, max_nodes=10).graph.nodes}
    assert "|grad| 1" in grads and not any("1 to 1" in grad for grad in grads)


def test_the_input_of_a_residual_block_stays_in_sight():
    class Residual(nn.Module):
        def __init__(self):
            self.inner = nn.Linear(4, 4, rng=0)

        def forward(self, x):
            return self.inner(x) + x

    graph = viz.draw(squared(Residual()(floats(2, 4))), depth=0).graph
    (x,) = [node for node in graph.nodes if node.kind == "constant" and node.shape]
    (box,) = [node for node in graph.nodes if node.kind == "module"]
    assert [(e.source, e.target) for e in graph.edges if x.id == e.source] == [(x.id, box.id)]
    assert box.data.startswith("(2, 4) → (2, 4)\n")
