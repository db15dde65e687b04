"""How an estimator trains: by epochs of batches, or by L-BFGS on all rows at once."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import shuffle

from ..optim import LBFGS, SGD, Adam, Optimizer
from .rows import Rows


def optimizer_of(estimator: Any) -> Optimizer:
    """Adam or SGD with the estimator's settings."""
    parameters, lr = estimator.module_.parameters(), estimator.learning_rate_init
    if estimator.solver == "adam":
        return Adam(parameters, lr, (estimator.beta_1, estimator.beta_2), estimator.epsilon)
    nesterov = bool(estimator.nesterovs_momentum and estimator.momentum > 0)
    return SGD(parameters, lr, estimator.momentum, nesterov=nesterov)


@np.errstate(all="ignore")  # what overflows is reported by _check_finite
def train_by_epochs(estimator: Any, rows: Rows, epochs: int) -> bool:
    """Pass over the rows up to so often; whether it ended because nothing improved any more."""
    held_out = None
    if estimator.early_stopping:
        rows, held_out = _split(estimator, rows)
    best_state, order = None, np.arange(rows.count)
    for _ in range(epochs):
        if estimator.shuffle:
            order = shuffle(order, random_state=estimator._random)
        estimator.module_.train()  # scores have left it in evaluation mode
        loss = _epoch(estimator, rows, order)
        estimator.n_iter_ += 1
        estimator.t_ += rows.count
        estimator._note(loss)
        estimator._check_finite()
        if held_out is None:
            improved = loss <= estimator.best_loss_ - estimator.tol
            estimator.best_loss_ = min(loss, estimator.best_loss_)
        else:
            score = estimator._score(estimator._outputs(held_out.inputs), held_out)
            estimator.validation_scores_.append(score)
            if estimator.verbose:
                print(f"Validation score: {score:f}")
            improved = score >= estimator.best_validation_score_ + estimator.tol
            if score > estimator.best_validation_score_:
                estimator.best_validation_score_ = score
                best_state = estimator.module_.state_dict()
        estimator._waited = 0 if improved else estimator._waited + 1
        if estimator._waited > estimator.n_iter_no_change and not _slowed(estimator):
            break
    if best_state is not None:
        estimator.module_.load_state_dict(best_state)
    return estimator._waited > estimator.n_iter_no_change


def _epoch(estimator: Any, rows: Rows, order: np.ndarray) -> float:
    """One pass in batches; the mean loss of the rows."""
    optimizer = estimator.optimizer_
    if estimator.solver == "sgd" and estimator.learning_rate == "invscaling":
        rate = estimator.learning_rate_init / (estimator.t_ + 1) ** estimator.power_t
        optimizer.param_groups[0]["lr"] = rate
    size = min(200, rows.count) if estimator.batch_size == "auto" else estimator.batch_size
    summed = 0.0
    for start in range(0, rows.count, size):
        batch = rows.at(order[start : start + size])
        if batch.total:
            loss = optimizer.step(partial(estimator._descent, optimizer, batch))
            summed += loss.item() * batch.total
    return summed / rows.total


def _slowed(estimator: Any) -> bool:
    """Where the rate adapts, lower it; whether that was possible."""
    group = estimator.optimizer_.param_groups[0]
    if estimator.solver != "sgd" or estimator.learning_rate != "adaptive" or group["lr"] <= 1e-6:
        return False
    group["lr"] /= 5
    estimator._waited = 0
    if estimator.verbose:
        print(f"Learning rate set to {group['lr']:f}")
    return True


def _split(estimator: Any, rows: Rows) -> tuple[Rows, Rows]:
    """The rows to learn from, and those held out to see when to stop."""
    fraction, count = estimator.validation_fraction, rows.count
    size = math.ceil(fraction * count)
    if not 2 <= size < count:
        raise ValueError(
            f"early_stopping: validation_fraction={fraction} holds out {size} of n_samples={count} "
            f"rows, too few or too many to judge by; change it, or give more rows"
        )
    learn, held_out = train_test_split(
        np.arange(count),
        test_size=size,
        random_state=estimator._random,
        stratify=estimator._strata(rows.targets, size),
    )
    return rows.at(learn), rows.at(held_out)


@np.errstate(all="ignore")
def train_by_lbfgs(estimator: Any, rows: Rows) -> bool:
    """Go down on all rows at once; whether it ended because nothing changed any more."""
    optimizer = LBFGS(
        estimator.module_.parameters(),
        max_iter=estimator.max_iter,
        max_eval=estimator.max_fun,
        tolerance_grad=estimator.tol,
        history_size=10,
        line_search_fn="strong_wolfe",
    )

    def evaluated() -> Any:
        loss = estimator._descent(optimizer, rows)
        estimator._note(loss.item())
        return loss

    estimator.module_.train()
    optimizer.step(evaluated)
    estimator._check_finite()
    (state,) = optimizer.state.values()
    estimator.n_iter_ = state["n_iter"]
    estimator.t_ += rows.count * state["func_evals"]
    # The line search may have tried one more point than the one it took.
    estimator.loss_ = estimator.best_loss_ = estimator._descent(optimizer, rows).item()
    return state["n_iter"] < estimator.max_iter and state["func_evals"] < estimator.max_fun
