"""Attention and transformers beside PyTorch's; masks; learning to sort."""

import warnings

import numpy as np
import pytest
from beside_pytorch import beside_pytorch, flat, same_arguments

import nn
import nn.functional as F
from autograd import Value, check_gradients

RNG = np.random.default_rng(0)
CAUSAL = nn.Transformer.generate_square_subsequent_mask(4, np.float64)
SETTINGS = [
    {},
    {"bias": False},
    {"batch_first": True},
    {"kdim": 5, "vdim": 7},
    {"kdim": 5, "bias": False, "batch_first": True},
    {"add_bias_kv": True},
    {"add_zero_attn": True, "bias": False, "batch_first": True},
    {"add_bias_kv": True, "add_zero_attn": True, "kdim": 5, "vdim": 7},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("average", [True, False])
def test_heads_like_pytorch(settings, single, average):
    torch = pytest.importorskip("torch")
    ours, theirs = (lib.MultiheadAttention(6, 3, **settings) for lib in (nn, torch.nn))
    widths = 6, settings.get("kdim", 6), settings.get("vdim", 6)

    def drawn(length, width):
        shape = (2, length) if settings.get("batch_first") else (length, 2)
        return RNG.normal(size=(length, width) if single else (*shape, width))

    x = [drawn(n, width) for n, width in zip((4, 5, 5), widths, strict=True)]
    beside_pytorch(ours.double(), theirs, *x, average_attn_weights=average)
    beside_pytorch(ours.double(), theirs, *x, need_weights=False)


@pytest.mark.parametrize("padding", [None, "bool", "float"])
@pytest.mark.parametrize("mask", [None, "bool", "float", "each head"])
@pytest.mark.parametrize("more", [False, True])
def test_masks_like_pytorch(padding, mask, more):
    torch = pytest.importorskip("torch")
    settings = dict(batch_first=True, add_bias_kv=more, add_zero_attn=more)
    ours, theirs = (lib.MultiheadAttention(6, 2, **settings) for lib in (nn, torch.nn))
    x = RNG.normal(size=(3, 4, 6))
    masks = {
        None: None,
        "bool": np.isinf(CAUSAL),
        "float": RNG.normal(size=(4, 4)),
        "each head": RNG.random((6, 4, 4)) > 2,
    }
    pads = {
        None: None,
        "bool": np.array([[0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 1, 1]], bool),
        "float": RNG.normal(size=(3, 4)),
    }
    if mask == "each head":
        masks[mask][:, :, 2] = True
    given = {"attn_mask": masks[mask], "key_padding_mask": pads[padding]}
    if "float" in (mask, padding) and {mask, padding} != {"float"}:  # PyTorch wants both alike
        given = {
            k: m if m is None or m.dtype != bool else np.where(m, -np.inf, 0.0)
            for k, m in given.items()
        }
    beside_pytorch(ours.double(), theirs, x, x, x, **given)


def test_a_hint_that_the_mask_is_causal():
    layer = nn.MultiheadAttention(6, 2, dtype=np.float64)
    x = RNG.normal(size=(4, 6))
    a = layer(x, x, x, attn_mask=CAUSAL, is_causal=True)[0]
    np.testing.assert_array_equal(a.data, layer(x, x, x, attn_mask=CAUSAL)[0].data)
    changed = x.copy()
    changed[-1] = 9
    np.testing.assert_allclose(  # nobody looked at the last place but itself
        layer(changed, changed, changed, attn_mask=CAUSAL)[0].data[:-1], a.data[:-1], rtol=1e-12
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"is_causal": True},
        {"scale": 0.3},
        {"attn_mask": RNG.random((4, 5)) > 0.3},
        {"attn_mask": RNG.normal(size=(2, 1, 4, 5))},
    ],
    ids=lambda s: " ".join(s),
)
def test_product_attention_like_pytorch(settings):
    torch = pytest.importorskip("torch")
    x = [RNG.normal(size=(2, 3, n, 6)) for n in (4, 5, 5)]
    a = [Value(v) for v in x]
    b = [torch.tensor(v, requires_grad=True) for v in x]
    tensors = {k: torch.tensor(m) if k == "attn_mask" else m for k, m in settings.items()}
    y = F.scaled_dot_product_attention(*a, **settings)
    z = torch.nn.functional.scaled_dot_product_attention(*b, **tensors)
    seed = RNG.normal(size=y.shape)
    y.backward(seed)
    z.backward(torch.tensor(seed))
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-10, atol=1e-12)
    for v, w in zip(a, b, strict=True):
        np.testing.assert_allclose(v.grad, w.grad.numpy(), rtol=1e-9, atol=1e-11)


def test_shared_heads_like_pytorch():
    torch = pytest.importorskip("torch")
    x = [RNG.normal(size=(2, heads, 4, 6)) for heads in (6, 3, 3)]
    z = torch.nn.functional.scaled_dot_product_attention(*map(torch.tensor, x), enable_gqa=True)
    y = F.scaled_dot_product_attention(*x, enable_gqa=True)
    np.testing.assert_allclose(y, z.numpy(), rtol=1e-10)
    x[2] = x[2][:, :2]  # keys and values need not have equally many
    z = torch.nn.functional.scaled_dot_product_attention(*map(torch.tensor, x), enable_gqa=True)
    y = F.scaled_dot_product_attention(*x, enable_gqa=True)
    np.testing.assert_allclose(y, z.numpy(), rtol=1e-10)
    with pytest.raises(ValueError, match="divide those of queries"):
        F.scaled_dot_product_attention(x[1], x[0], x[0], enable_gqa=True)


@pytest.mark.parametrize("settings", [{}, {"kdim": 5, "vdim": 7}, {"add_bias_kv": True}], ids=str)
@pytest.mark.parametrize("single", [True, False])
def test_the_function_is_the_layer(settings, single):
    layer = nn.MultiheadAttention(6, 3, rng=0, dtype=np.float64, **settings)
    inputs = [
        RNG.normal(size=(n, width) if single else (n, 2, width))
        for n, width in ((4, 6), (5, layer.kdim), (5, layer.vdim))
    ]
    given = dict(
        training=False,
        attn_mask=np.tri(4, 5) == 0,
        average_attn_weights=False,
        use_separate_proj_weight=layer.in_proj_weight is None,
        q_proj_weight=layer.q_proj_weight,
        k_proj_weight=layer.k_proj_weight,
        v_proj_weight=layer.v_proj_weight,
    )
    found = F.multi_head_attention_forward(
        *inputs, 6, 3, layer.in_proj_weight, layer.in_proj_bias, layer.bias_k, layer.bias_v,
        False, 0.5, layer.out_proj.weight, layer.out_proj.bias, **given,
    )  # fmt: skip
    expected = layer(*inputs, attn_mask=given["attn_mask"], average_attn_weights=False)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours.data, theirs.data)
    with pytest.raises(ValueError, match="embed_dim_to_check is 8"):
        F.multi_head_attention_forward(
            *inputs, 8, 3, layer.in_proj_weight, layer.in_proj_bias, None, None,
            False, 0.0, layer.out_proj.weight, None, **given,
        )  # fmt: skip


def test_sources_of_its_own_without_pytorchs_help():
    layer = nn.MultiheadAttention(2, 1, bias=False, add_zero_attn=True, dtype=np.float64)
    for parameter in layer.parameters():
        parameter.data[...] = np.resize(np.eye(2), parameter.shape)
    x = np.array([[np.sqrt(2) * np.log(3), 0.0]])
    y, weights = layer(x, np.array([[1.0, 0.0]]), np.array([[1.0, 0.0]]))
    np.testing.assert_allclose(weights.data, [[0.75, 0.25]])  # e^log 3 to e^0
    np.testing.assert_allclose(y.data, [[0.75, 0.0]])


def test_nowhere_to_look_gives_zeros():
    x = Value(RNG.normal(size=(3, 4)))
    mask = np.array([[True, False, True], [False] * 3, [True] * 3])
    y = F.scaled_dot_product_attention(x, x, x, mask)
    assert not y.data[1].any() and y.data[0].any()
    y.sum().backward()
    assert np.isfinite(x.grad).all()
    layer = nn.MultiheadAttention(4, 2)
    _, weights = layer(x, x, x, key_padding_mask=np.ones(3, bool))
    assert not weights.data.any()


def test_learnt_masks_get_gradients():
    mask = RNG.normal(size=(3, 3))
    x = RNG.normal(size=(2, 3, 4))
    check_gradients(lambda x, m: F.scaled_dot_product_attention(x, x, x, m), x, mask, order=2)


BLOCKS = [
    {},
    {"batch_first": True},
    {"norm_first": True},
    {"activation": "gelu"},
    {"bias": False, "layer_norm_eps": 0.1},
    {"norm_first": True, "batch_first": True, "bias": False},
]
each_block = pytest.mark.parametrize("settings", BLOCKS, ids=str)


@each_block
def test_encoder_layer_like_pytorch(settings):
    torch = pytest.importorskip("torch")
    given = settings | {"dropout": 0.0}
    ours, theirs = (lib.TransformerEncoderLayer(6, 2, 10, **given) for lib in (nn, torch.nn))
    x = RNG.normal(size=(4, 4, 6))
    close = {"rtol": 1e-7, "atol": 1e-9}
    beside_pytorch(ours.double(), theirs, x, **close)
    beside_pytorch(ours, theirs, x, src_mask=CAUSAL, is_causal=True, **close)
    beside_pytorch(ours, theirs, x, src_key_padding_mask=np.eye(4, dtype=bool), **close)
    beside_pytorch(ours, theirs, x[0], **close)


@each_block
def test_decoder_layer_like_pytorch(settings):
    torch = pytest.importorskip("torch")
    given = settings | {"dropout": 0.0}
    ours, theirs = (lib.TransformerDecoderLayer(6, 2, 10, **given) for lib in (nn, torch.nn))
    x, memory = RNG.normal(size=(4, 4, 6)), RNG.normal(size=(4, 4, 6))
    close = {"rtol": 1e-7, "atol": 1e-9}
    beside_pytorch(ours.double(), theirs, x, memory, **close)
    masks = {"tgt_mask": CAUSAL, "memory_key_padding_mask": np.where(np.eye(4), -np.inf, 0.0)}
    beside_pytorch(ours, theirs, x, memory, **masks, **close)


@pytest.mark.parametrize("norm_first", [True, False])
def test_transformer_like_pytorch(norm_first):
    torch = pytest.importorskip("torch")
    given = dict(dim_feedforward=8, dropout=0.0, batch_first=True, norm_first=norm_first)
    with warnings.catch_warnings(action="ignore"):  # PyTorch's, of a faster way that it does not go
        ours, theirs = (lib.Transformer(6, 2, 2, 2, **given) for lib in (nn, torch.nn))
    src, tgt = RNG.normal(size=(3, 5, 6)), RNG.normal(size=(3, 4, 6))
    close = {"rtol": 1e-6, "atol": 1e-8}
    beside_pytorch(ours.double(), theirs, src, tgt, **close)
    beside_pytorch(ours, theirs, src, tgt, tgt_mask=CAUSAL, tgt_is_causal=True, **close)
    np.testing.assert_array_equal(
        CAUSAL, torch.nn.Transformer.generate_square_subsequent_mask(4).numpy()
    )


def test_stacks_hold_copies_of_their_own():
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.5, rng=0)
    stack = nn.TransformerEncoder(layer, 3, nn.LayerNorm(4))
    first, second = stack.layers[0].linear1.weight, stack.layers[1].linear1.weight
    assert first is not second and (first.data == second.data).all()
    assert len(list(stack.parameters())) == 3 * 12 + 2
    drawn = {id(module.rng) for module in stack.modules() if isinstance(module, nn.Dropout)}
    assert drawn == {id(layer.dropout.rng)}  # one stream: the layers drop different numbers
    x = Value(RNG.normal(size=(3, 4)).astype(np.float32))
    stack(x).sum().backward()
    assert all(p.grad is not None for p in stack.parameters())
    assert all(p.grad is None for p in layer.parameters())


def test_starts_as_pytorchs():
    layer = nn.MultiheadAttention(200, 4, rng=0)
    bound = np.sqrt(6 / 800)
    assert np.abs(layer.in_proj_weight.data).max() <= bound
    assert layer.in_proj_weight.data.std() == pytest.approx(bound / np.sqrt(3), rel=0.02)
    assert not layer.in_proj_bias.data.any() and not layer.out_proj.bias.data.any()
    assert np.abs(layer.out_proj.weight.data).max() <= 1 / np.sqrt(200)
    whole = nn.Transformer(40, 2, 1, 1, 80, rng=0)
    weight = whole.decoder.layers[0].linear1.weight.data
    assert np.abs(weight).max() == pytest.approx(np.sqrt(6 / 120), rel=0.01)


def test_dropout_and_float32():
    x = RNG.normal(size=(2, 5, 8)).astype(np.float32)
    for layer in (
        nn.MultiheadAttention(8, 2, dropout=0.5, rng=0),
        nn.TransformerEncoderLayer(8, 2, 16, dropout=0.5, rng=0),
    ):
        args = (x, x, x) if isinstance(layer, nn.MultiheadAttention) else (x,)
        first, second = (np.asarray(flat(layer(*args))[0].data) for _ in range(2))
        assert first.dtype == np.float32
        assert not np.array_equal(first, second)
        layer.eval()
        first, second = (flat(layer(*args))[0].data for _ in range(2))
        np.testing.assert_array_equal(first, second)


def test_positions():
    layer = nn.PositionalEncoding(5, dropout=0.0, max_len=10)
    x = np.zeros((7, 2, 5), np.float32)
    y = layer(x)
    np.testing.assert_allclose(y[0], [[0, 1, 0, 1, 0]] * 2)
    np.testing.assert_allclose(y[3, 0, :2], [np.sin(3), np.cos(3)], rtol=1e-6)
    np.testing.assert_allclose(y[3, 0, 4], np.sin(3 / 10000 ** (4 / 5)), rtol=1e-5)
    first = nn.PositionalEncoding(5, dropout=0.0, max_len=10, batch_first=True)
    np.testing.assert_array_equal(first(np.swapaxes(x, 0, 1)), np.swapaxes(y, 0, 1))
    np.testing.assert_array_equal(layer(x[:, 0]), y[:, 0])
    assert y.dtype == np.float32 and not layer.state_dict()
    with pytest.raises(ValueError, match="10 places"):
        layer(np.zeros((11, 5)))


def test_arguments_are_pytorchs():
    torch = pytest.importorskip("torch")
    for name in (
        "MultiheadAttention",
        "TransformerEncoderLayer",
        "TransformerDecoderLayer",
        "TransformerEncoder",
        "TransformerDecoder",
        "Transformer",
    ):
        ours, theirs = getattr(nn, name), getattr(torch.nn, name)
        same_arguments(name, ours, theirs)
        same_arguments(name, ours.forward, theirs.forward)
    name = "multi_head_attention_forward"
    same_arguments(name, getattr(F, name), getattr(torch.nn.functional, name))


def test_what_is_refused():
    with pytest.raises(ValueError, match="must divide"):
        nn.MultiheadAttention(5, 2)
    layer, x = nn.MultiheadAttention(4, 2), np.zeros((3, 2, 4))
    with pytest.raises(ValueError, match="takes query, key and value"):
        layer(x, np.zeros((3, 1, 4)), np.zeros((3, 1, 4)))
    with pytest.raises(ValueError, match=r"must be \(3, 3\), or \(4, 3, 3\)"):
        layer(x, x, x, attn_mask=np.zeros((2, 3)))
    with pytest.raises(ValueError, match="key_padding_mask"):
        layer(x, x, x, np.zeros((3, 3), bool))
    with pytest.raises(TypeError, match="booleans or floating"):
        layer(x, x, x, attn_mask=np.zeros((3, 3), int))
    with pytest.raises(ValueError, match="give the mask too"):
        layer(x, x, x, is_causal=True)
    with pytest.raises(ValueError, match="not both"):
        F.scaled_dot_product_attention(x, x, x, np.ones((2, 2), bool), is_causal=True)
    with pytest.raises(ValueError, match="one width"):
        F.scaled_dot_product_attention(x, np.zeros((3, 2, 5)), x)
    with pytest.raises(ValueError, match="'relu', 'gelu'"):
        nn.TransformerEncoderLayer(4, 2, activation="sine")


def test_learns_to_sort():
    rng = np.random.default_rng(0)

    class Sorter(nn.Module):
        def __init__(self):
            self.embed = nn.Embedding(5, 32, rng=rng)
            self.place = nn.PositionalEncoding(32, 0.0, 16, batch_first=True)
            self.block = nn.TransformerEncoder(
                nn.TransformerEncoderLayer(
                    32, 4, 64, 0.0, batch_first=True, norm_first=True, rng=rng
                ),
                2,
            )
            self.head = nn.Linear(32, 5, rng=rng)

        def forward(self, x):
            return self.head(self.block(self.place(self.embed(x))))

    model = Sorter()
    optimizer = nn.optim.Adam(model.parameters(), lr=0.003)
    for _ in range(200):
        x = rng.integers(0, 5, (64, 5))
        loss = F.cross_entropy(model(x).reshape(-1, 5), np.sort(x).ravel())
        optimizer.zero_grad()
        loss.backward(leaves_only=True)
        optimizer.step()
    x = rng.integers(0, 5, (200, 5))
    assert (model(x).data.argmax(-1) == np.sort(x)).mean() > 0.95
