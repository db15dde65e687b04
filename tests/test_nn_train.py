"""fit, what goes with it, and the command line."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nn

ROOT = Path(__file__).parent.parent
MSE = nn.functional.mse_loss


# ---- fit ----


def line(rows=40):
    x = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    return x, 3 * x - 1


def train(**settings):
    model = nn.Linear(1, 1, rng=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=settings.pop("lr", 0.1))
    settings = {"epochs": 3, "progress": False, "rng": 0, **settings}
    return model, nn.fit(model, MSE, optimizer, settings.pop("data", line()), **settings)


def test_fit_learns_and_can_be_repeated():
    model, history = train(epochs=40, batch_size=8)
    assert model.weight.item() == pytest.approx(3, abs=0.05)
    assert history["loss"][-1] < 1e-3 < history["loss"][0]
    again, other = train(epochs=40, batch_size=8)
    assert history.epochs == other.epochs
    np.testing.assert_array_equal(model.weight.data, again.weight.data)


def test_loss_is_the_mean_over_rows():
    _, history = train(data=line(5), batch_size=2, lr=0.0, epochs=1)
    model = nn.Linear(1, 1, rng=0)
    x, y = line(5)
    expected = np.mean((model(x).data - y) ** 2)
    assert history["loss"][0] == pytest.approx(expected, rel=1e-5)
    assert nn.evaluate(model, MSE, (x, y), ())["loss"] == pytest.approx(expected, rel=1e-5)


def test_history():
    _, history = train(validation=line(7), metrics=[worst])
    assert list(history.epochs[0]) == ["loss", "worst", "val_loss", "val_worst"]
    assert len(history) == 3 and "val_worst" in repr(history)
    assert len(repr(history).splitlines()) == 4
    with pytest.raises(KeyError, match="no column 'accuracy'"):
        history["accuracy"]


def worst(prediction, target):
    return np.abs(prediction - target).max()


def test_accuracy():
    logits = np.array([[2.0, 1.0], [0.0, 1.0], [3.0, 1.0]])
    assert nn.metrics.accuracy(logits, np.array([0, 1, 1])) == pytest.approx(2 / 3)
    assert nn.metrics.accuracy(np.array([[1.0], [-1.0]]), np.array([[1.0], [1.0]])) == 0.5


def test_a_loss_that_is_no_number_stops():
    with pytest.raises(FloatingPointError, match=r"epoch 1/3, batch \d.*learning rate"):
        train(lr=1e20)


def test_ctrl_c_keeps_what_was_learnt(capsys):
    def interrupt(history):
        if len(history) == 2:
            raise KeyboardInterrupt

    model, history = train(epochs=50, callbacks=[interrupt])
    assert history.interrupted and len(history) == 2
    assert model.weight.data[0, 0] != nn.Linear(1, 1, rng=0).weight.data[0, 0]
    assert "the model keeps" in capsys.readouterr().err


def test_callbacks_can_stop():
    _, history = train(epochs=50, callbacks=[lambda history: len(history) == 4])
    assert len(history) == 4 and not history.interrupted


def test_mode_is_given_back():
    model = nn.Sequential(nn.Linear(1, 1, rng=0), nn.Dropout(0.5)).eval()
    nn.fit(model, MSE, nn.optim.SGD(model.parameters()), line(), epochs=1, progress=False)
    assert not model.training
    model.train()
    nn.evaluate(model, MSE, line(), ())
    assert model.training


def test_bad_requests():
    with pytest.raises(ValueError, match="no metric is called 'f7'"):
        train(metrics=["f7"])
    with pytest.raises(TypeError, match="fit trains a Module"):
        nn.fit(np.tanh, MSE, None, line(), epochs=1)


def test_bars(capsys, monkeypatch):
    train(progress=True, epochs=1)
    assert "epoch 1/1" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    train(progress=True, epochs=1)
    text = capsys.readouterr().err
    assert "epoch 1/1: 2/2 batches, loss" in text


# ---- the command ----


def command(*args):
    return subprocess.run(
        [sys.executable, "-m", "nn", "train", *args], capture_output=True, text=True, cwd=ROOT
    )


def test_command():
    done = command("digits", "--epochs", "3", "--no-progress")
    assert done.returncode == 0, done.stderr
    assert "test accuracy" in done.stdout and "8,970 parameters" in done.stdout
    cnn = command("digits", "--model", "cnn", "--epochs", "1", "--no-progress")
    assert cnn.returncode == 0 and "Conv2d" in cnn.stdout


def test_command_refuses():
    for args, message in (
        (["letters"], "invalid choice: 'letters'"),
        (["digits", "--model", "rnn"], "invalid choice: 'rnn'"),
        (["digits", "--epochs", "0"], "at least 1"),
    ):
        done = command(*args)
        assert done.returncode == 2 and message in done.stderr
        assert "Traceback" not in done.stderr


# ---- callbacks, checkpoints, resumption ----------------------------------------------------------


def noisy(seed=0):
    nn.manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3))
    optimizer = nn.optim.Adam(model.parameters(), lr=1e-2)
    scheduler = nn.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
    r = np.random.default_rng(1)
    x = r.normal(size=(96, 4)).astype(np.float32)
    return model, optimizer, scheduler, (x, x[:, :3].argmax(axis=1))


def run(epochs, folder, resume=None, seed=0, **settings):
    model, optimizer, scheduler, data = noisy(seed)
    checkpoint = nn.Checkpoint(folder)
    history = nn.fit(
        model, nn.functional.cross_entropy, optimizer, data, epochs=epochs, batch_size=16,
        validation=data, metrics=["accuracy", "f1"], scheduler=scheduler, resume=resume,
        callbacks=[nn.EarlyStopping(50), checkpoint], progress=False, **settings
    )  # fmt: skip
    return model, history


def test_a_resumed_run_is_the_uninterrupted_one_to_the_bit(tmp_path):
    pytest.importorskip("safetensors")
    whole, history = run(6, tmp_path / "whole")
    run(3, tmp_path / "part")
    last = tmp_path / "part" / "last.safetensors"
    rest, resumed = run(6, tmp_path / "part", resume=last, seed=9)  # another start is overwritten
    for name, array in whole.state_dict().items():
        np.testing.assert_array_equal(rest.state_dict()[name], array)
    assert resumed.epochs == history.epochs and resumed.lr == history.lr
    assert history.lr == [1e-2, 1e-2, 5e-3, 5e-3, 2.5e-3, 2.5e-3]


def test_a_killed_run_resumes_to_the_bit(tmp_path):
    pytest.importorskip("safetensors")
    whole, history = run(5, tmp_path / "whole", rng=3)

    class Killed(nn.Callback):
        def on_batch_end(self, run):
            if len(run.history) == 2 and self.seen():
                raise SystemExit("power cut")

        count = 0

        def seen(self):
            self.count += 1
            return self.count == 3

    model, optimizer, scheduler, data = noisy()
    with pytest.raises(SystemExit):
        nn.fit(
            model, nn.functional.cross_entropy, optimizer, data, epochs=5, batch_size=16,
            validation=data, metrics=["accuracy", "f1"], scheduler=scheduler, rng=3,
            callbacks=[nn.EarlyStopping(50), nn.Checkpoint(tmp_path / "part"), Killed()],
            progress=False,
        )  # fmt: skip
    rest, resumed = run(5, tmp_path / "part", resume=tmp_path / "part" / "last.safetensors", rng=3)
    for name, array in whole.state_dict().items():
        np.testing.assert_array_equal(rest.state_dict()[name], array)
    assert resumed.epochs == history.epochs


def test_the_best_model_is_saved_apart(tmp_path):
    pytest.importorskip("safetensors")
    model, history = run(5, tmp_path)
    best = nn.load(tmp_path / "best.safetensors")
    assert set(best) == set(model.state_dict())
    model.load_state_dict(best)
    _, _, _, data = noisy()
    found = nn.evaluate(model, nn.functional.cross_entropy, data)
    assert found["loss"] == pytest.approx(min(history["val_loss"]), rel=1e-5)


def test_early_stopping_waits_and_gives_back_the_best():
    x = np.linspace(-1, 1, 20, dtype=np.float32)[:, None]
    model = nn.Linear(1, 1, rng=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.3)
    seen = []

    def spoil(history):  # from the fourth epoch on it gets worse
        seen.append(model.state_dict())
        if len(history) >= 3:
            optimizer.param_groups[0]["lr"] = -0.3

    stopping = nn.EarlyStopping(patience=2, monitor="loss")
    history = nn.fit(
        model, nn.functional.mse_loss, optimizer, (x, 3 * x), epochs=50, batch_size=20,
        callbacks=[stopping, spoil], progress=False,
    )  # fmt: skip
    best = int(np.argmin(history["loss"])) + 1
    assert len(history) == best + 2 and stopping.best_epoch == best
    assert f"epoch {best} for 2 epochs" in history.stopped
    np.testing.assert_array_equal(model.weight.data, seen[best - 1]["weight"])
    with pytest.raises(ValueError, match="monitor='auc' is no column; there are loss"):
        nn.fit(
            model, nn.functional.mse_loss, optimizer, (x, x), epochs=1, progress=False,
            callbacks=[nn.EarlyStopping(monitor="auc")],
        )  # fmt: skip


def test_accuracies_are_to_rise_and_losses_to_fall():
    class Fake:
        def __init__(self, name, numbers):
            self.history = nn.History()
            self.history.epochs = [{name: number} for number in numbers]

    for name, numbers, expected in [
        ("val_accuracy", (0.5, 0.7), True),
        ("val_accuracy", (0.5, 0.4), False),
        ("loss", (0.5, 0.4), True),
        ("top5", (0.5, 0.4), False),
    ]:
        watcher = nn.EarlyStopping(monitor=name)
        assert watcher.improved(Fake(name, numbers[:1]))
        assert watcher.improved(Fake(name, numbers)) is expected


def test_a_log_that_a_spreadsheet_reads(tmp_path):
    import csv

    model, optimizer, _, data = noisy()
    history = nn.fit(
        model, nn.functional.cross_entropy, optimizer, data, epochs=3, metrics="accuracy",
        callbacks=[nn.callbacks.CSVLogger(tmp_path / "log.csv")], progress=False,
    )  # fmt: skip
    with open(tmp_path / "log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == history["loss"]
    assert list(rows[0]) == ["epoch", "loss", "accuracy", "lr", "seconds"]


def test_tensorboard_files_can_be_read(tmp_path):
    pytest.importorskip("tensorboardX")
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.record_writer import masked_crc32c

    model, optimizer, _, data = noisy()
    history = nn.fit(
        model, nn.functional.cross_entropy, optimizer, data, epochs=2, validation=data,
        callbacks=[nn.TensorBoard(tmp_path / "runs")], progress=False,
    )  # fmt: skip
    (path,) = (tmp_path / "runs").iterdir()
    content, scalars = path.read_bytes(), {}
    while content:
        length = int.from_bytes(content[:8], "little")
        assert int.from_bytes(content[8:12], "little") == masked_crc32c(content[:8])
        event = Event.FromString(content[12 : 12 + length])
        for value in event.summary.value:
            scalars.setdefault(value.tag, []).append(value.simple_value)
        content = content[16 + length :]
    np.testing.assert_allclose(scalars["loss/train"], history["loss"], rtol=1e-6)
    np.testing.assert_allclose(scalars["loss/validation"], history["val_loss"], rtol=1e-6)
    assert "gradient_norm/0.weight" in scalars and len(scalars["lr"]) == 2


def test_clipping_and_schedules_by_batch():
    model, optimizer, _, data = noisy()
    schedule = nn.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=12)
    norms = []

    class Norms(nn.Callback):
        def on_batch_end(self, run):
            norms.append(np.sqrt(sum(np.sum(p.grad**2) for p in run.model.parameters())))

    history = nn.fit(
        model, nn.functional.cross_entropy, optimizer, data, epochs=2, batch_size=16,
        scheduler=schedule, step_scheduler="batch", clip_grad_norm=0.1, callbacks=[Norms()],
        progress=False,
    )  # fmt: skip
    assert len(norms) == 12 and max(norms) <= 0.1 + 1e-6
    assert history.lr[0] == pytest.approx(0.1 / 25) and schedule.last_epoch == 12


def test_metrics_are_scikit_learn_s():
    metrics = pytest.importorskip("sklearn.metrics")
    r = np.random.default_rng(0)
    logits, classes = r.normal(size=(50, 4)), r.integers(0, 4, 50)
    said = logits.argmax(axis=1)
    for name, theirs in [
        ("precision", metrics.precision_score),
        ("recall", metrics.recall_score),
        ("f1", metrics.f1_score),
    ]:
        ours = nn.metrics.METRICS[name]
        assert ours(logits, classes) == pytest.approx(
            theirs(classes, said, average="macro", zero_division=0)
        )
        one, truth = logits[:, :1], (classes > 1)[:, None].astype(np.float32)
        assert ours(one, truth) == pytest.approx(theirs(truth.ravel() > 0, one.ravel() > 0))
    assert nn.metrics.top_k(2)(logits, classes) == pytest.approx(
        metrics.top_k_accuracy_score(classes, logits, k=2)
    )
    a, b = r.normal(size=(20, 1)), r.normal(size=(20, 1))
    assert nn.metrics.r2(a, b) == pytest.approx(metrics.r2_score(b, a))
    assert nn.metrics.rmse(a, b) == pytest.approx(metrics.root_mean_squared_error(b, a))


def test_metrics_that_are_no_means_see_the_whole_epoch():
    x = np.arange(7, dtype=np.float32)[:, None]
    model = nn.Identity()
    found = nn.evaluate(model, None, (x, x[::-1].copy()), ["rmse", "mae"], batch_size=3)
    assert found["rmse"] == pytest.approx(nn.metrics.rmse(x, x[::-1]))
    assert found["mae"] == pytest.approx(nn.metrics.mae(x, x[::-1]))


# ---- losses that are not finite ------------------------------------------------------------------


class Broken(nn.Module):
    def __init__(self):
        self.inner = nn.Sequential(nn.Linear(4, 3, rng=0), Logarithm())

    def forward(self, x):
        return self.inner(x)


class Logarithm(nn.Module):
    def forward(self, x):
        return np.log(x - 100)  # of a negative number


def test_a_nan_is_traced_to_its_layer_operation_and_line():
    _, _, _, data = noisy()
    model = Broken()
    before = model.state_dict()
    with pytest.raises(FloatingPointError) as caught:
        nn.fit(
            model, nn.functional.cross_entropy, nn.optim.SGD(model.parameters()), data, epochs=1,
            progress=False,
        )  # fmt: skip
    said = str(caught.value)
    assert "epoch 1/1, batch 1" in said and "came from log in Logarithm 'inner.1'" in said
    assert "np.log(x - 100)" in said and __file__ in said
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_a_nan_in_parameters_or_data_is_named():
    model, optimizer, _, (x, y) = noisy()
    x = x.copy()
    x[3, 1] = np.nan
    with pytest.raises(FloatingPointError, match="inputs of this batch hold NaN"):
        nn.fit(model, nn.functional.cross_entropy, optimizer, (x, y), epochs=1, progress=False)
    model[0].weight.data[0, 0] = np.inf
    with pytest.raises(FloatingPointError, match=r"parameter 0\.weight holds NaN or infinity"):
        nn.fit(model, nn.functional.cross_entropy, optimizer, (x, y), epochs=1, progress=False)


# ---- summary and find_lr -------------------------------------------------------------------------


def test_summary_of_a_cnn():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Sequential(nn.Linear(4 * 49, 10), nn.Dropout(0.5)),
    )  # fmt: skip
    model[4][0].requires_grad_(False)
    model.train()
    table = nn.summary(model, (1, 14, 14))
    assert [row.shape for row in table.rows] == [
        "(N, 10)", "(N, 4, 14, 14)", "(N, 4, 14, 14)", "(N, 4, 7, 7)", "(N, 196)", "(N, 10)",
        "(N, 10)", "(N, 10)",
    ]  # fmt: skip
    assert table.total == 40 + 1970 and table.trainable == 40
    assert table.multiplications == 14 * 14 * 4 * 9 + 196 * 10
    assert [row.depth for row in table.rows] == [0, 1, 1, 1, 1, 1, 2, 2]
    assert model.training and not model[4][0].weight.requires_grad and model[0].weight.requires_grad
    assert "  4 (Sequential)" in str(table) and "<table>" in table._repr_html_()
    assert len(nn.summary(model, (1, 14, 14), depth=1).rows) == 6


def test_summary_of_several_inputs():
    class Two(nn.Module):
        def __init__(self):
            self.a, self.unused = nn.Linear(3, 2), nn.Linear(9, 9)

        def forward(self, x, index):
            return self.a(x)[np.arange(len(x)), index]

    table = nn.summary(Two(), [(3,), ()], dtypes=[np.float32, np.int64])
    assert [row.shape for row in table.rows] == ["(N,)", "(N, 2)", "not called"]


def test_find_lr_puts_everything_back():
    model, optimizer, _, data = noisy()
    loader = nn.DataLoader(data, 16, shuffle=True, rng=5)
    nn.fit(model, nn.functional.cross_entropy, optimizer, data, epochs=1, progress=False)
    before, state = model.state_dict(), optimizer.state_dict()
    found = nn.find_lr(model, nn.functional.cross_entropy, optimizer, loader)
    assert 1e-4 < found.suggestion < 1 and len(found.lrs) == len(found.losses) > 20
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    after = optimizer.state_dict()
    assert after["param_groups"] == state["param_groups"]
    for index, held in state["state"].items():
        for name, array in held.items():
            np.testing.assert_array_equal(after["state"][index][name], array)
    fresh = nn.DataLoader(data, 16, shuffle=True, rng=5)
    for one, two in zip(loader, fresh, strict=True):
        np.testing.assert_array_equal(one[0], two[0])
    assert "suggested learning rate" in str(found)


def test_one_early_stopping_for_two_runs_begins_anew():
    stopping = nn.EarlyStopping(2, monitor="loss")
    models = []
    for seed in (0, 5):
        model, optimizer, _, data = noisy(seed)
        nn.fit(
            model, nn.functional.cross_entropy, optimizer, data, epochs=2, progress=False,
            callbacks=stopping,
        )  # fmt: skip
        models.append(model.state_dict())
    assert any((models[0][name] != models[1][name]).any() for name in models[0])


def test_a_gradient_that_is_nan_is_told_though_no_loss_was():
    class Root(nn.Module):
        def __init__(self):
            self.inner = nn.Linear(4, 3, rng=0)

        def forward(self, x):
            return np.sqrt(self.inner(x) * 0.0)

    model, (_, _, _, data) = Root(), noisy()
    with pytest.raises(FloatingPointError, match=r"inner\.weight holds NaN.*loss was finite"):
        nn.fit(
            model, nn.functional.cross_entropy, nn.optim.SGD(model.parameters(), lr=0.1), data,
            epochs=1, batch_size=96, progress=False,
        )  # fmt: skip


def test_what_is_given_in_the_wrong_place_is_told():
    model, optimizer, _, data = noisy()
    other = nn.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
    loss = nn.functional.cross_entropy
    with pytest.raises(TypeError, match="takes an optimiser third"):
        nn.fit(model, optimizer, loss, data, epochs=1, progress=False)
    with pytest.raises(ValueError, match="holds no parameter of this model"):
        nn.fit(model, loss, other, data, epochs=1, progress=False)
    with pytest.raises(TypeError, match=r"EarlyStopping\(\.\.\.\), not the class"):
        nn.fit(model, loss, optimizer, data, epochs=1, progress=False, callbacks=[nn.EarlyStopping])


# ---- data of every form --------------------------------------------------------------------------


class Sum(nn.Module):
    """Of several inputs."""

    def __init__(self):
        self.linear = nn.Linear(1, 1, rng=0)

    def forward(self, first, second):
        return self.linear(first + second)


def learn(data, model=None, epochs=2, **settings):
    model = model or nn.Linear(1, 1, rng=0)
    optimizer = settings.pop("optimizer", nn.optim.SGD)(model.parameters(), lr=0.1)
    loss = settings.pop("loss", MSE)
    settings = {"progress": False, "rng": 0, "batch_size": 8, **settings}
    return model, nn.fit(model, loss, optimizer, data, epochs=epochs, **settings)


def test_several_inputs():
    x, y = line()
    halves = (0.25 * x, 0.75 * x)
    whole = dict(batch_size=40)  # orders are drawn in another way for rows of several parts
    expected, wanted = learn((x, y), metrics=[worst], validation=(x, y), **whole)
    for inputs in (halves, dict(second=halves[1], first=halves[0])):
        model, history = learn((inputs, y), Sum(), metrics=[worst], validation=(inputs, y), **whole)
        assert history["loss"] == pytest.approx(wanted["loss"], rel=1e-5)
        assert history["val_worst"] == pytest.approx(wanted["val_worst"], rel=1e-5)
        np.testing.assert_allclose(model.linear.weight.data, expected.weight.data, rtol=1e-5)
    nested = nn.data.StackDataset(nn.data.StackDataset(*halves), y)
    assert learn(nn.DataLoader(nested, 8, True, rng=0), Sum())[1].epochs == (
        learn((halves, y), Sum())[1].epochs
    )
    with pytest.raises(FloatingPointError, match="inputs of this batch hold NaN"):
        learn(((x, np.full_like(x, np.nan)), y), Sum())


class Unending(nn.data.IterableDataset):
    """It does not know how long it is."""

    def __iter__(self):
        yield from zip(*line(), strict=True)


class Foreign:
    """A loader of another library: it gives batches, each time from the beginning."""

    def __init__(self, kind=tuple):
        self.kind = kind

    def __iter__(self):
        x, y = line()
        for start in range(0, 40, 8):
            yield self.kind((x[start : start + 8], y[start : start + 8]))


@pytest.mark.parametrize("progress", [False, True])
def test_batches_of_every_origin_are_the_same(progress, capsys):
    expected, wanted = learn(nn.DataLoader(line(), 8), progress=progress)
    for data in (Unending(), Foreign(), Foreign(list), list(Foreign())):
        model, history = learn(data, validation=Foreign(), progress=progress)
        assert history["loss"] == wanted["loss"]
        np.testing.assert_array_equal(model.weight.data, expected.weight.data)
    assert nn.evaluate(expected, MSE, iter(Foreign()), ()) == pytest.approx(
        nn.evaluate(expected, MSE, line(), ())
    )


def test_pytorchs_loader():
    data = pytest.importorskip("torch.utils.data")
    torch = pytest.importorskip("torch")
    loader = data.DataLoader(data.TensorDataset(*map(torch.tensor, line())), 8)
    _, wanted = learn(nn.DataLoader(line(), 8))
    assert learn(loader, validation=loader)[1]["loss"] == wanted["loss"]


def test_inputs_alone_are_their_own_targets():
    x = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32)
    wanted = learn((x, x), nn.Linear(3, 3, rng=0))[1].epochs
    for data in (x, (x,), nn.ArrayDataset(x), nn.DataLoader((x,), 8, True, rng=0)):
        assert learn(data, nn.Linear(3, 3, rng=0))[1].epochs == wanted


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((*line(), line()[1]), "a tuple of 3: .ndarray, ndarray, ndarray"),
        ((line()[0], None), "a tuple of 2: .ndarray, NoneType"),
        (list(line()), "a list holds batches"),
        ({"x": 1}, "this is dict"),
        (7, "this is int"),
        (None, "this is NoneType"),
        (iter([(1, 2, 3)]), "a batch is .inputs, targets.*this one is tuple of 3: .int, int, int"),
        (iter([{"x": 1}]), "a batch is .inputs, targets.*this one is dict"),
    ],
    ids=str,
)
def test_data_of_no_form_that_is_known(data, message):
    with pytest.raises(TypeError, match=message):
        learn(data)


def test_what_can_be_walked_once_is_told():
    with pytest.raises(ValueError, match="epoch 2/2: the data gave no batch"):
        learn(iter(Foreign()))
    with pytest.raises(ValueError, match="epoch 1/1: the data gave no batch"):
        learn([], epochs=1)
    _, history = learn(iter(Foreign()), epochs=1)
    assert len(history) == 1


def test_lbfgs_trains_too():
    _, slow = learn(line(), epochs=3, batch_size=40)
    model, history = learn(line(), epochs=3, batch_size=40, optimizer=nn.optim.LBFGS)
    assert history["loss"][0] == slow["loss"][0]  # the loss that the step started from
    assert history["loss"][-1] < 1e-2 * slow["loss"][-1]
    assert nn.evaluate(model, MSE, line(), ())["loss"] < history["loss"][-1]


def test_lbfgs_as_pytorch():
    torch = pytest.importorskip("torch")
    x, y = line()
    weight, bias = (p.data.copy() for p in nn.Linear(1, 1, rng=0).parameters())
    parameters = [torch.tensor(a, requires_grad=True) for a in (weight, bias)]
    theirs = torch.optim.LBFGS(parameters, lr=0.1)

    def closure():
        theirs.zero_grad()
        predicted = torch.tensor(x) @ parameters[0].T + parameters[1]
        loss = ((predicted - torch.tensor(y)) ** 2).mean()
        loss.backward()
        return loss

    expected = [theirs.step(closure).item() for _ in range(3)]
    _, history = learn((x, y), epochs=3, batch_size=40, optimizer=nn.optim.LBFGS)
    assert history["loss"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("epochs", [1.5, -1, "3", None, True])
def test_epochs_are_a_whole_number(epochs):
    with pytest.raises(ValueError, match="epochs is a whole number of at least 0"):
        learn(line(), epochs=epochs)
    assert len(learn(line(), epochs=np.int64(1))[1]) == 1


def test_schedulers_that_do_not_fit_are_told():
    model = nn.Linear(1, 1, rng=0)
    one, two = (nn.optim.SGD(model.parameters(), lr=0.1) for _ in range(2))
    plateau = nn.optim.lr_scheduler.ReduceLROnPlateau(one, patience=0)
    before = model.state_dict()
    settings = dict(epochs=3, progress=False)
    with pytest.raises(ValueError, match="ReduceLROnPlateau waits for"):
        nn.fit(model, MSE, one, line(), scheduler=plateau, step_scheduler="batch", **settings)
    with pytest.raises(ValueError, match="of another optimiser"):
        nn.fit(model, MSE, two, line(), scheduler=plateau, **settings)
    np.testing.assert_array_equal(model.weight.data, before["weight"])
    nn.fit(model, MSE, one, line(), scheduler=plateau, **settings)
    assert plateau.last_epoch == 3


def test_a_file_of_a_model_is_no_run(tmp_path):
    pytest.importorskip("safetensors")
    model = nn.Linear(1, 1, rng=0)
    path = nn.save(model, tmp_path / "model.safetensors")
    for state in (None, {"a": [1, 2]}, [1, 2]):
        path = path if state is None else nn.save(state, tmp_path / "other.safetensors")
        with pytest.raises(ValueError, match=f"{path.name} holds no run.*load_state_dict"):
            learn(line(), resume=path)


def test_losses_that_are_none_are_told():
    for loss, kind, message in (
        (lambda a, b: (a - b) ** 2, ValueError, r"gave shape \(8, 1\)"),
        (lambda a, b: None, TypeError, "gave a NoneType"),
        (lambda a, b: np.mean((a.data - b) ** 2), TypeError, "from the prediction itself"),
        (nn.MSELoss, TypeError, r"MSELoss\(\), not the class"),
    ):
        with pytest.raises(kind, match=message):
            learn(line(), loss=loss)


def test_find_lr_gives_generators_back_that_a_thread_drew_from():
    shift = nn.transforms.GaussianNoise(rng=3)
    x, y = line()
    data = nn.ArrayDataset(x[:, None, None], y, transform=shift)
    for workers in (0, 1):
        loader = nn.DataLoader(data, 8, True, num_workers=workers, rng=4)
        before = [g.bit_generator.state for g in (shift.rng, loader.rng)]
        model = nn.Sequential(nn.Flatten(), nn.Linear(1, 1, rng=0))
        nn.find_lr(model, MSE, nn.optim.SGD(model.parameters()), loader, steps=13)
        assert [g.bit_generator.state for g in (shift.rng, loader.rng)] == before


def test_find_lr_does_not_take_the_chance_of_the_first_batches_for_learning():
    x = np.random.default_rng(0).normal(size=(256, 4)).astype(np.float32)
    found = []
    for seed in range(40):
        nn.manual_seed(seed)
        model = nn.Linear(4, 1, rng=0)
        optimizer = nn.optim.SGD(model.parameters())
        found.append(nn.find_lr(model, MSE, optimizer, (x, x[:, :1])).suggestion)
    assert 1e-2 < min(found) <= max(found) < 1


def test_find_lr_of_other_data_and_settings(capsys):
    model = nn.Linear(1, 1, rng=0)
    optimizer = nn.optim.SGD(model.parameters())
    found = nn.find_lr(model, MSE, optimizer, Foreign(), steps=20, progress=True)
    assert len(found.lrs) == 20 and "find_lr" in capsys.readouterr().err
    half = nn.find_lr(Sum(), MSE, nn.optim.SGD(Sum().parameters()), ((line()[0],) * 2, line()[1]))
    assert half.lrs
    for steps in (0, 2, 2.5):
        with pytest.raises(ValueError, match="steps is a whole number of at least 3"):
            nn.find_lr(model, MSE, optimizer, line(), steps=steps)
    with pytest.raises(ValueError, match="the data gave 2 batches"):
        nn.find_lr(model, MSE, optimizer, iter(list(Foreign())[:2]))
    with pytest.raises(ValueError, match="the data gave 0 batches"):
        nn.find_lr(model, MSE, optimizer, [])
    with pytest.raises(FloatingPointError, match="in find_lr at 1"):
        nn.find_lr(model, lambda a, b: MSE(a, b) * np.inf, optimizer, line())
    assert model.training and optimizer.param_groups[0]["lr"] == 1e-3


# ---- summaries of other models -------------------------------------------------------------------


def test_summary_of_sequences():
    lstm = nn.summary(nn.LSTM(4, 8, 2, batch_first=True, proj_size=3), (5, 4))
    assert lstm.rows[0].shape == "(N, 5, 3), (2, N, 3), (2, N, 8)"
    # at each of 5 steps four gates of 8 from what comes in and from h, and the way to 3 numbers
    assert lstm.multiplications == 5 * (4 * 8 * (4 + 3) + 4 * 8 * (3 + 3) + 2 * 8 * 3)
    gru = nn.summary(nn.GRU(4, 8, bidirectional=True, batch_first=True), (5, 4))
    assert gru.rows[0].shape == "(N, 5, 16), (2, N, 8)"
    assert gru.multiplications == 2 * 5 * 3 * 8 * (4 + 8)
    assert nn.summary(nn.RNN(4, 8), (1, 4)).multiplications == 8 * (4 + 8)
    attention = nn.summary(nn.MultiheadAttention(8, 2, batch_first=True), [(5, 8)] * 3)
    assert [row.shape for row in attention.rows] == ["(N, 5, 8), (N, 5, 5)", "(N, 5, 8)"]
    assert attention.multiplications == 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8
    encoder = nn.summary(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (5, 8))
    assert encoder.rows[1].shape == "(N, 5, 8), None"


def test_summary_of_what_is_rare():
    assert nn.summary(nn.Linear(4, 2), 4).multiplications == 8
    assert nn.summary(nn.Flatten(0), (3, 5)).rows[0].shape == "(15·N,)"
    transposed = nn.summary(nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2), (4, 5, 5))
    assert transposed.rows[0].shape == "(N, 6, 11, 11)"
    assert transposed.multiplications == 4 * 5 * 5 * 3 * 3 * 3


@pytest.mark.parametrize("given", ["list", "tensor"])
def test_layers_take_arrays(given):
    x = [[1.0, 2.0], [3.0, 4.0]]
    if given == "tensor":
        x = pytest.importorskip("torch").tensor(x)
    for layer in (nn.Linear(2, 2), nn.LSTM(2, 2), nn.BatchNorm1d(2), nn.Dropout()):
        with pytest.raises(TypeError, match=f"got a {type(x).__name__}; layers take arrays"):
            layer(x)
