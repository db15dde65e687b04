"""Data sets to learn with.

Files are looked for in the folder that ``AUTOGRAD_DATA`` names, then in the user's cache, and are
then downloaded into the cache. Every one is checked against a checksum.

>>> from nn import datasets
>>> datasets.moons(100, rng=0)
ArrayDataset(float32 (100, 2), int64 (100,))
"""

from .characters import Text, shakespeare, text
from .download import cache_folder
from .images import MIRRORS, digits, fashion_mnist, mnist
from .shapes import circles, moons, spirals, xor
from .split import Split, standardize
from .tables import BANKNOTE_COLUMNS, CHURN_COLUMNS, banknote, churn

__all__ = [
    "BANKNOTE_COLUMNS",
    "CHURN_COLUMNS",
    "MIRRORS",
    "Split",
    "Text",
    "banknote",
    "cache_folder",
    "churn",
    "circles",
    "digits",
    "fashion_mnist",
    "mnist",
    "moons",
    "shakespeare",
    "spirals",
    "standardize",
    "text",
    "xor",
]
