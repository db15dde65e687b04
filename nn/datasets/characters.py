"""Text as characters: each window of it, and the same window one character further on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..data import Dataset
from ..data.sampler import count
from .download import File, as_it_is, original
from .sonnets import SONNETS

_SHAKESPEARE = File(
    "tinyshakespeare.txt",
    "char-rnn",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    1_115_394,
    as_it_is,
    ("input.txt",),
)
_SHAKESPEARE_URLS = (
    "https://raw.githubusercontent.com/karpathy/char-rnn/"
    "6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt",
)


class Text(Dataset):
    """Windows of a text, as numbers of characters: what comes in, and what comes next.

    Row i is ``(inputs, targets)``, both (length,) int64: the characters from i·stride on, and
    those that follow each of them. A batch of them is (rows, length).

    Parameters
    ----------
    source : str
    length : int
        How many characters a window has.
    stride : int
        By how many characters one window begins after the last.
    vocabulary : str, optional
        All characters that there are, in the order of their numbers; by default those of the text,
        sorted. Give that of another `Text` to data for testing.

    Attributes
    ----------
    vocabulary : str
    codes : (characters,) int64 array
        The whole text.

    Examples
    --------
    >>> words = Text("to be or not to be", length=5)
    >>> len(words), words.vocabulary
    (13, ' benort')
    >>> [words.decode(part) for part in words[3]]
    ['be or', 'e or ']
    >>> words.batch([0, 12])[0].shape
    (2, 5)
    """

    def __init__(
        self, source: str, length: int = 64, stride: int = 1, vocabulary: str | None = None
    ) -> None:
        self.vocabulary = "".join(sorted(set(source))) if vocabulary is None else vocabulary
        if len(set(self.vocabulary)) != len(self.vocabulary):
            raise ValueError("Text: a character stands twice in the vocabulary")
        self.length, self.stride = count("Text: length", length), count("Text: stride", stride)
        if len(source) <= length:
            raise ValueError(
                f"Text: windows of {length} characters and the one that follows do not fit into a "
                f"text of {len(source)}"
            )
        self._numbers = {character: i for i, character in enumerate(self.vocabulary)}
        self.codes = self.encode(source)
        self._windows = sliding_window_view(self.codes, self.length + 1)[:: self.stride]

    def __len__(self) -> int:
        return len(self._windows)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self.batch(index)

    def batch(self, rows: Any) -> tuple[np.ndarray, np.ndarray]:
        """Several windows at once."""
        windows = self._windows[rows]
        return windows[..., :-1], windows[..., 1:]

    def encode(self, text: str) -> np.ndarray:
        """The numbers of characters.

        Raises
        ------
        ValueError
            For a character that is not in the vocabulary.
        """
        try:
            return np.array([self._numbers[character] for character in text], dtype=np.int64)
        except KeyError as error:
            raise ValueError(
                f"Text: the character {error} is not in the vocabulary {self.vocabulary!r}"
            ) from None

    def decode(self, codes: object) -> str:
        """The characters of numbers."""
        return "".join(self.vocabulary[int(code)] for code in np.asarray(codes).reshape(-1))

    def __repr__(self) -> str:
        return (
            f"Text({len(self.codes):,} characters, {len(self.vocabulary)} different ones, "
            f"{len(self):,} windows of {self.length})"
        )


def text(
    source: str | Path | None = None,
    length: int = 64,
    stride: int = 1,
    vocabulary: str | None = None,
) -> Text:
    """Characters to learn from: of a file, of a string, or of the sonnets that come with nn.

    Parameters
    ----------
    source : Path to a UTF-8 file, or str that is the text itself, optional
        By default eleven sonnets of Shakespeare's, 7 thousand characters.
    length, stride, vocabulary
        As for `Text`.

    Examples
    --------
    >>> text().decode(text().codes[:38])
    "Shall I compare thee to a summer's day"
    """
    if isinstance(source, Path):
        source = source.read_text(encoding="utf-8")
    return Text(SONNETS if source is None else source, length, stride, vocabulary)


def shakespeare(length: int = 64, stride: int = 1) -> Text:
    """The plays of Shakespeare that character models are often tried on: 1.1 million characters.

    Looked for as ``tinyshakespeare.txt`` in the folder that ``AUTOGRAD_DATA`` names, then in the
    user's cache, and then downloaded; checked against the SHA-256 of the original.

    Parameters
    ----------
    length, stride
        As for `Text`.

    References
    ----------
    Karpathy 2015, https://karpathy.github.io/2015/05/21/rnn-effectiveness/
    """
    content = original(_SHAKESPEARE, "shakespeare", _SHAKESPEARE_URLS)
    return Text(content.decode(), length, stride)
