"""Other shapes, orders of axes and dtypes of the same numbers."""

from __future__ import annotations

import operator

import numpy as np

from ..op import composed, define


def _order_of(x, order):
    """C or F, as the order in which the numbers lie has it."""
    if order not in ("C", "F", "A", "K"):
        raise ValueError(f"order must be one of 'C', 'F', 'A', or 'K' (got {order!r})")
    if order in ("C", "F"):
        return order
    flags = getattr(getattr(x, "_data", x), "flags", None)
    return "F" if flags is not None and flags.fnc else "C"


def _bind_reshape(a, /, shape, order="C", *, copy=None):
    order = _order_of(a, order)
    return (a,), {"shape": shape, **({"order": order} if order != "C" else {})}


# Methods of arrays do what NumPy's functions come to after half a microsecond.
def _reshape(x, shape, order="C"):
    if type(x) is np.ndarray:
        return x.reshape(shape, order=order)
    return np.reshape(x, shape, order=order)


def _transpose(x, axes=None):
    return x.transpose(axes) if type(x) is np.ndarray else np.transpose(x, axes)


def _swapaxes(x, axis1, axis2):
    return x.swapaxes(axis1, axis2) if type(x) is np.ndarray else np.swapaxes(x, axis1, axis2)


define(
    np.reshape,
    lambda g, y, x, shape, order="C": _reshape(g, np.shape(x), order),
    forward=_reshape,
    bind=_bind_reshape,
    cases=[
        (((2, 3),), {"shape": (3, 2), "order": "F"}),
        (((2, 3),), {"shape": (3, 2)}),
        (((6,),), {"shape": (2, -1)}),
        (((),), {"shape": (1, 1)}),
        (((0, 2),), {"shape": (2, 0)}),
    ],
    formulas=("g, reshaped back",),
    complex=True,
    reads=False,
)


def _inverse(axes):
    """The order that undoes an order of axes."""
    if axes is None:
        return None
    order = [axis % len(axes) for axis in axes]
    return sorted(range(len(axes)), key=order.__getitem__)


define(
    np.transpose,
    lambda g, y, x, axes=None: _transpose(g, _inverse(axes)),
    forward=_transpose,
    label="T",
    cases=[
        (((2, 3),), {}),
        (((2, 3, 1),), {"axes": (2, 0, 1)}),
        (((2, 3, 1),), {"axes": (-1, 0, 1)}),
        (((),), {}),
        (((0, 2),), {}),
    ],
    formulas=("g.T",),
    complex=True,
    reads=False,
)
define(
    np.swapaxes,
    lambda g, y, x, axis1, axis2: _swapaxes(g, axis1, axis2),
    forward=_swapaxes,
    label="swap axes",
    cases=[(((2, 3, 4),), {"axis1": 0, "axis2": -1}), (((2, 0),), {"axis1": 0, "axis2": 1})],
    complex=True,
    reads=False,
)
define(
    np.moveaxis,
    lambda g, y, x, source, destination: np.moveaxis(g, destination, source),
    label="move axis",
    cases=[
        (((2, 3, 4),), {"source": 0, "destination": -1}),
        (((2, 3, 4),), {"source": (0, 1), "destination": (2, 0)}),
    ],
    complex=True,
    reads=False,
)
define(
    np.expand_dims,
    lambda g, y, x, axis: _reshape(g, np.shape(x)),
    label="expand",
    cases=[(((2, 3),), {"axis": 1}), (((),), {"axis": 0}), (((3,),), {"axis": (0, 2)})],
    formulas=("g, reshaped back",),
    complex=True,
    reads=False,
)
define(
    np.squeeze,
    lambda g, y, x, axis=None: _reshape(g, np.shape(x)),
    cases=[(((1, 3, 1),), {}), (((1, 3),), {"axis": 0}), (((1,),), {})],
    formulas=("g, reshaped back",),
    complex=True,
    reads=False,
)
define(
    np.broadcast_to,
    lambda g, y, x, shape: g,  # the engine sums what was broadcast
    label="broadcast",
    bind=lambda array, shape: ((array,), {"shape": shape}),
    cases=[(((3,),), {"shape": (2, 3)}), (((),), {"shape": (2,)}), (((2, 1),), {"shape": (2, 4)})],
    complex=True,
    reads=False,
)
define(
    np.flip,
    lambda g, y, x, axis=None: np.flip(g, axis),
    cases=[(((3,),), {}), (((2, 3),), {"axis": 1}), (((2, 3),), {"axis": (0, 1)}), (((),), {})],
    complex=True,
    reads=False,
)


def astype(x, dtype):
    """``x`` in another floating or complex dtype; the gradient comes back in that of ``x``.

    Raises
    ------
    TypeError
        For a complex ``x`` and a real dtype: which part is meant is for np.real or np.imag to say.
    """
    x = np.asarray(x)
    if x.dtype.kind == "c" and np.dtype(dtype).kind != "c":
        raise TypeError("a complex number has no real dtype; take np.real, np.imag or np.abs")
    return x.astype(dtype)


astype = define(
    astype,
    lambda g, y, x, dtype: g,
    label="cast",
    settings=[{"dtype": np.complex128}],
    complex=True,
    reads=False,
)


@composed(np.ravel, settings=[{}, {"order": "F"}], complex=True)
def ravel(a, order="C"):
    return np.reshape(a, (-1,), order=order)


@composed(np.matrix_transpose, shapes=[((2, 3),), ((2, 3, 1),)], complex=True)
def matrix_transpose(x):
    if np.ndim(x) < 2:
        raise ValueError(f"matrix_transpose needs two axes or more; this Value has shape {x.shape}")
    return np.swapaxes(x, -1, -2)


composed(np.linalg.matrix_transpose, shapes=[((2, 3),)], complex=True)(matrix_transpose)


def _each(reshaped):
    """A function of one array or several, as np.atleast_1d and its kin are."""

    def of_arrays(*arrays):
        results = tuple(map(reshaped, arrays))
        return results[0] if len(results) == 1 else results

    return of_arrays


def _add_axes(x, before: int, after: int):
    return np.reshape(x, (1,) * before + np.shape(x) + (1,) * after)


composed(np.atleast_1d, complex=True)(_each(lambda x: _add_axes(x, 1, 0) if np.ndim(x) == 0 else x))
composed(np.atleast_2d, complex=True)(
    _each(lambda x: _add_axes(x, 2 - np.ndim(x), 0) if np.ndim(x) < 2 else x)
)
composed(np.atleast_3d, complex=True)(
    _each(
        lambda x: (
            _add_axes(x, 1, 2)
            if np.ndim(x) == 0
            else _add_axes(x, int(np.ndim(x) == 1), 1)
            if np.ndim(x) < 3
            else x
        )
    )
)


@composed(np.broadcast_arrays, shapes=[((3,), (2, 1)), ((), (2,))], complex=True)
def broadcast_arrays(*args):
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(x, shape) for x in args)


@composed(
    np.meshgrid,
    shapes=[((3,), (2,)), ((2,), (3,), (2,))],
    settings=[{}, {"indexing": "ij"}, {"sparse": True}],
    complex=True,
)
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is 'xy' or 'ij', not {indexing!r}")
    count = len(xi)
    grids = []
    for i, x in enumerate(xi):
        place = 1 - i if indexing == "xy" and i < 2 <= count else i
        grids.append(np.reshape(x, (1,) * place + (-1,) + (1,) * (count - 1 - place)))
    return tuple(grids) if sparse else broadcast_arrays(*grids)


@composed(np.copy, complex=True)
def copy(a, order="K"):
    _order_of(a, order)
    return np.positive(a)


@composed(np.full_like, shapes=[((2, 3), ()), ((2,), (2,))], complex=True)
def full_like(a, fill_value, dtype=None, *, shape=None):
    shape = np.shape(a) if shape is None else shape
    # As in NumPy the result has the dtype of a; only the filling carries a gradient.
    kind = np.result_type(a) if dtype is None else np.dtype(dtype)
    if kind.kind not in "fc" and hasattr(fill_value, "requires_grad"):
        raise TypeError(f"full_like: an array of {kind} would cut the Value; pass dtype=float")
    filled = np.broadcast_to(fill_value, shape)
    return astype(filled, np.result_type(a) if dtype is None else dtype)


@composed(
    np.linspace,
    shapes=[((), ()), ((2,), (2,))],
    settings=[{"num": 5}, {"num": 3, "endpoint": False}, {"num": 1}],
    complex=True,
)
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    if operator.index(num) < 0:
        raise ValueError(f"linspace: the number of samples is not negative; got {num}")
    parts = num - 1 if endpoint else num
    step = (stop - start) / parts if parts > 0 else np.nan
    along = np.arange(num).reshape(-1, *[1] * max(np.ndim(start), np.ndim(stop)))
    along = along.astype(np.zeros(0, np.result_type(start, stop, 1.0)).real.dtype)
    line = start + along * step if parts > 0 else start + along * (stop - start)
    line = np.moveaxis(line, 0, axis) if axis != 0 else line
    line = line if dtype is None else line.astype(dtype)
    return (line, step) if retstep else line


@composed(np.logspace, shapes=[((), ())], settings=[{"num": 4}], domain=(0.1, 1))
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    powers = base ** linspace(start, stop, num, endpoint, axis=axis)
    return powers if dtype is None else powers.astype(dtype)


@composed(np.geomspace, shapes=[((), ())], settings=[{"num": 4}], domain=(0.5, 2))
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    kind = np.result_type(start, stop, float)  # as in NumPy at least double precision
    start, stop = (x if np.result_type(x) == kind else astype(x, kind) for x in (start, stop))
    if np.any(start == 0) or np.any(stop == 0):
        raise ValueError("geomspace: a geometric sequence cannot include zero")
    sign = np.sign(start.data if hasattr(start, "requires_grad") else start)
    start, stop = np.log(start / sign), np.log(stop / sign)
    line = sign * np.exp(linspace(start, stop, num, endpoint))
    line = np.moveaxis(line, 0, axis) if axis != 0 else line
    return line if dtype is None else line.astype(dtype)
