"""What the algorithms by Optuna share: its TPE sampler with every switch set, and trials that can be saved."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
from nasbench_pytorch.search.algorithms.parameter_checks import check_at_least
from nasbench_pytorch.search.candidates import Candidates
from nasbench_pytorch.search.encoded_parameters import parameter_encoding
from nasbench_pytorch.search.optuna_study import optuna, optuna_distributions
from nasbench_pytorch.search.proposals import NOT_A_CELL, Observation, Proposal, SearchFinished
from nasbench_pytorch.suggestions import unknown_name

MOST_MISSES = 1000
"""A search ends after this many proposals in a row of cells that the table lacks; invalid proposals are not counted."""

GAMMAS: dict[str, Callable[[int], int]] = {
    "hyperopt": lambda finished: min(math.ceil(0.25 * math.sqrt(finished)), 25),
    "optuna": lambda finished: min(math.ceil(0.1 * finished), 25),
}
"""Name → function of the number of finished trials that returns how many of them are the good ones."""


@dataclass
class TrialRecord:
    """What is saved of a trial.

    Attributes:
        values: values of the parameters, in the order of the encoding.
        reports: budget in epochs and accuracy of each evaluation so far.
        outcome: `running` before the first report; then `valid` or `invalid`.
    """

    values: list[Any]
    reports: list[tuple[int, float]]
    outcome: Literal["running", "valid", "invalid"]


@dataclass(eq=False, repr=False)
class OptunaSearch(SearchAlgorithm):
    """Search by Optuna's TPE sampler with every switch set here, so that another release's defaults change nothing.

    An invalid proposal counts as accuracy 0 and costs nothing, as in nas_benchmarks. So does a cell that the table
    lacks: without an accuracy for it, the model would propose it again and again. Each trial has a sampler of its own,
    seeded from `rng`. A saved search therefore needs no internal state of Optuna: its trials are added to a new study.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        encoding: `a` (26 categorical parameters), `b` (14) or `c` (27, most of them real).
        startup_trials: random trials before the first model.
        ei_candidates: draws from the good trials' density for each choice.
        multivariate: whether the parameters are modelled together.
        gamma: how many trials are the good ones: a quarter of the square root (`hyperopt`), or a tenth (`optuna`).

    Raises:
        InputError: there is no such encoding or gamma, or a number is too small.
    """

    may_propose_invalid = True
    candidates: Candidates
    _: KW_ONLY
    seed: int = 0
    encoding: str = "a"
    startup_trials: int = 20
    ei_candidates: int = 24
    multivariate: bool = False
    gamma: str = "hyperopt"

    def __post_init__(self) -> None:
        super().__init__(self.candidates, seed=self.seed)
        if self.gamma not in GAMMAS:
            raise unknown_name("gamma", self.gamma, GAMMAS)
        check_at_least("startup_trials", self.startup_trials)
        check_at_least("ei_candidates", self.ei_candidates, most=100_000)
        self._encoding = parameter_encoding(self.encoding)
        self._distributions = optuna_distributions(self._encoding)
        self._misses = 0
        self._start()

    def _start(self) -> None:
        self._study = self._new_study()
        self._trial: optuna.Trial | None = None
        self._trials: list[TrialRecord] = []

    @abstractmethod
    def _new_study(self) -> optuna.Study:
        """Return a study without trials."""

    @property
    @override
    def sampler_name(self) -> str:
        return f"random values of encoding {self.encoding}"

    @override
    def tell(self, proposal: Proposal, observation: Observation) -> None:
        record = self._trials[-1]
        record.outcome = "valid" if observation.valid else "invalid"
        record.reports.append((proposal.epochs, observation.validation_accuracy))
        self._misses = 0 if observation.valid else self._misses + (proposal.position != NOT_A_CELL)
        self._report(self._running(), record)

    def _running(self) -> optuna.Trial:
        """Return the trial that is not finished; start a new one if there is none."""
        if self._trial is None:
            if self._misses >= MOST_MISSES:
                raise SearchFinished
            self._study.sampler = self._sampler(int(self.rng.integers(1 << 32)))
            self._trial = self._study.ask(self._distributions)
            self._trials.append(TrialRecord([self._trial.params[name] for name in self._distributions], [], "running"))
        return self._trial

    def _report(self, trial: optuna.Trial, record: TrialRecord) -> None:
        """Tell Optuna the last accuracy of a trial, and finish the trial."""
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
        self._start()
        self._study.sampler = optuna.samplers.RandomSampler(seed=0)  # it draws nothing: all values are given
        for values, reports, outcome in state["trials"]:
            self._replay(TrialRecord(list(values), [(epochs, value) for epochs, value in reports], outcome))

    def _replay(self, record: TrialRecord) -> None:
        self._study.enqueue_trial(dict(zip(self._distributions, record.values, strict=True)))
        trial = self._trial = self._study.ask(self._distributions)
        self._trials.append(record)
        for count in range(1, len(record.reports) + 1):
            self._report(trial, TrialRecord(record.values, record.reports[:count], record.outcome))


def _linear_forgetting(finished: int) -> npt.NDArray[np.float64]:
    """Return the weights of N trials, oldest first, as hyperopt's: a ramp from 1/N, then 1 for the last 25."""
    ramp = np.linspace(1 / max(finished, 1), 1, max(finished - 25, 0))
    return np.concatenate([ramp, np.ones(min(finished, 25))])
