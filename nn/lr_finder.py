"""find_lr: the learning rate at which a model learns fastest."""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import numpy as np

from .batches import batches_of, inputs_and_targets
from .data.sampler import count
from .descent import descend
from .module import Module
from .optim import Optimizer
from .progress import bar
from .random import generators


class LearningRates(NamedTuple):
    """What a range test measured.

    Attributes
    ----------
    lrs : list of float
        Rising evenly in the logarithm.
    losses : list of float
        Smoothed; at each rate.
    suggestion : float
        Where the loss falls fastest.
    """

    lrs: list[float]
    losses: list[float]
    suggestion: float

    def __str__(self) -> str:
        return f"suggested learning rate {self.suggestion:.2e}, of {len(self.lrs)} tried"


def find_lr(
    model: Module,
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    data: Any,
    *,
    min_lr: float = 1e-7,
    max_lr: float = 10.0,
    steps: int = 100,
    batch_size: int = 32,
    smoothing: float = 0.9,
    progress: bool = False,
) -> LearningRates:
    """Train for a while with a rising learning rate, and put everything back.

    Parameters
    ----------
    model, loss, optimizer, data, batch_size
        As for `fit`.
    min_lr, max_lr : float
    steps : int
        At least 3. It ends earlier where the loss explodes.
    smoothing : float
        How much of the mean so far each loss keeps.
    progress : bool

    Returns
    -------
    LearningRates
        The model, the optimiser and the random generators are as they were.

    References
    ----------
    Smith 2017, "Cyclical learning rates for training neural networks", section 3.3.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x = np.random.default_rng(0).normal(size=(256, 4)).astype(np.float32)
    >>> model = nn.Linear(4, 1, rng=0)
    >>> optimizer = nn.optim.SGD(model.parameters())
    >>> found = nn.find_lr(model, nn.functional.mse_loss, optimizer, (x, x[:, :1]))
    >>> 1e-3 < found.suggestion < 1
    True
    """
    if not 0 < min_lr < max_lr:
        raise ValueError(f"find_lr: rates rise from min_lr to max_lr, not {min_lr} to {max_lr}")
    rates = np.geomspace(min_lr, max_lr, count("find_lr: steps", steps, 3)).tolist()
    loader = batches_of(data, batch_size, shuffle=True)
    random = [(g, copy.deepcopy(g.bit_generator.state)) for g in generators(model, loader)]
    parameters, groups = model.state_dict(), copy.deepcopy(optimizer.state_dict())
    gradients = [(p, p.grad) for p in model.parameters()]
    modes = {module: module.training for module in model.modules()}
    lrs, losses, mean = list[float](), list[float](), 0.0
    batches = _again_and_again(loader)
    model.train()
    try:
        for rate, batch in zip(bar(rates, "find_lr") if progress else rates, batches, strict=False):
            for group in optimizer.param_groups:
                group["lr"] = rate
            try:
                number, _ = descend(
                    model, loss, optimizer, *inputs_and_targets(batch), f"find_lr at {rate:.1e}"
                )
            except FloatingPointError:
                if len(lrs) < 3:
                    raise
                break  # it is meant to explode in the end
            mean = smoothing * mean + (1 - smoothing) * number
            lrs.append(rate)
            losses.append(mean / (1 - smoothing ** len(lrs)))
            if len(losses) > 10 and losses[-1] > 4 * min(losses):
                break
    finally:
        batches.close()  # before the generators go back: a loader's thread sets them too
        model.load_state_dict(parameters)
        optimizer.load_state_dict(groups)
        for parameter, gradient in gradients:
            parameter.grad = gradient
        for module, training in modes.items():
            module.training = training
        for each, state in random:
            each.bit_generator.state = state
    if len(lrs) < 3:
        raise ValueError(f"find_lr: the data gave {len(lrs)} batches, and it takes 3 or more")
    return LearningRates(lrs, losses, lrs[_steepest(np.log(lrs), np.array(losses))])


def _again_and_again(loader: Any) -> Generator[Any, None, None]:
    """Batch after batch, beginning anew at the end; what can be walked once ends."""
    gave = True
    while gave:
        gave = False
        for batch in loader:
            gave = True
            yield batch


def _steepest(x: np.ndarray, losses: np.ndarray) -> int:
    """The middle of the stretch, a tenth of all long, over which the loss falls most."""
    wide = max(len(losses) // 10, 2)
    fall = (losses[:-wide] - losses[wide:]) / (x[wide:] - x[:-wide])
    first = min(wide, len(fall) - 1)  # the means of the first few batches are mostly chance
    return first + int(np.argmax(fall[first:])) + wide // 2
