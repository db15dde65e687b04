"""Data, data sets, fit, and the command line."""

import gzip
import hashlib
import os
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import nn
from nn import datasets
from nn.data import ArrayDataset, DataLoader

ROOT = Path(__file__).parent.parent
MSE = nn.functional.mse_loss


# ---- batches ----


def test_every_row_once():
    data = (np.arange(10.0)[:, None], np.arange(10))
    for shuffle in (False, True):
        batches = list(DataLoader(data, 4, shuffle, rng=0))
        assert [len(y) for _, y in batches] == [4, 4, 2]
        assert sorted(np.concatenate([y for _, y in batches])) == list(range(10))
        for x, y in batches:
            np.testing.assert_array_equal(x[:, 0], y)
    full = DataLoader(data, 4, drop_last=True)
    assert len(full) == 2 and [len(y) for _, y in full] == [4, 4]


def test_orders_are_new_and_can_be_repeated():
    def orders(seed):
        loader = DataLoader((np.zeros(50), np.arange(50)), 50, True, rng=seed)
        return [next(iter(loader))[1].tolist() for _ in range(2)]

    first, second = orders(0)
    assert first != second
    assert orders(0) == [first, second]
    assert orders(1)[0] != first


def test_any_sequence_of_pairs_is_data():
    pairs = [(np.ones(2) * i, i) for i in range(3)]
    ((x, y),) = DataLoader(pairs, 3)
    assert x.shape == (3, 2) and y.tolist() == [0, 1, 2]


def test_data_errors():
    with pytest.raises(ValueError, match="2 inputs and 3 targets"):
        ArrayDataset(np.zeros(2), np.zeros(3))
    with pytest.raises(ValueError, match="batch_size"):
        DataLoader((np.zeros(2), np.zeros(2)), 0)
    with pytest.raises(ValueError, match="no rows"):
        DataLoader((np.zeros(0), np.zeros(0)), 1)


# ---- data sets ----


def test_digits():
    train, test = datasets.digits()
    assert train.inputs.shape == (1437, 1, 8, 8) and len(test) == 360
    assert train.inputs.dtype == np.float32 and train.targets.dtype == np.int64
    assert train.inputs.min() == 0 and train.inputs.max() == 1
    assert set(test.targets) == set(range(10))


def test_mnist_itself():
    folder = os.environ.get("AUTOGRAD_DATA", "")
    if not (Path(folder) / "mnist").is_dir():
        pytest.skip("the MNIST files are not here: set AUTOGRAD_DATA")
    train, test = datasets.mnist()
    assert train.inputs.shape == (60000, 1, 28, 28) and test.inputs.shape == (10000, 1, 28, 28)
    assert train.targets[:5].tolist() == [5, 0, 4, 1, 9]
    assert train.inputs.dtype == np.float32 and train.inputs.max() == 1
    assert np.bincount(test.targets).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip


@pytest.fixture
def small_mnist(monkeypatch, tmp_path):
    """A tiny MNIST of our own: its files, by name, and an empty cache."""
    arrays = {
        "train_inputs": np.arange(3 * 4, dtype=np.uint8).reshape(3, 2, 2),
        "train_targets": np.array([1, 2, 3], np.uint8),
        "test_inputs": np.zeros((2, 2, 2), np.uint8),
        "test_targets": np.array([4, 5], np.uint8),
    }
    table, files = {}, {}
    for part, array in arrays.items():
        sizes = b"".join(n.to_bytes(4) for n in array.shape)
        content = bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()
        name = f"{part}-idx"
        table[part] = datasets._File(name, hashlib.sha256(content).hexdigest(), len(content))
        files[f"{name}.gz"] = gzip.compress(content)
    monkeypatch.setattr(datasets, "_MNIST", table)
    monkeypatch.setattr(datasets, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setenv("AUTOGRAD_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return files


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def serve(folder):
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    handler.log_message = lambda *args: None
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/"


def test_files_are_found(small_mnist, tmp_path):
    write(tmp_path / "data" / "mnist", small_mnist)
    train, test = datasets.mnist()
    assert train.inputs.shape == (3, 1, 2, 2)
    assert train.targets.tolist() == [1, 2, 3] and test.targets.tolist() == [4, 5]
    assert train.inputs[0, 0, 0, 1] == np.float32(1 / 255)


@pytest.mark.parametrize("harm", ["truncated", "tampered", "not gzip"])
def test_a_wrong_file_is_refused_by_name(small_mnist, tmp_path, harm):
    name = "train_targets-idx.gz"
    good = small_mnist[name]
    small_mnist[name] = {
        "truncated": good[:-6],
        "tampered": gzip.compress(gzip.decompress(good)[:-1] + b"\x09"),
        "not gzip": b"hello",
    }[harm]
    write(tmp_path / "data", small_mnist)
    with pytest.raises(ValueError, match=r"train_targets-idx\.gz is .*delete it"):
        datasets.mnist()


def test_download(small_mnist, tmp_path, monkeypatch, capsys):
    write(tmp_path / "bad", dict.fromkeys(small_mnist, b"<html>no</html>"))
    write(tmp_path / "good", small_mnist)
    servers = [serve(tmp_path / "bad"), serve(tmp_path / "good")]
    try:
        monkeypatch.setattr(datasets, "MIRRORS", tuple(url for _, url in servers))
        train, _ = datasets.mnist()
    finally:
        for server, _ in servers:
            server.shutdown()
            server.server_close()
    assert train.targets.tolist() == [1, 2, 3]
    cached = tmp_path / "cache" / "mnist"
    assert sorted(p.name for p in cached.iterdir()) == sorted(small_mnist)
    assert "100%" in capsys.readouterr().err
    monkeypatch.setattr(datasets, "MIRRORS", ())
    assert len(datasets.mnist().test) == 2  # from the cache


def test_no_mirror_answers(small_mnist, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "MIRRORS", ("http://127.0.0.1:9/",))
    with pytest.raises(OSError, match=r"(?s)could not be downloaded.*127.0.0.1:9.*AUTOGRAD_DATA"):
        datasets.mnist()
    assert not (tmp_path / "cache").exists()


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
    assert nn.train.accuracy(logits, np.array([0, 1, 1])) == pytest.approx(2 / 3)
    assert nn.train.accuracy(np.array([[1.0], [-1.0]]), np.array([[1.0], [1.0]])) == 0.5


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
    with pytest.raises(ValueError, match="no metric is called 'f1'"):
        train(metrics=["f1"])
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
