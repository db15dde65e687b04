"""Data sets to learn with: digits (in scikit-learn) and MNIST (found, or downloaded once)."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import math
import os
import sys
import tempfile
import urllib.request
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .data import ArrayDataset


class Split(NamedTuple):
    """Data to learn from and data to test on."""

    train: ArrayDataset
    test: ArrayDataset


def digits() -> Split:
    """Handwritten digits, 8x8 pixels: 1,437 to learn from and 360 to test on.

    Returns
    -------
    Split
        Images are (rows, 1, 8, 8) float32 from 0 to 1, targets 0 to 9. Every fifth row, beginning
        with the first, is for testing.

    References
    ----------
    Alpaydin & Kaynak 1998, "Optical recognition of handwritten digits" (UCI), in scikit-learn.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError('digits come with scikit-learn: pip install "chainrule[train]"') from None
    bunch = load_digits()
    images = (bunch.images[:, None] / 16).astype(np.float32)
    targets = bunch.target.astype(np.int64)
    test = np.arange(len(images)) % 5 == 0
    return Split(
        ArrayDataset(images[~test], targets[~test]), ArrayDataset(images[test], targets[test])
    )


class _File(NamedTuple):
    name: str
    sha256: str  # of the decompressed bytes: archives may be compressed anew
    size: int


_MNIST = {
    "train_inputs": _File(
        "train-images-idx3-ubyte",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        47_040_016,
    ),
    "train_targets": _File(
        "train-labels-idx1-ubyte",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        60_008,
    ),
    "test_inputs": _File(
        "t10k-images-idx3-ubyte",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        7_840_016,
    ),
    "test_targets": _File(
        "t10k-labels-idx1-ubyte",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        10_008,
    ),
}
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


def mnist() -> Split:
    """MNIST: handwritten digits, 28x28 pixels, 60,000 to learn from and 10,000 to test on.

    The four files are looked for in the folder that ``AUTOGRAD_DATA`` names (or its ``mnist``),
    then in the user's cache, and are then downloaded into the cache. Every file is checked
    against the SHA-256 of the original; one that differs is refused by name.

    Returns
    -------
    Split
        Images are (rows, 1, 28, 28) float32 from 0 to 1, targets 0 to 9.

    Raises
    ------
    ValueError
        A file that is not the original.
    OSError
        No mirror could be reached; the message says where to put the files by hand.

    References
    ----------
    LeCun, Cortes & Burges 1998, http://yann.lecun.com/exdb/mnist/
    """
    arrays = {part: _read_idx(_original(file)) for part, file in _MNIST.items()}
    splits = []
    for part in ("train", "test"):
        pixels = arrays[f"{part}_inputs"]
        images = pixels[:, None].astype(np.float32)
        images *= np.float32(1 / 255)
        splits.append(ArrayDataset(images, arrays[f"{part}_targets"].astype(np.int64)))
    return Split(*splits)


def cache_folder() -> Path:
    """Where downloads are kept: the user's cache by the custom of the platform."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "chainrule"


def _original(file: _File) -> bytes:
    """The bytes of a file, found or downloaded, and checked."""
    folders = [cache_folder() / "mnist"]
    if named := os.environ.get("AUTOGRAD_DATA"):
        folders = [Path(named), Path(named) / "mnist", *folders]
    for folder in folders:
        for path in (folder / f"{file.name}.gz", folder / file.name):
            if path.is_file():
                return _checked(path.read_bytes(), file, str(path))
    return _download(file, folders[-1] / f"{file.name}.gz")


def _checked(content: bytes, file: _File, where: str) -> bytes:
    """The decompressed bytes, if they are the original's."""
    try:
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"{where} is damaged ({error}); delete it, and it is fetched anew"
        ) from None
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ValueError(
            f"{where} is not MNIST's {file.name}: it has {len(content):,} bytes of other content "
            f"(expected {file.size:,} with SHA-256 {file.sha256[:16]}…); delete it, and it is "
            f"fetched anew"
        )
    return content


def _download(file: _File, target: Path) -> bytes:
    """Fetch a file from the first mirror that has the original, and keep it whole or not at all."""
    failures = []
    for mirror in MIRRORS:
        url = f"{mirror}{file.name}.gz"
        try:
            packed = _fetch(url)
            content = _checked(packed, file, url)
        except (OSError, ValueError, http.client.HTTPException) as error:
            failures.append(f"  {url}: {error}")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=target.name)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(packed)
            os.replace(part, target)
        except BaseException:  # Ctrl-C too
            os.unlink(part)
            raise
        return content
    raise OSError(
        f"{file.name} could not be downloaded:\n" + "\n".join(failures) + f"\nPut {file.name}.gz "
        f"into {target.parent}, or name a folder that has it in the variable AUTOGRAD_DATA"
    )


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as response:
        total = int(response.headers.get("Content-Length") or 0)
        blocks, received = [], 0
        while block := response.read(1 << 16):
            blocks.append(block)
            received += len(block)
            share = f"{received / total:4.0%}" if total else f"{received:,} bytes"
            print(f"\rdownloading {url.rsplit('/', 1)[-1]} {share}", end="", file=sys.stderr)
    print(file=sys.stderr)
    if total and received != total:
        raise OSError(f"the connection ended after {received:,} of {total:,} bytes")
    return b"".join(blocks)


def _read_idx(content: bytes) -> np.ndarray:
    """An array from the IDX format: two zeros, a type (8: unsigned bytes), the axes, the sizes."""
    axes = content[3]
    sizes = np.frombuffer(content, ">u4", axes, 4).tolist()
    array = np.frombuffer(content, np.uint8, offset=4 + 4 * axes)
    if content[:3] != b"\0\0\x08" or array.size != math.prod(sizes):
        raise ValueError(f"not an IDX file of bytes: {array.size} numbers for shape {tuple(sizes)}")
    return array.reshape(sizes)
