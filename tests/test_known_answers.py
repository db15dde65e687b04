"""Numbers from the teaching texts that this project grew from."""

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from autograd.check import check_gradients


def weighted_sum(weights, inputs):
    total = weights[0] * inputs[0]
    for w, x in zip(weights[1:], inputs[1:], strict=True):
        total = total + w * x
    return total


def test_weighted_sum():
    out = weighted_sum([Value(0.1), Value(0.3), Value(0.2)], (0.35, 0.12, 0.6))
    assert out.item() == pytest.approx(0.191, abs=1e-12)


def neuron(weights, bias, inputs):
    return (weighted_sum(weights, inputs) + bias).sigmoid()


def test_one_sigmoid_neuron():
    out = neuron([Value(0.0), Value(1.0)], Value(4.0), (2.0, 3.0))
    assert out.item() == pytest.approx(0.9990889, abs=1e-7)


def small_net(weights, biases, inputs):
    """Two inputs, two hidden sigmoid neurons, one sigmoid output."""
    w1, w2, w3, w4, w5, w6 = weights
    h1 = neuron([w1, w2], biases[0], inputs)
    h2 = neuron([w3, w4], biases[1], inputs)
    return neuron([w5, w6], biases[2], (h1, h2))


def test_two_hidden_neurons_into_a_third():
    weights = [Value(w) for w in (0.0, 1.0, 0.0, 1.0, 0.0, 1.0)]
    out = small_net(weights, [0.0, 0.0, 0.0], (2.0, 3.0))
    assert out.item() == pytest.approx(0.7216325609518421, abs=1e-12)


def test_gradient_of_the_first_weight():
    weights = [Value(1.0) for _ in range(6)]
    out = small_net(weights, [0.0, 0.0, 0.0], (-2.0, -1.0))
    assert out.item() == pytest.approx(0.524, abs=5e-4)
    loss = (1.0 - out) ** 2
    loss.backward()
    # The text multiplies factors of three figures, -0.952 · 0.249 · -0.0904, and gets 0.0214.
    assert weights[0].grad == pytest.approx(0.0214, abs=1e-4)
    assert weights[0].grad == pytest.approx(0.02146953526581111, rel=1e-12)


def relu_layer(x, *rows):
    return np.maximum(np.array(rows, dtype=float) @ x, 0)


def test_two_relu_layers():
    x = Value(np.array([3.0, 5.0]))
    hidden = relu_layer(relu_layer(x, (2, 4), (4, -5)), (-1, 1), (2, 2))
    out = autograd.relu(np.array([2.0, 7.0]) @ hidden)
    assert out.item() == 364.0


def test_relu_hidden_and_linear_output():
    x = Value(np.array([-1.0, 2.0]))
    out = np.array([2.0, -1.0]) @ relu_layer(x, (3, 3), (1, 5))
    assert out.item() == -3.0


@pytest.mark.parametrize("seed", range(5))
def test_chain_of_four_sigmoid_neurons(seed):
    rng = np.random.default_rng(seed)
    weights = [Value(w) for w in rng.normal(size=4).tolist()]
    biases = rng.normal(size=4).tolist()
    x = 0.7
    activations = [x]
    a = x
    for w, b in zip(weights, biases, strict=True):
        a = (w * a + b).sigmoid()
        activations.append(a.item())
    a.backward()
    for layer, weight in enumerate(weights):
        # dy/dw_l = x_l · s'(z_l) · w_(l+1) · s'(z_(l+1)) · ... with s' = s(1 - s)
        product = activations[layer]
        for later in range(layer, 4):
            s = activations[later + 1]
            product *= s * (1 - s)
            if later < 3:
                product *= weights[later + 1].item()
        assert weight.grad == pytest.approx(product, rel=1e-12)


def test_convolution_over_three_channels():
    image = np.zeros((1, 3, 4, 4))
    image[0, :, :2, :2] = [
        [[156, 155], [153, 154]],
        [[167, 166], [164, 165]],
        [[163, 162], [160, 161]],
    ]
    kernel = np.array(
        [[
            [[-1, -1, 1], [0, 1, -1], [0, 1, 1]],
            [[1, 0, 0], [1, -1, -1], [1, 0, -1]],
            [[0, 1, 1], [0, 1, 0], [1, -1, 1]],
        ]],
        dtype=float,
    )  # fmt: skip
    parts = [
        autograd.conv2d(image[:, c : c + 1], kernel[:, c : c + 1], padding="same")[0, 0, 0, 0]
        for c in range(3)
    ]
    assert parts == [308, -498, 164]
    out = autograd.conv2d(Value(image), kernel, np.array([1.0]), padding="same")
    assert out.shape == (1, 1, 4, 4)
    assert out[0, 0, 0, 0].item() == -25
    check_gradients(lambda k: autograd.conv2d(image / 100, k, None, padding="same"), kernel)


def test_a_line_is_learnt():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (100, 1)).astype(np.float32)
    model = nn.Linear(1, 1, rng=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    nn.fit(
        model, nn.functional.mse_loss, optimizer, (x, 2 * x + 5), epochs=30, progress=False, rng=1
    )
    assert model.weight.item() == pytest.approx(2, abs=0.01)
    assert model.bias.item() == pytest.approx(5, abs=0.01)


XOR = (
    np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32),
    np.array([[0], [1], [1], [0]], np.float32),
)


def xor_accuracy(model):
    loss = nn.functional.binary_cross_entropy_with_logits
    optimizer = nn.optim.Adam(model.parameters(), lr=0.05)
    nn.fit(model, loss, optimizer, XOR, epochs=300, batch_size=4, progress=False, rng=0)
    return nn.evaluate(model, loss, XOR)["accuracy"]


def test_xor_needs_a_hidden_layer():
    assert xor_accuracy(nn.Linear(2, 1, rng=0)) <= 0.75
    hidden = nn.Sequential(nn.Linear(2, 8, rng=0), nn.Tanh(), nn.Linear(8, 1, rng=1))
    assert xor_accuracy(hidden) == 1.0


@pytest.mark.parametrize("exponent", [-3, -2, -1, 0, 1, 2, 3, 4, 5.0, 7, 1.5, np.inf])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_powers_of_any_sign(exponent, dtype):
    a = np.array([-2.5, -1, -0.5, -0.0, 0.0, 0.3, 1, 3, np.inf, -np.inf, np.nan], dtype)
    with np.errstate(all="ignore"):
        found, expected = (Value(a) ** exponent).data, np.power(a, exponent)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=4 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


@pytest.mark.parametrize(
    ("dtype", "x", "g", "expected"),
    [
        ("f2", [10, 20, 1.5], [256, 256, 256], [13056, 6400, 51200]),
        ("f4", [1e30], [1e20], [1e20]),
        ("f4", [1e-30], [1e-20], [1e-20]),
        ("f8", [1e-300], [1e-30], [1e-30]),
        ("f4", [1e-25, 1e-10], [0, 1e-8], [1e-18, 1e-33]),
    ],
)
def test_products_near_the_ends_of_a_dtype(dtype, x, g, expected):
    x = Value(np.array(x, dtype))
    np.cumprod(x).backward(np.array(g, dtype))
    np.testing.assert_allclose(x.grad, np.array(expected, dtype), rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize(
    ("mode", "places", "expected"),
    [
        (0, [4, -1], [10, 0, 1]),
        (1, [4, -1], [0, 1, 10]),
        (2, [1, -1], [0, 1, 10]),
        ("clip", [4, -1], [10, 0, 1]),
        ("wrap", [4, -1], [0, 1, 10]),
        ("raise", [1, -1], [0, 1, 10]),
    ],
)
def test_take_goes_back_to_where_it_took(mode, places, expected):
    x = Value(np.array([1.0, 2.0, 3.0]))
    np.sum(np.take(x, places, mode=mode) * np.array([1.0, 10.0])).backward()
    np.testing.assert_array_equal(x.grad, expected)


@pytest.mark.parametrize("number", [np.array(2.0), 2.0, np.float64(2), np.float32(2)])
def test_single_numbers_along_an_axis(number):
    for function, slope in (
        (lambda x: np.repeat(x, 3, axis=0), 3),
        (lambda x: np.take(x, 0, axis=0), 1),
        (lambda x: np.cumprod(x, axis=0), 1),
        (lambda x: np.tile(x, True), 1),
    ):
        x = Value(number)
        np.sum(function(x)).backward()
        assert float(x.grad) == slope


def test_nothing_a_negative_number_of_times():
    for function in (np.tile, np.repeat):
        x = Value(np.ones(0))
        np.sum(function(x, -1)).backward()
        assert x.grad.shape == (0,)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_extremes_of_other_kinds_of_arrays():
    masked = Value(np.ma.masked_array([1.0, 5.0, 3.0], [0, 1, 0]))
    assert float(np.max(masked).data) == 3.0
    matrix = Value(np.matrix([[1.0, 5.0], [3.0, 2.0]]))
    assert np.max(matrix, axis=1).shape == (2, 1)
    assert np.min(matrix).shape == ()


def test_powers_beyond_whole_numbers():
    with np.errstate(over="ignore"):
        assert (Value(np.array([-2.0])) ** 9007199254740993).data == np.inf
