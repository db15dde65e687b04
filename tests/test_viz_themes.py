"""How a picture looks: colours that can be read, marks that are explained, states of a step."""

import re
import xml.etree.ElementTree as ET
from itertools import product

import numpy as np
import pytest

import nn
import viz
from autograd import Value
from viz import theme as themes
from viz.graph import build
from viz.heat import strength_of
from viz.layout import layout
from viz.paint import svg
from viz.theme import CONTRAST, CONTRAST_DARK, DARK, LIGHT, PALETTES, PRINT, THEMES, variables

SVG = "{http://www.w3.org/2000/svg}"
ALL = {"light": LIGHT, "dark": DARK, "contrast": CONTRAST, "dark contrast": CONTRAST_DARK}
ALL["print"] = PRINT


def expression():
    x, y, z = Value(1.0, name="x"), Value(3.0, name="y"), Value(-3.0, name="z")
    out = (x + y) * z
    out.backward()
    return out


def texts(drawn):
    return ["".join(e.itertext()) for e in ET.fromstring(drawn).iter(f"{SVG}text")]


# ---- colours ----


def rgb(colour):
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def luminance(parts):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ALL)
def test_text_can_be_read(name):
    """WCAG 2.2, criterion 1.4.3: a contrast of 4.5; of lines (1.4.11) 3."""
    palette = {key: rgb(colour) for key, colour in ALL[name].items()}
    grounds = ("ground", "raised", "leaf", "value", "op", "constant", "module")
    for ink, ground in product(("ink", "muted", "grad", "wrong", "right", "active"), grounds):
        assert contrast(palette[ink], palette[ground]) >= 4.5, (ink, ground)
    for line, ground in product(("line", "leaf_line", "op_line", "module_line"), grounds):
        assert contrast(palette[line], palette[ground]) >= 3, (line, ground)


@pytest.mark.parametrize("name", ALL)
def test_numbers_in_cells_can_be_read(name):
    palette = {key: rgb(colour) for key, colour in ALL[name].items()}
    levels = np.linspace(-1, 1, 41)
    for ground, level in product(("leaf", "value", "constant"), levels):
        kind, strength = strength_of(float(level), 1.0)
        under = palette["value" if kind == "zero" else ground]
        over = under if kind == "zero" else palette[kind]
        cell = [strength * o + (1 - strength) * u for o, u in zip(over, under, strict=True)]
        assert contrast(palette["ink"], cell) >= 4.5, (ground, level)


def test_every_palette_has_every_colour():
    assert {frozenset(palette) for palette in ALL.values()} == {frozenset(LIGHT)}
    assert set(PALETTES) == set(THEMES) - {"auto"}


@pytest.mark.parametrize("theme", THEMES)
def test_themes_are_styles(theme):
    drawn = viz.draw(expression(), theme=theme).svg
    ET.fromstring(drawn)
    assert f'class="chainrule-{theme}"' in drawn
    if theme == "auto":
        # A program without variables draws the light colour that stands before each.
        assert drawn.count(":var(--") > 20
        assert drawn.count(":var(--") == len(re.findall(r":(#[0-9a-f]{3,6});[a-z]+:var\(--", drawn))
    else:
        assert "var(" not in drawn and "@media" not in drawn
        assert themes.css(PALETTES[theme]["leaf_line"]) in drawn


def test_auto_follows_system_and_page():
    rules = variables("auto")
    for sign in (
        "prefers-color-scheme:dark", "prefers-contrast:more", "forced-colors:active",
        "@media print",
        '[data-jp-theme-light="false"]', '[data-jp-theme-light="true"]',
        '[data-vscode-theme-kind="vscode-dark"]', "vscode-high-contrast", '[theme="dark"]',
        ":is(html,body).dark", ":is(html,body).light", '[data-theme="dark"]',
        '[data-md-color-scheme="slate"]', '[data-md-color-scheme="default"]',
    ):  # fmt: skip
        assert sign in rules, sign
    assert rules.count("{") == rules.count("}")


def test_the_colours_are_variables_for_the_page():
    for name in (
        "ground",
        "ink",
        "muted",
        "leaf-line",
        "op-line",
        "module-line",
        "active",
        "wrong",
    ):
        assert f"--{name}:" in variables("print")
    assert LIGHT["leaf_line"] in variables("light") and DARK["leaf_line"] in variables("dark")


def test_another_theme_is_refused():
    with pytest.raises(ValueError, match="theme is one of auto, light, dark, high-contrast, print"):
        viz.draw(expression(), theme="pink")


def test_print_eats_no_ink():
    fills = {PRINT[key] for key in ("ground", "leaf", "value", "op", "constant", "module")}
    assert fills == {"#ffffff"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ground_is_painted(theme):
    """A dark picture on a white page would be light text on white."""
    drawn = viz.draw(expression(), theme=theme).svg
    assert '<rect class="ground"' in drawn
    assert themes.css(ALL[theme]["ground"]) in drawn


# ---- meaning without colour ----


def test_kinds_are_told_apart_without_colours():
    """In black and white: leaves have a thicker frame, modules a double one, constants a dashed."""
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    x = Value(np.ones((4, 2), np.float32), name="x")
    drawn = viz.draw(model(x).sum() * 2.0, depth=0, theme="print").svg
    assert ".chainrule-print .leaf .box{stroke-width:2.2}" in drawn
    assert re.search(r"\.constant \.box[^{]*\{stroke-dasharray", drawn)
    module = next(
        e for e in ET.fromstring(drawn).iter(f"{SVG}g") if "module" in e.get("class", "").split()
    )
    assert len([e for e in module.iter(f"{SVG}rect") if e.get("class") == "box"]) == 2


# ---- legend ----


def legend(drawn):
    groups = [e for e in ET.fromstring(drawn).iter(f"{SVG}g") if e.get("class") == "legend"]
    return " / ".join("".join(e.itertext()) for g in groups for e in g.iter(f"{SVG}text"))


def test_the_legend_explains_the_marks_that_are_used_and_no_others():
    scalar = legend(viz.draw(expression()).svg)
    assert "leaf, takes a gradient" in scalar and "derivative along the arrow" in scalar
    for absent in ("cells", "module", "takes no gradient", "which operand", "norm", "dead", "rule"):
        assert absent not in scalar
    x = Value(np.ones((4, 6)), name="x")
    array = legend(viz.draw((x - np.arange(6.0)).sum()).svg)
    for present in ("cells: ±s", "takes no gradient", "which operand", "rule and shape", "no back"):
        assert present in array
    assert "derivative along" not in legend(viz.draw(expression(), derivatives=False).svg)
    model = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid())
    loss = model(np.ones((4, 2), np.float32)).sum()
    loss.backward()
    whole = legend(viz.draw(loss, depth=1).svg)
    assert (
        "module" in whole
        and "vanishing below 1e-07 or 0.0001 of the largest, exploding above 1000" in whole
    )


def test_the_legend_can_be_left_off():
    drawn = viz.draw(expression(), legend=False).svg
    assert not legend(drawn) and "laid out by" in drawn


def test_no_text_of_the_foot_leaves_the_picture():
    x = Value(np.nan, name="x")
    for picture in (viz.draw(x * 2), viz.draw(expression())):
        root = ET.fromstring(picture.svg)
        for group in [root, *[g for g in root if g.get("class") == "legend"]]:
            for text in group.findall(f"{SVG}text"):
                if "end" not in text.get("class"):
                    end = float(text.get("x")) + themes.width("".join(text.itertext()), 10.5)
                    assert end <= float(root.get("width"))


# ---- words ----


def test_the_picture_speaks():
    out = expression()
    root = ET.fromstring(viz.draw(out, names={"out": out}).svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Computation graph: 5 values, 2 operations"
    told = root.find(f"{SVG}desc").text
    assert "x | - | - | 1 | -3 | -" in told.splitlines()
    x = Value(np.array([[1.0, 2.0], [3.0, 4.0]]), name="x")
    told = ET.fromstring(viz.draw(x - 1.0).svg).find(f"{SVG}desc").text
    assert "x | - | (2, 2) | float64 (2, 2) [1 2; 3 4] | - | -" in told and "left x" in told


# ---- one step ----


def test_states_are_classes():
    graph = build(expression())
    drawn = svg(graph, layout(graph), "light", states={"v0": "active done", "v0-o3-0": "pending"})
    root = ET.fromstring(drawn)
    node = next(e for e in root.iter() if e.get("data-node") == "v0")
    assert {"active", "done"} <= set(node.get("class").split())
    edge = next(e for e in root.iter() if e.get("data-edge") == "v0-o3-0")
    assert "pending" in edge.get("class").split()
    assert "ground" not in {e.get("class") for e in root.iter()}  # the page has its own


def test_png_has_text_without_system_fonts(monkeypatch):
    import zlib

    def pixels(png):
        """How well the image can be packed again: text and lines are what takes room."""
        data, place = b"", 8
        while place < len(png):
            size = int.from_bytes(png[place : place + 4])
            if png[place + 4 : place + 8] == b"IDAT":
                data += png[place + 8 : place + 8 + size]
            place += size + 12
        return len(zlib.compress(zlib.decompress(data)))

    from viz import images

    drawn = viz.draw(expression(), theme="light").svg
    bare = re.sub(r"<text.*?</text>", "", drawn, flags=re.S)
    assert pixels(images.png(drawn)) > 1.3 * pixels(images.png(bare))  # the letters are there
