"""The operations, one file per family. Importing this package fills the tables in `op`."""

from . import activation, conv, elementwise, index, linalg, pool, reduce, shape

__all__ = ["activation", "conv", "elementwise", "index", "linalg", "pool", "reduce", "shape"]
