"""Random programs, leaves changed in place among them, against PyTorch.

    python tests/peers/pytorch.py

Every gradient is compared, of graphs built step by step and of programs drawn whole.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis.stateful import run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from machine import Machine

from autograd import Value, gradients
from autograd.check import programs

compared = {"graphs": 0, "programs": 0}


class Names:
    """NumPy's names for what PyTorch calls otherwise."""

    def __getattr__(self, name):
        return getattr(torch, name)

    @staticmethod
    def sum(x, axis=None):
        return torch.sum(x) if axis is None else torch.sum(x, axis)

    @staticmethod
    def mean(x, axis):
        return torch.mean(x, axis)


class AgainstPyTorch(Machine):
    def twin_of_leaf(self, array):
        return torch.tensor(array, requires_grad=True)

    def twin_of(self, call, twins):
        return call(Names(), *twins)

    def change_twin(self, twin, by):
        with torch.no_grad():
            twin.add_(by)

    def compare(self, node, seed, found):
        twins = [self.nodes[self.place(i)].twin for i in range(len(self.leaves))]
        expected = torch.autograd.grad(
            node.twin, twins, torch.tensor(seed), retain_graph=True, allow_unused=True
        )
        for g, twin in zip(found, expected, strict=True):
            np.testing.assert_allclose(g, 0 if twin is None else twin.numpy(), atol=1e-12)
        compared["graphs"] += 1


@settings(max_examples=500, deadline=None)
@given(programs())
def random_programs(program):
    values = [Value(x) for x in program.inputs]
    tensors = [torch.tensor(x, requires_grad=True) for x in program.inputs]
    y, twin = program(*values), program(*tensors, namespace=Names())
    np.testing.assert_allclose(y.data, twin.detach().numpy(), rtol=1e-12, atol=1e-14)
    seed = np.random.default_rng(3).uniform(0.5, 1.5, y.shape)
    expected = torch.autograd.grad(twin, tensors, torch.tensor(seed), allow_unused=True)
    for g, tensor in zip(gradients(y, values, seed), expected, strict=True):
        np.testing.assert_allclose(
            g, 0 if tensor is None else tensor.numpy(), rtol=1e-9, atol=1e-12
        )
    compared["programs"] += 1


def main() -> int:
    print(f"PyTorch {torch.__version__}")
    random_programs()
    machine = settings(max_examples=300, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(AgainstPyTorch, settings=machine)
    print(f"  gradients of {compared['programs']} programs and {compared['graphs']} graphs agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
