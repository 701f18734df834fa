"""Evaluators as objectives for Optuna."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.encoded_parameters import Encoding, parameter_encoding
from nasbench_pytorch.search.evaluators.base import Answer
from nasbench_pytorch.search.optuna_study import optuna_distributions
from nasbench_pytorch.search.proposals import FULL_EPOCHS, NOT_A_CELL

if TYPE_CHECKING:
    import optuna

    from nasbench_pytorch.search.evaluators.base import Evaluator


def optuna_objective(
    evaluator: Evaluator, encoding: str = "a", epochs: int = FULL_EPOCHS
) -> Callable[[optuna.Trial], float]:
    """Return a function for `study.optimize`: it suggests the parameters of an encoding and returns an accuracy.

    The study must maximise. Invalid parameters, and a cell that the evaluator lacks, cost nothing and have the
    evaluator's worst value: accuracy 0, as in nas_benchmarks. The user attributes of a trial are `epochs`, `cost_s`
    (seconds charged) and, if the parameters are valid, `hash` (of the cell).

    Args:
        evaluator: for example `TableSource(table, PROTOCOLS["paper"]).make((108,), seed=0)`. An evaluator that draws
            repeats must not be used by several threads at once.
        encoding: `a`, `b` or `c`.
        epochs: budget of every evaluation.

    Raises:
        InputError: there is no such encoding, or the evaluator lacks the budget.
        MissingExtraError: Optuna is not installed.
    """
    chosen = parameter_encoding(encoding)
    distributions = optuna_distributions(chosen)
    if epochs not in evaluator.epochs:
        known = ", ".join(map(str, evaluator.epochs))
        raise InputError(f"the evaluator has no budget of {epochs!r} epochs, only {known}; make it with ({epochs!r},)")

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
    """Suggest the value of a parameter, and return it.

    Args:
        trial: the trial.
        name: name of the parameter.
        distribution: its distribution; see `optuna_distributions`.
    """
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
    """Return the evaluation of the cell that parameter values decode to, and the cell's hash; None if invalid.

    Args:
        evaluator: evaluates the cell.
        encoding: the encoding of the values.
        values: parameter name → value.
        epochs: budget of the evaluation.

    Raises:
        InputError: a parameter is missing or out of its domain.
    """
    candidates = evaluator.candidates
    proposal = encoding.proposal(values, candidates, epochs)
    is_allowed = proposal.position in candidates
    answer = evaluator.evaluate(proposal) if is_allowed else Answer(evaluator.worst_value, 0.0)
    module_hash = None if proposal.position == NOT_A_CELL else candidates.space.hash_at(proposal.position)
    return answer, module_hash
