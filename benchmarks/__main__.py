"""Times each work for chainrule and PyTorch, side by side in one run, and prints the ratios.

``python -m benchmarks [w1 w2 w4]``. Blocks of a quarter second of the two engines alternate, so
that a slow moment of the machine meets both; the median of each is compared. Two threads. Nothing
is timed before the engines agree on the answer.
"""

from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "2"  # read when NumPy and PyTorch are loaded, hence before them

import argparse
import gc
import statistics
import sys
import time

import numpy as np

from .works import WORKS

ENGINES = ("chainrule", "torch")


def compare(name: str, seconds: float) -> tuple[float, float]:
    """The median times of one work, chainrule's and PyTorch's, in milliseconds."""
    works = {engine: WORKS[name](engine) for engine in ENGINES}
    for _ in range(3):
        for step, _answer in works.values():
            step()
    answers = [answer() for _step, answer in works.values()]
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-3, err_msg=f"{name} disagrees")
    # What the engines made while loading is not walked by the collector for each other's steps.
    gc.collect()
    gc.freeze()
    times: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times["torch"]) < 5:
        for engine in ENGINES:
            step, block = works[engine][0], time.perf_counter() + 0.25
            step()  # the other engine's threads may still be spinning
            while True:
                start = time.perf_counter()
                step()
                times[engine].append(1e3 * (time.perf_counter() - start))
                if start > block:
                    break
    return statistics.median(times["chainrule"]), statistics.median(times["torch"])


def main() -> int:
    """Run the chosen works and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"of {', '.join(WORKS)}; all")
    parser.add_argument("--seconds", type=float, default=8.0, help="for each work (default 8)")
    arguments = parser.parse_args()
    if unknown := set(arguments.works) - set(WORKS):
        parser.error(f"no work {', '.join(sorted(unknown))}; there are {', '.join(WORKS)}")
    try:
        import torch
    except ImportError:
        print("PyTorch is the peer here: pip install torch==2.13.0", file=sys.stderr)
        return 2
    torch.set_num_threads(2)
    print("| work | chainrule | PyTorch | ratio |")
    print("| --- | ---: | ---: | ---: |")
    for name in arguments.works or WORKS:
        ours, theirs = compare(name, arguments.seconds)
        what = WORKS[name].__doc__.rstrip(".")
        print(f"| {name}: {what} | {ours:.2f} ms | {theirs:.2f} ms | {ours / theirs:.2f} |")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
