"""What the settings of an estimator may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from ..module import Module
from .network import ACTIVATIONS


class Rule(NamedTuple):
    """Whether a setting is right, and how the right ones are described."""

    holds: Callable[[Any], bool]
    text: str


def _one_of(*names: str) -> Rule:
    text = ", ".join(map(repr, names[:-1])) + f" or {names[-1]!r}"
    return Rule(lambda x: isinstance(x, str) and x in names, text)


def _number(text: str, holds: Callable[[Any], bool] = lambda x: True, kind: type = Real) -> Rule:
    return Rule(lambda x: isinstance(x, kind) and not isinstance(x, bool) and holds(x), text)


_COUNT = _number("an integer of at least 1", lambda x: x >= 1, Integral)
_AT_LEAST_0 = _number("a number of at least 0", lambda x: x >= 0)
_ABOVE_0 = _number("a number above 0", lambda x: x > 0)
_SHARE = _number("a number from 0 to below 1", lambda x: 0 <= x < 1)
_YES_OR_NO = Rule(lambda x: isinstance(x, (bool, np.bool_)), "True or False")

RULES = {
    "activation": _one_of(*ACTIVATIONS),
    "solver": _one_of("adam", "sgd", "lbfgs"),
    "alpha": _AT_LEAST_0,
    "batch_size": Rule(
        lambda x: (isinstance(x, str) and x == "auto") or _COUNT.holds(x),
        "'auto' or an integer of at least 1",
    ),
    "learning_rate": _one_of("constant", "invscaling", "adaptive"),
    "learning_rate_init": _ABOVE_0,
    "power_t": _AT_LEAST_0,
    "max_iter": _COUNT,
    "shuffle": _YES_OR_NO,
    "tol": _AT_LEAST_0,
    "warm_start": _YES_OR_NO,
    "momentum": _SHARE,
    "nesterovs_momentum": _YES_OR_NO,
    "early_stopping": _YES_OR_NO,
    "validation_fraction": _number("a number between 0 and 1", lambda x: 0 < x < 1),
    "beta_1": _SHARE,
    "beta_2": _SHARE,
    "epsilon": _ABOVE_0,
    "n_iter_no_change": _number(
        "an integer of at least 1, or infinity",
        lambda x: x >= 1 and (isinstance(x, Integral) or np.isinf(x)),
    ),
    "max_fun": _COUNT,
    "module": Rule(
        lambda x: x is None or (callable(x) and not isinstance(x, Module)),
        "None or a function (n_features, n_outputs, rng) that makes a network",
    ),
}


def check_settings(estimator: Any, losses: Iterable[str]) -> None:
    """Refuse an estimator whose settings make no sense, naming the first of them."""
    for name, rule in {**RULES, "loss": _one_of("auto", *losses)}.items():
        given = getattr(estimator, name)
        if not rule.holds(given):
            raise ValueError(f"{type(estimator).__name__}: {name} is {rule.text}, not {given!r}")
    hidden_sizes(estimator)


def hidden_sizes(estimator: Any) -> list[int]:
    """The sizes of the hidden layers; one number stands for one layer."""
    given = estimator.hidden_layer_sizes
    sizes = list(given) if isinstance(given, Iterable) else [given]
    if not all(_COUNT.holds(size) for size in sizes):
        raise ValueError(
            f"{type(estimator).__name__}: hidden_layer_sizes are integers of at least 1, one for "
            f"each layer: (100,); not {given!r}"
        )
    return [int(size) for size in sizes]
