"""measures: what is measured of every parameter and every relu of a model."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd import Value
from autograd.value import raw

from .health import DEAD, FINE, NAN, dead_units, is_relu, told_dead, verdict


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter, or one relu.

    Attributes
    ----------
    path : str
        The dotted name.
    kind : {"parameter", "relu"}
    layer : str
        The dotted name of the module that holds it; for a relu its own.
    module : str
        The class of that module, where it is known.
    shape : tuple of int
        Of a relu, that of its result.
    norm, mean : float or None
        Of a parameter's gradient: its length as one vector, and the mean size of an entry.
    weight : float or None
        The norm of the parameter itself.
    update : float or None
        The norm of what one step of the optimiser adds to it, over ``weight``.
    dead : float or None
        Of a relu: the share of its units that are zero for every example.
    nan : float
        The share of NaNs, in the data or in the gradient, whichever is larger.
    verdict : str
        One of `viz.health.VERDICTS`.
    why : str
        What the verdict rests on, where the numbers do not say it.
    """

    path: str
    kind: str
    layer: str
    module: str
    shape: tuple[int, ...]
    norm: float | None = None
    mean: float | None = None
    weight: float | None = None
    update: float | None = None
    dead: float | None = None
    nan: float = 0.0
    verdict: str = FINE
    why: str = ""


def of_loss(order: Sequence[Value], names: Mapping[str, Value], optimizer: Any) -> list[Row]:
    """Parameters and relus in the order in which a loss uses them.

    Parameters
    ----------
    order : sequence of Values
        All that led to the loss, in topological order.
    names : mapping of str to Value
        What leaves are called that have no name.
    optimizer : object with step(), or None
    """
    used: dict[Value, int] = {}
    for i, value in enumerate(order):
        for x in value.inputs:
            if isinstance(x, Value):
                used.setdefault(x, i)
    members = _members(order)
    parameters = _parameters(order, members, {value: name for name, value in names.items()})
    updates = {} if optimizer is None else trial(optimizer, list(parameters))
    kinds = {name: type(m).__name__ for m, name in members.items() if not isinstance(m, Value)}
    rows = _judged(
        _parameter(name, p, kinds, updates.get(p), p in used) for p, name in parameters.items()
    )
    placed = [(used.get(p, len(order)), row) for p, row in zip(parameters, rows, strict=True)]
    return [row for _, row in sorted([*placed, *_relus(order, members)], key=lambda pair: pair[0])]


def of_module(module: Any, optimizer: Any) -> list[Row]:
    """The parameters of a module, in its order."""
    parameters = {p: name for name, p in module.named_parameters()}
    updates = {} if optimizer is None else trial(optimizer, list(parameters))
    modules: Any = getattr(module, "named_modules", tuple)()
    kinds = {name: type(m).__name__ for name, m in modules}
    return _judged(
        _parameter(name, p, kinds, updates.get(p), True) for p, name in parameters.items()
    )


def trial(optimizer: Any, parameters: Sequence[Value]) -> dict[Value, float]:
    """How far one step would move each parameter, as a share of its norm; the step is not made.

    It is made by a copy of the optimiser, on copies of the parameters that it holds.

    Raises
    ------
    TypeError
        For something without ``step``.
    RuntimeError
        Where the optimiser cannot be copied, its step needs more than gradients (LBFGS), or its
        copy reaches the real parameters.
    """
    if not callable(getattr(optimizer, "step", None)):
        raise TypeError(f"optimizer has a method step(); {type(optimizer).__name__} has none")
    before = {p: np.array(raw(p)) for p in parameters}
    copies: dict[int, Any] = {}
    kind = type(optimizer).__name__
    try:
        deepcopy(optimizer, copies).step()
    except Exception as error:
        raise RuntimeError(
            f"{kind} cannot make a trial step on copies ({error}); leave optimizer= out"
        ) from error
    for p, data in before.items():
        if np.array(raw(p)).tobytes() != data.tobytes():
            p.data = data if np.ndim(raw(p)) else data.item()
            raise RuntimeError(
                f"{kind} holds its parameters where a copy of it does not "
                f"copy them (in a closure perhaps), so that a trial step changed them; they are "
                f"as they were, its own state may not be. Leave optimizer= out"
            )
    ratios = {}
    for p, data in before.items():
        if p.grad is not None and id(p) in copies and (size := _norm(data)):
            ratios[p] = _norm(raw(copies[id(p)]) - data) / size
    return ratios


def by_layer(rows: Iterable[Row]) -> list[Row]:
    """The parameters of each module taken together; relus as they are."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row.kind, row.layer), []).append(row)
    layers = [group[0] if kind == "relu" else _layer(group) for (kind, _), group in grouped.items()]
    judged = iter(_judged(row for row in layers if row.kind == "parameter"))
    return [next(judged) if row.kind == "parameter" else row for row in layers]


def _layer(rows: list[Row]) -> Row:
    """Several parameters as one long vector."""
    sized = [(math.prod(row.shape), row) for row in rows]
    with_grad = [(size, row.mean) for size, row in sized if row.mean is not None]
    moved = [row for row in rows if row.update is not None]
    weight = _together(row.weight for row in rows)
    step = _together(row.update * row.weight for row in moved if row.update and row.weight)
    return replace(
        max(sized, key=lambda pair: pair[0])[1],  # the largest stands for the shape
        path=rows[0].layer,
        norm=_together(row.norm for row in rows),
        mean=sum(n * mean for n, mean in with_grad) / (sum(n for n, _ in with_grad) or 1)
        if with_grad
        else None,
        weight=weight,
        update=(step or 0.0) / weight if moved and weight else None,
        nan=max(row.nan for row in rows),
        why=next((row.why for row in rows if row.why), ""),
    )


def _together(norms: Iterable[float | None]) -> float | None:
    """The norm of several vectors written one after the other."""
    known = [norm for norm in norms if norm is not None]
    return math.hypot(*known) if known else None


def _judged(rows: Iterable[Row]) -> list[Row]:
    """Parameters with the verdict on each, beside the largest norm there is."""
    rows = list(rows)
    largest = max((row.norm for row in rows if row.norm is not None), default=0.0)
    return [replace(row, verdict=NAN if row.nan else verdict(row.norm, largest)) for row in rows]


def _members(order: Sequence[Value]) -> dict[Any, str]:
    """All modules and parameters of the models called, each with a dotted name of its own."""
    models = dict.fromkeys(v.module.outermost.module for v in order if v.module is not None)
    kinds: Counter[str] = Counter()
    members = []
    for model in models:
        kind = type(model).__name__
        kinds[kind] += 1
        label = kind if kinds[kind] == 1 else f"{kind} {kinds[kind]}"
        members += [(label, name, member) for name, member in model.named_members()]
    count = Counter(name for _, name, _ in members)
    found: dict[Any, str] = {}
    for label, name, member in members:
        found.setdefault(member, f"{label}.{name}".rstrip(".") if count[name] > 1 else name)
    return found


def _parameters(
    order: Sequence[Value], members: Mapping[Any, str], called: Mapping[Value, str]
) -> dict[Value, str]:
    """The parameters of the models, and other leaves that take a gradient, by name."""
    found = {member: name for member, name in members.items() if isinstance(member, Value)}
    for value in order:
        if value.op is None and value.requires_grad and value not in found:
            found[value] = value.name or called.get(value, "") or f"leaf {len(found)}"
    return found


def _parameter(
    path: str, parameter: Value, kinds: Mapping[str, str], update: float | None, used: bool
) -> Row:
    data, grad = np.asarray(raw(parameter)), parameter.grad
    why = ""
    if not parameter.requires_grad:
        why = "frozen: requires_grad is False"
    elif grad is None and not used:
        why = "the loss does not use it"
    return Row(
        path,
        "parameter",
        path.rpartition(".")[0] or path,
        kinds.get(path.rpartition(".")[0], ""),
        data.shape,
        norm=None if grad is None else _norm(grad),
        mean=None if grad is None else float(np.mean(np.abs(grad), dtype=float)),
        weight=_norm(data),
        update=update,
        nan=max(_nans(data), 0.0 if grad is None else _nans(grad)),
        why=why,
    )


def _relus(order: Sequence[Value], members: Mapping[Any, str]) -> list[tuple[int, Row]]:
    """A row for each relu, a module's calls taken together, with the position of the first."""
    within: Counter[Any] = Counter()
    alike: dict[tuple[Any, ...], list[Value]] = defaultdict(list)
    placed: dict[tuple[Any, ...], tuple[int, str]] = {}
    for i, value in enumerate(order):
        if not is_relu(value) or not value.ndim:  # of a single number no share can be told
            continue
        call = value.module
        within[call] += 1
        if call is None:
            key: tuple[Any, ...] = (None, within[call])
            name = value.name or f"relu {within[call]}"
        else:
            key = (call.module, within[call], value.shape[1:])  # in whatever call of the module
            path = members.get(call.module) or call.path()
            name = path if call.kind == "ReLU" and path else f"{path}.relu".lstrip(".")
        alike[key].append(value)
        placed.setdefault(key, (i, name))
    kinds = {name: type(m).__name__ for m, name in members.items()}
    return [(i, _relu(name, kinds, alike[key])) for key, (i, name) in placed.items()]


def _relu(path: str, kinds: Mapping[str, str], results: Sequence[Value]) -> Row:
    y = np.concatenate([raw(value) for value in results])
    dead, nan = dead_units(y), _nans(y)
    silent = (told_dead(y) or 0.0) >= DEAD
    return Row(
        path,
        "relu",
        path,
        kinds.get(path, ""),
        results[0].shape,
        dead=dead,
        nan=nan,
        verdict=NAN if nan else "dead" if silent else FINE,
        why=f"{dead:.0%} of its units are zero for all {len(y)} examples" if dead else "",
    )


def _norm(x: Any) -> float:
    """In double precision, whatever that of the numbers is."""
    return float(np.linalg.norm(np.abs(x).astype(float)))


def _nans(x: Any) -> float:
    x = np.asarray(x)
    return float(np.mean(np.isnan(x))) if x.size else 0.0
