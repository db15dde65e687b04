"""Slides: one picture a step, all of them on a sheet, and an animation."""

import io
import struct
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from autograd import Value, topological
from viz import Stepper, step
from viz.badges import HIGH, along, badges, room, widest
from viz.slides import contact_sheet, gif, svgs
from viz.theme import DASH, SMALL, number, width

SVG = "{http://www.w3.org/2000/svg}"


def used_twice() -> Value:
    x, y = Value(3.0, name="x"), Value(-2.0, name="y")
    p = x * y
    q = p + x
    return q * q


def small(theme: str = "auto") -> Stepper:
    return step(used_twice(), theme=theme)


def texts(slide: str, field: str) -> dict[str, str]:
    """What a slide writes in its boxes, by node."""
    found = {}
    for group in ElementTree.fromstring(slide).iter(f"{SVG}g"):
        for part in group.iter(f"{SVG}text"):
            if part.get("data-field") == field and group.get("data-node", "").startswith("v"):
                found[group.get("data-node", "")] = part.text or ""
    return found


def classes(slide: str) -> dict[str, str]:
    groups = ElementTree.fromstring(slide).iter(f"{SVG}g")
    return {
        group.get("data-node") or group.get("data-edge", ""): group.get("class", "")
        for group in groups
    }


def test_every_slide_shows_its_step() -> None:
    shown = small()
    slides = svgs(shown)
    assert len(slides) == len(shown)
    so_far = {id: DASH for frame in shown.frames for id in frame.changes}
    for index, (frame, slide) in enumerate(zip(shown.frames, slides, strict=True)):
        so_far |= frame.changes
        assert texts(slide, "grad") == so_far
        words = "".join(
            part.text or "" for part in ElementTree.fromstring(slide).iter(f"{SVG}text")
        )
        assert f"Step {index + 1} of {len(shown)}" in words
        assert frame.formula in words
        active = {id for id, kind in classes(slide).items() if id and "active" in kind.split()}
        assert {frame.node, frame.edge} - {""} <= active
        assert bool(active) == bool(frame.node)
    value = used_twice()
    value.backward()
    ends = {f"v{i}": number(x.grad) for i, x in enumerate(topological(value))}
    assert texts(slides[-1], "grad") == ends


def test_forward_slides_fill_in_the_data() -> None:
    shown = small()
    slides = svgs(shown, "forward")
    first, last = texts(slides[0], "data"), texts(slides[-1], "data")
    assert DASH in first.values()
    assert [last[f"v{i}"] for i in range(len(last))] == [
        number(x.data) for x in topological(used_twice())
    ]


def test_wrong_numbers_have_a_sign() -> None:
    shown = small()
    (track,) = [each for each in shown.tracks if each.name == "assign"]
    for frame, slide in zip(track.frames, svgs(shown, "assign"), strict=True):
        wrong = {id for id, kind in classes(slide).items() if "wrong" in kind.split()}
        assert wrong == set(frame.wrong)
        assert slide.count("M-3 -3L3 3M3 -3L-3 3") == len(wrong)
        assert ("Wrong now:" in slide) == bool(wrong)


@pytest.mark.parametrize("track", ["backward", "recursive", "tangent:x"])
def test_nothing_moves_from_slide_to_slide(track: str) -> None:
    places = set()
    for slide in svgs(small(), track):
        root = ElementTree.fromstring(slide)
        (picture,) = root.findall(f"{SVG}svg")
        where = [picture.get(name) for name in ("x", "y", "width", "height")]
        marked = [group for group in root.iter(f"{SVG}g") if group.get("data-node")]
        boxes = [
            [box.get(name) for name in ("x", "y", "width", "height")]
            for group in marked
            for box in group
            if box.get("class") == "box"
        ]
        places.add(str((where, boxes, root.get("height"))))
    assert len(places) == 1


def test_slides_are_numbered_files(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "slides"
    shown = small()
    paths = shown.save_steps(folder)
    assert [path.name for path in paths] == [f"{i + 1:02}.svg" for i in range(len(shown))]
    assert paths[0].read_text(encoding="utf-8") == svgs(shown)[0]
    (folder / "notes.txt").write_text("mine")
    (folder / "99.svg").write_text("mine, too")
    pictures = shown.save_steps(folder, format="png")
    assert sorted(folder.glob("*.png")) == pictures
    assert (folder / "99.svg").read_text() == "mine, too"
    size = struct.unpack(">II", pictures[0].read_bytes()[16:24])
    assert size == (1920, 1080)


def test_refusals_of_slides(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='format="svg" or format="png", not \'bmp\''):
        small().save_steps(tmp_path / "none", format="bmp")
    with pytest.raises(ValueError, match="no track 'up'"):
        small().save_steps(tmp_path / "none", track="up")
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(NotADirectoryError, match="is a file; give the name of a folder"):
        small().save_steps(tmp_path / "file")


def test_many_slides_sort_by_name(tmp_path: Path) -> None:
    x = Value(0.5, name="x")
    y = x
    for _ in range(99):
        y = y * 1.01
    paths = step(y).save_steps(tmp_path)
    assert paths[0].name == "001.svg"
    assert paths == sorted(paths)
    assert len(paths) > 100


@pytest.mark.parametrize("theme", ["auto", "dark", "high-contrast", "print"])
def test_a_sheet_holds_every_slide_once(theme: str) -> None:
    shown = small(theme)
    sheet = ElementTree.fromstring(contact_sheet(shown))
    words = [part.text for part in sheet.iter(f"{SVG}text")]
    for index in range(len(shown)):
        assert words.count(f"Step {index + 1} of {len(shown)}") == 1
    assert len(list(sheet.iter(f"{SVG}style"))) == 1
    assert "var(" not in contact_sheet(shown)  # programs that make PNGs know no variables


def test_one_picture_is_not_another(tmp_path: Path) -> None:
    """The PNGs of steps differ, and what is written is drawn."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    one, other = small().save_steps(tmp_path, format="png")[2:4]
    a, b = (np.asarray(image.open(path).convert("L"), np.int64) for path in (one, other))
    assert a.shape == b.shape == (1080, 1920)
    assert 200 < (np.abs(a - b) > 64).sum() < 200_000
    assert (a[-300:] < 128).sum() > 1000  # words under the picture


def test_animation() -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    shown = small()
    with image.open(io.BytesIO(gif(shown))) as film:
        assert film.n_frames == len(shown)
        assert film.info["loop"] == 0
        paces = []
        for index in range(film.n_frames):
            film.seek(index)
            paces.append(film.info["duration"])
            assert film.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    assert paces == [1500] * (len(shown) - 1) + [4000]


def test_without_pillow_one_message(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(ImportError, match=r'pip install "chainrule\[slides\]"'):
        small().save(tmp_path / "steps.gif")
    assert list(tmp_path.iterdir()) == []


def test_arrays_and_long_words_have_room() -> None:
    W = Value(np.arange(6.0).reshape(2, 3), name="a_name_that_is_rather_long")
    X = Value(np.ones((4, 3)), name="X")
    for slide in svgs(step(((X @ W.T).tanh() ** 2).mean())):
        root = ElementTree.fromstring(slide)
        high, wide = float(root.get("height", 0)), float(root.get("width", 0))
        for part in root.findall(f"{SVG}text"):
            size = float(part.get("style", "").removeprefix("font-size:").removesuffix("px"))
            assert float(part.get("y", 0)) <= high - 43.9  # the margin
            if "end" not in part.get("class", ""):
                assert float(part.get("x", 0)) + 0.6 * size * len(part.text or "") <= wide - 20


def neuron() -> Stepper:
    names = ("x1", "x2", "w1", "w2", "b")
    x1, x2, w1, w2, b = (
        Value(x, name=name) for x, name in zip((2.0, 0.0, -3.0, 1.0, 6.881), names, strict=True)
    )
    return step(((x1 * w1 + x2 * w2) + b).tanh())


@pytest.mark.parametrize("shown", [small(), neuron()], ids=["small", "neuron"])
def test_a_badge_hides_no_label_and_no_box(shown: Stepper) -> None:
    """The derivative that a step multiplies by can be read while its product is on the way."""
    places = badges(shown.graph, shown.layout, shown.tracks)
    texts_on = widest(shown.tracks)
    assert set(places) == set(texts_on)
    taken = [(*at, *shown.layout.sizes[id]) for id, at in shown.layout.places.items()]
    taken += [
        (*shown.layout.labels[edge.id], width(edge.text, SMALL), SMALL)
        for edge in shown.graph.edges
        if edge.text
    ]
    for edge, (x, y) in places.items():
        for a, b, w, h in taken:
            apart = (abs(x - a) - (room(texts_on[edge]) + w) / 2, abs(y - b) - (HIGH + h) / 2)
            assert max(apart) >= -0.5, (edge, (x, y), (a, b))
        near = {id: np.hypot(*(along(c) - (x, y)).T).min() for id, c in shown.layout.curves.items()}
        assert near[edge] < 35 and near[edge] == min(near.values())


def test_the_label_of_an_active_edge_stays() -> None:
    shown = small()
    index = next(i for i, frame in enumerate(shown.frames) if frame.edge)
    groups = ElementTree.fromstring(svgs(shown)[index]).iter(f"{SVG}g")
    (edge,) = [group for group in groups if group.get("data-edge") == shown[index].edge]
    assert [text.text for text in edge.iter(f"{SVG}text")] == ["× -3"]


def test_steps_on_a_sheet_are_written_large() -> None:
    shown = small()
    sheet = ElementTree.fromstring(contact_sheet(shown))
    place = next(group for group in sheet.iter(f"{SVG}g") if "scale" in group.get("transform", ""))
    scale = float(place.get("transform", "").split("scale(")[1][:-1])
    (picture,) = place.findall(f"{SVG}svg")
    assert 23 * scale > 14  # pixels of a sentence
    assert 23 / float(picture.get("width", 0)) > 0.027  # of a step's width; it was 0.018
