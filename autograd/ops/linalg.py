"""Products of matrices and tensors."""

from __future__ import annotations

import numpy as np

from ..op import composed, define
from .matmul import matmul_a, matmul_b, rows
from .sums import LETTERS


def _tensordot_axes(a, b, axes):
    """The axes summed over, of each operand, as positive numbers in matching order."""
    if isinstance(axes, (int, np.integer)):
        return list(range(np.ndim(a) - axes, np.ndim(a))), list(range(axes))
    first, second = ([ax] if isinstance(ax, (int, np.integer)) else list(ax) for ax in axes)
    return [ax % np.ndim(a) for ax in first], [ax % np.ndim(b) for ax in second]


def _tensordot_a(g, a, b, axes):
    inner_a, inner_b = _tensordot_axes(a, b, axes)
    outer_a = [i for i in range(np.ndim(a)) if i not in inner_a]
    outer_b = [i for i in range(np.ndim(b)) if i not in inner_b]
    d = np.tensordot(g, b, (list(range(len(outer_a), np.ndim(g))), outer_b))
    # d has the outer axes of a, then the inner ones in the order in which b has them.
    order = outer_a + [inner_a[i] for i in np.argsort(inner_b)]
    return np.transpose(d, np.argsort(order))


def _tensordot_b(g, a, b, axes):
    inner_a, inner_b = _tensordot_axes(a, b, axes)
    outer_a = [i for i in range(np.ndim(a)) if i not in inner_a]
    outer_b = [i for i in range(np.ndim(b)) if i not in inner_b]
    d = np.tensordot(a, g, (outer_a, list(range(len(outer_a)))))
    order = [inner_b[i] for i in np.argsort(inner_a)] + outer_b
    return np.transpose(d, np.argsort(order))


define(
    np.tensordot,
    lambda g, y, a, b, axes=2: _tensordot_a(g, a, b, axes),
    lambda g, y, a, b, axes=2: _tensordot_b(g, a, b, axes),
    cases=[
        (((2, 3, 4), (3, 4, 2)), {}),
        (((2, 3), (3, 4)), {"axes": 1}),
        (((2,), (3,)), {"axes": 0}),
        (((2, 3, 4), (4, 5, 2)), {"axes": ((0, 2), (2, 0))}),
        (((2, 3), (3, 4)), {"axes": (1, 0)}),
        (((2, 0), (0, 3)), {"axes": 1}),
    ],
    formulas=("tensordot(g, b)", "tensordot(a, g)"),
    complex=True,
)


def _dot_axes(a, b):
    return (np.ndim(a) - 1, max(np.ndim(b) - 2, 0)) if np.ndim(a) and np.ndim(b) else 0


def _flat(a, b):
    """Whether both are vectors or matrices, of which np.dot is the matrix product."""
    return 0 < np.ndim(a) < 3 and 0 < np.ndim(b) < 3


define(
    np.dot,
    lambda g, y, a, b: matmul_a(g, a, b) if _flat(a, b) else _tensordot_a(g, a, b, _dot_axes(a, b)),
    lambda g, y, a, b: matmul_b(g, a, b) if _flat(a, b) else _tensordot_b(g, a, b, _dot_axes(a, b)),
    label="·",
    bind=lambda a, b: ((a, b), {}),
    shapes=[
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((2, 3), (3, 4)),
        ((2, 3), (4, 3, 2)),
        ((), (2, 3)),
        ((2,), ()),
        ((), ()),
        ((3,), (3, 2)),
    ],
    formulas=("g @ b.T", "a.T @ g"),
    complex=True,
)


_OUTER = [((2,), (3,)), ((2, 2), (2,)), ((), (2,))]


@composed(np.outer, shapes=_OUTER, complex=True)
def outer(a, b):
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@composed(np.linalg.outer, shapes=_OUTER[:1], complex=True)
def outer_of_vectors(x1, x2, /):
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(
            f"linalg.outer takes two vectors, not shapes {np.shape(x1)} and {np.shape(x2)}"
        )
    return outer(x1, x2)


def linear(x, weight, bias=None):
    """x @ weight.T + bias, as one operation.

    Parameters
    ----------
    x : (..., in_features) array
    weight : (out_features, in_features) array
    bias : (out_features,) array, optional

    Returns
    -------
    (..., out_features) array
    """
    if x.ndim > 2:
        return _linear(rows(x), weight, bias).reshape(*x.shape[:-1], weight.shape[0])
    return _linear(x, weight, bias)


def _linear(x, weight, bias):
    y = x @ weight.T
    if bias is None:
        return y
    if y.ndim > 1 and bias.shape == y.shape[-1:] and bias.dtype == y.dtype:
        y += bias
        return y
    return y + bias


linear = define(
    linear,
    lambda g, y, x, weight, bias: g @ weight,
    lambda g, y, x, weight, bias: np.transpose(rows(g)) @ rows(x),
    # As a product, which is quicker than a sum along the first axis.
    lambda g, y, x, weight, bias: np.ones(np.size(g) // np.shape(g)[-1], g.dtype) @ rows(g),
    label="linear",
    shapes=[
        ((2, 3), (4, 3), (4,)),
        ((3,), (2, 3), (2,)),
        ((2, 2, 3), (1, 3), (1,)),
        ((0, 3), (2, 3), (2,)),
    ],
    formulas=("g @ weight", "g.T @ x", "g"),
    complex=True,
)


def _letters(subscripts: str, ndims: list[int]) -> tuple[list[str], str]:
    """Every operand's letters and the result's, without ellipsis, the result spelled out."""
    terms, arrow, result = subscripts.replace(" ", "").partition("->")
    inputs = terms.split(",")
    spare = [c for c in LETTERS if c not in subscripts]
    widths = [ndim - len(t.replace("...", "")) for t, ndim in zip(inputs, ndims, strict=True)]
    width = max((w for t, w in zip(inputs, widths, strict=True) if "..." in t), default=0)
    dots = "".join(spare[:width])
    inputs = [t.replace("...", dots[width - w :]) for t, w in zip(inputs, widths, strict=True)]
    if arrow:
        result = result.replace("...", dots)
    else:  # NumPy's implicit result: the letters that occur once, sorted, after the ellipsis
        joined = "".join(inputs)
        result = dots + "".join(sorted(c for c in set(joined) - set(dots) if joined.count(c) == 1))
    return inputs, result


def _einsum(subscripts: str, *operands, optimize=False):
    """np.einsum, which looks for matrix products only where it is told to."""
    large = len(operands) > 1 and sum(map(np.size, operands)) > 4096  # found by trial
    return np.einsum(subscripts, *operands, optimize=optimize or len(operands) > 2 or large)


def _einsum_rule(index, g, y, *operands, subscripts, optimize=False):
    inputs, result = _letters(subscripts, [np.ndim(x) for x in operands])
    x, target = operands[index], inputs[index]
    terms, arrays = [result], [g]
    for i, other in enumerate(operands):
        if i != index:
            terms.append(inputs[i])
            arrays.append(other)
    spare = iter(c for c in LETTERS if c not in "".join(inputs) + result)
    sizes = dict(zip(target, np.shape(x), strict=True))
    wanted = ""
    for letter in target:
        if letter in wanted:  # a repeated letter read a diagonal: write back along it
            twin = next(spare)
            terms.append(letter + twin)
            arrays.append(np.eye(sizes[letter], dtype=x.dtype))
            wanted += twin
        else:
            wanted += letter
    # A letter that only this operand has was summed away: every entry along it gets the same.
    known = "".join(terms)
    found = "".join(c for c in wanted if c in known)
    d = _einsum(f"{','.join(terms)}->{found}", *arrays, optimize=optimize)
    lost = tuple(i for i, c in enumerate(wanted) if c not in known)
    if not lost:
        return d
    d = np.expand_dims(d, lost)
    # Along the other letters a length of 1 may have been broadcast, which the engine sums.
    lengths = [m if i in lost else n for i, (m, n) in enumerate(zip(x.shape, d.shape, strict=True))]
    return np.broadcast_to(d, lengths)


def _spelled(arguments):
    """einsum(a, [0, 1], b, [1, 2], [0, 2]) as a string and operands."""

    def letters(axes):
        return "".join("..." if axis is Ellipsis else LETTERS[axis] for axis in axes)

    pairs = len(arguments) // 2
    inputs = ",".join(letters(arguments[2 * i + 1]) for i in range(pairs))
    result = f"->{letters(arguments[-1])}" if len(arguments) % 2 else ""
    return inputs + result, arguments[: 2 * pairs : 2]


def _bind_einsum(subscripts, *operands, optimize=False):
    if not isinstance(subscripts, str):
        subscripts, operands = _spelled((subscripts, *operands))
    return operands, {"subscripts": subscripts, **({"optimize": optimize} if optimize else {})}


define(
    np.einsum,
    each=_einsum_rule,
    forward=lambda *operands, subscripts, optimize=False: _einsum(
        subscripts, *operands, optimize=optimize
    ),
    bind=_bind_einsum,
    cases=[
        (shapes, {"subscripts": subscripts})
        for subscripts, shapes in [
            ("ij,jk->ik", ((2, 3), (3, 2))),
            ("ij,jk", ((2, 3), (3, 2))),
            ("ii->i", ((3, 3),)),
            ("ii", ((3, 3),)),
            ("ij->i", ((2, 3),)),
            ("i,j->ij", ((2,), (3,))),
            ("...ij,...jk->...ik", ((2, 2, 3), (3, 2))),
            ("bij,bjk,bk->bi", ((2, 2, 3), (2, 3, 2), (2, 2))),
            ("ij,ij->", ((2, 3), (2, 3))),
            ("ijj->i", ((2, 3, 3),)),
            ("ba", ((2, 3),)),
            ("i,i->i", ((1,), (3,))),
            ("ij->", ((2, 0),)),
        ]
    ],
    formulas=("einsum(g, others)",),
    complex=True,
)
