"""Recurrent networks: a whole sequence in one operation, and back through it in one sweep.

All that a network reads comes in one row of numbers, so that one sweep gives all gradients: the
inputs (time, batch, width), the first states (batch, size), the weights of the inputs
(gates · size, width) and of the states (gates · size, size), and the biases of both. The gates
are results too, so that the sweep does not compute them again. Where what an LSTM gives is
projected to fewer numbers, that is also the size of the first h, and the weights (projection,
size) come last.
"""

from __future__ import annotations

import math

import numpy as np

from ..op import define

Sizes = tuple[int, int, int, int]  # time, batch, width of the inputs, size of the states


def _shapes(sizes: Sizes, gates: int, states: int, projection: int = 0) -> list[tuple[int, ...]]:
    steps, batch, width, size = sizes
    rows, given = gates * size, projection or size
    shapes = [(steps, batch, width), (batch, given), *[(batch, size)] * (states - 1)]
    shapes += [(rows, width), (rows, given), (rows,), (rows,)]
    return [*shapes, (projection, size)] if projection else shapes


def _unpacked(packed, shapes: list[tuple[int, ...]]):
    parts, start = [], 0
    for shape in shapes:
        parts.append(np.reshape(packed[start : start + math.prod(shape)], shape))
        start += math.prod(shape)
    return parts


def _packed(parts):
    return np.concatenate([np.reshape(part, (-1,)) for part in parts])


def _gradient(x, first, h, weight, dz, dm, starts, more=()):
    """Of all that was packed: ``dz`` came to what inputs added, ``dm`` to what states added."""
    before = np.reshape(np.concatenate([first[None], h[:-1]]), (-1, np.shape(h)[-1]))
    return _packed(
        [
            dz @ weight,
            *starts,
            np.transpose(dz) @ np.reshape(x, (-1, np.shape(x)[-1])),
            np.transpose(dm) @ before,
            np.sum(dz, axis=0),
            np.sum(dm, axis=0),
            *more,
        ]
    )


def _cases(gates: int, states: int, *settings: dict):
    """A sequence of three steps in a batch of two, the smallest there is, and an empty batch."""
    cases = []
    for sizes in ((3, 2, 2, 2), (1, 1, 1, 1), (2, 0, 2, 2)):
        for more in settings or ({},):
            shapes = _shapes(sizes, gates, states, more.get("projection", 0))
            count = sum(map(math.prod, shapes))
            cases.append((((count,),), {"sizes": sizes} | more))
    return cases


# ---- the simple network ------------------------------------------------------------------------


def rnn(packed, sizes, nonlinearity="tanh"):
    """h[t] = tanh(x[t] @ W.T + b + h[t−1] @ V.T + d), for every step t.

    Parameters
    ----------
    packed : (count,) array
        x, h before the first step, W, V, b, d.
    sizes : (int, int, int, int)
        Time, batch, width of x, size of h.
    nonlinearity : {"tanh", "relu"}

    Returns
    -------
    (time, batch, size) array

    References
    ----------
    Elman 1990, "Finding structure in time".
    """
    x, h, w, v, b, d = _unpacked(packed, _shapes(sizes, 1, 1))
    weight, bias = np.concatenate([w, v], 1).T.copy(), b + d
    y = np.empty((*x.shape[:2], h.shape[-1]), packed.dtype)
    for t, given in enumerate(x):
        z = np.concatenate([given, h], 1) @ weight + bias
        h = y[t] = np.tanh(z) if nonlinearity == "tanh" else np.maximum(z, 0)
    return y


def _rnn_back(g, y, packed, sizes, nonlinearity):
    x, first, w, v, _, _ = _unpacked(packed, _shapes(sizes, 1, 1))
    sent, dh = [], np.zeros(np.shape(first), y.dtype)
    for t in reversed(range(len(y))):
        slope = 1 - y[t] * y[t] if nonlinearity == "tanh" else (y[t] > 0).astype(y.dtype)
        sent.append((g[t] + dh) * slope)
        dh = sent[-1] @ v
    dz = np.concatenate(sent[::-1])
    return _gradient(x, first, y, w, dz, dz, [dh])


rnn = define(
    rnn,
    lambda g, y, packed, sizes, nonlinearity="tanh": _rnn_back(g, y, packed, sizes, nonlinearity),
    cases=_cases(1, 1, {}, {"nonlinearity": "relu"}),
    formulas=("g, swept back through time",),
)


# ---- long short-term memory --------------------------------------------------------------------


def lstm(packed, sizes, projection=0):
    """Long short-term memory over a whole sequence.

    With the gates x[t] @ W.T + b + h[t−1] @ V.T + d in PyTorch's order, i f n o:
    c[t] = σ(f)·c[t−1] + σ(i)·tanh(n) and h[t] = σ(o)·tanh(c[t]), or that @ P.T.

    Parameters
    ----------
    packed : (count,) array
        x, h and c before the first step, W, V, b, d, and P if there is a projection.
    sizes : (int, int, int, int)
        Time, batch, width of x, size of c.
    projection : int
        The size of h, at most that of c; 0 for that of c.

    Returns
    -------
    (6, time, batch, size) array
        h, filled up with zeros; c, and the four gates.

    References
    ----------
    Hochreiter & Schmidhuber 1997, "Long short-term memory"; the forget gate is that of Gers et al.
    2000, "Learning to forget", the projection that of Sak et al. 2014, "Long short-term memory
    based recurrent neural network architectures", eq. 7.
    """
    x, h, c, w, v, b, d, *p = _unpacked(packed, _shapes(sizes, 4, 2, projection))
    (batch, size), given = c.shape, h.shape[1]
    half = np.full(4 * size, 0.5, packed.dtype)
    half[2 * size : 3 * size] = 1  # σ(x) = tanh(x/2)/2 + 1/2, so that one tanh serves all four
    v = v.T * half
    read = x.reshape(-1, x.shape[-1]) @ (w.T * half)  # of all steps at once
    read += (b + d) * half
    y = np.empty((6, len(x), batch, size), packed.dtype)
    y[0, ..., given:] = 0
    for t, gates in enumerate(read.reshape(len(x), batch, 4 * size)):
        gates += h @ v
        np.tanh(gates, out=gates)
        gates *= half
        gates += 1 - half
        i, f, n, o = y[2:, t] = gates.reshape(batch, 4, size).swapaxes(0, 1)
        c = y[1, t] = f * c + i * n
        h = o * np.tanh(c)
        if projection:
            h = h @ p[0].T
        y[0, t, :, :given] = h
    return y


def _lstm_back(g, y, packed, sizes, projection):
    x, first, start, w, v, _, _, *p = _unpacked(packed, _shapes(sizes, 4, 2, projection))
    given = np.shape(first)[1]
    dh, dc, dp = (np.zeros(np.shape(part), y.dtype) for part in (first, start, p[0] if p else ()))
    sent = []
    for t in reversed(range(len(x))):
        _, c, i, f, n, o = (y[k, t] for k in range(6))
        before, tanh = y[1, t - 1] if t else start, np.tanh(c)
        dh = g[0, t, :, :given] + dh
        if projection:
            dp = dp + np.transpose(dh) @ (o * tanh)
            dh = dh @ p[0]
        dc = g[1, t] + dc + dh * o * (1 - tanh * tanh)
        di = (g[2, t] + dc * n) * (i * (1 - i))
        df = (g[3, t] + dc * before) * (f * (1 - f))
        dn = (g[4, t] + dc * i) * (1 - n * n)
        do = (g[5, t] + dh * tanh) * (o * (1 - o))
        sent.append(np.concatenate([di, df, dn, do], 1))
        dh, dc = sent[-1] @ v, dc * f
    dz = np.concatenate(sent[::-1])
    h = y[0, :, :, :given]
    return _gradient(x, first, h, w, dz, dz, [dh, dc], [dp] if projection else ())


lstm = define(
    lstm,
    lambda g, y, packed, sizes, projection=0: _lstm_back(g, y, packed, sizes, projection),
    cases=_cases(4, 2, {}, {"projection": 1}),
    formulas=("g, swept back through time",),
)


# ---- gated recurrent units ---------------------------------------------------------------------


def gru(packed, sizes):
    """Gated recurrent units over a whole sequence.

    With z[t] = x[t] @ W.T + b and m[t] = h[t−1] @ V.T + d for the gates in PyTorch's order, r u n:
    r = σ(z + m), u = σ(z + m), n = tanh(z + r·m), and h[t] = (1 − u)·n + u·h[t−1].

    Parameters
    ----------
    packed : (count,) array
        x, h before the first step, W, V, b, d.
    sizes : (int, int, int, int)
        Time, batch, width of x, size of h.

    Returns
    -------
    (5, time, batch, size) array
        h, r, u, n, and m of n.

    References
    ----------
    Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder", eq. 5-8, with
    r applied after the product, as cuDNN and PyTorch do.
    """
    x, h, w, v, b, d = _unpacked(packed, _shapes(sizes, 3, 1))
    w, v, size = w.T.copy(), v.T.copy(), h.shape[-1]
    y = np.empty((5, len(x), *h.shape), packed.dtype)
    for t, given in enumerate(x):
        z, m = given @ w + b, h @ v + d
        gates = np.tanh((z[:, : 2 * size] + m[:, : 2 * size]) * 0.5) * 0.5 + 0.5  # σ, as above
        r, u = y[1, t], y[2, t] = gates[:, :size], gates[:, size:]
        m = y[4, t] = m[:, 2 * size :]
        n = y[3, t] = np.tanh(z[:, 2 * size :] + r * m)
        h = y[0, t] = n + u * (h - n)
    return y


def _gru_back(g, y, packed, sizes):
    x, first, w, v, _, _ = _unpacked(packed, _shapes(sizes, 3, 1))
    dh = np.zeros(np.shape(first), y.dtype)
    sent, sent_m = [], []
    for t in reversed(range(len(x))):
        _, r, u, n, m = (y[k, t] for k in range(5))
        before = y[0, t - 1] if t else first
        dh = g[0, t] + dh
        dn = (g[3, t] + dh * (1 - u)) * (1 - n * n)
        dr = (g[1, t] + dn * m) * (r * (1 - r))
        du = (g[2, t] + dh * (before - n)) * (u * (1 - u))
        sent.append(np.concatenate([dr, du, dn], 1))
        sent_m.append(np.concatenate([dr, du, dn * r + g[4, t]], 1))
        dh = dh * u + sent_m[-1] @ v
    dz, dm = np.concatenate(sent[::-1]), np.concatenate(sent_m[::-1])
    return _gradient(x, first, y[0], w, dz, dm, [dh])


gru = define(
    gru,
    lambda g, y, packed, sizes: _gru_back(g, y, packed, sizes),
    cases=_cases(3, 1),
    formulas=("g, swept back through time",),
)
