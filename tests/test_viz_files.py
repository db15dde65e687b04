"""Pictures as files and in notebooks, and the golden files that they are compared with."""

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from golden import graphs

import viz
from autograd import Value
from viz.layout import _programs

GOLDEN = Path(__file__).parent / "golden"
README = GOLDEN.parent.parent / "notebooks" / "graph.svg"


def compare(path, text, request):
    """With what is on disk, which ``pytest tests/test_viz_files.py --update-golden`` writes."""
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["json", "dot", "svg"])
@pytest.mark.parametrize("name", ["expression", "layer", "trouble"])
def test_golden(name, form, request):
    with np.errstate(all="ignore"):
        values, names = getattr(graphs, name)()
    picture = viz.draw(values, names=names, engine="plain", direction="LR")
    compare(GOLDEN / f"{name}.{form}", getattr(picture, form), request)


def test_the_picture_in_the_readme(request):
    engine = [program for program, name in _programs(None) if name == "graphviz-pure"]
    if not engine:
        pytest.skip("graphviz-pure has no wheel for this platform")
    out, names = graphs.expression()
    compare(README, viz.draw(out, names=names, engine=engine[0]).svg, request)


def test_save(tmp_path):
    pytest.importorskip("typst", reason="the extra chainrule[pdf]")
    out, _ = graphs.expression()
    picture = viz.draw(out)
    starts = {
        "a.svg": b"<svg", "a.png": b"\x89PNG", "a.dot": b"digraph", "a.html": b"<!DOCTYPE",
        "a.json": b"{", "a.pdf": b"%PDF",
    }  # fmt: skip
    for name, start in starts.items():
        path = picture.save(tmp_path / name)
        assert path == tmp_path / name and path.read_bytes().startswith(start)
    with pytest.raises(ValueError, match=r"saved as \.svg, \.png, \.pdf, \.dot, \.html or \.json"):
        picture.save(tmp_path / "a.jpeg")
    with pytest.raises(OSError, match="no folder"):
        picture.save(tmp_path / "nowhere" / "a.svg")
    assert {p.name for p in tmp_path.iterdir()} == set(starts)


def test_pdf_is_lines_and_text():
    pytest.importorskip("typst", reason="the extra chainrule[pdf]")
    out, _ = graphs.expression()
    pdf = viz.draw(out).pdf
    assert b"JetBrainsMono" in pdf and b"/Subtype /Image" not in pdf


def test_without_its_package_pdf_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    out, _ = graphs.expression()
    with pytest.raises(ImportError, match=r'pip install "chainrule\[pdf\]"'):
        viz.draw(out).save(tmp_path / "a.pdf")
    assert not list(tmp_path.iterdir())


def test_json_is_the_records():
    x = Value(np.array([1.0, np.nan]), name="x")
    data = json.loads(viz.draw(x * 2.0).json)
    by_id = {node["id"]: node for node in data["nodes"]}
    assert by_id["v0"]["heat"]["rows"] == [[1.0, "nan"]]
    assert by_id["v0"]["marks"] == ["origin", "nan"]
    assert by_id["v1"]["line"]["file"] == "test_viz_files.py"
    assert by_id["v1"]["line"]["expression"] == "x * 2.0"
    assert {"source": "v0", "target": "o1"}.items() <= data["edges"][0].items()
    assert data["notices"] == ["x holds NaN from the start."]


def test_dot_and_graphviz():
    out, _ = graphs.expression()
    picture = viz.draw(out)
    assert "v0 -> o2" in picture.digraph.source or "v0 -> o3" in picture.digraph.source
    assert "rankdir=TB" in viz.draw(out, direction="TB").dot
    assert "left" in viz.draw(out - out * 2).dot


def test_notebooks_get_the_picture_inline_first():
    out, _ = graphs.expression()
    bundle = viz.draw(out)._repr_mimebundle_()
    assert list(bundle) == ["text/html", "image/svg+xml", "text/plain"]
    assert "<svg" in bundle["text/html"] and "<script" not in bundle["text/html"]
    ET.fromstring(bundle["image/svg+xml"])
    assert "5 values, 2 operations" in bundle["text/plain"]


def test_a_page_has_the_scheme_of_its_theme():
    out, _ = graphs.expression()
    for theme, scheme in {"auto": "light dark", "dark": "dark", "print": "light"}.items():
        assert f'name="color-scheme" content="{scheme}"' in viz.draw(out, theme=theme).html
