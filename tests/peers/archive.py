"""Source archives of the package index, fetched when they are needed; nothing of them is kept."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def fetch(name: str, version: str, folder: Path) -> Path:
    """The unpacked source archive of a package, in ``folder``."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", name]
    subprocess.run([*command, "--dest", str(folder), f"{name}=={version}"], check=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    archive.unlink()
    (unpacked,) = (path for path in folder.iterdir() if path.is_dir())
    return unpacked


def run_pytest(
    tests: Path, arguments: list[str], environment: dict[str, str], python: str = sys.executable
) -> dict[str, str]:
    """Run tests in a process of their own: the outcome of each, by ``file::name``."""
    report = tests.parent / "report.xml"
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"]
    command += ["-c", "/dev/null", f"--rootdir={tests}", f"--junitxml={report}", *arguments]
    done = subprocess.run(
        [*command, str(tests)], cwd=tests, env=environment, capture_output=True, text=True
    )
    if not report.exists():
        raise RuntimeError(f"pytest did not run:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    (tests.parent / "output.txt").write_text(done.stdout)
    outcomes = {}
    for case in ElementTree.parse(report).iter("testcase"):
        file = case.get("classname", "")
        outcome = next((child.tag for child in case if child.tag in _BAD), "passed")
        outcomes[f"{file}::{case.get('name')}"] = outcome
    report.unlink()
    return outcomes


_BAD = ("failure", "error", "skipped")


def known_failures(file: Path) -> dict[str, str]:
    """Lines ``file::name  reason`` of a list of what is known to fail."""
    lines = [line for line in file.read_text().splitlines() if line and line[0] != "#"]
    return {name: reason.strip() for name, reason in (line.split(None, 1) for line in lines)}
