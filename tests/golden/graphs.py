"""The graphs of the golden files. Their lines are part of the pictures: add at the end."""

import numpy as np

from autograd import Value


def expression():
    """The README's: a sum and a product, after the backward pass."""
    x, y, z = Value(1.0, name="x"), Value(3.0, name="y"), Value(-3.0, name="z")
    p = x + y
    out = p * z
    out.backward()
    return out, {"p": p, "out": out}


def layer():
    """A small layer: heat maps, rules along the arrows, operands that do not commute."""
    x = np.array([[1.0, -2.0, 0.5], [0.0, 1.0, 2.0]])
    w = Value(np.array([[0.5, -0.25, 1.0], [0.0, 2.0, -1.0]]), name="w")
    b = Value(np.array([0.5, -0.5]), name="b")
    h = x @ w.T - b
    loss = (np.maximum(h, 0) ** 2).sum()
    loss.backward()
    return loss, {"h": h, "loss": loss}


def trouble():
    """A square root at 0, a leaf that is not reached, a constant, data changed after use."""
    a, b = Value(0.0, name="a"), Value(np.array([4.0, 9.0]), name="b")
    c = Value(2.0, name="c", requires_grad=False)
    root = np.sqrt(a) * c
    total = (b / c).sum()
    root.backward()
    b.data[0] = 7.0
    return [root, total], {"root": root, "total": total}
