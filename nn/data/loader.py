"""DataLoader: batches of a data set."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import Context, copy_context
from functools import partial
from itertools import islice, repeat
from typing import Any

import numpy as np

from ..random import Rng, held, within_pass
from ..random import generator as drawn_from
from .collate import default_collate
from .dataset import ArrayDataset, IterableDataset, batch_of
from .sampler import BatchSampler, RandomSampler, SequentialSampler, count, one_of, own

_END: Any = object()  # an IterableDataset has come to its end


class DataLoader:
    """Batches of a data set.

    Parameters
    ----------
    dataset : Dataset, tuple of arrays, or anything with ``len`` and ``[row]``
        ``(inputs, targets)`` is an `ArrayDataset`.
    batch_size : int or None
        None gives the samples one by one, without a batch axis.
    shuffle : bool
        A new order for each pass over the data.
    sampler : iterable of int, optional
        Row numbers, instead of ``shuffle``.
    batch_sampler : iterable of sequences of int, optional
        The row numbers of each batch, instead of batch_size, shuffle, sampler and drop_last.
    num_workers : int
        0 prepares a batch when it is asked for. 1 or more prepares batches ahead in **one**
        background thread, while the model learns from the last; a second thread would make random
        transforms depend on which is faster. The batches are the same to the bit either way.
    collate_fn : callable, optional
        What makes a batch of a list of samples; `default_collate` otherwise.
    drop_last : bool
        Leave out a last batch that is not full.
    worker_init_fn : callable, optional
        Called with 0 in the thread before it prepares a batch.
    prefetch_factor : int, optional
        How many batches the thread prepares ahead; 2 by default.
    rng : numpy.random.Generator or int, optional
        Of the orders, and of transforms that have no generator of their own: each pass begins by
        drawing one for them, so that they can be repeated. The default generator otherwise.
        ``generator`` is PyTorch's name of it.
    pin_memory, pin_memory_device, persistent_workers, in_order
        Taken as PyTorch takes them, and without a meaning here.
    timeout, multiprocessing_context
        Refused where they are set: a thread is no process.

    Notes
    -----
    A pass that is left early (``break``) leaves no thread behind, and generators that transforms
    hold stand where the last batch that was given left them. Do not share one generator between
    the transforms of a loader with a thread and what runs meanwhile.

    Examples
    --------
    >>> import numpy as np
    >>> loader = DataLoader((np.zeros((5, 2)), np.arange(5)), batch_size=2)
    >>> [targets.tolist() for inputs, targets in loader]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool = False,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[Sequence[int]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Rng = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
        rng: Rng = None,
    ) -> None:
        if isinstance(dataset, tuple) and (
            len(dataset) == 2 or all(isinstance(each, np.ndarray) for each in dataset)
        ):
            dataset = ArrayDataset(*dataset)
        _check(dataset, batch_size, shuffle, sampler, batch_sampler, drop_last)
        self.dataset, self.collate_fn, self.drop_last = dataset, collate_fn, drop_last
        self.num_workers = count("DataLoader: num_workers", num_workers, 0)
        self.prefetch_factor = (
            2 if prefetch_factor is None else count("DataLoader: prefetch_factor", prefetch_factor)
        )
        self.worker_init_fn = worker_init_fn
        for name, given in dict(
            timeout=timeout, multiprocessing_context=multiprocessing_context
        ).items():
            if given:
                raise ValueError(
                    f"DataLoader: {name}={given!r} is for processes; workers here are one thread, "
                    f"which is neither started by a context nor stopped after a time"
                )
        self.rng = own(one_of(rng, generator))
        self.sampler: Any = sampler
        self.batch_sampler: Any = batch_sampler
        self.batch_size = None
        if batch_size is not None and batch_sampler is None:
            self.batch_size = count("DataLoader: batch_size", batch_size)
        if isinstance(dataset, IterableDataset) or batch_sampler is not None:
            return
        if sampler is None:
            self.sampler = (
                RandomSampler(dataset, rng=self.rng) if shuffle else SequentialSampler(dataset)
            )
        if self.batch_size is not None:
            self.batch_sampler = BatchSampler(self.sampler, self.batch_size, drop_last)

    def __len__(self) -> int:
        """How many batches one pass has."""
        if not isinstance(self.dataset, IterableDataset):
            return len(self.sampler if self.batch_sampler is None else self.batch_sampler)
        rows: Any = self.dataset
        full, rest = divmod(len(rows), self.batch_size or 1)  # where it knows its length
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        context = copy_context()
        if not isinstance(self.dataset, ArrayDataset) or self.dataset.transform is not None:
            context.run(within_pass, int(drawn_from(self.rng).integers(2**63)))
        prepare, requests = self._pass()
        if self.num_workers:
            yield from self._ahead(prepare, requests, context)
            return
        for request in requests:
            if (batch := context.run(prepare, request)) is _END:
                return
            yield batch

    def _pass(self) -> tuple[Callable[[Any], Any], Iterable[Any]]:
        """What makes a batch of a request, and the requests of one pass."""
        if not isinstance(self.dataset, IterableDataset):
            if self.batch_sampler is None:
                return self._sample, self.sampler
            return self._batch, self.batch_sampler
        source, size = iter(self.dataset), self.batch_size

        def prepare(_: None) -> Any:
            samples = list(islice(source, size or 1))
            if not samples or (self.drop_last and len(samples) < (size or 1)):
                return _END
            if size is None:
                return samples[0] if self.collate_fn is None else self.collate_fn(samples[0])
            return (self.collate_fn or default_collate)(samples)

        return prepare, repeat(None)

    def _sample(self, row: int) -> Any:
        sample = self.dataset[row]
        return sample if self.collate_fn is None else self.collate_fn(sample)

    def _batch(self, rows: Sequence[int]) -> Any:
        if self.collate_fn is None:
            return batch_of(self.dataset, rows)
        return self.collate_fn([self.dataset[row] for row in rows])

    def _ahead(
        self, prepare: Callable[[Any], Any], requests: Iterable[Any], context: Context
    ) -> Iterator[Any]:
        """Batches that a thread prepared; how many it is ahead does not depend on time."""
        drawing = held(self.dataset, self.collate_fn)

        def work(request: Any) -> tuple[Any, list]:
            batch = prepare(request)
            return batch, [each.bit_generator.state for each in drawing]

        states = [each.bit_generator.state for each in drawing]
        waiting: deque[Future] = deque()
        rest = iter(requests)
        begin = None if self.worker_init_fn is None else partial(self.worker_init_fn, 0)
        pool = ThreadPoolExecutor(1, "DataLoader", begin)
        try:
            while True:
                for request in islice(rest, self.prefetch_factor + 1 - len(waiting)):
                    waiting.append(pool.submit(context.run, work, request))
                if not waiting:
                    return
                batch, states = waiting.popleft().result()
                if batch is _END:
                    return
                yield batch
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            for each, state in zip(drawing, states, strict=True):
                each.bit_generator.state = state


def _check(
    dataset: Any, batch_size: Any, shuffle: bool, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    """Refuse what does not go together, or is no data."""
    for name, given in (("sampler", sampler), ("batch_sampler", batch_sampler)):
        if given is not None and not hasattr(given, "__iter__"):
            raise TypeError(
                f"DataLoader: {name} is an iterable of row numbers, not {given!r}; the arguments "
                f"are dataset, batch_size, shuffle, sampler, batch_sampler, num_workers, "
                f"collate_fn, drop_last"
            )
    if batch_size is None and drop_last:
        raise ValueError("DataLoader: without a batch_size there is no last batch to drop")
    if sampler is not None and shuffle:
        raise ValueError("DataLoader: a sampler gives the order, so shuffle does not go with it")
    if batch_sampler is not None and (
        batch_size != 1 or shuffle or sampler is not None or drop_last
    ):
        raise ValueError(
            "DataLoader: a batch_sampler gives the batches, so batch_size, shuffle, sampler and "
            "drop_last do not go with it"
        )
    if isinstance(dataset, IterableDataset):
        if sampler is not None or batch_sampler is not None or shuffle:
            raise ValueError(
                "DataLoader: an IterableDataset gives its own order; shuffle, sampler and "
                "batch_sampler do not go with it"
            )
        return
    if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
        raise TypeError(
            f"DataLoader: data has __len__ and __getitem__, and {type(dataset).__name__} has not; "
            f"write them, or derive from nn.data.IterableDataset"
        )
    if not len(dataset):
        raise ValueError("DataLoader: the data set has no rows")
