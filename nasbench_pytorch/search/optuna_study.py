"""Optuna's view of the encodings, and studies in memory that write nothing to the screen."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.search.encoded_parameters import Categorical, Encoding, Integer, Parameter

try:
    import optuna as optuna  # the other modules take it from here, so that a missing one is named
except ModuleNotFoundError:
    raise MissingExtraError("Optuna", "optuna") from None

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def optuna_distributions(encoding: Encoding) -> dict[str, BaseDistribution]:
    """Return Optuna's distribution of each parameter: categorical in A and B; real and whole numbers too in C."""
    return {parameter.name: _distribution(parameter) for parameter in encoding.parameters}


def _distribution(parameter: Parameter) -> BaseDistribution:
    distributions = optuna.distributions
    if isinstance(parameter, Categorical):
        return distributions.CategoricalDistribution(parameter.values)
    if isinstance(parameter, Integer):
        return distributions.IntDistribution(parameter.low, parameter.high)
    return distributions.FloatDistribution(parameter.low, parameter.high)


@contextlib.contextmanager
def quiet_optuna() -> Iterator[None]:
    """Silence Optuna's notes about new studies in the block, and leave its verbosity as it was."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(max(before, optuna.logging.WARNING))
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def study_in_memory(name: str, pruner: Any = None) -> optuna.Study:
    """Return a new study that maximises.

    Args:
        name: of the study. Optuna's Hyperband draws brackets from it, so a fixed name makes a run reproducible.
        pruner: Optuna's pruner; None for none.
    """
    with quiet_optuna():
        return optuna.create_study(
            study_name=name,
            direction="maximize",
            sampler=optuna.samplers.RandomSampler(seed=0),  # of a new study; each algorithm sets its own
            pruner=pruner or optuna.pruners.NopPruner(),
        )
