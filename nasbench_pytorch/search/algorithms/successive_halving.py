"""Successive halving: many cells with a small budget, a third of them with three times as much, and so on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from nasbench_pytorch.search.algorithms.bracket_search import BracketSearch


@dataclass(eq=False, repr=False, kw_only=True)
class SuccessiveHalving(BracketSearch):
    """Successive halving. Each bracket has 27 cells at 4 epochs, 9 at 12, 3 at 36, and 1 at 108.

    Each budget is a training of its own in NAS-Bench-101, with its own learning-rate schedule. A promoted cell is
    therefore trained anew and charged the whole of its new budget.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        eta: factor between budgets; one in `eta` of a rung's cells is promoted.
        min_epochs: smallest budget.
        max_epochs: largest budget.
        sampler: how new cells are drawn, see `RandomSearch`; nas_benchmarks draws `encoding_a`. Invalid draws of the
            encodings count as cells of a rung.

    Raises:
        InputError: there is no such sampler, or the largest budget is not the smallest times a power of eta.

    Source: Jamieson and Talwalkar 2016 (arXiv 1502.07943); budgets of automl/nas_benchmarks, `run_hyperband.py`.
    """

    name: ClassVar[str] = "successive_halving"

    @override
    def _first_rungs(self, budgets: int) -> list[tuple[int, int]]:
        return [(self.eta ** (budgets - 1), budgets)]
