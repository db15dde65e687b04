"""record: run a function once, then replay its operations without building a graph."""

from .recorded import Recorded, record
from .tracked import untraced

__all__ = ["Recorded", "record", "untraced"]
