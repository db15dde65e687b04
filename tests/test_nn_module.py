"""Modules: names, state, modes, and what values remember of them."""

import copy

import numpy as np
import pytest

import nn
from autograd import Value, no_grad, topological


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


# ---- buffers, shared parameters, hooks -----------------------------------------------------------


class Norm(nn.Module):
    def __init__(self):
        self.inner = nn.Linear(3, 2, rng=0)
        self.register_buffer("mean", np.zeros(3, np.float32))
        self.register_buffer("scratch", np.zeros(2), persistent=False)
        self.register_buffer("none", None)
        self.weight = nn.Parameter(np.ones(3))
        self.count = nn.Buffer(np.array(0))

    def forward(self, x):
        self.mean.data = self.mean.data + 1
        return self.inner(x * self.weight + self.mean)


def test_buffers_are_state_and_no_parameters():
    net = Norm()
    assert list(net.state_dict()) == ["weight", "mean", "count", "inner.weight", "inner.bias"]
    assert [name for name, _ in net.named_buffers()] == ["mean", "scratch", "count"]
    assert [name for name, _ in net.named_parameters()] == ["weight", "inner.weight", "inner.bias"]
    assert net.none is None and net.count.dtype == np.int64
    net(np.ones((1, 3), np.float32)).sum().backward()
    assert net.mean.grad is None and net.weight.grad is not None
    other = Norm()
    assert other.load_state_dict(net.state_dict()) == ([], [])
    np.testing.assert_array_equal(other.mean.data, [1, 1, 1])
    clone = copy.deepcopy(net)
    assert list(clone.state_dict()) == list(net.state_dict())
    clone.mean.data[...] = 9
    assert not clone.inner.weight.handed_out and not clone.scratch.persistent
    assert net.mean.data[0] == 1


def test_missing_and_unexpected_keys_are_told():
    keys = nn.Linear(2, 2).load_state_dict({"bias": np.zeros(2), "more": 1}, strict=False)
    assert keys.missing_keys == ["weight"] and keys.unexpected_keys == ["more"]


def test_a_shared_parameter_stands_under_both_names_in_the_state():
    class Tied(nn.Module):
        def __init__(self):
            self.encode = nn.Linear(3, 3, bias=False)
            self.decode = nn.Linear(3, 3, bias=False)
            self.decode.weight = self.encode.weight

    tied = Tied()
    assert list(tied.state_dict()) == ["encode.weight", "decode.weight"]
    assert len(list(tied.parameters())) == 1


def test_a_module_that_holds_the_one_around_it_is_walked_once():
    net = nn.Linear(2, 2)
    net.child = nn.Linear(2, 2)
    net.child.parent = net
    assert list(net.state_dict()) == ["weight", "bias", "child.weight", "child.bias"]


def test_children_and_members_by_name():
    net = Net()
    assert [name for name, _ in net.named_children()] == [
        "blocks.0", "blocks.1", "heads.a", "heads.b"
    ]  # fmt: skip
    assert net.get_submodule("heads.a") is net.heads["a"] and net.get_submodule("") is net
    assert net.get_parameter("again.weight") is net.blocks[0].weight
    with pytest.raises(AttributeError, match=r"no parameter called 'w'; there are 'scale', "):
        net.get_parameter("w")


def test_dtype_of_all():
    net = Norm().double()
    assert {a.dtype for a in net.state_dict().values()} == {np.dtype(float), np.dtype(np.int64)}
    assert net(np.ones((1, 3))).dtype == np.float64
    assert net.float().weight.dtype == np.float32


def test_forward_hooks_see_and_change():
    layer, seen = nn.Linear(3, 2, rng=0), []
    x = np.ones((4, 3), np.float32)
    plain = layer(x).data
    before = layer.register_forward_pre_hook(lambda m, args: (args[0] * 2,))
    after = layer.register_forward_hook(lambda m, args, out: seen.append(args[0][0, 0]))
    doubled = layer(x).data
    assert seen == [2.0]
    np.testing.assert_allclose(doubled, 2 * plain - layer.bias.data, rtol=1e-5)
    before.remove()
    with layer.register_forward_hook(lambda m, args, out: out * 0):
        assert not layer(x).data.any()
    after.remove()
    np.testing.assert_array_equal(layer(x).data, plain)
    with pytest.raises(TypeError, match="a hook is a function"):
        layer.register_forward_hook(3)


def test_backward_hooks_are_given_the_gradients_of_this_call():
    torch = pytest.importorskip("torch")
    ours, theirs = nn.Linear(3, 2, dtype=np.float64, rng=0), torch.nn.Linear(3, 2).double()
    theirs.load_state_dict({k: torch.tensor(a) for k, a in ours.state_dict().items()})
    told = {"ours": [], "theirs": []}
    ours.register_full_backward_hook(lambda m, gi, go: told["ours"].append((gi[0], go[0])))
    theirs.register_full_backward_hook(
        lambda m, gi, go: told["theirs"].append((gi[0].numpy(), go[0].numpy()))
    )
    data = np.random.default_rng(0).normal(size=(4, 3))
    x, t = Value(data), torch.tensor(data, requires_grad=True)
    (ours(x) ** 2 + 0.0).sum().backward()
    (theirs(t) ** 2).sum().backward()
    for mine, other in zip(told["ours"][0], told["theirs"][0], strict=True):
        np.testing.assert_allclose(mine, other)
    np.testing.assert_allclose(x.grad, t.grad.numpy())


def test_backward_hooks_replace_and_refuse():
    layer = nn.Linear(3, 2, rng=0)
    x = Value(np.ones((4, 3), np.float32))
    with layer.register_full_backward_hook(lambda m, gi, go: (gi[0] * 0 + 7,)):
        layer(x).sum().backward()
    assert (x.grad == 7).all()
    with layer.register_full_backward_hook(lambda m, gi, go: seen.append(gi)):
        seen = []
        layer(np.ones((4, 3), np.float32)).sum().backward()
        assert seen == [(None,)]

    class Two(nn.Module):
        def forward(self, a, b):
            return a * b

    two = Two()
    a, b = Value(2.0), Value(3.0)
    grads = []
    with two.register_full_backward_hook(lambda m, gi, go: grads.append((gi, go))):
        (two(a, b) + a).backward()
    assert grads == [((3.0, 2.0), (1.0,))] and a.grad == 4.0
    with two.register_full_backward_hook(lambda m, gi, go: gi):
        out = two(a, b)
        with pytest.raises(ValueError, match="only that of a single one"):
            out.backward()


# ---- what an attack found ------------------------------------------------------------------------


def test_what_is_assigned_stays_part_of_the_state_or_is_refused():
    norm = nn.BatchNorm1d(2)
    norm.running_mean = np.full(2, 7, np.float32)
    norm.running_var = norm.running_var * 0.5
    assert "running_mean" in norm.state_dict() and norm.running_mean.data[0] == 7
    assert norm.state_dict()["running_var"][0] == 0.5
    layer = nn.Linear(2, 1)
    with pytest.raises(TypeError, match=r"Linear\.weight is a parameter.*weight\.data = array"):
        layer.weight = layer.weight * 2
    layer.weight = nn.Parameter(np.zeros((1, 2)))
    layer.bias = None
    assert list(layer.state_dict()) == ["weight"]
    model = nn.Sequential(layer)
    with pytest.raises(TypeError, match="0 is a module"):
        setattr(model, "0", 3)


def test_walks_take_pytorch_s_arguments():
    net = Net()
    assert [name for name, _ in net.named_parameters("net", recurse=False)] == ["net.scale"]
    assert "again.weight" in dict(net.named_parameters(remove_duplicate=False))
    assert next(iter(net.named_modules(prefix="net")))[0] == "net"
    assert len(list(net.parameters(recurse=False))) == 1


def test_apply_goes_from_the_first_child_to_the_whole():
    seen = []
    model = nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.ReLU(), nn.Tanh()), nn.Sigmoid())
    model.apply(lambda module: seen.append(type(module).__name__))
    assert seen == ["Linear", "ReLU", "Tanh", "Sequential", "Sigmoid", "Sequential"]
    assert model(input=np.ones((2, 1), np.float32)).shape == (2, 1)


def test_updates_written_by_hand_reach_the_parameters():
    layer = nn.Linear(2, 1, rng=0)
    before = layer.weight.data.copy()
    layer(np.ones((3, 2), np.float32)).sum().backward()
    with pytest.raises(RuntimeError, match="no_grad"):
        layer.weight -= layer.weight.grad
    with no_grad():
        for parameter in layer.parameters():
            parameter -= 0.5 * parameter.grad
    np.testing.assert_array_equal(layer.weight.data, before - 0.5 * 3)
    assert layer.weight.dtype == np.float32 and isinstance(layer.weight, nn.Parameter)


# ---- PyTorch's other methods ---------------------------------------------------------------------


def test_to_takes_a_dtype_an_array_or_the_only_device():
    net = Norm()
    assert net.to("cpu") is net and net.cpu() is net and net.weight.dtype == np.float32
    assert net.to("cpu", np.float64).weight.dtype == np.float64
    assert net.to(np.zeros(1, np.float32), True).mean.dtype == np.float32
    assert net.to(Value(1.0), non_blocking=True).weight.dtype == np.float64
    assert net.to(device="cpu", dtype="float32").weight.dtype == np.float32
    assert net.half().weight.dtype == np.float16 and net.count.dtype == np.int64
    x = np.ones((1, 3), np.float16)
    assert net(x).dtype == np.float16
    assert net.type(np.float64).count.dtype == np.float64
    with pytest.raises(TypeError, match=r"a floating dtype, such as np\.float64, not int64"):
        net.to(np.int64)
    with pytest.raises(TypeError, match="'cpu', the only device here; not 'cuda'"):
        net.to("cuda")


def test_modules_are_put_in_place_by_name():
    net, new = Net(), nn.Linear(3, 2)
    for name in ("heads.a", "heads.c", "blocks.1", "more"):
        net.set_submodule(name, new)
        assert net.get_submodule(name.replace("more", "blocks.1")) is new
    model = nn.Sequential(nn.Sequential(nn.ReLU()))
    model.set_submodule("0.0", nn.Tanh(), strict=True)
    assert isinstance(model[0][0], nn.Tanh)
    for name, words in (
        ("0.1", "there is no '0.1'"), ("1.0", "'1' is no module, list or dict"),
        ("forward", "there is no 'forward'"),
    ):  # fmt: skip
        with pytest.raises(AttributeError, match=words):
            model.set_submodule(name, nn.Tanh(), strict=True)
    for name in ("forward", "0.training"):
        with pytest.raises(AttributeError, match=f"'{name}' is no module"):
            model.set_submodule(name, nn.Tanh())
    with pytest.raises(ValueError, match="puts a module under a name"):
        model.set_submodule("0", np.tanh)


def test_what_is_registered_has_a_name_that_is_found():
    net = Norm()
    net.register_buffer("none", np.ones(2))
    net.register_module("child", nn.ReLU())
    assert net.none.shape == (2,) and isinstance(net.child, nn.ReLU)
    for name, words in (("a.b", "dotted name"), ("", "dotted name"), ("inner", "is there already")):
        with pytest.raises(KeyError, match=words):
            net.register_buffer(name, np.zeros(1))
    with pytest.raises(TypeError, match="a parameter or None is registered so"):
        net.register_parameter("p", np.zeros(1))
    with pytest.raises(TypeError, match="a module or None is registered so"):
        net.add_module("m", np.tanh)
    with pytest.raises(ValueError, match=r"train takes True or False, not \[1\]; nn.fit"):
        net.train([1])


def test_states_of_the_things_themselves_and_into_what_is_given():
    net, given = nn.Linear(2, 1), {}
    assert net.state_dict(destination=given, prefix="p.", keep_vars=True) is given
    assert given["p.weight"] is net.weight
    weight, state = net.weight, net.double().state_dict()
    net.float().load_state_dict(state, assign=True)
    assert net.weight is weight and net.weight.dtype == np.float64
    with pytest.raises(TypeError, match="a mapping of names to arrays, not list"):
        net.load_state_dict([1])
    with pytest.raises(ValueError, match="bias in the state is no array of numbers"):
        net.load_state_dict({**state, "bias": np.array(["a"])})


def test_old_states_know_no_number_of_batches():
    model = nn.Sequential(nn.BatchNorm1d(2), nn.InstanceNorm1d(2, track_running_stats=True))
    model[0](np.ones((3, 2), np.float32))
    state = model.state_dict()
    old = {name: array for name, array in state.items() if "num_batches" not in name}
    assert len(old) == len(state) - 2 and model.load_state_dict(old) == ([], [])
    assert model[0].num_batches_tracked.data == 1
    with pytest.raises(ValueError, match="running_mean"):
        model.load_state_dict({k: v for k, v in state.items() if k != "0.running_mean"})
    nn.BatchNorm1d(2, track_running_stats=False).load_state_dict({"weight": [1, 1], "bias": [0, 0]})


def test_text_shows_settings_and_modules():
    class Named(nn.Module):
        def __init__(self):
            self.inner = nn.ReLU()

        def extra_repr(self):
            return "width=3\ndepth=2"

    shown = "Named(\n  width=3\n  depth=2\n  (inner): ReLU()\n)"
    assert repr(Named()) == shown
    torch = pytest.importorskip("torch")

    class Theirs(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.nn.ReLU()

        extra_repr = Named.extra_repr

    assert repr(Theirs()).replace("Theirs", "Named") == shown
