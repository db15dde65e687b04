"""Large work on arrays, shared out among threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_number = 1

# Multiplications, found by trial: with less to do, threads wait for Python's lock and each other.
_ENOUGH = 5e7


def set_num_threads(number: int) -> None:
    """Set how many threads convolutions share their images among; 1 to begin with.

    The results have the same bits with any number. With more than one, each matrix product of
    NumPy has one thread to itself, in the whole process: its own threads would stay busy for a
    while after each product, and take the processors from ours. 1 gives them back. It pays where
    convolutions take most of the time.

    Parameters
    ----------
    number : int

    Raises
    ------
    ImportError
        Where threadpoolctl is missing, which more than one thread needs.

    Examples
    --------
    >>> import autograd
    >>> autograd.set_num_threads(2)
    >>> autograd.get_num_threads()
    2
    >>> autograd.set_num_threads(1)
    """
    global _number
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError(f"set_num_threads takes a number of threads, at least 1, not {number!r}")
    if (number > 1) != (_number > 1):
        _limit_products(number > 1)
    _number = number


def get_num_threads() -> int:
    """How many threads convolutions share their images among; see `set_num_threads`."""
    return _number


def each(function: Callable[[Any], Any], items: Sequence[Any], work: float) -> list[Any]:
    """``[function(item) for item in items]``, the items shared out among threads.

    ``work`` is the number of multiplications in all.
    """
    if len(items) < 2 or work < _ENOUGH or _number < 2:
        return list(map(function, items))
    share = -(-len(items) // min(_number, len(items)))
    parts = [items[i : i + share] for i in range(0, len(items), share)]
    others = [_pool(_number - 1).submit(_all, function, part) for part in parts[1:]]
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
    from concurrent.futures import ThreadPoolExecutor  # importing the engine is quicker without

    return ThreadPoolExecutor(threads, thread_name_prefix="chainrule")


_before: list[tuple[Any, int]] = []  # the libraries of matrix products, and their threads


def _limit_products(one: bool) -> None:
    """Give each matrix product one thread, or as many as it had."""
    if one:
        try:
            from threadpoolctl import ThreadpoolController
        except ImportError:
            raise ImportError(
                "set_num_threads of more than 1 needs threadpoolctl: pip install threadpoolctl"
            ) from None
        libraries = ThreadpoolController().select(user_api="blas").lib_controllers
        _before[:] = [(library, library.get_num_threads()) for library in libraries]
    for library, number in _before:
        library.set_num_threads(1 if one else number)


if hasattr(os, "register_at_fork"):  # a child process has none of its parent's threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
