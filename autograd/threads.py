"""Large work on arrays, shared out among threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_chosen: int | None = None


def set_num_threads(number: int) -> None:
    """Set how many threads convolutions share their images among.

    The results have the same bits with any number. NumPy itself computes elementwise operations in
    one thread, and has its own for matrix products (``OPENBLAS_NUM_THREADS``).

    Parameters
    ----------
    number : int
        1 for none but the caller's. To begin with there are as many as NumPy's matrix products use.

    Examples
    --------
    >>> import autograd
    >>> before = autograd.get_num_threads()
    >>> autograd.set_num_threads(1)
    >>> autograd.get_num_threads()
    1
    >>> autograd.set_num_threads(before)
    """
    global _chosen
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError(f"set_num_threads takes a number of threads, at least 1, not {number!r}")
    _chosen = number


def get_num_threads() -> int:
    """How many threads convolutions share their images among; see `set_num_threads`."""
    return _blas().threads if _chosen is None else _chosen


# Multiplications, found by trial: with less to do, threads wait for Python's lock and each other.
_ENOUGH = 5e7


def each(function: Callable[[Any], Any], items: Sequence[Any], work: float) -> list[Any]:
    """``[function(item) for item in items]``, the items shared out among threads.

    While they run, each matrix product has one thread to itself: more would wait for each other.
    ``work`` is the number of multiplications in all.
    """
    if len(items) < 2 or work < _ENOUGH or get_num_threads() < 2:
        return list(map(function, items))
    threads = min(get_num_threads(), len(items))
    share = -(-len(items) // threads)
    parts = [items[i : i + share] for i in range(0, len(items), share)]
    with _blas():
        others = [_pool(threads - 1).submit(_all, function, part) for part in parts[1:]]
        try:
            done = [_all(function, parts[0])]
        finally:  # nobody writes any more once this function is left
            found = [future.exception() for future in others]
        for error in filter(None, found):
            raise error
        done += [future.result() for future in others]
    return [result for part in done for result in part]


def _all(function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    return list(map(function, items))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # imported where it is needed: see `_Blas`

    return ThreadPoolExecutor(threads, thread_name_prefix="chainrule")


class _Blas:
    """The threads of NumPy's matrix products; inside a ``with`` block they have one each."""

    def __init__(self) -> None:
        from threadpoolctl import ThreadpoolController  # importing autograd is quicker without

        self._libraries = ThreadpoolController().select(user_api="blas").lib_controllers
        self.threads = max((library.num_threads or 1 for library in self._libraries), default=1)
        self._inside, self._lock, self._before = 0, Lock(), [1]

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._before = [library.get_num_threads() for library in self._libraries]
                for library in self._libraries:
                    library.set_num_threads(1)

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                for library, number in zip(self._libraries, self._before, strict=True):
                    library.set_num_threads(number)


@cache
def _blas() -> _Blas:
    return _Blas()


if hasattr(os, "register_at_fork"):  # a child process has none of its parent's threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
    os.register_at_fork(after_in_child=_blas.cache_clear)
