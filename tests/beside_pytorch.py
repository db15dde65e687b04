"""Run one of our layers beside PyTorch's and compare all that comes out."""

import numpy as np
import pytest

from autograd import Value, gradients


def beside_pytorch(ours, theirs, *inputs, rtol=1e-9, atol=1e-11, **settings):
    """The same state, inputs and seeds: compare outputs, gradients and buffers."""
    torch = pytest.importorskip("torch")
    theirs = theirs.double()
    state = {key: value.numpy() for key, value in theirs.state_dict().items()}
    assert list(ours.state_dict()) == list(state)
    assert [x.shape for x in ours.state_dict().values()] == [x.shape for x in state.values()]
    ours.load_state_dict(state)

    def tensor(x):
        if isinstance(x, (tuple, list)):
            return tuple(map(tensor, x))
        if not isinstance(x, np.ndarray):
            return x
        return torch.tensor(x, requires_grad=x.dtype.kind == "f" and not np.isinf(x).any())

    def value(x):
        if isinstance(x, (tuple, list)):
            return tuple(map(value, x))
        return Value(x) if isinstance(x, np.ndarray) and tensor(x).requires_grad else x

    a, b = [value(x) for x in inputs], [tensor(x) for x in inputs]
    plain = {k: torch.tensor(x) if isinstance(x, np.ndarray) else x for k, x in settings.items()}
    mine, other = flat(ours(*a, **settings)), flat(theirs(*b, **plain))
    assert len(mine) == len(other)
    generator = np.random.default_rng(7)
    seeds = [generator.normal(size=y.shape) for y in mine]
    for y, z in zip(mine, other, strict=True):
        assert y.shape == tuple(z.shape)
        np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=rtol, atol=atol)
    leaves = [x for x in flat(a) if isinstance(x, Value)] + list(ours.parameters())
    others = [x for x in flat(b) if isinstance(x, torch.Tensor) and x.requires_grad]
    others += list(theirs.parameters())
    if leaves:
        found = gradients(mine, leaves, seeds)
        expected = torch.autograd.grad(
            other, others, [torch.tensor(s) for s in seeds], allow_unused=True
        )
        for g, h in zip(found, expected, strict=True):
            h = np.zeros(g.shape) if h is None else h.numpy()
            np.testing.assert_allclose(g, h, rtol=rtol, atol=atol)
    for key, kept in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[key], kept.numpy(), rtol=rtol, atol=atol)


def flat(x):
    """The results in nested tuples, without Nones."""
    if isinstance(x, (tuple, list)):
        return [leaf for part in x for leaf in flat(part)]
    return [] if x is None else [x]


def same_arguments(name, ours, theirs):
    """PyTorch's arguments in its order with its defaults; ours beside them by keyword only."""
    import inspect

    own = inspect.signature(ours).parameters
    wanted = {
        k: p
        for k, p in inspect.signature(theirs).parameters.items()
        if k
        not in ("device", "dtype", "_weight", "_freeze", "_stacklevel", "min_value", "max_value")
        and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    }
    positional = [k for k, p in own.items() if p.kind == p.POSITIONAL_OR_KEYWORD]
    expected = [k for k, p in wanted.items() if p.kind == p.POSITIONAL_OR_KEYWORD]
    assert positional == expected, name
    for key, parameter in wanted.items():
        default = own[key].default
        if not callable(default):
            assert default == parameter.default, (name, key)
