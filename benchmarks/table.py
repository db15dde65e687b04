"""What was measured, as text and as Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .measure import Outcome, ratios, spread
from .peers import PEERS

BASE = "torch"  # what the ratios are to


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    units = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
    unit, size = next((pair for pair in units if seconds >= pair[1]), units[-1])
    return f"{_digits(seconds / size)} {unit}"


def _digits(number: float) -> str:
    return f"{number:.{max(0, 2 - math.floor(math.log10(number)))}f}" if number > 0 else "0"


def memory(mebibytes: float) -> str:
    """Whole mebibytes, and tenths of a few."""
    return f"{mebibytes:.0f} MiB" if mebibytes >= 9.95 else f"{mebibytes:.1f} MiB"


def ratio(outcome: Outcome, base: Outcome | None) -> str:
    """The median ratio and its quartiles, or "" where there is nothing to compare with."""
    if base is None or not base.seconds or not outcome.seconds:
        return ""
    middle, low, high = map(_two, spread(ratios(outcome, base)))
    return f"{middle} ({low}–{high})"


def _two(number: float) -> str:
    """Two digits of what is small, two decimals of what is near 1, none of what is large."""
    if number >= 9.95:
        return f"{number:.0f}"
    return f"{number:.2f}" if number >= 0.0995 else f"{number:.2g}"


def base_of(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The outcome that the others are compared with."""
    return next((each for each in outcomes if each.peer == BASE), None)


def block(name: str, title: str, outcomes: Sequence[Outcome]) -> str:
    """One work: a line for each peer."""
    lines = [f"{name}  {title}"]
    for outcome in outcomes:
        label = f"    {PEERS[outcome.peer].label:<21}"
        if outcome.problem:
            lines.append(f"{label}{outcome.problem.splitlines()[0]}")
            continue
        _, low, high = map(duration, spread(outcome.seconds))
        middle = duration(outcome.time)
        held = memory(outcome.memory)
        line = f"{label}{middle:>8}  ({low} to {high}){'':4}{held:>9}"
        lines.append(f"{line:<72}{ratio(outcome, base_of(outcomes))}".rstrip())
    return "\n".join(lines)


def markdown(results: Mapping[str, tuple[str, Sequence[Outcome]]], threads: int) -> str:
    """All works: times and memory of PyTorch and of us, then ratios of times to PyTorch's."""
    measured = [each.peer for _, outcomes in results.values() for each in outcomes]
    others = [peer for peer in PEERS if peer in measured and peer not in ("chainrule", BASE)]
    heads = ["work", "PyTorch", "chainrule", "ratio", *(PEERS[peer].label for peer in others)]
    rows = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    for name, (title, outcomes) in results.items():
        by_peer = {each.peer: each for each in outcomes}
        base = by_peer.get(BASE)
        ours = by_peer.get("chainrule")
        cells = [_whole(base), _whole(ours), f"**{_short(ours, base)}**"]
        cells += [_short(by_peer.get(peer), base) for peer in others]
        rows.append([f"{name}: {title}", *cells])
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    plural = "threads" if threads > 1 else "thread"
    return f"Ratios of times to PyTorch's, below 1 is faster; {threads} {plural}.\n\n{table}"


def _whole(outcome: Outcome | None) -> str:
    if outcome is None or not outcome.seconds:
        return _excuse(outcome)
    return f"{duration(outcome.time)}, {memory(outcome.memory)}"


def _short(outcome: Outcome | None, base: Outcome | None) -> str:
    if outcome is None or not outcome.seconds:
        return _excuse(outcome)
    if base is None or not base.seconds:
        return duration(outcome.time)
    return _two(spread(ratios(outcome, base))[0])


def _excuse(outcome: Outcome | None) -> str:
    """What stands where a number is missing: a peer's problem, or that it has no such work."""
    if outcome is None:
        return "–"
    problem = outcome.problem
    return "not installed" if problem.startswith("not installed") else problem.split(":")[0]
