"""Random programs against finite differences, leaves changed in place among them."""

import numpy as np
from hypothesis import given, settings
from machine import Machine

from autograd.check import check_gradients, programs


class AgainstDifferences(Machine):
    def compare(self, node, seed, found):
        arrays = [np.array(leaf.data) for leaf in self.leaves]
        for i, (x, g) in enumerate(zip(arrays, found, strict=True)):
            for index in np.ndindex(x.shape):
                moved = [a.copy() for a in arrays]

                def at(step, i=i, index=index, moved=moved, x=x):
                    moved[i][index] = x[index] + step
                    return float(np.sum(seed * node.run(moved)))

                right, left = (at(1e-6) - at(0)) / 1e-6, (at(0) - at(-1e-6)) / 1e-6
                if abs(right - left) > 1e-4 * (1 + abs(right)):
                    continue  # at a tie of maximum the sides differ
                expected = (at(1e-4) - at(-1e-4)) / 2e-4
                assert abs(g[index] - expected) < 1e-5 * (1 + abs(expected)), (g[index], expected)


TestMachine = AgainstDifferences.TestCase
TestMachine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@settings(max_examples=60, deadline=None)
@given(programs())
def test_random_programs(program):
    check_gradients(program, *program.inputs, rtol=1e-5, atol=1e-7)


@settings(max_examples=15, deadline=None)
@given(programs(max_lines=5))
def test_random_programs_second_order(program):
    check_gradients(program, *program.inputs, order=2, rtol=1e-4, atol=1e-6)


def test_a_program_writes_its_source():
    @settings(max_examples=5, deadline=None)
    @given(programs())
    def writes(program):
        scope = {"np": np}
        shapes = str(program).split("(", 1)[1].split("):")[0]
        names = ", ".join(part.split("[")[0] for part in shapes.split(", x")).replace(", ", ", x")
        exec(str(program).replace(shapes, names), scope)
        expected = program(*program.inputs)
        np.testing.assert_array_equal(scope["program"](*program.inputs), expected)

    writes()
