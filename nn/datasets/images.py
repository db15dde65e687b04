"""Small pictures in classes: digits, MNIST, Fashion-MNIST."""

from __future__ import annotations

import math

import numpy as np

from ..data import ArrayDataset
from .download import File, as_it_is, original, unzipped
from .split import Split

MIRRORS: tuple[str, ...] = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
_FASHION_MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
)


def _mnist_file(name: str, sha256: str, size: int) -> File:
    # of the decompressed bytes: archives may be compressed anew
    return File(f"{name}.gz", "MNIST", sha256, size, unzipped, (name,))


def _fashion_file(name: str, sha256: str, size: int) -> File:
    # of the archives: these are the checksums that are published
    return File(f"{name}.gz", "Fashion-MNIST", sha256, size, as_it_is)


_MNIST = {
    "train_inputs": _mnist_file(
        "train-images-idx3-ubyte",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        47_040_016,
    ),
    "train_targets": _mnist_file(
        "train-labels-idx1-ubyte",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        60_008,
    ),
    "test_inputs": _mnist_file(
        "t10k-images-idx3-ubyte",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        7_840_016,
    ),
    "test_targets": _mnist_file(
        "t10k-labels-idx1-ubyte",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        10_008,
    ),
}
_FASHION = {
    "train_inputs": _fashion_file(
        "train-images-idx3-ubyte",
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        26_421_880,
    ),
    "train_targets": _fashion_file(
        "train-labels-idx1-ubyte",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        29_515,
    ),
    "test_inputs": _fashion_file(
        "t10k-images-idx3-ubyte",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        4_422_102,
    ),
    "test_targets": _fashion_file(
        "t10k-labels-idx1-ubyte",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        5_148,
    ),
}


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
    data = ArrayDataset(images, bunch.target.astype(np.int64))
    test = np.arange(len(data)) % 5 == 0
    return Split(data[~test], data[test])


def mnist() -> Split:
    """MNIST: handwritten digits, 28x28 pixels, 60,000 to learn from and 10,000 to test on.

    The four files are looked for in the folder that ``AUTOGRAD_DATA`` names (or its ``mnist``),
    then in the user's cache, and are then downloaded into the cache, from the places in
    ``nn.datasets.MIRRORS``. Every file is checked against the SHA-256 of the original; one that
    differs is refused by name.

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
    from . import MIRRORS  # as it stands now: a school can set a mirror of its own

    return _images(_MNIST, "mnist", MIRRORS)


def fashion_mnist() -> Split:
    """Fashion-MNIST: pictures of clothes, 28x28 pixels, as many as MNIST, and harder.

    The files are looked for in ``fashion_mnist`` within the folder that ``AUTOGRAD_DATA`` names,
    then in the user's cache, and are then downloaded into the cache. The archives are checked
    against the SHA-256 of the published ones.

    Returns
    -------
    Split
        Images are (rows, 1, 28, 28) float32 from 0 to 1. Targets: 0 T-shirt or top, 1 trousers,
        2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle boot.

    Raises
    ------
    ValueError
        A file that is not the original.
    OSError
        No mirror could be reached; the message says where to put the files by hand.

    References
    ----------
    Xiao, Rasul & Vollgraf 2017, "Fashion-MNIST: a novel image dataset for benchmarking machine
    learning algorithms".
    """
    return _images(_FASHION, "fashion_mnist", _FASHION_MIRRORS)


def _images(files: dict[str, File], folder: str, mirrors: tuple[str, ...]) -> Split:
    arrays = {}
    for part, file in files.items():
        # Fashion-MNIST's files have the names of MNIST's: only their folder tells them apart
        urls = [mirror + file.name for mirror in mirrors]
        content = original(file, folder, urls, loose=folder == "mnist")
        arrays[part] = _read_idx(unzipped(content, 1 << 26))
    sets = []
    for part in ("train", "test"):
        images = arrays[f"{part}_inputs"][:, None].astype(np.float32)
        images *= np.float32(1 / 255)
        sets.append(ArrayDataset(images, arrays[f"{part}_targets"].astype(np.int64)))
    return Split(*sets)


def _read_idx(content: bytes) -> np.ndarray:
    """An array from the IDX format: two zeros, a type (8: unsigned bytes), the axes, the sizes."""
    axes = content[3]
    sizes = np.frombuffer(content, ">u4", axes, 4).tolist()
    array = np.frombuffer(content, np.uint8, offset=4 + 4 * axes)
    if content[:3] != b"\0\0\x08" or array.size != math.prod(sizes):
        raise ValueError(f"not an IDX file of bytes: {array.size} numbers for shape {tuple(sizes)}")
    return array.reshape(sizes)
