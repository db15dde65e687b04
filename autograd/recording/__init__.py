"""record: run a function once, then replay its operations without building a graph."""

from .recorded import Recorded, record

__all__ = ["Recorded", "record"]
