"""primitive, defvjp, defjvp and hooks: what existing code and curious people add."""

import numpy as np
import pytest

import autograd
import autograd.numpy as anp
from autograd import Value, check_gradients, grad, make_jvp, watch_backward
from autograd.extend import (
    def_linear,
    defjvp,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    notrace_primitive,
    primitive,
)


def test_a_primitive_is_one_node_with_its_rule():
    @primitive
    def halves(x, n):
        return x / 2**n

    defvjp(halves, lambda ans, x, n: lambda g: g / 2**n, argnums=(0,))
    x = Value(np.array([4.0, 8.0]), name="x")
    y = halves(x, 2)
    assert y.op.name == "halves" and len(y.inputs) == 1
    assert grad(lambda x: np.sum(halves(x, 2) ** 2))(np.array([4.0, 8.0])).tolist() == [0.5, 1.0]
    check_gradients(lambda x: halves(x, 3), x, order=2)
    assert halves(8.0, 2) == 2.0


def test_rules_of_several_arguments():
    @primitive
    def product(x, y):
        return x * y

    defvjp(product, lambda ans, x, y: lambda g: g * y, lambda ans, x, y: lambda g: g * x)
    check_gradients(product, 2.0, 3.0, order=3)
    defvjp(product, None, lambda ans, x, y: lambda g: g * x)
    assert grad(product)(2.0, 3.0) == 0.0
    defvjp_argnum(product, lambda argnum, ans, args, kwargs: lambda g: g * args[1 - argnum])
    check_gradients(product, 2.0, 3.0, order=2)
    defvjp_argnums(
        product, lambda argnums, ans, args, kwargs: lambda g: [g * args[1 - i] for i in argnums]
    )
    check_gradients(product, 2.0, 3.0, order=2)


def test_containers_in_and_out_of_a_primitive():
    @primitive
    def turned(point, angle):
        x, y = point["x"], point["y"]
        return x * np.cos(angle) - y * np.sin(angle), [x * np.sin(angle) + y * np.cos(angle)]

    def rule(ans, point, angle):
        def vjp(g):
            a, b = g[0], g[1][0]
            return {
                "x": a * np.cos(angle) + b * np.sin(angle),
                "y": -a * np.sin(angle) + b * np.cos(angle),
            }

        return vjp

    defvjp(
        turned,
        rule,
        lambda ans, point, angle: lambda g: np.sum(g[1][0] * ans[0] - g[0] * ans[1][0]),
    )
    check_gradients(turned, {"x": np.array([1.0, 2.0]), "y": np.array([0.5, -1.0])}, 0.3, order=2)


def test_forward_rules():
    @primitive
    def cube(x):
        return x**3

    defvjp(cube, lambda ans, x: lambda g: 3 * g * x**2)
    assert make_jvp(cube)(2.0)(1.0) == (8.0, 12.0)  # made from the reverse rule
    defjvp(cube, lambda g, ans, x: 100 * g)
    assert make_jvp(cube)(2.0)(1.0) == (8.0, 100.0)  # and its own goes before

    @primitive
    def doubled(x):
        return 2 * x

    def_linear(doubled)
    assert make_jvp(doubled)(2.0)(1.5) == (4.0, 3.0)
    defjvp(doubled, "same")
    assert make_jvp(doubled)(2.0)(1.5) == (4.0, 3.0)
    with pytest.raises(NotImplementedError, match="VJP of doubled"):
        grad(doubled)(2.0)


def test_notrace():
    steps = notrace_primitive(lambda x: np.floor(x))
    assert type(steps(Value(2.5))) is np.float64


def test_other_functions_as_arguments():
    @primitive
    def at(f, x):
        return f(x)

    defvjp(at, None, lambda ans, f, x: lambda g: g * grad(f)(x))
    check_gradients(lambda x: at(np.sin, x), 0.4, order=2)


# ---- hooks -------------------------------------------------------------------------------------


def test_hooks_see_and_change_gradients():
    x = Value(3.0)
    y = x * x
    seen = []
    remove = y.register_hook(seen.append)
    (2 * y).backward()
    assert seen == [2.0] and x.grad == 12.0
    remove()
    remove_clip = y.register_hook(lambda g: np.clip(g, -1, 1))
    x.zero_grad()
    (2 * y).backward()
    assert x.grad == 6.0 and seen == [2.0]
    remove_clip()
    x.zero_grad()
    (2 * y).backward()
    assert x.grad == 12.0


def test_a_hook_on_a_leaf_runs_once_a_pass():
    x, seen = Value(np.ones(2)), []
    x.register_hook(lambda g: seen.append(g.copy()))
    np.sum(x * x + 3 * x).backward()
    assert len(seen) == 1
    np.testing.assert_array_equal(seen[0], [5, 5])
    np.testing.assert_array_equal(x.grad, [5, 5])


def test_a_hook_must_keep_the_shape():
    x = Value(np.ones(2))
    y = x * 2
    y.register_hook(lambda g: 1.0)
    with pytest.raises(ValueError, match="keep the shape"):
        y.sum().backward()


def test_hooks_of_dead_values_are_forgotten():
    from autograd.value import HOOKED

    before = set(HOOKED)
    y = Value(1.0) * 2
    y.register_hook(print)
    assert set(HOOKED) > before
    del y
    assert set(HOOKED) == before


def test_watching_a_backward_pass():
    x = Value(3.0, name="x")
    seen = []
    with watch_backward(seen.append):
        (x * x).backward()
    assert [step.gradient for step in seen] == [1.0, 6.0]
    assert seen[0].sent == [(x, 3.0), (x, 3.0)]
    (x * x).backward()
    assert len(seen) == 2


# ---- the interface of HIPS autograd ------------------------------------------------------------


def test_lists_with_values():
    assert grad(lambda x: anp.mean([x, x + 2]))(0.0) == 1.0
    assert grad(lambda x: anp.linalg.norm([x, x + 2]))(0.0) == 1.0
    assert grad(lambda x: anp.sum(anp.r_[x, 1.0, x * x, 2:4]))(3.0) == 7.0
    assert grad(lambda x: anp.sum(anp.c_[anp.array([x, x]), anp.ones(2)]))(3.0) == 2.0
    d = {"a": 1.0, "b": 2.0}
    assert grad(lambda d: anp.sum(anp.stack(d.values()) ** 2))(d) == {"a": 2.0, "b": 4.0}
    assert grad(lambda x: anp.sum(anp.array([[x, 1.0], [2.0, x]]) ** 2))(3.0) == 12.0


def test_whole_numbers_come_out_plain():
    x = Value(np.array([1.7, -1.2]))
    whole = anp.int64(x)
    assert type(whole) is np.ndarray and whole.tolist() == [1, -1]
    assert isinstance(np.int64(3), anp.int64)


def test_flatten_and_back():
    from autograd.misc import flatten, flatten_func

    tree = {"b": (2.0, [np.ones(2)]), "a": np.zeros((1, 2))}
    vector, unflatten = flatten(tree)
    assert vector.tolist() == [0, 0, 2, 1, 1]
    assert str(unflatten(vector)) == str(tree)
    g = grad(lambda t: np.sum(flatten(t)[0] ** 2))(tree)
    assert g["b"][0] == 4.0
    flat, _, start = flatten_func(lambda t: {"out": t["a"] * t["b"][0]}, tree)
    assert flat(start).tolist() == [0, 0]


def test_optimizers_go_down():
    from autograd.misc import optimizers

    bowl = lambda p: np.sum((p["x"] - 3.0) ** 2) + p["y"] ** 2  # noqa: E731
    for optimize, rate in (
        (optimizers.sgd, 0.3),
        (optimizers.adam, 0.1),
        (optimizers.rmsprop, 0.1),
    ):
        seen = []
        found = optimize(
            lambda p, i: grad(bowl)(p),
            {"x": np.zeros(2), "y": 1.0},
            callback=lambda p, i, g: seen.append(bowl(p)),  # noqa: B023
            num_iters=200,
            step_size=rate,
        )
        assert bowl(found) < 0.02 < seen[0]
        assert len(seen) == 200


def test_named_and_dict_gradients():
    f = lambda x, scale=2.0: x * scale**2  # noqa: E731
    assert autograd.grad_named(f, "scale")(3.0, 2.0) == 12.0
    assert autograd.multigrad_dict(f)(3.0) == {"x": 4.0, "scale": 12.0}


def test_names_look_into_values():
    from autograd.builtins import isinstance as is_instance
    from autograd.builtins import type as type_of
    from autograd.tracer import getval, isbox

    x = Value(np.ones(2))
    assert is_instance(x, np.ndarray) and is_instance([x], list)
    assert type_of(x) is np.ndarray
    assert isbox(x) and not isbox(1.0) and getval(x) is x.data


def test_full_of_values_and_lists_in_lists():
    assert grad(lambda x: anp.sum(anp.full((2, 3), x)))(1.0) == 6.0
    assert grad(lambda x: anp.sum(anp.full_like(np.ones(3), x)))(1.0) == 3.0
    joined = lambda x: anp.sum(anp.concatenate(([x[0]], x[1:])) ** 2)  # noqa: E731
    assert grad(joined)(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]
    rows = lambda x: anp.sum(anp.vstack([[x[0], 1.0], [x[1], x[0]]]))  # noqa: E731
    assert grad(rows)(np.array([1.0, 2.0])).tolist() == [2.0, 1.0]


def test_faults_are_named_where_they_are_made():
    with pytest.raises(TypeError, match="a rule takes g, y and 1 operand; this one takes"):
        autograd.define(lambda x: x, lambda g, x: g)
    half = autograd.define(lambda x, y: x * y, lambda g, y, a, b: g * b)
    with pytest.raises(TypeError, match="the setting y takes no gradient"):
        half(Value(1.0), Value(2.0))
    with pytest.raises(TypeError, match="negative_slope takes no gradient"):
        autograd.leaky_relu(Value(-1.0), Value(0.1))
    wide = autograd.define(lambda x: x * 1.0, lambda g, y, x: np.ones(5))
    with pytest.raises(
        ValueError, match=r"gradient of shape \(5,\) for an operand of shape \(3,\)"
    ):
        wide(Value(np.ones(3))).sum().backward()
    with pytest.raises(TypeError, match="a derivative is of a function"):
        grad(3.0)
    with pytest.raises(TypeError, match="grad_named"):
        grad(np.sin, "x")
    with pytest.raises(TypeError, match="is there a return"):
        grad(lambda x: None)(1.0)
    with pytest.raises(TypeError, match="grad_and_aux"):
        grad(lambda x: (x, x))(1.0)
    with pytest.raises(TypeError, match="a hook is a function"):
        Value(1.0).register_hook(3)
    with pytest.raises(ValueError, match="cannot get data of shape"):
        Value(np.ones(3)).data = np.ones(4)


def test_where_by_name_in_any_order():
    x = Value(np.array([1.0, 2.0]))
    picked = anp.where([True, False], y=-x, x=x)
    np.testing.assert_array_equal(picked.data, [1.0, -2.0])
    with pytest.raises(TypeError, match="not z"):
        anp.where([True], x, z=x)
    assert len(np.split(x, Value(np.array([1]), requires_grad=False))) == 2
    assert grad(lambda x: np.sum(x ** np.array([True, False])))(np.array([2.0, 3.0])).tolist() == [
        1,
        0,
    ]


def test_a_function_that_gives_a_python_number_for_an_array():
    total = autograd.define(lambda x: float(np.sum(x)), lambda g, y, x: g, scalar=lambda x: x)
    x = Value(np.arange(3.0))
    y = total(x * 1.0) * 2.0
    assert type(y.data) is np.float64
    y.backward()
    np.testing.assert_array_equal(x.grad, [2, 2, 2])
    number = total(Value(3.0))
    assert type(number.data) is float


def test_a_forward_runs_once():
    calls = []

    def count(x):
        calls.append(x)
        return results.pop()

    own = autograd.define(count, lambda g, y, x: np.float64(np.sum(g)))
    for result in (1.0, np.ones(3), np.arange(3), np.array(2.0)):
        results, x = [result], Value(np.ones(3))
        calls.clear()
        own(x)
        assert len(calls) == 1


def test_a_rule_of_numbers_runs_once():
    calls = []

    def rule(g, y, x):
        calls.append(g)
        return np.float64(g)

    x = Value(2.0)
    autograd.define(lambda x: x * 1, rule, scalar=lambda x: x * 1.0)(x).backward()
    assert len(calls) == 1
    assert type(x.grad) is float


def test_a_ufunc_can_be_defined_again(monkeypatch):
    monkeypatch.setitem(autograd.OPS, np.arctan, autograd.OPS[np.arctan])
    x = Value(np.ones(2))
    np.arctan(x)
    autograd.define(np.arctan, lambda g, y, x: g * 100)
    np.arctan(x).sum().backward()
    np.testing.assert_array_equal(x.grad, 100)


def test_scalar_functions_have_few_operands_and_no_settings():
    for function, rules in (
        (lambda a, b, c: a * b * c, [lambda g, y, a, b, c: g] * 3),
        (lambda x, n=2: x**n, [lambda g, y, x, n=2: g]),
    ):
        with pytest.raises(TypeError, match="scalar="):
            autograd.define(function, *rules, scalar=lambda *x: x[0])
