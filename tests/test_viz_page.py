"""The page: one piece of HTML that needs nothing else."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autograd import Value
from viz import step

SCRIPT = re.compile(r'<script type="application/json">(.*?)</script>', re.S)


def product(name: str = "x"):
    x, y = Value(2.0, name=name), Value(-0.5, name="y")
    return step(x * y)


def chain(count: int):
    """A program of about so many nodes."""
    x = Value(0.5, name="x")
    y = x
    for _ in range(count // 4):
        y = (y * x).tanh()
    return step(y)


def test_frames_are_in_the_page_as_json() -> None:
    shown = product()
    records = json.loads(SCRIPT.search(shown.html)[1])
    assert [record["formula"] for record in records] == [frame.formula for frame in shown]
    assert records[2]["active"] == ["v0", "v0-o2-0", "o2"]
    assert records[2]["changes"] == {"v0": "-0.5"}
    assert records[2]["sends"] == "-0.5"


@pytest.mark.parametrize("name", ["</script><script>alert(1)</script>", 'a|b{c}<d>"e"', "<!--"])
def test_a_name_cannot_break_out(name: str) -> None:
    shown = product(name)
    records = json.loads(SCRIPT.search(shown.html)[1])
    assert name in records[-1]["formula"]
    assert shown.html.count("<script") == 2
    assert "<script>alert" not in shown.html
    assert f"title>{name}" not in shown.html


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
    page = (tmp_path / "step.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert not [value for name, value in tags.attributes if name in ("src", "href")]
    assert not re.search(r"@import|url\((?!#)|fetch\(|https?://(?!www\.w3\.org)", page)
    assert page.startswith("<!DOCTYPE html>")
    assert '<meta name="viewport"' in page


def test_no_gradient_is_shown_before_the_first_step() -> None:
    x = Value(2.0, name="x")
    y = x * x
    y.backward()
    page = step(y).svg
    assert re.findall(r'data-field="grad"[^>]*>([^<]*)<', page) == ["—", "—"]


def test_size_of_thirty_nodes() -> None:
    shown = chain(32)
    assert shown.svg.count("data-node=") >= 30
    assert len(shown.html.encode()) <= 100_000


def test_in_a_notebook() -> None:
    shown = product()
    bundle = shown._repr_mimebundle_()
    assert bundle == {"text/html": shown.html, "text/plain": str(shown)}


def test_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    program = (
        "from autograd import Value; from viz import step; "
        "x = Value(2.0, name='x'); print(step((x * x).tanh() + x).html)"
    )
    pages = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(pages) == 1


def test_saving(tmp_path: Path) -> None:
    shown = product()
    shown.save(tmp_path / "steps.txt")
    assert (tmp_path / "steps.txt").read_text(encoding="utf-8") == f"{shown}\n"
    with pytest.raises(ValueError, match=r"\.html or \.txt"):
        shown.save(tmp_path / "steps.pdf")
    with pytest.raises(FileNotFoundError, match="no folder"):
        shown.save(tmp_path / "missing" / "step.html")
    (tmp_path / "taken.html").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        shown.save(tmp_path / "taken.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["steps.txt", "taken.html"]
