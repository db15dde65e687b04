"""widget: a stepper that the kernel and the learner both move, with sliders on its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from . import page
from .graph import node_ids
from .terminal import find

if TYPE_CHECKING:
    from .stepper import Stepper


def widget(stepper: Stepper) -> Any:
    """The stepper as an ``anywidget.AnyWidget``.

    Its traits are ``step`` (from 0), ``track`` (a name) and ``values`` (numbers by name, for the
    leaves that take a gradient and are one number each). Each can be set, which moves the player or
    computes everything anew, and each can be observed, which tells of the learner's own moves.
    ``stepper`` is what is shown now.

    Raises
    ------
    ImportError
        Where anywidget is missing, with the command that installs it.
    """
    return _made()(stepper)


@cache
def _made() -> Any:
    """The class: it needs a package that is an extra."""
    try:
        import anywidget
        from traitlets import Dict, Int, TraitError, Unicode, observe, validate
    except ImportError:
        raise ImportError(
            'a widget needs one more package: pip install "chainrule[widget]"'
        ) from None

    class StepperWidget(anywidget.AnyWidget):
        _esm = f"{page.player()}\n{_static('widget.js')}"
        _css = _static("widget.css")

        step = Int(0).tag(sync=True)
        track = Unicode("backward").tag(sync=True)
        values = Dict().tag(sync=True)
        html = Unicode().tag(sync=True)
        theme = Unicode().tag(sync=True)
        # The sliders ask for `wanted`; `answers` counts what was answered, if only by `problem`.
        wanted = Dict().tag(sync=True)
        answers = Int(0).tag(sync=True)
        problem = Unicode().tag(sync=True)

        def __init__(self, stepper: Stepper) -> None:
            self.stepper = stepper.with_values({})  # with room for any number in each box
            html = page.fragment(self.stepper, packed=False)
            super().__init__(html=html, theme=stepper.theme, values=leaves(stepper))

        @validate("step")
        def _in_range(self, proposal: Any) -> int:
            last = len(find(page.played(self.stepper), self.track).frames) - 1
            if not 0 <= proposal["value"] <= last:
                raise TraitError(
                    f"step {proposal['value']} is not there: the track {self.track!r} has the "
                    f"steps 0 to {last}"
                )
            return proposal["value"]

        @validate("track")
        def _known(self, proposal: Any) -> str:
            try:
                return find(page.played(self.stepper), proposal["value"]).name
            except ValueError as error:
                raise TraitError(str(error)) from None

        @observe("track")
        def _begin(self, change: Any) -> None:
            self.step = 0

        @validate("values")
        def _numbers(self, proposal: Any) -> dict[str, float]:
            try:
                return checked(proposal["value"], leaves(self.stepper))
            except ValueError as error:
                raise TraitError(str(error)) from None

        @observe("values")
        def _compute(self, change: Any) -> None:
            if self.values == leaves(self.stepper):
                return
            with np.errstate(all="ignore"):  # inf and nan are shown, not warned of
                self.stepper = self.stepper.with_values(self.values)
            self.html = page.fragment(self.stepper, packed=False)

        @observe("wanted")
        def _answer(self, change: Any) -> None:
            try:
                self.values = self.wanted
                self.problem = ""
            except (TraitError, ValueError, RuntimeError) as error:
                self.problem = str(error)
            self.answers += 1

    return StepperWidget


def leaves(stepper: Stepper) -> dict[str, float]:
    """The numbers that a learner can change, by name: real ones that take a gradient."""
    values = {id: value for value, id in node_ids(stepper._root).items()}
    named = {node.label: values[node.id] for node in stepper.graph.nodes if node.id in values}
    return {
        name: float(x.data)
        for name, x in named.items()
        if x.op is None and x.requires_grad and not x.ndim and not np.iscomplexobj(x.data)
    }


def checked(given: Mapping[str, Any], known: Mapping[str, float]) -> dict[str, float]:
    """The known numbers with the given ones among them, or a ValueError."""
    for name, number in given.items():
        if name not in known:
            names = ", ".join(known) or "none: no leaf is a single number"
            raise ValueError(f"there is no number {name!r} to set; there are {names}")
        if not isinstance(number, Real) or isinstance(number, bool) or not math.isfinite(number):
            raise ValueError(f"{name} is set to a finite number, not {number!r}")
    return {**known, **{name: float(number) for name, number in given.items()}}


def _static(name: str) -> str:
    return (files("viz.static") / name).read_text(encoding="utf-8")
