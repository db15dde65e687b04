"""The command line and the expressions that it reads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograd import topological
from viz.__main__ import main
from viz.expression import evaluate


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(capsys, *arguments: str) -> str:
    """The message of a command that must fail, leaving no file behind."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert message.startswith("python -m viz")
    assert "Traceback" not in message
    assert os.listdir() == []
    return message


def test_step_prints_the_steps_and_writes_the_page(capsys) -> None:
    main(["step", "(x + y) * z", "x=1", "y=3", "z=-3"])
    said = capsys.readouterr().out
    assert "x.grad += 1 × -3 = -3  (0 → -3)" in said
    assert said.endswith(f"wrote {Path('step.html').resolve()}\n")
    assert "chainrule-stepper" in Path("step.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["graph.svg", "graph.png", "graph.dot", "graph.html", "graph.json"]
)
def test_draw_writes_what_the_extension_says(name: str, capsys) -> None:
    main(["draw", "p = x + y; p * z", "x=1", "y=3", "z=-3", "-o", name])
    assert capsys.readouterr().out == f"wrote {Path(name).resolve()}\n"
    data = Path(name).read_bytes()
    assert (b"PNG" if name == "graph.png" else b"p") in data


@pytest.mark.parametrize(
    "name, begins",
    [
        ("step.html", b"<!DOCTYPE html>"),
        ("step.txt", b"Backward through out"),
        ("step.svg", b"<svg"),
        ("step.png", b"\x89PNG"),
        ("step.gif", b"GIF89a"),
        ("step.json", b"{"),
    ],
)
def test_step_writes_what_the_extension_says(name: str, begins: bytes, capsys) -> None:
    if name.endswith(".gif"):
        pytest.importorskip("PIL", reason="Pillow is not installed")
    main(["step", "x * x", "x=3", "-o", name])
    assert Path(name).read_bytes().startswith(begins)
    assert capsys.readouterr().out.endswith(f"wrote {Path(name).resolve()}\n")


def test_other_tracks_are_printed(capsys) -> None:
    main(["step", "--track=recursive", "b = a + a; c = b + b", "a=1"])
    said = capsys.readouterr().out
    assert "✗ wrong now: " in said
    assert "no track 'up'" in refusal_beside(capsys, "step", "x * x", "x=1", "--track", "up")


def refusal_beside(capsys, *arguments: str) -> str:
    """The message of a command that must fail, with nothing written again."""
    (page,) = Path().iterdir()
    before = page.read_bytes()
    page.unlink()
    message = refusal(capsys, *arguments)
    page.write_bytes(before)
    return message


@pytest.mark.parametrize("theme", ["light", "dark", "high-contrast", "print"])
def test_themes(theme: str) -> None:
    main(["draw", "x * y", "x=2", "y=7", "--theme", theme])
    assert f'class="chainrule-{theme}"' in Path("graph.svg").read_text(encoding="utf-8")
    main(["step", "--theme", theme, "x * y", "x=2", "y=7"])
    assert f"chainrule-stepper chainrule-{theme}" in Path("step.html").read_text(encoding="utf-8")


def test_draw_with_and_without_gradients() -> None:
    main(["draw", "x * y", "x=2", "y=7"])
    assert ">7<" in Path("graph.svg").read_text(encoding="utf-8")
    main(["draw", "x * y", "x=2", "y=5", "--no-backward"])
    assert ">-<" in Path("graph.svg").read_text(encoding="utf-8")


def test_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "viz", "step", "__import__('os').system('ls')", "x=1"],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "is not allowed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x + w", "x=1"], "unknown name w: known are x; give it a value: w=1"),
        (["w"], "unknown name w: no name is known yet; give it a value: w=1"),
        (["__import__('os')"], "__import__('os') is not allowed: there is no function __import__"),
        (["x.real", "x=1"], "x.real is not allowed"),
        (["x[0]", "x=1"], "x[0] is not allowed"),
        (["x if x else 1", "x=1"], "is not allowed"),
        (["lambda: x", "x=1"], "is not allowed"),
        (["x + 1j", "x=1"], "1j is not allowed: it is not a real number"),
        (["x + 'a'", "x=1"], "is not a real number"),
        (["x + True", "x=1"], "is not a real number"),
        (["exp(x, x)", "x=1"], "exp takes one operand, not 2"),
        (["exp()", "x=1"], "exp takes one operand, not 0"),
        (["max(x)", "x=1"], "max takes two operands or more, not 1"),
        (["max(*x)", "x=1"], "max takes operands only"),
        (["import os", "x=1"], "is not allowed: it is a statement"),
        (["x += 1", "x=1"], "is not allowed: it is a statement"),
        (["a = b = x", "x=1"], "only one name stands before ="),
        (["x = 2 * x", "x=1"], "x is given twice"),
        (["x; x * 2", "x=1"], "has no name and is not the result"),
        (["x", "x=1", "x=2"], "x is given twice: 1 and 2"),
        (["x", "x=1", "y=2"], "y: given, and not used"),
        (["p = x + y; x * 2", "x=1", "y=2"], "p: given, and not used"),
        (["x", "x=1j"], "x=1j: complex numbers are not taken here; give a real one, x=1.5"),
        (["x", "x=(2+1j)"], "complex numbers are not taken here"),
        (["x", "x=1", "--theme", "pink"], "invalid choice: 'pink'"),
        (["x", "x=one"], "x=one: 'one' is not a number, such as -1.5 or 2e-3"),
        (["x", "x"], "'x' is not NAME=NUMBER, such as x=1"),
        (["x", "lambda=1"], "'lambda=1' is not NAME=NUMBER"),
        (["1 + 2"], "there is nothing to differentiate"),
        ([""], "the expression is empty"),
        (["x\udcff", "x=1"], "cannot be read"),
        (["x", "x=1", "-o", "missing/out.html"], "no folder missing"),
        (["x", "x=1", "-o", "out.xyz"], ".xyz"),
        (["x", "x=1", "-o", "out"], "out"),
    ],
)
@pytest.mark.parametrize("command", ["draw", "step"])
def test_refusals_are_one_line(capsys, command: str, arguments: list[str], message: str) -> None:
    said = refusal(capsys, command, *arguments)
    assert message in said
    assert said.count("\n") == 1


def test_a_syntax_error_shows_the_place(capsys) -> None:
    said = refusal(capsys, "step", "(x + ) * y", "x=1")
    line, expression, mark = said.splitlines()
    assert "cannot be read (invalid syntax)" in line
    assert expression == "  (x + ) * y"
    assert expression[mark.index("^")] == ")"


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 10_000 + "x" + ")" * 10_000,
        "(" * 4_000 + "x" + ")" * 4_000,
        "-" * 9_000 + "x",
        "+".join(["x"] * 4_000),
        "**".join(["x"] * 3_000),
        "exp(" * 150 + "x" + ")" * 150 + "(",
    ],
)
def test_deep_nesting_is_refused_and_does_not_crash(capsys, expression: str) -> None:
    said = refusal(capsys, "step", expression, "x=1")
    assert max(map(len, said.splitlines())) < 200


def test_other_mistakes(capsys) -> None:
    assert "invalid choice" in refusal(capsys, "paint", "x", "x=1")
    assert "required" in refusal(capsys, "draw")
    assert "unrecognized" in refusal(capsys, "draw", "x", "x=1", "--colour")
    assert "300 values" in refusal(capsys, "step", "+".join(["x"] * 300), "x=1")


def test_expressions() -> None:
    numbers = {"x": 3.0, "y": -2.0}
    assert evaluate("-x ** 2 + y / 4 - +1", numbers).item() == -10.5
    assert evaluate(" max(x, y, 7) * min(x, y)", numbers).item() == -14.0
    assert evaluate("s = tanh(0 * x); sigmoid(s) + relu(y)", numbers).item() == 0.5
    assert evaluate("2 ** 3 * x", {"x": 1}).item() == 8.0
    assert evaluate("x / 0", {"x": 1}).item() == float("inf")
    assert evaluate("x * 9 ** 9 ** 9", {"x": 1}).item() == float("inf")


def test_assigned_names_are_kept() -> None:
    out = evaluate("p = x + y; q = p; out = q * z", {"x": 1, "y": 3, "z": -3})
    assert [value.name for value in topological(out)] == ["x", "y", "z", "p", "out"]


def test_an_expression_may_begin_with_a_minus(capsys) -> None:
    main(["step", "-x*y", "x=1", "y=2"])
    assert "wrote" in capsys.readouterr().out


def test_numbers_that_python_refuses_are_one_line(capsys, monkeypatch) -> None:
    def overflow(*given: object) -> None:
        raise OverflowError(34, "Numerical result out of range")

    monkeypatch.setattr("viz.__main__.step", lambda *given, **settings: overflow())
    said = refusal(capsys, "step", "x * x", "x=9")
    assert "a number on the way is out of range (Numerical result out of range);" in said
