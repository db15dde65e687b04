"""MLPRegressor: one number for each row, or several."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import column_or_1d

from autograd import Value

from ..functional import l1_loss, mse_loss, poisson_nll_loss
from .estimator import TAKEN, Estimator, learns_by_batches, validate_data
from .rows import Rows


class MLPRegressor(MultiOutputMixin, RegressorMixin, Estimator):
    """A network that predicts numbers, as a scikit-learn estimator.

    Parameters
    ----------
    loss : {"auto", "squared_error", "absolute_error", "poisson"}
        "auto" is "squared_error", half the squared difference. "poisson" is for counts: it
        predicts exp(output), and its loss lacks the terms that do not depend on the network. Of
        several outputs the losses are added.
    **settings
        All others are those of `MLPClassifier`.

    Attributes
    ----------
    module_ : nn.Module
        And the others of `MLPClassifier`, but for ``classes_``. Scores are R².

    Examples
    --------
    >>> import numpy as np
    >>> from nn.sklearn import MLPRegressor
    >>> x = np.linspace(-3, 3, 50)[:, None]
    >>> network = MLPRegressor((16,), activation="tanh", solver="lbfgs", random_state=0)
    >>> bool(network.fit(x, np.sin(x[:, 0])).score(x, np.sin(x[:, 0])) > 0.99)
    True
    """

    _losses = ("squared_error", "absolute_error", "poisson")

    @available_if(learns_by_batches)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from more rows: one epoch over them; for the parameters see `fit`."""
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any) -> np.ndarray:
        """The numbers of each row.

        X : (rows, features) -> (rows,), or (rows, outputs) where there are several
        """
        return self._answers(self._predicted(X))

    def _checked(self, X: Any, y: Any, again: bool) -> tuple[Any, np.ndarray]:
        X, y = validate_data(
            self, X, y, multi_output=True, y_numeric=True, reset=not again, **TAKEN
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if self.loss == "poisson" and y.min() < 0:
            raise ValueError(f"MLPRegressor: loss='poisson' is for counts, and y has {y.min()}")
        targets = y.reshape(len(y), -1)
        if again and targets.shape[1] != self.n_outputs_:
            raise ValueError(
                f"y has {targets.shape[1]} columns, and the network that is there has "
                f"{self.n_outputs_} outputs"
            )
        return X, targets

    @property
    def out_activation_(self) -> str:
        """What makes predictions of the network's outputs."""
        return "exp" if self.loss == "poisson" else "identity"

    def _losses_of(self, outputs: Any, targets: np.ndarray) -> Value:
        if self.loss == "poisson":
            return poisson_nll_loss(outputs, targets, reduction="none")
        if self.loss == "absolute_error":
            return l1_loss(outputs, targets, reduction="none")
        return 0.5 * mse_loss(outputs, targets, reduction="none")

    def _answers(self, outputs: np.ndarray) -> np.ndarray:
        numbers = np.exp(outputs) if self.out_activation_ == "exp" else outputs
        return numbers.ravel() if self.n_outputs_ == 1 else numbers

    def _score(self, outputs: np.ndarray, rows: Rows) -> float:
        return float(r2_score(rows.targets, self._answers(outputs), sample_weight=rows.weights))

    def _strata(self, targets: np.ndarray, held_out: int) -> None:
        """Held-out rows are drawn evenly."""
