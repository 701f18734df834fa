"""Proxy evaluator: the score of an untrained network replaces its accuracy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from nasbench_pytorch.proxies.batch import Batch
from nasbench_pytorch.proxies.dataset_batches import batches_of_dataset
from nasbench_pytorch.proxies.jobs import Job, Scorer
from nasbench_pytorch.proxies.registry import find_proxies
from nasbench_pytorch.proxies.settings import ScoringSettings
from nasbench_pytorch.search.candidates import Candidates
from nasbench_pytorch.search.evaluators.base import Answer, Evaluator
from nasbench_pytorch.search.evaluators.source import EvaluatorSource
from nasbench_pytorch.space.enumerate import nasbench101_space

if TYPE_CHECKING:
    from nasbench_pytorch.search.proposals import Proposal

_FIRST_SCORES = 4
"""Number of cells that are scored to find a low score, since a run may begin with invalid proposals."""


@dataclass(eq=False)
class ProxySource(EvaluatorSource):
    """Source of evaluators that score cells with a zero-cost proxy.

    Attributes:
        proxy: name of the proxy; see `nasbench_pytorch.proxies.PROXIES`.
        settings: network and batch.
        data_root: folder with CIFAR-10, for proxies that need its images.
        batch_seed: seed of weights and batch. It is the same in all runs, so that a cell has one score.

    Raises:
        InputError: there is no such proxy, or it needs a larger batch.
    """

    proxy: str
    settings: ScoringSettings = field(default_factory=lambda: ScoringSettings(data="digits"))
    data_root: Path | None = None
    batch_seed: int = 0
    _batches: dict[int, Batch] | None = field(default=None, repr=False)

    is_slow = True
    gives_scores = True

    def __post_init__(self) -> None:
        find_proxies([self.proxy])

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_batches": None}

    @override
    def candidates(self, epochs: tuple[int, ...]) -> Candidates:
        return Candidates(nasbench101_space())

    @override
    def make(self, epochs: tuple[int, ...], seed: int) -> ProxyEvaluator:
        proxies = find_proxies([self.proxy])
        if self._batches is None:
            self._batches = batches_of_dataset(self.settings, [self.batch_seed], proxies, self.data_root)
            proxies[0].check(self._batches[self.batch_seed])
        scorer = Scorer(self.settings, {self.proxy: proxies[0]}, self._batches)
        return ProxyEvaluator(scorer, self.candidates(epochs), epochs, self.batch_seed)

    @override
    def about(self) -> dict[str, Any]:
        return {
            "evaluate": "proxy",
            "proxy": self.proxy,
            "scoring": self.settings.columns(),
            "batch_seed": self.batch_seed,
        }


class ProxyEvaluator(Evaluator):
    """Evaluator that scores an untrained network; the cost is the time that the scoring takes.

    A score may be below 0, so 0 is not the worst value. An invalid proposal, and a score that is not finite, count as
    the lowest score so far: of the run, and of four fixed cells, whose scoring is not charged.

    Args:
        scorer: scores cells with one proxy.
        candidates: the cells that may be proposed.
        epochs: the budgets of the search; the score does not depend on them.
        batch_seed: seed of weights and batch.
    """

    def __init__(self, scorer: Scorer, candidates: Candidates, epochs: tuple[int, ...], batch_seed: int) -> None:
        self.candidates = candidates
        self.epochs = epochs
        self._scorer = scorer
        self._batch_seed = batch_seed
        self._lowest = math.inf
        self._lowest_of_few: float | None = None

    @override
    def evaluate(self, proposal: Proposal) -> Answer:
        score, seconds = self._score(proposal.position)
        if not math.isfinite(score):
            return Answer(self.worst_value, seconds)
        self._lowest = min(self._lowest, score)
        return Answer(score, seconds)

    @property
    @override
    def worst_value(self) -> float:
        if self._lowest_of_few is None:
            positions = self.candidates.positions
            some = positions[:: max(len(positions) // _FIRST_SCORES, 1)][:_FIRST_SCORES]
            scores = [self._score(position)[0] for position in some.tolist()]
            self._lowest_of_few = min(filter(math.isfinite, scores), default=math.inf)
        lowest = min(self._lowest, self._lowest_of_few)
        return lowest if math.isfinite(lowest) else 0.0

    def _score(self, position: int) -> tuple[float, float]:
        """Return the score of a cell, and the seconds that it took."""
        (name,) = self._scorer.proxies
        space = self.candidates.space
        score = self._scorer(Job(space.hash_at(position), space[position], self._batch_seed, (name,)))
        return score.values[name], score.seconds

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"lowest": self._lowest, "lowest_of_few": self._lowest_of_few}

    @override
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._lowest, self._lowest_of_few = state["lowest"], state["lowest_of_few"]
