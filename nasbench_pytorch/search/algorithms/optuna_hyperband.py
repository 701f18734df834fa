"""TPE with Optuna's Hyperband pruner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from nasbench_pytorch.search.algorithms.brackets import Ladder
from nasbench_pytorch.search.algorithms.optuna_tpe import OptunaTPE, TrialRecord
from nasbench_pytorch.search.optuna_study import optuna, study_in_memory

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates
    from nasbench_pytorch.search.proposals import Proposal


class OptunaHyperband(OptunaTPE):
    """Optuna's TPE and `HyperbandPruner`: a trial reports at 4, 12, 36 and 108 epochs and may be stopped after each.

    The pruner takes these budgets for checkpoints of one run. In NAS-Bench-101 that assumption fails: every budget is a
    training of its own, with its own cosine schedule, so 12 epochs do not go on from 4, and a promotion pays for the
    whole larger training. Here each report is such a fresh training and is charged whole: 160 epochs for a trial that
    is never stopped, where the pruner supposes 108. `hyperband` and `successive_halving` do without the assumption.

    Trials of the brackets that start higher also train with the small budgets, since Optuna does not say beforehand
    which bracket a trial is in. The model of a bracket learns from that bracket's trials alone.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        encoding: `a`, `b` or `c`.
        startup_trials: random trials of a bracket before its first model.
        ei_candidates: draws from the good trials' density for each choice.
        multivariate: whether the parameters are modelled together.
        gamma: `hyperopt` or `optuna`.
        eta: factor between budgets; of the trials at a budget, one in `eta` continues.
        min_epochs: smallest budget.
        max_epochs: largest budget.

    Raises:
        InputError: see `OptunaTPE`, or the largest budget is not the smallest times a power of eta.
        MissingExtraError: Optuna is not installed.

    Source: Li et al. 2018 (arXiv 1603.06560); optuna.pruners.HyperbandPruner.
    """

    name: ClassVar[str] = "optuna_hyperband"

    def __init__(  # noqa: PLR0913 - the parameters of the method
        self,
        candidates: Candidates,
        *,
        seed: int = 0,
        encoding: str = "a",
        startup_trials: int = 20,
        ei_candidates: int = 24,
        multivariate: bool = False,
        gamma: str = "hyperopt",
        eta: int = 3,
        min_epochs: int = 4,
        max_epochs: int = 108,
    ) -> None:
        self.eta, self.min_epochs, self.max_epochs = eta, min_epochs, max_epochs
        self._ladder = Ladder(eta, min_epochs, max_epochs).epochs()
        super().__init__(
            candidates,
            seed=seed,
            encoding=encoding,
            startup_trials=startup_trials,
            ei_candidates=ei_candidates,
            multivariate=multivariate,
            gamma=gamma,
            epochs=max_epochs,
        )

    @classmethod
    @override
    def budgets(cls, settings: Mapping[str, Any]) -> tuple[int, ...]:
        return Ladder.of(settings).epochs()

    @override
    def _start(self) -> None:
        pruner = optuna.pruners.HyperbandPruner(
            min_resource=self.min_epochs, max_resource=self.max_epochs, reduction_factor=self.eta, bootstrap_count=0
        )
        # Brackets are drawn from the name of the study and the number of the trial.
        self._study = study_in_memory(f"{self.name} {self.seed}", pruner)
        self._trial = None

    @override
    def ask(self) -> Proposal:
        trial = self._running()
        reports = self._trials[-1].reports
        return self._encoding.proposal(trial.params, self.candidates, self._ladder[len(reports)])

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
