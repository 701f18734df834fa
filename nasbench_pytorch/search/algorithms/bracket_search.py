"""What successive halving and Hyperband share: brackets of rungs, which compiled code runs one after the other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from typing_extensions import override

from nasbench_pytorch.search.algorithms.brackets import Ladder, bracket_rules
from nasbench_pytorch.search.algorithms.compiled_algorithm import CompiledAlgorithm, Kernels
from nasbench_pytorch.search.candidates import Candidates
from nasbench_pytorch.search.compiled import halving
from nasbench_pytorch.search.compiled.draws import Sampler, draws_invalid_cells, sampler_number


@dataclass(eq=False, repr=False)
class BracketSearch(CompiledAlgorithm):
    """Search by brackets: many cells are trained with a small budget, the best of them with a larger one, and so on.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        eta: factor between budgets; one in `eta` of a rung's cells is promoted.
        min_epochs: smallest budget.
        max_epochs: largest budget.
        sampler: how new cells are drawn, see `RandomSearch`.

    Raises:
        InputError: there is no such sampler, or the largest budget is not the smallest times a power of eta.
    """

    kernels: ClassVar[Kernels] = halving
    candidates: Candidates
    _: KW_ONLY
    seed: int = 0
    eta: int = 3
    min_epochs: int = 4
    max_epochs: int = 108
    sampler: Sampler = "uniform"

    def __post_init__(self) -> None:
        epochs = Ladder(self.eta, self.min_epochs, self.max_epochs).epochs()
        sizes = self._first_rungs(len(epochs))
        rules = bracket_rules(sampler_number(self.sampler), self.eta, sizes, len(epochs))
        super().__init__(self.candidates, seed=self.seed, rules=rules, epochs=epochs)
        self.may_propose_invalid = draws_invalid_cells(self.sampler)

    @override
    @classmethod
    def budgets(cls, settings: Mapping[str, Any]) -> tuple[int, ...]:
        return Ladder.of(settings).epochs()

    @abstractmethod
    def _first_rungs(self, budgets: int) -> list[tuple[int, int]]:
        """Return the cells of the first rung and the number of rungs for each bracket, in the order of running.

        Args:
            budgets: number of budgets.
        """
