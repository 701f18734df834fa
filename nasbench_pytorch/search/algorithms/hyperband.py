"""Hyperband: brackets of successive halving, from many cells with the smallest budget to few with the largest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from typing_extensions import override

from nasbench_pytorch.search.algorithms.bracket_search import BracketSearch
from nasbench_pytorch.suggestions import unknown_name


@dataclass(eq=False, repr=False, kw_only=True)
class Hyperband(BracketSearch):
    """Hyperband. The brackets run one after the other, and then from the first again.

    Each budget is a training of its own in NAS-Bench-101. A promoted cell is therefore trained anew and charged the
    whole of its new budget, where the paper continues its training.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        eta: factor between budgets; one in `eta` of a rung's cells is promoted.
        min_epochs: smallest budget.
        max_epochs: largest budget.
        sizes: number of cells in the first rung of each bracket. `hpbandster`: 27, 9, 6 and 4, by the rounding of the
            program behind Figure 7 of the NAS-Bench-101 paper. `paper`: 27, 12, 6 and 4, by that of Hyperband's paper.
        sampler: how new cells are drawn, see `RandomSearch`; nas_benchmarks draws `encoding_a`. Invalid draws of the
            encodings count as cells of a rung.

    Raises:
        InputError: there is no such sampler or rule for sizes, or the largest budget is not the smallest times a power
            of eta.

    Source: Li et al. 2018 (arXiv 1603.06560); automl/nas_benchmarks, `run_hyperband.py`, which runs HpBandSter.
    """

    name: ClassVar[str] = "hyperband"
    sizes: Literal["hpbandster", "paper"] = "hpbandster"

    @override
    def _first_rungs(self, budgets: int) -> list[tuple[int, int]]:
        if self.sizes not in ("hpbandster", "paper"):
            raise unknown_name("rule for sizes", self.sizes, ("hpbandster", "paper"))
        longest_first = range(budgets, 0, -1)
        if self.sizes == "hpbandster":
            return [(budgets // rungs * self.eta ** (rungs - 1), rungs) for rungs in longest_first]
        return [(math.ceil(budgets * self.eta ** (rungs - 1) / rungs), rungs) for rungs in longest_first]
