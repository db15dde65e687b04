"""What the README shows is true."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]


def test_the_ten_lines_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code = re.search(r"## Ten lines\n\n```python\n(.*?)```", README, re.S).group(1)
    assert len(code.splitlines()) <= 11
    names = {}
    exec(code, names)
    printed = capsys.readouterr().out.strip()
    assert printed == "-3.0 -3.0 4.0"
    assert f"# {printed}" in code
    assert sorted(p.name for p in tmp_path.iterdir()) == ["graph.svg", "step.html"]
    shown = re.search(r"```\n(3  p\.grad.*?)```", README, re.S).group(1)
    assert shown in str(names["viz"].step(names["out"], names=names))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert link.startswith("https://") or (ROOT / link).exists(), link


@pytest.mark.parametrize("command", ["demo", "test", "bench"])
def test_commands_exist(command):
    assert f"make {command}" in README
    assert f"\n{command}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
