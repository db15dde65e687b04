"""A machine that builds graphs step by step, changes leaves in place, and checks gradients.

`test_machine` runs it against finite differences, `peers/pytorch.py` against PyTorch.
"""

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from autograd import Value, gradients

UNARY = ("sin", "cos", "tanh", "arctan", "square", "negative")
BINARY = ("add", "subtract", "multiply", "maximum")
BLIND = ("add", "subtract", "negative", "sum", "number")  # their rules do not read the operands
SHAPES = ((), (3,), (2, 3), (2, 1))


class Node:
    """A value, how to compute it from the leaves, and what of them it has seen."""

    def __init__(self, value, run, seen=(), read=(), twin=None):
        self.value = value
        self.run = run  # from the list of leaf arrays to this array
        self.seen = frozenset(seen)  # (leaf, version) of each leaf that an operation used
        self.read = frozenset(read)  # of those, the ones whose numbers a rule reads
        self.twin = twin  # the same in another engine


class Machine(RuleBasedStateMachine):
    """Rules that compute; subclasses say what a gradient is compared with."""

    @initialize(shape=st.sampled_from(SHAPES), seed=st.integers(0, 2**16))
    def start(self, shape, seed):
        self.leaves, self.versions, self.nodes = [], [], []
        self.leaf(shape, seed)

    @rule(shape=st.sampled_from(SHAPES), seed=st.integers(0, 2**16))
    def leaf(self, shape, seed):
        if len(self.leaves) == 3:
            return
        array = np.array(np.random.default_rng(seed).uniform(-1, 1, shape))
        i = len(self.leaves)
        value = Value(array)
        self.leaves.append(value)
        self.versions.append(0)
        self.nodes.append(Node(value, lambda arrays: arrays[i], twin=self.twin_of_leaf(array)))

    def pick(self, data):
        return data.draw(st.sampled_from(self.nodes))

    def record(self, name, call, *operands):
        """Run ``call(namespace, *arrays)`` on all that is kept of the operands."""
        if len(self.nodes) > 25:
            return
        value = call(np, *[x.value for x in operands])
        used = {
            (i, self.versions[i])
            for i, leaf in enumerate(self.leaves)
            if any(x.value is leaf for x in operands)
        }
        seen = used.union(*(x.seen for x in operands))
        read = frozenset(used if name not in BLIND else ()).union(*(x.read for x in operands))
        run = lambda arrays: call(np, *[x.run(arrays) for x in operands])  # noqa: E731
        twin = self.twin_of(call, [x.twin for x in operands])
        self.nodes.append(Node(value, run, seen, read, twin))

    @rule(data=st.data(), name=st.sampled_from(UNARY))
    def unary(self, data, name):
        self.record(name, lambda np, x: getattr(np, name)(x), self.pick(data))

    @rule(data=st.data(), name=st.sampled_from(BINARY))
    def binary(self, data, name):
        a, b = self.pick(data), self.pick(data)
        try:
            np.broadcast_shapes(a.value.shape, b.value.shape)
        except ValueError:
            return
        self.record(name, lambda np, a, b: getattr(np, name)(a, b), a, b)

    @rule(data=st.data())
    def total(self, data):
        self.record("sum", lambda np, x: np.sum(x), self.pick(data))

    @rule(data=st.data(), turn=st.booleans())
    def entries(self, data, turn):
        x = self.pick(data)
        if x.value.ndim:
            name = "number" if x.value.ndim == 1 else "entries"  # which are a view
            self.record(name, lambda np, x: x[0] if turn else x[..., -1], x)

    @rule(data=st.data(), by=st.sampled_from((0.25, 0.5)))
    def change_in_place(self, data, by):
        """What was computed before from this leaf is no longer true."""
        i = data.draw(st.integers(0, len(self.leaves) - 1))
        self.leaves[i].data[...] += by
        self.versions[i] += 1
        self.change_twin(self.nodes[self.place(i)].twin, by)

    def place(self, i):
        return next(k for k, node in enumerate(self.nodes) if node.value is self.leaves[i])

    @precondition(lambda self: any(node.value.op is not None for node in self.nodes))
    @rule(data=st.data())
    def differentiate(self, data):
        node = data.draw(st.sampled_from([n for n in self.nodes if n.value.op is not None]))
        seed = np.random.default_rng(7).uniform(0.5, 1.5, node.value.shape)
        stale = any(self.versions[i] != version for i, version in node.read)
        moved = any(self.versions[i] != version for i, version in node.seen)
        try:
            found = gradients(node.value, self.leaves, seed)
        except RuntimeError as error:
            assert stale, "an unchanged graph was refused"
            assert "was changed" in str(error)
            return
        assert not stale, "a changed leaf went unnoticed"
        if not moved:  # else the gradient is that of the numbers before
            self.compare(node, seed, found)

    def compare(self, node, seed, found):
        raise NotImplementedError

    def twin_of_leaf(self, array):
        return None

    def twin_of(self, call, twins):
        return None

    def change_twin(self, twin, by):
        pass
