"""calls: which calls of modules the values of a graph were made in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd import Value
from autograd.switches import ModuleCall

from .records import Call


def modules(
    found: Iterable[ModuleCall | None],
) -> tuple[dict[ModuleCall, int], list[Call], dict[Value, str]]:
    """Calls of modules, numbered with those around them, and the names of their parameters."""
    calls: dict[ModuleCall, int] = {}
    records: list[Call] = []
    parameters: dict[Value, str] = {}
    members: dict[ModuleCall, dict[Any, str]] = {}
    for call in found:
        if call is not None and call not in calls:
            outermost = call.outermost
            if outermost not in members:
                members[outermost] = outermost.members()
                parameters |= {p: n for p, n in members[outermost].items() if isinstance(p, Value)}
            _register(call, members[outermost], calls, records)
    return calls, records, parameters


def _register(
    call: ModuleCall,
    members: dict[Any, str],
    calls: dict[ModuleCall, int],
    records: list[Call],
) -> None:
    """Give a call and those around it their numbers, the outermost first."""
    chain: list[ModuleCall] = []
    around: ModuleCall | None = call
    while around is not None and around not in calls:
        chain.append(around)
        around = around.parent
    for one in reversed(chain):
        calls[one] = len(records)
        parent = -1 if one.parent is None else calls[one.parent]
        records.append(Call(one.path(members), one.kind, parent))
