"""glyphs: which characters the font of the pictures has.

Its table of them is read here, to spare a package for so little: format 4 of
https://learn.microsoft.com/typography/opentype/spec/cmap, which every TrueType font has.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path


@cache
def characters(font: Path) -> frozenset[int]:
    """The code points, of those up to U+FFFF, that a font has a picture of."""
    data = font.read_bytes()
    (tables,) = struct.unpack_from(">H", data, 4)
    places = {
        data[at : at + 4]: struct.unpack_from(">I", data, at + 8)[0]
        for at in range(12, 12 + 16 * tables, 16)
    }
    cmap = places[b"cmap"]
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    for i in range(count):
        (offset,) = struct.unpack_from(">I", data, cmap + 4 + 8 * i + 4)
        if struct.unpack_from(">H", data, cmap + offset)[0] == 4:
            return frozenset(_segments(data, cmap + offset))
    return frozenset()


def _segments(data: bytes, at: int) -> set[int]:
    """The code points of a subtable of format 4: segments from a first to a last one."""
    (twice,) = struct.unpack_from(">H", data, at + 6)
    many = f">{twice // 2}H"
    lasts = struct.unpack_from(many, data, at + 14)
    firsts = struct.unpack_from(many, data, at + 16 + twice)
    return {
        code
        for first, last in zip(firsts, lasts, strict=True)
        for code in range(first, last + 1)
        if last < 0xFFFF
    }
