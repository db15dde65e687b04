"""Steps as text: numbered, aligned, and in colour where the terminal has it."""

import io
import re

import pytest

from autograd import Value
from viz import Stepper, step
from viz.terminal import text
from viz.wrap import columns, wrap

CODE = re.compile(r"\033\[\d+m")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def twice() -> Stepper:
    a = Value(1.0, name="a")
    b = a + a
    c = b + b
    return step(c)


def printed(file: io.StringIO, **settings) -> str:
    twice().print(file=file, **settings)
    return file.getvalue()


def test_plain_text_has_every_step_and_its_source() -> None:
    shown = twice()
    said = str(shown)
    assert CODE.search(said) is None
    lines = said.splitlines()
    assert lines[0] == shown.title
    for index, frame in enumerate(shown.frames):
        (place,) = [i for i, line in enumerate(lines) if line.startswith(f"{index + 1:>1}  ")]
        assert frame.formula in lines[place]
        assert " ".join(frame.sentence.split()) in " ".join(" ".join(lines[place:]).split())
    assert "c = b + b" in said


def test_colour_adds_nothing_but_codes() -> None:
    shown = twice()
    for track in shown.tracks:
        coloured = text(shown, True, track.name)
        assert CODE.sub("", coloured) == text(shown, False, track.name)
        assert coloured.count("\033[0m") == len(CODE.findall(coloured)) / 2


@pytest.mark.parametrize(
    "file, settings, variables, coloured",
    [
        (io.StringIO, {}, {}, False),
        (Terminal, {}, {}, True),
        (Terminal, {}, {"NO_COLOR": "1"}, False),
        (Terminal, {}, {"TERM": "dumb"}, False),
        (io.StringIO, {}, {"FORCE_COLOR": "1"}, True),
        (Terminal, {}, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (Terminal, {}, {"NO_COLOR": ""}, True),
        (Terminal, {"colour": False}, {"FORCE_COLOR": "1"}, False),
        (io.StringIO, {"colour": True}, {"NO_COLOR": "1"}, True),
    ],
)
def test_where_there_is_colour(monkeypatch, file, settings, variables, coloured: bool) -> None:
    for name, wish in variables.items():
        monkeypatch.setenv(name, wish)
    assert bool(CODE.search(printed(file(), **settings))) == coloured


def test_lines_fit_the_terminal(monkeypatch) -> None:
    for width, widest in ((60, 60), (20, 40), (300, 100)):
        monkeypatch.setenv("COLUMNS", str(width))
        said = printed(Terminal(), colour=False)
        body = [line for line in said.splitlines()[1:] if "line " not in line]
        assert max(map(len, body)) <= widest


def test_a_console_that_cannot_write_a_sign_gets_another() -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as file:
        twice().print(file=file)
        file.flush()
        assert b"?" in raw.getvalue()
        assert raw.getvalue().isascii()


def test_other_tracks_and_what_is_wrong_in_them() -> None:
    said = printed(io.StringIO(), track="recursive")
    (track,) = [each for each in twice().tracks if each.name == "recursive"]
    assert track.title in said
    first = track.first_wrong + 1
    assert re.search(rf"^ *{first}✗ ", said, re.MULTILINE)
    assert said.count("✗ wrong now: ") == sum(bool(frame.wrong) for frame in track.frames) > 0


def test_a_track_that_there_is_not() -> None:
    with pytest.raises(
        ValueError, match=r"no track 'sideways'; this stepper has backward, forward"
    ):
        twice().print(track="sideways")


def test_wrapping_loses_nothing() -> None:
    for said in ("a  b", "x.grad += 1 × -3 = -3  (0 → -3)", "", "勾配 が 足される", "a" * 50):
        for room in (1, 2, 5, 12, 80):
            lines = wrap(said, room)
            assert "".join("".join(lines).split()) == "".join(said.split())
            assert all(columns(line) <= max(room, 2) for line in lines)
