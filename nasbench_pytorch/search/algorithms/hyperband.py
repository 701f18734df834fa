"""Hyperband: brackets of successive halving, from many cells with the smallest budget to few with the largest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from typing_extensions import override

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.algorithms.brackets import Ladder, bracket_rules
from nasbench_pytorch.search.algorithms.compiled_algorithm import CompiledAlgorithm, Kernels
from nasbench_pytorch.search.compiled import halving
from nasbench_pytorch.search.compiled.draws import Sampler, sampler_number

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates


class Hyperband(CompiledAlgorithm):
    """Hyperband, its brackets one after the other and from the first again.

    Each budget is a training of its own in NAS-Bench-101: a promoted cell is trained anew and charged the whole of its
    new budget, where Hyperband's paper lets trainings go on.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        eta: factor between budgets, and share of a rung's cells that is promoted.
        min_epochs: smallest budget.
        max_epochs: largest budget.
        sizes: first rungs of the brackets. `hpbandster`: 27, 9, 6 and 4 cells, as the program behind Figure 7 of the
            NAS-Bench-101 paper rounds; `paper`: 27, 12, 6 and 4, as Hyperband's paper does.
        sampler: how new cells are drawn, see `RandomSearch`. Invalid ones, of the encodings, hold places in a rung.

    Raises:
        InputError: there is no such sampler or rule for sizes, or the largest budget is not the smallest times a power
            of eta.

    Source: Li et al. 2018 (arXiv 1603.06560); automl/nas_benchmarks, `run_hyperband.py`, which runs HpBandSter.
    """

    name: ClassVar[str] = "hyperband"
    kernels: ClassVar[Kernels] = halving

    def __init__(
        self,
        candidates: Candidates,
        *,
        seed: int = 0,
        eta: int = 3,
        min_epochs: int = 4,
        max_epochs: int = 108,
        sizes: Literal["hpbandster", "paper"] = "hpbandster",
        sampler: Sampler = "uniform",
    ) -> None:
        if sizes not in ("hpbandster", "paper"):
            raise InputError(f"unknown sizes {sizes!r} of Hyperband's brackets; there are: hpbandster, paper")
        epochs = Ladder(eta, min_epochs, max_epochs).epochs()
        rules = bracket_rules(sampler_number(sampler), eta, _first_sizes(eta, len(epochs), sizes), len(epochs))
        super().__init__(candidates, seed=seed, rules=rules, epochs=epochs)
        self.eta = eta
        self.min_epochs = min_epochs
        self.max_epochs = max_epochs
        self.sizes = sizes
        self.sampler = sampler
        self.may_propose_invalid = sampler.startswith("encoding")

    @override
    @classmethod
    def budgets(cls, settings: Mapping[str, Any]) -> tuple[int, ...]:
        return Ladder.of(settings).epochs()


def _first_sizes(eta: int, budgets: int, sizes: str) -> list[tuple[int, int]]:
    """Return the number of cells and of rungs of each bracket, the one with most rungs first."""
    if sizes == "hpbandster":
        return [(budgets // rungs * eta ** (rungs - 1), rungs) for rungs in range(budgets, 0, -1)]
    return [(math.ceil(budgets * eta ** (rungs - 1) / rungs), rungs) for rungs in range(budgets, 0, -1)]
