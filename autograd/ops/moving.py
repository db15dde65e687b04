"""Functions that only move numbers: NumPy's own function, run on labels, says where each went.

`tile`, `roll`, `insert` and their like copy numbers to new places and fill the rest with zeros. Run
on whole numbers 1, 2, 3 ... in place of the operands' entries, such a function names the origin of
each entry of its result, so one rule serves them all: a gradient goes back to where its number
came from.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..op import Case, composed, define
from ..switches import MODE
from .index import scatter


def collect(x, places, shape):
    """Zeros of a shape, with the entries of ``x`` added at ``places``.

    Parameters
    ----------
    x : array
    places : integer array of the shape of ``x``
        Positions in the flattened result; an entry with a negative one is dropped.
    shape : tuple of int
    """
    y = np.zeros(shape, np.result_type(x))
    kept = places >= 0
    np.add.at(y.reshape(-1), places[kept], np.asarray(x)[kept])
    return y


def distribute(x, places):
    """The entries of flattened ``x`` at ``places``, and 0 where a place is negative.

    Parameters
    ----------
    x : array
    places : integer array
    """
    flat = np.reshape(x, (-1,))
    if not flat.size:
        return np.zeros(places.shape, flat.dtype)
    return np.where(places >= 0, flat[np.maximum(places, 0)], np.zeros((), flat.dtype))


_PLACES = np.array([[2, 0], [-1, 2]])
collect = define(
    collect,
    lambda g, y, x, places, shape: distribute(g, places),
    cases=[(((2, 2),), {"places": _PLACES, "shape": (3,)})],
    formulas=("g[places]",),
    complex=True,
    reads=False,
)
distribute = define(
    distribute,
    lambda g, y, x, places: collect(g, places, np.shape(x)),
    cases=[(((3,),), {"places": _PLACES}), (((0,),), {"places": np.zeros((0, 2), int)})],
    formulas=("g, put back",),
    complex=True,
    reads=False,
)


def moving(
    function: Callable,
    *,
    bind: Callable[..., tuple[tuple, dict[str, Any]]],
    forward: Callable,
    cases: list[Case],
    back: Callable[..., Any] | None = None,
) -> None:
    """Define a function that only moves numbers.

    ``forward(*operands, **params)`` computes it, and ``bind`` sorts a call's arguments as in
    `define`. ``back(g, x, **params)`` is a sooner way back to the only operand, or gives None.
    """

    def origin(index: int, g: Any, y: Any, *operands: Any, **params: Any) -> Any:
        if back is not None and not any(hasattr(s, "requires_grad") for s in params.values()):
            found = back(g, *operands, **params)
            if found is not None:
                return found
        ends = np.cumsum([np.size(x) for x in operands])
        labels = [
            np.arange(end - np.size(x), end).reshape(np.shape(x)) + 1
            for x, end in zip(operands, ends, strict=True)
        ]
        if "constant_values" in params:
            params = {**params, "constant_values": 0}
        places = np.asarray(forward(*labels, **params)) - 1
        size = np.size(operands[index])
        places = places - (int(ends[index]) - size)
        return collect(g, np.where(places < size, places, -1), np.shape(operands[index]))

    define(
        function,
        each=origin,
        forward=forward,
        bind=bind,
        cases=cases,
        formulas=("g, moved back",),
        complex=True,
        reads=False,
    )


def _settings(x: Any) -> Any:
    """A setting without the graph: places and counts have no derivative."""
    # A recorded function has others next time: there it stays a Value.
    tracked = not hasattr(x, "requires_grad") or MODE.get().recorder is not None
    return x if tracked else x.data


def _of_one(function: Callable, names: tuple[str, ...]) -> Callable[..., tuple[tuple, dict]]:
    """The binding of a function of one array and settings, given in the order of ``names``."""

    def bind(x: Any, *settings: Any, **named: Any) -> tuple[tuple, dict[str, Any]]:
        if len(settings) > len(names) or set(named) - set(names):
            raise TypeError(
                f"{function.__name__} of a Value takes an array and {', '.join(names)}, not "
                f"{[*settings[len(names) :], *set(named) - set(names)]}"
            )
        given = {**dict(zip(names, settings, strict=False)), **named}
        if given.pop("out", None) is not None:
            raise TypeError(f"{function.__name__}: a Value cannot be written into out=")
        return (x,), {name: _settings(setting) for name, setting in given.items()}

    return bind


def moving_one(
    function: Callable,
    *names: str,
    cases: list[Case],
    back: Callable[..., Any] | None = None,
) -> None:
    """`moving` for a function of one array and settings, given in the order of ``names``."""
    moving(function, bind=_of_one(function, names), forward=function, cases=cases, back=back)


# ---- sooner ways back --------------------------------------------------------------------------


def _rows(x, axis):
    """The shape along whose axis a function goes, and that axis."""
    if axis is None or not np.ndim(x):
        return (math.prod(np.shape(x)),), 0
    return np.shape(x), axis % np.ndim(x)


def _tiled(g, x, reps):
    reps = tuple(map(int, np.ravel(reps)))
    if min(reps, default=0) < 0:
        return None
    ndim = max(len(reps), np.ndim(x))
    reps = (1,) * (ndim - len(reps)) + reps
    shape = (1,) * (ndim - np.ndim(x)) + np.shape(x)
    apart = np.reshape(g, tuple(n for pair in zip(reps, shape, strict=True) for n in pair))
    return np.reshape(np.sum(apart, axis=tuple(range(0, 2 * ndim, 2))), np.shape(x))


def _repeated(g, x, repeats, axis=None):
    if np.size(repeats) != 1 or np.min(repeats) < 0:
        return None
    shape, axis = _rows(x, axis)
    apart = np.reshape(g, (*shape[: axis + 1], int(np.ravel(repeats)[0]), *shape[axis + 1 :]))
    return np.reshape(np.sum(apart, axis=axis + 1), np.shape(x))


def _on_diagonal(g, x, k=0, offset=0, axis1=0, axis2=1):
    if np.ndim(x) == 1:
        return np.diagonal(g, k)
    if np.ndim(x) == 2 and (axis1, axis2) == (0, 1):
        found = np.diag(g, k + offset)
        return found if np.shape(found) == np.shape(x) else None
    return None


def _same(function, g, x, k=0):
    return function(g, k)


def _taken(g, x, indices, axis=None, mode="raise"):
    shape, axis = _rows(x, axis)
    places = np.asarray(indices).astype(np.intp)
    if mode in ("wrap", 1):  # NumPy's numbers of them
        places = places % shape[axis]
    elif mode in ("clip", 0):
        places = np.clip(places, 0, shape[axis] - 1)
    return np.reshape(scatter(g, (slice(None),) * axis + (places,), shape), np.shape(x))


def _padded(g, x, pad_width, mode="constant", **values):
    if mode != "constant" or isinstance(pad_width, dict):
        return None
    widths = np.broadcast_to(pad_width, (np.ndim(x), 2)).tolist()
    inner = zip(widths, np.shape(x), strict=True)
    return g[tuple(slice(before, before + n) for (before, _), n in inner)]


define(
    np.roll,
    lambda g, y, x, shift, axis=None: np.roll(g, np.negative(shift), axis),
    cases=[
        (((4,),), {"shift": 1}),
        (((2, 3),), {"shift": -2}),
        (((2, 3),), {"shift": 1, "axis": 1}),
        (((2, 3),), {"shift": (1, 2), "axis": (0, 1)}),
        (((0,),), {"shift": 1}),
        (((),), {"shift": 1}),
    ],
    formulas=("g, rolled back",),
    complex=True,
    reads=False,
)
define(
    np.rot90,
    lambda g, y, x, k=1, axes=(0, 1): np.rot90(g, -k, axes),
    cases=[(((2, 3),), {}), (((2, 3, 2),), {"k": 3, "axes": (1, 2)}), (((2, 0),), {})],
    formulas=("g, turned back",),
    complex=True,
    reads=False,
)
moving_one(
    np.tile,
    "reps",
    cases=[
        (((3,),), {"reps": 2}),
        (((2, 1),), {"reps": (2, 1, 3)}),
        (((),), {"reps": 3}),
        (((2,),), {"reps": 0}),
    ],
    back=_tiled,
)
moving_one(
    np.repeat,
    "repeats",
    "axis",
    cases=[
        (((3,),), {"repeats": 2}),
        (((2, 3),), {"repeats": 2, "axis": 1}),
        (((3, 2),), {"repeats": [0, 2, 1], "axis": 0}),
        (((),), {"repeats": 3}),
        (((2, 2),), {"repeats": [3], "axis": -1}),
    ],
    back=_repeated,
)
moving_one(
    np.resize,
    "new_shape",
    cases=[(((3,),), {"new_shape": (2, 2)}), (((2, 3),), {"new_shape": (2,)})],
)
moving_one(
    np.diag,
    "k",
    cases=[(((3,),), {}), (((3, 3),), {"k": 1}), (((2, 3),), {}), (((2,),), {"k": -1})],
    back=_on_diagonal,
)
moving_one(np.diagflat, "k", cases=[(((2, 2),), {}), (((3,),), {"k": 1})])
for _diagonal, _names, _settings_of in (
    (np.diagonal, ("offset", "axis1", "axis2"), {"axis1": 0, "axis2": 2}),
    (np.linalg.diagonal, ("offset",), {"offset": 1}),
):
    moving_one(
        _diagonal,
        *_names,
        cases=[(((3, 3),), {}), (((2, 3),), {"offset": -1}), (((3, 2, 3),), _settings_of)],
        back=_on_diagonal,
    )
for _triangle in (np.tril, np.triu):
    moving_one(
        _triangle,
        "k",
        cases=[(((3, 3),), {}), (((2, 3, 4),), {"k": 1}), (((3, 2),), {"k": -1}), (((3,),), {})],
        back=functools.partial(_same, _triangle),
    )
moving_one(
    np.rollaxis,
    "axis",
    "start",
    cases=[(((2, 3, 4),), {"axis": 2}), (((2, 3),), {"axis": 0, "start": 2})],
)
for _flip, _axis in ((np.flipud, 0), (np.fliplr, 1)):
    composed(_flip, shapes=[((2, 3),), ((3, 2, 2),)], complex=True)(
        lambda m, axis=_axis: np.flip(m, axis)
    )
moving_one(
    np.take,
    "indices",
    "axis",
    "out",
    "mode",
    cases=[
        (((4,),), {"indices": 2}),
        (((2, 3),), {"indices": [[0, 5]]}),
        (((2, 3),), {"indices": [2, 0, 2], "axis": 1}),
        (((2, 3),), {"indices": 1, "axis": -1}),
        (((3,),), {"indices": [4, -1], "mode": "wrap"}),
        (((3,),), {"indices": [[4, -1]], "mode": "clip", "axis": 0}),
    ],
    back=_taken,
)
moving_one(
    np.take_along_axis,
    "indices",
    "axis",
    cases=[
        (((2, 3),), {"indices": np.array([[0, 0], [2, 1]]), "axis": 1}),
        (((4,),), {"indices": np.array([3, 1]), "axis": None}),
    ],
)
moving_one(
    np.delete,
    "obj",
    "axis",
    cases=[
        (((4,),), {"obj": 1}),
        (((2, 3),), {"obj": [0, 2], "axis": 1}),
        (((2, 2),), {"obj": slice(0, 2)}),
    ],
)


def _condition_first(function: Callable, cases: list[Case], *names: str) -> None:
    """`moving` for a function that picks entries by a condition, its first argument."""

    def bind(condition: Any, x: Any, *settings: Any, **named: Any) -> tuple[tuple, dict[str, Any]]:
        given = {**dict(zip((*names, "out"), settings, strict=False)), **named}
        if given.pop("out", None) is not None:
            raise TypeError(f"{function.__name__}: a Value cannot be written into out=")
        return (x,), {"condition": _settings(condition), **given}

    moving(
        function,
        bind=bind,
        forward=lambda x, condition, **settings: function(condition, x, **settings),
        cases=cases,
    )


_condition_first(
    np.compress,
    [
        (((3,),), {"condition": [True, False, True]}),
        (((2, 3),), {"condition": [False, True], "axis": 1}),
    ],
    "axis",
)
_condition_first(np.extract, [(((2, 2),), {"condition": np.array([[True, False], [True, True]])})])
moving(
    np.choose,
    bind=lambda a, choices, mode="raise": (
        tuple(choices),
        {"a": _settings(a), **({"mode": mode} if mode != "raise" else {})},
    ),
    forward=lambda *choices, a, mode="raise": np.choose(a, choices, mode=mode),
    cases=[
        (((3,), (3,)), {"a": [0, 1, 0]}),
        (((2, 2), (2,), ()), {"a": [[0, 2], [1, 1]]}),
    ],
)
moving(
    np.insert,
    bind=lambda arr, obj, values, axis=None: (
        (arr, values),
        {"obj": _settings(obj), **({} if axis is None else {"axis": axis})},
    ),
    forward=lambda arr, values, obj, axis=None: np.insert(arr, obj, values, axis),
    cases=[
        (((3,), ()), {"obj": 1}),
        (((2, 2), (2,)), {"obj": [0, 2], "axis": 1}),
        (((2, 2), (2,)), {"obj": 1, "axis": 0}),
    ],
)


def _blocks(arrays: Any, found: list[Any]) -> Any:
    """Nested lists with positions in ``found`` in place of the arrays."""
    if isinstance(arrays, list):
        return [_blocks(row, found) for row in arrays]
    found.append(arrays)
    return len(found) - 1


def _filled(layout: Any, arrays: tuple[Any, ...]) -> Any:
    if isinstance(layout, list):
        return [_filled(row, arrays) for row in layout]
    return arrays[layout]


def _bind_block(arrays: Any) -> tuple[tuple, dict[str, Any]]:
    found: list[Any] = []
    layout = _blocks(arrays, found)
    return tuple(found), {"layout": layout}


moving(
    np.block,
    bind=_bind_block,
    forward=lambda *arrays, layout: np.block(_filled(layout, arrays)),
    cases=[
        (((2, 2), (2, 1), (1, 2), ()), {"layout": [[0, 1], [2, 3]]}),
        (((2,), (3,)), {"layout": [0, 1]}),
    ],
)


def _pad_settings(array: Any, pad_width: Any, mode: Any = "constant", **settings: Any) -> Any:
    moves = ("constant", "edge", "reflect", "symmetric", "wrap")
    if mode not in moves or settings.get("reflect_type", "even") != "even":
        raise NotImplementedError(
            f"pad of a Value has rules for the modes {moves}, with reflect_type='even'; not for "
            f"mode={mode!r}, {settings}"
        )
    if np.any([hasattr(x, "requires_grad") for x in settings.values()]):
        raise TypeError("pad: constant_values must be plain numbers, not Values")
    return (array,), {
        "pad_width": pad_width,
        **({"mode": mode} if mode != "constant" else {}),
        **settings,
    }


moving(
    np.pad,
    bind=_pad_settings,
    forward=lambda x, pad_width, mode="constant", **settings: np.pad(
        x, pad_width, mode, **settings
    ),
    cases=[
        (((2, 3),), {"pad_width": 1}),
        (((3,),), {"pad_width": (0, 2)}),
        (((2, 2),), {"pad_width": ((0, 1), (2, 0)), "constant_values": 7}),
        (((3,),), {"pad_width": 2, "mode": "reflect"}),
        (((2, 3),), {"pad_width": 2, "mode": "wrap"}),
        (((2, 2),), {"pad_width": ((1, 0), (0, 2)), "mode": "edge"}),
        (((3,),), {"pad_width": (2, 1), "mode": "symmetric"}),
    ],
    back=_padded,
)


@composed(np.select, cases=[])
def select(condlist, choicelist, default=0):
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = np.where(_settings(condition), choice, result)
    return result
