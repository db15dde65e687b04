"""Containers: lists and dicts of modules and parameters."""

from collections import OrderedDict

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
    with pytest.raises(KeyError, match="is there already"):
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


# ---- as PyTorch's --------------------------------------------------------------------------------


def five(library):
    linear, relu = library.Linear, library.ReLU
    return [linear(2, 2), linear(2, 2), relu(), linear(2, 3), linear(2, 3)]


CHANGES = {
    "a long list": lambda nn: nn.ModuleList(five(nn)),
    "holes": lambda nn: nn.ModuleList([None, nn.ReLU(), None]),
    "nothing": lambda nn: nn.ModuleList(),
    "lists added": lambda nn: nn.ModuleList(five(nn)[:2]).__add__([nn.Tanh()]),
    "list extended": lambda nn: nn.ModuleList([nn.ReLU()]).__iadd__(iter([nn.Tanh(), None])),
    "reversed": lambda nn: nn.ModuleList(reversed(nn.ModuleList(five(nn)))),
    "every second": lambda nn: nn.ModuleList(five(nn))[::2],
    "within": lambda nn: nn.Sequential(nn.Sequential(nn.ModuleList(five(nn))), nn.Tanh()),
    "names kept": lambda nn: nn.Sequential(OrderedDict(a=nn.Linear(1, 1), b=nn.Tanh()))[:1],
    "numbers kept": lambda nn: nn.Sequential(*five(nn))[3:],
    "names lost": lambda nn: without(nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh())), 0),
    "added": lambda nn: nn.Sequential(nn.Linear(1, 2)) + nn.Sequential(OrderedDict(a=nn.Tanh())),
    "added to": lambda nn: nn.Sequential(nn.ReLU()).__iadd__(nn.Sequential(*five(nn))),
    "repeated": lambda nn: 2 * (nn.Sequential(nn.Linear(1, 1), nn.ReLU()) * 2),
    "repeated itself": lambda nn: nn.Sequential(nn.Linear(1, 1), nn.ReLU()).__imul__(3),
    "inserted": lambda nn: nn.Sequential(nn.Linear(1, 1)).insert(0, nn.ReLU()),
    "dict": lambda nn: nn.ModuleDict(modules={"b": nn.Linear(1, 1), "a": nn.ReLU()}),
    "dict of pairs": lambda nn: nn.ModuleDict([["b", nn.Linear(1, 1)], ("a", nn.ReLU())]),
    "dict of a dict": lambda nn: nn.ModuleDict(nn.ModuleDict({"b": nn.ReLU()})),
}


def without(container, index):
    del container[index]
    return container


def entries(container):
    if hasattr(container, "items"):
        return [(name, type(module).__name__) for name, module in container.items()]
    return [type(module).__name__ for module in container]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_containers_are_pytorch_s(change):
    torch = pytest.importorskip("torch")
    ours, theirs = change(nn), change(torch.nn)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert entries(ours) == entries(theirs) and len(ours) == len(theirs)


def test_a_list_says_equal_neighbours_once():
    layers = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), None])
    shown = (
        "ModuleList(\n  (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)\n  (2): None\n)"
    )
    assert repr(layers) == shown and len(layers) == 3 and layers.pop() is None


def parameters_by_name(library, array):
    held = library.ParameterDict({"c": array(1.0), "a": array(2.0)})
    held.update(library.ParameterDict([("b", array(3.0))]))
    log = [list(held.keys()), list(reversed(held)), held.get("z", 5), held.get("a") is held["a"]]
    log += [held.setdefault("d", array(4.0)) is held["d"], held.setdefault("a") is held["a"]]
    twin = held.copy()
    log += [list(twin), twin["c"] is held["c"], twin.popitem()[0], list(twin), list(held)]
    both = twin | library.ParameterDict(OrderedDict(z=array(1.0), y=array(1.0)))
    log += [list(both), list(held.fromkeys(["x", "w"], array(0.0))), len(twin)]
    twin |= library.ParameterDict({"q": array(1.0)})
    log += [list(twin), held.pop("b") is not None, list(held), "b" in held]
    held.clear()
    empty = library.ParameterDict().fromkeys(["n"])
    return [*log, list(held), len(held), list(empty.items()), list(empty.parameters())]


def test_parameters_by_name_as_pytorch_holds_them():
    log = parameters_by_name(nn, np.array)
    assert log[:2] == [["a", "c", "b"], ["b", "c", "a"]]
    torch = pytest.importorskip("torch")
    assert log == parameters_by_name(torch.nn, torch.tensor)


def test_modules_by_name_are_taken_out():
    held = nn.ModuleDict({"a": nn.Linear(1, 1), "b": nn.ReLU()})
    assert isinstance(held.pop("a"), nn.Linear) and list(held) == ["b"]
    with pytest.raises(KeyError):
        held.pop("a")
    held.clear()
    assert len(held) == 0 and not list(held.parameters())
    scales = nn.ParameterList([np.ones(2)])
    scales += [np.zeros((2, 3)), None]
    assert "(1): Parameter of shape (2, 3), float32" in repr(scales) and len(scales[1:]) == 2


def test_what_a_container_cannot_hold_or_do():
    model = nn.Sequential(nn.ReLU(), nn.Tanh())[1:]  # its one module is called 1
    assert [type(each).__name__ for each in model.append(nn.ReLU())] == ["Tanh", "ReLU"]
    for wrong, error in ((lambda: model * 1.5, TypeError), (lambda: model * 0, ValueError)):
        with pytest.raises(error, match="is repeated"):
            wrong()
    with pytest.raises(ValueError, match=r"model\.append\(module\) adds one"):
        model + nn.ReLU()
    with pytest.raises(TypeError, match=r"item 0 is None \(nn\.Identity"):
        nn.Sequential(None)
    with pytest.raises(TypeError, match="is extended by several, not ReLU"):
        nn.ModuleList().extend(nn.ReLU())
    with pytest.raises(KeyError, match="dotted name"):
        nn.Sequential({"a.b": nn.ReLU()})
