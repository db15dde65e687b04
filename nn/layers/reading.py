"""The order in which a recurrent network reads sequences, and where it finds what it read."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..utils.rnn import PackedSequence


class Reading(NamedTuple):
    """How one direction goes through sequences; None for an order that is the right one as it is.

    ``into`` brings the inputs into the order in which they are read, (time, batch, width); ``back``
    brings what was found there into the order of the inputs; at ``end`` stand the last states.
    """

    into: Any
    back: Any
    end: Any


FORWARDS = Reading(None, None, -1)
BACKWARDS = Reading(slice(None, None, -1), slice(None, None, -1), -1)


def of_packed(sequences: PackedSequence) -> tuple[Reading, Reading]:
    """How to read packed sequences, forwards and backwards.

    Each reading goes on past the end of a short sequence, at its last input, and what is found
    there is not looked at: so one operation serves sequences of all lengths.
    """
    present = sequences.present()
    lengths, row = present.sum(0), np.cumsum(present).reshape(present.shape) - 1
    batch = np.arange(len(lengths))
    last = lengths - 1
    forwards = np.minimum(np.arange(len(present))[:, None], last)
    backwards = np.maximum(last - np.arange(len(present))[:, None], 0)
    step, sequence = np.nonzero(present)
    end = (last, batch)
    return (
        Reading(row[forwards, batch], (step, sequence), end),
        Reading(row[backwards, batch], (last[sequence] - step, sequence), end),
    )
