"""What BANANAS and NPENAS share: batches of mutated cells, chosen by a predictor that is fitted for each batch."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from typing_extensions import override

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors import encode_rows, make_predictor
from nasbench_pytorch.search.algorithms.acquisition import acquisition
from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
from nasbench_pytorch.search.algorithms.parameter_checks import check_at_least
from nasbench_pytorch.search.candidates import Candidates
from nasbench_pytorch.search.proposals import FULL_EPOCHS, Observation, Proposal, SearchFinished
from nasbench_pytorch.space import sample_random_matrix, sample_uniform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nasbench_pytorch.space import ModelSpec

SAMPLERS = {"notebook": sample_random_matrix, "uniform": sample_uniform}
"""Name → function that draws one of the first cells."""

_MOST = 100_000
"""Largest number of first cells, of a batch and so on; larger ones would take hours for each proposal."""

_SMALLEST_DIFFERENCE = 1e-6
"""Accuracies on thousands of images differ by more than this, or not at all."""

_TRIES_FOR_EACH = 50
"""Largest number of draws for each of the first cells; in a small table, the rest are then drawn uniformly."""


@dataclass(eq=False, repr=False)
class PredictorSearch(SearchAlgorithm):
    """Search by a predictor: first some random cells; then batches of the most promising mutations of the best cells.

    No cell is proposed twice. If too few mutations are new, as in a small table, cells that have not been proposed are
    drawn uniformly. The search ends when none is left.

    A predictor is fitted for each batch: with the defaults, 14 times in 150 evaluations.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        predictor: a name of `predictors.PREDICTORS`.
        acquisition: `its` (independent Thompson sampling), `ucb`, `ei` or `mean`.
        sampler: the first cells: `notebook` (random matrices) or `uniform`.
        initial: number of random cells at the start.
        batch: evaluations for each fit.
        pool: mutations of the best cell to choose from; where fewer than `pool` are new, the next best cell's follow.
        parents: largest number of cells to mutate.
        epochs: budget of every proposal.

    Raises:
        InputError: there is no such predictor, acquisition or sampler, or a number is too small.
    """

    may_repeat = False
    cut_pool: ClassVar[bool] = False
    """Whether the pool is cut to `pool` mutations; else those of the last parent all stay."""
    candidates: Candidates
    _: KW_ONLY
    seed: int = 0
    predictor: str
    acquisition: str
    sampler: str = "notebook"
    initial: int = 10
    batch: int = 10
    pool: int = 100
    parents: int
    epochs: int = FULL_EPOCHS

    def __post_init__(self) -> None:
        super().__init__(self.candidates, seed=self.seed)
        self._check()
        self._positions: list[int] = []
        self._specs: list[ModelSpec] = []  # unpruned: a mutation may connect vertices that pruning would remove
        self._values: list[float] = []
        self._waiting: list[tuple[int, ModelSpec]] = []

    def _check(self) -> None:
        make_predictor(self.predictor)
        acquisition(self.acquisition)
        if self.sampler not in SAMPLERS:
            raise InputError(f"unknown sampler '{self.sampler}'; the first cells come from: {', '.join(SAMPLERS)}")
        for name, least in (("initial", 2), ("batch", 1), ("pool", 1), ("parents", 1)):
            check_at_least(name, getattr(self, name), least, _MOST)

    @abstractmethod
    def mutated(self, parent: ModelSpec) -> ModelSpec:
        """Return a random mutation of a cell; it is a cell of the space, too."""

    @override
    def ask(self) -> Proposal:
        if not self._waiting:
            self._waiting = self._next_batch() if self._values else self._first_cells()
        if not self._waiting:
            raise SearchFinished
        position, spec = self._waiting[0]
        return Proposal(position, self.epochs, spec)

    @override
    def tell(self, proposal: Proposal, observation: Observation) -> None:
        position, spec = self._waiting.pop(0)
        self._positions.append(position)
        self._specs.append(spec)
        self._values.append(observation.validation_accuracy)

    @override
    def state_dict(self) -> dict[str, Any]:
        names = ("rng", "_positions", "_specs", "_values", "_waiting")
        return {name: value for name, value in super().state_dict().items() if name in names}

    def _first_cells(self) -> list[tuple[int, ModelSpec]]:
        seen: set[int] = set()
        cells: list[tuple[int, ModelSpec]] = []
        draw = SAMPLERS[self.sampler]
        for _ in range(_TRIES_FOR_EACH * self.initial):
            spec = draw(self.candidates.space, self.rng)
            cells.extend(self._new([spec], seen))
            if len(cells) == self.initial:
                return cells
        return cells + self._unseen(self.initial - len(cells), seen)

    def _next_batch(self) -> list[tuple[int, ModelSpec]]:
        seen = set(self._positions)
        pool = self._mutations(seen)
        if len(pool) < self.batch:
            pool += self._unseen(self.batch - len(pool), seen)
        if len(self._positions) < 2 or len(pool) <= self.batch:
            return pool
        predictor = make_predictor(self.predictor, int(self.rng.integers(1 << 31)))
        space = self.candidates.space
        values = on_the_scale_of_accuracies(self._values)
        predictor.fit(encode_rows(space, np.array(self._positions)), values)
        prediction = predictor.predict(encode_rows(space, np.array([position for position, _ in pool])))
        promise = acquisition(self.acquisition)(prediction, max(values), self.rng)
        return [pool[index] for index in np.argsort(-promise, kind="stable")[: self.batch].tolist()]

    def _mutations(self, seen: set[int]) -> list[tuple[int, ModelSpec]]:
        """Return new mutations of the best cell, then of the next best, until there are `pool` of them."""
        pool: list[tuple[int, ModelSpec]] = []
        best_first = np.argsort(-np.array(self._values), kind="stable")[: self.parents].tolist()
        for parent in best_first:
            if len(pool) >= self.pool:
                break
            pool.extend(self._new([self.mutated(self._specs[parent]) for _ in range(self.pool)], seen))
        return pool[: self.pool] if self.cut_pool else pool

    def _new(self, specs: list[ModelSpec], seen: set[int]) -> Iterator[tuple[int, ModelSpec]]:
        """Yield the cells that may be proposed and are not in `seen`, and add them to it."""
        for spec in specs:
            position = self.candidates.position_of(spec)
            if position in self.candidates and position not in seen:
                seen.add(position)
                yield position, spec

    def _unseen(self, count: int, seen: set[int]) -> list[tuple[int, ModelSpec]]:
        """Draw up to `count` cells that are not in `seen`, uniformly, and add them to it."""
        known = np.fromiter(seen, dtype=np.int64, count=len(seen))
        left = np.setdiff1d(self.candidates.positions, known)
        chosen = self.rng.choice(left, size=min(count, len(left)), replace=False).tolist()
        seen.update(chosen)
        return [(position, self.candidates.spec(position)) for position in chosen]


def on_the_scale_of_accuracies(values: list[float]) -> list[float]:
    """Return values that a predictor can learn: accuracies as they are, others replaced by their ranks from .8 to 1.

    The networks learn errors in percent, and their learning rates suit those. Scores of a proxy may be below 0, in the
    millions, or differ by less than a millionth.
    """
    lowest, highest = min(values), max(values)
    if lowest >= 0 and highest <= 1 and (highest == lowest or highest - lowest > _SMALLEST_DIFFERENCE):
        return values
    _, ranks = np.unique(values, return_inverse=True)
    ranked: list[float] = (0.8 + 0.2 * ranks / max(int(ranks.max()), 1)).tolist()
    return ranked
