"""TPE, the tree-structured Parzen estimator, by Optuna."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
from nasbench_pytorch.search.encoded_parameters import parameter_encoding
from nasbench_pytorch.search.optuna_study import optuna, optuna_distributions, study_in_memory
from nasbench_pytorch.search.proposals import FULL_EPOCHS, NOT_A_CELL, Observation, Proposal, SearchFinished
from nasbench_pytorch.suggestions import unknown_name

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates

MOST_MISSES = 1000
"""A search ends after so many proposals of cells that the table lacks, without one that it has between them."""

GAMMAS: dict[str, Callable[[int], int]] = {
    "hyperopt": lambda finished: min(math.ceil(0.25 * math.sqrt(finished)), 25),
    "optuna": lambda finished: min(math.ceil(0.1 * finished), 25),
}
"""Name → how many of N finished trials are the good ones."""


class OptunaTPE(SearchAlgorithm):
    """TPE of Optuna 5 with every switch set here, so that another release's defaults change nothing.

    The defaults are those of hyperopt, which the publication used: 20 random trials, 24 candidates, one parameter at a
    time, and a good set that grows with the square root. `multivariate=True, gamma="optuna", startup_trials=10` are
    Optuna 5's own.

    An invalid proposal counts as accuracy 0 and costs nothing, as in nas_benchmarks; so does a cell that the table
    lacks: left out of the model it would be proposed again and again. Each trial has a sampler of its own, seeded
    from `rng`, so a saved search needs no internal state of Optuna: the trials are added to a new study.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        encoding: `a` (26 categorical parameters), `b` (14) or `c` (27, most of them real).
        startup_trials: random trials before the first model.
        ei_candidates: draws from the good trials' density for each choice.
        multivariate: whether the parameters are modelled together.
        gamma: `hyperopt` (a quarter of the square root) or `optuna` (a tenth): how many trials are the good ones.
        epochs: budget of every proposal.

    Raises:
        InputError: there is no such encoding or gamma, or a number is too small.
        MissingExtraError: Optuna is not installed.

    Source: Bergstra et al. 2011; optuna.samplers.TPESampler; automl/nas_benchmarks, `experiment_scripts/run_tpe.py`.
    """

    name: ClassVar[str] = "optuna_tpe"
    may_propose_invalid: bool = True

    def __init__(
        self,
        candidates: Candidates,
        *,
        seed: int = 0,
        encoding: str = "a",
        startup_trials: int = 20,
        ei_candidates: int = 24,
        multivariate: bool = False,
        gamma: str = "hyperopt",
        epochs: int = FULL_EPOCHS,
    ) -> None:
        super().__init__(candidates, seed=seed)
        if gamma not in GAMMAS:
            raise unknown_name("gamma", gamma, GAMMAS)
        for name, value in (("startup_trials", startup_trials), ("ei_candidates", ei_candidates)):
            if value < 1:
                raise InputError(f"{name} must be at least 1, got {value}")
        self.encoding, self.startup_trials, self.ei_candidates = encoding, startup_trials, ei_candidates
        self.multivariate, self.gamma, self.epochs = multivariate, gamma, epochs
        self._encoding = parameter_encoding(encoding)
        self._distributions = optuna_distributions(self._encoding)
        self._trials: list[TrialRecord] = []
        self._misses = 0
        self._start()

    def _start(self) -> None:
        self._study = study_in_memory(self.name)
        self._trial: optuna.Trial | None = None

    @property
    @override
    def sampler_name(self) -> str:
        return f"random values of encoding {self.encoding}"

    @override
    def ask(self) -> Proposal:
        return self._encoding.proposal(self._running().params, self.candidates, self.epochs)

    @override
    def tell(self, proposal: Proposal, observation: Observation) -> None:
        self._note(proposal, observation)
        self._report(self._running(), self._trials[-1])

    def _running(self) -> optuna.Trial:
        """Return the trial that has been asked and not finished; a new one if there is none."""
        if self._trial is None:
            if self._misses >= MOST_MISSES:
                raise SearchFinished
            self._study.sampler = self._sampler(int(self.rng.integers(1 << 32)))
            self._trial = self._study.ask(self._distributions)
            self._trials.append(TrialRecord([self._trial.params[name] for name in self._distributions], [], "running"))
        return self._trial

    def _note(self, proposal: Proposal, observation: Observation) -> None:
        record = self._trials[-1]
        self._misses = 0 if observation.valid else self._misses + (proposal.position != NOT_A_CELL)
        record.outcome = "valid" if observation.valid else "invalid"
        record.reports.append((proposal.epochs, observation.validation_accuracy))

    def _report(self, trial: optuna.Trial, record: TrialRecord) -> None:
        """Tell Optuna the last report of a trial."""
        self._study.tell(trial, record.reports[-1][1])
        self._trial = None

    def _sampler(self, seed: int) -> optuna.samplers.BaseSampler:
        with warnings.catch_warnings():
            # Optuna 5 calls the switches that it will fix in version 6 deprecated, whatever their values.
            warnings.simplefilter("ignore", FutureWarning)
            return optuna.samplers.TPESampler(
                seed=seed,
                n_startup_trials=self.startup_trials,
                n_ei_candidates=self.ei_candidates,
                multivariate=self.multivariate,
                gamma=GAMMAS[self.gamma],
                weights=_linear_forgetting,
                prior_weight=1.0,
                consider_prior=True,
                consider_magic_clip=True,
                consider_endpoints=False,
                group=False,
                constant_liar=False,
                warn_independent_sampling=False,
            )

    @override
    def state_dict(self) -> dict[str, Any]:
        trials = [
            [record.values, [list(report) for report in record.reports], record.outcome] for record in self._trials
        ]
        return {"rng": self.rng.bit_generator.state, "trials": trials, "misses": self._misses}

    @override
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.rng.bit_generator.state = state["rng"]
        self._misses = state["misses"]
        self._trials = []
        self._start()
        self._study.sampler = optuna.samplers.RandomSampler(seed=0)  # it draws nothing: all values are given
        for values, reports, outcome in state["trials"]:
            self._replay(TrialRecord(list(values), [(epochs, value) for epochs, value in reports], outcome))

    def _replay(self, record: TrialRecord) -> None:
        self._study.enqueue_trial(dict(zip(self._distributions, record.values, strict=True)))
        trial = self._trial = self._study.ask(self._distributions)
        self._trials.append(record)
        for count in range(len(record.reports)):
            self._report(trial, TrialRecord(record.values, record.reports[: count + 1], record.outcome))


class TrialRecord:
    """What is saved of a trial.

    Attributes:
        values: of the parameters, in the order of the encoding.
        reports: budget in epochs and accuracy of each evaluation so far.
        outcome: `running` before the first report; then `valid` or `invalid`.
    """

    def __init__(self, values: list[Any], reports: list[tuple[int, float]], outcome: str) -> None:
        self.values = values
        self.reports = reports
        self.outcome = outcome


def _linear_forgetting(finished: int) -> npt.NDArray[np.float64]:
    """Return weights of trials, the oldest first: 1 for the last 25, and a ramp from 1/N before them, as hyperopt's."""
    ramp = np.linspace(1 / max(finished, 1), 1, max(finished - 25, 0))
    return np.concatenate([ramp, np.ones(min(finished, 25))])
