"""An evaluator as an objective for Optuna."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.search.encoded_parameters import Encoding, parameter_encoding
from nasbench_pytorch.search.evaluators.base import Answer
from nasbench_pytorch.search.optuna_study import optuna_distributions
from nasbench_pytorch.search.proposals import FULL_EPOCHS, NOT_A_CELL

if TYPE_CHECKING:
    import optuna

    from nasbench_pytorch.search.evaluators.base import Evaluator

NOTHING = Answer(0.0, 0.0)
"""The answer for invalid parameters, and for a cell that the evaluator lacks."""


def optuna_objective(
    evaluator: Evaluator, encoding: str = "a", epochs: int = FULL_EPOCHS
) -> Callable[[optuna.Trial], float]:
    """Return a function for `study.optimize`: it suggests the parameters of an encoding and returns an accuracy.

    The study must maximise. Invalid parameters give 0, as in nas_benchmarks, and so does a cell that the evaluator
    lacks. The user attributes of a trial are `cost_s` (seconds charged), `epochs`, and `hash` of a cell.

    Args:
        evaluator: for example `TableSource(table, PROTOCOLS["paper"]).make((108,), seed=0)`. It draws the repeats,
            so it is not for several threads.
        encoding: `a`, `b` or `c`.
        epochs: budget of every evaluation.

    Raises:
        InputError: there is no such encoding.
        MissingExtraError: Optuna is not installed.
    """
    chosen = parameter_encoding(encoding)
    distributions = optuna_distributions(chosen)

    def objective(trial: optuna.Trial) -> float:
        values = {name: suggest(trial, name, distribution) for name, distribution in distributions.items()}
        answer, module_hash = evaluate_values(evaluator, chosen, values, epochs)
        trial.set_user_attr("epochs", epochs)
        trial.set_user_attr("cost_s", answer.cost_s)
        if module_hash is not None:
            trial.set_user_attr("hash", module_hash)
        return answer.value

    return objective


def suggest(trial: optuna.Trial, name: str, distribution: optuna.distributions.BaseDistribution) -> Any:
    """Suggest a parameter by its distribution."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(distribution, CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(name, distribution.low, distribution.high)
    assert isinstance(distribution, FloatDistribution)
    return trial.suggest_float(name, distribution.low, distribution.high)


def evaluate_values(
    evaluator: Evaluator, encoding: Encoding, values: Mapping[str, Any], epochs: int
) -> tuple[Answer, str | None]:
    """Return the answer to the values of an encoding, and the cell's hash; None for what is no cell.

    Raises:
        InputError: a parameter is missing or out of its domain.
    """
    candidates = evaluator.candidates
    proposal = encoding.proposal(values, candidates, epochs)
    if proposal.position == NOT_A_CELL:
        return NOTHING, None
    module_hash = candidates.space.hash_at(proposal.position)
    return (evaluator.evaluate(proposal) if proposal.position in candidates else NOTHING), module_hash
