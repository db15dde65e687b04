"""report: the gradient health of a model, as a table and as a picture."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from autograd import Value, topological
from autograd.files import extension, write

from . import exports, images, table
from .chart import chart
from .health import EXPLODING, FAST, NAN, NO_GRADIENT, SLOW, USUAL
from .measures import Row, by_layer, of_loss, of_module
from .theme import check, number, span
from .variables import variables

FORMATS = (".svg", ".png", ".pdf", ".html", ".json", ".txt")

_ADVICE = {
    "vanishing": (
        "too small to learn from, or far smaller than the others'. Sigmoids, tanhs and small "
        "weights shrink it on its way back: try relu, larger initial weights (nn.init), "
        "or normalised inputs"
    ),
    "exploding": (
        f"longer than {number(EXPLODING)}, a step will overshoot: try smaller initial weights, a "
        f"smaller learning rate, or cut it to a norm of 1"
    ),
    "dead": (
        "it is exactly 0: what comes after lets nothing through, as relus that are zero for every "
        "example, or it is too small for the numbers' type"
    ),
    NAN: "NaN among the numbers: viz.draw(loss) names the operation that made the first one",
}


@dataclass(frozen=True)
class Health:
    """Gradient health. ``print`` gives a table, a notebook shows the picture, ``save`` writes it.

    Attributes
    ----------
    rows : tuple of Rows
        One for each parameter and each relu, in the order in which the model uses them.
    theme : {"auto", "light", "dark", "high-contrast", "print"}
    """

    rows: tuple[Row, ...]
    theme: str

    @property
    def seen(self) -> bool:
        """Whether a backward pass has come."""
        return any(row.norm is not None for row in self.rows if row.kind == "parameter")

    @property
    def layers(self) -> tuple[Row, ...]:
        """One row for each module, its parameters taken together, and one for each relu."""
        return tuple(by_layer(self.rows))

    def problems(self) -> list[str]:
        """What is wrong, in sentences; an empty list where nothing is."""
        found = []
        if not self.seen:
            found.append("no backward pass has come yet: call loss.backward(), then ask again")
        found += self._gradients()
        silent = [row for row in self.rows if row.kind == "relu" and row.verdict == "dead"]
        if silent:
            shares = [
                f"{row.dead:.0%} of {row.module} {row.path}".replace("  ", " ") for row in silent
            ]
            more = f" and {len(shares) - 3} more relus" if len(shares) > 3 else ""
            found.append(
                f"dead units: {', '.join(shares[:3])}{more}: they are zero for every example and "
                f"learn nothing any more: try a smaller learning rate, biases nearer to 0, or "
                f"leaky relu"
            )
        return found + list(self._updates())

    @cached_property
    def text(self) -> str:
        """The table."""
        return table.text(self.rows, self.problems())

    @property
    def svg(self) -> str:
        """The picture: a bar for each layer, on a logarithmic scale."""
        return chart(self.layers, self.problems(), self.theme)

    @property
    def png(self) -> bytes:
        """The picture as PNG, two pixels for one; "auto" is light there."""
        return images.png(chart(self.layers, self.problems(), self._fixed))

    @property
    def pdf(self) -> bytes:
        """The picture as PDF; "auto" is light there."""
        return images.pdf(chart(self.layers, self.problems(), self._fixed))

    @property
    def html(self) -> str:
        """A page with the picture, and the table for those who read it as text."""
        body = f"{self.svg}\n<pre>{escape(self.text)}</pre>"
        return exports.page(body, "Gradient health", self.theme)

    @property
    def json(self) -> str:
        """The rows and the problems; a number that is not finite is a string."""
        rows = [{key: _finite(x) for key, x in asdict(row).items()} for row in self.rows]
        return json.dumps({"rows": rows, "problems": self.problems()}, indent=1) + "\n"

    def save(self, path: str | Path) -> Path:
        """Write the picture (.svg, .png, .pdf, .html), the table (.txt) or the numbers (.json).

        Raises
        ------
        ValueError
            For another extension.
        OSError
            Where the file cannot be written; nothing is left behind then.
        """
        path = Path(path)
        form = extension(path, FORMATS, "gradient health")[1:]
        content = self.text + "\n" if form == "txt" else getattr(self, form)
        write(path, content if isinstance(content, bytes) else content.encode())
        return path

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        parameters = sum(row.kind == "parameter" for row in self.rows)
        found = len(self.problems())
        return (
            f"<Health: {parameters} parameter{'s' * (parameters != 1)}, "
            f"{found} problem{'s' * (found != 1)}>"
        )

    def _mime_(self) -> tuple[str, str]:
        """What marimo shows."""
        return "text/html", self.svg

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        drawn = self.svg
        return {
            "text/html": f'<div style="overflow-x:auto">{drawn}</div>',
            "image/svg+xml": drawn,
            "text/plain": self.text,
        }

    @property
    def _fixed(self) -> str:
        return "light" if self.theme == "auto" else self.theme

    def _gradients(self) -> Iterator[str]:
        """A sentence for each kind of trouble, with the parameters that have it."""
        parameters = [row for row in self.rows if row.kind == "parameter"]
        for word, advice in _ADVICE.items():
            bad = [row for row in parameters if row.verdict == word]
            if bad:
                norms = [row.norm for row in bad if row.norm is not None]
                sizes = f" (|grad| {span(norms)})" if norms and max(norms) > 0 else ""
                yield (
                    f"{word}: the gradient of {_list(bad)}, {len(bad)} of {len(parameters)} "
                    f"parameters{sizes}: {advice}"
                )
        if self.seen:
            missing = [row for row in parameters if row.verdict == NO_GRADIENT]
            for why in dict.fromkeys(row.why for row in missing):
                bad = [row for row in missing if row.why == why]
                yield f"{NO_GRADIENT}: {_list(bad)}: {why or 'no way leads back to it'}"

    def _updates(self) -> Iterator[str]:
        known = [(row, row.update) for row in self.rows if row.update is not None and row.norm]
        small = [(row, ratio) for row, ratio in known if ratio < SLOW]
        large = [(row, ratio) for row, ratio in known if ratio > FAST]
        if small and large:
            yield (
                f"uneven steps: one step changes {_steps(small)}, but {_steps(large)}, where "
                f"{number(USUAL)} is usual: no one learning rate serves both; try other initial "
                f"weights (nn.init), or an optimiser with a step for each number (Adam)"
            )
            return
        for found, word, try_ in ((small, "small", "larger"), (large, "large", "smaller")):
            if found:
                yield (
                    f"{word} steps: one step changes {_steps(found)}, where {number(USUAL)} is "
                    f"usual: try a {try_} learning rate"
                )


def health(loss_or_model: Any, *, optimizer: Any = None, theme: str = "auto") -> Health:
    """The gradient of every layer: its size, and what that means.

    Parameters
    ----------
    loss_or_model : Value, or Module (anything with ``named_parameters()``)
        From a loss, relus are judged too, and parameters that it does not use are found.
    optimizer : object with step(), optional
        Tells how far its next step would move each parameter. The step is made by a copy of it, on
        copies: neither the model nor the optimiser changes.
    theme : {"auto", "light", "dark", "high-contrast", "print"}

    Returns
    -------
    Health

    Raises
    ------
    TypeError
        For something else.

    Notes
    -----
    The thresholds, with their reasons, are in `viz.health`'s file.

    References
    ----------
    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks"; Karpathy, "A recipe for training neural networks" (2019) and CS231n, "Learning".

    Examples
    --------
    >>> import numpy as np, viz
    >>> from autograd import Value
    >>> w, x = Value(np.array([1.0, 2.0]), name="w"), np.array([3.0, 0.5])
    >>> loss = np.sum((w * x - 1.0) ** 2)
    >>> loss.backward()
    >>> viz.health(loss)
    <Health: 1 parameter, 0 problems>
    >>> print(viz.health(loss).rows[0].verdict)
    fine
    """
    check(theme)
    if isinstance(loss_or_model, Value):
        names = variables(sys._getframe(1))
        rows = of_loss(topological(loss_or_model), names, optimizer)
    elif hasattr(loss_or_model, "named_parameters"):
        rows = of_module(loss_or_model, optimizer)
    else:
        raise TypeError(
            f"health is told of a loss (a Value) or of a model (anything with named_parameters()), "
            f"not of {type(loss_or_model).__name__}"
        )
    if not rows:
        raise ValueError("there are no parameters: nothing in it takes a gradient")
    return Health(tuple(rows), theme)


def _list(rows: list[Row]) -> str:
    """Their names, or the first and the last of many."""
    names = [row.path for row in rows]
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} … {names[-1]}"


def _steps(found: list[tuple[Row, float]]) -> str:
    """How much of which weights a step changes."""
    return f"{span([ratio for _, ratio in found])} of {_list([row for row, _ in found])}"


def _finite(x: Any) -> Any:
    """What JSON can hold."""
    return str(x) if isinstance(x, float) and not math.isfinite(x) else x
