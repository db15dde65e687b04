"""Progress bars: tqdm's where it is installed."""

from __future__ import annotations

import sys
from typing import Any


def bar(loader: Any, title: str) -> Any:
    """The batches of a loader, with a bar that counts them."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _PlainBar(loader, title)
    return tqdm(loader, desc=title, unit="batch", leave=True)


def text(numbers: dict[str, float], prefix: str = "") -> str:
    """Numbers by name, in one line."""
    return ", ".join(f"{prefix}{name} {number:.4f}" for name, number in numbers.items())


class _PlainBar:
    """Where tqdm is not installed: one line that counts."""

    def __init__(self, loader: Any, title: str) -> None:
        self.loader, self.title, self.text = loader, title, ""

    def set_postfix_str(self, text: str, refresh: bool = True) -> None:
        self.text = text

    def __iter__(self) -> Any:
        known = hasattr(getattr(self.loader, "dataset", self.loader), "__len__")
        total = len(self.loader) if known else 0
        of = f"/{total}" if total else ""
        for i, batch in enumerate(self.loader, 1):
            yield batch
            if i == total or i % max(1, total // 20) == 0:
                print(f"\r{self.title}: {i}{of} batches, {self.text}", end="", file=sys.stderr)
        print(file=sys.stderr)
