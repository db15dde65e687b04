"""images: SVG as PNG and as PDF, with the one font that the pictures are drawn in."""

from __future__ import annotations

import re
from pathlib import Path

from .glyphs import characters
from .theme import FONT

# What formulas use and the font lacks, and how it is written there; ᵀ comes after ⁻ alone.
LACKING = str.maketrans(
    {
        "∗": "*", "⋆": "*", "⁻": "^-", "ᵃ": "^a", "ᵇ": "^b", "ᵏ": "^k", "ᵀ": "T", "ʜ": "^H",
        "∛": "³√",
    }
)  # fmt: skip


def font() -> Path:
    """The file of the font."""
    import fontpkg

    return Path(fontpkg.path("jetbrains-mono"))


def _drawable(svg: str) -> bool:
    """Whether the font has every letter: only what it lacks is left to the machine's fonts, so that
    all other pictures are the same on every machine."""
    return {ord(c) for c in set(svg) if c > "~"} <= characters(font())


def png(svg: str, zoom: float = 2) -> bytes:
    """An SVG as PNG.

    Parameters
    ----------
    svg : str
        In a fixed theme, because the program that draws knows no CSS variables.
    zoom : float
        Pixels of the PNG for one of the SVG.
    """
    import resvg_py

    image = resvg_py.svg_to_bytes(
        svg_string=svg.translate(LACKING),
        skip_system_fonts=_drawable(svg.translate(LACKING)),
        font_files=[str(font())],
        monospace_family=FONT,
        zoom=zoom,
    )
    return bytes(image)


def pdf(svg: str) -> bytes:
    """An SVG as PDF: one page of its size, lines as lines and text as text.

    Raises
    ------
    ImportError
        Where the package is missing that makes it, with the command that installs it.
    """
    try:
        import typst
    except ImportError:
        raise ImportError(
            'saving as PDF needs one more package: pip install "chainrule[pdf]"'
        ) from None
    wide, high = re.findall(r'^<svg[^>]* width="([\d.]+)" height="([\d.]+)"', svg)[0]
    page = (
        f"#set page(width: {wide}pt, height: {high}pt, margin: 0pt)\n"
        f'#image(bytes(sys.inputs.svg), format: "svg", width: {wide}pt)'
    )
    compiler = typst.Compiler(
        font_paths=[font().parent],
        ignore_system_fonts=_drawable(svg.translate(LACKING)),
        sys_inputs={"svg": svg.translate(LACKING)},
    )
    made = compiler.compile(page.encode(), format="pdf")
    assert isinstance(made, bytes)  # one page
    return made
