"""MLPClassifier: classes, or several labels at once."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels
from sklearn.utils.validation import column_or_1d

import autograd
from autograd import Value

from ..functional import binary_cross_entropy_with_logits, cross_entropy
from .estimator import TAKEN, Estimator, learns_by_batches, validate_data
from .rows import Rows


class MLPClassifier(ClassifierMixin, Estimator):
    """A network that tells classes apart, as a scikit-learn estimator.

    The settings are those of scikit-learn's estimator of that name, and ``module``. The network
    itself is ``module_``: it can be drawn, summed up, stepped through and saved.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        How many units each hidden layer has; () makes logistic regression.
    activation : {"relu", "identity", "logistic", "tanh", "leaky_relu", "gelu"}
    solver : {"adam", "sgd", "lbfgs"}
        "lbfgs" takes all rows at once; best for small data.
    alpha : float
        The L2 penalty: ``alpha / 2 · Σ weight²``, divided by the rows of the batch, is added to
        the loss. Biases are free.
    batch_size : int or "auto"
        "auto" is 200, or all rows where there are fewer.
    learning_rate : {"constant", "invscaling", "adaptive"}
        For "sgd". "invscaling" divides by ``(rows seen + 1) ** power_t``; "adaptive" divides by 5
        each time that nothing has improved, and stops only when the rate is 1e-6.
    learning_rate_init : float
    power_t : float
    max_iter : int
        The most epochs; of "lbfgs" the most iterations.
    shuffle : bool
        A new order of the rows in each epoch.
    random_state : int, numpy.random.RandomState or None
        Of the first parameters, orders and held-out rows. The default generators of NumPy and of
        nn are left alone.
    tol : float
        An epoch improves if the loss (with ``early_stopping`` the score) gets better by this. For
        "lbfgs" the largest entry of the gradient where it stops.
    verbose : bool
        Print the losses.
    warm_start : bool
        ``fit`` goes on with the network that is there.
    momentum, nesterovs_momentum : float, bool
        For "sgd".
    early_stopping : bool
        Hold out ``validation_fraction`` of the rows, stop by the score there, and keep the best
        parameters.
    validation_fraction : float
    beta_1, beta_2, epsilon : float
        For "adam".
    n_iter_no_change : int
        How many epochs may pass without improvement.
    max_fun : int
        The most evaluations of the loss in "lbfgs".
    loss : {"auto", "log_loss"}
    module : callable, optional
        ``module(n_features, n_outputs, rng)`` makes a network of your own that maps
        (rows, n_features) to (rows, n_outputs) logits; ``rng`` is for its layers. It takes the
        place of the hidden layers. A function at the top of a module can be pickled.

    Attributes
    ----------
    module_ : nn.Module
    classes_ : (classes,) array
    loss_, best_loss_ : float
    loss_curve_ : list of float
        The mean loss of each epoch; of "lbfgs" each evaluation.
    validation_scores_, best_validation_score_ : list of float, float
        With ``early_stopping``.
    n_iter_, n_layers_, n_outputs_, n_features_in_, t_ : int
    feature_names_in_ : (n_features_in_,) array, for data frames
    coefs_, intercepts_ : list of arrays
    out_activation_ : str

    Notes
    -----
    Two classes have one output and the logistic function, more have softmax. Of several labels
    at once, (rows, labels) of 0 and 1, each has its own output and logistic function.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from nn.sklearn import MLPClassifier
    >>> x, y = make_moons(200, noise=0.1, random_state=0)
    >>> network = MLPClassifier((16, 16), solver="lbfgs", random_state=0).fit(x, y)
    >>> network.score(x, y)
    1.0
    >>> network.predict_proba(x[:2]).round(2)
    array([[1., 0.],
           [0., 1.]])
    """

    _losses = ("log_loss",)

    @available_if(learns_by_batches)
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Learn from more rows: one epoch over them.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.
        classes : array, optional
            All classes that will come; needed in the first call.
        """
        several = type_of_target(y).startswith("multilabel")
        if classes is None and not self._fitted() and not several:
            raise ValueError(
                "the first partial_fit needs all classes that will come, because these rows may "
                "lack some: partial_fit(X, y, classes=[0, 1])"
            )
        return self._partial_fit(X, y, sample_weight, classes=classes)

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each row, or its labels.

        X : (rows, features) -> (rows,), or (rows, labels)
        """
        return self._answers(self._predicted(X))

    def predict_proba(self, X: Any) -> np.ndarray:
        """How likely each class is, or each label.

        X : (rows, features) -> (rows, classes), in the order of ``classes_``
        """
        outputs = self._predicted(X)
        if self.out_activation_ == "softmax":
            return autograd.softmax(outputs)
        if self._binarizer.y_type_ == "binary":
            outputs = np.hstack([-outputs, outputs])
        return autograd.sigmoid(outputs)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """The logarithms of `predict_proba`; −inf where that is 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def _checked(self, X: Any, y: Any, again: bool, classes: Any = None) -> tuple[Any, np.ndarray]:
        X, y = validate_data(self, X, y, multi_output=True, reset=not again, **TAKEN)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        if not again:
            binarizer = LabelBinarizer().fit(y if classes is None or y.ndim == 2 else classes)
            if len(binarizer.classes_) < 2:
                raise ValueError(
                    f"MLPClassifier tells classes apart, and y has one class only: "
                    f"{binarizer.classes_[0]!r}"
                )
            self._binarizer, self.classes_ = binarizer, binarizer.classes_
        elif classes is not None and not np.array_equal(unique_labels(classes), self.classes_):
            raise ValueError(
                f"partial_fit: classes are {list(self.classes_)} since the first call, not "
                f"{list(classes)}"
            )
        new = np.setdiff1d(unique_labels(y), self.classes_)
        if len(new):
            raise ValueError(
                f"y has the classes {list(new)}, which are not among those that the network "
                f"knows: {list(self.classes_)}"
            )
        return X, self._binarizer.transform(y).astype(bool)

    @property
    def out_activation_(self) -> str:
        """What makes probabilities of the network's outputs."""
        return "softmax" if self._binarizer.y_type_ == "multiclass" else "logistic"

    def _losses_of(self, outputs: Any, targets: np.ndarray) -> Value:
        wanted = targets.astype(outputs.dtype)  # the probability of each class
        if self.out_activation_ == "softmax":
            return cross_entropy(outputs, wanted, reduction="none")
        return binary_cross_entropy_with_logits(outputs, wanted, reduction="none")

    def _score(self, outputs: np.ndarray, rows: Rows) -> float:
        truth, answers = self._truth(rows.targets), self._answers(outputs)
        return float(accuracy_score(truth, answers, sample_weight=rows.weights))

    def _truth(self, targets: np.ndarray) -> np.ndarray:
        return self._binarizer.inverse_transform(targets.astype(int))

    def _answers(self, outputs: np.ndarray) -> np.ndarray:
        return self._binarizer.inverse_transform(outputs, threshold=0)

    def _strata(self, targets: np.ndarray, held_out: int) -> np.ndarray | None:
        """The classes, where both parts have room for all of them."""
        if self._binarizer.y_type_.startswith("multilabel"):
            return None
        classes = self._truth(targets)
        _, counts = np.unique(classes, return_counts=True)
        room = min(held_out, len(targets) - held_out)
        return classes if counts.min() > 1 and len(counts) <= room else None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
