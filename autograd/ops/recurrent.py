"""Recurrent networks: a whole sequence in one operation, and back through it in one sweep.

What every step reads from outside, and the weight by which it reads the step before, come as the
rows of one array: the sweep through time then gives the gradient of both at once. The gates
are results too, so that the sweep does not compute them again.
"""

from __future__ import annotations

import numpy as np

from ..op import define


def _parts(rows, size, batch, gates, bias=0):
    """What each step reads, (time, batch, gates · size), and the weight of the step before."""
    steps = (np.shape(rows)[0] - size - bias) // batch
    inputs = np.reshape(rows[: steps * batch], (steps, batch, gates * size))
    return inputs, rows[steps * batch : steps * batch + size]


def _shifted(first, states):
    """The state before each step."""
    return np.concatenate([first[None], states[:-1]])


def _flat(x):
    """Time and batch joined."""
    return np.reshape(x, (-1, np.shape(x)[-1]))


# ---- the simple network ------------------------------------------------------------------------


def rnn(rows, state, nonlinearity="tanh"):
    """h[t] = tanh(z[t] + h[t−1] @ W), for every step t.

    Parameters
    ----------
    rows : (time · batch + size, size) array
        z, step after step, then W.
    state : (batch, size) array
        h before the first step.
    nonlinearity : {"tanh", "relu"}

    Returns
    -------
    (time, batch, size) array

    References
    ----------
    Elman 1990, "Finding structure in time".
    """
    z, weight = _parts(rows, state.shape[1], state.shape[0], 1)
    y = np.empty(z.shape, z.dtype)
    h = state
    for t, given in enumerate(z):
        h = given + h @ weight
        h = y[t] = np.tanh(h) if nonlinearity == "tanh" else np.maximum(h, 0)
    return y


def _rnn_back(g, y, rows, state, nonlinearity):
    weight = np.transpose(rows[-np.shape(y)[-1] :]).copy()
    sent, dh = [], np.zeros(np.shape(state), y.dtype)
    for t in reversed(range(np.shape(y)[0])):
        slope = 1 - y[t] * y[t] if nonlinearity == "tanh" else (y[t] > 0).astype(y.dtype)
        sent.append((g[t] + dh) * slope)
        dh = sent[-1] @ weight
    dz = np.concatenate(sent[::-1])
    return np.concatenate([dz, np.transpose(_flat(_shifted(state, y))) @ dz]), dh


rnn = define(
    rnn,
    lambda g, y, rows, state, nonlinearity="tanh": _rnn_back(g, y, rows, state, nonlinearity)[0],
    lambda g, y, rows, state, nonlinearity="tanh": _rnn_back(g, y, rows, state, nonlinearity)[1],
    shapes=[((3 * 2 + 2, 2), (2, 2)), ((1 + 1, 1), (1, 1))],
    settings=[{}, {"nonlinearity": "relu"}],
    formulas=("g, swept back through time", "g, swept back to the start"),
)


# ---- long short-term memory --------------------------------------------------------------------


def lstm(rows, state):
    """Long short-term memory over a whole sequence.

    With the gates a[t] = z[t] + h[t−1] @ W in PyTorch's order, i f n o:
    c[t] = σ(f)·c[t−1] + σ(i)·tanh(n) and h[t] = σ(o)·tanh(c[t]).

    Parameters
    ----------
    rows : (time · batch + size, 4 · size) array
        z, step after step, then W.
    state : (2, batch, size) array
        h and c before the first step.

    Returns
    -------
    (6, time, batch, size) array
        h, c, and the four gates.

    References
    ----------
    Hochreiter & Schmidhuber 1997, "Long short-term memory"; the forget gate is that of Gers et al.
    2000, "Learning to forget".
    """
    _, batch, size = state.shape
    half = np.full(4 * size, 0.5, rows.dtype)
    half[2 * size : 3 * size] = 1  # σ(x) = tanh(x/2)/2 + 1/2, so that one tanh serves all four
    z, weight = _parts(rows, size, batch, 4)
    y = np.empty((6, len(z), batch, size), rows.dtype)
    h, c = state
    for t, given in enumerate(z):
        gates = h @ weight
        gates += given
        gates *= half
        np.tanh(gates, out=gates)
        gates *= half
        gates += 1 - half
        i, f, n, o = y[2:, t] = gates.reshape(batch, 4, size).swapaxes(0, 1)
        c = y[1, t] = f * c + i * n
        h = y[0, t] = o * np.tanh(c)
    return y


def _lstm_back(g, y, rows, state):
    size = np.shape(y)[-1]
    weight = np.transpose(rows[-size:]).copy()
    dh = dc = np.zeros(np.shape(y)[2:], y.dtype)
    sent = []
    for t in reversed(range(np.shape(y)[1])):
        _, c, i, f, n, o = (y[k, t] for k in range(6))
        before, tanh = y[1, t - 1] if t else state[1], np.tanh(c)
        dh = g[0, t] + dh
        dc = g[1, t] + dc + dh * o * (1 - tanh * tanh)
        di = (g[2, t] + dc * n) * (i * (1 - i))
        df = (g[3, t] + dc * before) * (f * (1 - f))
        dn = (g[4, t] + dc * i) * (1 - n * n)
        do = (g[5, t] + dh * tanh) * (o * (1 - o))
        sent.append(np.concatenate([di, df, dn, do], -1))
        dh, dc = sent[-1] @ weight, dc * f
    dz = np.concatenate(sent[::-1])
    dweight = np.transpose(_flat(_shifted(state[0], y[0]))) @ dz
    return np.concatenate([dz, dweight]), np.stack([dh, dc])


lstm = define(
    lstm,
    lambda g, y, rows, state: _lstm_back(g, y, rows, state)[0],
    lambda g, y, rows, state: _lstm_back(g, y, rows, state)[1],
    label="lstm",
    shapes=[((3 * 2 + 2, 8), (2, 2, 2)), ((1 + 1, 4), (2, 1, 1))],
    formulas=("g, swept back through time", "g, swept back to the start"),
)


# ---- gated recurrent units ---------------------------------------------------------------------


def gru(rows, state):
    """Gated recurrent units over a whole sequence.

    With m[t] = h[t−1] @ W + b and the gates in PyTorch's order, r u n: r = σ(z + m),
    u = σ(z + m), n = tanh(z + r·m), and h[t] = (1 − u)·n + u·h[t−1].

    Parameters
    ----------
    rows : (time · batch + size + 1, 3 · size) array
        z, step after step, then W, then b.
    state : (batch, size) array
        h before the first step.

    Returns
    -------
    (5, time, batch, size) array
        h, r, u, n, and m of n.

    References
    ----------
    Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder", eq. 5-8, with
    r applied after the product, as cuDNN and PyTorch do.
    """
    batch, size = state.shape
    z, weight = _parts(rows, size, batch, 3, bias=1)
    y = np.empty((5, len(z), batch, size), rows.dtype)
    h = state
    for t, given in enumerate(z):
        m = h @ weight
        m += rows[-1]
        gates = np.tanh((given[:, : 2 * size] + m[:, : 2 * size]) * 0.5) * 0.5 + 0.5
        r, u = y[1, t], y[2, t] = gates[:, :size], gates[:, size:]
        y[4, t] = m[:, 2 * size :]
        n = y[3, t] = np.tanh(given[:, 2 * size :] + r * y[4, t])
        h = y[0, t] = n + u * (h - n)
    return y


def _gru_back(g, y, rows, state):
    size = np.shape(y)[-1]
    weight = np.transpose(rows[-size - 1 : -1]).copy()
    dh = np.zeros(np.shape(state), y.dtype)
    sent, sent_m = [], []
    for t in reversed(range(np.shape(y)[1])):
        _, r, u, n, m = (y[k, t] for k in range(5))
        before = y[0, t - 1] if t else state
        dh = g[0, t] + dh
        dn = (g[3, t] + dh * (1 - u)) * (1 - n * n)
        dr = (g[1, t] + dn * m) * (r * (1 - r))
        du = (g[2, t] + dh * (before - n)) * (u * (1 - u))
        sent.append(np.concatenate([dr, du, dn], -1))
        sent_m.append(np.concatenate([dr, du, dn * r + g[4, t]], -1))
        dh = dh * u + sent_m[-1] @ weight
    dz, dm = np.concatenate(sent[::-1]), np.concatenate(sent_m[::-1])
    dweight = np.transpose(_flat(_shifted(state, y[0]))) @ dm
    return np.concatenate([dz, dweight, np.sum(dm, axis=0, keepdims=True)]), dh


gru = define(
    gru,
    lambda g, y, rows, state: _gru_back(g, y, rows, state)[0],
    lambda g, y, rows, state: _gru_back(g, y, rows, state)[1],
    shapes=[((3 * 2 + 2 + 1, 6), (2, 2)), ((1 + 1 + 1, 3), (1, 1))],
    formulas=("g, swept back through time", "g, swept back to the start"),
)
