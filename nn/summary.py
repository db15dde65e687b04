"""summary: a model as the table that people know."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from autograd import Value, topological
from autograd.switches import switched

from .batches import arrays_in
from .module import Module

_GATES = {"rnn": 1, "gru": 3, "lstm": 4}


@dataclass(frozen=True)
class Row:
    """One module.

    Attributes
    ----------
    path : str
    kind : str
        Its class.
    depth : int
    shape : str
        Of its output; N is the batch.
    parameters, trainable : int
        Of its own and of all below it; what is shared counts once.
    multiplications : int or None
        Multiply-adds for one example, in products and convolutions.
    """

    path: str
    kind: str
    depth: int
    shape: str
    parameters: int
    trainable: int
    multiplications: int


@dataclass(frozen=True)
class Summary:
    """A model's modules with their shapes and sizes; ``print`` it.

    Attributes
    ----------
    rows : tuple of Row
        The model itself first.
    total, trainable : int
        Parameters.
    multiplications : int
        Multiply-adds for one example.
    megabytes : float
        Of the parameters and buffers.
    """

    rows: tuple[Row, ...]
    total: int
    trainable: int
    multiplications: int
    megabytes: float

    _HEAD = ("Layer (type)", "Output shape", "Parameters", "Multiply-adds")

    def __str__(self) -> str:
        table = [self._HEAD, *self._cells()]
        wide = [max(len(row[i]) for row in table) for i in range(len(self._HEAD))]
        lines = [
            f"{a:<{wide[0]}}  {b:<{wide[1]}}  {c:>{wide[2]}}  {d:>{wide[3]}}"
            for a, b, c, d in table
        ]
        rule = "=" * len(lines[0])
        return "\n".join([rule, lines[0], rule, *lines[1:], rule, *self._totals(), rule])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(text)}</th>" for text in self._HEAD)
        rows = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:{"left" if i < 2 else "right"};white-space:pre">'
                f"{escape(text)}</td>"
                for i, text in enumerate(cells)
            )
            + "</tr>"
            for cells in self._cells()
        )
        foot = "<br>".join(map(escape, self._totals()))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table><p>{foot}</p>"

    def _cells(self) -> list[tuple[str, str, str, str]]:
        return [
            (
                f"{'  ' * row.depth}{row.path.rpartition('.')[2] or 'model'} ({row.kind})",
                row.shape,
                f"{row.parameters:,}" if row.parameters else "-",
                f"{row.multiplications:,}" if row.multiplications else "-",
            )
            for row in self.rows
        ]

    def _totals(self) -> list[str]:
        return [
            f"Parameters: {self.total:,} ({self.trainable:,} trainable)",
            f"Multiply-adds for one example: {self.multiplications:,}",
            f"Size of parameters and buffers: {self.megabytes:.2f} MB",
        ]


def summary(
    model: Module,
    input_shape: int | Sequence[Any],
    *,
    dtypes: Any = np.float32,
    depth: int | None = None,
) -> Summary:
    """A table of a model's modules: output shapes, parameters, multiply-adds.

    Parameters
    ----------
    model : Module
        It is run on batches of two and of three zeros in evaluation mode, and left as it was.
    input_shape : int, tuple of int, or list of such tuples for several inputs
        Without the batch axis, the first, which the table calls N.
    dtypes : NumPy dtype, or a list of them
        Of the inputs; ``np.int64`` for indices.
    depth : int, optional
        How many levels of modules are listed.

    Returns
    -------
    Summary

    Examples
    --------
    >>> import nn
    >>> print(nn.summary(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)), (4,)))
    ===========================================================
    Layer (type)        Output shape  Parameters  Multiply-adds
    ===========================================================
    model (Sequential)  (N, 2)                58             48
      0 (Linear)        (N, 8)                40             32
      1 (ReLU)          (N, 8)                 -              -
      2 (Linear)        (N, 2)                18             16
    ===========================================================
    Parameters: 58 (58 trainable)
    Multiply-adds for one example: 48
    Size of parameters and buffers: 0.00 MB
    ===========================================================
    """
    if isinstance(input_shape, (int, np.integer)):
        input_shape = (int(input_shape),)
    shapes = list(input_shape) if _several(input_shape) else [tuple(input_shape)]
    kinds = list(dtypes) if isinstance(dtypes, (list, tuple)) else [dtypes] * len(shapes)
    pairs = list(zip(shapes, kinds, strict=True))
    modes = {module: module.training for module in model.modules()}
    buffers = {b: b._data.copy() for b in model.buffers()}
    frozen = [p for p in model.parameters() if not p.requires_grad]
    try:
        model.eval()
        for parameter in frozen:
            parameter.requires_grad = True  # what is frozen is recorded too, and counted
        outputs, counts = _run(model, pairs, 2)
        others, _ = _run(model, pairs, 3)
    finally:
        for parameter in frozen:
            parameter.requires_grad = False
        for module, training in modes.items():
            module.training = training
        for buffer, data in buffers.items():
            buffer._data = data
    rows = tuple(
        Row(
            path,
            type(module).__name__,
            path.count(".") + bool(path),
            _shape(outputs[module], others[module]) if module in outputs else "not called",
            sum(p.size for p in module.parameters()),
            sum(p.size for p in module.parameters() if p.requires_grad),
            sum(counts.get(m, 0) for m in module.modules()) // 2,
        )
        for path, module in model.named_modules()
        if depth is None or path.count(".") + bool(path) <= depth
    )
    octets = sum(x._data.nbytes for x in (*model.parameters(), *model.buffers()))
    whole = sum(counts.values()) // 2
    return Summary(rows, rows[0].parameters, rows[0].trainable, whole, octets / 1e6)


def _several(shape: Sequence[Any]) -> bool:
    return bool(shape) and isinstance(shape[0], (tuple, list))


def _run(
    model: Module, pairs: list[tuple[Any, Any]], batch: int
) -> tuple[dict[Module, Any], dict[Module, int]]:
    """What each module gave for a batch of zeros, and its multiply-adds."""
    outputs, counts = dict[Module, Any](), dict[Module, int]()
    handles = [
        module.register_forward_hook(lambda m, args, out: outputs.__setitem__(m, out))
        for module in model.modules()
    ]
    try:
        with switched(recording=True), np.errstate(all="ignore"):
            result = model(*(np.zeros((batch, *shape), dtype) for shape, dtype in pairs))
    finally:
        for handle in handles:
            handle.remove()
    values = (value for value in arrays_in(result) if isinstance(value, Value))
    for value in {id(v): v for root in values for v in topological(root)}.values():
        if value.op is not None and value.module is not None:
            module = value.module.module
            counts[module] = counts.get(module, 0) + _multiply_adds(value)
    return outputs, counts


def _shape(two: Any, three: Any) -> str:
    """The shape of an output, from those for batches of two and of three."""
    if isinstance(two, (tuple, list)):
        return ", ".join(map(_shape, two, three))
    if two is None:
        return "None"
    sizes = [_size(a, b) for a, b in zip(np.shape(two), np.shape(three), strict=True)]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _size(two: int, three: int) -> str:
    if two == three:
        return str(two)
    each = three - two
    return "?" if two != 2 * each else "N" if each == 1 else f"{each}·N"


def _multiply_adds(value: Value) -> int:
    """Those of the operation that made it: of products and convolutions."""
    assert value.op is not None
    shapes, name = [np.shape(x) for x in value.inputs], value.op.name
    if name in ("matmul", "linear", "dot"):
        return value.size * (shapes[0][-1] if shapes[0] else 1)
    if name.startswith("conv_transpose"):
        return math.prod(shapes[0]) * math.prod(shapes[1][1:])  # each number goes to so many
    if name.startswith("conv"):
        return value.size * math.prod(shapes[1][1:])
    if name in _GATES:
        steps, batch, width, size = value.params["sizes"]
        projection = value.params.get("projection", 0)
        each = _GATES[name] * (width + (projection or size)) + projection
        return steps * batch * size * each
    return 0
