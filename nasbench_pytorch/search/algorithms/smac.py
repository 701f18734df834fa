"""SMAC: Bayesian optimisation with a random forest, by the package smac."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from nasbench_pytorch.errors import InputError, MissingExtraError
from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
from nasbench_pytorch.search.algorithms.parameter_checks import check_at_least
from nasbench_pytorch.search.candidates import Candidates
from nasbench_pytorch.search.configspace import encoding_space
from nasbench_pytorch.search.encoded_parameters import parameter_encoding
from nasbench_pytorch.search.proposals import FULL_EPOCHS, NOT_A_CELL, Observation, Proposal, SearchFinished

try:
    from smac import AlgorithmConfigurationFacade, Scenario
    from smac.acquisition.maximizer import LocalAndSortedRandomSearch, LocalSearch
    from smac.initial_design import AbstractInitialDesign
    from smac.main.exceptions import ConfigurationSpaceExhaustedException
    from smac.model.random_forest.random_forest import RandomForest
    from smac.runhistory import TrialInfo, TrialValue
except ModuleNotFoundError:
    raise MissingExtraError("smac", "smac") from None

if TYPE_CHECKING:
    from ConfigSpace import Configuration

_MOST = {"trees": 10_000, "evaluations_per_cell": 10_000, "challengers": 100_000, "local_searches": 1_000}
"""Parameter → largest value; larger ones would take hours or the whole memory for each cell."""

_SMALLEST_ACCURACY = 1e-3
"""A first value that is positive and smaller is a score."""

MOST_MISSES = 200
"""A search ends after this many proposals in a row of cells that the table lacks; invalid proposals are not counted."""


@dataclass(eq=False, repr=False)
class Smac(SearchAlgorithm):
    """SMAC with the settings of nas_benchmarks, by smac 2.4's `AlgorithmConfigurationFacade`.

    The first cell is random, and a third of the others. The forest has 10 trees and is fitted before each new cell. A
    cell that may be the best is evaluated up to four times; where the protocol draws repeats, these may be other
    repeats of its training. Under a protocol that averages the repeats, such as `naszilla`, set
    `evaluations_per_cell=1`: a second evaluation repeats a known value, and is charged.

    smac 2.4 uses scikit-learn's forest, which orders the values of a categorical parameter. The forest that
    nas_benchmarks ran divides them into any two sets. This matters most for the 21 values of encoding B.

    An invalid proposal counts as accuracy 0 and costs nothing, as in nas_benchmarks; so does a cell that the table
    lacks. smac cannot save its generators. A saved search therefore keeps the observations, and loading it repeats the
    search with them, which takes as long as the search took. An evaluation takes .8 s of processor time, most of it in
    smac's own search for the next cell.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        encoding: `a` (26 categorical parameters), `b` (14) or `c` (27, most of them real).
        trees: number of trees of the forest.
        random_fraction: probability that a cell is drawn at random.
        evaluations_per_cell: largest number of evaluations of a cell.
        challengers: random configurations that are ranked for each new cell.
        local_searches: number of local searches for each new cell.
        epochs: budget of every proposal.

    Raises:
        InputError: there is no such encoding, or a number is out of range.
        MissingExtraError: smac is not installed.

    Source: Hutter et al. 2011; Lindauer et al. 2022 (arXiv 2109.09831); automl/nas_benchmarks,
    `experiment_scripts/run_smac.py`.
    """

    name: ClassVar[str] = "smac"
    may_propose_invalid = True
    candidates: Candidates
    _: KW_ONLY
    seed: int = 0
    encoding: str = "a"
    trees: int = 10
    random_fraction: float = 0.33
    evaluations_per_cell: int = 4
    challengers: int = 5000
    local_searches: int = 10
    epochs: int = FULL_EPOCHS

    def __post_init__(self) -> None:
        super().__init__(self.candidates, seed=self.seed)
        for name, most in _MOST.items():
            check_at_least(name, getattr(self, name), 1, most)
        if not 0 <= self.random_fraction <= 1:
            raise InputError(f"random_fraction must be 0 to 1, got {self.random_fraction}")
        self._encoding = parameter_encoding(self.encoding)
        self._start()

    def _start(self) -> None:
        self._told: list[list[Any]] = []  # position, accuracy, and whether the proposal was valid
        self._misses = 0
        self._scale: float | None = None
        self._asked: TrialInfo | None = None
        facade = AlgorithmConfigurationFacade
        scenario = Scenario(
            encoding_space(self.encoding, self.seed % (1 << 32)),
            name="search",
            # smac looks here for an earlier run to continue. It writes nothing, since `tell` passes save=False.
            output_directory=Path(tempfile.gettempdir()) / "nasbench-search-without-files",
            deterministic=self.evaluations_per_cell == 1,
            seed=self.seed % (1 << 32),
        )
        self._smac = facade(
            scenario,
            model=self._forest(scenario),
            acquisition_function=facade.get_acquisition_function(scenario, xi=0.0),
            acquisition_maximizer=self._maximizer(scenario),
            initial_design=_OneRandomCell(scenario, n_configs=1),
            random_design=facade.get_random_design(scenario, probability=self.random_fraction),
            intensifier=facade.get_intensifier(scenario, max_config_calls=self.evaluations_per_cell, max_incumbents=1),
            config_selector=facade.get_config_selector(scenario, retrain_after=1),
            logging_level=False,
            overwrite=True,
        )

    def _forest(self, scenario: Scenario) -> RandomForest:
        """Return the facade's forest, with two settings that change nothing but its speed.

        One thread is faster than a pool for ten small trees. The facade's limit of 2²⁰ leaves is never reached, but
        makes scikit-learn allocate memory for that many, which takes seconds for each fit.
        """
        return RandomForest(
            scenario.configspace,
            seed=scenario.seed,
            n_trees=self.trees,
            ratio_features=5 / 6,
            min_samples_split=3,
            min_samples_leaf=3,
            max_depth=20,
            bootstrapping=True,
            log_y=False,
            max_leaf_nodes=None,  # type: ignore[arg-type]  # it goes to scikit-learn as it is
            n_jobs=1,
        )

    def _maximizer(self, scenario: Scenario) -> LocalAndSortedRandomSearch:
        maximizer = LocalAndSortedRandomSearch(
            scenario.configspace,
            challengers=self.challengers,
            local_search_iterations=self.local_searches,
            seed=scenario.seed,
        )
        maximizer._local_search = _OrderedLocalSearch(scenario.configspace, seed=scenario.seed)
        return maximizer

    @property
    @override
    def sampler_name(self) -> str:
        return f"random values of encoding {self.encoding}"

    @override
    def ask(self) -> Proposal:
        if self._misses >= MOST_MISSES:
            raise SearchFinished
        with _quiet_smac():
            try:
                self._asked = self._smac.ask()
            except (StopIteration, ConfigurationSpaceExhaustedException):
                raise SearchFinished from None
        return self._encoding.proposal(dict(self._asked.config), self.candidates, self.epochs)

    @override
    def tell(self, proposal: Proposal, observation: Observation) -> None:
        assert self._asked is not None, "every tell follows an ask"
        self._misses = 0 if observation.valid else self._misses + (proposal.position != NOT_A_CELL)
        self._told.append([proposal.position, observation.validation_accuracy, observation.valid])
        with _quiet_smac():
            self._smac.tell(self._asked, TrialValue(cost=self._cost(observation.validation_accuracy)), save=False)

    def _cost(self, value: float) -> float:
        """Return 1 - accuracy. Scores of a proxy are first divided by the size of the first one that is not 0.

        The forest takes variances below 1e-10 for 0, so that tiny scores would all be equal.
        """
        if self._scale is None and value != 0:
            self._scale = 1.0 if _SMALLEST_ACCURACY <= value <= 1 else abs(value)
        return 1 - value / (self._scale or 1.0)

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"told": [list(entry) for entry in self._told]}

    @override
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._start()
        for number, (position, value, valid) in enumerate(state["told"]):
            proposal = self.ask()
            if proposal.position != position:
                raise InputError(
                    f"smac proposes another cell than it did as evaluation {number + 1:,} of the saved search: the "
                    "search was saved with other versions of smac, ConfigSpace or scikit-learn; use those, or start "
                    "it again"
                )
            self.tell(proposal, Observation(value, 0.0, valid))


class _OneRandomCell(AbstractInitialDesign):
    """Initial design of one configuration, drawn by the space's seeded generator."""

    def _select_configurations(self) -> list[Configuration]:
        return [self._configspace.sample_configuration()]


class _OrderedLocalSearch(LocalSearch):
    """smac's local search, with its starting points in a fixed order.

    smac collects the points in a set, whose order depends on PYTHONHASHSEED; so would the proposals of a seed.
    """

    def _get_init_points_from_previous_configs(self, *arguments: Any, **named: Any) -> list[Configuration]:
        points = super()._get_init_points_from_previous_configs(*arguments, **named)
        return sorted(points, key=lambda point: point.get_array().tobytes())


@contextlib.contextmanager
def _quiet_smac() -> Iterator[None]:
    """Keep smac's notes about repeated configurations from the screen."""
    logger = logging.getLogger("smac")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
