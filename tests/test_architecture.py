"""The packages know each other in one direction, and nothing forbidden has crept in."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {"autograd": {"autograd"}, "nn": {"nn", "autograd"}, "viz": {"viz", "autograd"}}
FILES = [path for package in ALLOWED for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path):
    """The top-level names that a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        for name in names:
            yield name.split(".")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_import_direction(path):
    package = path.relative_to(ROOT).parts[0]
    ours = set(imported(path)) & set(ALLOWED)
    assert ours <= ALLOWED[package]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_names_say_what_is_inside(path):
    theirs = (("autograd", "misc"), ("autograd", "util.py"), ("nn", "utils"))
    if path.relative_to(ROOT).parts[:2] in theirs:
        return  # names of HIPS autograd and PyTorch, which existing code imports
    assert not {"utils", "util", "common", "helpers", "misc"} & set(path.with_suffix("").parts)


@pytest.mark.parametrize("package", ALLOWED)
def test_import_needs_no_extra(package):
    blocked = [
        "tqdm",
        "matplotlib",
        "sklearn",
        "safetensors",
        "torch",
        "hypothesis",
        "IPython",
        "scipy",
    ]
    code = (
        f"import sys\nfor name in {blocked!r}: sys.modules[name] = None\n"
        f"import {package}\nprint(sorted(m for m in sys.modules if m in ('nn', 'viz')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    others = {"nn", "viz"} - {package}
    assert not any(repr(other) in done.stdout for other in others)
