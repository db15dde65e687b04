"""Who is compared: a name, how to get it, and what to set before it works."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ROOT / ".bench"  # packages that cannot be installed beside us


@dataclass(frozen=True)
class Peer:
    """One column of the table; ``module`` is what a worker imports before its memory is counted."""

    label: str
    module: str
    requirement: str = ""
    prepare: Callable[[int, str], None] = lambda threads, dtype: None
    folder: Path | None = None  # where it is installed alone

    @property
    def install(self) -> str:
        """The command that installs it."""
        if self.folder is None:
            return f"{Path(sys.executable).name} -m pip install '{self.requirement}'"
        return " ".join(["python", *self._alone])

    @property
    def _alone(self) -> list[str]:
        where = str(self.folder)
        return ["-m", "pip", "install", "--quiet", "--no-deps", "--target", where, self.requirement]

    def fetch(self) -> str:
        """Install a peer that lives alone, if it is not there; gives what went wrong, or ""."""
        if self.folder is None or self.folder.is_dir():
            return ""
        PACKAGES.mkdir(exist_ok=True)
        (PACKAGES / ".gitignore").write_text("*\n")
        done = subprocess.run([sys.executable, *self._alone], capture_output=True, text=True)
        return "" if done.returncode == 0 else f"not installed: {self.install}"

    def missing(self, module: str) -> str:
        """What to say where a module is not found."""
        return f"not installed: {self.install}" if self.requirement else f"no module {module}"

    @property
    def path(self) -> list[str]:
        """Where its modules are looked for first; the works come after HIPS's own autograd."""
        return [str(folder) for folder in (self.folder, ROOT) if folder]


def _torch(threads: int, dtype: str) -> None:
    importlib.import_module("torch").set_num_threads(threads)


def _jax(threads: int, dtype: str) -> None:
    importlib.import_module("jax").config.update("jax_enable_x64", dtype == "float64")


PEERS = {
    "chainrule": Peer("chainrule", "autograd"),
    "replay": Peer("chainrule, replayed", "autograd"),
    "numpy": Peer("NumPy by hand", "numpy"),
    "torch": Peer("PyTorch", "torch", "torch==2.13.0", _torch),
    "jax": Peer("JAX jit", "jax", "jax>=0.5", _jax),
    "hips": Peer("HIPS autograd", "autograd", "autograd==1.9.1", folder=PACKAGES / "hips"),
    "mygrad": Peer("MyGrad", "mygrad", "mygrad>=2.3"),
    "micrograd": Peer("micrograd", "micrograd.engine", "micrograd>=0.1"),
}


def environment(threads: int) -> dict[str, str]:
    """What a worker finds set: the number of threads is read when the libraries are loaded."""
    names = ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
    fixed = {f"{name}_NUM_THREADS": str(threads) for name in names}
    return {**os.environ, **fixed, "JAX_PLATFORMS": "cpu"}


def limit_processors(threads: int) -> None:
    """Keep this process on as many processors: JAX takes as many threads as it sees."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
