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
from .stepper import Stepper, step

__all__ = ["Picture", "Stepper", "draw", "step"]
