"""Filters, activations, class-activation maps, training curves and decision boundaries.

Every figure is drawn and lands in ``out/plots``, in light and dark, for a person to look at.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from autograd import Value

plt = pytest.importorskip("matplotlib.pyplot")

from viz import (  # noqa: E402
    cam,
    decision_boundary,
    plot_history,
    show_activations,
    show_filters,
)
from viz.plots.class_maps import bilinear, class_maps  # noqa: E402

LOOK = Path(__file__).parent.parent / "out" / "plots"


@pytest.fixture(autouse=True, params=["default", "dark_background"])
def figures(request, monkeypatch):
    """Without a screen, in light and dark; what was drawn is saved, and nothing was shown."""
    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", lambda *_, **__: pytest.fail("a plot called plt.show()"))
    with plt.style.context(request.param):
        yield
        LOOK.mkdir(parents=True, exist_ok=True)
        for number in plt.get_fignums():
            name = request.node.name.partition("[")[0].removeprefix("test_")
            plt.figure(number).savefig(LOOK / f"{name}-{number}-{request.param}.png", dpi=60)
        plt.close("all")


class Gap(nn.Module):
    """Convolutions, global average pooling and one Linear, with relu as an operation."""

    def __init__(self):
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1, rng=0)
        self.conv2 = nn.Conv2d(4, 6, 3, stride=2, rng=1)
        self.fc = nn.Linear(6, 3, rng=2)

    def forward(self, x):
        x = self.conv1(x).relu()
        x = self.conv2(x).relu()
        return self.fc(x.mean(axis=(2, 3)))


def flat():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, rng=0), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3, rng=1), nn.ReLU(),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(45, 3, rng=2),
    )  # fmt: skip


def images(count=2, size=12):
    return np.random.default_rng(5).random((count, 1, size, size)).astype(np.float32)


def shown(panel):
    return np.asarray(panel.images[-1].get_array())


# ---- filters -----------------------------------------------------------------------------------


def test_filters_of_one_channel_are_the_kernels_on_one_scale_around_0():
    layer = nn.Conv2d(1, 6, 3, rng=0)
    axes = show_filters(layer)
    assert axes.shape == (2, 3)
    limit = np.abs(layer.weight.data).max()
    for panel, kernel in zip(axes.flat, layer.weight.data, strict=True):
        np.testing.assert_array_equal(shown(panel), kernel[0])
        assert panel.images[-1].get_clim() == pytest.approx((-limit, limit))
    assert [panel.get_title() for panel in axes.flat] == list("012345")
    assert "6 filters of 1 × 3 × 3" in axes.flat[0].figure.get_suptitle()


def test_filters_of_many_channels_have_a_tile_for_each():
    weight = np.random.default_rng(0).normal(size=(3, 5, 2, 4))
    axes = show_filters(Value(weight, name="features.0.weight"))
    sheet = np.ma.getdata(axes.flat[1].images[0].get_array())
    np.testing.assert_array_equal(sheet[3:5, 5:9], weight[1, 4])  # second row, second of three
    title = axes.flat[0].figure.get_suptitle()
    assert "features.0.weight: 3 filters" in title and "5 input channels" in title


def test_filters_that_are_too_many_are_counted():
    axes = show_filters(np.ones((70, 1, 3, 3)), max_filters=4)
    assert axes.shape == (2, 2)
    assert "4 of 70 filters" in axes.flat[0].figure.get_suptitle()


def test_filters_mark_what_is_dead_or_not_a_number():
    weight = np.ones((3, 1, 2, 2))
    weight[1], weight[2, 0, 0, 0] = 0, np.nan
    titles = [panel.get_title() for panel in show_filters(weight).flat[:3]]
    assert titles == ["0", "1 (all 0)", "2 (NaN)"]


@pytest.mark.parametrize(
    "given, says",
    [
        (np.ones((3, 4)), r"kernels of shape .* got float64 \(3, 4\); reshape"),
        (np.ones((3, 4, 5)), r"got float64 \(3, 4, 5\)"),
        (nn.Linear(2, 3), "Linear has no kernels of four axes; no layer in it has any"),
        (Gap(), r"choose one of its convolutions: model\.conv1, model\.conv2$"),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 3)), r"model\[0\], model\[1\]$"),
        (nn.ReLU(), "ReLU has no kernels"),
    ],
)
def test_filters_refuse_other_weights(given, says):
    with pytest.raises(ValueError, match=says):
        show_filters(given)
    assert not plt.get_fignums()


# ---- activations -------------------------------------------------------------------------------


def test_activations_of_a_layer_are_what_the_layer_makes():
    model, x = flat(), images(1)
    axes = show_activations(model, x[0], layer="1")
    expected = model[1](model[0](x)).data[0]
    assert axes.shape == (2, 2)
    for panel, channel in zip(axes.flat, expected, strict=True):
        np.testing.assert_array_equal(shown(panel), channel)


def test_activations_of_a_batch_have_a_row_for_each_image():
    model, x = flat(), images(3)
    axes = show_activations(model, Value(x), layer="0")
    expected = model[0](x).data
    assert axes.shape == (3, 4)
    np.testing.assert_array_equal(shown(axes[2, 1]), expected[2, 1])
    assert axes[0, 0].images[0].get_clim()[0] < 0  # signed: centred


def test_activations_in_overview_name_every_layer():
    axes = show_activations(Gap(), images(1)[0])
    titles = [panel.get_title(loc="left") for panel in axes]
    assert titles == [
        "x  1 × 12 × 12", "conv1  4 × 12 × 12", "relu  4 × 12 × 12", "conv2  6 × 5 × 5",
        "relu #2  6 × 5 × 5", "mean  6", "fc  3",
    ]  # fmt: skip
    titles = [panel.get_title(loc="left") for panel in show_activations(flat(), images(3))]
    assert titles[1:4] == ["0 (conv2d)  4 × 10 × 10", "1 (relu)  4 × 10 × 10",
                           "2 (max_pool2d)  4 × 5 × 5"]  # fmt: skip
    assert plt.gcf().get_suptitle() == "image 0 of 3"


def test_activations_of_deep_models_are_chosen_and_counted():
    model = nn.Sequential(*[nn.Linear(4, 4, rng=i) for i in range(30)])
    axes = show_activations(model, np.ones(4, np.float32))
    assert len(axes) == 12
    assert axes[-1].get_title(loc="left").startswith("29 (linear)")
    assert "12 of 31 layers" in plt.gcf().get_suptitle()


def test_activations_of_rows_are_a_table():
    model, x = nn.Sequential(nn.Linear(2, 7, rng=0), nn.Tanh()), np.ones((5, 2), np.float32)
    panel = show_activations(model, x, layer="1")
    np.testing.assert_array_equal(shown(panel), model(x).data)


def test_layers_that_come_again_are_counted_and_inner_ones_have_paths():
    class Twice(nn.Module):
        def __init__(self):
            self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(2, 2, rng=0), nn.Tanh())])

        def forward(self, x):
            return self.blocks[0](self.blocks[0](x))

    with pytest.raises(ValueError, match="no layer is called 'nope'") as raised:
        show_activations(Twice(), np.ones((1, 2), np.float32), layer="nope")
    for name in ("'blocks.0.0'", "'blocks.0.1'", "'blocks.0.1 #2'", "'Twice'"):
        assert name in str(raised.value)


def test_a_plain_function_of_layers_is_a_model():
    first, kernels = nn.Conv2d(1, 2, 3, rng=0), np.ones((3, 2, 2, 2), np.float32)

    def model(x):
        return autograd.conv2d(first(x).relu(), kernels)

    axes = show_activations(model, images(1)[0])
    names = [panel.get_title(loc="left").split("  ")[0] for panel in axes]
    assert names == ["x", "Conv2d", "relu", "conv2d"]


# ---- nothing else changes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "look",
    [
        lambda model, x: show_activations(model, x),
        lambda model, x: cam(model, x),
        lambda model, x: cam(model, x, 1, layer="0"),
    ],
)
def test_modes_gradients_and_results_are_as_before(look):
    model, x = flat(), images()
    model[1].eval()  # one module in another mode than the rest
    modes = [module.training for module in model.modules()]
    for i, parameter in enumerate(model.parameters()):
        parameter.grad = None if i else np.ones_like(parameter.data)
    data = {name: array.copy() for name, array in model.state_dict().items()}
    seen = []
    with autograd.no_grad(), autograd.watch_backward(seen.append):
        look(model, x)
    assert [module.training for module in model.modules()] == modes
    grads = [parameter.grad for parameter in model.parameters()]
    assert (grads[0] == 1).all() and grads[1:] == [None] * (len(grads) - 1)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, data[name])
    assert not seen


def test_modes_are_restored_after_a_failure():
    model = flat()
    with pytest.raises(ValueError, match="in_channels"):
        cam(model, np.ones((3, 12, 12), np.float32))
    assert all(module.training for module in model.modules())


def test_dropout_does_not_drop():
    model, x = flat(), images()
    first = class_maps(model, x, 0, None, "grad").maps
    np.testing.assert_array_equal(class_maps(model, x, 0, None, "grad").maps, first)
    np.testing.assert_array_equal(class_maps(model.eval(), x, 0, None, "grad").maps, first)


def test_frozen_models_can_be_looked_at():
    model, x = Gap(), images()
    expected = class_maps(model, x, 1, None, "grad").maps
    model.requires_grad_(False)
    np.testing.assert_array_equal(class_maps(model, x, 1, None, "grad").maps, expected)


# ---- class-activation maps ---------------------------------------------------------------------


def numpy_conv(x, weight, bias, stride=1, padding=0):
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    return np.einsum("nchwij,ocij->nohw", windows, weight) + bias[:, None, None]


def gap_features(model, x):
    """The pooled feature maps of Gap, in float64 and without the engine."""
    w = {name: array.astype(float) for name, array in model.state_dict().items()}
    x = np.maximum(numpy_conv(x, w["conv1.weight"], w["conv1.bias"], padding=1), 0)
    return np.maximum(numpy_conv(x, w["conv2.weight"], w["conv2.bias"], stride=2), 0), w


@pytest.mark.parametrize("target", [None, 2, [1, 0]])
def test_gap_is_the_weighted_sum_of_the_paper(target):
    model, x = Gap(), images()
    features, w = gap_features(model, x)
    scores = features.mean(axis=(2, 3)) @ w["fc.weight"].T + w["fc.bias"]
    classes = scores.argmax(axis=1) if target is None else np.broadcast_to(target, 2)
    found = class_maps(model, x, target, None, "gap")
    expected = np.einsum("nk,nkhw->nhw", w["fc.weight"][classes], features)
    np.testing.assert_allclose(found.maps, expected, atol=1e-6)
    np.testing.assert_array_equal(found.targets, classes)
    # Equation 2 of the paper: the map's mean is the score, but for the bias.
    chosen = scores[[0, 1], classes] - w["fc.bias"][classes]
    np.testing.assert_allclose(found.maps.mean(axis=(1, 2)), chosen, atol=1e-6)


def test_grad_of_a_pooled_model_is_the_positive_part_of_gap():
    model, x = Gap(), images()
    features, w = gap_features(model, x)
    expected = np.maximum(np.einsum("k,nkhw->nhw", w["fc.weight"][1], features), 0)
    found = class_maps(model, x, 1, "relu #2", "grad").maps
    np.testing.assert_allclose(found, expected / features[0, 0].size, atol=1e-7)


@pytest.mark.parametrize("layer, index", [(None, 4), ("3", 3), ("2", 2), ("1", 1)])
@pytest.mark.parametrize("softmax", [False, True])
def test_grad_is_that_of_torch(layer, index, softmax):
    torch = pytest.importorskip("torch")
    model, x, target = flat(), images(3), [2, 0, 1]
    other = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(4, 5, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Dropout(0.5),
        torch.nn.Linear(45, 3),
    ).eval()  # fmt: skip
    other.load_state_dict({name: torch.tensor(a) for name, a in model.state_dict().items()})
    features = other[: index + 1](torch.tensor(x))
    scores = other[index + 1 :](features)
    score = scores[torch.arange(3), target]
    (slopes,) = torch.autograd.grad(score.sum(), features)
    weighted = (slopes.mean(dim=(2, 3), keepdim=True) * features).sum(dim=1)
    expected = torch.relu(weighted).detach()
    if softmax:
        model = nn.Sequential(*model, nn.Softmax())  # the score is the one before it
    found = class_maps(model, x, target, layer, "grad")
    assert expected.numpy().any()
    np.testing.assert_allclose(found.maps, expected, atol=1e-6)
    np.testing.assert_allclose(found.scores, score.detach(), atol=1e-6)
    panels = cam(model, x, target, layer=layer)
    large = torch.nn.functional.interpolate(expected[:, None], (12, 12), mode="bilinear")
    for panel, image in zip(panels.flat[:3], large[:, 0], strict=True):
        np.testing.assert_allclose(shown(panel), image, atol=1e-6)


@pytest.mark.parametrize("size", [(7, 9), (2, 3), (14, 3), (1, 1)])
def test_bilinear_is_that_of_torch(size):
    torch = pytest.importorskip("torch")
    image = np.random.default_rng(0).normal(size=(4, 3))
    expected = torch.nn.functional.interpolate(torch.tensor(image)[None, None], size,
                                               mode="bilinear")[0, 0]  # fmt: skip
    np.testing.assert_allclose(bilinear(image, size), expected, atol=1e-12)


@pytest.mark.parametrize(
    "pool",
    [
        lambda x: nn.AvgPool2d(10)(x).reshape(len(x), 4),
        lambda x: np.sum(x, axis=(2, 3)) / 100,
        lambda x: np.einsum("nchw->nc", x) * 0.01,
    ],
)
def test_gap_knows_global_average_pooling_however_it_is_written(pool):
    conv, head = nn.Conv2d(1, 4, 3, rng=0), nn.Linear(4, 2, rng=1)
    x = images()
    found = class_maps(lambda x: head(pool(conv(x).relu())), x, 0, None, "gap").maps
    features = np.maximum(conv(x).data, 0)
    expected = np.einsum("k,nkhw->nhw", head.weight.data[0], features)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_gap_refuses_what_only_looks_linear():
    conv, head = nn.Conv2d(1, 4, 3, rng=0), nn.Linear(4, 2, rng=1)

    def squared(x):  # the slope is the same at all places, and yet no weight
        features = conv(x).relu()
        return head((features * features.mean(axis=(2, 3), keepdims=True)).mean(axis=(2, 3)))

    def divided(x):
        return head(1 / conv(x).relu().mean(axis=(2, 3)))

    for model, operation in ((squared, "multiply"), (divided, "divide")):
        with pytest.raises(ValueError, match=f"after those of relu comes {operation}"):
            class_maps(model, images(), 0, "relu", "gap")


def test_cam_shows_the_image_under_the_map():
    model, x = Gap(), images()
    panel = cam(model, x[0], method="gap")
    np.testing.assert_allclose(np.asarray(panel.images[0].get_array()), x[0, 0], atol=1e-6)
    low, high = panel.images[1].get_clim()
    assert low == -high
    assert panel.get_title().startswith("predicted class")
    assert plt.gcf().get_suptitle() == "CAM of relu #2, 6 × 5 × 5"
    colour = nn.Conv2d(3, 2, 3, rng=0)
    red, green = np.zeros((2, 3, 8, 8))
    red[0, :4], green[1, :4] = 1, 1
    panels = cam(lambda x: colour(x).mean(axis=(2, 3)), np.stack([red, green]), target=1)
    for panel, luma in zip(panels, (0.299, 0.587), strict=True):
        np.testing.assert_allclose(np.asarray(panel.images[0].get_array())[[0, 7], 0], [luma, 0])
    assert panel.get_title().startswith("class 1, score")


def test_cam_says_where_nothing_speaks_for_a_class():
    conv = nn.Conv2d(1, 2, 3, rng=0)
    panel = cam(lambda x: -conv(x).relu().mean(axis=(2, 3)), images(1)[0], 0)
    assert panel.get_title().endswith("(all 0)")


X = np.ones((1, 12, 12), np.float32)


@pytest.mark.parametrize(
    "settings, says",
    [
        (dict(model=nn.Sequential(nn.Flatten(), nn.Linear(144, 2))), "no convolution"),
        (dict(target=3), "target 3 is none of the model's classes, 0 to 2"),
        (dict(target=-1), "target -1 is none"),
        (dict(target=1.5), "target is the number of a class"),
        (dict(target=[0, 1]), "one for each of the 1 images"),
        (dict(image=X[0]), r"got \(12, 12\); image\[None\]"),
        (dict(layer="conv9"), r"no layer is called 'conv9'; there are\n  'conv1' .*12, 12"),
        (dict(layer="fc"), "'fc' makes no feature maps .* made by 'conv1', 'relu', 'conv2'"),
        (dict(method="cam"), "method is 'grad' or 'gap', not 'cam'"),
        (dict(method="gap", layer="conv2"), "after those of conv2 comes relu"),
        (dict(method="gap", model=flat()), "places of 4 .relu. have different weights"),
        (dict(model=nn.Conv2d(1, 2, 3)), r"a score for each class, \(batch, classes\)"),
        (dict(ax=np.array([])), "draws 1 panel, and ax= gives 0"),
    ],
)  # fmt: skip
def test_cam_refuses(settings, says):
    with pytest.raises(ValueError, match=says):
        cam(**dict(dict(model=Gap(), image=X), **settings))
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    "settings, says",
    [
        (dict(image=(X * 255).astype(np.uint8)), "image of uint8; give the floating-point numbers"),
        (dict(model=7), "model that can be called"),
        (dict(model=lambda x: x.data.mean(axis=(2, 3))), "ndarray that records none"),
    ],
)
def test_cam_refuses_other_types(settings, says):
    with pytest.raises(TypeError, match=says):
        cam(**dict(dict(model=Gap(), image=X), **settings))


# ---- training curves ---------------------------------------------------------------------------


def test_history_of_fit():
    x = np.linspace(-1, 1, 20, dtype=np.float32)[:, None]
    model = nn.Linear(1, 1, rng=0)
    history = nn.fit(
        model, nn.functional.mse_loss, nn.optim.SGD(model.parameters(), lr=0.1), (x, 2 * x),
        epochs=6, validation=(x[::2], 2 * x[::2]), progress=False, rng=0,
        metrics=[lambda p, t: float(np.abs(p - t).max())],
    )  # fmt: skip
    axes = plot_history(history)
    assert axes.shape == (2,)
    lines = {line.get_label(): line for line in axes[0].get_lines()}
    np.testing.assert_array_equal(lines["train"].get_ydata(), history["loss"])
    np.testing.assert_array_equal(lines["validation"].get_ydata(), history["val_loss"])
    np.testing.assert_array_equal(lines["train"].get_xdata(), [1, 2, 3, 4, 5, 6])
    assert lines["train"].get_linestyle() != lines["validation"].get_linestyle()


def test_the_best_epoch_has_the_lowest_validation_loss_in_every_panel():
    columns = dict(loss=[3, 2, 1.0], accuracy=[0.1, 0.2, 0.9], val_loss=[2, 1.5, 4],
                   val_accuracy=[0.3, 0.4, 0.5])  # fmt: skip
    axes = plot_history(columns)
    assert [panel.get_title() for panel in axes] == [
        "best epoch 2: val_loss 1.5", "best epoch 2: val_accuracy 0.4",
    ]  # fmt: skip
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    assert [panel.get_title() for panel in plot_history(rows)] == [
        panel.get_title() for panel in axes
    ]


def test_history_without_validation_or_with_nan():
    panel = plot_history({"loss": [np.nan, 2.0, 1.0, np.inf]})
    assert panel.get_title() == "best epoch 3: loss 1"
    assert plot_history({"score": [1.0]}).get_title() == ""  # nobody knows which is best


@pytest.mark.parametrize(
    "given, error, says",
    [
        (nn.History(), ValueError, "no epoch was finished"),
        ({}, ValueError, "no epoch was finished"),
        ({"loss": [1, 2], "val_loss": [1]}, ValueError, "loss 2, val_loss 1"),
        (3, TypeError, "this is a int"),
    ],
)
def test_history_refuses(given, error, says):
    with pytest.raises(error, match=says):
        plot_history(given)


def test_plots_go_where_they_are_told():
    _, axes = plt.subplots(1, 2)
    assert plot_history({"loss": [1, 2], "accuracy": [3, 4]}, ax=axes) is axes
    assert all(panel.lines for panel in axes)
    with pytest.raises(ValueError, match="draws 2 panels, and ax= gives 1 Axes"):
        plot_history({"loss": [1, 2], "accuracy": [3, 4]}, ax=axes[0])
    assert decision_boundary(lambda X: X[:, 0], np.eye(2), [0, 1], ax=axes[1]) is axes[1]
    assert cam(Gap(), X, ax=axes[0]) is axes[0]
    _, axes = plt.subplots(2, 2)
    assert show_filters(np.ones((4, 1, 2, 2)), ax=axes) is axes
    assert show_activations(Gap(), X, layer="conv1", ax=list(axes.flat)) == list(axes.flat)
    assert len(plt.get_fignums()) == 2


# ---- decision boundaries -----------------------------------------------------------------------


def points(classes=2, count=60):
    rng = np.random.default_rng(0)
    y = rng.integers(0, classes, count)
    angle = 2 * np.pi * y / classes
    X = np.stack([2 * np.cos(angle), 2 * np.sin(angle)], axis=1) + rng.normal(size=(count, 2))
    return X.astype(np.float32), y


def line_of(panel):
    """The corners of the boundary."""
    return np.concatenate([path.vertices for c in panel.collections for path in c.get_paths()
                           if type(c).__name__ == "QuadContourSet"])  # fmt: skip


def linear(weight, bias):
    layer = nn.Linear(2, len(weight))
    layer.load_state_dict({"weight": np.array(weight), "bias": np.array(bias)})
    return layer


@pytest.mark.parametrize(
    "model, labels, label",
    [
        (linear([[1, 2]], [-1]), (0, 1), "probability of class 1"),
        (lambda X: linear([[1, 2]], [-1])(X)[:, 0], (0, 1), "probability of class 1"),
        (nn.Sequential(linear([[1, 2]], [-1]), nn.Sigmoid()), (0, 1), "probability of class 1"),
        (linear([[1, 2]], [-1]), (-1, 1), "score"),
        (linear([[0, 0], [1, 2]], [0, -1]), (0, 1), "probability of class 1"),
        (nn.Sequential(linear([[0, 0], [1, 2]], [0, -1]), nn.Softmax()), (0, 1),
         "probability of class 1"),
        (linear([[0, 0], [1, 2]], [0, -1]), ("cat", "dog"), "probability of class dog"),
        (lambda X: X @ [1, 2] - 1, (False, True), "probability of class 1"),
    ],
)  # fmt: skip
def test_boundary_of_two_classes_is_where_the_model_changes_its_mind(model, labels, label):
    X, y = points()
    panel = decision_boundary(model, X, np.array(labels)[y])
    corners = line_of(panel)
    assert len(corners) > 10
    np.testing.assert_allclose(corners @ [1, 2], 1, atol=0.02)
    assert plt.gcf().axes[-1].get_ylabel() == label
    dots = [c for c in panel.collections if type(c).__name__ == "PathCollection"]
    np.testing.assert_array_equal(np.sort(dots[1].get_offsets()[:, 0]), np.sort(X[y == 1, 0]))
    shapes = [tuple(dot.get_paths()[0].vertices.ravel()) for dot in dots]
    assert shapes[0] != shapes[1]  # markers, and not colours alone
    edges = panel.images[0].get_extent()
    np.testing.assert_allclose(edges, [*panel.get_xlim(), *panel.get_ylim()], atol=0.05)
    assert (edges[0] < X[:, 0]).all() and (X[:, 0] < edges[1]).all() and np.ptp(edges[:2]) < 9.5
    surface = shown(panel)
    grown = surface[-1, -1] > surface[0, 0]  # up and to the right lies the second class
    assert grown


def test_an_untrained_logit_between_0_and_1_is_no_probability():
    X, y = points()
    model = linear([[0.01, 0.0]], [0.4])  # from 0.36 to 0.44: the class is 1 everywhere
    panel = decision_boundary(model, X, y)
    assert panel.get_title() == "no boundary here: all is class 1"
    panel = decision_boundary(model, X, y, threshold=0.4)
    np.testing.assert_allclose(line_of(panel)[:, 0], 0, atol=0.05)


def test_boundary_of_many_classes():
    X, y = points(4)
    model = linear([[1, 0], [0, 1], [-1, 0], [0, -1]], [0, 0, 0, 0])
    panel = decision_boundary(model, X, np.eye(4)[y], class_names=list("abcd"))
    corners = line_of(panel)
    np.testing.assert_allclose(np.abs(corners[:, 0]), np.abs(corners[:, 1]), atol=0.05)
    texts = [text.get_text() for text in panel.get_legend().get_texts()]
    assert texts == [f"{name} ({(y == i).sum()})" for i, name in enumerate("abcd")] + ["boundary"]
    rgb = shown(panel)
    left, right = rgb[100, 5], rgb[100, -5]
    assert np.abs(left - right).max() > 0.1


def test_boundary_asks_in_evaluation_mode_and_records_nothing():
    X, y = points()
    made = []

    class Watched(nn.Module):
        def __init__(self):
            self.layer, self.drop = nn.Linear(2, 1, rng=0), nn.Dropout(0.5)

        def forward(self, x):
            out = self.drop(self.layer(x))
            made.append((self.drop.training, len(x), out.requires_grad))
            return out

    model = Watched()
    decision_boundary(model, Value(X), Value(y), resolution=50)
    assert made == [(False, 2500, False), (False, 1, True)]
    assert model.training and model.drop.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_boundary_of_a_classifier_that_is_no_network():
    svm = pytest.importorskip("sklearn.svm")
    X, y = points(3)
    classifier = svm.SVC().fit(X, y)
    panel = decision_boundary(classifier.decision_function, X, y, resolution=60)
    assert len(line_of(panel))


@pytest.mark.parametrize(
    "changes, says",
    [
        (dict(X=np.ones((4, 3))), r"two features, \(points, 2\), and X has shape \(4, 3\)"),
        (dict(y=[0, 1]), "X has 4 points and y 2 classes"),
        (dict(y=[0, 1, 2, 1]), "one score a point, which tells two classes apart; y has 3"),
        (dict(model=linear([[1, 0]] * 3, [0] * 3), y=[0, 1, 2, 3]), "gives 3 scores .* y has 4"),
        (dict(model=lambda X: X.sum()), "asks the model of all points at once"),
        (dict(model=lambda X: X[:, 0] * np.nan), "gives NaN"),
        (dict(class_names=["a"]), "there are 2 classes, and class_names has 1"),
        (dict(resolution=1), "at least 2"),
    ],
)
def test_boundary_refuses(changes, says):
    settings = dict(model=lambda X: X[:, 0], X=np.eye(4)[:, :2], y=[0, 1, 0, 1])
    with pytest.raises(ValueError, match=says):
        decision_boundary(**dict(settings, **changes))
    assert not plt.get_fignums()


# ---- without matplotlib ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plot",
    [
        lambda: show_filters(np.ones((1, 1, 2, 2))),
        lambda: show_activations(Gap(), X),
        lambda: cam(Gap(), X),
        lambda: plot_history({"loss": [1]}),
        lambda: decision_boundary(lambda X: X[:, 0], np.eye(2), [0, 1]),
    ],
    ids=["show_filters", "show_activations", "cam", "plot_history", "decision_boundary"],
)
def test_without_matplotlib_the_extra_is_named(plot, monkeypatch, request):
    for name in ("matplotlib", "matplotlib.pyplot"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        ImportError, match=r'draws with matplotlib: pip install "chainrule\[train\]"'
    ):
        plot()
