"""The test suite of HIPS autograd, run against this package.

    python tests/peers/hips.py [--keep FOLDER] [pytest arguments]

The source archive is fetched from the package index, and its tests run in a process of their own,
twice: with HIPS's own checker of gradients, and with ours. What fails must be in
``hips_conflicts.txt``, and what is there must fail.
"""

from __future__ import annotations

import argparse
import collections
import os
import shutil
import sys
import tempfile
from pathlib import Path

from archive import ROOT, fetch, known_failures, run_pytest

VERSION = "1.9.1"
GROUPS = {
    "test_complex": "complex and fft",
    "test_fft": "complex and fft",
    "test_linalg": "linalg",
    "test_scipy": "SciPy",
}
# A pytest plugin: HIPS's own checker in place of ours.
PLUGIN = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("autograd.test_util", {path!r})
module = importlib.util.module_from_spec(spec)
sys.modules["autograd.test_util"] = module
spec.loader.exec_module(module)
"""


def run(folder: Path, checker: str, arguments: list[str]) -> dict[str, str]:
    """The outcome of each test with one of the two checkers."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}
    if checker == "theirs":
        (folder / "hips_checker.py").write_text(PLUGIN.format(path=str(folder / "test_util.py")))
        arguments = ["-p", "hips_checker", *arguments]
    return run_pytest(folder / "tests", arguments, environment)


def compare(outcomes: dict[str, str], known: dict[str, str], complete: bool) -> bool:
    """Print a table and every surprise; whether there was none."""
    counts = collections.defaultdict(collections.Counter)
    for name, outcome in outcomes.items():
        group = GROUPS.get(name.split("::")[0], "core, NumPy, containers, dispatch")
        counts[group][outcome] += 1
    for group, count in sorted(counts.items()):
        ran = sum(count.values()) - count["skipped"]
        print(f"  {group:36} {count['passed']:4} of {ran} pass, {count['skipped']} skipped")
    failed = {name for name, outcome in outcomes.items() if outcome in ("failure", "error")}
    for name in sorted(failed - set(known)):
        print(f"  FAILED {name}")
    passed = {name for name in set(known) - failed if complete or name in outcomes}
    for name in sorted(passed):
        print(f"  listed as a conflict, and did not fail: {name}")
    return not failed - set(known) and not passed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--keep", type=Path, help="leave the archive and pytest's output here")
    options, arguments = parser.parse_known_args()
    folder = options.keep or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not (folder / "tests").exists():
            source = fetch("autograd", VERSION, folder)
            shutil.move(source / "tests", folder / "tests")
            shutil.move(source / "autograd" / "test_util.py", folder / "test_util.py")
            shutil.rmtree(source)
        known = known_failures(Path(__file__).with_name("hips_conflicts.txt"))
        good = True
        for checker in ("theirs", "ours"):
            print(f"HIPS autograd {VERSION}, its tests on this package, {checker} checking:")
            good &= compare(run(folder, checker, arguments), known, complete=not arguments)
        return 0 if good else 1
    finally:
        if options.keep is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
