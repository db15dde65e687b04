"""Projects that are written for HIPS autograd, run on this package.

    python tests/peers/users.py [--keep FOLDER] [lifelines] [autograd-gamma]

Each is installed with what else it needs into an environment of its own, from the source archive
of the package index, and runs twice: with HIPS autograd and with this package in its place.
Everything that passes with HIPS autograd must pass with us. The archives of autograd-gamma carry no
tests; of that project the gradients of every function are compared, on a grid.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from archive import ROOT, fetch, run_pytest

LIFELINES, GAMMA, HIPS = "0.30.3", "0.5.0", "1.9.1"
NEEDS = ["scipy", "pandas>=2.1,<3", "matplotlib", "interface_meta", "formulaic", "setuptools"]
NEEDS += ["pytest", "pytest-xdist", "flaky", "joblib", "scikit-learn", "dill", "psutil", "jinja2"]
NEEDS += ["statsmodels", "patsy", "tabulate", "seaborn", "wheel", f"autograd=={HIPS}"]

# The suite of lifelines draws from NumPy's global generator without a seed, and two of its tests
# write to the same file.
CONFTEST = """
import zlib
import numpy as np
import pytest

runs = {}


def pytest_runtest_setup(item):
    runs[item.nodeid] = runs.get(item.nodeid, -1) + 1
    np.random.seed((zlib.crc32(item.nodeid.encode()) + runs[item.nodeid]) % 2**32)


@pytest.fixture
def block():
    return False


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
"""

GRID = """
import json
import numpy as np
import autograd_gamma as gamma
from autograd import grad, hessian

points = {}
for name in ("gammainc", "gammaincc", "gammaincln", "gammainccln", "betainc", "betaincln"):
    f = getattr(gamma, name)
    operands = 3 if name.startswith("beta") else 2
    for a in (0.3, 1.0, 4.5):
        for x in (0.2, 0.7):
            given = (a, 1.7, x) if operands == 3 else (a, x)
            points[f"{name}{given}"] = [float(grad(f, i)(*given)) for i in range(operands)]
print(json.dumps(points))
"""


def environment(folder: Path) -> str:
    """A virtual environment with HIPS autograd and all needs; its Python."""
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        print("  installing what lifelines and autograd-gamma need ...", flush=True)
        venv.create(folder / "venv", with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *NEEDS], check=True)
        for name, version in (("lifelines", LIFELINES), ("autograd-gamma", GAMMA)):
            source = fetch(name, version, folder / name)
            command = [*install, "--no-deps", "--no-build-isolation", str(source)]
            subprocess.run(command, check=True)
    return str(python)


def variables(ours: bool) -> dict[str, str]:
    found = {**os.environ, "MPLBACKEND": "Agg", "DISPLAY": ":99", "OMP_NUM_THREADS": "1"}
    found.pop("PYTHONPATH", None)
    return {**found, "PYTHONPATH": str(ROOT)} if ours else found


def lifelines(folder: Path, python: str) -> bool:
    """Its own test suite; whether all that passes with HIPS autograd passes with us."""
    tests = folder / "suite"
    if not tests.exists():
        (source,) = (folder / "lifelines").iterdir()
        shutil.copytree(source / "lifelines", tests / "lifelines")
        (tests / "conftest.py").write_text(CONFTEST)
    outcomes = {}
    for name, ours in (("HIPS autograd", False), ("this package", True)):
        outcomes[name] = run_pytest(tests, ["-n", "2"], variables(ours), python)
        passed = sum(outcome == "passed" for outcome in outcomes[name].values())
        print(f"  lifelines {LIFELINES} on {name:13}: {passed} of {len(outcomes[name])} pass")
    theirs, our = outcomes.values()
    lost = [t for t in theirs if theirs[t] == "passed" and our.get(t) != "passed"]
    for test in lost:
        print(f"  passes with HIPS autograd, and not here: {test}")
    return not lost


def autograd_gamma(folder: Path, python: str) -> bool:
    """The gradients of its functions; whether they are the same."""
    results = []
    for ours in (False, True):
        command = [python, "-W", "ignore", "-c", GRID]
        done = subprocess.run(command, env=variables(ours), capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        results.append(json.loads(done.stdout))
    theirs, our = results
    far = [
        name
        for name in theirs
        for a, b in zip(theirs[name], our[name], strict=True)
        if not abs(a - b) <= 1e-12 * max(1, abs(a))
    ]
    print(f"  autograd-gamma {GAMMA}: gradients at {len(theirs)} points, {len(far)} differ")
    return not far


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--keep", type=Path, help="leave environment and archives here")
    parser.add_argument("projects", nargs="*", default=[], help="lifelines, autograd-gamma")
    options = parser.parse_args()
    folder = (options.keep or Path(tempfile.mkdtemp())).resolve()
    known = {"autograd-gamma": autograd_gamma, "lifelines": lifelines}
    unknown = set(options.projects) - set(known)
    if unknown:
        parser.error(f"known are {', '.join(known)}, not {', '.join(unknown)}")
    try:
        python = environment(folder)
        chosen = [known[name] for name in options.projects or known]
        results = [project(folder, python) for project in chosen]
        return 0 if all(results) else 1
    finally:
        if options.keep is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
