"""Modules: names, state, modes, and what values remember of them."""

import copy

import numpy as np
import pytest

import nn
from autograd import Value, topological


class Net(nn.Module):
    def __init__(self):
        self.blocks = [nn.Linear(4, 3, rng=0), nn.ReLU()]
        self.heads = {"a": nn.Linear(3, 2, rng=1), "b": nn.Linear(3, 2, rng=2)}
        self.scale = nn.Parameter([1.0, 1.0])
        self.again = self.blocks[0]

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return (self.heads["a"](x) + self.heads["b"](x)) * self.scale


NAMES = [
    "scale", "blocks.0.weight", "blocks.0.bias", "heads.a.weight", "heads.a.bias", "heads.b.weight",
    "heads.b.bias",
]  # fmt: skip


def test_names_in_order_and_once():
    assert [name for name, _ in Net().named_parameters()] == NAMES
    names = [name for name, _ in Net().named_modules()]
    assert names == ["", "blocks.0", "blocks.1", "heads.a", "heads.b"]


def test_names_are_pytorch_s():
    torch = pytest.importorskip("torch")

    def make(library):
        return library.Sequential(
            library.Conv2d(1, 4, 3), library.ReLU(), library.Flatten(), library.Linear(16, 2)
        )

    theirs = make(torch.nn).state_dict()
    ours = make(nn)
    assert list(ours.state_dict()) == list(theirs)
    ours.load_state_dict({name: t.numpy() for name, t in theirs.items()})
    for name, array in ours.state_dict().items():
        np.testing.assert_array_equal(array, theirs[name].numpy())


def test_state_goes_out_and_in():
    first, second = Net(), Net()
    first.scale.data[...] = 7
    state = first.state_dict()
    first.scale.data[...] = 8  # the state is a copy
    second.load_state_dict(state)
    np.testing.assert_array_equal(second.scale.data, [7, 7])


def test_state_that_does_not_fit_changes_nothing():
    net = Net()
    state = net.state_dict()
    before = copy.deepcopy(state)
    state["scale"] = np.array([9.0, 9.0])
    wrong = {**state, "heads.b.bias": np.zeros(3)}
    with pytest.raises(ValueError, match=r"heads\.b\.bias has shape \(2,\) here and \(3,\)"):
        net.load_state_dict(wrong)
    missing = {name: array for name, array in state.items() if name != "heads.a.bias"}
    with pytest.raises(ValueError, match=r"missing \['heads.a.bias'\], unexpected \['more'\]"):
        net.load_state_dict({**missing, "more": np.zeros(1)})
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    net.load_state_dict({"scale": np.array([3.0, 3.0]), "more": 1}, strict=False)
    assert net.scale.data[0] == 3


def test_values_remember_the_module_that_made_them():
    net = Net()
    out = net(np.ones((2, 4), np.float32))
    calls = {value.module for value in topological(out) if value.op is not None}
    assert {(call.path(), call.kind) for call in calls} == {
        ("", "Net"), ("blocks.0", "Linear"), ("blocks.1", "ReLU"), ("heads.a", "Linear"),
        ("heads.b", "Linear"),
    }  # fmt: skip
    inner = next(call for call in calls if call.kind == "ReLU")
    assert inner.parent.kind == "Net" and inner.parent.parent is None
    assert net.blocks[0].weight.name == "blocks.0.weight"
    assert (Value(1.0) * 2).module is None


def test_a_module_made_on_the_way_has_a_name():
    class Late(nn.Module):
        def forward(self, x):
            return nn.ReLU()(x)

    assert Late()(Value(np.ones(2))).module.path() == "ReLU"


def test_the_module_is_forgotten_after_an_error():
    with pytest.raises(ValueError, match="Linear"):
        Net()(np.ones((2, 5)))
    assert (Value(1.0) * 2).module is None


def test_modes_and_freezing():
    net = Net()
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    net.train()
    assert all(module.training for module in net.modules())
    net.blocks[0].requires_grad_(False)
    net(np.ones((2, 4), np.float32)).sum().backward()
    assert net.blocks[0].weight.grad is None and net.scale.grad is not None
    net.zero_grad()
    assert net.scale.grad is None
    seen = []
    net.apply(seen.append)
    assert seen[-1] is net and len(seen) == 5


def test_text():
    assert repr(nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Tanh()))) == (
        "Sequential(\n  (0): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (1): Sequential(\n    (0): Tanh()\n  )\n)"
    )
    assert "(blocks.0): Linear" in repr(Net()) and "(heads.b): Linear" in repr(Net())


def test_containers():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    assert len(model) == 3 and isinstance(model[-1], nn.Linear)
    assert isinstance(model[:2], nn.Sequential) and len(model[:2]) == 2
    assert model.append(nn.Tanh()) is model and len(model) == 4
    layers = nn.ModuleList([nn.Linear(1, 1)])
    layers.append(nn.Linear(1, 1))
    assert [name for name, _ in layers.named_parameters()][-1] == "1.bias"
    assert isinstance(layers[:1], nn.ModuleList)
    with pytest.raises(TypeError, match=r"item 1 is .*use its layer"):
        nn.Sequential(nn.Linear(2, 2), np.tanh)


def test_copies_are_their_own():
    net = Net()
    twin = copy.deepcopy(net)
    twin.scale.data[...] = 5
    assert net.scale.data[0] == 1
    assert isinstance(twin.scale, nn.Parameter)
    assert twin.again is twin.blocks[0]


def test_forward_must_be_written():
    class Empty(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match="Empty has no forward"):
        Empty()(1)
