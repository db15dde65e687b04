"""The estimators: scikit-learn's own checks, and its own networks to compare with."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_moons
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import nn
from nn.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore:scipy.optimize. The `disp`:DeprecationWarning",  # of old scikit-learn with new SciPy
)
ROOT = Path(__file__).parent.parent
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
TARGETS = {
    "two classes": np.where(X[:, 0] + X[:, 1] ** 2 > 0.7, "yes", "no"),
    "three classes": np.digitize(X[:, 0] - X[:, 1], [-1, 1]),
    "labels": (X[:, :3] > 0).astype(int),
    "numbers": X[:, 0] * 2 + np.sin(X[:, 1]),
    "pairs": np.stack([X[:, 0] * 2, X[:, 1] - X[:, 2]], axis=1),
    "counts": RNG.poisson(np.exp(X[:, 0])),
}
CLASSES = ("two classes", "three classes", "labels")


def ours(kind, **settings):
    return (MLPClassifier if kind in CLASSES else MLPRegressor)(**settings)


def theirs(kind, **settings):
    return (TheirClassifier if kind in CLASSES else TheirRegressor)(**settings)


def module_of_two(features, outputs, rng):
    return nn.Sequential(
        nn.Linear(features, 8, rng=rng),
        nn.GELU(),
        nn.Dropout(0.1, rng=rng),
        nn.Linear(8, outputs, rng=rng),
    )


# ---- scikit-learn's checks ----------------------------------------------------------------------


CHECKS = parametrize_with_checks(
    [
        MLPClassifier(),
        MLPRegressor(),
        MLPClassifier(solver="sgd", activation="tanh"),
        MLPRegressor(solver="lbfgs"),
    ]
).mark


# A list, because new pytest refuses the generator of old scikit-learn.
@pytest.mark.parametrize(CHECKS.args[0], list(CHECKS.args[1]), **CHECKS.kwargs)
@pytest.mark.filterwarnings("ignore")  # the checks themselves call what is deprecated
def test_checks_of_sklearn(estimator, check):
    check(estimator)


# ---- against scikit-learn's networks ------------------------------------------------------------

SETTINGS = {
    "adam": {},
    "adam, small batches": dict(batch_size=7),
    "adam, betas": dict(beta_1=0.8, beta_2=0.9, learning_rate_init=0.01),
    "tanh": dict(activation="tanh"),
    "logistic, no shuffle": dict(activation="logistic", shuffle=False),
    "identity": dict(activation="identity", alpha=0.0),
    "sgd": dict(solver="sgd", learning_rate_init=0.05, alpha=0.1, batch_size=16),
    "sgd, plain momentum": dict(solver="sgd", nesterovs_momentum=False, learning_rate_init=0.05),
    "sgd, inverse scaling": dict(
        solver="sgd", momentum=0, learning_rate="invscaling", learning_rate_init=0.5, power_t=0.3
    ),
    "sgd, adaptive": dict(
        solver="sgd", momentum=0, learning_rate="adaptive", n_iter_no_change=2, tol=1e-2
    ),
    "stops": dict(tol=1e-2, n_iter_no_change=3),
}


@pytest.mark.parametrize("kind", [kind for kind in TARGETS if kind != "counts"])
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_same_network_as_sklearns(kind, settings):
    both = dict(hidden_layer_sizes=(9, 5), max_iter=30, random_state=3, epsilon=1e-13) | settings
    if kind == "pairs" and "tol" in settings:
        pytest.skip("scikit-learn averages the loss over outputs, though not its gradient")
    mine = ours(kind, **both).fit(X, TARGETS[kind])
    other = theirs(kind, **both).fit(X, TARGETS[kind])
    # ε is small because theirs is not corrected as PyTorch's is; Adam magnifies rounding.
    tolerance = 1e-11 if "solver" in settings else 1e-6
    assert mine.n_iter_ == other.n_iter_
    for a, b in zip(mine.coefs_ + mine.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)
    if kind != "pairs":
        np.testing.assert_allclose(mine.loss_curve_, other.loss_curve_, rtol=tolerance)
        np.testing.assert_allclose(mine.best_loss_, other.best_loss_, rtol=tolerance)
    assert mine.t_ == other.t_
    assert mine.n_layers_ == other.n_layers_
    assert mine.n_outputs_ == other.n_outputs_
    assert mine.out_activation_ == other.out_activation_


def test_counts_as_sklearns_poisson():
    pytest.importorskip("sklearn", minversion="1.7")  # older ones have no losses to choose from
    settings = dict(loss="poisson", solver="sgd", hidden_layer_sizes=(9,), max_iter=30)
    mine = MLPRegressor(**settings, random_state=3).fit(X, TARGETS["counts"])
    other = TheirRegressor(**settings, random_state=3).fit(X, TARGETS["counts"])
    np.testing.assert_allclose(mine.predict(X), other.predict(X), rtol=1e-11)
    assert mine.predict(X).min() > 0
    assert mine.out_activation_ == other.out_activation_ == "exp"


def test_early_stopping_as_sklearns():
    settings = dict(early_stopping=True, validation_fraction=0.25, max_iter=60, random_state=1)
    for kind in ("two classes", "labels", "numbers"):
        y = TARGETS[kind]
        y = (y == "yes").astype(int) if kind == "two classes" else y  # some of theirs fail on text
        mine = ours(kind, solver="sgd", learning_rate_init=0.05, **settings).fit(X, y)
        other = theirs(kind, solver="sgd", learning_rate_init=0.05, **settings).fit(X, y)
        np.testing.assert_allclose(mine.validation_scores_, other.validation_scores_, rtol=1e-9)
        np.testing.assert_allclose(mine.coefs_[0], other.coefs_[0], atol=1e-11)
        assert mine.best_validation_score_ == max(mine.validation_scores_)
        assert mine.best_loss_ is None


@pytest.mark.parametrize("kind", TARGETS)
def test_lbfgs_comes_as_low_as_sklearns(kind):
    settings = dict(
        hidden_layer_sizes=(), solver="lbfgs", alpha=1.0, random_state=0, max_iter=500, tol=1e-6
    )  # without hidden layers there is one minimum
    mine, other = ours(kind, **settings), theirs(kind, **settings)
    mine.fit(X, TARGETS[kind])
    other.fit(X, TARGETS[kind])
    for a, b in zip(mine.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)
    assert mine.n_iter_ < 500


@pytest.mark.parametrize("solver", ["adam", "lbfgs", "sgd"])
@pytest.mark.parametrize("name", ["digits", "iris", "moons", "diabetes"])
def test_quality_as_sklearns(name, solver):
    data = {
        "digits": lambda: tuple(part[::3] for part in load_digits(return_X_y=True)),
        "iris": lambda: load_iris(return_X_y=True),
        "moons": lambda: make_moons(300, noise=0.2, random_state=0),
        "diabetes": lambda: load_diabetes(return_X_y=True),
    }[name]()
    kind = "numbers" if name == "diabetes" else "three classes"
    settings = dict(hidden_layer_sizes=(30,), solver=solver, random_state=0, max_iter=300)
    if kind == "numbers":
        settings |= dict(alpha=50.0, learning_rate_init=0.001)
    means = [
        cross_val_score(make_pipeline(StandardScaler(), make(kind, **settings)), *data, cv=3).mean()
        for make in (ours, theirs)
    ]
    assert means[0] > means[1] - (0.03 if solver == "lbfgs" else 1e-3)


# ---- at work in scikit-learn --------------------------------------------------------------------


def test_grid_search_in_two_processes():
    x, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), MLPClassifier((8,), solver="lbfgs", random_state=0))
    grid = {"mlpclassifier__alpha": [1e-4, 0.1], "mlpclassifier__module": [None, module_of_two]}
    search = GridSearchCV(model, grid, n_jobs=2, cv=3).fit(x, y)
    assert search.best_score_ > 0.95
    assert not np.isnan(search.cv_results_["mean_test_score"]).any()
    assert (search.predict(x) == y).mean() > 0.95


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_predict_and_go_on_alike(kind, copied):
    first = ours(kind, max_iter=3, random_state=0).fit(X, TARGETS[kind])
    second = copied(first)
    assert (first.predict(X) == second.predict(X)).all()
    for each in (first, second):
        each.partial_fit(X, TARGETS[kind])
    for a, b in zip(first.coefs_, second.coefs_, strict=True):
        assert (a == b).all()
    assert not hasattr(clone(first), "module_")


def test_names_of_features_and_data_frames():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    network = MLPClassifier(max_iter=3, random_state=0).fit(frame, TARGETS["two classes"])
    assert list(network.feature_names_in_) == list("abcd")
    with pytest.raises(ValueError, match="feature names"):
        network.predict(frame[list("badc")])


@pytest.mark.parametrize("kind", TARGETS)
def test_sparse_rows_give_the_same(kind):
    x = np.where(X > 0.5, X, 0)
    dense = ours(kind, max_iter=5, random_state=0).fit(x, TARGETS[kind])
    for form in (sparse.csr_matrix, sparse.csc_matrix):
        thin = ours(kind, max_iter=5, random_state=0).fit(form(x), TARGETS[kind])
        assert (dense.coefs_[0] == thin.coefs_[0]).all()
        assert (dense.predict(x) == thin.predict(form(x))).all()


def test_sparse_labels_give_sparse_answers():
    network = MLPClassifier(max_iter=5, random_state=0)
    dense = network.fit(X, TARGETS["labels"]).predict(X)
    thin = network.fit(X, sparse.csr_matrix(TARGETS["labels"])).predict(X)
    assert sparse.issparse(thin)
    assert (thin.toarray() == dense).all()


# ---- what comes out -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_precision_is_that_of_the_features(kind, dtype, solver):
    network = ours(kind, solver=solver, max_iter=5, random_state=0)
    network.fit(X.astype(dtype), TARGETS[kind], sample_weight=np.full(len(X), 2))
    assert {p.dtype for p in network.module_.parameters()} == {np.dtype(dtype)}
    predicted = network.predict_proba if kind in CLASSES else network.predict
    assert predicted(X.astype(dtype)).dtype == dtype


def test_shapes_and_probabilities():
    for kind, columns in {"two classes": 2, "three classes": 3, "labels": 3}.items():
        network = MLPClassifier(max_iter=20, random_state=0).fit(X, TARGETS[kind])
        likely = network.predict_proba(X)
        assert likely.shape == (60, columns)
        np.testing.assert_allclose(np.exp(network.predict_log_proba(X)), likely)
        if kind == "labels":
            assert ((likely > 0.5) == network.predict(X)).all()
        else:
            np.testing.assert_allclose(likely.sum(axis=1), 1)
            assert (network.classes_[likely.argmax(axis=1)] == network.predict(X)).all()
    assert MLPRegressor(max_iter=3).fit(X, TARGETS["numbers"]).predict(X).shape == (60,)
    assert MLPRegressor(max_iter=3).fit(X, TARGETS["pairs"]).predict(X).shape == (60, 2)


def test_certain_answers_make_no_noise():
    x = np.array([[-1e4], [1e4]])
    network = MLPClassifier((), max_iter=1, random_state=0).fit(x, [0, 1])
    network.module_[0].weight.data[...] = 1.0
    assert network.predict_log_proba(x)[0].tolist() == [0.0, -np.inf]
    assert network.predict_proba(x).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_more_rows_than_are_predicted_at_once():
    x = RNG.normal(size=(2500, 4))
    network = MLPRegressor(max_iter=2, random_state=0).fit(X, TARGETS["numbers"])
    parts = [network.predict(x[i : i + 100]) for i in range(0, 2500, 100)]
    np.testing.assert_allclose(network.predict(x), np.concatenate(parts), rtol=1e-12)


# ---- randomness ---------------------------------------------------------------------------------


def global_state():
    return np.random.get_state()[1].copy()  # noqa: NPY002


@pytest.mark.parametrize("module", [None, module_of_two])
def test_a_seed_decides_all_and_touches_nothing(module):
    settings = dict(max_iter=5, batch_size=10, random_state=5, module=module)
    nn.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    before, expected = global_state(), np.random.default_rng(0).random()
    first = MLPClassifier(**settings).fit(X, TARGETS["labels"])
    assert (global_state() == before).all()
    assert nn.random.generator().random() == expected
    nn.manual_seed(77)
    second = MLPClassifier(**settings).fit(X, TARGETS["labels"])
    assert first.loss_curve_ == second.loss_curve_
    other = MLPClassifier(**settings | dict(random_state=6)).fit(X, TARGETS["labels"])
    assert first.loss_curve_ != other.loss_curve_


def test_without_a_seed_the_global_generator_stays():
    np.random.seed(0)  # noqa: NPY002
    before = global_state()
    curves = [MLPRegressor(max_iter=2).fit(X, X[:, 0]).loss_curve_ for _ in range(2)]
    assert (global_state() == before).all()
    assert curves[0] != curves[1]


# ---- weights, warm starts, portions -------------------------------------------------------------


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_a_weight_is_so_many_rows(kind, solver):
    weights = np.random.default_rng(1).integers(0, 4, 60)
    settings = dict(solver=solver, random_state=0, max_iter=10, alpha=0.1)
    weighted = ours(kind, **settings).fit(X, TARGETS[kind], sample_weight=weights)
    repeated = ours(kind, **settings).fit(X.repeat(weights, 0), TARGETS[kind].repeat(weights, 0))
    np.testing.assert_allclose(weighted.coefs_[0], repeated.coefs_[0], atol=1e-7)
    np.testing.assert_allclose(weighted.loss_, repeated.loss_, rtol=1e-7)


def test_a_batch_without_weight_is_left_out():
    weights = np.ones(60)
    weights[:20] = 0
    settings = dict(batch_size=20, shuffle=False, max_iter=3, random_state=0)
    weighted = MLPRegressor(**settings).fit(X, X[:, 0], sample_weight=weights)
    without = MLPRegressor(**settings).fit(X[20:], X[20:, 0])
    assert (weighted.coefs_[0] == without.coefs_[0]).all()
    np.testing.assert_allclose(weighted.loss_curve_, without.loss_curve_)


def test_a_warm_start_goes_on():
    network = MLPClassifier(max_iter=5, warm_start=True, random_state=0)
    network.fit(X, TARGETS["labels"])
    module, loss = network.module_, network.loss_
    network.fit(X, TARGETS["labels"])
    assert network.module_ is module
    assert network.loss_ < loss
    assert len(network.loss_curve_) == 10
    assert network.n_iter_ == 5
    network.set_params(warm_start=False).fit(X, TARGETS["labels"])
    assert network.loss_ == loss


def test_portions_as_epochs():
    whole = MLPRegressor(max_iter=6, shuffle=False, random_state=0).fit(X, X[:, 0])
    portions = MLPRegressor(shuffle=False, random_state=0)
    for _ in range(6):
        portions.partial_fit(X, X[:, 0])
    assert portions.loss_curve_ == whole.loss_curve_
    assert portions.n_iter_ == 6


def test_portions_of_classes():
    network = MLPClassifier(random_state=0)
    with pytest.raises(ValueError, match=r"classes=\[0, 1\]"):
        network.partial_fit(X, TARGETS["three classes"])
    network.partial_fit(X[:5], np.zeros(5, int), classes=[2, 0, 1])
    assert network.classes_.tolist() == [0, 1, 2]
    network.partial_fit(X, TARGETS["three classes"])
    assert network.predict_proba(X).shape == (60, 3)
    with pytest.raises(ValueError, match=r"7.*not among"):
        network.partial_fit(X, np.full(60, 7))
    with pytest.raises(ValueError, match="since the first call"):
        network.partial_fit(X, np.zeros(60, int), classes=[0, 1])
    MLPClassifier().partial_fit(X, TARGETS["labels"])


# ---- networks of one's own ----------------------------------------------------------------------


def test_a_network_of_ones_own():
    x, y = load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(x / 16, y, random_state=0)
    settings = dict(module=module_of_two, max_iter=40, learning_rate_init=0.02, random_state=0)
    network = MLPClassifier(**settings).fit(train_x, train_y)
    assert network.score(test_x, test_y) > 0.9
    assert not network.module_.training
    assert (network.predict(test_x) == network.predict(test_x)).all()  # nothing is dropped
    assert {p.dtype for p in network.module_.parameters()} == {np.dtype(np.float32)}
    assert not hasattr(network, "coefs_")


@pytest.mark.parametrize("settings", [{}, dict(early_stopping=True), dict(solver="lbfgs")])
def test_training_is_in_training_mode(settings):
    seen = []

    class Watched(nn.Linear):
        def forward(self, x):
            seen.append((len(x), self.training))
            return super().forward(x)

    network = MLPRegressor(
        module=lambda f, o, rng: Watched(f, o, rng=rng), warm_start=True, max_iter=3, **settings
    )
    for _ in range(2):
        network.fit(X, X[:, 0])
    held_out = 6
    assert all(mode == (rows > held_out) for rows, mode in seen)
    network.predict(X)
    assert seen[-1] == (60, False)


def test_the_module_is_one_of_nn(tmp_path):
    network = MLPClassifier((5,), activation="gelu", max_iter=2, random_state=0)
    network.fit(X, TARGETS["three classes"])
    kinds = [type(layer).__name__ for layer in network.module_]
    assert kinds == ["Linear", "GELU", "Linear"]
    other = nn.Sequential(nn.Linear(4, 5), nn.GELU(), nn.Linear(5, 3))
    other.load_state_dict(network.module_.state_dict())
    likely = network.predict_proba(X)
    np.testing.assert_allclose(nn.functional.softmax(other(X)).data, likely, rtol=1e-5)


# ---- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(activation="relu6"), "activation is .*not 'relu6'"),
        (dict(solver="newton"), "solver is 'adam', 'sgd' or 'lbfgs', not 'newton'"),
        (dict(hidden_layer_sizes=(3, 0)), r"hidden_layer_sizes .*not \(3, 0\)"),
        (dict(hidden_layer_sizes=2.5), "hidden_layer_sizes"),
        (dict(alpha=-1), "alpha is a number of at least 0, not -1"),
        (dict(batch_size="all"), "batch_size is 'auto' or"),
        (dict(batch_size=0), "batch_size is 'auto' or"),
        (dict(learning_rate="step"), "learning_rate is"),
        (dict(learning_rate_init=0), "learning_rate_init is a number above 0"),
        (dict(max_iter=0), "max_iter"),
        (dict(max_iter=2.5), "max_iter"),
        (dict(shuffle="yes"), "shuffle is True or False"),
        (dict(tol=-1e-3), "tol"),
        (dict(momentum=1.5), "momentum"),
        (dict(beta_1=1.0), "beta_1"),
        (dict(epsilon=0), "epsilon"),
        (dict(validation_fraction=1.0), "validation_fraction"),
        (dict(n_iter_no_change=0), "n_iter_no_change"),
        (dict(n_iter_no_change=1.5), "n_iter_no_change"),
        (dict(loss="hinge"), "loss is 'auto' or 'log_loss', not 'hinge'"),
        (dict(module=nn.ReLU()), "module is None or a function"),
        (dict(random_state="seed"), "seed"),
        (dict(early_stopping=True, validation_fraction=0.01), "holds out 1 of n_samples=60"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    network = MLPClassifier(**settings)
    with pytest.raises(ValueError, match=message):
        network.fit(X, TARGETS["labels"])
    with pytest.raises(NotFittedError):
        MLPClassifier(**settings).predict(X)


def test_right_settings_of_unusual_types():
    network = MLPClassifier(
        np.array([4, 3]), max_iter=np.int64(2), alpha=np.float32(0), n_iter_no_change=np.inf
    )
    assert network.fit(X, TARGETS["labels"]).n_layers_ == 4
    assert MLPClassifier(7, max_iter=2).fit(X, TARGETS["labels"]).coefs_[0].shape == (4, 7)


def test_wrong_modules_are_refused():
    with pytest.raises(TypeError, match=r"makes an nn.Module with parameters"):
        MLPClassifier(module=lambda *_: nn.ReLU()).fit(X, TARGETS["labels"])
    with pytest.raises(ValueError, match=r"shape \(60, 5\).*must be \(60, 3\)"):
        MLPClassifier(module=lambda f, o, rng: nn.Linear(f, 5)).fit(X, TARGETS["labels"])


def test_wrong_data_are_refused():
    with pytest.raises(ValueError, match="one class only"):
        MLPClassifier().fit(X, np.ones(60))
    with pytest.raises(ValueError, match="counts, and y has -"):
        MLPRegressor(loss="poisson").fit(X, X[:, 0])
    for weights in (np.zeros(60), -np.ones(60)):
        with pytest.raises(ValueError, match=r"(?i)sample.weight"):
            MLPRegressor().fit(X, X[:, 0], sample_weight=weights)
    network = MLPRegressor(max_iter=2, warm_start=True).fit(X, X[:, 0])
    with pytest.raises(ValueError, match="y has 2 columns"):
        network.fit(X, X[:, :2])
    with pytest.raises(ValueError, match="begins anew"):
        network.set_params(hidden_layer_sizes=(3,)).fit(X, X[:, 0])


def test_portions_that_cannot_be():
    for settings in (dict(solver="lbfgs"), dict(early_stopping=True)):
        assert not hasattr(MLPClassifier(**settings), "partial_fit")
    assert hasattr(MLPClassifier(), "partial_fit")


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("seed", range(5))
def test_a_training_that_diverges_says_so(solver, seed):
    network = MLPRegressor(
        solver=solver, learning_rate_init=1e200, activation="identity", random_state=seed
    )
    with pytest.raises(ValueError, match=r"diverged in iteration .*StandardScaler"):
        network.fit(X, X[:, 0])
    with pytest.raises(NotFittedError):
        network.predict(X)


def test_what_has_not_converged_warns():
    for solver in ("adam", "lbfgs"):
        with pytest.warns(ConvergenceWarning, match=r"after 3 iterations.*max_iter \(now 3\)"):
            MLPClassifier(solver=solver, max_iter=3).fit(X, TARGETS["two classes"])


def test_interruption_keeps_what_was_learnt(monkeypatch):
    network = MLPRegressor(max_iter=50, random_state=0)
    note = network._note

    def interrupted(loss):
        note(loss)
        if len(network.loss_curve_) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(network, "_note", interrupted)
    with pytest.warns(UserWarning, match="stopped by you"):
        network.fit(X, X[:, 0])
    assert len(network.loss_curve_) == 3
    assert network.predict(X).shape == (60,)


def test_verbose_prints_the_losses(capsys):
    MLPRegressor(max_iter=2, verbose=True, early_stopping=True).fit(X, X[:, 0])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["Iteration", "Validation"] * 2


def test_without_sklearn_one_message():
    code = "import sys, nn; sys.modules['sklearn'] = None; import nn.sklearn"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        'ImportError: nn.sklearn needs scikit-learn: pip install "chainrule[train]"'
    )
    assert "During handling" not in done.stderr
