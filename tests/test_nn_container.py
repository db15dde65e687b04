"""Containers: lists and dicts of modules and parameters."""

import numpy as np
import pytest

import nn
from autograd import Value


def three() -> list[nn.Module]:
    return [nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)]


@pytest.mark.parametrize("make", [lambda items: nn.Sequential(*items), nn.ModuleList])
def test_lists_are_changed_as_lists_are(make):
    first, middle, last = three()
    held = make([first])
    assert held.append(last) is held and held.insert(1, middle) is held
    assert list(held) == [first, middle, last] and len(held) == 3
    assert list(held.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert held[-1] is last and type(held[:2]) is type(held) and list(held[:2]) == [first, middle]
    held[1] = nn.Tanh()
    assert isinstance(held[1], nn.Tanh)
    assert held.pop(0) is first and list(held.state_dict()) == ["1.weight", "1.bias"]
    del held[0]
    assert list(held) == [last]
    with pytest.raises(TypeError, match="holds modules; item 1 is"):
        held.append(np.tanh)
    with pytest.raises(IndexError):
        held[5]


def test_sequential_with_names():
    model = nn.Sequential({"hidden": nn.Linear(2, 3), "act": nn.ReLU(), "out": nn.Linear(3, 1)})
    assert list(model.state_dict()) == ["hidden.weight", "hidden.bias", "out.weight", "out.bias"]
    assert model.hidden is model[0]
    assert model(np.ones((4, 2), np.float32)).shape == (4, 1)
    assert "(hidden): Linear" in repr(model)


def test_dicts():
    held = nn.ModuleDict({"a": nn.Linear(2, 2)})
    held["b"] = nn.Linear(2, 1)
    held.update([("c", nn.ReLU())])
    assert list(held) == ["a", "b", "c"] and "b" in held and len(held) == 3
    assert list(held.state_dict()) == ["a.weight", "a.bias", "b.weight", "b.bias"]
    assert [name for name, _ in held.items()] == list(held.keys())
    del held["a"]
    assert "a" not in held
    with pytest.raises(KeyError):
        held["a"]
    with pytest.raises(KeyError, match="name of a method"):
        held["forward"] = nn.ReLU()


def test_parameters_in_lists_and_dicts_are_trained():
    class Net(nn.Module):
        def __init__(self):
            self.scales = nn.ParameterList([np.ones(2), nn.Parameter([3.0])])
            self.named = nn.ParameterDict({"shift": np.zeros(2)})

        def forward(self, x):
            return x * self.scales[0] + self.named["shift"]

    net = Net()
    assert list(net.state_dict()) == ["scales.0", "scales.1", "named.shift"]
    net(np.ones((3, 2), np.float32)).sum().backward()
    np.testing.assert_array_equal(net.named["shift"].grad, [3, 3])
    with pytest.raises(TypeError, match="holds parameters"):
        net.scales.append(Value(2.0))


@pytest.mark.parametrize("name", ["a.b", ""])
def test_names_that_would_be_ambiguous_are_refused(name):
    with pytest.raises(KeyError, match="dotted name"):
        nn.ModuleDict({name: nn.ReLU()})
