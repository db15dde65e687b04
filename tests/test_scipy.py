"""autograd.scipy: every rule against differences, every value against SciPy's, every refusal."""

import importlib

import numpy as np
import pytest

pytest.importorskip("scipy")

import scipy.special

from autograd import Value, check_gradients, grad, no_grad
from autograd.check import all_draws
from autograd.op import COMPOSED
from autograd.scipy import special

OUR = "autograd.scipy"
RNG = np.random.default_rng(7)


def is_ours(draw):
    if draw.op.function in COMPOSED:
        return draw.op.implementation.__module__.startswith(OUR)
    rules = [draw.op.vjps.rule] if not draw.op.arity else [v for v in draw.op.vjps if v]
    return rules[0].__module__.startswith(OUR)


DRAWS = [draw for draw in all_draws() if is_ours(draw)]
COMPLEX = [draw for draw in DRAWS if draw.op.complex]


def differentiable(draw, dtype=float):
    """The draw as a function of the operands that a gradient flows to, and those operands."""
    args = draw.args(np.dtype(dtype).type)
    free = [
        i for i, x in enumerate(args) if draw.gradient_flows(i) and np.asarray(x).dtype.kind in "fc"
    ]

    def f(*operands):
        full = list(args)
        for i, operand in zip(free, operands, strict=True):
            full[i] = draw.prepared(i, operand)
        return draw(*full)

    return f, [args[i] for i in free]


# ---- every entry -------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", DRAWS, ids=str)
def test_gradient_and_gradient_of_gradient(draw):
    f, args = differentiable(draw)
    check_gradients(f, *args, order=2)


@pytest.mark.parametrize("draw", COMPLEX, ids=str)
def test_complex_gradient_and_gradient_of_gradient(draw):
    f, args = differentiable(draw, complex)
    check_gradients(f, *args, order=2)


@pytest.mark.parametrize("draw", [draw for draw in DRAWS if not draw.op.complex], ids=str)
def test_real_rules_refuse_complex_operands(draw):
    args = [Value(x) for x in draw.args(np.complex128)]
    with pytest.raises((TypeError, ValueError)):
        draw(*args)


@pytest.mark.parametrize("draw", DRAWS, ids=str)
def test_values_give_what_arrays_give(draw):
    args = draw.args()
    np.testing.assert_array_equal(draw(*map(Value, args)).data, draw.plain(*args))


def test_gradients_of_float32_are_float32():
    for draw in DRAWS:
        args = draw.args(np.float32)
        values = [Value(x) if np.asarray(x).dtype.kind == "f" else x for x in args]
        y = draw(*values)
        y.backward(np.ones(y.shape, y.dtype))
        for i, x in enumerate(values):
            if isinstance(x, Value) and draw.gradient_flows(i):
                assert x.grad.dtype == np.float32 and x.grad.shape == x.shape, draw


def test_draws_are_named_apart():
    assert len({str(draw) for draw in DRAWS}) == len(DRAWS) > 800


# ---- names -------------------------------------------------------------------------------------

NAMES = {
    "special": "beta betainc betaln polygamma psi digamma gamma gammaln gammainc gammaincc "
    "gammasgn rgamma multigammaln j0 y0 j1 y1 jn yn i0 i1 iv ive erf erfc erfinv erfcinv "
    "logit expit logsumexp softmax lambertw expm1 zeta",
    "stats": "norm beta gamma chi2 t poisson dirichlet multivariate_normal uniform",
    "stats.norm": "pdf cdf sf logpdf logcdf logsf ppf isf rvs",
    "stats.beta": "pdf cdf logpdf rvs",
    "stats.gamma": "pdf cdf logpdf rvs",
    "stats.chi2": "pdf cdf logpdf rvs",
    "stats.t": "pdf cdf logpdf logcdf rvs",
    "stats.poisson": "pmf cdf logpmf rvs",
    "stats.dirichlet": "pdf logpdf rvs",
    "stats.multivariate_normal": "pdf logpdf entropy rvs",
    "linalg": "sqrtm solve_sylvester solve_banded solve_triangular expm cho_solve inv",
    "signal": "convolve fftconvolve",
    "integrate": "odeint quad",
}


@pytest.mark.parametrize("module", NAMES)
def test_modules_have_scipys_names_and_ours(module):
    found = importlib.import_module(f"{OUR}.{module}")
    for name in NAMES[module].split():
        assert getattr(found, name) is not None
        assert name in dir(found) or name == "jn"
    with pytest.raises(AttributeError):
        _ = found.no_such_name


def test_scipys_own_ufuncs_take_values():
    x = Value(1.5)
    scipy.special.gammaln(x).backward()
    assert x.grad == pytest.approx(scipy.special.digamma(1.5))


# ---- special -----------------------------------------------------------------------------------

WITHOUT_RULE = {
    "jv": (0, (1.5, 2.0)),
    "yn": (0, (1, 2.0)),
    "iv": (0, (1.5, 2.0)),
    "kve": (0, (1.5, 2.0)),
    "gammainc": (0, (1.5, 2.0)),
    "gammaincinv": (0, (1.5, 0.3)),
    "betainc": (0, (1.5, 2.0, 0.3)),
    "betaincc": (1, (1.5, 2.0, 0.3)),
    "stdtr": (0, (3.0, 0.3)),
    "pdtr": (0, (3.0, 0.3)),
    "chdtr": (0, (3.0, 0.3)),
    "hyp1f1": (1, (1.5, 2.0, 0.3)),
    "polygamma": (0, (1.0, 2.0)),
    "zeta": (0, (2.0, 1.5)),
    "multigammaln": (1, (5.0, 2)),
}


@pytest.mark.parametrize("name", WITHOUT_RULE)
def test_an_operand_without_rule_refuses_a_gradient(name):
    slot, args = WITHOUT_RULE[name]
    f = getattr(special, name)
    traced = [Value(float(x)) if i == slot else x for i, x in enumerate(args)]
    with pytest.raises(NotImplementedError, match=r"no gradient rule for .*detach"):
        f(*traced)
    if name == "multigammaln":
        return
    last = Value(args[-1]) if slot != len(args) - 1 else args[-1]
    f(*(x.detach() if isinstance(x, Value) else x for x in traced[:-1]), last).backward()
    with no_grad():
        np.testing.assert_allclose(f(*traced).data, f(*args))


def test_ufuncs_with_too_many_operands_or_settings():
    with pytest.raises(TypeError, match="operands"):
        scipy.special.jv(2.0, Value(1.0), dtype=np.float32)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_polygamma(n):
    x = np.array([0.7, 1.4])
    np.testing.assert_allclose(special.polygamma(n, Value(x)).data, scipy.special.polygamma(n, x))
    check_gradients(lambda x: special.polygamma(n, x), x, order=2)


def test_polygamma_of_several_orders():
    n, x = np.array([[0], [1], [2]]), np.array([0.7, 1.4])
    np.testing.assert_allclose(special.polygamma(n, Value(x)).data, scipy.special.polygamma(n, x))
    check_gradients(lambda x: special.polygamma(n, x), x, order=2)


def test_zeta_of_hurwitz():
    check_gradients(lambda q: special.zeta(np.array([2.0, 3.0]), q), np.array([0.7, 1.4]), order=2)
    assert special.zeta(2.0) == scipy.special.zeta(2.0)


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (special.log_ndtr, -40.0, 40.02496894),  # −x(1 + 1/x² − 2/x⁴ + ...), DLMF 7.12.1
        (special.log_ndtr, 40.0, 0.0),
        (lambda x: special.gammainc(300.0, x), 300.0, 0.02302653),  # 1/√(600 π), about
        (special.exprel, 0.0, 0.5),
        (special.ellipk, 0.0, np.pi / 8),
        (special.ellipe, 0.0, -np.pi / 8),
        (special.j1, 0.0, 0.5),
        (special.i1, 0.0, 0.5),
        (lambda x: special.xlogy(x, x), 0.0, 0.0),
        (special.entr, 1.0, -1.0),
    ],
)
def test_slopes_at_the_edges(f, x, expected):
    np.testing.assert_allclose(grad(f)(x), expected, rtol=1e-4)
    assert np.isfinite(grad(grad(f))(x))


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_logsumexp(axis, keepdims):
    a, b = RNG.normal(size=(3, 4)), RNG.uniform(0.5, 2, (3, 4))
    for factors in (None, b, b[0], 2.0):
        y = special.logsumexp(Value(a), axis, b=factors, keepdims=keepdims)
        expected = scipy.special.logsumexp(a, axis, b=factors, keepdims=keepdims)
        np.testing.assert_allclose(y.data, expected)
        np.testing.assert_allclose(
            special.logsumexp(a, axis, factors, keepdims=keepdims), expected, rtol=1e-15
        )
    check_gradients(lambda a: special.logsumexp(a, axis, keepdims=keepdims), a, order=2)
    check_gradients(lambda a, b: special.logsumexp(a, axis, b, keepdims), a, b, order=2)


def test_logsumexp_gives_no_sign_of_values():
    assert len(special.logsumexp([1.0, 2.0], b=[1, -3], return_sign=True)) == 2
    with pytest.raises(NotImplementedError, match="return_sign"):
        special.logsumexp(Value([1.0, 2.0]), return_sign=True)


def test_softmax_is_over_all_axes_by_default():
    x = RNG.normal(size=(2, 3))
    assert special.softmax(Value(x)).data.sum() == pytest.approx(1)
    np.testing.assert_array_equal(special.log_softmax(x, 1), scipy.special.log_softmax(x, 1))
