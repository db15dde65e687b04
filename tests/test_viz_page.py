"""The page: one piece of HTML that needs nothing else."""

import base64
import json
import re
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from autograd import Value
from viz import page, step
from viz.theme import variables

PACKED = re.compile(r'<script type="text/plain" data-as="[a-z/]+">(.*?)</script>', re.S)
PLAIN = re.compile(r'<script type="application/json">(.*?)</script>', re.S)


def product(name: str = "x"):
    x, y = Value(2.0, name=name), Value(-0.5, name="y")
    return step(x * y)


def chain(values: int, leaves: int = 6):
    """A program of so many values, as wide as a neuron and then deep."""
    inputs = [Value(0.5 + 0.1 * i, name=f"x{i}") for i in range(leaves)]
    y = inputs[0]
    for i in range((values - leaves) // 2):
        y = (y * inputs[(i + 1) % leaves]).tanh()
    return step(y)


def unpacked(html: str) -> list[str]:
    return [zlib.decompress(base64.b64decode(text)).decode() for text in PACKED.findall(html)]


def test_the_packed_page_holds_the_data_and_the_player() -> None:
    shown = product()
    style, known, player = unpacked(shown.html)
    assert json.loads(known) == json.loads(json.dumps(page.data(shown)))
    assert page.player() in player
    assert ".chainrule-stepper .controls{" in style.replace(" {", "{")
    assert PLAIN.search(page.fragment(shown, packed=False))[1] == known


@pytest.mark.parametrize("program", [lambda: product(), lambda: step(Value(0.0).relu())])
def test_columns_give_the_frames_back(program) -> None:
    shown = program()
    known = json.loads(json.dumps(page.data(shown)))
    assert [track["name"] for track in known["tracks"]] == [track.name for track in shown.tracks]
    for record, track in zip(known["tracks"], shown.tracks, strict=True):
        for field, column in record["columns"].items():
            if field not in ("sends", "answer", "total"):
                frames = [getattr(frame, field) for frame in track.frames]
                assert column == json.loads(json.dumps(frames))
        answers = record["columns"]["answer"]
        for answer, frame in zip(answers, track.frames, strict=True):
            assert (answer is None) == (frame.answer is None)
            assert answer is None or np.isclose(answer, frame.answer, rtol=1e-3)


def test_numbers_that_json_cannot_write() -> None:
    x, zero = Value(0.0, name="x"), Value(0.0, name="zero")
    with np.errstate(all="ignore"):
        shown = step((1 / x) * zero)
    assert {"NaN", "-Infinity"} & {*map(str, page.data(shown)["slopes"].values())}
    assert "NaN" not in PLAIN.search(page.fragment(shown, packed=False))[1].replace('"NaN"', "")


@pytest.mark.parametrize("name", ["</script><script>alert(1)</script>", 'a|b{c}<d>"e"', "<!--"])
def test_a_name_cannot_break_out(name: str) -> None:
    shown = product(name)
    plain = page.fragment(shown, packed=False)
    assert name in json.loads(PLAIN.search(plain)[1])["names"].values()
    assert plain.count("<script") == 1
    assert shown.html.count("<script") == 4
    assert "<script>alert" not in shown.html + plain
    assert f"title>{name}" not in plain


class Tags(HTMLParser):
    """Whether every element is closed, in order."""

    VOID = ("meta", "input", "link", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs) -> None:
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_elements_are_closed_and_nothing_is_loaded(tmp_path: Path) -> None:
    product().save(tmp_path / "step.html")
    text = (tmp_path / "step.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    names = [name for name, _ in tags.attributes]
    assert not {"src", "href", "id", "onclick"} & set(names)
    outside = r"@import|url\((?!#)|fetch\(|https?://(?!www\.w3\.org)|XMLHttpRequest|eval\("
    assert not re.search(outside, text + page.player())
    assert text.startswith("<!DOCTYPE html>")
    assert '<meta name="viewport"' in text


def test_the_player_keeps_its_code_and_loses_its_comments() -> None:
    player = page.player()
    assert player.startswith("const chainruleStart = (() => {\n")
    assert player.endswith("})();")
    assert not re.search(r"^(//|\s|$)", player, re.M)
    for name in page.SCRIPTS:
        lines = page._static(name).splitlines()
        assert "`" not in "".join(line for line in lines if line.count("`") % 2)  # no text is cut


def test_no_gradient_is_shown_before_the_first_step() -> None:
    x = Value(2.0, name="x")
    y = x * x
    y.backward()
    shown = step(y)
    texts = re.findall(r'data-field="grad"[^>]*>([^<]*)<', shown.svg)
    assert texts == ["-", "-"]
    assert "gradient: 4" not in shown.html


def test_size_of_thirty_values_with_every_track() -> None:
    shown = chain(30)
    assert sum(node.kind == "value" for node in shown.graph.nodes) == 30
    assert len(shown.tracks) >= 12
    assert len(shown.html.encode()) <= 100_000


def test_in_a_notebook() -> None:
    shown = product()
    bundle = shown._repr_mimebundle_()
    assert bundle["text/html"] == shown.html
    assert bundle["text/plain"] == str(shown)


def test_the_same_bytes_in_another_process() -> None:
    program = (
        "from autograd import Value; from viz import step; "
        "x = Value(2.0, name='x'); print(step((x * x).tanh() + x).html)"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(texts) == 1


@pytest.mark.parametrize("theme", ["auto", "light", "dark", "high-contrast", "print"])
def test_the_colours_of_a_theme_come_once(theme: str) -> None:
    x = Value(2.0, name="x")
    html = step(x * x, theme=theme).html
    assert f"chainrule-stepper chainrule-{theme}" in html
    assert html.count(variables(theme)) == 1
    styles = page._static("page.css") + page._static("player.css")
    used = set(re.findall(r"var\((--[a-z-]+)\)", styles))
    assert used - set(re.findall(r"(--[a-z-]+):", html)) == set()


def test_marks_of_an_earlier_gradient_are_no_part_of_the_picture() -> None:
    w = Value([1.0, 2.0], name="w")
    out = (w * np.array([1.0, np.nan])).sum()
    out.backward()
    shown = step(out)
    assert not [mark for node in shown.graph.nodes for mark in node.marks if "grad" in mark]
    assert not [said for said in shown.graph.notices if "gradient" in said]
    assert [node for node in shown.graph.nodes if "nan" in node.marks]  # those of the data stay


def test_a_large_graph_has_the_backward_pass_alone() -> None:
    x = Value(0.5, name="x")
    y = x
    for _ in range(page.MOST):
        y = y * 1.01
    shown = step(y, engine="plain")
    assert len(shown.tracks) > 1
    (track,) = page.data(shown)["tracks"]
    assert "has the backward pass alone" in track["about"]
    assert shown.html.count("<option value=") == 1 + 4  # and the speeds


def test_level_stretches_are_one_piece() -> None:
    """A layout in layers has a piece for each layer that an arrow goes past."""
    x = Value(0.5, name="x")
    y = x
    for _ in range(40):
        y = y * 1.01
    shown = step(y + x, engine="plain")
    assert max(map(len, shown.layout.curves.values())) < 30
    assert all(len(curve) % 3 == 1 for curve in shown.layout.curves.values())


def test_small_arrays_are_told_and_others_are_not() -> None:
    W, b = Value(np.arange(6.0).reshape(2, 3), name="W"), Value(np.ones(30), name="b")
    out = (W * 2).sum() + b.sum()
    shown = step(out)
    known = page.data(shown)
    ids = {name: id for id, name in known["names"].items()}
    assert known["arrays"][ids["W"]] == [[0, 1, 2], [3, 4, 5]]
    assert ids["b"] not in known["arrays"]
    columns = known["tracks"][0]["columns"]
    totals = dict(zip(columns["node"], columns["total"], strict=True))
    assert totals[ids["W"]] == [[2, 2, 2], [2, 2, 2]]
    assert totals[ids["b"]] is None
    W.data += 1  # no longer what was computed with
    assert ids["W"] not in page.data(shown)["arrays"]
