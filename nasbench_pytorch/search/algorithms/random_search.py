"""Random search: every proposal is drawn anew, whatever was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
from nasbench_pytorch.search.proposals import FULL_EPOCHS, Proposal

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates


class RandomSearch(SearchAlgorithm):
    """Random search with replacement.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        epochs: budget of every proposal.
    """

    name: ClassVar[str] = "random_search"

    def __init__(self, candidates: Candidates, *, seed: int = 0, epochs: int = FULL_EPOCHS) -> None:
        super().__init__(candidates, seed=seed)
        self.epochs = epochs

    @override
    def ask(self) -> Proposal:
        positions = self.candidates.positions
        return Proposal(int(positions[self.rng.integers(len(positions))]), self.epochs)
