"""``python -m benchmarks``: times works for chainrule and its peers, and prints the ratios."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from .growth import growth
from .imports import TITLES, measure_imports
from .measure import Outcome, measure
from .peers import PEERS
from .table import block, markdown
from .work import WORKS, load

NAMES = (*WORKS, *TITLES)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Every peer works in a process of its own; rounds of all peers alternate; no "
        "time counts before the result is checked against float64.",
    )
    others = [peer for peer in PEERS if peer != "chainrule"]
    add = parser.add_argument
    add("--work", nargs="+", choices=NAMES, metavar="W", help=f"of {', '.join(NAMES)}")
    add("--peer", nargs="+", choices=others, metavar="P", help=f"of {', '.join(others)}")
    add("--threads", type=int, default=min(2, os.cpu_count() or 1), help="for each peer (2)")
    add("--rounds", type=int, default=11, help="batches of each peer (11)")
    add("--markdown", action="store_true", help="end with one table in Markdown")
    add("--growth", action="store_true", help="time and memory per node, 10^3 to 10^6 nodes")
    chosen = parser.parse_args(arguments)
    for name in ("threads", "rounds"):
        if getattr(chosen, name) < 1:
            parser.error(f"--{name} is at least 1")
    return chosen


def present(peers: list[str]) -> list[str]:
    """Fetch those that live alone; one line for each that could not be fetched."""
    there = []
    for peer in peers:
        if problem := PEERS[peer].fetch():
            print(f"{PEERS[peer].label} is skipped, {problem}", flush=True)
        else:
            there.append(peer)
    return there


def warn_of_others() -> None:
    """Times of two threads mean little while others use the processors."""
    counters = Path("/proc/stat")
    if not counters.exists():
        return
    before, after = [], []
    for numbers in (before, after):
        numbers += map(int, counters.read_text().split("\n", 1)[0].split()[1:])
        time.sleep(0.5)
    spent = [now - then for then, now in zip(before, after, strict=True)]
    busy = 1 - (spent[3] + spent[4]) / max(1, sum(spent))  # idle, and waiting for a disk
    if busy > 0.1:
        print(f"Others use {busy:.0%} of the processors: threads wait.\n", flush=True)


def tell(line: str) -> None:
    """Progress, on one line of a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print as it goes."""
    chosen = parse(arguments)
    settings = {"threads": chosen.threads, "rounds": chosen.rounds, "tell": tell}
    warn_of_others()
    if chosen.growth:
        table = growth(present(["chainrule", *(chosen.peer or ["torch"])]), **settings)
        tell("")
        print(table)
        return 0
    peers = present(["chainrule", *(chosen.peer or [p for p in PEERS if p != "chainrule"])])
    results: dict[str, tuple[str, list[Outcome]]] = {}
    for name in chosen.work or NAMES:
        run = measure_imports if name in TITLES else measure
        title = TITLES[name] if name in TITLES else load(name).TITLE
        results[name] = title, run(name, peers, **settings)
        tell("")
        print(block(name, *results[name]), end="\n\n", flush=True)
    if chosen.markdown:
        print(markdown(results, chosen.threads))
    wrong = [o for _, outcomes in results.values() for o in outcomes if o.peer == "chainrule"]
    return int(any(outcome.problem for outcome in wrong))


if __name__ == "__main__":
    sys.exit(main())
