"""Layers forward and backward, and optimisers, as one writes them in NumPy without an engine.

Images are channels last here, (batch, height, width, channels): a patch's numbers then lie side by
side, and one matrix product does a convolution.
"""

from __future__ import annotations

import itertools
import math

import numpy as np


def softmax_cross_entropy(scores, labels):
    """The mean loss, and its gradient by the scores."""
    rows = np.arange(len(labels))
    shifted = scores - scores.max(1, keepdims=True)
    p = np.exp(shifted)
    total = p.sum(1, keepdims=True)
    loss = (np.log(total[:, 0]) - shifted[rows, labels]).mean()
    p /= total
    p[rows, labels] -= 1
    p /= len(labels)
    return loss, p


def kernel_matrix(weight):
    """PyTorch's (out, in, k, k) as the (k · k · in, out) that patches are multiplied by."""
    return weight.transpose(2, 3, 1, 0).reshape(-1, len(weight))


def pad(x, padding):
    """The images with zeros around them."""
    n, h, w, c = x.shape
    padded = np.zeros((n, h + 2 * padding, w + 2 * padding, c), x.dtype)
    padded[:, padding : padding + h, padding : padding + w] = x
    return padded


def blocks(padded, k):
    """Slices of a few images each, with room for their patches, which then stay in the cache."""
    n, h, w, c = padded.shape
    shape = h - k + 1, w - k + 1, k, k, c
    size = max(1, 2**18 // math.prod(shape))
    room = np.empty((size, *shape), padded.dtype)
    for start in range(0, n, size):
        part = slice(start, min(start + size, n))
        yield part, room[: part.stop - start]


def windows(images, k):
    """For each place in a kernel, the part of the images that it is laid on."""
    h, w = images.shape[1] - k + 1, images.shape[2] - k + 1
    for i, j in itertools.product(range(k), range(k)):
        yield i, j, images[:, i : i + h, j : j + w]


def convolution(padded, weight, bias):
    """The convolution of padded images."""
    out, _, k, _ = weight.shape
    matrix = kernel_matrix(weight)
    n, h, w, _ = padded.shape
    y = np.empty((n, h - k + 1, w - k + 1, out), padded.dtype)
    for part, room in blocks(padded, k):
        for i, j, window in windows(padded[part], k):
            room[:, :, :, i, j] = window
        np.matmul(room.reshape(-1, len(matrix)), matrix, out=y[part].reshape(-1, out))
    y += bias
    return y


def convolution_backward(g, padded, weight, padding, image=True):
    """The gradients of the image (None if not asked for), the weight and the bias."""
    out, channels, k, _ = weight.shape
    matrix = kernel_matrix(weight)
    transposed = np.ascontiguousarray(matrix.T)
    by_matrix, by_image = np.zeros_like(matrix), np.zeros_like(padded)
    for part, room in blocks(padded, k):
        for i, j, window in windows(padded[part], k):
            room[:, :, :, i, j] = window
        columns, rows = room.reshape(-1, len(matrix)), g[part].reshape(-1, out)
        by_matrix += columns.T @ rows
        if image:
            np.matmul(rows, transposed, out=columns)
            for i, j, window in windows(by_image[part], k):
                window += room[:, :, :, i, j]
    by_weight = by_matrix.reshape(k, k, channels, out).transpose(3, 2, 0, 1)
    height, width = (side - 2 * padding for side in padded.shape[1:3])
    inside = by_image[:, padding : padding + height, padding : padding + width]
    return inside if image else None, by_weight, g.sum((0, 1, 2))


def _corners(x):
    return [x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)]


def max_pool(x):
    """The maximum of each 2 x 2 block."""
    a, b, c, d = _corners(x)
    return np.maximum(np.maximum(a, b), np.maximum(c, d))


def max_pool_backward(g, y, x):
    """All of a block's gradient goes to its first maximum."""
    out = np.empty_like(x)
    free = np.ones(y.shape, bool)
    for corner, target in zip(_corners(x), _corners(out), strict=True):
        chosen = (corner == y) & free
        np.multiply(g, chosen, out=target)
        free &= ~chosen
    return out


class SGD:
    """Changes parameters in place."""

    def __init__(self, parameters, lr, momentum=0.0):
        self.lr, self.momentum = lr, momentum
        self.velocity = {name: np.zeros_like(p) for name, p in parameters.items() if momentum}

    def step(self, parameters, gradients):
        for name, p in parameters.items():
            direction = gradients[name]
            if self.momentum:
                velocity = self.velocity[name]
                velocity *= self.momentum
                velocity += direction
                direction = velocity
            p -= self.lr * direction


class Adam:
    """Changes parameters in place (Kingma & Ba 2015, algorithm 1)."""

    def __init__(self, parameters, lr, betas=(0.9, 0.999), eps=1e-8):
        self.lr, self.betas, self.eps, self.time = lr, betas, eps, 0
        self.moments = {
            name: (np.zeros_like(p), np.zeros_like(p), np.empty_like(p))
            for name, p in parameters.items()
        }

    def step(self, parameters, gradients):
        self.time += 1
        first, second = self.betas
        rate = self.lr / (1 - first**self.time)
        correction = 1 / np.sqrt(1 - second**self.time)
        for name, p in parameters.items():
            g, (m, v, room) = gradients[name], self.moments[name]
            m *= first
            m += np.multiply(g, 1 - first, out=room)
            v *= second
            np.multiply(g, g, out=room)
            room *= 1 - second
            v += room
            np.sqrt(v, out=room)
            room *= correction
            room += self.eps
            np.divide(m, room, out=room)
            room *= rate
            p -= room
