"""States in files: round trips, PyTorch's, crashes, damage."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nn

safetensors = pytest.importorskip("safetensors.numpy")


def net() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 5))


def test_a_module_goes_out_and_in(tmp_path):
    first, second = net(), net()
    nn.save(first, tmp_path / "net.safetensors")
    second.load_state_dict(nn.load(str(tmp_path / "net.safetensors")))
    x = np.random.default_rng(0).normal(size=(2, 1, 8, 8)).astype(np.float32)
    np.testing.assert_array_equal(first(x).data, second(x).data)


def test_any_nest_of_plain_things(tmp_path):
    tree = {
        "rows": [{"loss": 0.5, "n": 3}, {"loss": float("nan")}],
        "pair": (1, None, True, "text"),
        7: np.arange(6, dtype=np.int32).reshape(2, 3),
        "empty": np.zeros((0, 2)),
        "scalar": np.array(2.0),
        "number": np.float32(1.5),
        "big": 2**120,
        "turned": np.arange(6.0).reshape(2, 3).T,
    }
    nn.save(tree, tmp_path / "tree")
    back = nn.load(tmp_path / "tree")
    assert list(back) == list(tree)
    assert back["pair"] == tree["pair"] and back["big"] == tree["big"]
    assert np.isnan(back["rows"][1]["loss"]) and back["rows"][0] == tree["rows"][0]
    assert back["number"].dtype == np.float32
    for key in (7, "empty", "scalar", "turned"):
        np.testing.assert_array_equal(back[key], tree[key])
        assert back[key].dtype == tree[key].dtype and back[key].shape == tree[key].shape


def test_an_optimiser_goes_out_and_in(tmp_path):
    model = nn.Linear(3, 2, rng=0)
    optimizer = nn.optim.Adam(model.parameters(), lr=0.1)
    model(np.ones((4, 3), np.float32)).sum().backward()
    optimizer.step()
    nn.save(optimizer, tmp_path / "adam")
    other = nn.optim.Adam(model.parameters())
    other.load_state_dict(nn.load(tmp_path / "adam"))
    assert other.param_groups[0]["lr"] == 0.1
    before = {k: v.copy() for k, v in model.state_dict().items()}
    optimizer.step()
    after = model.state_dict()
    model.load_state_dict(before)
    other.step()
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, after[name])


def test_pytorch_reads_ours_and_we_read_pytorch_s(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file, save_file

    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 5)
    )
    ours = net()
    x = np.random.default_rng(0).normal(size=(2, 1, 8, 8)).astype(np.float32)
    save_file(theirs.state_dict(), tmp_path / "theirs")
    ours.load_state_dict(nn.load(tmp_path / "theirs"))
    expected = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours(x).data, expected, rtol=1e-6, atol=1e-6)
    other = net()
    nn.save(other, tmp_path / "ours")
    theirs.load_state_dict(load_file(tmp_path / "ours"))
    found = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(other(x).data, found, rtol=1e-6, atol=1e-6)


def test_damage_is_named_and_nothing_is_given(tmp_path):
    nn.save(net(), tmp_path / "net")
    whole = (tmp_path / "net").read_bytes()
    for content in (whole[:-1], whole[: len(whole) // 2], whole[:4], b"", b"PK\3\4" + whole):
        (tmp_path / "bad").write_bytes(content)
        with pytest.raises(ValueError, match=r"bad is no whole safetensors file"):
            nn.load(tmp_path / "bad")
    with pytest.raises(FileNotFoundError, match="no file"):
        nn.load(tmp_path / "none")


@pytest.mark.parametrize(
    "wrong", [{"a": object()}, {"a": np.array(["x"])}, {(1, 2): 3}, {"a": {1}}]
)
def test_what_cannot_be_saved_touches_no_file(tmp_path, wrong):
    nn.save({"a": np.ones(2)}, tmp_path / "file")
    with pytest.raises(TypeError, match="save: "):
        nn.save(wrong, tmp_path / "file")
    assert nn.load(tmp_path / "file")["a"].sum() == 2
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="kill is POSIX's")
def test_a_crash_while_writing_leaves_the_old_file_whole(tmp_path):
    nn.save({"a": np.zeros(3)}, tmp_path / "state")
    code = f"""
import os, signal, numpy as np, nn
from pathlib import Path
def die(self, target):
    os.kill(os.getpid(), signal.SIGKILL)
Path.replace = die  # all is written, nothing is moved yet
nn.save({{"a": np.ones(1 << 20)}}, {str(tmp_path / "state")!r})
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(nn.__file__).parent.parent, env=os.environ
    )
    assert done.returncode == -9
    np.testing.assert_array_equal(nn.load(tmp_path / "state")["a"], np.zeros(3))


def test_without_the_extra_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(ImportError, match=r'pip install "chainrule\[train\]"'):
        nn.save({"a": np.ones(2)}, tmp_path / "file")


def test_keys_that_would_be_one_in_the_file_are_refused(tmp_path):
    with pytest.raises(ValueError, match="two arrays would be kept as 'h/a/b'"):
        nn.save({"h": {"a/b": np.ones(1)}, "h/a": {"b": np.zeros(2)}}, tmp_path / "file")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", ">f4"]
)
def test_every_type_of_the_format(tmp_path, dtype):
    array = np.arange(-3, 3).astype(dtype).reshape(2, 3)
    found = nn.load(nn.save({"a": array}, tmp_path / "a.safetensors"))["a"]
    assert found.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    ("dtype", "way"), [("complex128", "real and imag"), ("longdouble", "astype")]
)
def test_types_that_the_format_lacks_are_told(tmp_path, dtype, way):
    for state in ({"a": np.ones(2, dtype)}, {"deep": [np.ones(2, dtype)], "n": 1}):
        with pytest.raises(TypeError, match=f"no type for; save .*{way}"):
            nn.save(state, tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


def bits(kind, octets, count):
    """A file of one array, written by hand: the length of the head, the head, the numbers."""
    head = json.dumps({"a": {"dtype": kind, "shape": [count], "data_offsets": [0, len(octets)]}})
    return len(head).to_bytes(8, "little") + head.encode() + octets


def test_half_precision_of_the_other_kind_becomes_float32(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(bits("BF16", bytes.fromhex("c03f 10c0 807f 0080"), 4))
    found = nn.load(path)["a"]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.float32([1.5, -2.25, np.inf, -0.0]))
    assert np.signbit(found[3])
    path.write_bytes(bits("F8_E4M3", b"\0\1", 2))
    with pytest.raises(ValueError, match=r"a\.safetensors holds a as F8_E4M3, a type .*a\.float"):
        nn.load(path)


def test_pytorchs_bfloat16(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    state = {k: x.bfloat16() for k, x in torch.nn.Linear(5, 3).state_dict().items()}
    save_file(state, tmp_path / "a.safetensors")
    layer = nn.Linear(5, 3)
    layer.load_state_dict(nn.load(tmp_path / "a.safetensors"))
    for name, array in layer.state_dict().items():
        np.testing.assert_array_equal(array, state[name].float().numpy())
