"""Operations that move numbers without changing them."""

from __future__ import annotations

import numpy as np

from ..op import composed, define

define(
    np.reshape,
    lambda g, y, x, shape: np.reshape(g, np.shape(x)),
    cases=[
        (((2, 3),), {"shape": (3, 2)}),
        (((6,),), {"shape": (2, -1)}),
        (((),), {"shape": (1, 1)}),
        (((0, 2),), {"shape": (2, 0)}),
    ],
    formulas=("g, reshaped back",),
)


def _inverse(axes):
    """The order that undoes an order of axes."""
    return None if axes is None else np.argsort([axis % len(axes) for axis in axes])


define(
    np.transpose,
    lambda g, y, x, axes=None: np.transpose(g, _inverse(axes)),
    label="T",
    cases=[
        (((2, 3),), {}),
        (((2, 3, 1),), {"axes": (2, 0, 1)}),
        (((2, 3, 1),), {"axes": (-1, 0, 1)}),
        (((),), {}),
        (((0, 2),), {}),
    ],
    formulas=("g.T",),
)
define(
    np.swapaxes,
    lambda g, y, x, axis1, axis2: np.swapaxes(g, axis1, axis2),
    label="swap axes",
    cases=[(((2, 3, 4),), {"axis1": 0, "axis2": -1}), (((2, 0),), {"axis1": 0, "axis2": 1})],
)
define(
    np.moveaxis,
    lambda g, y, x, source, destination: np.moveaxis(g, destination, source),
    label="move axis",
    cases=[
        (((2, 3, 4),), {"source": 0, "destination": -1}),
        (((2, 3, 4),), {"source": (0, 1), "destination": (2, 0)}),
    ],
)
define(
    np.expand_dims,
    lambda g, y, x, axis: np.reshape(g, np.shape(x)),
    label="expand",
    cases=[(((2, 3),), {"axis": 1}), (((),), {"axis": 0}), (((3,),), {"axis": (0, 2)})],
    formulas=("g, reshaped back",),
)
define(
    np.squeeze,
    lambda g, y, x, axis=None: np.reshape(g, np.shape(x)),
    cases=[(((1, 3, 1),), {}), (((1, 3),), {"axis": 0}), (((1,),), {})],
    formulas=("g, reshaped back",),
)
define(
    np.broadcast_to,
    lambda g, y, x, shape: g,  # the engine sums what was broadcast
    label="broadcast",
    bind=lambda array, shape: ((array,), {"shape": shape}),
    cases=[(((3,),), {"shape": (2, 3)}), (((),), {"shape": (2,)}), (((2, 1),), {"shape": (2, 4)})],
)
define(
    np.flip,
    lambda g, y, x, axis=None: np.flip(g, axis),
    cases=[(((3,),), {}), (((2, 3),), {"axis": 1}), (((2, 3),), {"axis": (0, 1)}), (((),), {})],
)


def astype(x, dtype):
    """``x`` in another floating dtype; the gradient comes back in that of ``x``."""
    return np.asarray(x).astype(dtype)


astype = define(astype, lambda g, y, x, dtype: g, label="cast", settings=[{"dtype": np.float64}])


def _part(index, g, y, *arrays, axis=0):
    """The stretch of ``g`` that the array at ``index`` filled."""
    axis %= np.ndim(y)
    ends = np.cumsum([np.shape(a)[axis] for a in arrays])
    stretch = slice(int(ends[index]) - np.shape(arrays[index])[axis], int(ends[index]))
    return g[(slice(None),) * axis + (stretch,)]


def _arrays(arrays, axis=0):
    """Bind for functions of a sequence of arrays."""
    return tuple(arrays), ({"axis": axis} if axis else {})


define(
    np.concatenate,
    each=_part,
    forward=lambda *arrays, axis=0: np.concatenate(arrays, axis),
    bind=_arrays,
    label="concat",
    cases=[
        (((2,), (3,)), {}),
        (((2, 1), (2, 3), (2, 0)), {"axis": 1}),
        (((1, 2), (3, 2)), {"axis": -2}),
    ],
    formulas=("part of g",),
)
define(
    np.stack,
    each=lambda index, g, y, *arrays, axis=0: g[(slice(None),) * (axis % np.ndim(y)) + (index,)],
    forward=lambda *arrays, axis=0: np.stack(arrays, axis),
    bind=_arrays,
    cases=[(((2,), (2,)), {}), (((2, 3),) * 3, {"axis": -1}), (((), ()), {})],
    formulas=("part of g",),
)


def _pairs(pad_width, ndim: int) -> list[tuple[int, int]]:
    if isinstance(pad_width, dict):
        pairs = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            pairs[axis] = tuple(np.broadcast_to(width, 2).tolist())
        return pairs
    return [tuple(pair) for pair in np.broadcast_to(pad_width, (ndim, 2)).tolist()]


def _unpad(g, x, pad_width):
    pairs = _pairs(pad_width, np.ndim(x))
    return g[
        tuple(slice(before, before + n) for (before, _), n in zip(pairs, np.shape(x), strict=True))
    ]


def _bind_pad(array, pad_width, mode="constant", constant_values=0):
    if mode != "constant":
        raise NotImplementedError(
            f"pad of a Value fills with a constant; mode={mode!r} has no gradient rule yet. "
            "Index the mirrored or wrapped positions instead: x[[1, 0, 1, 2]]"
        )
    return (array,), {
        "pad_width": pad_width,
        **({"constant_values": constant_values} if constant_values else {}),
    }


define(
    np.pad,
    lambda g, y, x, pad_width, constant_values=0: _unpad(g, x, pad_width),
    bind=_bind_pad,
    cases=[
        (((2, 3),), {"pad_width": 1}),
        (((3,),), {"pad_width": (0, 2)}),
        (((2, 2),), {"pad_width": ((0, 1), (2, 0)), "constant_values": 7}),
    ],
    formulas=("g without the border",),
)


@composed(np.split)
def split(ary, indices_or_sections, axis=0):
    ends = np.split(np.arange(np.shape(ary)[axis]), indices_or_sections)
    before = (slice(None),) * (axis % np.ndim(ary))
    starts = np.cumsum([0, *map(len, ends)])
    return [
        ary[(*before, slice(int(s), int(s) + len(e)))] for s, e in zip(starts, ends, strict=False)
    ]


@composed(np.ravel)
def ravel(a):
    return np.reshape(a, (-1,))
