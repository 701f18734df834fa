"""Random search: every proposal is drawn anew, whatever was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nasbench_pytorch.search.algorithms.compiled_algorithm import CompiledAlgorithm, Kernels
from nasbench_pytorch.search.compiled import random_search
from nasbench_pytorch.search.compiled.draws import Sampler, draws_invalid_cells, sampler_number
from nasbench_pytorch.search.proposals import FULL_EPOCHS

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates


class RandomSearch(CompiledAlgorithm):
    """Random search.

    Samplers differ more than most algorithms do. `uniform` is uniform over cells. `notebook`, of the original's
    notebook, and the encodings are uniform over matrices or vectors; a cell that many of them describe comes often, and
    such cells are better than the average one. nas_benchmarks draws `encoding_a`, naszilla `notebook` without repeats.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        sampler: `uniform`, `notebook`, `encoding_a`, `encoding_b` or `encoding_c`; those of the encodings propose
            invalid cells, too.
        distinct: propose no cell twice, and no invalid one.
        epochs: budget of every proposal.

    Raises:
        InputError: there is no such sampler.

    Source: Li and Talwalkar 2019 (arXiv 1902.07638) on random search as a baseline; samplers of
    google-research/nasbench (`NASBench.ipynb`) and automl/nas_benchmarks (`run_random_search.py`).
    """

    name: ClassVar[str] = "random_search"
    kernels: ClassVar[Kernels] = random_search

    def __init__(
        self,
        candidates: Candidates,
        *,
        seed: int = 0,
        sampler: Sampler = "uniform",
        distinct: bool = False,
        epochs: int = FULL_EPOCHS,
    ) -> None:
        rules = random_search.Rules(sampler_number(sampler), distinct)
        super().__init__(candidates, seed=seed, rules=rules, epochs=(epochs,))
        self.sampler = sampler
        self.distinct = distinct
        self.epochs = epochs
        self.may_propose_invalid = draws_invalid_cells(sampler) and not distinct
