"""Local search: move to the first better neighbour, and start again if there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from nasbench_pytorch.search.algorithms.compiled_algorithm import CompiledAlgorithm, Kernels
from nasbench_pytorch.search.algorithms.parameter_checks import check_at_least
from nasbench_pytorch.search.compiled import local_search
from nasbench_pytorch.search.compiled.draws import Sampler, sampler_number
from nasbench_pytorch.search.proposals import FULL_EPOCHS
from nasbench_pytorch.suggestions import unknown_name

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates


class LocalSearch(CompiledAlgorithm):
    """Local search without repeats: the strongest method without a model for some thousand queries.

    It draws some random cells and starts from the best. It tries the neighbours in random order, and moves to the first
    that is better. If none is, it draws new random cells. No cell is proposed twice.

    The steps are those of naszilla. But naszilla passes over a new cell whose list of paths it knows, and 71 % of all
    cells share their list with another. After 150 queries of the true mean test accuracy it therefore reaches 94.07 %,
    where this search reaches 94.13 %.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        starts: number of random cells; the best of them is the start.
        neighbourhood: `unpruned`, as in naszilla: edits of the unpruned matrix by which the cell was found. They
            replace the operation of a vertex on a path from input to output, or flip an edge that is on such a path
            before or after the flip. `one_edit`: the one-edit array, which is symmetric and does not depend on how a
            cell was found.
        sampler: how the random cells are drawn, see `RandomSearch`; invalid draws are drawn again.
        epochs: budget of every proposal.

    Raises:
        InputError: there is no such sampler or neighbourhood, or `starts` is below 1.

    Source: White et al. 2020 (arXiv 2005.02960); naszilla/naszilla, `nas_algorithms.py` and `cell_101.py`.
    """

    name: ClassVar[str] = "local_search"
    may_repeat: ClassVar[bool] = False
    kernels: ClassVar[Kernels] = local_search

    def __init__(
        self,
        candidates: Candidates,
        *,
        seed: int = 0,
        starts: int = 10,
        neighbourhood: Literal["unpruned", "one_edit"] = "unpruned",
        sampler: Sampler = "notebook",
        epochs: int = FULL_EPOCHS,
    ) -> None:
        if neighbourhood not in ("unpruned", "one_edit"):
            raise unknown_name("neighbourhood", neighbourhood, ("unpruned", "one_edit"))
        unpruned = neighbourhood == "unpruned"
        rules = local_search.Rules(sampler_number(sampler), check_at_least("starts", starts), unpruned)
        super().__init__(candidates, seed=seed, rules=rules, epochs=(epochs,), with_neighbours=not unpruned)
        self.starts = starts
        self.neighbourhood = neighbourhood
        self.sampler = sampler
        self.epochs = epochs
