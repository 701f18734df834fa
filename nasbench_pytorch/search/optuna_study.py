"""Encodings as Optuna's distributions, and studies in memory that print nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.search.encoded_parameters import Categorical, Encoding, Integer, Parameter

try:
    import optuna as optuna  # other modules import it from here, so that all name the extra if it is missing
except ModuleNotFoundError:
    raise MissingExtraError("Optuna", "optuna") from None

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def optuna_distributions(encoding: Encoding) -> dict[str, BaseDistribution]:
    """Return the Optuna distribution of each parameter by its name.

    In encodings A and B all are categorical. C also has an integer and 21 real numbers.
    """
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
    """Keep Optuna from printing a line for each new study in the block, and restore its verbosity afterwards."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(max(before, optuna.logging.WARNING))
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def study_in_memory(name: str, pruner: Any = None) -> optuna.Study:
    """Return a new study that maximises.

    Args:
        name: name of the study. Optuna's Hyperband draws brackets from it, so a fixed name makes a run reproducible.
        pruner: an Optuna pruner; None for no pruning.
    """
    with quiet_optuna():
        return optuna.create_study(
            study_name=name,
            direction="maximize",
            sampler=optuna.samplers.RandomSampler(seed=0),  # a placeholder: each algorithm sets its own sampler
            pruner=pruner or optuna.pruners.NopPruner(),
        )
