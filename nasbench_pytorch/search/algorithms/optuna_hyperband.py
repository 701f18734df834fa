"""TPE with Optuna's Hyperband pruner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from nasbench_pytorch.search.algorithms.brackets import Ladder
from nasbench_pytorch.search.algorithms.optuna_search import OptunaSearch, TrialRecord
from nasbench_pytorch.search.optuna_study import optuna, study_in_memory

if TYPE_CHECKING:
    from nasbench_pytorch.search.proposals import Proposal


@dataclass(eq=False, repr=False, kw_only=True)
class OptunaHyperband(OptunaSearch):
    """Optuna's TPE and `HyperbandPruner`: a trial reports at 4, 12, 36 and 108 epochs and may be stopped after each.

    The pruner takes these budgets for checkpoints of one training. In NAS-Bench-101 that assumption fails: each budget
    is a training of its own, with its own cosine schedule, so a training of 12 epochs does not continue one of 4. Here
    each report is such a fresh training and is charged whole: a trial that is never stopped pays for 160 epochs, where
    the pruner counts 108. `hyperband` and `successive_halving` do not make the assumption.

    Optuna does not tell a trial's bracket beforehand, so trials of the brackets that start with a larger budget also
    train with the smaller ones. The model of a bracket learns from that bracket's trials alone.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        encoding: `a`, `b` or `c`, see `OptunaTPE`.
        startup_trials: random trials of a bracket before its first model.
        ei_candidates: draws from the good trials' density for each choice.
        multivariate: whether the parameters are modelled together.
        gamma: `hyperopt` or `optuna`, see `OptunaTPE`.
        eta: factor between budgets; of the trials at a budget, one in `eta` continues.
        min_epochs: smallest budget.
        max_epochs: largest budget.

    Raises:
        InputError: see `OptunaTPE`, or the largest budget is not the smallest times a power of eta.
        MissingExtraError: Optuna is not installed.

    Source: Li et al. 2018 (arXiv 1603.06560); optuna.pruners.HyperbandPruner.
    """

    name: ClassVar[str] = "optuna_hyperband"
    eta: int = 3
    min_epochs: int = 4
    max_epochs: int = 108

    def __post_init__(self) -> None:
        self._budgets = Ladder(self.eta, self.min_epochs, self.max_epochs).epochs()
        super().__post_init__()

    @classmethod
    @override
    def budgets(cls, settings: Mapping[str, Any]) -> tuple[int, ...]:
        return Ladder.of(settings).epochs()

    @override
    def _new_study(self) -> optuna.Study:
        pruner = optuna.pruners.HyperbandPruner(
            min_resource=self.min_epochs, max_resource=self.max_epochs, reduction_factor=self.eta, bootstrap_count=0
        )
        # The pruner draws a trial's bracket from the name of the study and the number of the trial.
        return study_in_memory(f"{self.name} {self.seed}", pruner)

    @override
    def ask(self) -> Proposal:
        trial = self._running()
        reports = self._trials[-1].reports
        return self._encoding.proposal(trial.params, self.candidates, self._budgets[len(reports)])

    @override
    def _report(self, trial: optuna.Trial, record: TrialRecord) -> None:
        epochs, value = record.reports[-1]
        trial.report(value, step=epochs)
        should_stop = trial.should_prune()
        if epochs == self.max_epochs:
            super()._report(trial, record)
        elif should_stop or record.outcome == "invalid":
            self._study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            self._trial = None
