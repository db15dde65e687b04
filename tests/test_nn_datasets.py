"""Data sets: found, made or downloaded; what is wrong is told by name, and nothing is half kept."""

import gzip
import hashlib
import os
import re
import socketserver
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from nn import datasets
from nn.data import ArrayDataset
from nn.datasets import characters, download, images, tables

CONTENT = bytes([0, 0, 8, 1]) + (200).to_bytes(4) + bytes(range(200))
PACKED = gzip.compress(CONTENT)
FILE = download.File(
    "labels-idx.gz", "MNIST", hashlib.sha256(CONTENT).hexdigest(), 208, others=("labels-idx",)
)
DAMAGED = PACKED[:12] + bytes(8) + PACKED[20:]  # a whole header and trailer, and harm between
REAL = Path(os.environ.get("AUTOGRAD_DATA", "/nowhere"))


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "cache")


def http(body, length=None):
    length = len(body) if length is None else length
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + body


@contextmanager
def server(answer):
    """A server on this machine; ``answer(path, start, count)`` gives the bytes that it sends."""
    asked = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            path = self.rfile.readline().split()[1].decode()
            start = 0
            while line := self.rfile.readline().strip():
                if found := re.match(rb"(?i)range: bytes=(\d+)-", line):
                    start = int(found[1])
            asked.append(start)
            self.wfile.write(answer(path, start, len(asked)))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as serving:
        threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_address[1]}/", asked
        serving.shutdown()


def ranged(body, start, most=None):
    """A whole answer, or the rest of it, cut off after ``most`` bytes."""
    if start >= len(body):
        return b"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n"
    rest = body[start:]
    first = b"HTTP/1.1 200 OK\r\n"
    if start:
        first = b"HTTP/1.1 206 Part\r\nContent-Range: bytes %d-%d/%d\r\n" % (
            start,
            len(body) - 1,
            len(body),
        )
    return first + b"Content-Length: %d\r\n\r\n" % len(rest) + rest[:most]


# ---- downloads ----

BAD = {
    "damaged": http(DAMAGED),
    "other bytes": http(gzip.compress(CONTENT[:-1] + b"\0")),
    "truncated": http(PACKED[:50], len(PACKED)),
    "truncated, and not said": http(PACKED[:50]),
    "a web page": http(b"<html>Log in to this network</html>"),
    "an error": b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
    "no http": b"what?\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + PACKED,
    "chunks cut off": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
    "terabytes": http(gzip.compress(bytes(1 << 22))),
    "nothing": b"",
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("resumes", [False, True])
def test_a_bad_mirror_gives_way_to_the_next(bad, resumes, tmp_path):
    target = tmp_path / "mnist" / FILE.name
    good = (lambda _, start, n: ranged(PACKED, start)) if resumes else lambda *_: http(PACKED)
    with server(lambda *_: BAD[bad]) as (first, _), server(good) as (second, asked):
        assert download.download(FILE, target, (first, second)) == CONTENT
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert target.read_bytes() == PACKED
    if bad == "truncated":
        assert asked == [50]  # only the rest was asked for


@pytest.mark.parametrize("bad", BAD)
def test_no_good_mirror_leaves_nothing_but_what_can_go_on(bad, tmp_path):
    target = tmp_path / "mnist" / FILE.name
    with (
        server(lambda *_: BAD[bad]) as (url, _),
        pytest.raises(OSError, match="could not be downloaded") as told,
    ):
        download.download(FILE, target, (url,))
    assert url in str(told.value) and str(target.parent) in str(told.value)
    kept = [p.name for p in target.parent.iterdir()] if target.parent.exists() else []
    if bad == "truncated":
        assert f"ended after 50 of {len(PACKED)} bytes" in str(told.value)
        assert "50 bytes are kept in" in str(told.value)
    assert kept == ([f"{FILE.name}.part"] if bad in ("truncated", "chunks cut off") else [])


def test_a_connection_that_breaks_is_taken_up_where_it_broke(tmp_path, capfd):
    target = tmp_path / FILE.name
    with server(lambda _, start, n: ranged(PACKED, start, 40)) as (url, asked):
        assert download.download(FILE, target, (url,)) == CONTENT
    assert asked == list(range(0, len(PACKED), 40))
    assert "downloading labels-idx.gz" in capfd.readouterr().err


def test_the_next_call_goes_on(tmp_path):
    target = tmp_path / FILE.name
    with (
        server(lambda _, start, n: ranged(PACKED, 0, 60)) as (url, _),
        pytest.raises(OSError, match="60 bytes are kept"),
    ):
        download.download(FILE, target, (url,))
    with server(lambda _, start, n: ranged(PACKED, start)) as (url, asked):
        assert download.download(FILE, target, (url,)) == CONTENT
    assert asked == [60] and [p.name for p in tmp_path.iterdir()] == [FILE.name]


@pytest.mark.parametrize("part", [b"of another file", PACKED, PACKED + b"more", b""])
def test_a_part_of_another_file_costs_one_more_attempt(part, tmp_path):
    target = tmp_path / FILE.name
    (tmp_path / f"{FILE.name}.part").write_bytes(part)
    with server(lambda _, start, n: ranged(PACKED, start)) as (url, asked):
        assert download.download(FILE, target, (url,)) == CONTENT
    assert len(asked) == (2 if part not in (PACKED, b"") else 1)
    assert [p.name for p in tmp_path.iterdir()] == [FILE.name]


def test_what_never_ends_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "_ROOM", 1000)
    monkeypatch.setattr(download, "_ATTEMPTS", 50)
    endless = bytes(1 << 20)
    with (
        server(lambda _, start, n: ranged(endless, start, 200)) as (url, asked),
        pytest.raises(OSError, match=r"MNIST's labels-idx\.gz"),
    ):
        download.download(FILE, tmp_path / FILE.name, (url,))
    assert len(asked) < 20 and not list(tmp_path.iterdir())
    monkeypatch.setattr(download, "_ATTEMPTS", 3)
    with (
        server(lambda _, start, n: ranged(endless, start, 5)) as (url, asked),
        pytest.raises(OSError, match="the connection broke 3 times"),
    ):
        download.download(FILE, tmp_path / FILE.name, (url,))


def test_a_write_that_fails_leaves_no_half(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "no space left on device")

    with server(lambda *_: http(PACKED)) as (url, _):
        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match=r"cannot be written \(no space left"):
            download.download(FILE, tmp_path / FILE.name, (url,))
    assert [p.name for p in tmp_path.iterdir()] == [f"{FILE.name}.part"]


def test_without_tqdm_a_line_counts(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with server(lambda *_: http(PACKED)) as (url, _):
        download.download(FILE, tmp_path / FILE.name, (url,))
    assert "downloading labels-idx.gz 100%\n" in capsys.readouterr().err


# ---- what is found ----


def test_the_cache_is_where_the_platform_keeps_it(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert datasets.cache_folder() == tmp_path / "chainrule"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert datasets.cache_folder() == Path.home() / ".cache" / "chainrule"


def test_the_named_folder_comes_before_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_DATA", str(tmp_path / "data"))
    for folder in ("cache/mnist", "data/mnist"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "cache/mnist" / FILE.name).write_bytes(PACKED)
    assert download.original(FILE, "mnist", ()) == CONTENT
    wrong = tmp_path / "data/mnist" / "labels-idx"
    wrong.write_bytes(CONTENT[:-1])  # one that is not packed is looked at too
    with pytest.raises(ValueError, match="labels-idx is not MNIST's") as told:
        download.original(FILE, "mnist", ())
    assert str(wrong) in str(told.value)


@pytest.mark.parametrize("content", [DAMAGED, PACKED[:50], PACKED[:-4], b"\x1f\x8b"])
def test_a_damaged_file_is_told_by_name(content):
    with pytest.raises(ValueError, match=r"here\.gz is damaged .*delete it"):
        FILE.checked(content, "here.gz")


# ---- images ----


def test_digits():
    train, test = datasets.digits()
    assert train.inputs.shape == (1437, 1, 8, 8) and len(test) == 360
    assert train.inputs.dtype == np.float32 and train.targets.dtype == np.int64
    assert train.inputs.min() == 0 and train.inputs.max() == 1
    assert set(test.targets) == set(range(10))


@pytest.mark.skipif(not (REAL / "mnist").is_dir(), reason="set AUTOGRAD_DATA to have MNIST")
def test_mnist_itself():
    train, test = datasets.mnist()
    assert train.inputs.shape == (60000, 1, 28, 28) and test.inputs.shape == (10000, 1, 28, 28)
    assert train.targets[:5].tolist() == [5, 0, 4, 1, 9]
    assert train.inputs.dtype == np.float32 and train.inputs.max() == 1
    assert np.bincount(test.targets).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip


@pytest.fixture(params=["mnist", "fashion_mnist"])
def small(request, monkeypatch, tmp_path):
    """A tiny MNIST or Fashion-MNIST of our own: its loader, and its files by name."""
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
        files[f"{part}-idx.gz"] = packed = gzip.compress(content)
        checked = content if request.param == "mnist" else packed
        make = images._mnist_file if request.param == "mnist" else images._fashion_file
        table[part] = make(f"{part}-idx", hashlib.sha256(checked).hexdigest(), len(checked))
    monkeypatch.setattr(images, "_MNIST" if request.param == "mnist" else "_FASHION", table)
    monkeypatch.setenv("AUTOGRAD_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return request.param, files


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def mirrors(monkeypatch, name, urls):
    if name == "mnist":
        monkeypatch.setattr(datasets, "MIRRORS", urls)  # the public name
    else:
        monkeypatch.setattr(images, "_FASHION_MIRRORS", urls)


def test_files_are_found(small, tmp_path):
    name, files = small
    write(tmp_path / "data" / name, files)
    train, test = getattr(datasets, name)()
    assert train.inputs.shape == (3, 1, 2, 2)
    assert train.targets.tolist() == [1, 2, 3] and test.targets.tolist() == [4, 5]
    assert train.inputs[0, 0, 0, 1] == np.float32(1 / 255)


@pytest.mark.parametrize("harm", ["truncated", "tampered", "not gzip"])
def test_a_wrong_file_is_refused_by_name(small, tmp_path, harm):
    name, files = small
    good = files["train_targets-idx.gz"]
    files["train_targets-idx.gz"] = {
        "truncated": good[:-6],
        "tampered": gzip.compress(gzip.decompress(good)[:-1] + b"\x09"),
        "not gzip": b"hello",
    }[harm]
    write(tmp_path / "data" / name, files)
    with pytest.raises(ValueError, match=r"train_targets-idx\.gz is .*delete it"):
        getattr(datasets, name)()


def test_download(small, tmp_path, monkeypatch, capfd):
    name, files = small
    with (
        server(lambda *_: http(b"<html>no</html>")) as (bad, _),
        server(lambda path, start, n: ranged(files[path[1:]], start)) as (good, _),
    ):
        mirrors(monkeypatch, name, (bad, good))
        train, _ = getattr(datasets, name)()
    assert train.targets.tolist() == [1, 2, 3]
    cached = tmp_path / "cache" / name
    assert sorted(p.name for p in cached.iterdir()) == sorted(files)
    assert "100%" in capfd.readouterr().err
    mirrors(monkeypatch, name, ())
    assert len(getattr(datasets, name)().test) == 2  # from the cache


def test_no_mirror_answers(small, tmp_path, monkeypatch):
    name, _ = small
    mirrors(monkeypatch, name, ("http://127.0.0.1:9/",))
    with pytest.raises(OSError, match=r"(?s)could not be downloaded.*127.0.0.1:9.*AUTOGRAD_DATA"):
        getattr(datasets, name)()
    assert not (tmp_path / "cache").exists()


def test_clothes_are_not_looked_for_where_digits_lie(small, tmp_path, monkeypatch):
    name, files = small
    write(tmp_path / "data", files)
    mirrors(monkeypatch, name, ())
    if name == "mnist":
        assert len(datasets.mnist().test) == 2
    else:
        with pytest.raises(OSError, match="could not be downloaded"):
            datasets.fashion_mnist()


# ---- tables ----

needs_tables = pytest.mark.skipif(
    not (REAL / "churn_modelling.csv").is_file(), reason="set AUTOGRAD_DATA to have the tables"
)


@needs_tables
def test_banknote():
    train, test = datasets.banknote()
    assert train.inputs.shape == (1097, 4) and test.inputs.shape == (275, 4)
    assert train.targets.shape == (1097, 1) and train.targets.dtype == np.float32
    assert train.targets.sum() + test.targets.sum() == 610
    np.testing.assert_allclose(train.inputs.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(train.inputs.std(axis=0), 1, atol=1e-5)
    assert abs(test.inputs.mean()) > 1e-4  # nothing was learnt from the rows for testing
    raw = datasets.banknote(standardized=False, test_share=0.5)
    assert len(raw.test) == 686 and raw.train.inputs.dtype == np.float32
    rows = np.concatenate([raw.train.inputs, raw.test.inputs]).tolist()
    assert np.float32([3.6216, 8.6661, -2.8073, -0.44699]).tolist() in rows


@needs_tables
def test_churn():
    train, test = datasets.churn(standardized=False)
    assert len(train) == 8000 and len(test) == 2000
    columns = dict(zip(datasets.CHURN_COLUMNS, train.inputs.T, strict=True))
    countries = [column for name, column in columns.items() if name.startswith("Geography")]
    np.testing.assert_array_equal(np.sum(countries, axis=0), 1)
    assert set(columns["Gender=Male"]) == {0, 1} and columns["Age"].min() == 18
    whole = np.concatenate([train.inputs, test.inputs]).sum(axis=0)
    counts = dict(zip(datasets.CHURN_COLUMNS, whole.tolist(), strict=True))
    assert counts["Gender=Male"] == 5457 and counts["Geography=Germany"] == 2509
    assert train.targets.sum() + test.targets.sum() == 2037
    again = datasets.churn(standardized=False)
    np.testing.assert_array_equal(test.inputs, again.test.inputs)
    other = datasets.churn(standardized=False, rng=1)
    assert (test.inputs != other.test.inputs).any()
    with pytest.raises(ValueError, match="test_share"):
        datasets.churn(test_share=1)


@needs_tables
@pytest.mark.parametrize("name", ["banknote", "churn"])
@pytest.mark.parametrize("harm", ["truncated", "tampered", "binary", "empty", "a short row"])
def test_a_wrong_table_is_refused_by_name(name, harm, tmp_path, monkeypatch):
    file = {"banknote": "banknote_authentication.csv", "churn": "churn_modelling.csv"}[name]
    good = (REAL / file).read_bytes()
    wrong = {
        "truncated": good[:-9],
        "tampered": good.replace(b"1", b"2", 1),
        "binary": b"\xff\x00\n" + good,
        "empty": b"",
        "a short row": good + b"1,2\n",
    }[harm]
    write(tmp_path, {file: wrong})
    monkeypatch.setenv("AUTOGRAD_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=rf"{file} is .*delete it"):
        getattr(datasets, name)()


@needs_tables
def test_a_table_is_known_by_its_rows_whoever_saved_it(tmp_path, monkeypatch):
    lines = (REAL / "churn_modelling.csv").read_text().splitlines()
    head, rows = lines[0], lines[1:]
    wide = [f"RowNumber,CustomerId,Surname,{head}"]
    wide += [f"{i},{i},O'Name,{row}" for i, row in enumerate(rows)]
    notes = (REAL / "banknote_authentication.csv").read_text().splitlines()[1:]
    write(
        tmp_path,
        {
            "Churn_Modelling.csv": ("\r\n".join(wide) + " \r\n").encode(),
            "data_banknote_authentication.txt": "\r\n".join(notes).encode(),
        },
    )
    expected = datasets.churn(), datasets.banknote()
    monkeypatch.setenv("AUTOGRAD_DATA", str(tmp_path))
    for one, two in zip(expected, (datasets.churn(), datasets.banknote()), strict=True):
        np.testing.assert_array_equal(one.train.inputs, two.train.inputs)


def test_a_constant_column_is_no_division_by_zero():
    (data,) = datasets.standardize(ArrayDataset(np.array([[1.0, 5.0], [2.0, 5.0]])))
    assert data.inputs.tolist() == [[-1, 0], [1, 0]]


def test_tables_are_downloaded(tmp_path, monkeypatch):
    content = b"variance,class\r\n1.5,0\r\n2.5,1\r\n\r\n"
    rows = tables._rows(content, 0)
    assert rows == b"1.5,0\n2.5,1\n"
    file = tables._BANKNOTE._replace(sha256=hashlib.sha256(rows).hexdigest(), size=len(rows))
    monkeypatch.setattr(tables, "_BANKNOTE", file)
    monkeypatch.setenv("AUTOGRAD_DATA", str(tmp_path / "none"))
    with server(lambda _, start, n: ranged(content, start)) as (url, _):
        monkeypatch.setattr(tables, "_BANKNOTE_URLS", (url,))
        train, test = datasets.banknote(test_share=0.5, standardized=False)
    assert sorted([train.inputs.item(), test.inputs.item()]) == [1.5, 2.5]
    kept = tmp_path / "cache/banknote/data_banknote_authentication.txt"
    assert kept.read_bytes() == content


# ---- shapes ----


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "xor"])
def test_shapes(name):
    make = getattr(datasets, name)
    data = make(31, rng=0)
    assert data.inputs.shape == (31, 2) and data.inputs.dtype == np.float32
    assert data.targets.shape == (31,) and data.targets.dtype == np.int64
    counts = np.bincount(data.targets)
    assert counts.max() - counts.min() <= 1
    np.testing.assert_array_equal(data.inputs, make(31, rng=0).inputs)
    assert (make(31, 0.1, rng=0).inputs != make(31, 0.1, rng=1).inputs).any()
    with pytest.raises(ValueError, match="noise"):
        make(31, -1)
    with pytest.raises(ValueError, match="samples"):
        make(0)


def test_shapes_without_noise_are_what_they_are_called():
    x, y = datasets.circles(100, 0, 0.3, rng=0).arrays
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), np.where(y, 0.3, 1), atol=1e-6)
    x, y = datasets.moons(100, 0, rng=0).arrays
    centres = np.array([[0, 0], [1, 0.5]])
    np.testing.assert_allclose(np.linalg.norm(x - centres[y], axis=1), 1, atol=1e-6)
    assert (x[y == 0, 1] >= 0).all() and (x[y == 1, 1] <= 0.5).all()
    x, y = datasets.spirals(90, 0, 2, rng=0).arrays
    assert set(y) == {0, 1} and np.linalg.norm(x, axis=1).max() <= 1 + 1e-6
    first, second = (x[y == c][np.linalg.norm(x[y == c], axis=1).argsort()] for c in (0, 1))
    np.testing.assert_allclose(first, -second, atol=1e-6)
    with pytest.raises(ValueError, match="factor"):
        datasets.circles(factor=1)


@pytest.mark.parametrize("name", ["moons", "circles"])
def test_shapes_are_scikit_learns(name):
    made = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not here")
    x, y = getattr(made, f"make_{name}")(41, **({"factor": 0.5} if name == "circles" else {}))
    ours = getattr(datasets, name)(41, 0, rng=0)

    def ordered(x, y):
        rows = np.column_stack([y, x]).round(5)
        return rows[np.lexsort(rows.T)]

    if name == "moons":  # scikit-learn gives the odd one to the other class
        x, y = made.make_moons(40)
        ours = datasets.moons(40, 0, rng=0)
    else:
        x, y = made.make_circles(40, factor=0.5)
        ours = datasets.circles(40, 0, rng=0)
    np.testing.assert_allclose(ordered(*ours.arrays), ordered(x, y), atol=2e-5)


# ---- text ----


def test_text():
    words = datasets.text("hello world", length=4, stride=3)
    assert words.vocabulary == " dehlorw" and len(words) == 3
    inputs, targets = words[1]
    assert inputs.dtype == np.int64 and words.decode(inputs) == "lo w"
    assert words.decode(targets) == "o wo"
    inputs, targets = words.batch([2, 0])
    assert [words.decode(row) for row in inputs] == ["worl", "hell"]
    assert [words.decode(row) for row in targets] == ["orld", "ello"]
    assert words.decode(words.encode("held")) == "held"
    other = datasets.text("world", 2, vocabulary=words.vocabulary)
    assert other.codes.tolist() == words.codes[6:].tolist()
    with pytest.raises(ValueError, match="'z' is not in the vocabulary"):
        words.encode("horz")
    with pytest.raises(ValueError, match="do not fit into a text of 3"):
        datasets.text("abc", 3)
    with pytest.raises(ValueError, match="twice"):
        datasets.text("abc", 1, vocabulary="aabc")


def test_text_of_a_file_and_the_one_that_is_here(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("ab — cd", encoding="utf-8")
    assert datasets.text(path, 3).vocabulary == " abcd—"
    bundled = datasets.text()
    assert bundled.decode(bundled.codes).count("\n\n") == 10  # eleven sonnets
    assert all(len(s.splitlines()) == 14 for s in bundled.decode(bundled.codes).split("\n\n"))
    assert bundled.codes.max() == len(bundled.vocabulary) - 1


def test_the_plays_are_checked(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_DATA", str(tmp_path))
    write(tmp_path, {"tinyshakespeare.txt": b"First Citizen:\n"})
    with pytest.raises(ValueError, match=r"tinyshakespeare\.txt is not char-rnn's"):
        datasets.shakespeare()
    content = b"To be, or not to be: that is the question"
    file = characters._SHAKESPEARE._replace(sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(characters, "_SHAKESPEARE", file)
    write(tmp_path, {"tinyshakespeare.txt": content})
    assert datasets.shakespeare(8).decode(datasets.shakespeare(8)[3][0]) == "be, or n"
