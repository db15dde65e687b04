"""What w5 and w6 need of peers that have no layers: (convolution, 2 x 2 max pooling, relu).

``convolution(x, weight, bias, padding)`` takes PyTorch's shapes.
"""

from __future__ import annotations


def hips():
    """As in the examples of HIPS autograd."""
    import autograd.numpy as anp
    from autograd.scipy.signal import convolve

    def convolution(x, weight, bias, padding):
        if padding:
            x = anp.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)], "constant")
        flipped = weight[:, :, ::-1, ::-1]
        y = convolve(x, flipped, axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")
        return y + bias[:, None, None]

    def pool(x):
        n, channels, height, width = x.shape
        blocks = x.reshape((n, channels, height // 2, 2, width // 2, 2))
        return anp.max(anp.max(blocks, axis=5), axis=3)

    return convolution, pool, lambda x: anp.maximum(x, 0)


def jax():
    import jax

    def convolution(x, weight, bias, padding):
        sides = [(padding, padding)] * 2
        y = jax.lax.conv_general_dilated(x, weight, (1, 1), sides)
        return y + bias[:, None, None]

    def pool(x):
        window = (1, 1, 2, 2)
        return jax.lax.reduce_window(x, -jax.numpy.inf, jax.lax.max, window, window, "VALID")

    return convolution, pool, jax.nn.relu


def mygrad():
    from mygrad.nnet.activations import relu
    from mygrad.nnet.layers import conv_nd, max_pool

    def convolution(x, weight, bias, padding):
        return conv_nd(x, weight, stride=1, padding=padding) + bias.reshape(-1, 1, 1)

    return convolution, lambda x: max_pool(x, (2, 2), 2), relu
