"""Hooks of modules: when they are called, with what, and what they may change."""

import copy

import numpy as np
import pytest

import nn
from autograd import Value


def number(x):
    """The sum of what a hook was given, rounded, for comparing logs."""
    if isinstance(x, (tuple, list)):
        return [number(each) for each in x]
    if x is None or isinstance(x, (str, bool, int)):
        return x
    if isinstance(x, dict):
        return {key: number(each) for key, each in x.items()}
    data = x.data if isinstance(x, Value) else x.detach().numpy() if hasattr(x, "detach") else x
    return round(float(np.sum(data)), 6)


class Ours:
    Module, Linear, Sequential, Parameter = nn.Module, nn.Linear, nn.Sequential, nn.Parameter
    value = staticmethod(lambda x: Value(np.array(x, float)))
    grad = staticmethod(lambda x: number(x.grad))


def pytorch():
    torch = pytest.importorskip("torch")

    class Theirs:
        Module, Linear, Sequential = torch.nn.Module, torch.nn.Linear, torch.nn.Sequential
        Parameter = staticmethod(lambda x: torch.nn.Parameter(torch.tensor(x)))
        value = staticmethod(lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True))
        grad = staticmethod(lambda x: number(x.grad))

    return Theirs


def doubled(library):
    class Doubled(library.Module):
        def forward(self, x, times=2.0):
            if times == 0:
                raise ValueError("no times")
            return x * times

    return Doubled()


def forward_hooks(library):
    log, module = [], doubled(library)
    module.register_forward_hook(lambda m, args, out: log.append(("first", number([args, out]))))
    module.register_forward_hook(
        lambda m, args, kwargs, out: log.append(("kwargs", number([args, kwargs, out]))) or out + 1,
        with_kwargs=True,
        prepend=True,
    )
    module.register_forward_pre_hook(lambda m, args: log.append(("pre", number(args))))
    handle = module.register_forward_pre_hook(
        lambda m, args, kwargs: (args, {**kwargs, "times": 5.0}), with_kwargs=True
    )
    module.register_forward_pre_hook(lambda m, args: (args[0] + 10,), prepend=True)
    x = library.value([1.0, 2.0])
    log.append(number(module(x, times=3.0)))
    handle.remove()
    log.append(number(module(x, times=3.0)))
    return log


def hooks_after_a_failure(library):
    log, module = [], doubled(library)
    module.register_forward_hook(lambda m, args, out: log.append("never"))
    module.register_forward_hook(
        lambda m, args, out: log.append(("always", number(args), out)), always_call=True
    )
    for _ in range(2):
        with pytest.raises(ValueError, match="no times"):
            module(library.value([1.0]), 0)
    return log


def backward_hooks(library):
    log, module = [], doubled(library)
    module.register_full_backward_hook(lambda m, gi, go: log.append(("after", number([gi, go]))))
    module.register_full_backward_hook(
        lambda m, gi, go: log.append(("first", number(gi))) or (gi[0] * 7,), prepend=True
    )
    module.register_full_backward_pre_hook(lambda m, go: log.append(("pre", number(go))))
    module.register_full_backward_pre_hook(lambda m, go: (go[0] * 3,), prepend=True)
    for _ in range(2):
        x = library.value([1.0, 2.0])
        module(x).sum().backward()
        log.append(library.grad(x))
    return log


def backward_twice(library):
    class Product(library.Module):
        def forward(self, a, b):
            return a * b, a + b

    log, module = [], Product()
    module.register_full_backward_pre_hook(lambda m, go: log.append(("pre", number(go))))
    module.register_full_backward_hook(lambda m, gi, go: log.append(("after", number([gi, go]))))
    a, b = library.value([2.0]), library.value([5.0])
    product, total = module(a, b)
    loss = (product * 3 + total).sum()
    loss.backward(retain_graph=True) if hasattr(a, "detach_") else loss.backward()
    loss.backward()
    log.append([library.grad(a), library.grad(b)])
    return log


def state_hooks(library):
    log = []
    model = library.Sequential(library.Linear(1, 2, bias=False), library.Linear(2, 1, bias=False))
    for name, module in model.named_modules():
        module.register_state_dict_pre_hook(
            lambda m, prefix, keep, name=name: log.append(("before", name, prefix, keep))
        )
    model[1].register_state_dict_post_hook(
        lambda m, state, prefix, data: state.update({prefix + "more": state[prefix + "weight"]})
    )
    model.register_state_dict_post_hook(
        lambda m, state, prefix, data: log.append(("after", prefix, sorted(state)))
    )
    state = model.state_dict(prefix="net.")
    log.append(list(state))
    return log


def load_hooks(library):
    log = []
    model = library.Sequential(library.Linear(1, 2, bias=False), library.Linear(2, 1, bias=False))

    def renamed(m, state, prefix, data, strict, missing, unexpected, errors):
        log.append(("before", prefix, sorted(state), strict))
        state[prefix + "weight"] = state.pop(prefix + "w")

    def forgiven(m, keys):
        log.append((sorted(keys.missing_keys), sorted(keys.unexpected_keys)))
        keys.unexpected_keys.clear()

    model[1].register_load_state_dict_pre_hook(renamed)
    model.register_load_state_dict_post_hook(forgiven)
    model[1].register_load_state_dict_post_hook(lambda m, keys: log.append("inner"))
    state = model.state_dict()
    given = {"0.weight": state["0.weight"], "1.w": state["1.weight"], "1.other": state["1.weight"]}
    log.append(("given", len(given), model.load_state_dict(given) and sorted(given)))
    return log


KNOWN = {
    forward_hooks: [
        ("pre", [23.0]), ("kwargs", [[23.0], {"times": 5.0}, 115.0]), ("first", [[23.0], 117.0]),
        117.0,
        ("pre", [23.0]), ("kwargs", [[23.0], {"times": 3.0}, 69.0]), ("first", [[23.0], 71.0]),
        71.0,
    ],
    hooks_after_a_failure: [("always", [1.0, 0], None)] * 2,
    backward_hooks: [("pre", [6.0]), ("first", [12.0]), ("after", [[84.0], [6.0]]), 84.0] * 2,
}  # fmt: skip


@pytest.mark.parametrize(
    "script",
    [forward_hooks, hooks_after_a_failure, backward_hooks, backward_twice, state_hooks],
    ids=lambda script: script.__name__,
)
def test_hooks_as_pytorch_calls_them(script):
    log = script(Ours)
    if script in KNOWN:
        assert log == KNOWN[script]
    assert log == script(pytorch())


def test_hooks_of_loading_as_pytorch_calls_them():
    (before, *others), (their_before, *their_others) = load_hooks(Ours), load_hooks(pytorch())
    assert others == their_others and others[:2] == ["inner", ([], ["1.other"])]
    assert before[:2] == their_before[:2]  # the state: ours is whole, theirs the module's part


def test_loading_is_undone_where_a_hook_or_the_names_refuse():
    model = nn.Linear(2, 1, rng=0)
    before, seen = model.state_dict(), []
    model.register_load_state_dict_post_hook(lambda m, keys: seen.append(m.weight.data.sum()))
    with pytest.raises(ValueError, match=r"unexpected \['more'\]"):
        model.load_state_dict({"weight": np.ones((1, 2)), "bias": np.ones(1), "more": 1})
    assert seen == [2.0]
    np.testing.assert_array_equal(model.weight.data, before["weight"])
    model = nn.Linear(2, 1, rng=0)
    model.register_load_state_dict_pre_hook(lambda *given: given[-1].append("too old"))
    with pytest.raises(ValueError, match="does not fit this Linear: too old"):
        model.load_state_dict(before, strict=False)


def test_hooks_that_give_what_cannot_be_used():
    module = doubled(Ours)
    handle = module.register_forward_pre_hook(lambda m, args, kwargs: args, with_kwargs=True)
    with handle, pytest.raises(TypeError, match=r"returns None or the pair \(args, kwargs\)"):
        module(Value(1.0))
    with module.register_full_backward_pre_hook(lambda m, go: (go[0], go[0])):
        out = module(Value(1.0))
        with pytest.raises(ValueError, match="gave 2 new gradients, and the call had 1 outputs"):
            out.backward()
    handle = module.register_forward_hook(lambda m, args, out: 1 / 0, always_call=True)
    warned = pytest.warns(UserWarning, match="a hook after a failed forward failed: division")
    with handle, warned, pytest.raises(ValueError, match="no times"):
        module(Value(1.0), 0)


def test_an_input_that_is_not_used_holds_up_no_hook():
    class First(nn.Module):
        def forward(self, a, b):
            return a * 2

    told, module = [], First()
    module.register_full_backward_hook(lambda m, gi, go: told.append((gi, go)))
    a, b = Value(1.0), Value(3.0)
    module(a, b).backward()
    assert told == [((2.0, None), (1.0,))]


def test_a_copy_of_a_module_keeps_its_hooks_and_gives_them_up_alone():
    layer, seen = nn.Linear(1, 1), []
    handle = layer.register_forward_hook(lambda m, args, out: seen.append(m), with_kwargs=False)
    twin = copy.deepcopy(layer)
    handle.remove()
    twin(np.ones((1, 1), np.float32))
    layer(np.ones((1, 1), np.float32))
    assert seen == [twin]
