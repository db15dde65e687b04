"""What the two estimators share: their settings, and how they learn and predict."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from autograd import Value, no_grad
from autograd.value import raw

from ..functional import l2_penalty
from ..layers import Linear
from ..optim import Optimizer
from .network import made_by, mlp
from .rows import Rows
from .settings import check_settings, hidden_sizes
from .training import optimizer_of, train_by_epochs, train_by_lbfgs

try:
    from sklearn.utils.validation import validate_data
except ImportError:  # scikit-learn 1.5 has it as a method

    def validate_data(estimator: Any, *args: Any, **settings: Any) -> Any:
        """Check data, and remember or compare the features."""
        return estimator._validate_data(*args, **settings)


# How features are read; float16 and integers become float64.
TAKEN: dict[str, Any] = {"accept_sparse": "csr", "dtype": (np.float64, np.float32)}


class Estimator(BaseEstimator):
    """A network that learns from rows; subclasses say what its outputs mean.

    They write ``_checked`` (data to inputs and targets), ``_losses_of`` (of outputs and targets),
    ``_answers`` (outputs to predictions), ``_score`` and ``_strata`` (for held-out rows).
    """

    module_: Any
    loss_curve_: list[float]
    validation_scores_: list[float] | None
    _made_of: tuple
    _losses: tuple[str, ...] = ()

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        loss: str = "auto",
        module: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.loss = loss
        self.module = module

    # ---- learning -------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn, from the beginning unless ``warm_start``.

        Parameters
        ----------
        X : (rows, features) array, sparse matrix or data frame
            float32 and float64 are kept, all else becomes float64.
        y : (rows,) or (rows, outputs) array
        sample_weight : (rows,) array, optional
            How much each row counts.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Where settings or data make no sense, or where the training diverges.
        """
        rows = self._begin(X, y, sample_weight, again=self.warm_start and self._fitted())
        self._start()
        converged = True
        try:
            if self.solver == "lbfgs":
                converged = train_by_lbfgs(self, rows)
            else:
                converged = train_by_epochs(self, rows, self.max_iter)
        except KeyboardInterrupt:
            warnings.warn("stopped by you; the network keeps what it learnt", stacklevel=2)
        self.module_.eval()
        if not converged:
            warnings.warn(
                f"{type(self).__name__}: after {self.n_iter_} iterations the loss still falls; "
                f"raise max_iter (now {self.max_iter}), or tol (now {self.tol:g})",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, **known: Any) -> Self:
        again = self._fitted()
        rows = self._begin(X, y, sample_weight, again, **known)
        if not again or not hasattr(self, "optimizer_"):
            self._start()
        train_by_epochs(self, rows, 1)
        self.module_.eval()
        return self

    def _begin(self, X: Any, y: Any, sample_weight: Any, again: bool, **known: Any) -> Rows:
        """Check all that was given, and make the network unless it goes on from before."""
        check_settings(self, self._losses)
        hidden = hidden_sizes(self)
        made_of = (hidden, self.activation, self.module, self.loss)
        if again and made_of != self._made_of:
            raise ValueError(
                f"{type(self).__name__} goes on with the network that it has, and "
                f"hidden_layer_sizes, activation, module or loss were changed since; clone(...) "
                f"gives an estimator that begins anew"
            )
        X, targets = self._checked(X, y, again, **known)
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, dtype=X.dtype)
            if weights.min() < 0 or not weights.sum() > 0:
                raise ValueError("sample_weight: weights are at least 0, and not all of them 0")
        if not again:
            self._random = _own_state(self.random_state)
            self.n_outputs_ = outputs = targets.shape[1]
            if self.module is None:
                sizes = [X.shape[1], *hidden, outputs]
                self.module_ = mlp(sizes, self.activation, self._random, X.dtype)
            else:
                rng = np.random.default_rng(self._random.randint(2**31 - 1))
                self.module_ = made_by(self.module, X.shape[1], outputs, rng)
            self._made_of = made_of
            self.t_, self.loss_curve_ = 0, []
        return Rows(X, targets, weights)

    def _start(self) -> None:
        """What each run of training begins with."""
        self.optimizer_ = optimizer_of(self)
        self.n_iter_ = self._waited = 0
        self.best_loss_ = None if self.early_stopping else np.inf
        self.best_validation_score_ = -np.inf if self.early_stopping else None
        self.validation_scores_ = [] if self.early_stopping else None

    def _descent(self, optimizer: Optimizer, rows: Rows) -> Value:
        """The loss of rows, and its gradients."""
        optimizer.zero_grad()
        losses = self._losses_of(self._forward(rows.inputs), rows.targets)
        losses = losses.reshape(rows.count, -1)
        if rows.weights is not None:
            losses = losses * rows.weights.astype(losses.dtype)[:, None]
        loss = losses.sum() / rows.total
        if self.alpha:
            weights = (p for p in self.module_.parameters() if p.ndim > 1)  # biases are free
            loss = loss + l2_penalty(weights) * (0.5 * self.alpha / rows.total)
        loss.backward(leaves_only=True)
        return loss

    def _note(self, loss: float) -> None:
        self.loss_ = loss
        self.loss_curve_.append(loss)
        if self.verbose:
            print(f"Iteration {len(self.loss_curve_)}, loss = {loss:.8f}")

    def _check_finite(self) -> None:
        """Stop where the training has diverged; what is left is not fitted."""
        if not all(np.isfinite(p._data).all() for p in self.module_.parameters()):
            del self.module_
            raise ValueError(
                f"{type(self).__name__}: the training diverged in iteration "
                f"{len(self.loss_curve_)}, and its parameters are no finite numbers; scale the "
                f"features (StandardScaler), or lower learning_rate_init"
            )

    # ---- predicting -----------------------------------------------------------------------------

    def _predicted(self, X: Any) -> np.ndarray:
        """What the network says of rows that a user gave."""
        check_is_fitted(self)
        return self._outputs(validate_data(self, X, **TAKEN, reset=False))

    def _outputs(self, X: Any) -> np.ndarray:
        self.module_.eval()
        starts = range(0, X.shape[0], 1000)
        with no_grad():
            return np.concatenate([raw(self._forward(X[i : i + 1000])) for i in starts])

    def _forward(self, X: Any) -> Any:
        dtype = next(self.module_.parameters()).dtype
        outputs = self.module_((X.toarray() if sparse.issparse(X) else X).astype(dtype, copy=False))
        if np.shape(outputs) != (X.shape[0], self.n_outputs_):
            raise ValueError(
                f"module: the network gave an array of shape {np.shape(outputs)} for {X.shape[0]} "
                f"rows, and it must be {(X.shape[0], self.n_outputs_)}, one column for each output"
            )
        return outputs

    @property
    def coefs_(self) -> list[np.ndarray]:
        """Copies of the weights, as (features in, features out) arrays."""
        return [layer.weight._data.T.copy() for layer in self._linears("coefs_")]

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """Copies of the biases."""
        return [layer.bias._data.copy() for layer in self._linears("intercepts_")]

    @property
    def n_layers_(self) -> int:
        """How many layers there are, that of the inputs included."""
        return len(self._linears("n_layers_")) + 1

    def _linears(self, name: str) -> list[Any]:
        if not self._fitted() or self.module is not None:
            raise AttributeError(f"{name} is there when fit has made a network of its own")
        return [layer for layer in self.module_ if isinstance(layer, Linear)]

    def _fitted(self) -> bool:
        return hasattr(self, "module_")

    __sklearn_is_fitted__ = _fitted

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def learns_by_batches(estimator: Estimator) -> bool:
    """Whether it has ``partial_fit``."""
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "solver='lbfgs' needs all rows at once and has no partial_fit; 'adam' and 'sgd' have"
        )
    if estimator.early_stopping:
        raise AttributeError(
            "partial_fit holds no rows out, so it cannot stop early; set early_stopping=False"
        )
    return True


def _own_state(random_state: Any) -> np.random.RandomState:
    """NumPy's old generator, as scikit-learn draws from: the same seed gives the same network.

    Without a seed it is a new one, and the global one stays as it is.
    """
    return np.random.RandomState() if random_state is None else check_random_state(random_state)
