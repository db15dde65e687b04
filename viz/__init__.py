"""Pictures of graphs, and the backward pass step by step.

>>> import viz
>>> from autograd import Value
>>> a = Value(3.0)
>>> picture = viz.draw(a * a)
>>> stepper = viz.step(a * a)
>>> len(stepper)
5
"""

import autograd as _autograd

if not hasattr(_autograd, "OPS"):
    raise ImportError(
        f"viz needs chainrule's own 'autograd', and Python found another package of that name at "
        f"{_autograd.__file__}. The two cannot be installed side by side: pip uninstall autograd, "
        f"then pip install --force-reinstall chainrule"
    )

from .picture import Picture, draw
from .plots import cam, decision_boundary, plot_history, show_activations, show_filters
from .report import Health, health
from .stepper import Stepper, step

_autograd.remember_lines()

__all__ = [
    "Health",
    "Picture",
    "Stepper",
    "cam",
    "decision_boundary",
    "draw",
    "health",
    "plot_history",
    "show_activations",
    "show_filters",
    "step",
]
