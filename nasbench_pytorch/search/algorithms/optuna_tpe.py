"""TPE, the tree-structured Parzen estimator, by Optuna."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from nasbench_pytorch.search.algorithms.optuna_search import OptunaSearch
from nasbench_pytorch.search.optuna_study import study_in_memory
from nasbench_pytorch.search.proposals import FULL_EPOCHS, Proposal

if TYPE_CHECKING:
    import optuna


@dataclass(eq=False, repr=False, kw_only=True)
class OptunaTPE(OptunaSearch):
    """TPE of Optuna 5 with every switch set here, so that another release's defaults change nothing.

    The defaults are those of hyperopt, which the publication used: 20 random trials, 24 candidates, one parameter at a
    time, and a number of good trials that grows with the square root. Those of Optuna 5 are
    `multivariate=True, gamma="optuna", startup_trials=10`.

    The densities are Optuna's. Where four good trials share a binary value, Optuna gives it a probability of .79 and
    hyperopt .83. And in encoding C hyperopt draws the smallest and the largest number of edges half as often.

    An invalid proposal counts as accuracy 0 and costs nothing, as in nas_benchmarks; so does a cell that the table
    lacks.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        encoding: `a` (26 categorical parameters), `b` (14) or `c` (27, most of them real).
        startup_trials: random trials before the first model.
        ei_candidates: draws from the good trials' density for each choice.
        multivariate: whether the parameters are modelled together.
        gamma: how many trials are the good ones: a quarter of the square root (`hyperopt`), or a tenth (`optuna`).
        epochs: budget of every proposal.

    Raises:
        InputError: there is no such encoding or gamma, or a number is too small.
        MissingExtraError: Optuna is not installed.

    Source: Bergstra et al. 2011; optuna.samplers.TPESampler; automl/nas_benchmarks, `experiment_scripts/run_tpe.py`.
    """

    name: ClassVar[str] = "optuna_tpe"
    epochs: int = FULL_EPOCHS

    @override
    def _new_study(self) -> optuna.Study:
        return study_in_memory(self.name)

    @override
    def ask(self) -> Proposal:
        return self._encoding.proposal(self._running().params, self.candidates, self.epochs)
