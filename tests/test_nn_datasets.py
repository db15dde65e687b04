"""What can go wrong while a data set is found or fetched: told by name, nothing half written."""

import gzip
import hashlib
import os
import socketserver
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from nn import datasets

CONTENT = bytes([0, 0, 8, 1]) + (200).to_bytes(4) + bytes(range(200))
FILE = datasets._File("labels-idx", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
PACKED = gzip.compress(CONTENT)
DAMAGED = PACKED[:12] + bytes(8) + PACKED[20:]  # a whole header and trailer, and harm between


def http(body, length=None):
    length = len(body) if length is None else length
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + body


@contextmanager
def mirror(answer):
    """A server on this machine that gives the same bytes to everyone."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while self.rfile.readline().strip():
                pass
            self.wfile.write(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


BAD = {
    "damaged": http(DAMAGED),
    "other bytes": http(gzip.compress(CONTENT[:-1] + b"\0")),
    "truncated": http(PACKED[:50], len(PACKED)),
    "a web page": http(b"<html>Log in to this network</html>"),
    "an error": b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
    "no http": b"what?\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + PACKED,
    "chunks cut off": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
    "nothing": b"",
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_mirror_gives_way_to_the_next(bad, tmp_path, monkeypatch):
    target = tmp_path / "mnist" / f"{FILE.name}.gz"
    with mirror(BAD[bad]) as first, mirror(http(PACKED)) as second:
        monkeypatch.setattr(datasets, "MIRRORS", (first, second))
        assert datasets._download(FILE, target) == CONTENT
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert target.read_bytes() == PACKED


@pytest.mark.parametrize("bad", BAD)
def test_no_good_mirror_leaves_nothing(bad, tmp_path, monkeypatch):
    target = tmp_path / "mnist" / f"{FILE.name}.gz"
    with mirror(BAD[bad]) as url:
        monkeypatch.setattr(datasets, "MIRRORS", (url,))
        with pytest.raises(OSError, match="could not be downloaded") as told:
            datasets._download(FILE, target)
    assert url in str(told.value) and str(target.parent) in str(told.value)
    if bad == "truncated":
        assert f"ended after 50 of {len(PACKED)} bytes" in str(told.value)
    assert not target.parent.exists()


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def full(*args):
        raise OSError("no space left on device")

    target = tmp_path / f"{FILE.name}.gz"
    monkeypatch.setattr(os, "replace", full)
    with mirror(http(PACKED)) as url:
        monkeypatch.setattr(datasets, "MIRRORS", (url,))
        with pytest.raises(OSError, match="no space left"):
            datasets._download(FILE, target)
    assert not list(tmp_path.iterdir())


def test_the_cache_is_where_the_platform_keeps_it(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert datasets.cache_folder() == tmp_path / "chainrule"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert datasets.cache_folder() == Path.home() / ".cache" / "chainrule"


def test_the_named_folder_comes_before_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(datasets, "MIRRORS", ())
    monkeypatch.setenv("AUTOGRAD_DATA", str(tmp_path / "data"))
    for folder in ("cache/mnist", "data/mnist"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "cache/mnist" / f"{FILE.name}.gz").write_bytes(PACKED)
    assert datasets._original(FILE) == CONTENT
    wrong = tmp_path / "data/mnist" / FILE.name
    wrong.write_bytes(CONTENT[:-1])  # one that is not packed is looked at too
    with pytest.raises(ValueError, match="labels-idx is not MNIST's") as told:
        datasets._original(FILE)
    assert str(wrong) in str(told.value)


@pytest.mark.parametrize("content", [DAMAGED, PACKED[:50], PACKED[:-4], b"\x1f\x8b"])
def test_a_damaged_file_is_told_by_name(content, tmp_path):
    with pytest.raises(ValueError, match=r"here\.gz is damaged .*delete it"):
        datasets._checked(content, FILE, "here.gz")
