"""Random search: draws each proposal, and ignores what was observed."""

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

    Samplers differ more than most algorithms do. `uniform` is uniform over cells. `notebook` (of the original's
    notebook) and the encodings are uniform over matrices or vectors. They draw a cell often if many of these describe
    it, and such cells are better than average. nas_benchmarks uses `encoding_a`, and naszilla `notebook` without
    repeats.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        sampler: `uniform`, `notebook`, `encoding_a`, `encoding_b` or `encoding_c`; those of the encodings also make
            invalid proposals.
        distinct: whether to propose no cell twice, and none that is invalid. naszilla proposes no list of paths twice,
            which skips some cells; the accuracies that are found differ by less than .005 points.
        epochs: budget of every proposal.

    Raises:
        InputError: there is no such sampler.

    Source: Li and Talwalkar 2019 (arXiv 1902.07638), on random search as a baseline. The samplers are those of
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
