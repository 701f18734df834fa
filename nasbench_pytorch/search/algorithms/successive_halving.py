"""Successive halving: many cells with a small budget, a third of them with three times as much, and so on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from nasbench_pytorch.search.algorithms.brackets import Ladder, bracket_rules
from nasbench_pytorch.search.algorithms.compiled_algorithm import CompiledAlgorithm, Kernels
from nasbench_pytorch.search.compiled import halving
from nasbench_pytorch.search.compiled.draws import Sampler, sampler_number

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates


class SuccessiveHalving(CompiledAlgorithm):
    """Successive halving, one bracket after the other: 27 cells at 4 epochs, 9 at 12, 3 at 36, 1 at 108.

    Each budget is a training of its own in NAS-Bench-101, with its own learning-rate schedule: a promoted cell is
    trained anew and charged the whole of its new budget.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        eta: factor between budgets, and share of a rung's cells that is promoted.
        min_epochs: smallest budget.
        max_epochs: largest budget.
        sampler: how new cells are drawn, see `RandomSearch`. Invalid ones, of the encodings, hold places in a rung.

    Raises:
        InputError: there is no such sampler, or the largest budget is not the smallest times a power of eta.

    Source: Jamieson and Talwalkar 2016 (arXiv 1502.07943); budgets of automl/nas_benchmarks, `run_hyperband.py`.
    """

    name: ClassVar[str] = "successive_halving"
    kernels: ClassVar[Kernels] = halving

    def __init__(
        self,
        candidates: Candidates,
        *,
        seed: int = 0,
        eta: int = 3,
        min_epochs: int = 4,
        max_epochs: int = 108,
        sampler: Sampler = "uniform",
    ) -> None:
        epochs = Ladder(eta, min_epochs, max_epochs).epochs()
        rungs = len(epochs)
        rules = bracket_rules(sampler_number(sampler), eta, [(eta ** (rungs - 1), rungs)], rungs)
        super().__init__(candidates, seed=seed, rules=rules, epochs=epochs)
        self.eta = eta
        self.min_epochs = min_epochs
        self.max_epochs = max_epochs
        self.sampler = sampler
        self.may_propose_invalid = sampler.startswith("encoding")

    @override
    @classmethod
    def budgets(cls, settings: Mapping[str, Any]) -> tuple[int, ...]:
        return Ladder.of(settings).epochs()
